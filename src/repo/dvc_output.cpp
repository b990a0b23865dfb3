#include "repo/dvc_output.hpp"

#include <unistd.h>

#include "base/counted.hpp"
#include "base/cpu_pool.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "foreign/dvc_hash.hpp"

namespace cairn::repo {

namespace {

constexpr std::uint64_t kKeptBytes = std::uint64_t{1} << 20;  // from here a second open is dear

std::string shown(const DvcProject& project, const foreign::DvcObject& object) {
  return "`" + base::printable(project.cached_path(object)) + "`";
}

}  // namespace

DvcOutputFiles::DvcOutputFiles(const Context& context, const Repository& repository,
                               const DvcProject& project, AskRemote remote,
                               const foreign::DvcOutput& output, Look look)
    : context_(context),
      repository_(repository),
      project_(project),
      remote_(std::move(remote)),
      output_(output),
      look_(look) {}

std::string DvcOutputFiles::tree_path(std::size_t i) const {
  return entries_[i].path.empty() ? output_.path : output_.path + "/" + entries_[i].path;
}

Status DvcOutputFiles::read_list() {
  if (output_.listed) {
    entries_ = output_.files;
    return {};
  }
  if (!output_.object.folder) {
    entries_ = {{"", output_.object}};
    return {};
  }
  CAIRN_TRY(auto file, project_.open_cached(output_.object));
  if (file) {
    CAIRN_TRY(const bool right, foreign::is_object(*file, output_.path, output_.object));
    if (!right) {
      ++damaged_;
      file.reset();
    }
  }
  if (!file) {
    CAIRN_TRY(auto* const remote, remote_());
    if (remote != nullptr) {
      CAIRN_TRY(file,
                download_object(context_, *remote, output_.object, repository_.state_directory()));
    }
  }
  if (!file) {
    return Error(Code::kMissing, "the list of files of `" + base::printable(output_.path) +
                                     "` is neither in DVC's cache nor on a remote")
        .hint("`dvc fetch` brings it into DVC's cache")
        .detail("looked for: " + shown(project_, output_.object))
        .slug("dvc-data-missing");
  }
  struct ::stat info {};
  if (::fstat(file->get(), &info) != 0) return base::errno_error("look at", output_.path, errno);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > foreign::kMaxDvcFolderBytes)
    return Error(Code::kCorrupt, "the list of files of `" + base::printable(output_.path) +
                                     "` is larger than " +
                                     base::human_bytes(foreign::kMaxDvcFolderBytes));
  base::Bytes text(static_cast<std::size_t>(size));
  CAIRN_CHECK(base::pread_exact(*file, text, 0, output_.path));
  auto entries = foreign::parse_dvc_folder(text, output_.object.legacy);
  if (!entries)
    return std::move(entries).error().with("the list of files of `" +
                                           base::printable(output_.path) + "`");
  entries_ = *std::move(entries);
  return {};
}

void DvcOutputFiles::look_for(std::size_t i) {
  auto& file = files_[i];
  file.executable = output_.executable && !output_.object.folder;
  if (look_ == Look::kEverywhere) {
    const auto found = repository_.tree().lstat(tree_path(i));
    if (found && *found) {
      file.tree = S_ISREG((*found)->st_mode);
      file.link = S_ISLNK((*found)->st_mode);
      file.size_bytes = static_cast<std::uint64_t>((*found)->st_size);
      if (file.tree) file.executable = ((*found)->st_mode & 0100) != 0;
    }
  }
  const auto cached = base::lstat_path(project_.cached_path(entries_[i].object));
  file.cache = cached && S_ISREG(cached->st_mode);
  if (file.cache && !file.tree) file.size_bytes = static_cast<std::uint64_t>(cached->st_size);
}

Status DvcOutputFiles::locate() {
  CAIRN_CHECK(read_list());
  files_ = std::vector<File>(entries_.size());
  CAIRN_CHECK(base::parallel_for(context_, entries_.size(), [&](std::size_t i) -> Status {
    look_for(i);
    return {};
  }));
  std::vector<std::size_t> nowhere;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (!files_[i].tree && !files_[i].cache) nowhere.push_back(i);
  }
  if (nowhere.empty()) return {};
  CAIRN_TRY(needed_, remote_());
  return needed_ != nullptr ? Status() : missing(nowhere);
}

