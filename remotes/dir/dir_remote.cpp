#include "remotes/dir/dir_remote.hpp"

#include <string_view>
#include <utility>

#include <dirent.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "remotes/dir/partial_file.hpp"

namespace cairn::remotes {
namespace {

constexpr std::string_view kFileScheme = "file://";

Status check_not_stopped(const std::stop_token& stop) {
  if (stop.stop_requested()) return Error(Code::kInterrupted, "interrupted");
  return {};
}

// Names of files that are no objects: partial ones, and what NFS keeps of files removed while open.
bool is_no_object(std::string_view name) {
  return name.starts_with(kPartialPrefix) || name.starts_with(".nfs");
}

Status check_key(const std::string& key) {
  for (const std::string_view part : base::split(key, '/')) {
    if (part.empty() || part == "." || part == ".." || is_no_object(part) ||
        part.find('\0') != std::string_view::npos) {
      return Error(Code::kUsage, "`" + base::printable(key) + "` cannot be the key of an object");
    }
  }
  return {};
}

std::int64_t modified_ms_of(const struct ::stat& info) {
  return std::int64_t{info.st_mtim.tv_sec} * 1000 + info.st_mtim.tv_nsec / 1'000'000;
}

bool is_directory(const std::string& path) {
  const auto info = base::stat_path(path);
  return info && S_ISDIR(info->st_mode);
}

Error absent_error(const std::string& key) {
  return Error(Code::kNotFound, "there is no object `" + key + "`");
}

}  // namespace

Result<std::unique_ptr<Remote>> DirRemote::open(const RemoteConfig& config) {
  std::string path = config.url;
  if (path.starts_with(kFileScheme)) path.erase(0, kFileScheme.size());
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.empty() || path.find('\0') != std::string::npos) {
    return Error(Code::kUsage, "remote `" + config.name + "` names no directory: `" +
                                   base::printable(config.url) + "`");
  }
  return std::unique_ptr<Remote>(std::make_unique<DirRemote>(config.name, std::move(path)));
}

std::string DirRemote::describe() const { return "remote `" + name_ + "` (" + base_ + ")"; }

Status DirRemote::check_base() const {
  if (is_directory(base_)) return {};
  if (base::lstat_path(base_)) {
    if (is_directory(base_)) return {};  // somebody has made it just now
    return Error(Code::kIo, "`" + base_ + "` is not a directory that can be opened");
  }
  const std::string parent = base::parent_of(base_);
  if (is_directory(parent.empty() ? "." : parent)) return {};
  return Error(Code::kIo, "neither the directory `" + base_ + "` nor its parent exists")
      .hint("mount the disk, or create it: mkdir -p " + base_);
}

Result<std::string> DirRemote::path_of(const std::string& key) const {
  CAIRN_CHECK(check_key(key));
  CAIRN_CHECK(check_base());
  return base::join(base_, key);
}

// A file just written carries the time of the file system's host, which may be another machine.
Result<std::int64_t> DirRemote::now_ms(std::stop_token stop) {
  CAIRN_CHECK(check_not_stopped(stop));
  CAIRN_CHECK(check_base());
  CAIRN_CHECK(make_parents(base_));
  CAIRN_TRY(auto probe, PartialFile::create(base_));
  const std::uint8_t byte = 0;
  CAIRN_CHECK(base::pwrite_all(probe.fd(), {&byte, 1}, 0, probe.path()));
  struct ::stat info {};
  if (::fstat(probe.fd().get(), &info) != 0) {
    return base::errno_error("stat", probe.path(), errno);
  }
  return modified_ms_of(info);
}

Result<std::optional<ObjectInfo>> DirRemote::stat(const std::string& key, std::stop_token stop) {
  CAIRN_CHECK(check_not_stopped(stop));
  CAIRN_TRY(const std::string path, path_of(key));
  struct ::stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<ObjectInfo>();
    return base::errno_error("stat", path, errno);
  }
  if (!S_ISREG(info.st_mode)) return std::optional<ObjectInfo>();
  return std::optional<ObjectInfo>(
      {key, static_cast<std::uint64_t>(info.st_size), modified_ms_of(info)});
}

