#include "sync/record_reader.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <numeric>
#include <utility>

#include "base/cpu_pool.hpp"
#include "codec/codec.hpp"
#include "crypto/sha256.hpp"
#include "store/block_pool.hpp"
#include "store/chunk_reader.hpp"
#include "sync/base_fetch.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kMaxGapBytes = std::size_t{64} << 10;  // cheaper to read than another request
constexpr std::size_t kMaxRecordBytes = format::kMaxRecordPlainBytes + format::kRecordFixedBytes +
                                        4 * format::kMaxRecordChunks + 32 * format::kMaxRecordBases;
constexpr std::size_t kBasesKept = 2 * format::kMaxRecordBases;
constexpr std::size_t kMaxRecordsRange = std::size_t{4} << 20;
// Where decoded bytes are kept, a range ends also when they come to this much.
constexpr std::size_t kMaxPlainRange = std::size_t{2} << 20;
constexpr std::size_t kMaxRangePlainBytes = std::size_t{4} << 20;

// One ranged read and the records in it.
struct ReadRange {
  PackId pack;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::vector<std::size_t> records;
  std::uint64_t plain_bytes = 0;  // at most, of what is known of the records
};
// Its buffers live as long as the records that point into them.
struct RangeContent {
  store::BlockPtr raw;
  std::vector<store::BlockPtr> plains;
  std::vector<VerifiedRecord> records;
};

// Places come from the remote: one that no record can have must not decide how much memory is
// taken.
bool can_be_record(const WantedRecord& record) {
  return record.bytes >= format::kRecordFixedBytes && record.bytes <= kMaxRecordBytes;
}

// At least, by the chunks that are known.
std::uint64_t plain_bytes_of(const WantedRecord& record) {
  std::uint64_t end = 0;
  for (const KnownChunk& chunk : record.chunks)
    end = std::max(end, std::uint64_t{chunk.offset} + chunk.length);
  return end;
}

// Whether the record, which lies behind those of the range, is read with them.
bool joins(const ReadRange& range, const WantedRecord& record, std::size_t max_bytes, Give give) {
  const std::uint64_t end = std::uint64_t{record.offset} + record.bytes;
  if (range.pack != record.pack || range.bytes == 0) return false;
  if (record.offset > range.offset + range.bytes + kMaxGapBytes) return false;
  if (give != Give::kRecords && range.plain_bytes + plain_bytes_of(record) > kMaxRangePlainBytes)
    return false;
  return end - range.offset <= max_bytes;
}

std::vector<ReadRange> merge_ranges(std::span<const WantedRecord> wanted, std::size_t max_bytes,
                                    Give give) {
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(wanted[a].pack, wanted[a].offset) < std::tie(wanted[b].pack, wanted[b].offset);
  });
  std::vector<ReadRange> ranges;
  for (const std::size_t index : order) {
    const WantedRecord& record = wanted[index];
    if (!can_be_record(record)) {
      ranges.push_back({record.pack, record.offset, 0, {index}});
    } else if (!ranges.empty() && joins(ranges.back(), record, max_bytes, give)) {
      ReadRange& last = ranges.back();
      const std::uint64_t end = std::uint64_t{record.offset} + record.bytes;
      last.bytes = std::max(last.offset + last.bytes, end) - last.offset;
      last.records.push_back(index);
      last.plain_bytes += plain_bytes_of(record);
    } else {
      ranges.push_back({record.pack, record.offset, record.bytes, {index}, plain_bytes_of(record)});
    }
  }
  const auto first_of = [](const ReadRange& range) { return std::ranges::min(range.records); };
  std::ranges::sort(ranges, {}, first_of);
  return ranges;
}

// Does the work of one range on a pool thread.
class RangeReader {
 public:
  RangeReader(const Context& context, Remote& remote, std::span<const WantedRecord> wanted,
              const ReadOptions& options, store::BlockPool& blocks)
      : context_(context),
        remote_(remote),
        wanted_(wanted),
        give_(options.give),
        unhashed_(options.unhashed),
        here_(options.bases_here),
        far_bases_(remote, context.stop),
        blocks_(blocks) {}

