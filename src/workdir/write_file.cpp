// Content of one file, written under a temporary name and held against its file id.
#include <fmt/core.h>

#include <mutex>

#include "base/cpu_pool.hpp"
#include "workdir/write_run.hpp"

namespace cairn::workdir::detail {
namespace {

constexpr std::size_t kUnitBytes = std::size_t{1}
                                   << 20;  // what a worker decodes and writes at once
constexpr std::size_t kUnitsUnderWay = 16;
constexpr std::string_view kMismatchSlug = "wrong-content";

// The first pass leaves verifying to the hash of the whole file. When that is wrong, the second
// looks at every chunk, so that the bad record is marked and another copy, if there is one, is
// taken.
template <typename Pass>
Result<TreeTemp> try_two_passes(Pass pass) {
  Result<TreeTemp> result = pass(store::Verify::kCallerHashes);
  if (!result.ok() && result.error().slug() == kMismatchSlug) return pass(store::Verify::kChunk);
  return result;
}

Status compare_digest(const format::ManifestEntry& entry, const Digest& digest,
                      const std::string& path) {
  if (digest.as<FileId>() == entry.file_id) return {};
  return wrong_content(path, entry.file_id);
}

// Errors of the store know chunks and pages, not what they are for.
Error naming_file(Error error, const std::string& path) {
  const Code code = error.code();
  const bool of_store = code == Code::kCorrupt || code == Code::kMissing || code == Code::kTooNew;
  if (!of_store || error.slug() == kMismatchSlug) return error;
  return std::move(error).with(fmt::format("writing `{}`", path));
}

template <typename Pass>
Result<TreeTemp> in_two_passes(const std::string& path, Pass pass) {
  Result<TreeTemp> result = try_two_passes(pass);
  if (result.ok()) return result;
  return naming_file(std::move(result).error(), path);
}

Result<TreeTemp> write_whole_once(WriteRun& run, WriteWorker& worker,
                                  const format::ManifestEntry& entry, const FileTarget& target,
                                  store::Verify verify) {
  CAIRN_TRY(TreeTemp temp,
            TreeTemp::create_file(target.folder_fd, run.names, target.mode, target.path));
  const store::BlockPtr block = run.blocks->get(format::kMaxChunkBytes);
  crypto::Sha256 hash;
  std::uint64_t offset = 0;
  const auto write_chunk = [&](const format::ChunkRef& chunk) -> Status {
    CAIRN_CHECK(base::check_stop(run.context));
    const std::span<std::uint8_t> bytes(block.get(), chunk.length);
    CAIRN_CHECK(worker.reader().read_into(chunk.id, bytes, verify));
    hash.update(bytes);
    CAIRN_CHECK(base::pwrite_all(temp.fd(), bytes, offset, target.path));
    offset += chunk.length;
    return {};
  };
  CAIRN_CHECK(for_each_chunk(entry, store::page_fetch(run.store), write_chunk));
  CAIRN_CHECK(compare_digest(entry, hash.finish(), target.path));
  return temp;
}

struct Unit {
  std::uint64_t offset = 0;
  std::size_t length = 0;
  std::vector<format::ChunkRef> chunks;
};
struct WrittenUnit {
  store::BlockPtr block;
  std::size_t length = 0;
};

// Workers decode units and write them at their place in the temporary file, in any order; the
// calling thread hashes in order.
class ParallelFile {
 public:
  ParallelFile(WriteRun& run, const TreeTemp& temp, const std::string& path, store::Verify verify)
      : run_(run),
        temp_(temp),
        path_(path),
        verify_(verify),
        work_([this](Unit& unit) { return write(unit); }),
        slots_(std::make_shared<base::OrderedSlots<Unit, WrittenUnit>>(run.context, work_)) {}
  ~ParallelFile() { slots_->close(); }
  ParallelFile(const ParallelFile&) = delete;
  ParallelFile& operator=(const ParallelFile&) = delete;

  Status add(const format::ChunkRef& chunk) {
    if (unit_.length + chunk.length > kUnitBytes) CAIRN_CHECK(push_unit());
    unit_.chunks.push_back(chunk);
    unit_.length += chunk.length;
    return {};
  }

  Result<Digest> finish() {
    if (unit_.length > 0) CAIRN_CHECK(push_unit());
    while (slots_->size() > 0) CAIRN_CHECK(hash_next());
    return hash_.finish();
  }

