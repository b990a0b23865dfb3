#include "workdir/kept_parts.hpp"

#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "workdir/write_note.hpp"

namespace cairn::workdir::detail {
namespace {

constexpr std::uint64_t kKeptFromBytes = std::uint64_t{8} << 20;
constexpr std::uint64_t kStatBlockBytes = 512;
constexpr const char* kPartPrefix = ".cairn-tmp-part-";
constexpr const char* kListName = ".cairn-tmp-part.kept";

std::string part_name(const FileId& file) { return kPartPrefix + file.hex(); }

// A link, or another name of a file elsewhere, would lead writing there.
bool is_own_part(const struct ::stat& info, const format::ManifestEntry& entry) {
  return S_ISREG(info.st_mode) && info.st_nlink == 1 && info.st_uid == ::geteuid() &&
         ((info.st_mode & S_IXUSR) != 0) == entry.executable &&
         static_cast<std::uint64_t>(info.st_size) <= entry.size_bytes;
}

struct Part {
  base::Fd folder;
  std::uint64_t bytes_on_disk = 0;
};

// It stands in the folder that was the deepest one then: the item's own, or one above.
std::optional<Part> find_part(const TreeRoot& root, const WriteItem& item) {
  const std::string name = part_name(item.entry.file_id);
  std::string folder = item.path;
  do {
    folder = base::parent_of(folder);
    auto opened = root.open_directory(folder);
    struct ::stat info {};
    if (opened.ok() && ::fstatat(opened->get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        is_own_part(info, item.entry))
      return Part{*std::move(opened), static_cast<std::uint64_t>(info.st_blocks) * kStatBlockBytes};
  } while (!folder.empty());
  return std::nullopt;
}

}  // namespace

bool worth_keeping(const format::ManifestEntry& entry) {
  return entry.type == format::EntryType::kFile && entry.size_bytes >= kKeptFromBytes;
}

bool keep_part(const base::Fd& folder, const std::string& name, const FileId& file) {
  return ::renameat(folder.get(), name.c_str(), folder.get(), part_name(file).c_str()) == 0;
}

bool take_part_over(const TreeRoot& root, const WriteItem& item, const base::Fd& folder,
                    const std::string& name) {
  const auto part = find_part(root, item);
  return part && ::renameat(part->folder.get(), part_name(item.entry.file_id).c_str(), folder.get(),
                            name.c_str()) == 0;
}

std::uint64_t part_bytes(const TreeRoot& root, const WriteItem& item) {
  if (!worth_keeping(item.entry)) return 0;
  const auto part = find_part(root, item);
  return part ? part->bytes_on_disk : 0;
}

Status note_parts(const std::string& directory, const std::set<std::string>& folders) {
  const std::string path = base::join(directory, kListName);
  const std::string text = note_text(std::set<std::string_view>(folders.begin(), folders.end()));
  const base::Fd file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file.valid()) return base::errno_error("write", path, errno);
  const auto written = ::write(file.get(), text.data(), text.size());
  return written == static_cast<ssize_t>(text.size()) ? Status()
                                                      : base::errno_error("write", path, errno);
}

void forget_parts(const TreeRoot& root, const std::string& directory) {
  const std::string path = base::join(directory, kListName);
  for (const std::string& folder : noted_folders(path)) remove_names(root, folder, kPartPrefix);
  (void)base::remove_file(path);
}

}  // namespace cairn::workdir::detail
