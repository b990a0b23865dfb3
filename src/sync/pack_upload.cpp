#include "sync/pack_upload.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "base/assert.hpp"
#include "base/cpu_pool.hpp"
#include "crypto/crc32c.hpp"
#include "format/limits.hpp"
#include "format/table_layout.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kPackMaxChunks = std::size_t{1} << 18;
// Far below the limit of 2^20: the object and what it is made from are in memory at once.
constexpr std::size_t kIndexTargetChunks = std::size_t{1} << 19;

// What a table of so many chunks takes at most: each in a record of its own.
constexpr std::size_t most_table_bytes(std::size_t packs, std::size_t chunks, std::size_t bases) {
  constexpr std::size_t kIdBytes = 32, kFanoutBytes = 4, kChecksums = 64;
  return format::kTableHeaderBytes + packs * format::kTablePackBytes +
         chunks * (format::kTableRecordBytes + kIdBytes + format::kTablePlaceBytes) +
         bases * kIdBytes + (kFanoutBytes << format::kMaxFanoutBits) + kChecksums;
}
// Ids of bases stand in the records too: they are no more than the target holds.
constexpr std::size_t kMostRecordBytes = kPackTargetBytes + (std::size_t{2} << 20);
static_assert(kMostRecordBytes + most_table_bytes(1, kPackMaxChunks, kMostRecordBytes / 32) <=
              kLargestObjectBytes);
static_assert(most_table_bytes(kIndexTargetChunks, kIndexTargetChunks,
                               kIndexTargetChunks* format::kMaxRecordBases) <= kLargestObjectBytes);

// Each holds its bytes: two keep the disk and the processor busy; where requests have latency to
// hide, as many as three eighths of the memory hold: one more is filling, and may be decoded.
std::size_t packs_under_way(const Context& context, const Remote& remote) {
  const std::size_t by_memory = context.memory_bytes * 3 / 8 / kPackTargetBytes;
  return std::clamp<std::size_t>(remote.requests_at_once(), 2, std::max<std::size_t>(by_memory, 2));
}

}  // namespace

Status IndexUpload::add(const OwnPack& pack) {
  CAIRN_TRY(const auto footer, format::TableView::open(pack.footer));
  const std::size_t chunks = footer.chunk_count();
  const std::size_t records = footer.record_count();
  if (table_.chunk_count() + chunks > kIndexTargetChunks ||
      table_.record_count() + records > kIndexTargetChunks) {
    CAIRN_CHECK(flush());
  }
  std::vector<std::uint32_t> order(chunks);  // by record: the footer has them by id
  for (std::uint32_t i = 0; i < chunks; ++i) order[i] = i;
  const auto key = [&](std::uint32_t i) {
    const format::TableChunk chunk = footer.chunk(i);
    return std::uint64_t{chunk.record} << 32 | chunk.offset;
  };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) < key(b); });
  table_.add_pack(pack.id, pack.size_bytes, pack.kind);
  packs_.push_back(pack.id);
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < records; ++i) {
    const format::TableRecord record = footer.record(i);
    std::vector<ChunkId> bases;
    for (std::uint32_t b = 0; b < record.base_count; ++b) {
      bases.push_back(footer.base(record.first_base + b));
    }
    table_.add_record(record, bases);
    for (; next < order.size() && footer.chunk(order[next]).record == i; ++next) {
      const format::TableChunk chunk = footer.chunk(order[next]);
      table_.add_chunk(chunk.id, chunk.offset, chunk.length);
    }
  }
  return {};
}

Status IndexUpload::flush() {
  if (packs_.empty()) return {};
  const base::Bytes object = table_.encode();
  table_ = format::TableBuilder();
  BytesSource source(object);
  CAIRN_CHECK(
      remote_.put(format::index_key(object), source, PutCondition::kReplace, context_.stop));
  for (const PackId& id : packs_) journal_.set_indexed(id);
  packs_.clear();
  return {};
}

// What a pack is made of, one after the other: joined, records would be in memory twice while they
// are, beside those of other packs.
using PackParts = std::array<base::ByteView, 3>;  // header and records, footer, trailer

