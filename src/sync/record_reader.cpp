#include "sync/record_reader.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <numeric>
#include <utility>

#include "base/cpu_pool.hpp"
#include "codec/codec.hpp"
#include "crypto/sha256.hpp"
#include "store/block_pool.hpp"
#include "store/chunk_reader.hpp"
#include "store/reuse.hpp"
#include "sync/portions.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kBasesKept = 2 * format::kMaxRecordBases;
constexpr std::size_t kDecodedKept = 4;
// Of one ranged read, where records are wanted, or their decoded bytes.
constexpr std::size_t kMaxRecordsRead = std::size_t{4} << 20;
constexpr std::size_t kMaxPlainRead = std::size_t{2} << 20;

// Its buffers live as long as the records that point into them.
struct PortionContent {
  std::vector<store::BlockPtr> blocks;
  std::vector<VerifiedRecord> records;
  std::optional<Error> lost;  // the remote gave nothing more
};

bool broke_off(const Error& error) {
  return error.code() == Code::kNetwork || error.code() == Code::kUnauthenticated;
}

// Reads and checks portions, one at a time.
class PortionReader {
 public:
  explicit PortionReader(const Reading& reading) : reading_(reading) {}

  Result<PortionContent> read(const Portion& portion) {
    PortionContent content;
    for (const std::size_t index : portion.records) {
      const WantedRecord& wanted = reading_.wanted[index];
      VerifiedRecord& record = content.records.emplace_back();
      record.index = index;
      record.good.assign(wanted.chunks.size(), false);
      if (!portion.extent) {
        record.fault = Error(Code::kCorrupt, "a place in pack " + wanted.pack.short_hex() +
                                                 " is not one of a record");
        continue;
      }
      const auto bytes = get(*portion.extent, wanted, record);
      if (!bytes.ok()) return bytes.error();
      if (record.fault) continue;
      record.block = bytes->block;
      CAIRN_CHECK(verify(wanted, bytes->bytes, record, content));
    }
    return content;
  }

 private:
  // One wrong place, beyond the end of its pack, must not hide the good ones beside it.
  Result<HeldBytes> get(std::size_t extent, const WantedRecord& wanted, VerifiedRecord& record) {
    auto got = reading_.extents.read(extent, wanted.offset, wanted.bytes);
    if (!got.ok() && got.error().code() == Code::kCorrupt)
      got = reading_.extents.read_alone(wanted.pack, wanted.offset, wanted.bytes);
    if (got.ok()) return got;
    const Error& error = got.error();
    if (error.slug() == kArchivedSlug) {
      record.fault = error;
    } else if (error.code() == Code::kNotFound) {
      record.fault = Error(Code::kMissing, "pack " + wanted.pack.short_hex() + " is not there");
    } else if (error.code() == Code::kCorrupt) {
      record.fault = Error(Code::kCorrupt, "pack " + wanted.pack.short_hex() + " is truncated");
    } else {
      return got;
    }
    return HeldBytes{};
  }

  // Raw bytes of which nothing is kept as a record need no checksum: they are hashed.
  Result<format::RecordView> view_of(base::ByteView bytes) const {
    if (reading_.options.give == Give::kPlain) {
      auto header = format::decode_record_header(bytes);
      if (header.ok() && header->codec == static_cast<std::uint8_t>(codec::CodecId::kRaw) &&
          header->record_bytes() == bytes.size())
        return format::RecordView{*header, bytes.subspan(header->header_bytes())};
    }
    return format::decode_record(bytes);
  }

  Status verify(const WantedRecord& wanted, base::ByteView bytes, VerifiedRecord& record,
                PortionContent& content) {
    const auto view = view_of(bytes);
    if (!view.ok()) return damaged(wanted, view.error(), record);
    std::vector<base::ByteView> bases;
    for (const ChunkId& id : view->header.bases) {
      const auto base = base_bytes(wanted, *view, id);
      if (!base.ok()) return without_base(wanted, base.error(), record);
      bases.push_back(*base);
    }
    const std::size_t plain_bytes = view->header.plain_bytes;
    const Give give = reading_.options.give;
    base::ByteView plain = view->payload;
    store::BlockPtr block;
    if (view->header.codec != static_cast<std::uint8_t>(codec::CodecId::kRaw) ||
        plain.size() != plain_bytes) {
      block = reading_.blocks.get(plain_bytes);
      const std::span<std::uint8_t> out(block.get(), plain_bytes);
      const Status decoded = decoder_.decode(view->header.codec, view->payload, out, bases);
      if (!decoded.ok()) return damaged(wanted, decoded.error(), record);
      plain = out;
    }
    record.bytes = bytes;
    const bool take_all = give == Give::kPlain || worth_copying(wanted, view->header);
    hash_chunks(wanted, plain, take_all, record);
    if (give != Give::kRecords) {
      record.plain = plain;
      if (block) content.blocks.push_back(std::move(block));
    }
    if (give == Give::kPlain) return {};
    record.whole =
        take_all && std::find(record.good.begin(), record.good.end(), false) == record.good.end();
    if (!record.whole) encode_part(wanted, plain, record);
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
    const store::Store* here = reading_.options.bases_here;
    if (here != nullptr && here->has(id)) {
      if (!reader_) reader_.emplace(*here);
      const auto bytes = reader_->read(id, store::Verify::kChunk);
      if (bytes.ok()) return base::Bytes(bytes->begin(), bytes->end());
    }
    Result<base::Bytes> found = without_place(wanted, view, id);
    for (const PlacedChunk& placed : wanted.bases) {
      if (placed.id != id) continue;
      found = far_base(placed);
      if (found.ok() || !about_data(found.error())) return found;
    }
    return found;
  }

