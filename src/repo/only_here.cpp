#include "repo/only_here.hpp"

#include "base/shell.hpp"
#include "base/text.hpp"
#include "repo/liveness.hpp"
#include "repo/tree_state.hpp"

namespace cairn::repo {

Result<bool> is_only_here(const Context& context, Repository& repository, const Tracked& version,
                          const std::set<Digest>& elsewhere) {
  const auto closure = version.pointer.closure_id();
  if (!closure || elsewhere.contains(*closure)) return false;  // no id: an empty file
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  CAIRN_TRY(const bool stored, is_stored(*store, version));
  return !stored;
}

Status require_stored(const Context& context, Repository& repository, const Tracked& version) {
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  CAIRN_TRY(const bool stored, is_stored(*store, version));
  if (stored) return {};
  return Error(Code::kMissing, "the store still lacks parts of `" + base::printable(version.path) +
                                   "`, which an older cairn cut otherwise")
      .hint("`cairn pull " + base::shell_word(version.path) + "` brings them from a remote");
}

}  // namespace cairn::repo