  Result<RangeContent> read(const ReadRange& range) {
    RangeContent content;
    const auto range_bytes = static_cast<std::size_t>(range.bytes);
    content.raw = blocks_.get(range_bytes);
    const std::span<std::uint8_t> raw(content.raw.get(), range_bytes);
    const Status got = raw.empty() ? Status() : get(range.pack, range.offset, raw);
    far_bases_.expect(far_bases_of(range));
    for (const std::size_t index : range.records) {
      const WantedRecord& wanted = wanted_[index];
      VerifiedRecord& record = content.records.emplace_back();
      record.index = index;
      record.good.assign(wanted.chunks.size(), false);
      if (range.bytes == 0) {
        record.fault = Error(Code::kCorrupt, "a place in pack " + range.pack.short_hex() +
                                                 " is not one of a record");
        continue;
      }
      const auto at = static_cast<std::size_t>(wanted.offset - range.offset);
      const auto bytes = raw.subspan(at, wanted.bytes);
      if (!got.ok()) CAIRN_CHECK(read_alone(got.error(), range, wanted, bytes, record));
      if (!record.fault) CAIRN_CHECK(verify(wanted, bytes, record, content));
    }
    return content;
  }

 private:
  // Bases of these records that are not in the store at hand.
  [[nodiscard]] std::vector<PlacedChunk> far_bases_of(const ReadRange& range) const {
    std::vector<PlacedChunk> bases;
    for (const std::size_t index : range.records) {
      for (const PlacedChunk& base : wanted_[index].bases) {
        if (here_ == nullptr || !here_->has(base.id)) bases.push_back(base);
      }
    }
    return bases;
  }

  Status get(const PackId& pack, std::uint64_t offset, std::span<std::uint8_t> out) {
    return remote_.get_range(format::pack_key(pack), offset, out, context_.stop);
  }

  // A range beyond the end of its pack: one wrong place must not hide the good ones.
  Status read_alone(const Error& error, const ReadRange& range, const WantedRecord& wanted,
                    std::span<std::uint8_t> out, VerifiedRecord& record) {
    if (error.code() == Code::kNotFound) {
      record.fault = Error(Code::kMissing, "pack " + range.pack.short_hex() + " is not there");
      return {};
    }
    if (error.slug() == kArchivedSlug) {
      record.fault = error;
      return {};
    }
    if (error.code() != Code::kCorrupt) return error;
    Status status = get(range.pack, wanted.offset, out);
    if (status.ok()) return {};
    if (status.error().code() != Code::kCorrupt && status.error().code() != Code::kNotFound) {
      return status;
    }
    record.fault = Error(Code::kCorrupt, "pack " + range.pack.short_hex() + " is truncated");
    return {};
  }

  Status verify(const WantedRecord& wanted, base::ByteView bytes, VerifiedRecord& record,
                RangeContent& content) {
    const auto view = format::decode_record(bytes);
    if (!view.ok()) return damaged(wanted, view.error(), record);
    std::vector<base::ByteView> bases;
    for (const ChunkId& id : view->header.bases) {
      const auto base = base_bytes(wanted, *view, id);
      if (!base.ok()) return without_base(wanted, base.error(), record);
      bases.push_back(*base);
    }
    const std::size_t plain_bytes = view->header.plain_bytes;
    base::ByteView plain = view->payload;
    if (view->header.codec != static_cast<std::uint8_t>(codec::CodecId::kRaw) ||
        plain.size() != plain_bytes) {
      content.plains.push_back(blocks_.get(plain_bytes));
      const std::span<std::uint8_t> out(content.plains.back().get(), plain_bytes);
      const Status decoded = decoder_.decode(view->header.codec, view->payload, out, bases);
      if (!decoded.ok()) return damaged(wanted, decoded.error(), record);
      plain = out;
    }
    record.bytes = bytes;
    const bool take_all = give_ == Give::kPlain || worth_copying(wanted, view->header);
    hash_chunks(wanted, plain, take_all, record);
    if (give_ != Give::kRecords) record.plain = plain;
    if (give_ == Give::kPlain) return {};
    record.whole =
        take_all && std::find(record.good.begin(), record.good.end(), false) == record.good.end();
    if (!record.whole) encode_part(wanted, plain, record);
    if (give_ == Give::kRecords) content.plains.clear();
    return {};
  }

  // Plain bytes of a base, from a record that stands for itself; they have its hash.
  Result<base::ByteView> base_bytes(const WantedRecord& wanted, const format::RecordView& view,
                                    const ChunkId& id) {
    const auto known = std::find_if(bases_.begin(), bases_.end(),
                                    [&](const auto& kept) { return kept.first == id; });
    if (known != bases_.end()) {  // those of one record stay together at the front
      std::rotate(bases_.begin(), known, known + 1);
      return base::ByteView(bases_.front().second);
    }
    CAIRN_TRY(auto bytes, find_base(wanted, view, id));
    if (bases_.size() == kBasesKept) bases_.pop_back();
    bases_.emplace_front(id, std::move(bytes));
    return base::ByteView(bases_.front().second);
  }

