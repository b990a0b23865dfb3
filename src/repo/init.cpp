// init: .cairn/config with a fresh project id, attributes for pointers, the store. Idempotent.
#include <algorithm>

#include "base/bytes.hpp"
#include "repo/committed_settings.hpp"
#include "repo/git_setup.hpp"
#include "repo/operations.hpp"
#include "repo/tree_edits.hpp"
#include "workdir/tree_text.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxAttributesBytes = std::size_t{1} << 20;

std::string new_project(const Context& context) {
  std::uint8_t bytes[16];
  context.entropy.fill(bytes);
  return base::to_hex(bytes);
}

Status write_attributes(const Repository& repository, const InitOptions& options,
                        InitReport& report) {
  const std::string path = ".gitattributes";
  const auto& tree = repository.tree();
  CAIRN_TRY(const auto before, project_text(repository.git(), tree, path, kMaxAttributesBytes));
  const auto old = before.value_or("");
  const auto text = with_pointer_attributes(old);
  if (text == old) return {};
  if (!options.dry_run) CAIRN_CHECK(workdir::replace_text(tree, path, text));
  report.written.push_back(path);
  return {};
}

Status write_config(const Context& context, const workdir::TreeRoot& tree,
                    const InitOptions& options, InitReport& report) {
  const std::string path = ".cairn/config";
  report.written.insert(report.written.begin(), path);
  report.created = true;
  if (options.dry_run) return {};
  report.project = new_project(context);
  const std::string text =
      "[cairn]\n\tformat = 1\n\tproject = " + report.project + "\n\tchunker = structure1\n";
  return workdir::replace_text(tree, path, text);
}

Result<std::optional<base::FileLock>> lock_for_setup(const Context& context,
                                                     const Environment& environment,
                                                     const InitOptions& options) {
  CAIRN_TRY(const auto repository,
            Repository::open(context, environment, Repository::Setup::kAllowMissing));
  if (repository.git().paths().bare) {
    return Error(Code::kUsage, "a bare repository has no work tree to set up")
        .hint("run `cairn init` in a clone with a work tree");
  }
  if (options.dry_run) return std::optional<base::FileLock>();
  CAIRN_TRY(auto lock, lock_edits(repository));
  return std::optional(std::move(lock));
}

// What was written now, and what git does not know although it was written before: by a run that
// did not come to its end.
Status stage_setup(const Repository& repository, const InitReport& report) {
  const auto& git = repository.git();
  std::vector<std::string> paths = report.written;
  for (const std::string path : {".cairn/config", ".gitattributes"}) {
    if (std::ranges::find(paths, path) != paths.end()) continue;
    CAIRN_TRY(const bool there, workdir::has_text(repository.tree(), path));
    if (!there) continue;
    CAIRN_TRY(const auto known, git.tracked_below(path));
    if (known.empty()) paths.push_back(path);
  }
  return paths.empty() ? Status() : git.stage(paths);
}

}  // namespace

Result<InitReport> init(const Context& context, const Environment& environment,
                        const InitOptions& options) {
  CAIRN_TRY(const auto lock, lock_for_setup(context, environment, options));
  // Settings are read behind the lock: another `init` may have written them while this one waited.
  CAIRN_TRY(auto repository,
            Repository::open(context, environment, Repository::Setup::kAllowMissing));
  InitReport report;
  report.project = repository.settings().project;
  CAIRN_CHECK(write_attributes(repository, options, report));
  if (report.project.empty())
    CAIRN_CHECK(write_config(context, repository.tree(), options, report));
  if (options.dry_run) return report;
  CAIRN_CHECK(set_up_drivers(repository.git(), environment.program));
  CAIRN_CHECK(stage_setup(repository, report));
  CAIRN_CHECK(repository.store(context, store::Store::Access::kWrite));
  return report;
}

}  // namespace cairn::repo
