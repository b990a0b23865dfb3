#include "remotes/dir/partial_file.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <unistd.h>

#include "base/file.hpp"
#include "base/system.hpp"

namespace cairn::remotes {
namespace {

// Fits in the second-level cache: the copy from the source and the one into the kernel share it.
constexpr std::size_t kCopyBytes = std::size_t{256} << 10;
constexpr int kCreateAttempts = 8;

}  // namespace

Result<PartialFile> PartialFile::create(const std::string& directory) {
  for (int attempt = 1;; ++attempt) {
    std::array<std::uint8_t, 16> random{};
    base::SystemEntropy().fill(random);
    std::string path = base::join(directory, std::string(kPartialPrefix) + base::to_hex(random));
    Result<base::Fd> fd = base::create_new(path, 0666);
    if (fd.ok()) return PartialFile(std::move(path), *std::move(fd));
    if (fd.error().code() != Code::kExists || attempt == kCreateAttempts) {
      return std::move(fd).error();
    }
  }
}

PartialFile::PartialFile(PartialFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)) {}

PartialFile::~PartialFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Status PartialFile::write(ObjectSource& source, const std::stop_token& stop) {
  const std::uint64_t size = source.size_bytes();
  std::vector<std::uint8_t> buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(size, kCopyBytes)));
  for (std::uint64_t at = 0; at < size;) {
    if (stop.stop_requested()) return Error(Code::kInterrupted, "interrupted");
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(size - at, buffer.size()));
    const std::span<std::uint8_t> part(buffer.data(), count);
    CAIRN_CHECK(source.read(at, part));
    CAIRN_CHECK(base::pwrite_all(fd_, part, at, path_));
    at += count;
    source.sent(count);
  }
  CAIRN_CHECK(base::sync_file(fd_, path_));
  return base::close_file(std::move(fd_), path_);
}

Status PartialFile::publish(const std::string& path) {
  CAIRN_CHECK(base::rename_replace(path_, path));
  path_.clear();
  return base::sync_directory(base::parent_of(path));
}

Status PartialFile::publish_new(const std::string& path) {
  CAIRN_CHECK(base::rename_new(path_, path));
  path_.clear();
  return base::sync_directory(base::parent_of(path));
}

}  // namespace cairn::remotes
