#include "repo/tree_state.hpp"

#include <fmt/core.h>

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "repo/below.hpp"
#include "repo/followed_links.hpp"
#include "repo/outside.hpp"
#include "repo/projects.hpp"
#include "repo/shared_links.hpp"
#include "store/ingest.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxNotesBytes = std::size_t{256} << 20;
constexpr std::size_t kPlaceDigits = 16;

// By name and place: after `remote set` the notes of the old place say nothing of the new one.
Result<std::string> pushed_file(const Repository& repository, const std::string& remote) {
  CAIRN_TRY(const auto setting, repository.remote_setting(remote));
  auto place = setting.url;
  for (const auto& [key, value] : setting.options) place += "\n" + key + "=" + value;
  const auto digest = crypto::sha256(base::view_of(place)).hex().substr(0, kPlaceDigits);
  return base::join(repository.git().paths().common_dir, "cairn/pushed/" + remote + "@" + digest);
}
std::string versions_file(const Repository& repository) {
  return base::join(repository.git().paths().common_dir, "cairn/versions");
}

Result<std::string> read_notes(const std::string& path) {
  CAIRN_TRY(const auto bytes, base::read_file_if_exists(path, kMaxNotesBytes));
  return std::string(bytes ? base::text_of(*bytes) : "");
}

// Where a prepared state waits: under a name that no tracked path can have.
std::string prepared(const std::string& path) { return path + "//prepared"; }

// Takes the prepared state over where the pointer beside `path` is of the version that it was
// prepared for.
Status find_interrupted(const Repository& repository, const std::string& path, LocalTree& local) {
  CAIRN_TRY(auto waiting, workdir::StatCache::load(repository.state_directory(), prepared(path)));
  if (!waiting.exists()) return {};
  const auto tracked = repository.tracked_in_tree(path);
  if (!tracked.ok() || !*tracked || (*tracked)->pointer.oid != waiting.oid()) return {};
  local.cache = std::move(waiting);
  local.interrupted = true;
  return {};
}

// A tracked folder that git moved with the one around it, where no hook followed. Of a file nothing
// more is known than a look at it tells.
Status find_moved(const Repository& repository, const std::string& path, LocalTree& local) {
  if (local.interrupted || local.scan.nodes.empty() || local.cache.lists_one_of(local.scan.nodes))
    return {};
  const auto tracked = repository.tracked_in_tree(path);
  if (!tracked.ok() || !*tracked || (*tracked)->pointer.kind != format::Pointer::Kind::kFolder)
    return {};
  CAIRN_TRY(auto moved, workdir::StatCache::find_moved(repository.state_directory(),
                                                       (*tracked)->pointer.oid, local.scan.nodes));
  if (moved.exists()) local.cache = std::move(moved);
  return {};
}

Status scan_path(const Context& context, const workdir::TreeRoot& root, const std::string& path,
                 const std::string& left_out, LocalTree& local) {
  CAIRN_TRY(const auto found, root.lstat(path));
  if (!found) return {};
  local.present = true;
  if (S_ISDIR(found->st_mode)) {
    CAIRN_TRY(const auto rules, workdir::ignore_rules_above(root, path));
    CAIRN_TRY(local.scan, workdir::scan_folder(context, root, path, rules, left_out));
    return {};
  }
  if (!S_ISREG(found->st_mode) && !S_ISLNK(found->st_mode)) {
    local.scan.special.push_back(path);
    return {};
  }
  const auto type = S_ISLNK(found->st_mode) ? workdir::NodeType::kLink : workdir::NodeType::kFile;
  local.scan.nodes.push_back({"", type, workdir::stat_key(*found)});
  local.scan.bytes = static_cast<std::uint64_t>(found->st_size);
  return {};
}

}  // namespace

Status append_lines(const std::string& path, const std::string& lines) {
  CAIRN_CHECK(base::make_directories(base::parent_of(path)));
  const base::Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!fd.valid()) return base::errno_error("open", path, errno);
  std::size_t done = 0;
  while (done < lines.size()) {
    const auto count = ::write(fd.get(), lines.data() + done, lines.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::errno_error("write", path, errno);
    done += static_cast<std::size_t>(count);
  }
  return base::sync_file(fd, path);
}

std::string LocalTree::full_path(const std::string& tracked, std::size_t i) const {
  return path_below(tracked, scan.nodes[i].path);
}

