// The operations of a repository: options in, report out. Each is one file of the same name beside
// this one; the program renders reports as text or JSON. All fail with an Error that says what to
// do next and leave things as they were.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

// ---- init, clone ----
struct InitReport {
  bool created = false;
  std::vector<std::string> written;  // files created or changed
  std::string project;
};
struct InitOptions {
  bool dry_run = false;
};
Result<InitReport> init(const Context& context, const Environment& environment,
                        const InitOptions& options);

struct CloneOptions {
  std::string url, directory;  // directory empty: derived as git does
  std::vector<std::string> include, exclude;
  std::string remote_url;  // a directory remote to use; empty: what the clone's configuration says
  bool no_checkout = false;
};
struct PullReport;
Result<std::string> clone_directory(const std::string& url, const std::string& directory);

// ---- add ----
enum class LinkChoice { kUnset, kKeep, kFollow };
struct AddOptions {
  std::vector<std::string> paths;  // as typed
  bool update = false;             // -u: every modified tracked path
  bool dry_run = false;
  bool fast = false;    // zstd level 1
  bool git_rm = false;  // take data out of git's index
  bool force = false;   // also where git changed the pointer and the data here is an older version
  LinkChoice links = LinkChoice::kUnset;
  std::string from;  // --from DIR: data lies there, versioned as the one path
  std::string base;  // --base: the version that new files are likely to share data with
};
struct AddedPath {
  std::string path;
  bool unchanged = false;
  bool folder = false;
  std::uint64_t files = 0, bytes = 0;
  std::uint64_t files_read = 0, added = 0, changed = 0, removed = 0, links_kept = 0,
                links_leaving = 0, files_followed = 0;
  std::uint64_t others_changed = 0;  // links and empty folders that are new, changed or removed
};
struct AddReport {
  std::vector<AddedPath> paths;
  std::uint64_t new_plain_bytes = 0, stored_bytes = 0, chunks = 0;
  std::vector<std::string> staged;
};
Result<AddReport> add(const Context& context, Repository& repository, const AddOptions& options);

// ---- status ----
enum class PathState {
  kClean,
  kModified,         // data differs from the pointer
  kStale,            // git changed the pointer; the data is the older version, unmodified
  kMissingData,      // was here, is gone
  kNotMaterialised,  // never was here
  kNotCompared,      // stands there, and what the version has there is not known here
  kOutside,          // stands outside of the tree (add --from): nothing to do here
  kNotStored,        // as the pointer says, but neither in the store nor known to be on the remote
  kBadPointer,
  kNewerPointer,  // of a later format: this program cannot read it
  kConflict,      // a merge left the pointer in conflict
};
struct FileChange {
  enum class Kind { kAdded, kRemoved, kModified, kTypeChanged };
  Kind kind = Kind::kModified;
  std::string path;  // from the repository root
};
struct StatusPath {
  std::string path;
  PathState state = PathState::kClean;
  std::vector<FileChange> changes;  // inside a folder; at most 1,000 kept
  std::uint64_t added = 0, removed = 0, modified = 0;
  bool partial = false;
  bool in_store = true;        // looked up where data would have to come from there
  std::optional<bool> pushed;  // as last confirmed with the default remote; nothing without one, or
                               // where that is not known and the data is not here
  std::string fault;           // of kBadPointer and kConflict
  std::string outside;         // where data stands that is not in the tree; empty: nowhere
};
struct StatusReport {
  std::vector<StatusPath> paths;
  std::uint64_t files_hashed = 0;
  [[nodiscard]] bool clean() const;
};
struct StatusOptions {
  std::vector<std::string> paths;
};
Result<StatusReport> status(const Context& context, Repository& repository,
                            const StatusOptions& options);

// ---- checkout, restore ----
struct CheckoutOptions {
  std::string revision;  // empty: the pointers of the work tree
  std::vector<std::string> paths;
  std::vector<std::string> include, exclude;
  bool dry_run = false, force = false;
  bool all = false;                 // also what was left out of a partly checked out folder
  std::optional<std::string> link;  // overrides cairn.link
};
struct CheckoutReport {
  std::uint64_t written = 0, written_bytes = 0, removed = 0, unchanged = 0, untracked_kept = 0;
  std::uint64_t left_out = 0;  // files of the version that were not asked for, and never were here
  std::vector<std::string> paths;
  std::vector<std::string> outside;  // left alone: their data stands outside of the tree
  std::string fingerprint;           // of restore: cairn-ci(1), FINGERPRINT
};
Result<CheckoutReport> checkout(const Context& context, Repository& repository,
                                const CheckoutOptions& options);