Result<std::vector<std::uint8_t>> DirRemote::get(const std::string& key, std::size_t max_bytes,
                                                 std::stop_token stop) {
  CAIRN_CHECK(check_not_stopped(stop));
  CAIRN_TRY(const std::string path, path_of(key));
  if (is_directory(path)) return absent_error(key);
  CAIRN_TRY(auto bytes, base::read_file_if_exists(path, max_bytes));
  if (!bytes) return absent_error(key);
  return *std::move(bytes);
}

Status DirRemote::get_range(const std::string& key, std::uint64_t offset,
                            std::span<std::uint8_t> out, std::stop_token stop) {
  CAIRN_CHECK(check_not_stopped(stop));
  CAIRN_TRY(const std::string path, path_of(key));
  auto fd = open_files_.open(path);
  if (!fd.ok()) {
    if (fd.error().code() == Code::kNotFound) return absent_error(key);
    return std::move(fd).error();
  }
  Status status = base::pread_exact(**fd, out, offset, path);
  if (!status.ok() && is_directory(path)) return absent_error(key);
  return status;
}

// Directories that this call creates are synced into their parents, so that a durable object has a
// durable path.
Status DirRemote::make_parents(const std::string& directory) const {
  if (is_directory(directory)) return {};
  const std::string parent = base::parent_of(directory);
  if (directory.size() > base_.size()) CAIRN_CHECK(make_parents(parent));
  if (::mkdir(directory.c_str(), 0777) != 0 && errno != EEXIST) {
    return base::errno_error("create directory", directory, errno);
  }
  return base::sync_directory(parent);
}

Result<PutOutcome> DirRemote::put(const std::string& key, ObjectSource& source,
                                  PutCondition condition, std::stop_token stop) {
  CAIRN_CHECK(check_not_stopped(stop));
  CAIRN_TRY(const std::string path, path_of(key));
  if (condition == PutCondition::kIfAbsent && base::lstat_path(path)) {
    return PutOutcome::kAlreadyThere;
  }
  const std::string directory = base::parent_of(path);
  CAIRN_CHECK(make_parents(directory));
  CAIRN_TRY(auto partial, PartialFile::create(directory));
  CAIRN_CHECK(partial.write(source, stop));
  if (condition == PutCondition::kReplace) {
    CAIRN_CHECK(partial.publish(path));
    return PutOutcome::kStored;
  }
  const Status published = partial.publish_new(path);
  if (published.ok()) return PutOutcome::kStored;
  if (published.error().code() == Code::kExists) return PutOutcome::kAlreadyThere;
  return published.error();
}

Status DirRemote::list(const std::string& prefix,
                       const std::function<Status(const ObjectInfo&)>& visit,
                       std::stop_token stop) {
  CAIRN_CHECK(check_base());
  const std::size_t slash = prefix.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : prefix.substr(0, slash);
  if (!folder.empty()) CAIRN_CHECK(check_key(folder));
  return list_folder(folder, prefix, visit, stop);
}

Status DirRemote::list_folder(const std::string& folder_key, const std::string& prefix,
                              const std::function<Status(const ObjectInfo&)>& visit,
                              const std::stop_token& stop) {
  CAIRN_CHECK(check_not_stopped(stop));
  const std::string folder = base::join(base_, folder_key);
  const auto entries = base::list_directory(folder);
  if (!entries.ok()) {
    if (entries.error().code() == Code::kNotFound) return {};  // removed meanwhile, or never there
    return entries.error();
  }
  for (const base::DirEntry& entry : *entries) {
    if (is_no_object(entry.name)) continue;
    const std::string key = base::join(folder_key, entry.name);
    const bool may_hold =
        std::string_view(prefix).starts_with(key + "/") || key.starts_with(prefix);
    if (!may_hold) continue;
    if (entry.type == DT_DIR) {
      CAIRN_CHECK(list_folder(key, prefix, visit, stop));
      continue;
    }
    CAIRN_TRY(const auto info, stat(key, stop));
    if (info && key.starts_with(prefix)) CAIRN_CHECK(visit(*info));
  }
  return {};
}

Status DirRemote::remove(const std::string& key, std::stop_token stop) {
  CAIRN_CHECK(check_not_stopped(stop));
  CAIRN_TRY(const std::string path, path_of(key));
  return base::remove_file(path);
}

}  // namespace cairn::remotes
