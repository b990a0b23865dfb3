#include "workdir/write_note.hpp"

#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/retry_eintr.hpp"
#include "base/text.hpp"
#include "workdir/tree_open.hpp"

namespace cairn::workdir::detail {
namespace {

constexpr std::string_view kNoteSuffix = ".folders";
constexpr std::size_t kMaxNoteBytes = std::size_t{1} << 30;

bool is_note(const std::string& name) {
  return is_temporary_name(name) && name.ends_with(kNoteSuffix);
}

std::set<std::string_view> folders_of(const std::vector<WriteItem>& items) {
  std::set<std::string_view> folders{""};  // names are tried out in the root
  for (const WriteItem& item : items) {
    const std::string_view path = item.path;
    folders.insert(path.substr(0, path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/')));
  }
  return folders;
}

// Failing to clean is no reason to fail: the next run tries again.
void clean_up_after(const TreeRoot& root, const std::string& directory, const std::string& note) {
  const std::string path = base::join(directory, note);
  const base::Fd file(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid() || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return;  // of a run that lives
  const std::string session = note.substr(0, note.size() - kNoteSuffix.size());
  for (const std::string& folder : noted_folders(path)) remove_names(root, folder, session);
  (void)base::remove_file(path);
}

// A new, locked file. Another run may take it for a dead one between the two steps, and remove it.
Result<base::Fd> create_locked(const std::string& path) {
  constexpr int kAttempts = 8;
  for (int attempt = 1;; ++attempt) {
    CAIRN_TRY(base::Fd file, base::create_new(path, 0600));
    // Where the file system has no locks, nobody can take the note for a dead one either.
    (void)base::retry_eintr([&] { return ::flock(file.get(), LOCK_EX); });
    struct ::stat info {};
    if (::fstat(file.get(), &info) == 0 && info.st_nlink > 0) return file;
    if (attempt == kAttempts) return base::errno_error("keep", path, ENOENT);
  }
}

}  // namespace

std::string note_text(const std::set<std::string_view>& folders) {
  std::string text;
  for (const auto folder : folders) text.append(folder).push_back('\0');
  return text;
}

std::vector<std::string> noted_folders(const std::string& path) {
  const auto text = base::read_file(path, kMaxNoteBytes);
  if (!text.ok()) return {};
  const auto folders = base::split(base::text_of(*text), '\0');
  return {folders.begin(), folders.end() - 1};
}

void remove_names(const TreeRoot& root, const std::string& folder, std::string_view prefix) {
  if (!folder.empty() && !is_plain_path(folder)) return;
  const auto opened = root.open_directory(folder);  // follows no link
  if (!opened.ok()) return;
  const auto entries = base::list_directory("/proc/self/fd/" + std::to_string(opened->get()));
  if (!entries.ok()) return;
  for (const base::DirEntry& entry : *entries) {
    if (entry.name.starts_with(prefix) && !is_note(entry.name))
      ::unlinkat(opened->get(), entry.name.c_str(), 0);
  }
}

Result<WriteNote> WriteNote::begin(const TreeRoot& root, const std::string& directory,
                                   const TempNames& names, const std::vector<WriteItem>& items) {
  return begin(root, directory, names, folders_of(items));
}

Result<WriteNote> WriteNote::begin(const TreeRoot& root, const std::string& directory,
                                   const TempNames& names,
                                   const std::set<std::string_view>& folders) {
  CAIRN_CHECK(base::make_directories(directory));
  CAIRN_TRY(const auto entries, base::list_directory(directory));
  for (const base::DirEntry& entry : entries) {
    if (is_note(entry.name)) clean_up_after(root, directory, entry.name);
  }
  const std::string path = base::join(directory, names.session() + std::string(kNoteSuffix));
  CAIRN_TRY(auto file, create_locked(path));
  WriteNote note(path, std::move(file));
  const std::string text = note_text(folders);
  CAIRN_CHECK(base::pwrite_all(note.locked_, base::view_of(text), 0, path));
  return note;
}

WriteNote::WriteNote(WriteNote&& other) noexcept
    : path_(std::exchange(other.path_, std::string())), locked_(std::move(other.locked_)) {}

WriteNote::~WriteNote() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace cairn::workdir::detail
