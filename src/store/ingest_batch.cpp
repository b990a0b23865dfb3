#include "store/ingest_batch.hpp"

#include <algorithm>
#include <cstring>

#include "crypto/crc32c.hpp"
#include "store/file_cutter.hpp"
#include "store/word_advice.hpp"

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

void cut_medium_file(BatchFile& file, Depth depth) {
  FileCutter cutter(file.stored.size_bytes);
  std::vector<FileCutter::Cut> cuts;
  cutter.cut(file.plain, FileCutter::Part::kLast, {}, cuts);
  file.stored.id = cutter.finish();
  for (const FileCutter::Cut& cut : cuts) {
    file.stored.chunks.push_back(cut.ref);
    if (depth == Depth::kStore) file.chunk_crcs.push_back(crypto::crc32c(cut.bytes));
  }
}

// Gathers new chunks into frames and encodes them.
class FrameBuilder {
 public:
  FrameBuilder(IngestRun& run, std::vector<EncodedRecord>& records)
      : run_(run), encoder_(run.encoders.take()), records_(records) {}

  Status add_file(const BatchFile& file) {
    const bool small = is_one_chunk(file);
    if (!small) CAIRN_CHECK(flush());
    const WordAdvice advice = small ? WordAdvice() : advice_of(file.plain);
    std::size_t offset = 0;
    for (std::size_t i = 0; i < file.stored.chunks.size(); ++i) {
      const format::ChunkRef& chunk = file.stored.chunks[i];
      const base::ByteView bytes = file.plain.subspan(offset, chunk.length);
      const auto words = advice.shape_of(offset, chunk.length);
      offset += chunk.length;
      if (words || words_) CAIRN_CHECK(flush());
      if (run_.session->claim(chunk.id)) {
        words_ = words;
        const HashedChunk hashed{chunk, small ? file.crc : file.chunk_crcs[i]};
        CAIRN_CHECK(
            add_chunk(hashed, bytes, file.owner, small ? kSmallFrameBytes : kRunFrameBytes));
      } else if (!small) {
        CAIRN_CHECK(flush());  // a run ends where something known stands
      }
    }
    return small ? Status() : flush();
  }

  Status flush() {
    if (chunks_.empty()) return {};
    const base::ByteView plain = contiguous();  // may change the owner, so it comes before the call
    CAIRN_TRY(EncodedRecord record, encode_hashed(*encoder_, chunks_, plain, std::move(owner_),
                                                  run_.options.effort, words_));
    records_.push_back(std::move(record));
    words_.reset();
    chunks_.clear();
    parts_.clear();
    plain_bytes_ = 0;
    return {};
  }

 private:
  static WordAdvice advice_of(base::ByteView plain) {
    const chunk::ReadAt read = [plain](std::uint64_t offset, std::span<std::uint8_t> out) {
      if (offset > plain.size() || out.size() > plain.size() - offset) return false;
      std::memcpy(out.data(), plain.data() + offset, out.size());
      return true;
    };
    return {read, plain.size()};
  }

  Status add_chunk(const HashedChunk& chunk, base::ByteView bytes, const BlockPtr& owner,
                   std::size_t limit) {
    if (plain_bytes_ + bytes.size() > limit) CAIRN_CHECK(flush());
    if (chunks_.empty()) owner_ = owner;
    chunks_.push_back(chunk);
    parts_.push_back(bytes);
    plain_bytes_ += bytes.size();
    return {};
  }

  // The plain bytes of the frame: as they lie in memory, or copied together where known chunks left
  // gaps.
  base::ByteView contiguous() {
    const std::uint8_t* end = parts_.front().data();
    for (const base::ByteView part : parts_) {
      if (part.data() != end) return copied();
      end += part.size();
    }
    return {parts_.front().data(), plain_bytes_};
  }

  base::ByteView copied() {
    BlockPtr block = run_.blocks->get(plain_bytes_);
    std::size_t at = 0;
    for (const base::ByteView part : parts_) {
      std::memcpy(block.get() + at, part.data(), part.size());
      at += part.size();
    }
    owner_ = std::move(block);
    return {owner_.get(), plain_bytes_};
  }

  IngestRun& run_;
  Reuse<codec::Encoder>::Lease encoder_;
  std::vector<EncodedRecord>& records_;
  std::vector<HashedChunk> chunks_;
  std::vector<base::ByteView> parts_;
  std::optional<codec::WordShape> words_;  // of the one chunk that is held
  std::size_t plain_bytes_ = 0;
  BlockPtr owner_;
};

Status encode_new_chunks(IngestRun& run, BatchResult& result) {
  FrameBuilder frames(run, result.records);
  for (const BatchFile& file : result.files) {
    if (!file.is_large) CAIRN_CHECK(frames.add_file(file));
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
    cut_medium_file(file, run.depth);
  }
  if (run.depth == Depth::kStore) CAIRN_CHECK(encode_new_chunks(run, result));
  for (BatchFile& file : result.files) file.owner.reset();
  return result;
}

}  // namespace cairn::store::detail
