// One large file, block by block, with three stages that overlap: the pool reads blocks ahead and
// guesses their cuts; the calling thread goes through them in order, settles the cuts and hashes;
// the pool encodes new chunks and appends them. The middle stage is the bound: SHA-256 of one
// stream cannot be split.
#include <algorithm>
#include <utility>

#include "crypto/crc32c.hpp"
#include "store/file_cutter.hpp"
#include "store/ingest_run.hpp"
#include "store/record_writer.hpp"
#include "store/word_advice.hpp"

namespace cairn::store::detail {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{2} << 20;
constexpr std::size_t kHeadRoomBytes =
    std::size_t{1} << 20;  // for what the block before left uncut: below max_bytes
// Of each thread of the pool, and at most. What is under way is what stays in memory: fresh pages
// cost more than a wait that a few of them already prevent.
constexpr std::size_t kBlocksOfThread = 2, kMostBlocksAhead = 6;
constexpr std::size_t kRunsOfThread = 4, kMostRunsUnderWay = 24;

struct BlockRange {
  std::uint64_t offset = 0;
  std::size_t length = 0;
};

// The file's bytes lie at block.get() + kHeadRoomBytes.
struct ReadBlock {
  BlockPtr block;
  std::size_t length = 0;
  GuessedCuts guess;
};

class LargeFile {
 public:
  LargeFile(IngestRun& run, std::size_t index, OpenedSource source)
      : run_(run),
        path_(run.files.path(index)),
        source_(std::move(source)),
        size_bytes_(static_cast<std::uint64_t>(source_.before.st_size)),
        advice_(read_advice()),
        bases_(run.bases_of(index, size_bytes_)),
        cutter_(size_bytes_, run.cuts_by(advice_)),
        list_(run.options, [this, index] { return run_.sink_of(index, size_bytes_); }),
        writer_(run, under_way(kRunsOfThread, kMostRunsUnderWay)) {}

  Result<StoredFile> ingest() {
    std::uint64_t offset = 0;
    const auto next = [&]() -> Result<std::optional<BlockRange>> {
      if (offset == size_bytes_) return std::optional<BlockRange>();
      BlockRange range{offset, static_cast<std::size_t>(
                                   std::min<std::uint64_t>(kBlockBytes, size_bytes_ - offset))};
      offset += range.length;
      return std::optional<BlockRange>(range);
    };
    CAIRN_CHECK(base::run_ordered<BlockRange, ReadBlock>(
        run_.context, under_way(kBlocksOfThread, kMostBlocksAhead), next,
        [this](BlockRange& range) { return read(range); },
        [this](ReadBlock& block) { return consume(block); }));
    CAIRN_CHECK(writer_.finish());
    CAIRN_CHECK(check_unchanged(source_, path_));
    StoredFile file;
    file.id = run_.depth == Depth::kHashOnly ? hash_.finish().as<FileId>() : cutter_.finish();
    file.size_bytes = size_bytes_;
    file.note = advice_.note();
    file.fingerprint = source_.before;
    CAIRN_CHECK(list_.finish(file));
    return file;
  }

 private:
  [[nodiscard]] std::size_t under_way(std::size_t of_thread, std::size_t most) const {
    return std::min(most, of_thread * run_.context.cpu.threads());
  }

  [[nodiscard]] WordAdvice read_advice() const {
    if (!run_.wants_structure()) return {};
    const chunk::ReadAt read = [this](std::uint64_t offset, std::span<std::uint8_t> out) {
      return read_source(source_, out, offset, path_).ok();
    };
    return {read, size_bytes_};
  }

  Result<ReadBlock> read(const BlockRange& range) const {
    ReadBlock block;
    block.block = run_.blocks->get(kHeadRoomBytes + kBlockBytes);
    block.length = range.length;
    const std::span<std::uint8_t> bytes(block.block.get() + kHeadRoomBytes, range.length);
    CAIRN_CHECK(read_source(source_, bytes, range.offset, path_));
    if (run_.depth != Depth::kHashOnly)
      block.guess = guess_cuts(bytes, range.offset, run_.cuts_by(advice_));
    // Here and not beside the hash, whose thread is the bound. Earlier is safe too: bytes that
    // change before they are hashed have another checksum than these.
    if (run_.depth == Depth::kStore) block.guess.crcs = piece_crcs(bytes, block.guess);
    run_.context.progress.add_bytes(range.length);
    return block;
  }

