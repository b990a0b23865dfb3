#include <utility>

#include <sys/mman.h>

#include "base/file.hpp"

namespace cairn::base {

Result<MappedFile> MappedFile::open(const std::string& path) {
  CAIRN_TRY(const Fd fd, open_read(path));
  struct ::stat info {};
  if (::fstat(fd.get(), &info) != 0) return errno_error("stat", path, errno);
  if (!S_ISREG(info.st_mode))
    return Error(Code::kIo, "cannot map `" + path + "`: not a regular file");
  MappedFile file;
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size == 0) return file;  // mmap refuses length 0
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (at == MAP_FAILED) return errno_error("map", path, errno);
  file.view_ = {static_cast<const std::uint8_t*>(at), size};
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : view_(std::exchange(other.view_, ByteView())) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(view_, other.view_);  // `other` unmaps what was ours
  return *this;
}

MappedFile::~MappedFile() {
  if (!view_.empty())
    ::munmap(const_cast<std::uint8_t*>(view_.data()), view_.size());  // NOLINT: munmap takes void*
}

}  // namespace cairn::base