Result<LocalTree> read_local_tree(const Context& context, const Repository& repository,
                                  const std::string& path, Follow follow) {
  LocalTree local;
  CAIRN_TRY(local.cache, workdir::StatCache::load(repository.state_directory(), path));
  CAIRN_CHECK(find_interrupted(repository, path, local));
  CAIRN_CHECK(scan_path(context, repository.tree(), path, repository.store_in_tree(), local));
  CAIRN_CHECK(find_moved(repository, path, local));
  if (follow != Follow::kNone) CAIRN_CHECK(follow_links(context, repository, path, follow, local));
  CAIRN_CHECK(resolve_shared(repository, path, local));
  local.ids.resize(local.scan.nodes.size());
  for (const auto i : local.dangling) local.ids[i] = FileId();  // no file's
  std::size_t hint = 0;
  for (std::size_t i = 0; i < local.scan.nodes.size(); ++i) {
    const auto& node = local.scan.nodes[i];
    if (local.ids[i]) continue;
    if (node.type != workdir::NodeType::kEmptyFolder) {
      local.ids[i] = local.cache.lookup(node.path, node.stat, hint);
    } else if (local.cache.knows(node.path, hint)) {
      local.ids[i] = FileId();  // an empty folder's stamps say nothing
    }
  }
  return local;
}

Result<LocalTree> read_foreign_tree(const Context& context, const workdir::TreeRoot& root,
                                    const std::string& path) {
  LocalTree local;
  CAIRN_CHECK(scan_path(context, root, path, "", local));
  local.ids.resize(local.scan.nodes.size());
  return local;
}

void restamp(LocalTree& local, std::size_t i, const struct ::stat& fingerprint) {
  auto& stat = local.scan.nodes[i].stat;
  stat = workdir::stat_key(fingerprint);
  if (local.followed.contains(i)) stat.mode |= kFollowedMode;
}

FileId link_id(std::string_view target) {
  return crypto::sha256(base::view_of(target)).as<FileId>();
}

FileId state_id(const format::ManifestEntry& entry) {
  return entry.type == format::EntryType::kLink ? link_id(entry.target) : entry.file_id;
}

Result<std::uint64_t> hash_unknown(const Context& context, const Repository& repository,
                                   const std::string& path, LocalTree& local) {
  std::vector<std::size_t> nodes;
  for (std::size_t i = 0; i < local.scan.nodes.size(); ++i) {
    const auto& node = local.scan.nodes[i];
    if (local.ids[i]) continue;
    if (node.type == workdir::NodeType::kLink) {
      CAIRN_TRY(const auto target, read_node_link(repository, path, local, i));
      local.ids[i] = link_id(target);
    } else if (node.type == workdir::NodeType::kEmptyFolder) {
      local.ids[i] = FileId();
    } else {
      nodes.push_back(i);
    }
  }
  if (nodes.empty()) return std::uint64_t{0};
  const store::SourceList sources(
      nodes.size(), [&](std::size_t i) { return local.scan.nodes[nodes[i]].stat.size; },
      [&](std::size_t i) { return local.full_path(path, nodes[i]); });
  const auto open = [&](std::size_t i) { return open_node(repository, path, local, nodes[i]); };
  const auto visit = [&](std::size_t i, const store::StoredFile& stored) -> Status {
    local.ids[nodes[i]] = stored.id;
    restamp(local, nodes[i], stored.fingerprint);
    return {};
  };
  store::begin_progress(context, "hashing", sources);
  CAIRN_CHECK(store::hash_files(context, sources, open, visit));
  return static_cast<std::uint64_t>(nodes.size());
}

Result<std::optional<format::ManifestEntry>> find_entry(const format::Pointer& folder,
                                                        const format::PageFetch& fetch,
                                                        const std::string& path) {
  std::optional<format::ManifestEntry> found;
  const auto visit = [&](const ChunkId&,
                         const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const auto& entry : entries) {
      if (entry.path == path) found = entry;
    }
    return {};
  };
  const auto on_the_way = [&](std::string_view after, std::string_view upto) {
    return after < path && path <= upto;
  };
  CAIRN_CHECK(format::walk_manifest(folder.oid.as<ChunkId>(), fetch, visit, on_the_way));
  return found;
}

