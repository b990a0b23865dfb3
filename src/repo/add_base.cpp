#include "repo/add_base.hpp"

#include "base/text.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "sync/gaps.hpp"

namespace cairn::repo {
namespace {

Result<Tracked> find_at(const Repository& repository, const std::string& revision,
                        const std::string& path) {
  CAIRN_TRY(const auto selected, select_at(repository, revision, {path}));
  if (selected.size() == 1 && selected.front().inside.empty()) return selected.front().tracked;
  return Error(Code::kUsage, "`" + base::printable(path) + "` of `" + base::printable(revision) +
                                 "` is no file that is tracked by itself");
}

Result<Tracked> find_tracked(const Repository& repository, const std::string& base,
                             const std::string& path) {
  if (const auto typed = repository.resolve_argument(base)) {
    CAIRN_TRY(auto here, repository.tracked_in_tree(*typed));
    if (here) return *std::move(here);
  }
  const auto colon = base.find(':');
  if (colon == std::string::npos) return find_at(repository, base, path);
  return find_at(repository, base.substr(0, colon), base.substr(colon + 1));
}

}  // namespace

Result<format::Pointer> find_base(const Context& context, Repository& repository,
                                  const std::string& base, const std::string& path) {
  auto tracked = find_tracked(repository, base, path);
  if (!tracked) {
    return std::move(tracked)
        .error()
        .with("--base `" + base::printable(base) + "`")
        .hint("--base takes a tracked file, REV, or REV:PATH");
  }
  if (tracked->pointer.kind != format::Pointer::Kind::kFile) {
    return Error(Code::kUsage, "--base takes a file, and `" + base::printable(tracked->path) +
                                   "` is a tracked folder");
  }
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  CAIRN_TRY(const auto gaps, sync::find_gaps(*store, plain_version(*tracked), {}, 1));
  if (gaps.none()) return tracked->pointer;
  return not_here(Error(Code::kMissing, "it is to be the base of `" + base::printable(path) + "`"),
                  tracked->path);
}

}  // namespace cairn::repo