  Result<base::Bytes> far_base(const PlacedChunk& base) {
    const format::Place& at = base.place;
    CAIRN_TRY(const auto plain, decoded_base(at));
    if (std::uint64_t{at.offset} + at.length > plain.size())
      return Error(Code::kCorrupt, "a chunk beyond the end of its record");
    const auto part = plain.subspan(at.offset, at.length);
    if (crypto::sha256(part).as<ChunkId>() != base.id)
      return Error(Code::kCorrupt, "a chunk that is not what its id names");
    return base::Bytes(part.begin(), part.end());
  }

  // Its record may hold several bases.
  Result<base::ByteView> decoded_base(const format::Place& at) {
    for (const Decoded& known : decoded_) {
      if (known.pack == at.pack && known.offset == at.record_offset)
        return base::ByteView(known.plain);
    }
    if (!can_be_record(at.record_bytes)) return Error(Code::kCorrupt, "not the place of a record");
    CAIRN_TRY(const auto held, stored_base(at));
    CAIRN_TRY(const auto view, format::decode_record(held.bytes));
    if (!view.header.bases.empty()) return Error(Code::kCorrupt, "a base that has a base");
    Decoded record{at.pack, at.record_offset, base::Bytes(view.header.plain_bytes)};
    CAIRN_CHECK(decoder_.decode(view.header.codec, view.payload, record.plain));
    if (decoded_.size() == kDecodedKept) decoded_.pop_back();
    decoded_.push_front(std::move(record));
    return base::ByteView(decoded_.front().plain);
  }

  Result<HeldBytes> stored_base(const format::Place& at) {
    Extents& extents = reading_.extents;
    if (const auto extent = extents.find(at.pack, at.record_offset, at.record_bytes)) {
      auto got = extents.read(*extent, at.record_offset, at.record_bytes);
      if (got.ok() || got.error().code() != Code::kCorrupt) return got;
    }
    return extents.read_alone(at.pack, at.record_offset, at.record_bytes);
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
    const bool newer = why.code() == Code::kTooNew;
    record.fault =
        Error(newer ? Code::kTooNew : Code::kCorrupt,
              "record at " + std::to_string(wanted.offset) + " of pack " + wanted.pack.short_hex() +
                  (newer ? ": " : " is damaged: ") + why.message());
    return {};
  }

  [[nodiscard]] bool has_its_bases(const format::RecordHeader& header) const {
    const auto& may_base_on = reading_.options.may_base_on;
    return header.bases.empty() || (may_base_on && std::ranges::all_of(header.bases, may_base_on));
  }

  // All chunks of the record are known, and at least half of the bytes are wanted.
  [[nodiscard]] bool worth_copying(const WantedRecord& wanted,
                                   const format::RecordHeader& header) const {
    if (!has_its_bases(header)) return false;
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
      if (reading_.options.unhashed && reading_.options.unhashed(chunk.id)) {
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

  struct Decoded {
    PackId pack;
    std::uint32_t offset = 0;
    base::Bytes plain;
  };

  const Reading& reading_;
  codec::Decoder decoder_;
  codec::Encoder encoder_;
  std::deque<Decoded> decoded_;  // newest first, as in what follows
  std::deque<std::pair<ChunkId, base::Bytes>> bases_;
  std::optional<store::ChunkReader> reader_;  // of bases that are here
};

// Portions under way: enough to keep every thread busy, within a quarter of the memory.
std::size_t portions_in_flight(const Context& context, std::size_t read_bytes) {
  const std::size_t by_memory = context.memory_bytes / 4 / (2 * read_bytes);
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
  const std::size_t read_bytes = options.give == Give::kRecords ? kMaxRecordsRead : kMaxPlainRead;
  const auto blocks = store::BlockPool::make(context.memory_bytes / 8);
  Extents extents(context, remote, *blocks, {read_bytes, context.memory_bytes / 8});
  const Reading reading{context, wanted, options, *blocks, extents};
  std::vector<Portion> portions = portions_of(reading);
  store::Reuse<PortionReader> readers([&] { return std::make_unique<PortionReader>(reading); });
  std::size_t at = 0;
  std::atomic<bool> over = false;  // what is on its way still counts; nothing more is asked for
  std::optional<Error> why;
  const auto next = [&]() -> Result<std::optional<Portion>> {
    if (at == portions.size() || over) return std::optional<Portion>();
    return std::optional(std::move(portions[at++]));
  };
  const auto work = [&](Portion& portion) -> Result<PortionContent> {
    if (over) return PortionContent();
    auto content = readers.take()->read(portion);
    for (const std::size_t extent : portion.users_of) extents.release(extent);
    if (!content.ok() && broke_off(content.error())) {
      over = true;
      return PortionContent{{}, {}, content.error()};
    }
    if (!content.ok() || !options.early) return content;
    for (VerifiedRecord& record : content->records) CAIRN_CHECK(options.early(record));
    return content;
  };
  const auto commit = [&](PortionContent& content) -> Status {
    if (content.lost && !why) why = std::move(content.lost);
    for (VerifiedRecord& record : content.records) CAIRN_CHECK(visit(record));
    return {};
  };
  CAIRN_CHECK((base::run_ordered<Portion, PortionContent>(
      context, portions_in_flight(context, read_bytes), next, work, commit)));
  return why ? Status(*std::move(why)) : Status();
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
    if (records.back().bases.empty()) records.back().bases = chunks[order[at]].bases;
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
        if (record.fault->code() == Code::kTooNew) return *record.fault;
        CAIRN_CHECK(on_fault(index, *record.fault));
      }
    }
    return {};
  };
  return read_records(context, remote, records, {Give::kPlain}, on_record);
}

}  // namespace cairn::sync