Result<bool> has_entries_below(const format::Pointer& folder, const format::PageFetch& fetch,
                               const std::string& path) {
  bool found = false;
  const auto below = path + "/";
  const auto behind = path + "0";  // '0' follows '/'
  const auto visit = [&](const ChunkId&,
                         const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const auto& entry : entries) found = found || entry.path.starts_with(below);
    return {};
  };
  const auto on_the_way = [&](std::string_view after, std::string_view upto) {
    return !found && after < behind && below <= upto;
  };
  CAIRN_CHECK(format::walk_manifest(folder.oid.as<ChunkId>(), fetch, visit, on_the_way));
  return found;
}

format::ManifestEntry file_entry(const format::Pointer& pointer) {
  format::ManifestEntry entry;
  entry.executable = pointer.executable;
  entry.size_bytes = pointer.size_bytes;
  entry.file_id = pointer.oid.as<FileId>();
  if (pointer.tree) {
    entry.has_recipe = true;
    entry.recipe = *pointer.tree;
  }
  return entry;
}

namespace {
constexpr std::uint64_t kReserveAtMost = std::uint64_t{1} << 20;  // a pointer may claim anything

Error other_counts(std::uint64_t files, std::uint64_t bytes, const format::Pointer& pointer) {
  return Error(Code::kCorrupt,
               fmt::format("the list of files has {} files of {} bytes, the pointer says {} of {}",
                           files, bytes, pointer.files, pointer.size_bytes))
      .hint("`git log -p` shows who wrote this pointer; `cairn add` writes a right one")
      .slug("bad-pointer");
}
}  // namespace

std::size_t expected_entries(const format::Pointer& pointer) {
  return static_cast<std::size_t>(std::min(pointer.files, kReserveAtMost));
}

Status for_each_entry(const format::Pointer& pointer, const format::PageFetch& fetch,
                      const std::function<Status(const format::ManifestEntry&)>& visit) {
  if (pointer.kind == format::Pointer::Kind::kFile) return visit(file_entry(pointer));
  std::uint64_t files = 0, bytes = 0;
  const auto leaf = [&](const ChunkId&,
                        const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const auto& entry : entries) {
      files += entry.type == format::EntryType::kFile;
      bytes += entry.size_bytes;
    }
    if (files > pointer.files) return other_counts(files, bytes, pointer);
    for (const auto& entry : entries) CAIRN_CHECK(visit(entry));
    return {};
  };
  CAIRN_CHECK(format::walk_manifest(pointer.oid.as<ChunkId>(), fetch, leaf));
  if (files != pointer.files || bytes != pointer.size_bytes)
    return other_counts(files, bytes, pointer);
  return {};
}

Result<std::vector<format::ManifestEntry>> load_entries(const format::Pointer& pointer,
                                                        const format::PageFetch& fetch) {
  std::vector<format::ManifestEntry> out;
  out.reserve(expected_entries(pointer));
  const auto keep = [&](const format::ManifestEntry& entry) -> Status {
    out.push_back(entry);
    return {};
  };
  CAIRN_CHECK(for_each_entry(pointer, fetch, keep));
  return out;
}

format::EntryType entry_type(workdir::NodeType type) {
  switch (type) {
    case workdir::NodeType::kLink:
      return format::EntryType::kLink;
    case workdir::NodeType::kEmptyFolder:
      return format::EntryType::kEmptyFolder;
    case workdir::NodeType::kFile:
      break;
  }
  return format::EntryType::kFile;
}

bool executable(const workdir::StatKey& stat) { return (stat.mode & 0100) != 0; }

Status save_state(const Repository& repository, const std::string& path, const Digest& oid,
                  bool partial, std::vector<workdir::CachedFile> files, std::int64_t now_ns) {
  CAIRN_CHECK(base::make_directories(repository.state_directory()));
  const workdir::WorkState state{oid, partial, std::move(files)};
  CAIRN_CHECK(workdir::StatCache::save(repository.state_directory(), path, state, now_ns));
  return workdir::StatCache::remove(repository.state_directory(), prepared(path));
}

Status prepare_state(const Repository& repository, const std::string& path,
                     const workdir::WorkState& state, std::int64_t now_ns) {
  CAIRN_CHECK(base::make_directories(repository.state_directory()));
  return workdir::StatCache::save(repository.state_directory(), prepared(path), state, now_ns);
}

Status adopt_state(const Repository& repository, const std::string& path) {
  return workdir::StatCache::move(repository.state_directory(), prepared(path), path);
}

Status forget_states(const Repository& repository, const std::vector<std::string>& paths) {
  CAIRN_CHECK(forget_outside(repository, paths));
  for (const auto& path : paths) {
    CAIRN_CHECK(workdir::StatCache::remove(repository.state_directory(), path));
    CAIRN_CHECK(workdir::StatCache::remove(repository.state_directory(), prepared(path)));
  }
  return {};
}