struct RestoreOptions {
  std::string revision;  // empty: HEAD
  std::vector<std::string> paths;
  std::vector<std::string> include, exclude;
  std::string to, strip;
  bool dry_run = false, force = false, offline = false;
  bool no_store = false;  // nothing is kept in the store
  bool frozen = false;    // lists of files that are not here are not asked for
  std::string remote;
  std::optional<std::uint64_t> max_bytes;  // of data that may have to come
  std::string expect;                      // the fingerprint that the selected files must have
};
Result<CheckoutReport> restore(const Context& context, Repository& repository,
                               const RestoreOptions& options);

// ---- diff ----
struct DiffOptions {
  std::string from, to;  // empty `to`: the work tree's pointers; empty `from`: HEAD
  std::vector<std::string> paths;
  bool inside = false;  // also what changed inside of models and tables: reads their data
};
struct InsideDiff;  // inside_diff.hpp
struct DiffFile {
  enum class Kind { kAdded, kRemoved, kChanged, kMoved };
  Kind kind = Kind::kChanged;
  std::string path, old_path;
  std::uint64_t old_size = 0, new_size = 0;
  std::shared_ptr<const InsideDiff> inside = {};  // null: not asked for, or there is none
};
struct DiffPath {
  std::string path;
  bool added = false, removed = false;
  std::uint64_t old_bytes = 0, new_bytes = 0, old_files = 0, new_files = 0;
  std::vector<DiffFile> files;
  std::uint64_t files_added = 0, files_removed = 0, files_changed = 0, files_moved = 0;
  std::uint64_t new_chunk_bytes =
      0;  // plain bytes of chunks of the new version that the old one does not have
  std::uint64_t reused_bytes =
      0;  // of new_bytes, those whose chunks the old version has too, in whatever file
  std::uint64_t chunks = 0, chunks_reused = 0;  // of files that differ
};
struct DiffReport {
  std::vector<DiffPath> paths;
};
Result<DiffReport> diff(const Context& context, Repository& repository, const DiffOptions& options);

// ---- rm, mv ----
struct RemoveOptions {
  std::vector<std::string> paths;
  bool keep = false, dry_run = false, force = false;
};
Result<std::vector<std::string>> remove(const Context& context, Repository& repository,
                                        const RemoveOptions& options);
struct MoveOptions {
  std::string from, to;
  bool dry_run = false;
};
Result<std::pair<std::string, std::string>> move(Repository& repository,
                                                 const MoveOptions& options);

// ---- remotes ----
struct RemoteAddOptions {
  std::string name, url;
  bool make_default = false;
  std::map<std::string, std::string> options = {};  // "endpoint", "region"…, as in cairn-config(5)
  bool local = false;  // in this clone's git config alone, also where it could be committed
  bool dry_run = false;
  bool allow_http = false;  // the host of this place, and no other, may be asked over http://
};
struct RemoteEditOptions {
  std::string name;
  std::string url;  // of remote_set
  bool dry_run = false;
};
// A directory stands in this clone's git config, a URL in .cairn/config, staged; the place is
// trusted from this machine.
Status remote_add(const Context& context, Repository& repository, const RemoteAddOptions& options);
Status remote_set(Repository& repository, const RemoteEditOptions& options);
Status remote_remove(Repository& repository, const RemoteEditOptions& options);
struct RemoteProbe {
  std::string step;  // "list", "read", "write", "conditional write", "delete", "clock", "region"…
  bool ok = false;
  std::string detail;
  bool fact = false;  // not tried but known: how the remote is reached
};
Result<std::vector<RemoteProbe>> remote_check(const Context& context, Repository& repository,
                                              const std::string& name);

struct PushCommandOptions {
  std::string remote;
  std::vector<std::string> paths;
  std::vector<std::string> range;  // --rev
  bool all = false, dry_run = false;
  bool flatten = false;  // send no chunk as a difference or a patch
  bool repair = false;   // write again what tells where the data is
};
struct PushedVersion {
  std::string path, id, commit;
  std::string state;  // "pushed", "already there", "missing here"
  std::vector<std::string> missing;
};
struct PushCommandReport {
  std::string remote;
  std::vector<PushedVersion> versions;
  std::uint64_t new_plain_bytes = 0, uploaded_bytes = 0, packs = 0, requests = 0, chunks = 0;
  std::uint64_t packs_named_again = 0;  // in the remote's index, by a repair
  std::uint64_t left_out =
      0;  // versions in HEAD's history that some remote-tracking branch already holds
  struct Bound {
    std::string path, id, remote;  // the one remote that may have it; empty: none
    std::string why;
  };
  std::vector<Bound>
      bound;  // left out: the committed policy says that they do not go to this remote
  [[nodiscard]] bool complete() const;
};
Result<PushCommandReport> push(const Context& context, Repository& repository,
                               const PushCommandOptions& options);

