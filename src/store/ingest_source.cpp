// Reading a file that others may write meanwhile.
#include <fmt/core.h>

#include <cerrno>

#include <unistd.h>

#include "base/file.hpp"
#include "base/retry_eintr.hpp"
#include "store/ingest_run.hpp"

namespace cairn::store::detail {
namespace {

constexpr std::string_view kChangedSlug = "file-changed";

Error changed_error(const std::string& path) {
  const std::string advice = "run the command again when nothing writes to the file";
  return Error(Code::kConflict, fmt::format("`{}` changed while it was being read", path))
      .hint(advice)
      .slug(std::string(kChangedSlug));
}

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool same_file_state(const struct ::stat& a, const struct ::stat& b) {
  return a.st_size == b.st_size && a.st_ino == b.st_ino && a.st_dev == b.st_dev &&
         same_time(a.st_mtim, b.st_mtim) && same_time(a.st_ctim, b.st_ctim);
}

}  // namespace

bool is_changed_error(const Error& error) {
  return error.code() == Code::kConflict && error.slug() == kChangedSlug;
}

Result<OpenedSource> open_source(const IngestRun& run, std::size_t index) {
  Result<base::Fd> fd = run.open(index);
  if (!fd.ok() && fd.error().code() == Code::kNotFound) {
    return Error(Code::kNotFound,
                 fmt::format("`{}` vanished before it could be read", run.files.path(index)))
        .hint("run the command again when nothing removes files there")
        .slug("file-vanished");
  }
  if (!fd.ok()) return std::move(fd).error();
  OpenedSource source;
  source.fd = *std::move(fd);
  if (::fstat(source.fd.get(), &source.before) != 0)
    return base::errno_error("stat", run.files.path(index), errno);
  return source;
}

Status check_unchanged(const OpenedSource& source, const std::string& path) {
  struct ::stat after {};
  if (::fstat(source.fd.get(), &after) != 0) return base::errno_error("stat", path, errno);
  if (!same_file_state(source.before, after)) return changed_error(path);
  return {};
}

Status read_source(const OpenedSource& source, std::span<std::uint8_t> out, std::uint64_t offset,
                   const std::string& path) {
  while (!out.empty()) {
    const auto count = base::retry_eintr([&] {
      return ::pread(source.fd.get(), out.data(), out.size(), static_cast<off_t>(offset));
    });
    if (count < 0) return base::errno_error("read", path, errno);
    if (count == 0) return changed_error(path);
    out = out.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

}  // namespace cairn::store::detail
