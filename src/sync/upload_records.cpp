// Reading the records that a push needs and bringing them into new packs.
#include <algorithm>
#include <utility>

#include "base/cpu_pool.hpp"
#include "codec/codec.hpp"
#include "crypto/sha256.hpp"
#include "store/block_pool.hpp"
#include "store/chunk_reader.hpp"
#include "store/session.hpp"
#include "sync/publish.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kUnitBytes = std::size_t{1} << 20;  // records read and checked as one job
constexpr std::size_t kUnitRecords = 64;
constexpr std::size_t kKeptBytes = std::size_t{32} << 20;  // buffers of units, used again

// One record to be brought to the remote, with the chunks of it that are.
struct Move {
  std::uint32_t record = 0;
  std::size_t first = 0;  // in the list of chunks to upload
  std::size_t last = 0;
};
using MoveUnit = std::vector<Move>;

// A record as it will be appended, for chunks [first, last) of the list.
struct MovedRecord {
  std::uint32_t record = 0;
  std::size_t first = 0;
  std::size_t last = 0;
  format::RecordHeader header;
  base::ByteView bytes;
  std::optional<store::EncodedRecord> encoded;
  bool offsets_change = false;
};
struct MovedUnit {
  store::BlockPtr buffer;
  std::vector<MovedRecord> records;
  std::vector<std::uint32_t> lost;  // chunks that cannot be read any more
};

std::vector<bool> chunks_of_live_pages(const Plan& plan) {
  std::vector<bool> live(plan.chunks.size(), false);
  for (const PlanPage& page : plan.pages) {
    if (!page.live) continue;
    if (page.chunk != kNone) live[page.chunk] = true;
    if (!page.has_refs || (page.leaf && page.old_locator_counts)) continue;
    for (std::uint32_t i = 0; i < page.ref_count; ++i) live[plan.refs[page.first_ref + i]] = true;
  }
  return live;
}

// A base goes along only if it is part of what is pushed, or on the remote already; the others'
// users are written out in full. So is a version of one chunk: nothing tells of its bases.
void flatten_without_bases(Plan& plan, const std::vector<bool>& live) {
  for (const PlanPage& page : plan.pages) {
    if (page.kind != format::ClosureKind::kChunk) continue;
    const std::uint32_t record = plan.chunks[page.chunk].record;
    if (record == kNone || plan.records[record].where == PlanRecord::Where::kRemote) continue;
    if (plan.bases.contains(record)) plan.flattened.insert(record);
  }
  for (std::uint32_t i = 0; i < plan.chunks.size(); ++i) {
    if (!live[i]) continue;
    const auto bases = plan.bases.find(plan.chunks[i].record);
    if (bases == plan.bases.end()) continue;
    for (const std::uint32_t base : bases->second) {
      const std::uint32_t record = plan.chunks[base].record;
      if (live[base] || plan.records[record].where == PlanRecord::Where::kRemote) continue;
      plan.flattened.insert(plan.chunks[i].record);
    }
  }
  for (const std::uint32_t record : plan.flattened) plan.bases.erase(record);
}

// Chunks of live versions that are not on the remote, by record and place in it.
std::vector<std::uint32_t> chunks_to_upload(const Plan& plan) {
  const std::vector<bool> live = chunks_of_live_pages(plan);
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < plan.chunks.size(); ++i) {
    if (live[i] && plan.records[plan.chunks[i].record].where != PlanRecord::Where::kRemote) {
      out.push_back(i);
    }
  }
  const auto order = [&](std::uint32_t chunk) {
    const PlannedChunk& planned = plan.chunks[chunk];
    const bool meta = plan.records[planned.record].kind == format::PackKind::kMeta;
    return std::tuple(meta, planned.record, planned.offset);
  };
  std::sort(out.begin(), out.end(), [&](auto a, auto b) { return order(a) < order(b); });
  return out;
}

// Does the work of one unit on a pool thread; the plan is only read meanwhile, but for records of
// earlier units.
class RecordMover {
 public:
  RecordMover(const PlanInputs& inputs, const Plan& plan, const std::vector<std::uint32_t>& chunks,
              store::BlockPool& blocks)
      : inputs_(inputs), plan_(plan), chunks_(chunks), blocks_(blocks) {}

