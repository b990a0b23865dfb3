#include "store/ingest_batch.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "crypto/crc32c.hpp"
#include "store/encode_run.hpp"
#include "store/file_cutter.hpp"

namespace cairn::store::detail {
namespace {

// Small enough to stay in a core's cache from reading to encoding, large enough that handing over
// costs nothing.
constexpr std::uint64_t kBatchBytes = std::uint64_t{384} << 10;
constexpr std::size_t kBatchFiles = 512;

bool is_one_chunk(const BatchFile& file) {
  return file.stored.size_bytes <= chunk::GearParameters{}.single_bytes;
}

class BatchReader {
 public:
  BatchReader(IngestRun& run, const FileBatch& batch) : run_(run) {
    for (std::size_t i = batch.first; i < batch.last; ++i) capacity_ += wanted_bytes(i);
    block_ = run.blocks->get(capacity_);
  }

  Result<BatchFile> read(std::size_t index) {
    if (run_.files.size_bytes(index) > kMaxWholeBytes) return large();
    return retry_changed([&] { return read_once(index); });
  }

 private:
  [[nodiscard]] std::size_t wanted_bytes(std::size_t index) const {
    const std::uint64_t scanned = run_.files.size_bytes(index);
    return scanned > kMaxWholeBytes ? 0 : static_cast<std::size_t>(scanned);
  }

  static BatchFile large() {
    BatchFile file;
    file.is_large = true;
    return file;
  }

  Result<BatchFile> read_once(std::size_t index) {
    const std::string path = run_.files.path(index);
    CAIRN_TRY(const OpenedSource source, open_source(run_, index));
    const auto size = static_cast<std::uint64_t>(source.before.st_size);
    if (size > kMaxWholeBytes) return large();  // has grown since it was scanned
    BatchFile file;
    const std::span<std::uint8_t> out = place(static_cast<std::size_t>(size), file.owner);
    CAIRN_CHECK(read_source(source, out, 0, path));
    CAIRN_CHECK(check_unchanged(source, path));
    file.plain = out;
    file.stored.size_bytes = size;
    file.stored.fingerprint = source.before;
    return file;
  }

  // Behind the files before, so that a frame of small files needs no copy.
  std::span<std::uint8_t> place(std::size_t size, BlockPtr& owner) {
    if (size > capacity_ - used_) {
      owner = run_.blocks->get(size);
      return {owner.get(), size};
    }
    owner = block_;
    used_ += size;
    return {block_.get() + used_ - size, size};
  }

  IngestRun& run_;
  BlockPtr block_;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
};

void set_file_id(BatchFile& file, const Digest& digest) {
  file.stored.id = digest.as<FileId>();
  if (file.stored.size_bytes == 0) return;
  file.stored.chunks = {{digest.as<ChunkId>(), static_cast<std::uint32_t>(file.stored.size_bytes)}};
}

// Files whose one hash is all there is to know, two at a time.
void hash_whole_files(std::vector<BatchFile>& files, Depth depth) {
  BatchFile* waiting = nullptr;
  for (BatchFile& file : files) {
    if (file.is_large || !(is_one_chunk(file) || depth == Depth::kHashOnly)) continue;
    if (depth == Depth::kStore) file.crc = crypto::crc32c(file.plain);
    if (waiting == nullptr) {
      waiting = &file;
      continue;
    }
    Digest first, second;
    crypto::sha256_pair(waiting->plain, file.plain, first, second);
    set_file_id(*waiting, first);
    set_file_id(file, second);
    waiting = nullptr;
  }
  if (waiting != nullptr) set_file_id(*waiting, crypto::sha256(waiting->plain));
}

WordAdvice advice_of(base::ByteView plain) {
  const chunk::ReadAt read = [plain](std::uint64_t offset, std::span<std::uint8_t> out) {
    if (offset > plain.size() || out.size() > plain.size() - offset) return false;
    std::memcpy(out.data(), plain.data() + offset, out.size());
    return true;
  };
  return {read, plain.size()};
}

void cut_medium_file(const IngestRun& run, BatchFile& file) {
  if (run.wants_structure()) file.advice = advice_of(file.plain);
  FileCutter cutter(file.stored.size_bytes, run.cuts_by(file.advice));
  std::vector<FileCutter::Cut> cuts;
  cutter.cut(file.plain, FileCutter::Part::kLast, {}, cuts);
  file.stored.id = cutter.finish();
  file.stored.note = file.advice.note();
  for (const FileCutter::Cut& cut : cuts) {
    file.stored.chunks.push_back(cut.ref);
    if (run.depth == Depth::kStore) file.chunk_crcs.push_back(crypto::crc32c(cut.bytes));
  }
}

// Gathers new chunks into frames and encodes them.
class FrameBuilder {
 public:
  FrameBuilder(IngestRun& run, std::vector<EncodedRecord>& records)
      : run_(run), encoder_(run.encoders.take()), records_(records) {}

  Status add_file(const BatchFile& file, std::size_t index) {
    if (is_one_chunk(file)) return add_small_file(file);
    CAIRN_CHECK(flush());
    const auto bases = bases_of(file, index);
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < file.stored.chunks.size(); ++i) {
      const format::ChunkRef& chunk = file.stored.chunks[i];
      const auto words = file.advice.shape_of(offset, chunk.length);
      const std::uint64_t at = std::exchange(offset, offset + chunk.length);
      if (words || frame_.words) CAIRN_CHECK(flush());
      if (!run_.session->claim(chunk.id)) {
        CAIRN_CHECK(flush());  // a run ends where something known stands
        continue;
      }
      const auto bytes = file.plain.subspan(static_cast<std::size_t>(at), chunk.length);
      CAIRN_CHECK(add_chunk({chunk, file.chunk_crcs[i]}, bytes, file.owner, kRunFrameBytes));
      frame_.words = words;
      if (frame_.chunks.size() > 1) continue;
      frame_.offset = at;
      frame_.bases = bases;
      frame_.unit = words ? file.advice.unit_of(at, chunk.length) : nullptr;
      frame_.region = region_at(file, at);
    }
    return flush();
  }

