// Between the parts of writing versions (materialise.cpp, write_*.cpp, link_objects.cpp): what one
// call shares.
#pragma once

#include <atomic>
#include <memory>

#include "crypto/sha256.hpp"
#include "store/block_pool.hpp"
#include "store/reuse.hpp"
#include "workdir/folder_cursor.hpp"

namespace cairn::workdir::detail {

// Files up to this size are written whole by one worker, larger ones by several.
inline constexpr std::uint64_t kMaxWholeFileBytes = std::uint64_t{8} << 20;

// What a worker keeps from one batch to the next: decoded records, and the folder it wrote to last.
class WriteWorker {
 public:
  WriteWorker(const store::Store& store, const TreeRoot& root) : reader_(store), folders_(root) {}
  store::ChunkReader& reader() { return reader_; }
  FolderCursor& folders() { return folders_; }

 private:
  store::ChunkReader reader_;
  FolderCursor folders_;
};

struct WriteRun {
  const Context& context;
  const store::Store& store;
  const TreeRoot& root;
  const std::vector<WriteItem>& items;
  WriteOptions options;
  std::atomic<LinkMode>
      link;  // kCopy once the file systems turned out not to allow what was asked for
  TempNames names;
  store::Reuse<WriteWorker> workers;
  std::shared_ptr<store::BlockPool> blocks;
};

// Where a file's bytes go: an open folder, a mode (subject to the umask), and what messages call
// it.
struct FileTarget {
  int folder_fd = -1;
  mode_t mode = 0666;
  std::string path;
};

// --- write_file.cpp: verified content under a temporary name ---
// By the calling thread alone.
Result<TreeTemp> write_whole(WriteRun& run, WriteWorker& worker, const format::ManifestEntry& entry,
                             const FileTarget& target);
// By the pool; the calling thread hashes.
Result<TreeTemp> write_parallel(WriteRun& run, const format::ManifestEntry& entry,
                                const FileTarget& target);
// Either, by size.
Result<TreeTemp> write_content(WriteRun& run, WriteWorker& worker,
                               const format::ManifestEntry& entry, const FileTarget& target);
// Bytes that were read and hashed already.
Result<TreeTemp> write_bytes(WriteRun& run, base::ByteView bytes, const FileTarget& target);
Error wrong_content(const std::string& path, const FileId& wanted);

// --- link_objects.cpp: files shared with the store's links/ ---
// kCopy when the mode cannot work between the store and the root.
LinkMode usable_link_mode(WriteRun& run);
Result<TreeTemp> write_shared(WriteRun& run, WriteWorker& worker,
                              const format::ManifestEntry& entry, const FileTarget& target);

}  // namespace cairn::workdir::detail
