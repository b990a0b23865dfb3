#include "workdir/landing_files.hpp"

#include <algorithm>
#include <cerrno>
#include <map>

#include <fcntl.h>
#include <unistd.h>

#include "workdir/kept_parts.hpp"

namespace cairn::workdir::detail {
namespace {

constexpr std::size_t kKeptOpen = 64;

// The last used ones of a few: moves what it finds to the end.
template <typename T>
T* recall(std::vector<std::pair<std::uint32_t, T>>& kept, std::uint32_t key) {
  const auto found = std::ranges::find(kept, key, &std::pair<std::uint32_t, T>::first);
  if (found == kept.end()) return nullptr;
  std::rotate(found, found + 1, kept.end());
  return &kept.back().second;
}

template <typename T>
void remember(std::vector<std::pair<std::uint32_t, T>>& kept, std::uint32_t key, T value) {
  if (kept.size() == kKeptOpen) kept.erase(kept.begin());
  kept.emplace_back(key, std::move(value));
}

}  // namespace

// The kernel lets one thread write to a file at a time, and the others spin: here they sleep.
struct LandingFiles::File {
  File(base::Fd from, std::shared_ptr<std::atomic<int>> lost_to)
      : fd(std::move(from)), lost(std::move(lost_to)) {}
  ~File() {
    if (::close(fd.release()) != 0) lost->store(errno);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  base::Fd fd;
  std::mutex writing;
  std::shared_ptr<std::atomic<int>> lost;
};

LandingFiles::LandingFiles(const TreeRoot& root, const std::vector<const WriteItem*>& items,
                           TempNames& names)
    : root_(root),
      items_(items),
      names_(names),
      states_(items.size(), kNone),
      lost_(std::make_shared<std::atomic<int>>(0)) {}

LandingFiles::~LandingFiles() {
  files_.clear();
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (states_[i] != kThere) continue;
    const auto home = home_of(i);
    if (home.ok()) ::unlinkat((*home)->get(), names_.numbered(i).c_str(), 0);
  }
  for (const std::string& folder : made_) (void)root_.remove_empty_directories(folder);
}

Status LandingFiles::open(const std::vector<std::string>& tops, const std::string& notes) {
  for (const std::string& top : tops) {
    // What stands in the way of a folder goes later, if it may.
    const auto there = root_.lstat(top);
    if (there.ok() && !*there && root_.make_directories(top).ok()) made_.push_back(top);
  }
  find_homes();
  notes_ = notes.empty() ? root_.directory() : notes;
  CAIRN_TRY(auto note, WriteNote::begin(root_, notes_, names_,
                                        std::set<std::string_view>(homes_.begin(), homes_.end())));
  note_.emplace(std::move(note));
  CAIRN_CHECK(take_parts_over());
  forget_parts(root_, notes_);
  return {};
}

Status LandingFiles::take_parts_over() {
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    if (!worth_keeping(items_[i]->entry)) continue;
    CAIRN_TRY(const FolderPtr home, home_of(i));
    if (!take_part_over(root_, *items_[i], *home, names_.numbered(i))) continue;
    states_[i] = kThere;
    taken_over_.push_back(i);
  }
  return {};
}

void LandingFiles::keep_parts(const std::vector<std::uint32_t>& items) {
  std::set<std::string> folders;
  for (const std::uint32_t i : items) {
    if (states_[i] != kThere || !worth_keeping(items_[i]->entry)) continue;
    const auto home = home_of(i);
    if (!home.ok() || !close(i).ok()) continue;
    if (!keep_part(**home, names_.numbered(i), items_[i]->entry.file_id)) continue;
    states_[i] = kNone;
    folders.insert(homes_[home_of_[i]]);
  }
  // Without the list they are still found by whoever wants them.
  if (!folders.empty()) (void)note_parts(notes_, folders);
}

