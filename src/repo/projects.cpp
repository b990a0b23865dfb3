// Only its owner writes a project's file, appending under projects/LOCK.
#include "repo/projects.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include <unistd.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/system.hpp"
#include "base/text.hpp"
#include "repo/liveness.hpp"
#include "repo/project_file.hpp"
#include "repo/tree_state.hpp"
#include "store/sharing.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxProjectBytes = std::size_t{256} << 20;
constexpr std::size_t kIdDigitsOfProject = 32;
constexpr int kProjectsLockMs = 60'000;

bool is_shared(const Repository& repository) {
  return !repository.settings().store_directory.empty();
}

std::string projects_folder(const Repository& repository) {
  return base::join(repository.store_directory(), "projects");
}
std::string id_file(const std::string& common_dir) {
  return base::join(common_dir, "cairn/store-id");
}

bool is_project_id(std::string_view text) {
  return text.size() == kIdDigitsOfProject && base::is_lower_hex(text);
}

// The id of the clone with this git directory; empty when it has none.
std::string read_project_id(const std::string& common_dir) {
  const auto bytes = base::read_file_if_exists(id_file(common_dir), kIdDigitsOfProject + 1);
  if (!bytes || !*bytes) return {};
  const auto line = base::text_of(**bytes).substr(0, kIdDigitsOfProject);
  return is_project_id(line) ? std::string(line) : std::string();
}

Result<std::string> make_project_id(const std::string& common_dir) {
  std::uint8_t random[kIdDigitsOfProject / 2];
  base::SystemEntropy().fill(random);
  const auto id = base::to_hex(random);
  CAIRN_CHECK(base::make_directories(base::join(common_dir, "cairn")));
  CAIRN_CHECK(base::write_file_atomic(id_file(common_dir), base::view_of(id + "\n"), 0666,
                                      base::Durability::kSynced));
  return id;
}

Result<std::optional<ProjectFile>> read_project(const std::string& path) {
  CAIRN_TRY(const auto bytes, base::read_file_if_exists(path, kMaxProjectBytes));
  if (!bytes) return std::optional<ProjectFile>();
  CAIRN_TRY(auto parsed, decode_project(path, base::text_of(*bytes)));
  return std::optional<ProjectFile>(std::move(parsed));
}

// All writing begins in tmp/: where that cannot be, nothing is stored that would have to be noted,
// and reading goes on.
bool is_refused(const std::string& place) {
  return ::access(place.c_str(), W_OK) != 0 && (errno == EROFS || errno == EACCES);
}
bool is_read_only(const Repository& repository) {
  return is_refused(base::join(repository.store_directory(), "tmp"));
}

// In a clone of another user, which cannot get an id, no pointer is written either.
bool is_not_ours(const Repository& repository) {
  const auto& common = repository.git().paths().common_dir;
  if (!read_project_id(common).empty()) return false;
  const auto ours = base::join(common, "cairn");
  return is_refused(base::stat_path(ours) ? ours : common);
}

// Whether what this clone needs of the store is noted there.
bool is_noted(const Repository& repository) {
  return is_shared(repository) && !is_read_only(repository) && !is_not_ours(repository);
}

Result<base::FileLock> lock_projects(const Repository& repository) {
  const auto folder = projects_folder(repository);
  if (!base::stat_path(folder)) CAIRN_CHECK(store::make_store_folder(folder));
  const auto path = base::join(folder, "LOCK");
  CAIRN_TRY(auto lock, base::FileLock::acquire(path, base::FileLock::Mode::kExclusive,
                                               kProjectsLockMs, repository.stop()));
  CAIRN_CHECK(store::settle_file(path, store::kGroupWritable));
  return lock;
}

Status write_project(const Repository& repository, const std::string& id,
                     const std::vector<Tracked>& versions) {
  const auto& paths = repository.git().paths();
  const auto text =
      encode_project({base::printable(paths.common_dir), base::printable(paths.top), versions});
  const auto path = base::join(projects_folder(repository), id);
  CAIRN_CHECK(base::write_file_atomic(path, base::view_of(text), 0666, base::Durability::kSynced));
  return store::settle_file(path, store::kGroupWritable);
}

// All that this clone may need, for its first entry.
Result<std::vector<Tracked>> own_versions(const Repository& repository) {
  CAIRN_TRY(auto out, read_versions(repository));
  if (const auto known = all_versions(repository))
    out.insert(out.end(), known->begin(), known->end());
  return out;
}