struct FetchCommandOptions {
  std::string remote, revision;  // revision empty: the work tree's pointers
  std::vector<std::string> paths, include, exclude;
  bool dry_run = false;
  bool lists_only = false;    // pages, no file data
  bool for_checkout = false;  // a partly checked out folder stays so
  bool no_store = false;      // of pull: nothing is kept in the store
};
struct FetchCommandReport {
  std::string
      remote;  // that gave something, else the first that was asked; several are joined by ", "
  std::uint64_t chunks = 0, downloaded_bytes = 0, plain_bytes = 0, requests = 0, versions = 0;
  bool dry_run = false;  // the figures are what would come
};
// kMissing when a wanted version is incomplete, naming it.
Result<FetchCommandReport> fetch(const Context& context, Repository& repository,
                                 const FetchCommandOptions& options);

struct PullReport {
  FetchCommandReport fetched;
  CheckoutReport checked_out;
};
Result<PullReport> pull(const Context& context, Repository& repository,
                        const FetchCommandOptions& options, bool force);

// ---- trust, keep ----
struct VerifyReport {
  std::uint64_t files = 0, bytes = 0;
  std::vector<FileChange> wrong;
};
Result<VerifyReport> verify(const Context& context, Repository& repository,
                            const std::vector<std::string>& paths, double share);

struct CheckOptions {
  bool pushed =
      false;          // else: staged pointers and HEAD's, and whether their data is here or pushed
  std::string range;  // of `pushed`: one revision stands for that commit alone; empty: HEAD
  std::string remote;
};
struct CheckReport {
  struct Fault {
    std::string path, id, why;             // id empty where the pointer itself is not valid
    std::string remote;                    // that was asked; empty: none
    std::vector<git::CommitInfo> commits;  // that introduced it, as far as this clone knows
  };
  std::vector<std::string> remotes;  // that were asked
  std::vector<std::string> paths;    // that have a version or a fault, sorted
  std::uint64_t commits = 0, versions = 0;
  std::uint64_t bound = 0;  // versions not asked for: the committed policy keeps them from there
  std::vector<Fault> faults;
  [[nodiscard]] bool ok() const { return faults.empty(); }
};
// Evidence for "pushed" is what the remote shows in this run, and nothing else. No file data is
// read.
Result<CheckReport> check(const Context& context, Repository& repository,
                          const CheckOptions& options);

struct FsckOptions {
  std::string repair_from, remote;  // remote: check it instead of the store
  bool structure_only = false;
  double read_share = 1.0;
  bool dry_run = false;  // of a repair: say what it would do, change nothing
};
struct FsckReport {
  std::uint64_t packs = 0, records = 0, chunks = 0, bytes_read = 0, roots = 0, repaired = 0;
  std::vector<std::string> faults, notes;
  std::vector<std::string> lost;  // chunks with no good copy, with the paths that use them
};
Result<FsckReport> fsck(const Context& context, Repository& repository, const FsckOptions& options);

struct GcOptions {
  bool apply = false, allow_unpushed = false;
  std::int64_t grace_ms = std::int64_t{14} * 24 * 3600 * 1000;
};
struct GcReport {
  std::uint64_t versions_kept = 0, unpushed_kept = 0, live_chunks = 0;
  std::uint64_t others_kept = 0;  // entries of other projects that share the store
  std::uint64_t packs_removed = 0, packs_rewritten = 0, freed_bytes = 0, kept_young_bytes = 0;
  bool applied = false;
};
Result<GcReport> gc(const Context& context, Repository& repository, const GcOptions& options);

// Bytes of the local store by what they are for.
struct CacheUse {
  std::uint64_t total = 0;         // packs, index and links on disk
  std::uint64_t older = 0;         // a remote has it, and no pointer of the work tree needs it
  std::uint64_t in_use = 0;        // a remote has it, and a pointer of the work tree needs it
  std::uint64_t only_here = 0;     // of versions that no remote is known to have
  std::uint64_t unreferenced = 0;  // of no version: what gc removes
  std::uint64_t lists = 0;         // pages: lists of files and chunks
  std::uint64_t links = 0;         // whole files shared with checkouts
};
struct CacheReport {
  std::string directory;
  CacheUse use;  // by what pushes and fetches noted; nothing is asked
};
Result<CacheReport> cache(const Context& context, Repository& repository);

struct PruneOptions {
  std::uint64_t max_bytes = 0;
  std::string remote;
  bool dry_run = false;
};
struct PruneReport {
  struct Kept {
    std::string path, id, why;  // of a version that the remote did not confirm
  };
  std::string remote;
  std::uint64_t max_bytes = 0, before = 0, after = 0, chunks = 0, packs_removed = 0,
                packs_rewritten = 0;
  std::uint64_t confirmed = 0;  // versions
  std::vector<Kept> kept;
  CacheUse use;  // before, by what the remote confirmed in this run
  bool applied = false;
  [[nodiscard]] bool fits() const { return after <= max_bytes; }
};
Result<PruneReport> cache_prune(const Context& context, Repository& repository,
                                const PruneOptions& options);

}  // namespace cairn::repo