void LandingFiles::find_homes() {
  std::map<std::string, std::uint32_t> known;  // folder of an item -> home
  const auto is_folder = [&](const std::string& path) {
    return path.empty() || root_.open_directory(path).ok();
  };
  home_of_.resize(items_.size());
  std::string last;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    std::string folder = base::parent_of(items_[i]->path);
    if (i > 0 && folder == last) {
      home_of_[i] = home_of_[i - 1];
      continue;
    }
    last = folder;
    while (!known.contains(folder) && !is_folder(folder)) folder = base::parent_of(folder);
    const auto [home, is_new] =
        known.try_emplace(folder, static_cast<std::uint32_t>(homes_.size()));
    if (is_new) homes_.push_back(folder);
    home_of_[i] = home->second;
  }
}

Result<LandingFiles::FolderPtr> LandingFiles::home_of(std::uint32_t item) {
  const std::uint32_t home = home_of_[item];
  const std::lock_guard lock(mutex_);
  if (const FolderPtr* kept = recall(folders_, home)) return *kept;
  CAIRN_TRY(base::Fd fd, root_.open_directory(homes_[home]));
  auto folder = std::make_shared<const base::Fd>(std::move(fd));
  remember(folders_, home, FolderPtr(folder));
  return FolderPtr(std::move(folder));
}

Result<base::Fd> LandingFiles::open_file(std::uint32_t item, int flags) {
  CAIRN_TRY(const FolderPtr home, home_of(item));
  const mode_t mode = items_[item]->entry.executable ? 0777 : 0666;
  base::Fd fd(::openat(home->get(), names_.numbered(item).c_str(),
                       flags | O_RDWR | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!fd.valid()) return base::errno_error("write", items_[item]->path, errno);
  return fd;
}

Result<LandingFiles::FilePtr> LandingFiles::file(std::uint32_t item) {
  {
    const std::lock_guard lock(mutex_);
    if (const FilePtr* kept = recall(files_, item)) return *kept;
    states_[item] = kThere;
  }
  CAIRN_TRY(base::Fd fd, open_file(item, O_CREAT));  // or somebody has made it just now
  const auto opened = std::make_shared<File>(std::move(fd), lost_);
  const std::lock_guard lock(mutex_);
  if (const FilePtr* kept = recall(files_, item)) return *kept;
  remember(files_, item, FilePtr(opened));
  return opened;
}

Status LandingFiles::write(std::uint32_t item, std::uint64_t offset, base::ByteView bytes) {
  if (bytes.size() == items_[item]->entry.size_bytes) return write_alone(item, bytes);
  CAIRN_TRY(const FilePtr target, file(item));
  const std::lock_guard lock(target->writing);
  return base::pwrite_all(target->fd, bytes, offset, items_[item]->path);
}

Status LandingFiles::write_alone(std::uint32_t item, base::ByteView bytes) {
  {
    const std::lock_guard lock(mutex_);
    states_[item] = kThere;
  }
  CAIRN_TRY(base::Fd fd, open_file(item, O_CREAT | O_EXCL));
  CAIRN_CHECK(base::pwrite_all(fd, bytes, 0, items_[item]->path));
  return base::close_file(std::move(fd), items_[item]->path);
}

Status LandingFiles::read(std::uint32_t item, std::uint64_t offset, std::span<std::uint8_t> out) {
  CAIRN_TRY(const FilePtr from, file(item));
  return base::pread_exact(from->fd, out, offset, items_[item]->path);
}

Status LandingFiles::close(std::uint32_t item) {
  const std::lock_guard lock(mutex_);
  std::erase_if(files_, [&](const auto& kept) { return kept.first == item; });
  const int error = lost_->load();
  return error == 0 ? Status() : base::errno_error("write", items_[item]->path, error);
}

Result<StatKey> LandingFiles::publish(std::uint32_t item, FolderCursor& cursor) {
  const std::string& path = items_[item]->path;
  CAIRN_TRY(const FolderPtr home, home_of(item));
  CAIRN_TRY(const int folder_fd, cursor.folder_of(path));
  {
    const std::lock_guard lock(mutex_);
    states_[item] = kPublished;  // from here on the TreeTemp removes it
  }
  auto temp = TreeTemp::adopt(home->get(), names_.numbered(item), path);
  return temp.publish_in(folder_fd, name_in_folder(path));
}

}  // namespace cairn::workdir::detail
