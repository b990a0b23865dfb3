// Open, read, write and sync: everything that works on one file's bytes.
#include "base/file.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <system_error>

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/retry_eintr.hpp"

namespace cairn::base {
namespace {

constexpr auto kMaxOffset = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());

Code code_of_errno(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return Code::kNotFound;
    case EEXIST:
      return Code::kExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::kPermission;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:  // a local resource too; errno_error gives it a name of its own
    case ENFILE:
      return Code::kNoSpace;
    default:
      return Code::kIo;
  }
}

Error truncated_error(std::string_view path, std::uint64_t offset, std::size_t wanted,
                      std::size_t got) {
  return Error(Code::kCorrupt, "`" + std::string(path) + "` is truncated: wanted " +
                                   std::to_string(wanted) + " bytes at offset " +
                                   std::to_string(offset) + ", found " + std::to_string(got));
}

Error too_large_error(const std::string& path, std::size_t max_bytes) {
  return Error(Code::kCorrupt, "`" + path + "` is larger than the " + std::to_string(max_bytes) +
                                   " bytes such a file may have");
}

Result<Fd> open_with(const std::string& path, int flags, mode_t mode, std::string_view doing) {
  Fd fd(retry_eintr([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); }));
  if (!fd.valid()) return errno_error(doing, path, errno);
  return fd;
}

}  // namespace

Error errno_error(std::string_view doing, std::string_view path, int error_number) {
  std::string message = "cannot ";
  message.append(doing).append(" `").append(path).append("`: ");
  message += std::generic_category().message(error_number);
  if (error_number == EMFILE || error_number == ENFILE) {
    return Error(Code::kNoSpace, message)
        .hint("`ulimit -n 1024` allows more, then run the same command again")
        .slug("too-many-open-files");
  }
  return Error(code_of_errno(error_number), message);
}

Result<Fd> open_read(const std::string& path) { return open_with(path, O_RDONLY, 0, "open"); }

Result<Fd> create_new(const std::string& path, mode_t mode) {
  return open_with(path, O_CREAT | O_EXCL | O_RDWR, mode, "create");
}

Result<Fd> open_directory(const std::string& path) {
  return open_with(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY, 0, "open directory");
}

Status close_file(Fd fd, std::string_view path) {
  // EINTR: Linux has freed the descriptor, and goes on with the close.
  if (::close(fd.release()) != 0 && errno != EINTR) return errno_error("close", path, errno);
  return {};
}

Status pread_exact(const Fd& fd, std::span<std::uint8_t> out, std::uint64_t offset,
                   std::string_view path) {
  // An offset that no file can have comes from a damaged index, like one beyond the end.
  if (offset > kMaxOffset || out.size() > kMaxOffset - offset)
    return truncated_error(path, offset, out.size(), 0);
  std::size_t done = 0;
  while (done < out.size()) {
    const auto at = static_cast<off_t>(offset + done);
    const auto count =
        retry_eintr([&] { return ::pread(fd.get(), out.data() + done, out.size() - done, at); });
    if (count < 0) return errno_error("read", path, errno);
    if (count == 0) return truncated_error(path, offset, out.size(), done);
    done += static_cast<std::size_t>(count);
  }
  return {};
}

Status pwrite_all(const Fd& fd, ByteView bytes, std::uint64_t offset, std::string_view path) {
  return pwritev_all(fd, {&bytes, 1}, offset, path);
}

Status pwritev_all(const Fd& fd, std::span<const ByteView> parts, std::uint64_t offset,
                   std::string_view path) {
  std::array<iovec, 64> vectors;  // NOLINT: filled before use
  std::size_t skip = 0;           // bytes of parts[0] already written
  while (!parts.empty()) {
    const std::size_t count = std::min(parts.size(), vectors.size());
    for (std::size_t i = 0; i < count; ++i) {
      const ByteView part = i == 0 ? parts[0].subspan(skip) : parts[i];
      vectors[i] = {const_cast<std::uint8_t*>(part.data()),
                    part.size()};  // NOLINT: iovec is shared with readv
    }
    const auto written = retry_eintr([&] {
      return ::pwritev(fd.get(), vectors.data(), static_cast<int>(count),
                       static_cast<off_t>(offset));
    });
    if (written < 0) return errno_error("write", path, errno);
    offset += static_cast<std::uint64_t>(written);
    skip += static_cast<std::size_t>(written);
    const bool progress = written > 0 || parts[0].size() == skip;
    while (!parts.empty() && skip >= parts[0].size()) {
      skip -= parts[0].size();
      parts = parts.subspan(1);
    }
    if (!progress) return errno_error("write", path, EIO);  // would loop for ever
  }
  return {};
}

Status sync_file(const Fd& fd, std::string_view path) {
  if (retry_eintr([&] { return ::fdatasync(fd.get()); }) != 0)
    return errno_error("sync", path, errno);
  return {};
}

Status sync_directory(const std::string& path) {
  CAIRN_TRY(const Fd fd, open_directory(path));
  if (retry_eintr([&] { return ::fsync(fd.get()); }) == 0) return {};
  // Some network and FUSE file systems refuse fsync on directories: nothing more can be done there.
  if (errno == EINVAL || errno == ENOTSUP) return {};
  return errno_error("sync directory", path, errno);
}

Status sync_filesystem(const Fd& fd, std::string_view path) {
  if (retry_eintr([&] { return ::syncfs(fd.get()); }) != 0)
    return errno_error("sync the file system of", path, errno);
  return {};
}

Result<Bytes> read_file(const std::string& path, std::size_t max_bytes) {
  CAIRN_TRY(const Fd fd, open_read(path));
  struct ::stat info {};
  if (::fstat(fd.get(), &info) != 0) return errno_error("stat", path, errno);
  if (static_cast<std::uint64_t>(info.st_size) > max_bytes) return too_large_error(path, max_bytes);
  // The size is a hint: files in /proc say 0, and others may grow. One byte more shows the end
  // without another round.
  Bytes bytes(static_cast<std::size_t>(info.st_size) + 1);
  std::size_t size = 0;
  for (;;) {
    const auto count =
        retry_eintr([&] { return ::read(fd.get(), bytes.data() + size, bytes.size() - size); });
    if (count < 0) return errno_error("read", path, errno);
    size += static_cast<std::size_t>(count);
    if (size > max_bytes) return too_large_error(path, max_bytes);
    if (count == 0) break;
    if (size == bytes.size()) bytes.resize(size + std::max<std::size_t>(size, 4096));
  }
  bytes.resize(size);
  return bytes;
}

Result<std::optional<Bytes>> read_file_if_exists(const std::string& path, std::size_t max_bytes) {
  Result<Bytes> bytes = read_file(path, max_bytes);
  if (bytes.ok()) return std::optional<Bytes>(*std::move(bytes));
  if (bytes.error().code() == Code::kNotFound) return std::optional<Bytes>();
  return std::move(bytes).error();
}

}  // namespace cairn::base
