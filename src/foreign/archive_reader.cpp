#include "foreign/archive_reader.hpp"

#include <algorithm>

#include <sys/stat.h>

#include "base/text.hpp"
#include "foreign/archive_library.hpp"
#include "foreign/safe_path.hpp"

namespace cairn::foreign {

namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
constexpr std::uint64_t kLeastLimit = std::uint64_t{1} << 30;
constexpr std::uint64_t kMostTimes = 1000;

Error bad_archive(const std::string& what) {
  return Error(Code::kCorrupt, what)
      .hint("`bsdtar -tvf FILE` lists what is in an archive")
      .slug("bad-archive");
}

std::string first_of(const char* utf8, const char* raw) {
  return utf8 != nullptr ? utf8 : raw != nullptr ? raw : "";
}

}  // namespace

struct ArchiveReader::State {
  State(const ArchiveLibrary& loaded, base::Fd source)
      : library(loaded), fd(std::move(source)), archive(loaded.read_new()) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (archive != nullptr) (void)library.read_free(archive);
  }

  Error failure() const {
    const char* why = library.error_string(archive);
    return bad_archive("the archive cannot be read: " +
                       base::printable(why == nullptr ? "no reason is given" : why));
  }

  Status start(const ArchiveLimits& limits) {
    struct ::stat info {};
    if (::fstat(fd.get(), &info) != 0) return Error(Code::kIo, "the archive cannot be looked at");
    left_bytes = limits.max_bytes != 0
                     ? limits.max_bytes
                     : std::max(kLeastLimit, static_cast<std::uint64_t>(info.st_size) * kMostTimes);
    left_members = limits.max_members;
    for (const auto support :
         {library.support_tar, library.support_zip, library.support_7zip, library.support_gzip,
          library.support_bzip2, library.support_xz, library.support_zstd, library.support_lz4}) {
      if (support(archive) < ARCHIVE_WARN) return failure();
    }
    const Utf8Names names;
    if (library.read_open_fd(archive, fd.get(), kBlockBytes) != ARCHIVE_OK) return failure();
    return {};
  }

  const ArchiveLibrary& library;
  base::Fd fd;
  ::archive* archive;
  std::uint64_t left_bytes = 0, left_members = 0;
};

ArchiveReader::ArchiveReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader::~ArchiveReader() = default;

Result<ArchiveReader> ArchiveReader::open(base::Fd archive, const ArchiveLimits& limits) {
  CAIRN_TRY(const auto* library, archive_library());
  auto state = std::make_unique<State>(*library, std::move(archive));
  if (state->archive == nullptr) return Error(Code::kInternal, "out of memory");
  CAIRN_CHECK(state->start(limits));
  return ArchiveReader(std::move(state));
}

namespace {

// "./" and "dir/" as tar writes them; a name that is the archive's own top gives "".
Result<std::string> member_path(const std::string& name) {
  const bool top = name == "." || name == "./";
  if (top) return std::string();
  return safe_path("", name);
}

}  // namespace

Result<std::optional<ArchiveMember>> ArchiveReader::next() {
  const Utf8Names names;
  const auto& library = state_->library;
  ::archive_entry* entry = nullptr;
  const int code = library.read_next_header(state_->archive, &entry);
  if (code == ARCHIVE_EOF) return std::optional<ArchiveMember>();
  if (code < ARCHIVE_WARN) return state_->failure();
  if (state_->left_members-- == 0) return bad_archive("the archive has too many members");
  ArchiveMember out;
  const auto name = first_of(library.pathname_utf8(entry), library.pathname(entry));
  CAIRN_TRY(out.path, member_path(name));
  out.executable = (library.perm(entry) & 0100U) != 0;
  const auto hardlink = first_of(library.hardlink_utf8(entry), library.hardlink(entry));
  if (!hardlink.empty()) {
    out.type = ArchiveMember::Type::kHardlink;
    CAIRN_TRY(out.target, member_path(hardlink));
    return std::optional(std::move(out));
  }
  switch (library.filetype(entry)) {
    case AE_IFREG:
      if (out.path.empty()) return bad_archive("the archive has a file without a name");
      return std::optional(std::move(out));
    case AE_IFDIR:
      out.type = ArchiveMember::Type::kFolder;
      return std::optional(std::move(out));
    case AE_IFLNK:
      out.type = ArchiveMember::Type::kSymlink;
      out.target = first_of(library.symlink_utf8(entry), library.symlink(entry));
      return std::optional(std::move(out));
    default:
      return bad_archive("`" + base::printable(name) + "` is a device, a pipe or a socket");
  }
}

Result<std::size_t> ArchiveReader::read(std::span<std::uint8_t> out) {
  const auto got = state_->library.read_data(state_->archive, out.data(), out.size());
  if (got < 0) return state_->failure();
  const auto size = static_cast<std::size_t>(got);
  if (size > state_->left_bytes) {
    return Error(Code::kConflict, "the archive unpacks to more than is allowed")
        .hint("`--max-bytes N` allows as much as is meant")
        .slug("archive-too-large");
  }
  state_->left_bytes -= size;
  return size;
}

}  // namespace cairn::foreign
