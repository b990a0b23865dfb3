#include "store/encode_run.hpp"

namespace cairn::store::detail {
namespace {

// Of a patch: about four chunks, so that what it is based on mostly fits into 8 bases.
constexpr std::size_t kPatchBytes = std::size_t{256} << 10;

class RunEncoder {
 public:
  RunEncoder(IngestRun& run, codec::Encoder& encoder, ChunkRun& chunks,
             std::vector<EncodedRecord>& out)
      : run_(run), encoder_(encoder), all_(chunks), out_(out) {}

  Status encode() {
    if (all_.bases && all_.words && all_.unit != nullptr) return encode_tensor();
    if (!all_.bases || all_.words) return encode_part(whole(), {});
    Part waiting;  // what resembles nothing is stored together
    for (Part part = next_part({}); part.first < part.last; part = next_part(part)) {
      const auto bases = all_.bases->choose(all_.offset + part.offset, bytes_of(part));
      if (bases.empty()) {
        waiting = joined(waiting, part);
        continue;
      }
      CAIRN_CHECK(encode_waiting(waiting));
      CAIRN_CHECK(encode_based(part, bases));
    }
    return encode_waiting(waiting);
  }

 private:
  struct Part {  // chunks [first, last)
    std::size_t first = 0;
    std::size_t last = 0;
    std::size_t offset = 0;  // in the run's bytes
    std::size_t length = 0;
  };

  [[nodiscard]] Part next_part(const Part& before) const {
    Part part{before.last, before.last, before.offset + before.length, 0};
    while (part.last < all_.chunks.size()) {
      const std::size_t more = all_.chunks[part.last].ref.length;
      if (part.last > part.first && part.length + more > kPatchBytes) break;
      part.length += more;
      ++part.last;
    }
    return part;
  }
  static Part joined(const Part& a, const Part& b) {
    return a.length == 0 ? b : Part{a.first, b.last, a.offset, a.length + b.length};
  }
  [[nodiscard]] base::ByteView bytes_of(const Part& part) const {
    return all_.plain.subspan(part.offset, part.length);
  }

  [[nodiscard]] Part whole() const { return {0, all_.chunks.size(), 0, all_.plain.size()}; }

  Status encode_tensor() {
    const auto length = static_cast<std::uint32_t>(all_.plain.size());
    const auto twin = all_.bases->twin_of(*all_.unit, all_.offset, length);
    RecordHints hints;
    if (twin) hints.twin = BaseBytes{twin->id, twin->plain};
    CAIRN_CHECK(encode_part(whole(), hints));
    const format::RecordHeader& header = out_.back().header;
    const auto stored = static_cast<std::uint32_t>(header.record_bytes());
    if (header.bases.empty()) {
      all_.bases->count_plain(stored);
      return {};
    }
    if (all_.bases->accept(*twin, stored)) return {};
    out_.pop_back();
    return encode_part(whole(), {});
  }

  Status encode_waiting(Part& waiting) {
    if (waiting.length == 0) return {};
    return encode_part(std::exchange(waiting, {}), {});
  }

  Status encode_based(const Part& part, std::span<const BaseChunkPtr> chosen) {
    std::vector<BaseBytes> bases;
    for (const BaseChunkPtr& chunk : chosen) bases.push_back({chunk->id, chunk->plain});
    CAIRN_CHECK(encode_part(part, {.bases = bases}));
    all_.bases->found_useful(!out_.back().header.bases.empty());
    return {};
  }

  Status encode_part(const Part& part, RecordHints hints) {
    hints.words = all_.words;
    const auto chunks = std::span(all_.chunks).subspan(part.first, part.last - part.first);
    CAIRN_TRY(EncodedRecord record, encode_hashed(encoder_, chunks, bytes_of(part), all_.owner,
                                                  run_.options.effort, hints));
    out_.push_back(std::move(record));
    return {};
  }

  IngestRun& run_;
  codec::Encoder& encoder_;
  const ChunkRun& all_;
  std::vector<EncodedRecord>& out_;
};

}  // namespace

Status encode_run(IngestRun& run, codec::Encoder& encoder, ChunkRun chunks,
                  std::vector<EncodedRecord>& out) {
  return RunEncoder(run, encoder, chunks, out).encode();
}

}  // namespace cairn::store::detail