  Result<MovedUnit> move(const MoveUnit& unit) {
    MovedUnit out;
    std::size_t bytes = 0;
    for (const Move& item : unit) bytes += plan_.records[item.record].bytes;
    out.buffer = blocks_.get(bytes);
    const std::span<std::uint8_t> buffer(out.buffer.get(), bytes);
    const bool run = read_run(unit, buffer);
    std::size_t at = 0;
    for (const Move& item : unit) {
      const PlanRecord& record = plan_.records[item.record];
      const auto place = buffer.subspan(at, record.bytes);
      at += record.bytes;
      Status status = run ? Status() : read_one(record, place);
      if (status.ok()) status = add(item, place, out);
      if (status.ok()) continue;
      if (status.error().code() == Code::kTooNew || is_of_remote(status.error()))
        return status.error();
      CAIRN_CHECK(add_from_other_copies(item, out));
    }
    return out;
  }

 private:
  static bool is_of_remote(const Error& error) {
    return error.code() == Code::kNetwork || error.code() == Code::kUnauthenticated ||
           error.code() == Code::kInterrupted;
  }

  // Records that follow each other in one local pack are one read.
  bool read_run(const MoveUnit& unit, std::span<std::uint8_t> out) const {
    std::uint64_t end = 0;
    for (const Move& item : unit) {
      const PlanRecord& record = plan_.records[item.record];
      if (record.where != PlanRecord::Where::kLocal) return false;
      if (&item != &unit.front() &&
          (record.pack != plan_.records[unit.front().record].pack || record.offset != end)) {
        return false;
      }
      end = std::uint64_t{record.offset} + record.bytes;
    }
    const PlanRecord& first = plan_.records[unit.front().record];
    const auto file = inputs_.store.pack_file(first.pack);
    return file.ok() && base::pread_exact(**file, out, first.offset, "pack").ok();
  }

  Status read_one(const PlanRecord& record, std::span<std::uint8_t> out) const {
    if (record.where == PlanRecord::Where::kRescue) {
      return inputs_.view.remote().get_range(format::pack_key(plan_.packs[record.pack]),
                                             record.offset, out, inputs_.context.stop);
    }
    CAIRN_TRY(const auto file, inputs_.store.pack_file(record.pack));
    return base::pread_exact(*file, out, record.offset, "pack");
  }

  Status add(const Move& item, base::ByteView bytes, MovedUnit& out) {
    CAIRN_TRY(auto view, format::decode_record(bytes));
    const bool rescued = plan_.records[item.record].where == PlanRecord::Where::kRescue;
    const bool as_it_is = !rescued && !plan_.flattened.contains(item.record);
    if (as_it_is && holds_exactly(item, view.header) && has_planned_bases(item, view.header)) {
      MovedRecord& moved = out.records.emplace_back();
      moved.record = item.record;
      moved.first = item.first;
      moved.last = item.last;
      moved.header = std::move(view.header);
      moved.bytes = bytes;
      return {};
    }
    if (!view.header.bases.empty())  // read with its bases
      return add_from_other_copies(item, out,
                                   codec::shape_of_payload(view.header.codec, view.payload));
    base::Bytes plain(view.header.plain_bytes);
    CAIRN_CHECK(decoder_.decode(view.header.codec, view.payload, plain));
    return encode_part(item, plain, rescued, out);
  }

  // All chunks of the record are wanted, and they are where the plan says.
  [[nodiscard]] bool holds_exactly(const Move& item, const format::RecordHeader& header) const {
    if (item.last - item.first != header.chunk_lengths.size()) return false;
    std::uint32_t at = 0;
    for (std::size_t i = item.first; i < item.last; ++i) {
      const PlannedChunk& chunk = plan_.chunks[chunks_[i]];
      if (chunk.offset != at || chunk.length != header.chunk_lengths[i - item.first]) return false;
      at += chunk.length;
    }
    return true;
  }

  // The locator will name the bases of the plan.
  [[nodiscard]] bool has_planned_bases(const Move& item, const format::RecordHeader& header) const {
    const auto planned = plan_.bases.find(item.record);
    if (planned == plan_.bases.end()) return header.bases.empty();
    const auto same = [&](const ChunkId& id, std::uint32_t chunk) {
      return plan_.chunks[chunk].id == id;
    };
    return std::ranges::equal(header.bases, planned->second, same);
  }

