// What the work tree holds for one tracked path, compared with what its pointer says. The shared
// first half of add, status, checkout and verify: scan, stat cache, manifest. Invariant of the stat
// cache: it lists exactly what was materialised of version `oid`, with the ids of that version. So
// a node whose stat matches is unchanged, a listed path that is gone was removed, and neither needs
// the manifest.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "format/tree.hpp"
#include "repo/repository.hpp"
#include "workdir/scan.hpp"
#include "workdir/stat_cache.hpp"

namespace cairn::repo {

// A file tracked on its own is treated as a folder-less list of one entry with an empty path.
struct LocalTree {
  workdir::ScanResult scan;  // empty when nothing is there
  bool present = false;      // the path itself exists
  workdir::StatCache cache;
  bool interrupted =
      false;  // an add wrote the pointer and stopped; `cache` is what it had prepared
  std::vector<std::optional<FileId>> ids;  // per scanned node; nothing: must be read
  std::map<std::size_t, std::string>
      shared;  // nodes that are links to the store's links/, with that object's path
  std::vector<std::size_t> dangling;  // such links whose object is gone: still of type link
  std::map<std::size_t, std::string>
      followed;  // nodes that are, or lie behind, links that are followed, with their absolute path

  // Path of node i from the repository root.
  [[nodiscard]] std::string full_path(const std::string& tracked, std::size_t i) const;
};

// Which links that lead out of the folder stand for what they lead to (add --links). kAdded: those
// that did when they were added.
enum class Follow { kNone, kAdded, kAll };

// Scans and looks every node up in the stat cache; reads no data. A node without an id must be
// read. A file of another kind at `path` itself is reported by scan.special.
Result<LocalTree> read_local_tree(const Context& context, const Repository& repository,
                                  const std::string& path, Follow follow = Follow::kAdded);
// The same for data that lies elsewhere (add --from): nothing is known of it.
Result<LocalTree> read_foreign_tree(const Context& context, const workdir::TreeRoot& root,
                                    const std::string& path);

// Fills the missing ids by hashing (files) and reading (links); returns how many files were read.
Result<std::uint64_t> hash_unknown(const Context& context, const Repository& repository,
                                   const std::string& path, LocalTree& local);

// Node i was read: what the file was like then.
void restamp(LocalTree& local, std::size_t i, const struct ::stat& fingerprint);

// What a link's id is in the stat cache: the digest of its target.
FileId link_id(std::string_view target);
// The id that an entry has there; of an empty folder none.
FileId state_id(const format::ManifestEntry& entry);

// Visits the entries of a version in order, a page at a time. A file tracked on its own gives one
// entry with an empty path. Whether the list has what the pointer says is known at the end.
Status for_each_entry(const format::Pointer& pointer, const format::PageFetch& fetch,
                      const std::function<Status(const format::ManifestEntry&)>& visit);
// What to reserve for them, as far as a pointer may be believed.
std::size_t expected_entries(const format::Pointer& pointer);
// All of them: of a million files 200 MB, so what can do with one at a time should.
Result<std::vector<format::ManifestEntry>> load_entries(const format::Pointer& pointer,
                                                        const format::PageFetch& fetch);
// The entry of a folder's version at this path; reads only the pages on the way to it.
Result<std::optional<format::ManifestEntry>> find_entry(const format::Pointer& folder,
                                                        const format::PageFetch& fetch,
                                                        const std::string& path);
// Whether that version has anything below this path; reads only the pages on the way to the first.
Result<bool> has_entries_below(const format::Pointer& folder, const format::PageFetch& fetch,
                               const std::string& path);
format::ManifestEntry file_entry(const format::Pointer& pointer);
format::EntryType entry_type(workdir::NodeType type);
bool executable(const workdir::StatKey& stat);

// Saves what is now known: every node with an id. `partial` as in WorkState.
Status save_state(const Repository& repository, const std::string& path, const Digest& oid,
                  bool partial, std::vector<workdir::CachedFile> files, std::int64_t now_ns);
// The same in two steps, around writing the pointer: prepared before it, adopted after it. Whoever
// finds the pointer changed and a prepared state of just that version knows that the data here
// belongs to it, and not to an older one.
Status prepare_state(const Repository& repository, const std::string& path,
                     const workdir::WorkState& state, std::int64_t now_ns);
Status adopt_state(const Repository& repository, const std::string& path);
Status forget_states(const Repository& repository, const std::vector<std::string>& paths);
// What is known of data that was renamed; nothing where nothing is known.
Status move_state(const Repository& repository, const std::string& from, const std::string& to);

// kMissing with the line that brings it, for a version whose pages or chunks are not in the store:
// the one of `revision`, else that of the pointers in the tree.
Error not_here(Error error, const std::string& path, const std::string& revision = {});
// Whether the first page of its list is here; of a file without one, always.
bool has_list(const format::Pointer& pointer, const format::PageFetch& fetch);

// Closure ids of versions known to be complete on a remote, as told by the last push or fetch: a
// hint for status, and what gc asks before it calls unreachable data unpushed. One text file per
// remote name and place.
Status note_pushed(const Repository& repository, const std::string& remote,
                   const std::vector<Digest>& closures);
Result<std::vector<Digest>> read_pushed(const Repository& repository, const std::string& remote);
// The same of all remotes together.
Result<std::set<Digest>> pushed_anywhere(const Repository& repository);

// Every version ever written here (closure id, kind and path, one line each), so that gc knows what
// was never pushed.
Status note_versions(const Repository& repository, const std::vector<Tracked>& versions);
Result<std::vector<Tracked>> read_versions(const Repository& repository);
// Its line: the pointer's text with ';' for line ends, then the path. A torn line fails the
// pointer's check.
std::string version_line(const Tracked& tracked);
std::optional<Tracked> parse_version_line(std::string_view line);
// Appends whole lines with one write, so that concurrent appenders never mix; durable when it
// returns.
Status append_lines(const std::string& path, const std::string& lines);

}  // namespace cairn::repo
