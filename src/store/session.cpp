#include "store/session.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>

#include "store/base_reader.hpp"
#include "store/catalogue.hpp"
#include "store/claim_set.hpp"
#include "store/index_tiers.hpp"
#include "store/pack_touch.hpp"
#include "store/publish.hpp"

namespace cairn::store {
namespace {

// Sealed packs that may wait for commit() unsynced, with an open descriptor each.
constexpr std::size_t kUnsyncedPacks = 4;

Status check_chunk_list(const format::RecordHeader& header,
                        std::span<const format::ChunkRef> chunks) {
  bool same = header.chunk_lengths.size() == chunks.size();
  for (std::size_t i = 0; same && i < chunks.size(); ++i)
    same = header.chunk_lengths[i] == chunks[i].length;
  if (same) return {};
  return Error(Code::kInternal, "a record's chunk list differs from its header");
}

}  // namespace

// The lock comes first, so that it is released last: until then no collection may run.
struct Session::State {
  State(const Context& given, Catalogue& known, base::FileLock held, TempSpace space)
      : lock(std::move(held)),
        context(given),
        catalogue(known),
        temp(std::move(space)),
        touch(known) {}

  struct Lane {  // one pack kind
    std::mutex mutex;
    std::optional<PackWriter> writer;
  };

  base::FileLock lock;
  const Context context;
  Catalogue& catalogue;
  TempSpace temp;
  PackTouch touch;
  ClaimSet claims;
  std::array<Lane, 2> lanes;
  std::mutex commit_mutex;

  std::mutex mutex;  // guards what follows; taken last
  std::vector<SealedPack> sealed;
  std::optional<Error> failure;
  Totals totals;
  std::mutex encoder_mutex;
  codec::Encoder encoder;

