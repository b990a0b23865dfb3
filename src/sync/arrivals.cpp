#include "sync/arrivals.hpp"

#include <utility>

#include "store/chunk_reader.hpp"
#include "sync/page_cache.hpp"

namespace cairn::sync {
namespace {

constexpr std::uint64_t kCommitBytes = std::uint64_t{256} << 20;
constexpr std::size_t kFaultsKept = 10'000;
constexpr std::size_t kMaxUnderWay = 1'000'000;  // ids; about 64 MB

}  // namespace

void Arrivals::expect_file(const ChunkId& last) {
  const auto chunk = under_way_.find(last);
  if (sink_ || chunk == under_way_.end()) return;
  ++chunk->second;
  view().context().progress.expect_files(1);
}

// Freed in passing: of many chunks that takes as long as the writing of their table.
void Arrivals::forget_claims() {
  auto old = std::make_shared<decltype(under_way_)>(std::move(under_way_));
  under_way_.clear();
  view_.context().cpu.submit([old = std::move(old)]() mutable { old.reset(); });
}

bool Arrivals::many_under_way() const { return under_way_.size() > kMaxUnderWay; }

Holdings StoreArrivals::holdings() const {
  if (!sink()) return holdings_of(store_);
  return {store::page_fetch(store_), [this](const ChunkId& id) { return holds(id); }};
}

Status StoreArrivals::read(std::span<const WantedRecord> records, format::PackKind kind, Give give,
                           const RecordVisit& visit) {
  if (records.empty()) return {};
  if (!session_) {
    CAIRN_TRY(session_, store::Session::begin(view().context(), store_));
  }
  const auto on_record = [&](VerifiedRecord& record) -> Status {
    const WantedRecord& wanted = records[record.index];
    if (sink()) CAIRN_CHECK(settle_chunks(*sink(), wanted, record));
    if (visit) CAIRN_CHECK(visit(record));
    if (wanted.only_seen) return {};
    count(wanted, record);
    CAIRN_CHECK(store_record(wanted, kind, record));
    return uncommitted_bytes_ >= kCommitBytes ? checkpoint() : Status();
  };
  ReadOptions how{give, &store_};
  how.may_base_on = [this](const ChunkId& id) { return session_->rely_on_base(id); };
  if (sink()) {
    how.give = Give::kBoth;
    how.early = [&](VerifiedRecord& record) {
      return land_chunks(*sink(), records[record.index], record);
    };
    how.unhashed = [&](const ChunkId& id) { return sink()->hashes(id); };
  }
  CAIRN_CHECK(read_records(view().context(), view().remote(), records, how, on_record));
  return many_under_way() ? commit() : Status();
}

void Arrivals::count(const WantedRecord& wanted, const VerifiedRecord& record) {
  if (record.fault && record.fault->slug() == kArchivedSlug) archived_.insert(wanted.pack);
  for (std::size_t i = 0; i < wanted.chunks.size(); ++i) {
    const KnownChunk& chunk = wanted.chunks[i];
    if (record.good[i]) {
      ++chunks_;
      plain_bytes_ += chunk.length;
      const auto files = under_way_.find(chunk.id);
      if (files != under_way_.end() && files->second > 0)
        view().context().progress.add_files(std::exchange(files->second, 0));
    } else if (chunk.wanted && record.fault && faults_.size() < kFaultsKept) {
      faults_.insert_or_assign(chunk.id, *record.fault);
    }
  }
}

Status StoreArrivals::store_record(const WantedRecord& wanted, format::PackKind kind,
                                   VerifiedRecord& record) {
  uncommitted_bytes_ += wanted.bytes;
  if (record.part) return session_->append(kind, *std::move(record.part));
  return record.whole ? store_copy(wanted, kind, record) : Status();
}

Status StoreArrivals::store_copy(const WantedRecord& wanted, format::PackKind kind,
                                 const VerifiedRecord& record) {
  std::vector<format::ChunkRef> chunks;
  chunks.reserve(wanted.chunks.size());
  for (const KnownChunk& chunk : wanted.chunks) chunks.push_back({chunk.id, chunk.length});
  const auto append = [session = session_.get(), kind, bytes = record.bytes, block = record.block,
                       chunks = std::move(chunks)] {
    return session->append_copy(kind, bytes, chunks);
  };
  return appending_.add(record.bytes.size(), append);
}

const base::Bytes* StoreArrivals::locator(const ChunkId& id) const {
  locator_ = view().cache() ? view().cache()->find(id) : std::nullopt;
  return locator_ ? &*locator_ : nullptr;
}

void StoreArrivals::keep_locator(const ChunkId& id, base::ByteView bytes) {
  if (view().cache()) view().cache()->keep(id, bytes);
}

Status StoreArrivals::checkpoint() {
  uncommitted_bytes_ = 0;
  CAIRN_CHECK(appending_.drain());
  return session_ ? session_->commit() : Status();
}

Status StoreArrivals::commit() {
  forget_claims();
  return checkpoint();
}

}  // namespace cairn::sync
