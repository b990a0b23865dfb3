#include "repo/ci.hpp"

#include <algorithm>

#include "base/counted.hpp"
#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "git/sparse.hpp"
#include "repo/details.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/pass_through.hpp"
#include "repo/tree_state.hpp"
#include "repo/write_below.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kKeyDigits = 16;

std::string revision_of(const CiOptions& options) {
  return options.revision.empty() ? std::string("HEAD") : options.revision;
}

// A sparse checkout takes the data of the pointers that it has; others only go elsewhere.
Status leave_out_sparse(const Repository& repository, const CiOptions& options,
                        std::vector<Selected>& selected) {
  CAIRN_TRY(const auto left_out, git::kept_out(repository.git(), std::string(kPointerSuffix)));
  const auto is_out = [&](const auto& item) {
    return std::ranges::binary_search(left_out, pointer_path(item.tracked.path));
  };
  if (options.paths.empty()) {
    std::erase_if(selected, is_out);
    return {};
  }
  const auto named = std::ranges::find_if(selected, is_out);
  if (named == selected.end()) return {};
  const auto& path = named->tracked.path;
  return Error(Code::kConflict,
               "`" + base::printable(path) + "` is outside of this sparse checkout")
      .hint("git sparse-checkout add " + base::shell_quoted(base::parent_of(path)) +
            "  # or `cairn ci --to DIR`")
      .slug("outside-sparse");
}

Result<std::vector<Selected>> selected_for(const Repository& repository, const std::string& commit,
                                           const CiOptions& options) {
  CAIRN_TRY(auto selected, select_at(repository, commit, options.paths));
  if (options.to.empty() && !repository.git().paths().bare)
    CAIRN_CHECK(leave_out_sparse(repository, options, selected));
  return selected;
}

// What was left out is not fetched either.
std::vector<std::string> paths_to_fetch(const Repository& repository, const CiOptions& options,
                                        const std::vector<Selected>& selected) {
  if (!options.paths.empty() || !options.to.empty()) return options.paths;
  std::vector<std::string> out;
  for (const auto& item : selected)
    out.push_back(base::join(repository.git().paths().top, item.tracked.path));
  return out;
}

// The work tree takes the data of the commit that is checked out, and of no other.
Status check_tree(const Repository& repository, const std::string& commit,
                  const std::vector<Selected>& selected) {
  if (repository.git().paths().bare) {
    return Error(Code::kUsage, "a bare repository has no work tree to write to")
        .hint("`cairn ci --to DIR` writes into a directory");
  }
  CAIRN_TRY(const auto head, repository.git().resolve_commit("HEAD"));
  if (commit != head) {
    return Error(Code::kUsage, "another commit than HEAD does not go into the work tree")
        .hint("`cairn ci --rev REV --to DIR`, or `git switch --detach REV` first");
  }
  std::vector<std::string> other;
  for (const auto& item : selected) {
    const auto here = repository.tracked_in_tree(item.tracked.path);
    if (!here || !*here || !((*here)->pointer == item.tracked.pointer))
      other.push_back(pointer_path(item.tracked.path));
  }
  if (other.empty()) return {};
  return with_first(Error(Code::kConflict, base::counted(other.size(), "pointer") +
                                               " of the work tree differ from the commit's"),
                    other)
      .hint("`git status` shows what changed; `git checkout -- PATH` brings the committed one back")
      .slug("local-changes");
}

}  // namespace

Error not_clean(std::uint64_t files) {
  return Error(Code::kConflict, "the tracked folders hold " + base::counted(files, "file") +
                                    " that the version does not have")
      .hint("`cairn status` names them; remove them, or leave `--require-clean` away")
      .slug("local-changes");
}