  Lane& lane(format::PackKind kind) { return lanes[kind == format::PackKind::kMeta ? 1 : 0]; }
  Status check_failure();
  Status keep_failure(Status status);
  bool rely_on_plain_copy(const ChunkId& id);
  bool rely_on_any_copy(const ChunkId& id);
  Result<PackWriter> new_writer(format::PackKind kind);
  Status append(format::PackKind kind, const format::RecordHeader& header,
                std::span<const base::ByteView> parts, std::span<const format::ChunkRef> chunks);
  Status append_to(Lane& lane, format::PackKind kind, const format::RecordHeader& header,
                   std::span<const base::ByteView> parts, std::span<const format::ChunkRef> chunks);
  Status seal(Lane& lane);
  Result<std::vector<SealedPack>> seal_all();
  Status commit();
  Status publish(std::span<SealedPack> packs);
};

Status Session::State::check_failure() {
  const std::lock_guard guard(mutex);
  if (failure) return *failure;
  return {};
}

// After an error of write or sync nobody knows what the file holds (cairn never syncs twice): the
// session is over.
Status Session::State::keep_failure(Status status) {
  if (status.ok()) return status;
  const std::lock_guard guard(mutex);
  if (!failure) failure = status.error();
  return status;
}

bool Session::State::rely_on_plain_copy(const ChunkId& id) {
  for (const ChunkPlace& place : catalogue.find_all(id, Catalogue::Copies::kGood)) {
    if (format::stands_alone(place.record.codec) && touch.rely_on(place.pack)) return true;
  }
  return false;
}

// A copy that has bases is one only with all of them.
bool Session::State::rely_on_any_copy(const ChunkId& id) {
  if (rely_on_plain_copy(id)) return true;
  const auto copies = catalogue.find_all(id, Catalogue::Copies::kGood);
  return std::ranges::any_of(copies, [this](const ChunkPlace& place) {
    const auto bases = catalogue.bases_of(place);
    return bases.size() == place.record.base_count && touch.rely_on(place.pack) &&
           std::ranges::all_of(bases,
                               [this](const ChunkId& base) { return rely_on_plain_copy(base); });
  });
}

Result<PackWriter> Session::State::new_writer(format::PackKind kind) {
  const std::lock_guard guard(mutex);
  format::PackHeader header;
  header.kind = kind;
  context.entropy.fill(header.salt);
  return PackWriter::create(temp.new_path(), header);
}

Status Session::State::append(format::PackKind kind, const format::RecordHeader& header,
                              std::span<const base::ByteView> parts,
                              std::span<const format::ChunkRef> chunks) {
  CAIRN_CHECK(check_chunk_list(header, chunks));
  CAIRN_CHECK(check_failure());
  Lane& of_kind = lane(kind);
  const std::lock_guard guard(of_kind.mutex);
  return keep_failure(append_to(of_kind, kind, header, parts, chunks));
}

Status Session::State::append_to(Lane& lane, format::PackKind kind,
                                 const format::RecordHeader& header,
                                 std::span<const base::ByteView> parts,
                                 std::span<const format::ChunkRef> chunks) {
  if (lane.writer && !lane.writer->has_room(header.record_bytes(), chunks.size()))
    CAIRN_CHECK(seal(lane));
  if (!lane.writer) {
    CAIRN_TRY(lane.writer, new_writer(kind));
  }
  CAIRN_CHECK(lane.writer->append(header, parts, chunks));
  const std::lock_guard guard(mutex);
  ++totals.records;
  totals.chunks += chunks.size();
  totals.plain_bytes += header.plain_bytes;
  totals.stored_bytes += header.record_bytes();
  return {};
}

// With the lane's mutex held.
Status Session::State::seal(Lane& lane) {
  CAIRN_TRY(auto pack, lane.writer->seal());
  lane.writer.reset();
  const std::lock_guard guard(mutex);
  sealed.push_back(std::move(pack));
  if (sealed.size() <= kUnsyncedPacks) return {};
  return sealed[sealed.size() - 1 - kUnsyncedPacks].sync();  // mostly written by now
}

Result<std::vector<SealedPack>> Session::State::seal_all() {
  for (Lane& of_kind : lanes) {
    const std::lock_guard guard(of_kind.mutex);
    if (of_kind.writer) CAIRN_CHECK(seal(of_kind));
  }
  const std::lock_guard guard(mutex);
  return std::exchange(sealed, {});
}

Status Session::State::commit() {
  const std::lock_guard one_at_a_time(commit_mutex);
  CAIRN_CHECK(check_failure());
  CAIRN_TRY(auto packs, seal_all());
  if (packs.empty()) return {};
  CAIRN_CHECK(publish(packs));
  const Status merged = merge_index_tiers(context, catalogue, temp);
  if (!merged.ok()) context.log.verbose("index segments stay apart: " + merged.error().message());
  return {};
}

Status Session::State::publish(std::span<SealedPack> packs) {
  for (const SealedPack& pack : packs) touch.made(pack.id);
  CAIRN_TRY(auto segments, publish_packs(catalogue.layout(), temp, packs));
  const std::vector<SegmentPtr> written(segments.begin(), segments.end());
  catalogue.publish(segments, {});
  for (const SegmentPtr& segment : written) {
    for (std::uint32_t i = 0; i < segment->view().chunk_count(); ++i)
      claims.release(segment->view().chunk(i).id);
  }
  return {};
}

Result<std::unique_ptr<Session>> Session::begin(const Context& context, Store& store,
                                                int lock_timeout_ms) {
  Catalogue& catalogue = catalogue_of(store);
  if (catalogue.access() != Store::Access::kWrite) {
    return Error(Code::kInternal, "a session needs a store that is open for writing");
  }
  const std::string lock_path = catalogue.layout().at(kLockFile);
  CAIRN_TRY(auto lock, base::FileLock::acquire(lock_path, base::FileLock::Mode::kShared,
                                               lock_timeout_ms, context.stop));
  // A collection may have run since the store was opened: what it removed must not be relied on.
  CAIRN_CHECK(catalogue.load());
  CAIRN_TRY(auto temp, TempSpace::create(catalogue.layout(), lock_timeout_ms, context.stop));
  auto state = std::make_unique<State>(context, catalogue, std::move(lock), std::move(temp));
  return std::unique_ptr<Session>(new Session(std::move(state)));
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}

Session::~Session() { state_->touch.touch_all(); }

bool Session::claim(const ChunkId& id) {
  const auto place = state_->catalogue.find(id);
  if (place && (place->record.base_count == 0 ? state_->touch.rely_on(place->pack)
                                              : state_->rely_on_any_copy(id)))
    return false;
  return state_->claims.claim(id);
}

bool Session::rely_on_base(const ChunkId& id) { return state_->rely_on_plain_copy(id); }

Status Session::append(format::PackKind kind, EncodedRecord record) {
  CAIRN_CHECK(state_->keep_failure(check_record_bytes(record)));
  const std::array<base::ByteView, 2> parts = {record.header_bytes, record.payload};
  return state_->append(kind, record.header, parts, record.chunks);
}

Status Session::append_copy(format::PackKind kind, base::ByteView record,
                            std::span<const format::ChunkRef> chunks) {
  CAIRN_TRY(const auto decoded, format::decode_record(record));
  return state_->append(kind, decoded.header, {&record, 1}, chunks);
}

Status Session::put_page(const ChunkId& id, base::Bytes page) {
  if (!claim(id)) return {};
  const auto owner = std::make_shared<const base::Bytes>(std::move(page));
  EncodedRecord record;
  {
    const std::lock_guard guard(state_->encoder_mutex);
    const format::ChunkRef chunk{id, static_cast<std::uint32_t>(owner->size())};
    record = encode_record(state_->encoder, {chunk}, *owner, owner, codec::Effort::kNormal);
  }
  return append(format::PackKind::kMeta, std::move(record));
}

format::PageSink Session::page_sink() {
  return [this](const ChunkId& id, base::Bytes page) { return put_page(id, std::move(page)); };
}

Status Session::commit() { return state_->keep_failure(state_->commit()); }

Session::Totals Session::totals() const {
  const std::lock_guard guard(state_->mutex);
  return state_->totals;
}

}  // namespace cairn::store