  // Regions of a file in turn.
  std::shared_ptr<NumberRegion> region_at(const BatchFile& file, std::uint64_t offset) {
    const auto first = static_cast<std::size_t>(offset / kNumberRegionBytes * kNumberRegionBytes);
    const auto bytes =
        file.plain.subspan(first, std::min(kNumberRegionBytes, file.plain.size() - first));
    if (bytes.data() != region_start_) region_ = std::make_shared<NumberRegion>(bytes);
    region_start_ = bytes.data();
    return region_;
  }

  Status flush() {
    if (frame_.chunks.empty()) return {};
    join_parts();
    parts_.clear();
    plain_bytes_ = 0;
    CAIRN_TRY(EncodedRun encoded, encode_run(run_, *encoder_, std::exchange(frame_, {})));
    CAIRN_TRY(auto records, settle_run(run_, std::move(encoded)));
    std::move(records.begin(), records.end(), std::back_inserter(records_));
    return {};
  }

 private:
  Status add_small_file(const BatchFile& file) {
    for (const format::ChunkRef& chunk : file.stored.chunks) {  // one, or none
      if (run_.session->claim(chunk.id))
        CAIRN_CHECK(add_chunk({chunk, file.crc}, file.plain, file.owner, kSmallFrameBytes));
    }
    return {};
  }

  [[nodiscard]] std::shared_ptr<FileBases> bases_of(const BatchFile& file,
                                                    std::size_t index) const {
    auto bases = run_.bases_of(index, file.stored.size_bytes);
    if (!bases) return bases;
    std::uint64_t offset = 0;
    for (const format::ChunkRef& chunk : file.stored.chunks) {
      bases->pass(offset, chunk);
      offset += chunk.length;
    }
    return bases;
  }

  Status add_chunk(const HashedChunk& chunk, base::ByteView bytes, const BlockPtr& owner,
                   std::size_t limit) {
    if (plain_bytes_ + bytes.size() > limit) CAIRN_CHECK(flush());
    if (frame_.chunks.empty()) frame_.owner = owner;
    frame_.chunks.push_back(chunk);
    parts_.push_back(bytes);
    plain_bytes_ += bytes.size();
    return {};
  }

  // The plain bytes of the frame: as they lie in memory, or copied together where known chunks left
  // gaps.
  void join_parts() {
    const std::uint8_t* end = parts_.front().data();
    for (const base::ByteView part : parts_) {
      if (part.data() != end) return copy_parts();
      end += part.size();
    }
    frame_.plain = {parts_.front().data(), plain_bytes_};
  }

  void copy_parts() {
    BlockPtr block = run_.blocks->get(plain_bytes_);
    std::size_t at = 0;
    for (const base::ByteView part : parts_) {
      std::memcpy(block.get() + at, part.data(), part.size());
      at += part.size();
    }
    frame_.owner = std::move(block);
    frame_.plain = {frame_.owner.get(), plain_bytes_};
  }

  IngestRun& run_;
  Reuse<codec::Encoder>::Lease encoder_;
  std::vector<EncodedRecord>& records_;
  ChunkRun frame_;  // its bytes are in parts_ until it is encoded
  std::vector<base::ByteView> parts_;
  std::size_t plain_bytes_ = 0;
  std::shared_ptr<NumberRegion> region_;  // asked for last
  const std::uint8_t* region_start_ = nullptr;
};

Status encode_new_chunks(IngestRun& run, BatchResult& result) {
  FrameBuilder frames(run, result.records);
  for (std::size_t i = 0; i < result.files.size(); ++i) {
    if (!result.files[i].is_large) CAIRN_CHECK(frames.add_file(result.files[i], result.first + i));
  }
  return frames.flush();
}

}  // namespace

FileBatch next_batch(const SourceList& files, std::size_t first) {
  FileBatch batch{first, first + 1};
  std::uint64_t bytes = files.size_bytes(first);
  while (batch.last < files.count && batch.last - batch.first < kBatchFiles) {
    bytes += std::min(files.size_bytes(batch.last), kMaxWholeBytes);
    if (bytes > kBatchBytes) break;
    ++batch.last;
  }
  return batch;
}

Result<BatchResult> ingest_batch(IngestRun& run, const FileBatch& batch) {
  BatchResult result;
  result.first = batch.first;
  result.files.reserve(batch.last - batch.first);
  BatchReader reader(run, batch);
  for (std::size_t i = batch.first; i < batch.last; ++i) {
    CAIRN_TRY(BatchFile file, reader.read(i));
    run.context.progress.add_bytes(file.stored.size_bytes);
    result.files.push_back(std::move(file));
  }
  hash_whole_files(result.files, run.depth);
  for (BatchFile& file : result.files) {
    if (run.depth == Depth::kHashOnly || file.is_large || is_one_chunk(file)) continue;
    cut_medium_file(run, file);
  }
  if (run.depth == Depth::kStore) CAIRN_CHECK(encode_new_chunks(run, result));
  for (BatchFile& file : result.files) file.owner.reset();
  return result;
}

}  // namespace cairn::store::detail
