#include "repo/followed_links.hpp"

#include <algorithm>

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "repo/shared_links.hpp"
#include "workdir/ignore.hpp"

namespace cairn::repo {

namespace {

using workdir::NodeType;
using workdir::ScannedNode;

struct FolderId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FolderId&) const = default;
};

Error cannot_follow(const std::string& path, const std::string& why) {
  return Error(Code::kUsage, "the link `" + base::printable(path) + "` cannot be followed: " + why)
      .hint("remove it, name it in a `.cairnignore`, or keep links as they are with `--links keep`")
      .slug("link-not-followed");
}

class Following {
 public:
  Following(const Context& context, const Repository& repository, const std::string& path,
            Follow which, LocalTree& local)
      : context_(context), repository_(repository), path_(path), which_(which), local_(local) {}

  Status run() {
    const auto& nodes = local_.scan.nodes;
    const bool any =
        std::ranges::any_of(nodes, [](const auto& node) { return node.type == NodeType::kLink; });
    if (!any) return {};
    for (const auto& node : nodes) {
      if (node.type != NodeType::kLink || node.path.empty()) {
        out_.push_back({node, {}});
        continue;
      }
      CAIRN_CHECK(link(node));
    }
    put_back();
    return {};
  }

 private:
  struct Placed {
    ScannedNode node;
    std::string source;  // absolute path of what was followed; empty: in the tree
  };

  [[nodiscard]] std::string shown(const std::string& inside) const { return path_ + "/" + inside; }

  // As the stat cache has it: a file where the link is, or something below.
  [[nodiscard]] bool was_followed(const std::string& inside) const {
    std::size_t at = 0;
    if (local_.cache.knows(inside, at)) return (local_.cache.mode(at) & kFollowedMode) != 0;
    const auto below = inside + "/";
    (void)local_.cache.knows(below, at);
    return at < local_.cache.size() && local_.cache.path(at).starts_with(below) &&
           (local_.cache.mode(at) & kFollowedMode) != 0;
  }

  Status link(const ScannedNode& node) {
    CAIRN_TRY(const auto target, repository_.tree().read_link(shown(node.path)));
    const bool wanted = leads_out(node.path, target) && !shared_object(repository_, target) &&
                        (which_ == Follow::kAll || was_followed(node.path));
    if (!wanted) {
      out_.push_back({node, {}});
      return {};
    }
    const auto before = out_.size();
    auto followed = follow(base::join(repository_.tree().directory(), shown(node.path)), node.path);
    if (followed || which_ == Follow::kAll) return followed;
    out_.resize(before);
    out_.push_back({node, {}});
    return {};
  }

  // `link` is an absolute path; what it leads to goes to `inside`.
  Status follow(const std::string& link, const std::string& inside) {
    std::unique_ptr<char, decltype(&::free)> real(::realpath(link.c_str(), nullptr), &::free);
    const auto info = real ? base::stat_path(real.get()) : std::nullopt;
    if (!info) return cannot_follow(shown(inside), "it leads nowhere");
    if (S_ISREG(info->st_mode)) {
      out_.push_back({{inside, NodeType::kFile, workdir::stat_key(*info)}, real.get()});
      return {};
    }
    if (!S_ISDIR(info->st_mode))
      return cannot_follow(shown(inside), "it leads to neither file nor folder");
    return follow_folder(real.get(), inside, {info->st_dev, info->st_ino});
  }

  Status follow_folder(const std::string& folder, const std::string& inside, const FolderId& id) {
    const auto tree = repository_.tree().directory();
    const bool holds_us = (tree + "/").starts_with(folder == "/" ? folder : folder + "/");
    if (holds_us || std::ranges::find(open_, id) != open_.end()) {
      return cannot_follow(shown(inside), "it leads into a folder that holds the link itself");
    }
    CAIRN_TRY(const auto root, workdir::TreeRoot::open(folder));
    CAIRN_TRY(const auto scan, workdir::scan_folder(context_, root, "", {}));
    if (!scan.special.empty())
      return cannot_follow(shown(inside),
                           "`" + scan.special.front() + "` there is neither file nor folder");
    if (!scan.nested_git.empty() || base::lstat_path(base::join(folder, ".git")))
      return cannot_follow(shown(inside), "a git repository lies there");
    open_.push_back(id);
    for (const auto& node : scan.nodes) CAIRN_CHECK(node_of_folder(root, folder, inside, node));
    if (scan.nodes.empty()) out_.push_back({{inside, NodeType::kEmptyFolder, {}}, folder});
    open_.pop_back();
    return {};
  }

  // A link that stays in its folder out there stays a link.
  Status node_of_folder(const workdir::TreeRoot& root, const std::string& folder,
                        const std::string& inside, const ScannedNode& node) {
    const auto source = base::join(folder, node.path);
    const auto to = inside + "/" + node.path;
    if (node.type == NodeType::kLink) {
      CAIRN_TRY(const auto target, root.read_link(node.path));
      if (leads_out(node.path, target)) return follow(source, to);
    }
    out_.push_back({{to, node.type, node.stat}, source});
    return {};
  }

  void put_back() {
    std::ranges::sort(out_, {},
                      [](const Placed& placed) -> const std::string& { return placed.node.path; });
    local_.scan.nodes.clear();
    local_.scan.bytes = 0;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      if (out_[i].node.type == NodeType::kFile) local_.scan.bytes += out_[i].node.stat.size;
      if (!out_[i].source.empty()) {
        local_.followed.emplace(i, out_[i].source);
        out_[i].node.stat.mode |= kFollowedMode;
      }
      local_.scan.nodes.push_back(std::move(out_[i].node));
    }
  }

  const Context& context_;
  const Repository& repository_;
  const std::string& path_;
  const Follow which_;
  LocalTree& local_;
  std::vector<Placed> out_;
  std::vector<FolderId> open_;  // folders that are being followed, outermost first
};

}  // namespace

bool leads_out(const std::string& link, const std::string& target) {
  if (target.starts_with('/')) return true;
  int depth = static_cast<int>(std::ranges::count(link, '/'));
  for (const auto part : base::split(target, '/')) {
    if (part.empty() || part == ".") continue;
    depth += part == ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

Status follow_links(const Context& context, const Repository& repository, const std::string& path,
                    Follow which, LocalTree& local) {
  return Following(context, repository, path, which, local).run();
}

}  // namespace cairn::repo
