#include "repo/shared_links.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kIdDigits = 64;

std::string resolved_path(const std::string& path) {
  std::unique_ptr<char, decltype(&::free)> resolved(::realpath(path.c_str(), nullptr), &::free);
  return resolved ? std::string(resolved.get()) : path;
}

// "<folder>/links/ab/<file id>[.x]" -> "<folder>/links"; nothing for another form.
std::optional<std::string> links_folder_in(const std::string& target) {
  const auto name = base::name_of(target);
  const auto digits = name.substr(0, std::min(name.size(), kIdDigits));
  if (!FileId::from_hex(digits) || (name.size() > kIdDigits && name.substr(kIdDigits) != ".x"))
    return std::nullopt;
  const auto fan = base::parent_of(target);
  const auto links = base::parent_of(fan);
  if (base::name_of(fan) != digits.substr(0, 2) || base::name_of(links) != "links" ||
      !links.starts_with('/'))
    return std::nullopt;
  return links;
}

// Where the node's bytes lie, when that is not at its own place in the tree.
const std::string* elsewhere(const LocalTree& local, std::size_t i) {
  for (const auto* map : {&local.shared, &local.followed}) {
    if (const auto found = map->find(i); found != map->end()) return &found->second;
  }
  return nullptr;
}

}  // namespace

std::optional<std::string> shared_object(const Repository& repository, const std::string& target) {
  const auto folder = links_folder_in(target);
  if (!folder) return std::nullopt;
  const auto info = base::lstat_path(target);
  if (!info)
    return std::string();  // also where the store was moved: the file it stood for is in the store
                           // all the same
  if (!S_ISREG(info->st_mode) ||
      *folder != resolved_path(base::join(repository.store_directory(), "links")))
    return std::nullopt;
  return target;
}

Status resolve_shared(const Repository& repository, const std::string& path, LocalTree& local) {
  for (std::size_t i = 0; i < local.scan.nodes.size(); ++i) {
    auto& node = local.scan.nodes[i];
    if (node.type != workdir::NodeType::kLink || local.followed.contains(i)) continue;
    CAIRN_TRY(const auto target, repository.tree().read_link(local.full_path(path, i)));
    const auto object = shared_object(repository, target);
    if (!object) continue;
    const auto info = object->empty() ? std::nullopt : base::lstat_path(*object);
    if (!info) {
      local.dangling.push_back(i);
      node.stat = {};
      continue;
    }
    local.shared.emplace(i, *object);
    node.type = workdir::NodeType::kFile;
    node.stat = workdir::stat_key(*info);
    local.scan.bytes += node.stat.size;
  }
  return {};
}

Result<base::Fd> open_node(const Repository& repository, const std::string& path,
                           const LocalTree& local, std::size_t i) {
  const auto* file = elsewhere(local, i);
  if (file == nullptr) return repository.tree().open_read(local.full_path(path, i));
  base::Fd fd(::open(file->c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return base::errno_error("open", *file, errno);
  return fd;
}

Result<std::string> read_node_link(const Repository& repository, const std::string& path,
                                   const LocalTree& local, std::size_t i) {
  const auto* link = elsewhere(local, i);
  if (link == nullptr) return repository.tree().read_link(local.full_path(path, i));
  CAIRN_TRY(const auto folder, workdir::TreeRoot::open(base::parent_of(*link)));
  return folder.read_link(std::string(base::name_of(*link)));
}

}  // namespace cairn::repo
