// links/ab/<file id>[.x] in the store: whole files that hardlink, symlink and reflink checkouts
// share. A cache, never the only copy; read-only, and hashed again before each use, because whoever
// may write the tree can reach the same bytes.
#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cpu_pool.hpp"
#include "base/text.hpp"
#include "workdir/write_run.hpp"

namespace cairn::workdir::detail {
namespace {

constexpr std::size_t kHashBlockBytes = std::size_t{1} << 20;

struct LinkObject {
  std::string folder;
  std::string name;
  [[nodiscard]] std::string path() const { return base::join(folder, name); }
};

// Symbolic links name the object by its absolute path.
Result<std::string> links_folder(const WriteRun& run) {
  const std::string folder = base::join(run.store.directory(), "links");
  CAIRN_CHECK(store::make_store_folder(folder));
  const std::unique_ptr<char, decltype(&std::free)> absolute(::realpath(folder.c_str(), nullptr),
                                                             &std::free);
  if (!absolute) return base::errno_error("resolve", folder, errno);
  return std::string(absolute.get());
}

Result<LinkObject> object_of(const WriteRun& run, const format::ManifestEntry& entry) {
  CAIRN_TRY(const std::string links, links_folder(run));
  LinkObject object;
  object.name = entry.file_id.hex() + (entry.executable ? ".x" : "");
  object.folder = base::join(links, object.name.substr(0, 2));
  CAIRN_CHECK(store::make_store_folder(object.folder));
  return object;
}

Result<bool> has_content(WriteRun& run, const LinkObject& object,
                         const format::ManifestEntry& entry) {
  const auto info = base::lstat_path(object.path());
  if (!info || !S_ISREG(info->st_mode) ||
      static_cast<std::uint64_t>(info->st_size) != entry.size_bytes)
    return false;
  CAIRN_TRY(const base::Fd fd, base::open_read(object.path()));
  const store::BlockPtr block = run.blocks->get(kHashBlockBytes);
  crypto::Sha256 hash;
  for (std::uint64_t offset = 0; offset < entry.size_bytes;) {
    CAIRN_CHECK(base::check_stop(run.context));
    const auto length = static_cast<std::size_t>(
        std::min<std::uint64_t>(kHashBlockBytes, entry.size_bytes - offset));
    CAIRN_CHECK(base::pread_exact(fd, {block.get(), length}, offset, object.path()));
    hash.update({block.get(), length});
    offset += length;
  }
  return hash.finish().as<FileId>() == entry.file_id;
}

// Somebody wrote through a symbolic link: the tree's file is nowhere else, so what they wrote is
// kept. A hard link in a tree keeps such bytes by itself.
Status move_aside(WriteRun& run, const LinkObject& object) {
  const auto info = base::lstat_path(object.path());
  if (!info || !S_ISREG(info->st_mode) || info->st_nlink > 1 || info->st_size == 0) return {};
  CAIRN_TRY(const std::string links, links_folder(run));
  const std::string lost = base::join(base::parent_of(links), "lost");
  CAIRN_CHECK(store::make_store_folder(lost));
  const std::string kept = base::join(lost, object.name + run.names.next());
  CAIRN_CHECK(base::rename_new(object.path(), kept));
  run.context.log.warn(
      "a file shared by symbolic links was changed; what stood there is kept as `" +
      base::printable(kept) + "`");
  return {};
}

Result<std::string> provide_object(WriteRun& run, WriteWorker& worker,
                                   const format::ManifestEntry& entry) {
  CAIRN_TRY(const LinkObject object, object_of(run, entry));
  CAIRN_TRY(const bool intact, has_content(run, object, entry));
  if (intact) return object.path();
  CAIRN_CHECK(move_aside(run, object));
  CAIRN_TRY(const base::Fd folder, base::open_directory(object.folder));
  const FileTarget target{folder.get(), static_cast<mode_t>(entry.executable ? 0555 : 0444),
                          object.path()};
  CAIRN_TRY(TreeTemp temp, write_content(run, worker, entry, target));
  CAIRN_CHECK(temp.publish(object.name));
  CAIRN_CHECK(store::settle_file(object.path(), entry.executable ? 0550 : 0440));
  return object.path();
}

Result<TreeTemp> clone_object(WriteRun& run, const std::string& object, const FileTarget& target) {
  CAIRN_TRY(const base::Fd source, base::open_read(object));
  CAIRN_TRY(TreeTemp temp,
            TreeTemp::create_file(target.folder_fd, run.names, target.mode, target.path));
  if (::ioctl(temp.fd().get(), FICLONE, source.get()) != 0)
    return base::errno_error("clone", target.path, errno);
  return temp;
}

Result<TreeTemp> link_object(WriteRun& run, LinkMode mode, const std::string& object,
                             const FileTarget& target) {
  if (mode == LinkMode::kSymlink)
    return TreeTemp::create_shared_link(target.folder_fd, run.names, object, target.path);
  if (mode == LinkMode::kHardlink)
    return TreeTemp::create_hard_link(target.folder_fd, run.names, object, target.path);
  return clone_object(run, object, target);
}

// Tries with an empty file what is about to be done with many.
Status try_link_mode(WriteRun& run, LinkMode mode) {
  CAIRN_TRY(const std::string links, links_folder(run));
  CAIRN_TRY(const base::Fd folder, base::open_directory(links));
  const std::string name = run.names.next();
  {
    CAIRN_TRY(TreeTemp source, TreeTemp::create_file(folder.get(), run.names, 0444, links));
    CAIRN_CHECK(source.publish(name));
  }
  const std::string path = base::join(links, name);
  Result<TreeTemp> linked =
      link_object(run, mode, path, {run.root.fd().get(), 0666, run.root.directory()});
  CAIRN_CHECK(base::remove_file(path));
  if (!linked.ok()) return std::move(linked).error();
  return {};
}

}  // namespace

LinkMode usable_link_mode(WriteRun& run) {
  const LinkMode mode = run.options.link;
  if (mode == LinkMode::kCopy) return mode;
  Status tried = try_link_mode(run, mode);
  if (tried.ok()) return mode;
  const std::string why = tried.error().message();
  if (mode ==
      LinkMode::kReflink) {  // most file systems cannot, and a copy is as good but for the space
    run.context.log.note("this file system cannot share blocks (reflink): files are copied");
    run.context.log.verbose(why);
  } else {
    run.context.log.warn("files are copied, not shared with the store: " + why);
  }
  return LinkMode::kCopy;
}

Result<TreeTemp> write_shared(WriteRun& run, WriteWorker& worker,
                              const format::ManifestEntry& entry, const FileTarget& target) {
  const LinkMode mode = run.link.load(std::memory_order_relaxed);
  if (mode == LinkMode::kCopy || entry.size_bytes == 0)
    return write_content(run, worker, entry, target);
  CAIRN_TRY(const std::string object, provide_object(run, worker, entry));
  return link_object(run, mode, object, target);
}

}  // namespace cairn::workdir::detail
