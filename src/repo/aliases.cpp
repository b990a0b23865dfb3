#include "repo/aliases.hpp"

#include <algorithm>
#include <map>

#include "base/file.hpp"
#include "base/text.hpp"
#include "foreign/dvc_file.hpp"
#include "foreign/yaml.hpp"
#include "format/limits.hpp"
#include "repo/lfs_blobs.hpp"

namespace cairn::repo {

namespace {

constexpr std::string_view kFolder = ".cairn/aliases/";

struct DvcBlob {
  std::string path, blob;
};

// The files of DVC in a commit, with the dvc.yaml beside each dvc.lock.
Result<std::vector<DvcBlob>> dvc_blobs(const Repository& repository, const std::string& commit) {
  CAIRN_TRY(const auto listing,
            repository.git().run({"ls-tree", "-r", "-z", "--full-tree", commit}));
  std::vector<DvcBlob> out;
  for (const auto entry : base::split(listing, '\0')) {
    const auto tab = entry.find('\t');
    if (tab == std::string_view::npos || !entry.starts_with("100")) continue;
    const auto path = entry.substr(tab + 1);
    if (!foreign::is_dvc_file(path) && base::name_of(path) != "dvc.yaml") continue;
    const auto fields = base::split(entry.substr(0, tab), ' ');
    if (fields.size() == 3) out.push_back({std::string(path), std::string(fields[2])});
  }
  return out;
}

// "data" for "data.dvc", which `dvc add` writes for it.
std::string named_by_itself(const std::string& path) {
  constexpr std::string_view kSuffix = ".dvc";
  return path.ends_with(kSuffix) ? path.substr(0, path.size() - kSuffix.size()) : "";
}

// Where there is no work tree, the aliases are those of HEAD.
class Aliases {
 public:
  static Result<Aliases> of(const Repository& repository) {
    Aliases out(repository);
    if (!repository.git().paths().bare) {
      const auto folder =
          repository.tree().lstat(std::string(kFolder.substr(0, kFolder.size() - 1)));
      out.none_ = folder && !*folder;
      return out;
    }
    CAIRN_CHECK(out.read_head());
    out.none_ = out.committed_.empty();
    return out;
  }

  [[nodiscard]] bool none() const { return none_; }
  // Whether any version of `path` has one.
  [[nodiscard]] bool any_of(const std::string& path) const {
    const auto folder = std::string(kFolder) + path;
    if (!repository_.git().paths().bare) {
      const auto found = repository_.tree().lstat(folder);
      return found && *found;
    }
    const auto first = committed_.lower_bound(folder + "/");
    return first != committed_.end() && first->first.starts_with(folder + "/");
  }
  [[nodiscard]] Result<std::optional<Tracked>> find(const std::string& path,
                                                    const std::string& name) const {
    if (!repository_.git().paths().bare) return find_alias(repository_, path, name);
    const auto found = committed_.find(alias_path(path, name));
    if (found == committed_.end()) return std::optional<Tracked>();
    return std::optional(Tracked{found->first, found->second});
  }

 private:
  explicit Aliases(const Repository& repository) : repository_(repository) {}

  Status read_head() {
    const auto& git = repository_.git();
    CAIRN_TRY(const auto head, git.head());
    if (!head) return {};
    CAIRN_TRY(const auto listing, git.run({"ls-tree", "-r", "-z", "--full-tree", head->id, "--",
                                           std::string(kFolder)}));
    std::vector<std::string> paths, blobs;
    for (const auto entry : base::split(listing, '\0')) {
      const auto tab = std::min(entry.find('\t'), entry.size());
      const auto fields = base::split(entry.substr(0, tab), ' ');
      if (!entry.ends_with(kPointerSuffix) || fields.size() != 3 || fields[1] != "blob") continue;
      paths.push_back(path_of_pointer(entry.substr(tab + 1)));
      blobs.emplace_back(fields[2]);
    }
    CAIRN_TRY(const auto texts, git.read_blobs(blobs, format::kMaxPointerBytes));
    for (std::size_t i = 0; i < paths.size(); ++i) {
      auto parsed = format::decode_pointer(texts[i]);
      if (parsed) committed_.emplace(paths[i], std::move(parsed->pointer));
    }
    return {};
  }