  // From the store, where it need not be fetched, else from any place that the caller knows.
  Result<base::Bytes> find_base(const WantedRecord& wanted, const format::RecordView& view,
                                const ChunkId& id) {
    if (here_ != nullptr && here_->has(id)) {
      if (!reader_) reader_.emplace(*here_);
      const auto bytes = reader_->read(id, store::Verify::kChunk);
      if (bytes.ok()) return base::Bytes(bytes->begin(), bytes->end());
    }
    Result<base::Bytes> found = without_place(wanted, view, id);
    for (const PlacedChunk& placed : wanted.bases) {
      if (placed.id != id) continue;
      const auto bytes = far_bases_.read(placed);
      if (bytes.ok()) return base::Bytes(bytes->begin(), bytes->end());
      found = bytes.error();
      if (!about_data(bytes.error())) return found;
    }
    return found;
  }

  static bool about_data(const Error& error) {
    return error.code() == Code::kCorrupt || error.code() == Code::kNotFound ||
           error.code() == Code::kMissing;
  }

  // Its own bytes may be right, but nobody can read them here.
  static Status without_base(const WantedRecord& wanted, const Error& why, VerifiedRecord& record) {
    if (!about_data(why)) return why;
    record.fault =
        Error(Code::kMissing, "a chunk that the record at " + std::to_string(wanted.offset) +
                                  " of pack " + wanted.pack.short_hex() +
                                  " is based on can't be read: " + why.message());
    return {};
  }

  static Error without_place(const WantedRecord& wanted, const format::RecordView& view,
                             const ChunkId& id) {
    return Error(Code::kMissing, "no plain copy of chunk " + id.short_hex() + ", which the " +
                                     codec::codec_name(view.header.codec) + " at " +
                                     std::to_string(wanted.offset) + " of pack " +
                                     wanted.pack.short_hex() + " needs, is known");
  }

  static Status damaged(const WantedRecord& wanted, const Error& why, VerifiedRecord& record) {
    if (why.code() == Code::kTooNew) return why;
    record.fault =
        Error(Code::kCorrupt, "record at " + std::to_string(wanted.offset) + " of pack " +
                                  wanted.pack.short_hex() + " is damaged: " + why.message());
    return {};
  }

  // All chunks of the record are known, and at least half of the bytes are wanted.
  static bool worth_copying(const WantedRecord& wanted, const format::RecordHeader& header) {
    if (!header.bases.empty()) return false;
    if (wanted.chunks.size() != header.chunk_lengths.size()) return false;
    std::uint64_t at = 0;
    std::uint64_t wanted_bytes = 0;
    for (std::size_t i = 0; i < wanted.chunks.size(); ++i) {
      const KnownChunk& chunk = wanted.chunks[i];
      if (chunk.offset != at || chunk.length != header.chunk_lengths[i]) return false;
      at += chunk.length;
      if (chunk.wanted) wanted_bytes += chunk.length;
    }
    return wanted_bytes * 2 >= at;
  }

  void hash_chunks(const WantedRecord& wanted, base::ByteView plain, bool take_all,
                   VerifiedRecord& record) {
    const KnownChunk* waiting = nullptr;  // two at a time are hashed faster than one by one
    std::size_t waiting_at = 0;
    const auto view = [&](const KnownChunk& chunk) {
      return plain.subspan(chunk.offset, chunk.length);
    };
    for (std::size_t i = 0; i < wanted.chunks.size(); ++i) {
      const KnownChunk& chunk = wanted.chunks[i];
      if (!chunk.wanted && !take_all) continue;
      if (std::uint64_t{chunk.offset} + chunk.length > plain.size()) continue;  // a wrong place
      if (unhashed_ && unhashed_(chunk.id)) {
        record.good[i] = true;
        continue;
      }
      if (!waiting) {
        waiting = &chunk;
        waiting_at = i;
        continue;
      }
      Digest a;
      Digest b;
      crypto::sha256_pair(view(*waiting), view(chunk), a, b);
      record.good[waiting_at] = a.as<ChunkId>() == waiting->id;
      record.good[i] = b.as<ChunkId>() == chunk.id;
      waiting = nullptr;
    }
    if (waiting) {
      record.good[waiting_at] = crypto::sha256(view(*waiting)).as<ChunkId>() == waiting->id;
    }
    for (std::size_t i = 0; i < wanted.chunks.size() && !record.fault; ++i) {
      if (!record.good[i] && wanted.chunks[i].wanted)
        record.fault = other_chunk(wanted, wanted.chunks[i]);
    }
  }