std::vector<SourceNode> DvcOutputFiles::nodes() const {
  std::vector<SourceNode> out;
  out.reserve(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i)
    out.push_back({entries_[i].path, files_[i].size_bytes, files_[i].executable, nullptr});
  return out;
}

Error DvcOutputFiles::missing(const std::vector<std::size_t>& which) const {
  return Error(Code::kMissing, base::counted(which.size(), "file") + " of `" +
                                   base::printable(output_.path) +
                                   "` neither in the tree, as DVC recorded them, nor in "
                                   "DVC's cache, and no remote was asked")
      .hint("`dvc fetch` brings them into DVC's cache")
      .detail("first: " + base::printable(tree_path(which.front())) + ", looked for as " +
              shown(project_, entries_[which.front()].object))
      .slug("dvc-data-missing");
}

Result<std::optional<base::Fd>> DvcOutputFiles::open_in_tree(std::size_t i) {
  if (!files_[i].tree) return std::optional<base::Fd>();
  const auto path = tree_path(i);
  CAIRN_TRY(auto fd, repository_.tree().open_read(path));
  struct ::stat before {};
  if (::fstat(fd.get(), &before) != 0) return base::errno_error("look at", path, errno);
  CAIRN_TRY(const bool right, foreign::is_object(fd, path, entries_[i].object));
  if (!right) return std::optional<base::Fd>();
  files_[i].place = Place::kTree;
  files_[i].stamp = workdir::stat_key(before);
  return std::optional<base::Fd>(std::move(fd));
}

Result<std::optional<base::Fd>> DvcOutputFiles::open_in_cache(std::size_t i) {
  CAIRN_TRY(auto fd, project_.open_cached(entries_[i].object));
  if (!fd) return fd;
  CAIRN_TRY(const bool right,
            foreign::is_object(*fd, project_.cached_path(entries_[i].object), entries_[i].object));
  if (right) files_[i].place = Place::kCache;
  if (!right) {
    ++damaged_;
    fd.reset();
  }
  return fd;
}

Result<base::Fd> DvcOutputFiles::open_on_remote(std::size_t i) {
  auto& file = files_[i];
  if (!file.kept.valid()) {
    CAIRN_TRY(auto* const remote, remote_());
    if (remote == nullptr) return missing({i});
    CAIRN_TRY(file.kept, download_object(context_, *remote, entries_[i].object,
                                         repository_.state_directory()));
    file.place = Place::kRemote;
    struct ::stat info {};
    if (::fstat(file.kept.get(), &info) == 0 &&
        static_cast<std::uint64_t>(info.st_size) < kKeptBytes)
      return std::move(file.kept);
  }
  base::Fd copy(::dup(file.kept.get()));
  if (!copy.valid()) return base::errno_error("open again", tree_path(i), errno);
  return copy;
}

Result<base::Fd> DvcOutputFiles::open(std::size_t i) {
  if (files_[i].kept.valid()) return open_on_remote(i);
  CAIRN_TRY(auto in_tree, open_in_tree(i));
  if (in_tree) return *std::move(in_tree);
  CAIRN_TRY(auto in_cache, open_in_cache(i));
  if (in_cache) return *std::move(in_cache);
  return open_on_remote(i);
}

const std::optional<workdir::StatKey>& DvcOutputFiles::in_tree(std::size_t i) const {
  return files_[i].stamp;
}

DvcOutputFiles::Counts DvcOutputFiles::counts() const {
  Counts out;
  for (const auto& file : files_) {
    out.tree += file.place == Place::kTree ? 1 : 0;
    out.cache += file.place == Place::kCache ? 1 : 0;
    out.remote += file.place == Place::kRemote ? 1 : 0;
    out.links += file.link ? 1 : 0;
  }
  out.damaged = damaged_;
  return out;
}

}  // namespace cairn::repo