  Status encode_part(const Move& item, base::ByteView plain, bool verify, MovedUnit& out) {
    auto bytes = std::make_shared<base::Bytes>();
    std::vector<format::ChunkRef> refs;
    for (std::size_t i = item.first; i < item.last; ++i) {
      const PlannedChunk& chunk = plan_.chunks[chunks_[i]];
      if (std::uint64_t{chunk.offset} + chunk.length > plain.size()) {
        return Error(Code::kCorrupt, "a chunk beyond the end of its record");
      }
      const base::ByteView part = plain.subspan(chunk.offset, chunk.length);
      if (verify && crypto::sha256(part).as<ChunkId>() != chunk.id) {
        return Error(Code::kCorrupt, "a chunk that is not what its id names");
      }
      bytes->insert(bytes->end(), part.begin(), part.end());
      refs.push_back({chunk.id, chunk.length});
    }
    append_encoded(item, std::move(refs), std::move(bytes), out);
    return {};
  }

  void append_encoded(const Move& item, std::vector<format::ChunkRef> refs,
                      std::shared_ptr<base::Bytes> plain, MovedUnit& out,
                      const std::optional<codec::WordShape>& words = {}) {
    MovedRecord& moved = out.records.emplace_back();
    moved.record = item.record;
    moved.first = item.first;
    moved.last = item.last;
    moved.offsets_change = true;
    const base::ByteView view = *plain;
    moved.encoded = store::encode_record(encoder_, std::move(refs), view, std::move(plain),
                                         codec::Effort::kNormal, words);
    moved.header = moved.encoded->header;
  }

  // The record is damaged or gone, or needs others: the reader tries every copy that the store has
  // of each chunk.
  Status add_from_other_copies(const Move& item, MovedUnit& out,
                               const std::optional<codec::WordShape>& words = {}) {
    if (!reader_) reader_.emplace(inputs_.store);
    for (std::size_t i = item.first; i < item.last; ++i) {
      const PlannedChunk& chunk = plan_.chunks[chunks_[i]];
      const auto bytes = reader_->read(chunk.id, store::Verify::kChunk);
      if (bytes.ok()) {
        const Move single{item.record, i, i + 1};
        append_encoded(single, {{chunk.id, chunk.length}},
                       std::make_shared<base::Bytes>(bytes->begin(), bytes->end()), out, words);
      } else if (bytes.error().code() == Code::kMissing || bytes.error().code() == Code::kCorrupt) {
        out.lost.push_back(chunks_[i]);
      } else {
        return bytes.error();
      }
    }
    return {};
  }

  const PlanInputs& inputs_;
  const Plan& plan_;
  const std::vector<std::uint32_t>& chunks_;
  store::BlockPool& blocks_;
  codec::Decoder decoder_;
  codec::Encoder encoder_;
  std::optional<store::ChunkReader> reader_;
};

class RecordUpload {
 public:
  RecordUpload(const PlanInputs& inputs, Plan& plan, PackUpload& upload,
               std::vector<std::uint32_t> chunks)
      : inputs_(inputs), plan_(plan), upload_(upload), chunks_(std::move(chunks)) {}

  Result<std::vector<ChunkId>> run() {
    const auto next = [this]() -> Result<std::optional<MoveUnit>> { return next_unit(); };
    const auto work = [this](MoveUnit& unit) -> Result<MovedUnit> {
      return RecordMover(inputs_, plan_, chunks_, *blocks_).move(unit);
    };
    const auto commit = [this](MovedUnit& unit) -> Status { return append(unit); };
    const std::size_t window = 2 * std::size_t{inputs_.context.cpu.threads()} + 2;
    CAIRN_CHECK(
        base::run_ordered<MoveUnit, MovedUnit>(inputs_.context, window, next, work, commit));
    settle();
    return std::move(lost_);
  }

 private:
  std::optional<MoveUnit> next_unit() {
    MoveUnit unit;
    std::size_t bytes = 0;
    while (at_ < chunks_.size() && unit.size() < kUnitRecords && bytes < kUnitBytes) {
      Move move{plan_.chunks[chunks_[at_]].record, at_, at_};
      while (move.last < chunks_.size() && plan_.chunks[chunks_[move.last]].record == move.record) {
        ++move.last;
      }
      at_ = move.last;
      bytes += plan_.records[move.record].bytes;
      unit.push_back(move);
    }
    if (unit.empty()) return std::nullopt;
    return unit;
  }