 private:
  Status push_unit() {
    while (slots_->size() > 0 && (slots_->size() >= kUnitsUnderWay || slots_->head_ready()))
      CAIRN_CHECK(hash_next());
    CAIRN_CHECK(base::check_stop(run_.context));
    const std::uint64_t end = unit_.offset + unit_.length;
    slots_->push(std::move(unit_));
    unit_ = Unit();
    unit_.offset = end;
    return {};
  }

  Status hash_next() {
    CAIRN_TRY(const WrittenUnit unit, slots_->take_head());
    hash_.update({unit.block.get(), unit.length});
    return {};
  }

  Result<WrittenUnit> write(const Unit& unit) {
    const auto worker = run_.workers.take();
    WrittenUnit written{run_.blocks->get(unit.length), unit.length};
    std::size_t at = 0;
    for (const format::ChunkRef& chunk : unit.chunks) {
      CAIRN_CHECK(
          worker->reader().read_into(chunk.id, {written.block.get() + at, chunk.length}, verify_));
      at += chunk.length;
    }
    CAIRN_CHECK(write_at({written.block.get(), unit.length}, unit.offset));
    run_.context.progress.add_bytes(unit.length);
    return written;
  }

  // The kernel lets one thread write to a file at a time, and the others spin: here they sleep.
  Status write_at(base::ByteView bytes, std::uint64_t offset) {
    const std::lock_guard lock(write_mutex_);
    return base::pwrite_all(temp_.fd(), bytes, offset, path_);
  }

  WriteRun& run_;
  const TreeTemp& temp_;
  const std::string& path_;
  const store::Verify verify_;
  Unit unit_;  // being filled
  crypto::Sha256 hash_;
  std::mutex write_mutex_;
  const std::function<Result<WrittenUnit>(Unit&)> work_;
  std::shared_ptr<base::OrderedSlots<Unit, WrittenUnit>>
      slots_;  // last: its jobs use all of the above
};

Result<TreeTemp> write_parallel_once(WriteRun& run, const format::ManifestEntry& entry,
                                     const FileTarget& target, store::Verify verify) {
  CAIRN_TRY(TreeTemp temp,
            TreeTemp::create_file(target.folder_fd, run.names, target.mode, target.path));
  ParallelFile file(run, temp, target.path, verify);
  CAIRN_CHECK(for_each_chunk(entry, store::page_fetch(run.store),
                             [&](const format::ChunkRef& chunk) { return file.add(chunk); }));
  CAIRN_TRY(const Digest digest, file.finish());
  CAIRN_CHECK(compare_digest(entry, digest, target.path));
  return temp;
}

}  // namespace

Error wrong_content(const std::string& path, const FileId& wanted) {
  return Error(Code::kCorrupt, fmt::format("the chunks of `{}` do not give the file that its id {} "
                                           "names, although each is intact",
                                           path, wanted.short_hex()))
      .slug(std::string(kMismatchSlug));
}

Result<TreeTemp> write_whole(WriteRun& run, WriteWorker& worker, const format::ManifestEntry& entry,
                             const FileTarget& target) {
  return in_two_passes(target.path, [&](store::Verify verify) {
    return write_whole_once(run, worker, entry, target, verify);
  });
}

Result<TreeTemp> write_parallel(WriteRun& run, const format::ManifestEntry& entry,
                                const FileTarget& target) {
  return in_two_passes(target.path, [&](store::Verify verify) {
    return write_parallel_once(run, entry, target, verify);
  });
}

Result<TreeTemp> write_content(WriteRun& run, WriteWorker& worker,
                               const format::ManifestEntry& entry, const FileTarget& target) {
  if (entry.size_bytes > kMaxWholeFileBytes) return write_parallel(run, entry, target);
  return write_whole(run, worker, entry, target);
}

Result<TreeTemp> write_bytes(WriteRun& run, base::ByteView bytes, const FileTarget& target) {
  CAIRN_TRY(TreeTemp temp,
            TreeTemp::create_file(target.folder_fd, run.names, target.mode, target.path));
  CAIRN_CHECK(base::pwrite_all(temp.fd(), bytes, 0, target.path));
  return temp;
}

}  // namespace cairn::workdir::detail
