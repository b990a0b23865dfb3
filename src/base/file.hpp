// Files and directories by system call, with errors that name the path. Everything retries EINTR
// and short transfers. Codes: ENOENT/ENOTDIR kNotFound, EEXIST kExists, EACCES/EPERM/EROFS
// kPermission, ENOSPC/EDQUOT/EFBIG kNoSpace, else kIo.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include "base/bytes.hpp"
#include "base/fd.hpp"
#include "cairn/result.hpp"

namespace cairn::base {

// Error of a failed system call: `doing` is the bare verb, so errno_error("open", path, errno)
// gives "cannot open `path`: No such file or directory".
Error errno_error(std::string_view doing, std::string_view path, int error_number);

Result<Fd> open_read(const std::string& path);                // O_RDONLY|O_CLOEXEC
Result<Fd> create_new(const std::string& path, mode_t mode);  // O_CREAT|O_EXCL|O_RDWR|O_CLOEXEC
Result<Fd> open_directory(const std::string& path);           // "" is the current directory
// Closes with the error check that a writer needs: network file systems report lost writes here.
// Never retried.
Status close_file(Fd fd, std::string_view path);

// Reads exactly out.size() bytes at `offset`; a short file is kCorrupt ("truncated").
Status pread_exact(const Fd& fd, std::span<std::uint8_t> out, std::uint64_t offset,
                   std::string_view path);
Status pwrite_all(const Fd& fd, ByteView bytes, std::uint64_t offset, std::string_view path);
// Writes the parts one after the other (writev) at `offset`.
Status pwritev_all(const Fd& fd, std::span<const ByteView> parts, std::uint64_t offset,
                   std::string_view path);
// fdatasync. The data is gone after an error, which is final: never sync again, write a new file.
Status sync_file(const Fd& fd, std::string_view path);
// Does nothing where the file system cannot sync directories.
Status sync_directory(const std::string& path);
// syncfs, the one barrier for many files; sees write errors since `fd` was opened.
Status sync_filesystem(const Fd& fd, std::string_view path);

// Whole small files. `max_bytes` bounds hostile sizes (kCorrupt above it); kNotFound when absent.
Result<Bytes> read_file(const std::string& path, std::size_t max_bytes);
// Absent is nothing, not an error.
Result<std::optional<Bytes>> read_file_if_exists(const std::string& path, std::size_t max_bytes);
enum class Durability { kSynced, kCacheOnly };  // kCacheOnly: rebuildable, no sync
// Writes a temporary name (`.cairn-tmp-<hex>`) in the same directory, syncs, renames over `path`,
// syncs the directory. `mode` is subject to the umask. Leaves no temporary file behind except after
// a crash.
Status write_file_atomic(const std::string& path, ByteView bytes, mode_t mode,
                         Durability durability);

// Creates missing parents too; an existing directory is fine, anything else there is kExists. Not
// synced.
Status make_directories(const std::string& path, mode_t mode = 0777);
Status remove_file(const std::string& path);  // absent is fine
Status remove_tree(const std::string& path);  // never follows links; absent is fine
Status rename_replace(const std::string& from, const std::string& to);
// Never replaces (kExists): RENAME_NOREPLACE, or else rename_new_by_link.
Status rename_new(const std::string& from, const std::string& to);
// What rename_new does for a file where the file system lacks RENAME_NOREPLACE (NFS). A crash may
// leave both names.
Status rename_new_by_link(const std::string& from, const std::string& to);
// Nothing if absent or unreachable. stat_path follows links.
std::optional<struct ::stat> stat_path(const std::string& path);
std::optional<struct ::stat> lstat_path(const std::string& path);

struct DirEntry {
  std::string name;
  unsigned char type;  // DT_REG, DT_DIR, DT_LNK, … (never DT_UNKNOWN)
};
// Sorted by memcmp of the name, without "." and "..". kNotFound when absent; "" is the current
// directory.
Result<std::vector<DirEntry>> list_directory(const std::string& path);

// Exactly one '/' between; join("", name) is name.
std::string join(std::string_view directory, std::string_view name);
// A path as typed by somebody who stands in that directory.
std::string path_from(std::string_view directory, std::string_view path);
// "" for a bare name, "/" for "/name". Trailing slashes do not count, here and in name_of.
std::string parent_of(std::string_view path);
std::string_view name_of(std::string_view path);

// Read-only map of a regular file; empty files give an empty view. Only for files that are never
// truncated in place: touching a page beyond the end of the file kills the process.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  MappedFile() = default;
  MappedFile(MappedFile&&) noexcept;
  MappedFile& operator=(MappedFile&&) noexcept;
  ~MappedFile();
  [[nodiscard]] ByteView view() const { return view_; }

 private:
  ByteView view_;
};

// flock on a never-deleted file, created when absent. Waits up to `timeout_ms`, then kLocked naming
// the holder: an exclusive holder keeps "pid 123 `cairn add`" in the file, readers leave no trace.
// A shared lock needs no more than read permission.
class FileLock {
 public:
  enum class Mode { kShared, kExclusive };
  // kInterrupted soon after `stop` is requested.
  static Result<FileLock> acquire(const std::string& path, Mode mode, int timeout_ms,
                                  const std::stop_token& stop = {});
  FileLock(FileLock&& other) noexcept = default;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  FileLock(Fd fd, Mode mode) : fd_(std::move(fd)), mode_(mode) {}
  void release();
  Fd fd_;
  Mode mode_;
};

}  // namespace cairn::base