  void encode_part(const WantedRecord& wanted, base::ByteView plain, VerifiedRecord& record) {
    auto bytes = std::make_shared<base::Bytes>();
    std::vector<format::ChunkRef> chunks;
    for (std::size_t i = 0; i < wanted.chunks.size(); ++i) {
      const KnownChunk& chunk = wanted.chunks[i];
      if (!record.good[i] || !chunk.wanted) continue;
      const auto part = plain.subspan(chunk.offset, chunk.length);
      bytes->insert(bytes->end(), part.begin(), part.end());
      chunks.push_back({chunk.id, chunk.length});
    }
    if (chunks.empty()) return;
    const base::ByteView view = *bytes;
    record.part = store::encode_record(encoder_, std::move(chunks), view, std::move(bytes),
                                       codec::Effort::kNormal);
  }

  const Context& context_;
  Remote& remote_;
  std::span<const WantedRecord> wanted_;
  Give give_;
  const std::function<bool(const ChunkId&)>& unhashed_;
  const store::Store* here_;
  BaseFetch far_bases_;
  store::BlockPool& blocks_;
  codec::Decoder decoder_;
  codec::Encoder encoder_;
  std::deque<std::pair<ChunkId, base::Bytes>> bases_;  // newest first
  std::optional<store::ChunkReader> reader_;           // of bases that are here
};

// Ranges under way: enough to keep every thread busy, within a quarter of the memory.
std::size_t ranges_in_flight(const Context& context, std::size_t range_bytes) {
  const std::size_t by_memory = context.memory_bytes / 4 / (2 * range_bytes);
  return std::clamp<std::size_t>(by_memory, 2, 2 * std::size_t{context.cpu.threads()} + 2);
}

}  // namespace

Error other_chunk(const WantedRecord& wanted, const KnownChunk& chunk) {
  return Error(Code::kCorrupt, "record at " + std::to_string(wanted.offset) + " of pack " +
                                   wanted.pack.short_hex() + " does not hold chunk " +
                                   chunk.id.short_hex());
}

Status read_records(const Context& context, Remote& remote, std::span<const WantedRecord> wanted,
                    const ReadOptions& options, const RecordVisit& visit) {
  const std::size_t max_bytes = options.give == Give::kRecords ? kMaxRecordsRange : kMaxPlainRange;
  std::vector<ReadRange> ranges = merge_ranges(wanted, max_bytes, options.give);
  const auto blocks = store::BlockPool::make(context.memory_bytes / 8);
  std::size_t next_range = 0;
  const auto next = [&]() -> Result<std::optional<ReadRange>> {
    if (next_range == ranges.size()) return std::optional<ReadRange>();
    return std::optional<ReadRange>(std::move(ranges[next_range++]));
  };
  const auto work = [&](ReadRange& range) -> Result<RangeContent> {
    CAIRN_TRY(auto content, RangeReader(context, remote, wanted, options, *blocks).read(range));
    if (options.early) {
      for (VerifiedRecord& record : content.records) CAIRN_CHECK(options.early(record));
    }
    return content;
  };
  const auto commit = [&](RangeContent& content) -> Status {
    for (VerifiedRecord& record : content.records) CAIRN_CHECK(visit(record));
    return {};
  };
  return base::run_ordered<ReadRange, RangeContent>(context, ranges_in_flight(context, max_bytes),
                                                    next, work, commit);
}

Status read_placed(const Context& context, Remote& remote, std::span<const PlacedChunk> chunks,
                   const PlacedVisit& visit, const PlacedFault& on_fault) {
  std::vector<std::size_t> order(chunks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto record_of = [&](std::size_t i) {
    const format::Place& place = chunks[i].place;
    return std::tie(place.pack, place.record_offset, place.record_bytes);
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (record_of(a) != record_of(b)) return record_of(a) < record_of(b);
    return chunks[a].place.offset < chunks[b].place.offset;
  });
  std::vector<WantedRecord> records;
  std::vector<std::size_t> first_of;  // position in `order` of each record's first chunk
  for (std::size_t at = 0; at < order.size(); ++at) {
    const format::Place& place = chunks[order[at]].place;
    if (at == 0 || record_of(order[at - 1]) != record_of(order[at])) {
      records.push_back({place.pack, place.record_offset, place.record_bytes, {}});
      first_of.push_back(at);
    }
    records.back().chunks.push_back({chunks[order[at]].id, place.offset, place.length, true});
  }
  const auto on_record = [&](VerifiedRecord& record) -> Status {
    const WantedRecord& wanted = records[record.index];
    for (std::size_t i = 0; i < wanted.chunks.size(); ++i) {
      const std::size_t index = order[first_of[record.index] + i];
      if (record.good[i]) {
        CAIRN_CHECK(
            visit(index, record.plain.subspan(wanted.chunks[i].offset, wanted.chunks[i].length)));
      } else {
        CAIRN_CHECK(on_fault(index, *record.fault));
      }
    }
    return {};
  };
  return read_records(context, remote, records, {Give::kPlain}, on_record);
}

}  // namespace cairn::sync