Status move_state(const Repository& repository, const std::string& from, const std::string& to) {
  const auto& directory = repository.state_directory();
  CAIRN_CHECK(move_outside(repository, from, to));
  CAIRN_CHECK(workdir::StatCache::move(directory, from, to));
  return workdir::StatCache::move(directory, prepared(from), prepared(to));
}

Error not_here(Error error, const std::string& path, const std::string& revision) {
  if (error.code() != Code::kMissing) return std::move(error).with("`" + path + "`");
  const auto word = base::shell_word(path);
  const auto of = " --rev " + base::shell_word(revision);
  return Error(Code::kMissing,
               "the data of `" + base::printable(path) + "` is not in the local store")
      .detail(error.message())
      .hint(revision.empty()
                ? "`cairn pull " + word +
                      "` brings it from the remote, `cairn fetch --lists` only its list of files"
                : "`cairn fetch --lists" + of + "` brings the lists of files of that version, `" +
                      "cairn fetch" + of + " " + word + "` the data too")
      .slug("missing-object");
}

bool has_list(const format::Pointer& pointer, const format::PageFetch& fetch) {
  const bool folder = pointer.kind == format::Pointer::Kind::kFolder;
  if (!folder && !pointer.tree) return true;
  return fetch(folder ? pointer.oid.as<ChunkId>() : *pointer.tree).ok();
}

Status note_pushed(const Repository& repository, const std::string& remote,
                   const std::vector<Digest>& closures) {
  CAIRN_TRY(const auto known, read_pushed(repository, remote));
  std::string lines;
  for (const auto& closure : closures) {
    if (!std::ranges::binary_search(known, closure)) lines += closure.hex() + "\n";
  }
  if (lines.empty()) return {};
  CAIRN_TRY(const auto file, pushed_file(repository, remote));
  return append_lines(file, lines);
}

Result<std::vector<Digest>> read_pushed(const Repository& repository, const std::string& remote) {
  CAIRN_TRY(const auto file, pushed_file(repository, remote));
  CAIRN_TRY(const auto text, read_notes(file));
  std::vector<Digest> out;
  for (const auto line : base::split(text, '\n')) {
    if (const auto id = Digest::from_hex(line)) out.push_back(*id);
  }
  std::ranges::sort(out);
  return out;
}

Result<std::set<Digest>> pushed_anywhere(const Repository& repository) {
  std::set<Digest> out;
  for (const auto& remote : repository.settings().remotes) {
    CAIRN_TRY(const auto pushed, read_pushed(repository, remote.name));
    out.insert(pushed.begin(), pushed.end());
  }
  return out;
}

namespace {
// In a value that this program does not know; no pointer holds a control character.
constexpr char kSemicolon = '\x1f';
}  // namespace

std::string version_line(const Tracked& tracked) {
  auto text = format::encode_pointer(tracked.pointer);
  std::ranges::replace(text, ';', kSemicolon);
  std::ranges::replace(text, '\n', ';');
  return text + " " + base::printable(tracked.path) + "\n";
}

std::optional<Tracked> parse_version_line(std::string_view line) {
  // A path may hold "; " too: the pointer's check says where it ends.
  for (auto end = line.find("; "); end != std::string_view::npos; end = line.find("; ", end + 1)) {
    std::string pointer(line.substr(0, end + 1));
    std::ranges::replace(pointer, ';', '\n');
    std::ranges::replace(pointer, kSemicolon, ';');
    if (auto parsed = format::decode_pointer(pointer))
      return Tracked{std::string(line.substr(end + 2)), std::move(parsed->pointer)};
  }
  return std::nullopt;
}

Status note_versions(const Repository& repository, const std::vector<Tracked>& versions) {
  if (versions.empty()) return {};
  CAIRN_CHECK(note_roots(repository, versions));
  std::string lines;
  for (const auto& version : versions) lines += version_line(version);
  return append_lines(versions_file(repository), lines);
}

Result<std::vector<Tracked>> read_versions(const Repository& repository) {
  CAIRN_TRY(const auto text, read_notes(versions_file(repository)));
  std::vector<Tracked> out;
  for (const auto line : base::split(text, '\n')) {
    if (auto version = parse_version_line(line)) out.push_back(*std::move(version));
  }
  return out;
}

}  // namespace cairn::repo