// Tells progress of each byte once, however often it is sent.
class SentPack final : public ObjectSource {
 public:
  SentPack(format::PackKind kind, const PackParts& parts, Progress& progress)
      : kind_(kind), parts_(parts), progress_(progress) {}
  [[nodiscard]] std::uint64_t size_bytes() const override {
    return parts_[0].size() + parts_[1].size() + parts_[2].size();
  }
  Status read(std::uint64_t offset, std::span<std::uint8_t> out) override {
    CAIRN_ASSERT(offset + out.size() <= size_bytes());
    for (const base::ByteView part : parts_) {
      if (offset >= part.size()) {
        offset -= part.size();
        continue;
      }
      const auto piece =
          part.subspan(offset, std::min<std::size_t>(part.size() - offset, out.size()));
      std::ranges::copy(piece, out.begin());
      out = out.subspan(piece.size());
      offset = 0;
    }
    return {};
  }
  [[nodiscard]] bool is_bulk() const override { return kind_ == format::PackKind::kData; }
  void sent(std::uint64_t bytes) override {
    const std::lock_guard lock(mutex_);
    const std::uint64_t left = size_bytes() - counted_;
    counted_ += std::min(bytes, left);
    progress_.add_bytes(std::min(bytes, left));
  }
  // Also where it was there before.
  void count_rest() { sent(size_bytes()); }

 private:
  const format::PackKind kind_;
  const PackParts parts_;
  Progress& progress_;
  std::mutex mutex_;
  std::uint64_t counted_ = 0;
};

// A pack that is filling; one buffer holds all of its records.
struct PackUpload::OpenPack {
  format::PackKind kind = format::PackKind::kData;
  std::uint32_t number = 0;
  base::Bytes bytes;
  format::TableBuilder table;
};

// A pack under way; shared with the job on the pool. Whoever takes it first puts it: the pool, or
// the caller when it has to wait anyway and the pool is busy.
struct PackUpload::Sending {
  explicit Sending(Progress& told) : progress(told) {}

  Progress& progress;
  OwnPack pack;
  base::Bytes bytes;  // header and records
  base::Bytes trailer;
  std::atomic<bool> taken = false;
  std::mutex mutex;
  std::condition_variable done;
  std::optional<Status> result;

  void put(Remote& remote, const std::stop_token& stop) {
    if (taken.exchange(true)) return;
    SentPack source(pack.kind, {bytes, pack.footer, trailer}, progress);
    const auto answer = base::call_guarded([&] {
      return remote.put(format::pack_key(pack.id), source, PutCondition::kIfAbsent, stop);
    });
    const std::lock_guard lock(mutex);
    result = answer.ok() ? Status() : Status(answer.error());
    if (answer.ok()) source.count_rest();
    done.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    done.wait(lock, [this] { return result.has_value(); });
  }
};

PackUpload::PackUpload(RemoteView& view, Journal& journal, PackNames& names)
    : view_(view),
      journal_(journal),
      names_(names),
      index_(view.context(), view.remote(), journal),
      most_under_way_(packs_under_way(view.context(), view.remote())) {}

PackUpload::~PackUpload() {
  for (const auto& sending : sending_) {
    if (sending->taken.exchange(true)) sending->wait();
  }
}

Result<std::unique_ptr<PackUpload::OpenPack>> PackUpload::open(format::PackKind kind) {
  if (between_packs) CAIRN_CHECK(between_packs());
  auto pack = std::make_unique<OpenPack>();
  pack->kind = kind;
  pack->number = names_.reserve();
  if (!spare_buffers_.empty()) {
    pack->bytes = std::move(spare_buffers_.back());
    spare_buffers_.pop_back();
    pack->bytes.clear();
  }
  if (kind == format::PackKind::kData) pack->bytes.reserve(kPackTargetBytes);
  format::PackHeader header;
  header.kind = kind;
  view_.context().entropy.fill(header.salt);
  const base::Bytes encoded = format::encode_pack_header(header);
  pack->bytes.insert(pack->bytes.end(), encoded.begin(), encoded.end());
  return pack;
}