namespace {

Result<CheckoutReport> write_tree(const Context& context, Repository& repository,
                                  const CiOptions& options) {
  CheckoutOptions how;
  how.paths = options.paths;
  how.include = options.include;
  how.exclude = options.exclude;
  how.all = true;  // an earlier job in this tree may have taken a part
  if (options.require_clean) {
    how.dry_run = true;
    CAIRN_TRY(const auto planned, checkout(context, repository, how));
    if (planned.untracked_kept > 0) return not_clean(planned.untracked_kept);
    how.dry_run = false;
  }
  return checkout(context, repository, how);
}

Result<CheckoutReport> write_elsewhere(const Context& context, Repository& repository,
                                       const std::vector<Selected>& selected,
                                       const CiOptions& options) {
  RestoreOptions how;
  how.include = options.include;
  how.exclude = options.exclude;
  how.to = options.to;
  CheckoutReport report;
  CAIRN_CHECK(write_below(context, repository, selected, how, report));
  return report;
}

Status pass_through(const Context& context, Repository& repository,
                    const std::vector<Selected>& selected, const CiOptions& options,
                    Restored& report) {
  const auto pass = [&]() -> Result<Passed> {
    if (!options.to.empty()) {
      RestoreOptions how;
      how.include = options.include;
      how.exclude = options.exclude;
      how.to = options.to;
      how.remote = options.remote;
      how.offline = options.offline;
      return restore_through(context, repository, selected, how, options.limits);
    }
    ThroughOptions how;
    how.how.remote = options.remote;
    how.how.include = options.include;
    how.how.exclude = options.exclude;
    how.limits = options.limits;
    how.offline = options.offline;
    how.require_clean = options.require_clean;
    how.all = true;
    return checkout_through(context, repository, selected, how);
  };
  CAIRN_TRY(auto passed, pass());
  report.brought = {std::move(passed.fetched), passed.asked, passed.fingerprint};
  report.written = std::move(passed.written);
  return {};
}

Result<Restored> restore_commit(const Context& context, Repository& repository,
                                const CiOptions& options) {
  Restored report;
  CAIRN_TRY(report.commit, repository.git().resolve_commit(revision_of(options)));
  CAIRN_TRY(const auto selected, selected_for(repository, report.commit, options));
  for (const auto& item : selected) report.pointers.push_back(item.tracked);
  if (options.to.empty()) CAIRN_CHECK(check_tree(repository, report.commit, selected));
  if (options.no_store) {
    CAIRN_CHECK(pass_through(context, repository, selected, options, report));
    return report;
  }
  if (selected.empty() && options.include.empty()) {  // no paths would mean all of them below
    CAIRN_TRY(report.brought.fingerprint, fingerprint_of({}, make_selection({}, {}), {}, {}));
    return report;
  }
  FetchCommandOptions how;
  how.remote = options.remote;
  how.revision = report.commit;
  how.paths = paths_to_fetch(repository, options, selected);
  how.include = options.include;
  how.exclude = options.exclude;
  if (options.frozen) CAIRN_CHECK(require_lists(context, repository, selected, how.revision));
  CAIRN_TRY(report.brought,
            bring_exact(context, repository, selected, how, options.limits, options.offline));
  CAIRN_TRY(report.written, options.to.empty()
                                ? write_tree(context, repository, options)
                                : write_elsewhere(context, repository, selected, options));
  return report;
}

// A job overwrites nothing, so the advice of checkout does not fit.
Error without_force(Error error) {
  const auto forces = [](const auto& hint) { return hint.find("`--force`") != std::string::npos; };
  if (error.slug() != "local-changes" || std::ranges::none_of(error.hints(), forces)) return error;
  return with_only_hint(error, "remove what is in the way first: `cairn ci` overwrites nothing");
}

}  // namespace

Result<Restored> ci(const Context& context, Repository& repository, const CiOptions& options) {
  auto done = restore_commit(context, repository, options);
  if (done) return done;
  return name_no_remote(repository, without_force(std::move(done).error()));
}

Result<std::vector<std::string>> ci_paths(const Repository& repository, const CiOptions& options) {
  CAIRN_TRY(const auto selected, selected_for(repository, revision_of(options), options));
  std::vector<std::string> out;
  for (const auto& item : selected) out.push_back(item.tracked.path);
  return out;
}

namespace {

// What the patterns can take anything of, as far as a pointer tells: lists of files may not be
// here, and a name that depends on what is here would be of no use.
bool may_select(const workdir::Selection& patterns, const Tracked& tracked) {
  return tracked.pointer.kind == format::Pointer::Kind::kFolder
             ? patterns.may_want_below(tracked.path)
             : patterns.wants(tracked.path);
}

}  // namespace

Result<std::string> ci_key(const Repository& repository, const CiOptions& options) {
  CAIRN_TRY(const auto selected, select_at(repository, revision_of(options), options.paths));
  std::string text;
  const auto line = [&](const char* kind, const std::string& what) {
    text += kind;
    text += what;
    text += '\0';
  };
  const auto patterns = make_selection(options.include, options.exclude);
  for (const auto& item : selected) {
    if (!may_select(patterns, item.tracked)) continue;
    line("path ", item.tracked.path);
    line("oid ", item.tracked.pointer.oid.hex());
    for (const auto& inside : item.inside) line("inside ", inside);
  }
  for (const auto& pattern : options.include) line("include ", pattern);
  for (const auto& pattern : options.exclude) line("exclude ", pattern);
  const auto digest =
      crypto::sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return "cairn-v1-" + digest.hex().substr(0, kKeyDigits);
}

}  // namespace cairn::repo
