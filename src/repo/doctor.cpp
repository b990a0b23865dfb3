#include "repo/doctor.hpp"

#include <sys/statvfs.h>

#include "base/counted.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "repo/git_setup.hpp"
#include "repo/tree_state.hpp"
#include "store/check.hpp"

namespace cairn::repo {

namespace {

constexpr std::uint64_t kLittleSpace = std::uint64_t{1} << 30;

void say(std::vector<Finding>& out, Finding::Level level, std::string what, std::string hint = {}) {
  out.push_back({level, std::move(what), std::move(hint)});
}

void check_git(const Repository& repository, std::vector<Finding>& out) {
  const auto version = repository.git().run({"version"});
  if (!version)
    return say(out, Finding::Level::kError, "git does not answer: " + version.error().message());
  auto text = *version;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  say(out, Finding::Level::kOk, text);
  const auto reader = repository.git().reader_of_objects();
  if (!reader) return say(out, Finding::Level::kError, reader.error().message());
  say(out, Finding::Level::kOk, "git's objects are read by " + *reader);
}

void check_ignored(const Repository& repository, const std::vector<Tracked>& tracked,
                   std::vector<Finding>& out) {
  std::vector<std::string> paths;
  for (const auto& item : tracked) paths.push_back(item.path);
  const auto ignored = repository.git().ignored_paths(paths);
  if (!ignored) return say(out, Finding::Level::kError, ignored.error().message());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if ((*ignored)[i]) continue;
    say(out, Finding::Level::kWarning, "git does not ignore the data of `" + paths[i] + "`",
        "`cairn add " + base::printable(paths[i]) + "` writes the ignore rule");
  }
}

void check_pointers(const Repository& repository, std::vector<Finding>& out) {
  std::vector<std::pair<std::string, Error>> faults;
  const auto tracked = repository.tracked(&faults);
  if (!tracked) return say(out, Finding::Level::kError, tracked.error().message());
  for (const auto& [path, error] : faults) {
    say(out, Finding::Level::kError, error.message(),
        error.hints().empty() ? "" : error.hints().front());
  }
  say(out, Finding::Level::kOk,
      base::counted(tracked->size(), "tracked path") + " with valid pointers");
  check_ignored(repository, *tracked, out);
}

void check_drivers(const Repository& repository, std::vector<Finding>& out) {
  const auto known = has_drivers(repository.git());
  if (!known) return say(out, Finding::Level::kError, known.error().message());
  if (*known) return;
  say(out, Finding::Level::kWarning,
      "git knows no merge driver and no diff for pointers in this clone", "`cairn init`");
}

void check_space(const Repository& repository, std::vector<Finding>& out) {
  struct ::statvfs info {};
  if (::statvfs(repository.store_directory().c_str(), &info) != 0) return;
  const auto free = std::uint64_t{info.f_bavail} * info.f_frsize;
  const auto text = base::human_bytes(free) + " free where the store is";
  say(out, free < kLittleSpace ? Finding::Level::kWarning : Finding::Level::kOk, text,
      free < kLittleSpace ? "`cairn gc` shows what can go" : "");
}

void check_store_structure(const Context& context, Repository& repository,
                           std::vector<Finding>& out) {
  auto store = repository.store(context, store::Store::Access::kRead);
  if (!store)
    return say(out, Finding::Level::kWarning, store.error().message(),
               "`cairn pull` or `cairn add` makes one");
  const auto report = store::check_store(context, **store, store::ReadData::kStructure);
  if (!report) return say(out, Finding::Level::kError, report.error().message());
  for (const auto& damage : report->damage) {
    say(out, Finding::Level::kError, "pack " + damage.pack.short_hex() + ": " + damage.what,
        "`cairn fsck --repair-from NAME`");
  }
  say(out, Finding::Level::kOk,
      "store: " + base::counted(report->packs, "pack") + ", " +
          base::counted(report->chunks, "chunk"));
}

void check_remotes(const Context& context, Repository& repository, std::vector<Finding>& out) {
  if (repository.settings().remotes.empty()) {
    return say(out, Finding::Level::kWarning, "no remote is set up", "`cairn remote add NAME URL`");
  }
  for (const auto& setting : repository.settings().remotes) {
    auto remote = repository.open_remote(setting);
    const auto now =
        remote ? (*remote)->stat("cairn.json", context.stop) : std::move(remote).error();
    const auto text = "remote `" + setting.name + "`";
    if (!now)
      say(out, Finding::Level::kError, text + ": " + now.error().message(),
          "`cairn remote check " + setting.name + "`");
    if (now) say(out, Finding::Level::kOk, text + (*now ? " answers" : " is empty so far"));
  }
}

}  // namespace

Result<std::vector<Finding>> doctor(const Context& context, Repository& repository) {
  std::vector<Finding> out;
  check_git(repository, out);
  for (const auto& warning : repository.settings().warnings)
    say(out, Finding::Level::kWarning, warning);
  if (!repository.git().paths().bare) {
    check_drivers(repository, out);
    check_pointers(repository, out);
  }
  check_store_structure(context, repository, out);
  check_space(repository, out);
  check_remotes(context, repository, out);
  return out;
}

}  // namespace cairn::repo