Result<PackUpload::Position> PackUpload::append(format::PackKind kind,
                                                const format::RecordHeader& header,
                                                std::span<const base::ByteView> parts,
                                                std::span<const format::ChunkRef> chunks) {
  std::unique_ptr<OpenPack>& pack = slot(kind);
  if (pack && pack->bytes.size() > format::kPackHeaderBytes &&
      (pack->bytes.size() + header.record_bytes() > kPackTargetBytes ||
       pack->table.chunk_count() + chunks.size() > kPackMaxChunks)) {
    CAIRN_CHECK(seal(std::exchange(pack, nullptr)));
  }
  if (!pack) {
    CAIRN_TRY(pack, open(kind));
  }
  const Position position{pack->number, static_cast<std::uint32_t>(pack->bytes.size())};
  format::TableRecord record;
  record.offset = position.offset;
  record.record_bytes = static_cast<std::uint32_t>(header.record_bytes());
  record.plain_bytes = header.plain_bytes;
  record.crc = header.crc;
  record.chunk_count = static_cast<std::uint32_t>(chunks.size());
  record.codec = header.codec;
  pack->table.add_record(record, header.bases);
  std::uint32_t at = 0;
  for (const format::ChunkRef& chunk : chunks) {
    pack->table.add_chunk(chunk.id, at, chunk.length);
    at += chunk.length;
  }
  for (const base::ByteView part : parts) {
    pack->bytes.insert(pack->bytes.end(), part.begin(), part.end());
  }
  totals_.chunks += chunks.size();
  totals_.plain_bytes += header.plain_bytes;
  record_bytes_ += record.record_bytes;
  if (record_bytes_ > expected_bytes_) expect(record_bytes_ - expected_bytes_);
  return position;
}

void PackUpload::expect(std::uint64_t record_bytes) {
  expected_bytes_ += record_bytes;
  view_.context().progress.expect_bytes(record_bytes);
}

Status PackUpload::seal(std::unique_ptr<OpenPack> open_pack) {
  auto sending = std::make_shared<Sending>(view_.context().progress);
  const std::size_t record_bytes = open_pack->bytes.size() - format::kPackHeaderBytes;
  OwnPack& pack = sending->pack;
  pack.kind = open_pack->kind;
  pack.footer = open_pack->table.encode();
  sending->bytes = std::move(open_pack->bytes);
  const base::ByteView header = base::ByteView(sending->bytes).first(format::kPackHeaderBytes);
  pack.id = format::pack_id_of(header, pack.footer);
  format::PackTrailer trailer;
  trailer.footer_bytes = static_cast<std::uint32_t>(pack.footer.size());
  trailer.footer_crc = crypto::crc32c(pack.footer);
  sending->trailer = format::encode_pack_trailer(trailer);
  pack.size_bytes = sending->bytes.size() + pack.footer.size() + sending->trailer.size();
  view_.context().progress.expect_bytes(pack.size_bytes - record_bytes);
  names_.name(open_pack->number, pack.id);
  CAIRN_CHECK(journal_.note(pack, header));
  CAIRN_CHECK(wait_for(most_under_way_ - 1));
  sending_.push_back(sending);
  Remote& remote = view_.remote();
  const std::stop_token stop = view_.context().stop;
  view_.context().cpu.submit([sending, &remote, stop] { sending->put(remote, stop); });
  return {};
}

Status PackUpload::wait_for(std::size_t most_under_way) {
  while (sending_.size() > most_under_way) {
    const std::shared_ptr<Sending> sending = sending_.front();
    sending->put(view_.remote(), view_.context().stop);
    sending->wait();
    sending_.pop_front();
    CAIRN_CHECK(*sending->result);
    view_.note_pack(sending->pack.id, sending->pack.size_bytes);
    totals_.pack_bytes += sending->pack.size_bytes;
    ++totals_.packs;
    CAIRN_CHECK(index_.add(sending->pack));
    spare_buffers_.push_back(std::move(sending->bytes));
  }
  return {};
}

Status PackUpload::seal_data() { return data_ ? seal(std::move(data_)) : Status(); }

Status PackUpload::finish_packs() {
  CAIRN_CHECK(seal_data());
  if (meta_) CAIRN_CHECK(seal(std::move(meta_)));
  return wait_for(0);
}

}  // namespace cairn::sync