// With the lock held: the id of this clone, its file in order.
Result<std::string> own_project(const Repository& repository) {
  const auto& paths = repository.git().paths();
  auto id = read_project_id(paths.common_dir);
  if (!id.empty()) {
    CAIRN_TRY(const auto file, read_project(base::join(projects_folder(repository), id)));
    if (file && file->git == base::printable(paths.common_dir)) return id;
    const bool copied =
        file && read_project_id(file->git) == id;  // the clone that the file names is still there
    if (file && !copied) {
      CAIRN_CHECK(write_project(repository, id, file->versions));
      return id;
    }
    if (copied) id.clear();
  }
  if (id.empty()) {
    CAIRN_TRY(id, make_project_id(paths.common_dir));
  }
  CAIRN_TRY(const auto versions, own_versions(repository));
  CAIRN_CHECK(write_project(repository, id, versions));
  return id;
}

// What git refers to in the clone of a project file; nothing when it cannot be reached, or is
// another clone by now.
Result<std::vector<Tracked>> versions_there(const Context& context, const Repository& repository,
                                            const ProjectFile& file, const std::string& id) {
  auto where = repository.environment();
  where.directory = file.top;
  const auto there = base::stat_path(file.top)
                         ? Repository::open(context, where)
                         : Result<Repository>(Error(Code::kNotFound, "is not there"));
  if (!there || read_project_id(there->git().paths().common_dir) != id) {
    context.log.note("kept: all that project `" + base::printable(file.top) +
                     "` was last known to need; it cannot be reached" +
                     (there ? std::string() : " (" + there.error().message() + ")"));
    return std::vector<Tracked>();
  }
  auto versions = all_versions(*there);
  if (!versions)
    return std::move(versions).error().with("project `" + base::printable(file.top) +
                                            "`, which shares this store");
  return versions;
}

}  // namespace

Status register_project(const Repository& repository) {
  if (!is_noted(repository)) return {};
  CAIRN_TRY(const auto lock, lock_projects(repository));
  CAIRN_CHECK(own_project(repository));
  return {};
}

Status note_roots(const Repository& repository, const std::vector<Tracked>& versions) {
  if (versions.empty() || !is_noted(repository)) return {};
  CAIRN_TRY(const auto lock, lock_projects(repository));
  CAIRN_TRY(const auto id, own_project(repository));
  const auto path = base::join(projects_folder(repository), id);
  CAIRN_TRY(const auto known, read_project(path));
  std::set<Digest> seen;
  for (const auto& version : known->versions) seen.insert(*version.pointer.closure_id());
  std::string lines;
  for (const auto& version : versions) {
    const auto closure = version.pointer.closure_id();
    if (closure && seen.insert(*closure).second) lines += version_line(version);
  }
  return lines.empty() ? Status() : append_lines(path, lines);
}

Result<std::vector<Tracked>> versions_of_others(const Context& context,
                                                const Repository& repository) {
  std::vector<Tracked> out;
  if (!is_shared(repository)) return out;
  const auto own = read_project_id(repository.git().paths().common_dir);
  const auto folder = projects_folder(repository);
  CAIRN_TRY(const auto entries, base::list_directory(folder));
  for (const auto& entry : entries) {
    if (!is_project_id(entry.name) || entry.name == own) continue;
    CAIRN_TRY(const auto file, read_project(base::join(folder, entry.name)));
    if (!file) continue;
    out.insert(out.end(), file->versions.begin(), file->versions.end());
    CAIRN_TRY(const auto now, versions_there(context, repository, *file, entry.name));
    out.insert(out.end(), now.begin(), now.end());
  }
  return out;
}

Result<std::vector<Tracked>> noted_roots(const Repository& repository) {
  std::vector<Tracked> out;
  if (!is_shared(repository)) return out;
  const auto id = read_project_id(repository.git().paths().common_dir);
  if (id.empty()) return out;
  CAIRN_TRY(const auto file, read_project(base::join(projects_folder(repository), id)));
  if (file) out = file->versions;
  return out;
}

Status renew_roots(const Repository& repository, const std::vector<Tracked>& noted,
                   std::vector<Tracked> needed) {
  if (!is_shared(repository)) return {};
  CAIRN_TRY(const auto lock, lock_projects(repository));
  CAIRN_TRY(const auto id, own_project(repository));
  std::set<Digest> before;
  for (const auto& version : noted) before.insert(*version.pointer.closure_id());
  CAIRN_TRY(const auto file, read_project(base::join(projects_folder(repository), id)));
  for (const auto& version : file->versions) {
    if (!before.contains(*version.pointer.closure_id())) needed.push_back(version);
  }
  return write_project(repository, id, needed);
}

}  // namespace cairn::repo
