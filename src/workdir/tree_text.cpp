#include "workdir/tree_text.hpp"

#include <cerrno>
#include <cstdio>
#include <set>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"

namespace cairn::workdir {
namespace {

constexpr const char* kTemporary = ".cairn-tmp-edit";

Error not_plain(Error error, const std::string& path) {
  if (error.code() != Code::kConflict) return error;
  return std::move(error).hint("ls -l " + base::shell_word(path) +
                               "  # shows what it is; a plain file in its place is taken");
}

Error wrong_kind(const std::string& path, mode_t mode) {
  const auto shown = "`" + base::printable(path) + "`";
  if (S_ISLNK(mode))
    return Error(Code::kConflict, shown + " is a symbolic link, and links are never followed")
        .slug("link-in-path");
  return Error(Code::kConflict, shown + " is not a plain file").slug("not-a-file");
}

Status write_new(const base::Fd& folder, std::string_view text, const std::string& path) {
  base::Fd file(
      ::openat(folder.get(), kTemporary, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file.valid()) return base::errno_error("write", path, errno);
  CAIRN_CHECK(base::pwrite_all(file, base::view_of(text), 0, path));
  CAIRN_CHECK(base::sync_file(file, path));
  return base::close_file(std::move(file), path);
}

// In place, its folder not synced yet.
Status put_text(const TreeRoot& root, const std::string& path, std::string_view text) {
  const auto parent = base::parent_of(path);
  auto made = root.make_directories(parent);
  if (!made) return not_plain(std::move(made).error(), path);
  CAIRN_TRY(const auto folder, root.open_directory(parent));
  const auto remove = [&] { return ::unlinkat(folder.get(), kTemporary, 0) == 0; };
  if (!remove() && errno != ENOENT) return base::errno_error("write", path, errno);
  Status done = write_new(folder, text, path);
  const std::string name(base::name_of(path));
  if (done && ::renameat(folder.get(), kTemporary, folder.get(), name.c_str()) != 0)
    done = base::errno_error("write", path, errno);
  if (!done) (void)remove();
  return done;
}

}  // namespace

Result<bool> has_text(const TreeRoot& root, const std::string& path) {
  auto found = root.lstat(path);
  if (!found) return not_plain(std::move(found).error(), path);
  if (!*found) return false;
  if (S_ISREG((*found)->st_mode)) return true;
  return not_plain(wrong_kind(path, (*found)->st_mode), path);
}

Result<std::optional<std::string>> read_text(const TreeRoot& root, const std::string& path,
                                             std::size_t max_bytes) {
  CAIRN_TRY(const bool there, has_text(root, path));
  if (!there) return std::optional<std::string>();
  auto file = root.open_read(path);
  if (!file) return not_plain(std::move(file).error(), path);
  struct ::stat info {};
  if (::fstat(file->get(), &info) != 0) return base::errno_error("stat", path, errno);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > max_bytes)
    return Error(Code::kCorrupt,
                 "`" + base::printable(path) + "` is larger than " + base::human_bytes(max_bytes));
  base::Bytes bytes(static_cast<std::size_t>(size));
  CAIRN_CHECK(base::pread_exact(*file, bytes, 0, path));
  return std::optional(std::string(base::text_of(bytes)));
}

Status replace_text(const TreeRoot& root, const std::string& path, std::string_view text) {
  CAIRN_CHECK(put_text(root, path, text));
  return base::sync_directory(base::join(root.directory(), base::parent_of(path)));
}

Status replace_texts(const TreeRoot& root, const std::vector<TreeText>& texts) {
  std::set<std::string> folders;
  for (const auto& [path, text] : texts) {
    CAIRN_CHECK(put_text(root, path, text));
    folders.insert(base::parent_of(path));
  }
  for (const auto& folder : folders)
    CAIRN_CHECK(base::sync_directory(base::join(root.directory(), folder)));
  return {};
}

}  // namespace cairn::workdir
