#include "repo/outside.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "repo/below.hpp"
#include "repo/shared_links.hpp"
#include "repo/tree_state.hpp"
#include "workdir/stat_cache.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxNoteBytes = std::size_t{64} << 20;

std::string note_file(const Repository& repository) {
  return base::join(repository.state_directory(), "outside");
}

// path NUL oid NUL from NUL LF; without a `from` the path is noted no more.
std::string record_of(const std::string& path, const std::string& oid, const std::string& from) {
  return path + '\0' + oid + '\0' + from + '\0' + '\n';
}

using Notes = std::map<std::string, Outside>;

Result<Notes> read_notes(const Repository& repository) {
  CAIRN_TRY(const auto bytes, base::read_file_if_exists(note_file(repository), kMaxNoteBytes));
  Notes out;
  if (!bytes) return out;
  std::string_view rest = base::text_of(*bytes);
  constexpr std::string_view kEnd("\0\n", 2);
  for (auto end = rest.find(kEnd); end != std::string_view::npos; end = rest.find(kEnd)) {
    const auto fields = base::split(rest.substr(0, end), '\0');
    rest.remove_prefix(end + kEnd.size());
    if (fields.size() != 3) continue;  // torn
    const auto oid = Digest::from_hex(fields[1]);
    out.erase(std::string(fields[0]));
    if (oid && !fields[2].empty())
      out.emplace(std::string(fields[0]), Outside{std::string(fields[2]), *oid});
  }
  return out;
}

// Nothing, or a link of the user's.
Result<bool> holds_no_data(const Repository& repository, const std::string& path) {
  CAIRN_TRY(const auto found, repository.tree().lstat(path));
  if (!found) return true;
  if (!S_ISLNK(found->st_mode)) return false;
  CAIRN_TRY(const auto target, repository.tree().read_link(path));
  return !shared_object(repository, target);
}

}  // namespace

std::string line_of_outside(const Outside& outside, const std::string& path) {
  return "cairn add --from " + base::shell_word(outside.from) + " " + base::shell_word(path);
}

Result<OutsidePaths> OutsidePaths::read(const Repository& repository) {
  OutsidePaths out(repository);
  CAIRN_TRY(out.noted_, read_notes(repository));
  return out;
}

Result<std::optional<Outside>> OutsidePaths::find(const std::string& path) const {
  const auto noted = noted_.find(path);
  if (noted == noted_.end()) return std::optional<Outside>();
  CAIRN_TRY(const bool outside, holds_no_data(*repository_, path));
  return outside ? std::optional(noted->second) : std::nullopt;
}

Result<std::vector<std::string>> OutsidePaths::leave_alone(const std::vector<std::string>& named,
                                                           std::vector<Selected>& selected) const {
  std::vector<std::string> left;
  std::vector<Selected> others;
  for (auto& item : selected) {
    const auto& path = item.tracked.path;
    CAIRN_TRY(const auto outside, find(path));
    const auto is_named = [&] {
      return std::ranges::any_of(named,
                                 [&](const auto& place) { return is_at_or_below(place, path); });
    };
    if (outside && !is_named()) {
      left.push_back(path);
    } else {
      others.push_back(std::move(item));
    }
  }
  selected = std::move(others);
  return left;
}

Result<std::vector<std::string>> leave_outside(const Repository& repository,
                                               const std::vector<std::string>& typed,
                                               std::vector<Selected>& selected) {
  CAIRN_TRY(const auto named, repository.resolve_arguments(typed));
  CAIRN_TRY(const auto outside, OutsidePaths::read(repository));
  return outside.leave_alone(named, selected);
}

Result<LinksInTheWay> links_in_the_way(const Repository& repository,
                                       const std::vector<Selected>& selected) {
  LinksInTheWay out;
  CAIRN_TRY(const auto outside, OutsidePaths::read(repository));
  for (const auto& item : selected) {
    const auto& path = item.tracked.path;
    CAIRN_TRY(const auto noted, outside.find(path));
    if (!noted) continue;
    CAIRN_TRY(const auto found, repository.tree().lstat(path));
    if (!found) continue;
    CAIRN_TRY(auto target, repository.tree().read_link(path));
    out.emplace(path, std::move(target));
  }
  return out;
}

Status refuse_links(const LinksInTheWay& links) {
  if (links.empty()) return {};
  const auto& [path, target] = *links.begin();
  return Error(Code::kConflict,
               "a link stands at `" + base::printable(path) + "`, whose data stands outside")
      .detail(base::printable(path) + " -> " + base::printable(target))
      .hint("`rm " + base::shell_word(path) + "` removes the link, and nothing that it leads to")
      .hint("`cairn checkout --force " + base::shell_word(path) + "` puts a copy in its place")
      .slug("link-in-the-way");
}

Status remove_links(const Repository& repository, const LinksInTheWay& links) {
  for (const auto& [path, target] : links) CAIRN_CHECK(repository.tree().remove_file(path));
  return {};
}

Status put_back_links(const Repository& repository, const LinksInTheWay& links) {
  for (const auto& [path, target] : links) {
    CAIRN_TRY(const auto folder, repository.tree().open_directory(base::parent_of(path)));
    const std::string name(base::name_of(path));
    ::unlinkat(folder.get(), name.c_str(), AT_REMOVEDIR);  // made for what did not come
    if (::symlinkat(target.c_str(), folder.get(), name.c_str()) != 0 && errno != EEXIST)
      return base::errno_error("link", path, errno);
  }
  return {};
}

Status note_outside(const Repository& repository, const Tracked& tracked, const std::string& from) {
  CAIRN_TRY(const bool outside, holds_no_data(repository, tracked.path));
  if (!outside) return {};
  CAIRN_CHECK(forget_states(repository, {tracked.path}));
  return append_lines(note_file(repository),
                      record_of(tracked.path, tracked.pointer.oid.hex(), from));
}

Status forget_outside(const Repository& repository, const std::vector<std::string>& paths) {
  CAIRN_TRY(const auto noted, read_notes(repository));
  std::string records;
  for (const auto& path : paths) {
    if (noted.contains(path)) records += record_of(path, "", "");
  }
  return records.empty() ? Status() : append_lines(note_file(repository), records);
}

Status move_outside(const Repository& repository, const std::string& from, const std::string& to) {
  CAIRN_TRY(const auto noted, read_notes(repository));
  const auto found = noted.find(from);
  if (found == noted.end()) return {};
  const auto& [place, oid] = found->second;
  return append_lines(note_file(repository),
                      record_of(to, oid.hex(), place) + record_of(from, "", ""));
}

}  // namespace cairn::repo