  Status consume(ReadBlock& block) {
    std::uint8_t* const start = block.block.get() + kHeadRoomBytes;
    consumed_bytes_ += block.length;
    if (run_.depth == Depth::kHashOnly) {
      hash_.update({start, block.length});
      return {};
    }
    // What the last block left goes in front, so that every chunk is contiguous; a copy of half a
    // chunk on average.
    std::copy(rest_.begin(), rest_.end(), start - rest_.size());
    const base::ByteView bytes(start - rest_.size(), rest_.size() + block.length);
    region_ = std::make_shared<NumberRegion>(bytes);
    block.guess.offset = rest_.size();
    cuts_.clear();
    const auto part =
        consumed_bytes_ == size_bytes_ ? FileCutter::Part::kLast : FileCutter::Part::kMiddle;
    const std::size_t used = cutter_.cut(bytes, part, block.guess, cuts_);
    for (const FileCutter::Cut& cut : cuts_) CAIRN_CHECK(list_.add(cut.ref));
    if (run_.depth == Depth::kStore) CAIRN_CHECK(put_new_chunks(block.block));
    rest_ = bytes.subspan(used);
    rest_owner_ = std::move(block.block);
    return {};
  }

  // Runs of consecutive new chunks, each run one record.
  Status put_new_chunks(const BlockPtr& owner) {
    if (bases_) pass_cuts();
    ChunkRun run;
    for (const FileCutter::Cut& cut : cuts_) {
      const bool is_new = run_.session->claim(cut.ref.id);
      const std::uint64_t offset = std::exchange(cut_bytes_, cut_bytes_ + cut.ref.length);
      const auto words = advice_.shape_of(offset, cut.ref.length);
      const bool full = run.plain.size() + cut.bytes.size() > kRunFrameBytes;
      if (!is_new || full || words || run.words) CAIRN_CHECK(put(run));
      if (!is_new) continue;
      run.words = words;
      if (run.chunks.empty()) {
        run.owner = owner;
        run.offset = offset;
        run.bases = bases_;
        run.unit = words ? advice_.unit_of(offset, cut.ref.length) : nullptr;
        run.region = region_;
      }
      run.plain = {run.chunks.empty() ? cut.bytes.data() : run.plain.data(),
                   run.plain.size() + cut.bytes.size()};
      run.chunks.push_back({cut.ref, cut.crc ? *cut.crc : crypto::crc32c(cut.bytes)});
    }
    return put(run);
  }

  // Before anything of the block is encoded: what is known behind new bytes tells as much as what
  // is known before them.
  void pass_cuts() {
    std::uint64_t offset = cut_bytes_;
    for (const FileCutter::Cut& cut : cuts_) {
      bases_->pass(offset, cut.ref);
      offset += cut.ref.length;
    }
  }

  Status put(ChunkRun& run) {
    if (run.chunks.empty()) return {};
    Status status = writer_.put(std::move(run));
    run = ChunkRun();
    return status;
  }

  IngestRun& run_;
  const std::string path_;
  const OpenedSource source_;
  const std::uint64_t size_bytes_;
  std::uint64_t consumed_bytes_ = 0;
  std::uint64_t cut_bytes_ = 0;
  const WordAdvice advice_;
  const std::shared_ptr<FileBases> bases_;  // null: no earlier version
  FileCutter cutter_;
  crypto::Sha256 hash_;  // Depth::kHashOnly
  ChunkList list_;
  std::vector<FileCutter::Cut> cuts_;  // of the block at hand
  std::shared_ptr<NumberRegion> region_;
  base::ByteView rest_;  // of the block before, uncut
  BlockPtr rest_owner_;
  RecordWriter writer_;  // last: ends first, and nothing uses our blocks afterwards
};

}  // namespace

Result<StoredFile> ingest_large(IngestRun& run, std::size_t index) {
  // Chunks of a version that changed are stored all the same: others may have counted on their
  // being claimed.
  return retry_changed([&]() -> Result<StoredFile> {
    CAIRN_TRY(OpenedSource source, open_source(run, index));
    return LargeFile(run, index, std::move(source)).ingest();
  });
}

}  // namespace cairn::store::detail