  Status append(MovedUnit& unit) {
    for (const std::uint32_t chunk : unit.lost) lost_.push_back(plan_.chunks[chunk].id);
    for (const MovedRecord& moved : unit.records) {
      std::vector<format::ChunkRef> refs;
      refs.reserve(moved.last - moved.first);
      for (std::size_t i = moved.first; i < moved.last; ++i) {
        const PlannedChunk& chunk = plan_.chunks[chunks_[i]];
        refs.push_back({chunk.id, chunk.length});
      }
      const format::PackKind kind = plan_.records[moved.record].kind;
      std::vector<base::ByteView> parts;
      if (moved.encoded) {
        parts = {moved.encoded->header_bytes, moved.encoded->payload};
      } else {
        parts = {moved.bytes};
      }
      CAIRN_TRY(const auto position, upload_.append(kind, moved.header, parts, refs));
      moved_.push_back({moved.record, moved.first, moved.last, new_record(moved, kind, position),
                        moved.offsets_change});
    }
    return {};
  }

  static PlanRecord new_record(const MovedRecord& moved, format::PackKind kind,
                               const PackUpload::Position& position) {
    PlanRecord record;
    record.where = PlanRecord::Where::kRemote;
    record.kind = kind;
    record.codec = moved.header.codec;
    record.pack = position.pack;
    record.offset = position.offset;
    record.bytes = static_cast<std::uint32_t>(moved.header.record_bytes());
    record.plain_bytes = moved.header.plain_bytes;
    return record;
  }

  // Afterwards, because workers read the plan while earlier units are appended.
  void settle() {
    for (const Moved& moved : moved_) {
      const auto number = static_cast<std::uint32_t>(plan_.records.size());
      plan_.records.push_back(moved.placed);
      if (const auto bases = plan_.bases.find(moved.record); bases != plan_.bases.end()) {
        if (!moved.offsets_change) plan_.bases[number] = bases->second;
      }
      std::uint32_t at = 0;
      for (std::size_t i = moved.first; i < moved.last; ++i) {
        PlannedChunk& chunk = plan_.chunks[chunks_[i]];
        chunk.record = number;
        if (moved.offsets_change) chunk.offset = at;
        at += chunk.length;
      }
    }
  }

  struct Moved {
    std::uint32_t record = 0;
    std::size_t first = 0;
    std::size_t last = 0;
    PlanRecord placed;
    bool offsets_change = false;
  };

  const PlanInputs& inputs_;
  Plan& plan_;
  PackUpload& upload_;
  std::vector<std::uint32_t> chunks_;
  std::shared_ptr<store::BlockPool> blocks_ = store::BlockPool::make(kKeptBytes);
  std::size_t at_ = 0;
  std::vector<Moved> moved_;
  std::vector<ChunkId> lost_;
};

}  // namespace

Result<std::vector<ChunkId>> upload_records(const PlanInputs& inputs, Plan& plan,
                                            PackUpload& upload) {
  flatten_without_bases(plan, chunks_of_live_pages(plan));
  return RecordUpload(inputs, plan, upload, chunks_to_upload(plan)).run();
}

Result<UploadEstimate> estimate_upload(const Plan& plan) {
  UploadEstimate sum;
  std::uint64_t data_bytes = 0;
  std::uint32_t last_record = kNone;
  for (const std::uint32_t number : chunks_to_upload(plan)) {
    const PlannedChunk& chunk = plan.chunks[number];
    const PlanRecord& record = plan.records[chunk.record];
    ++sum.chunks;
    sum.plain_bytes += chunk.length;
    if (chunk.record == last_record) continue;
    sum.stored_bytes += record.bytes;
    if (record.kind == format::PackKind::kData) data_bytes += record.bytes;
    last_record = chunk.record;
  }
  sum.packs = packs_for(data_bytes) +
              std::max<std::uint64_t>(packs_for(sum.stored_bytes - data_bytes), 1) + 1;
  return sum;
}

}  // namespace cairn::sync