  const Repository& repository_;
  bool none_ = false;
  std::map<std::string, format::Pointer> committed_;  // of a bare repository
};

Status add_outputs(const Aliases& aliases, const foreign::DvcFile& file,
                   std::vector<Tracked>& out) {
  for (const auto& output : file.outputs) {
    CAIRN_TRY(auto found, aliases.find(output.path, output.object.name()));
    if (!found) continue;
    if (found->pointer.kind == format::Pointer::Kind::kFile)
      found->pointer.executable = output.executable;
    out.push_back({output.path, std::move(found->pointer)});
  }
  return {};
}

// Pointers of git-lfs, where any version of their path was imported.
Status add_lfs_files(const Repository& repository, const Aliases& aliases,
                     const std::string& commit, std::vector<Tracked>& out) {
  const auto has_alias = [&](const std::string& path) { return aliases.any_of(path); };
  CAIRN_TRY(const auto files, lfs_at(repository, commit, has_alias));
  for (const auto& file : files) {
    CAIRN_TRY(auto found, aliases.find(file.path, lfs_name(file.pointer)));
    if (!found) continue;
    found->pointer.executable = file.executable;
    out.push_back({file.path, std::move(found->pointer)});
  }
  return {};
}

}  // namespace

std::string alias_path(const std::string& path, const std::string& name) {
  return std::string(kFolder) + path + "/" + name;
}

std::string data_path_of(const std::string& tracked) {
  return tracked.starts_with(kFolder) ? base::parent_of(tracked.substr(kFolder.size())) : tracked;
}

Result<std::optional<Tracked>> find_alias(const Repository& repository, const std::string& path,
                                          const std::string& name) {
  return repository.tracked_in_tree(alias_path(path, name));
}

Result<bool> has_aliases(const Repository& repository) {
  CAIRN_TRY(const auto aliases, Aliases::of(repository));
  return !aliases.none();
}

Result<std::vector<Tracked>> tracked_by_alias(const Repository& repository,
                                              const std::string& commit,
                                              const std::vector<Tracked>& tracked) {
  std::vector<Tracked> out;
  CAIRN_TRY(const auto aliases, Aliases::of(repository));
  if (aliases.none()) return out;
  CAIRN_TRY(const auto blobs, dvc_blobs(repository, commit));
  std::vector<std::string> ids;
  for (const auto& blob : blobs) ids.push_back(blob.blob);
  CAIRN_TRY(const auto texts, repository.git().read_blobs(ids, foreign::YamlDocument::kMaxBytes));
  const auto is_tracked = [&](const std::string& path) {
    return std::ranges::find(tracked, path, &Tracked::path) != tracked.end();
  };
  const auto text_of = [&](const std::string& path) {
    const auto found = std::ranges::find(blobs, path, &DvcBlob::path);
    return found == blobs.end() ? std::string()
                                : texts[static_cast<std::size_t>(found - blobs.begin())];
  };
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    if (!foreign::is_dvc_file(blobs[i].path) || is_tracked(named_by_itself(blobs[i].path)))
      continue;
    const auto stages = foreign::stages_beside(blobs[i].path);
    const auto file = foreign::parse_dvc_file(texts[i], blobs[i].path,
                                              stages.empty() ? std::string() : text_of(stages));
    if (file) CAIRN_CHECK(add_outputs(aliases, *file, out));
    const bool no_library = !file && file.error().code() == Code::kIo;
    if (no_library && tracked.empty()) return file.error();
  }
  CAIRN_CHECK(add_lfs_files(repository, aliases, commit, out));
  std::erase_if(out, [&](const Tracked& item) { return is_tracked(item.path); });
  return out;
}

}  // namespace cairn::repo
