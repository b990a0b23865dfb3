#include "store/encode_run.hpp"

namespace cairn::store::detail {
namespace {

// Of a patch: about four chunks, so that what it is based on mostly fits into 8 bases.
constexpr std::size_t kPatchBytes = std::size_t{256} << 10;
constexpr std::size_t kGoodPatchDivisor = 4;

// Chunks [first, last) of a run.
struct Part {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t offset = 0;  // in the run's bytes
  std::size_t length = 0;
};

class RunEncoder {
 public:
  RunEncoder(IngestRun& run, codec::Encoder& encoder, const ChunkRun& chunks,
             std::vector<EncodedRecord>& out)
      : run_(run), encoder_(encoder), all_(chunks), out_(out) {}

  Status encode() {
    if (all_.words) return encode_part(whole(), {});
    if (!all_.bases) return encode_alone(whole());
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

  // As one record.
  Status encode_whole(const RecordHints& hints) { return encode_part(whole(), hints); }

  // On no base.
  Status encode_in_full(const Part& part) {
    return all_.words ? encode_part(part, {}) : encode_alone(part);
  }

 private:
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

  Status encode_waiting(Part& waiting) {
    if (waiting.length == 0) return {};
    return encode_alone(std::exchange(waiting, {}));
  }

  // On no base: numbers chunk by chunk, as planes.
  Status encode_alone(const Part& part) {
    const auto numbers = words_found();
    if (!numbers) return encode_part(part, {});
    std::size_t offset = part.offset;
    for (std::size_t i = part.first; i < part.last; ++i) {
      const std::size_t length = all_.chunks[i].ref.length;
      CAIRN_CHECK(encode_part({i, i + 1, offset, length}, {.found = numbers}));
      offset += length;
    }
    return {};
  }

  std::optional<codec::WordShape> words_found() {
    return all_.region ? all_.region->words(encoder_) : std::nullopt;
  }

  Status encode_based(const Part& part, std::span<const BaseChunkPtr> chosen) {
    std::vector<BaseBytes> bases;
    for (const BaseChunkPtr& chunk : chosen) bases.push_back({chunk->id, chunk->plain});
    CAIRN_CHECK(encode_part(part, {.bases = bases}));
    all_.bases->found_useful(!out_.back().header.bases.empty());
    return worth_a_base(part) || !words_found() ? Status() : encode_instead(part);
  }

  // A base costs a read; what is left of a good patch is little.
  [[nodiscard]] bool worth_a_base(const Part& part) const {
    const auto& record = out_.back();
    return !record.header.bases.empty() && record.payload.size() < part.length / kGoodPatchDivisor;
  }

  // Numbers in place of the patch, or of what it was not better than, if that is smaller.
  Status encode_instead(const Part& part) {
    const std::size_t last = out_.size() - 1;
    CAIRN_CHECK(encode_alone(part));
    std::size_t bytes = 0;
    for (std::size_t i = last + 1; i < out_.size(); ++i) bytes += out_[i].header.record_bytes();
    const bool smaller = bytes < out_[last].header.record_bytes();
    const auto at = out_.begin() + static_cast<std::ptrdiff_t>(last);
    out_.erase(smaller ? at : at + 1, smaller ? at + 1 : out_.end());
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

// On top of its earlier version where there is one.
Status encode_tensor(IngestRun& run, codec::Encoder& encoder, EncodedRun& out) {
  const ChunkRun& tensor = out.run;
  const auto length = static_cast<std::uint32_t>(tensor.plain.size());
  out.twin = tensor.bases->twin_of(*tensor.unit, tensor.offset, length, *run.blocks);
  RecordHints hints;
  if (out.twin) hints.twin = BaseBytes{out.twin->id, {out.twin->plain.get(), length}};
  CAIRN_CHECK(RunEncoder(run, encoder, tensor, out.records).encode_whole(hints));
  if (out.twin) out.twin->plain.reset();
  return {};
}

// Counts the record in what reading the file costs; false: it is to be stored in full instead.
bool is_worth_reading(const EncodedRun& encoded, const EncodedRecord& record) {
  FileBases& bases = *encoded.run.bases;
  const format::RecordHeader& header = record.header;
  const auto stored = static_cast<std::uint32_t>(header.record_bytes());
  if (header.bases.empty()) {
    bases.count_plain(stored);
    return true;
  }
  return encoded.twin ? bases.accept(*encoded.twin, stored) : bases.accept(header);
}

}  // namespace

Result<EncodedRun> encode_run(IngestRun& run, codec::Encoder& encoder, ChunkRun chunks) {
  EncodedRun out;
  out.run = std::move(chunks);
  const bool tensor = out.run.bases && out.run.words && out.run.unit != nullptr;
  CAIRN_CHECK(tensor ? encode_tensor(run, encoder, out)
                     : RunEncoder(run, encoder, out.run, out.records).encode());
  if (!out.run.bases) out.run = {};
  return out;
}

Result<std::vector<EncodedRecord>> settle_run(IngestRun& run, EncodedRun encoded) {
  if (!encoded.run.bases) return std::move(encoded.records);
  std::vector<EncodedRecord> out;
  Part part;
  for (EncodedRecord& record : encoded.records) {
    part = {part.last, part.last + record.chunks.size(), part.offset + part.length,
            record.header.plain_bytes};
    if (is_worth_reading(encoded, record)) {
      out.push_back(std::move(record));
      continue;
    }
    const auto encoder = run.encoders.take();
    CAIRN_CHECK(RunEncoder(run, *encoder, encoded.run, out).encode_in_full(part));
  }
  return out;
}

}  // namespace cairn::store::detail
