// Push, fetch and confirmation between one store and one remote, on the Remote interface alone. The
// order of requests is PROTOCOL: lease, tombstones, packs, index, tombstones again, root,
// tombstones again, end of lease (cairn-remote(7), and ARCHITECTURE.md, "Push").
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/context.hpp"
#include "cairn/remote.hpp"
#include "format/pointer.hpp"
#include "format/remote_objects.hpp"
#include "store/session.hpp"

namespace cairn::sync {

class ChunkSink;
class FetchSource;

// One version of one path.
struct Version {
  std::string path;  // data path, for messages
  format::Pointer pointer;
  std::string commit;  // that introduced it; may be empty
  std::vector<Digest>
      earlier;  // closure ids of older versions of this path, nearest first: what to compare with
};
// Nothing for an empty file: it needs no root.
std::optional<format::ClosureKind> closure_kind(const format::Pointer& pointer);

struct PushOptions {
  std::string project;     // 32 hex
  std::string program;     // "cairn 0.1.0"
  bool dry_run = false;    // plan only: reads, no writes
  bool dedup_all = false;  // compare with every index object, not only with the nearest roots
  // Write roots again even where one is visible, and the index where packs are named by no readable
  // object of it. What is read is the remote's own, no kept page.
  bool repair = false;
  bool flatten = false;  // send every chunk in full, none as a difference or a patch
};

enum class VersionState { kPushed, kAlreadyThere, kMissingLocally };
struct VersionResult {
  VersionState state = VersionState::kPushed;
  std::vector<std::string> missing;  // first few files whose chunks are not here
};
struct PushReport {
  std::vector<VersionResult> versions;  // as asked
  std::uint64_t chunks = 0, new_plain_bytes = 0, uploaded_bytes = 0, packs = 0, requests = 0;
  std::uint64_t packs_named_again = 0;  // by new index objects, in a repair
};
// kPushed and kAlreadyThere are said only for what was confirmed on the remote in this run. A
// version with chunks missing locally (and on the remote) is not pushed; others are. Resumes: packs
// of an interrupted push by this machine are found through the journal in `journal_directory` and
// used again after the same tests. Pages of root tables and locators that this machine knows are
// not asked for (page_cache.hpp), unless `repair`.
Result<PushReport> push_versions(const Context& context, const store::Store& store, Remote& remote,
                                 const std::vector<Version>& versions, const PushOptions& options,
                                 const std::string& journal_directory);

struct FetchOptions {
  std::string project;
  bool dry_run = false;
  // Which files are wanted (path from the repository root); empty: all. Pages come in any case.
  std::function<bool(std::string_view path)> wants;
};
struct FetchReport {
  std::uint64_t chunks = 0, downloaded_bytes = 0, plain_bytes = 0, requests = 0;
  std::vector<std::string>
      missing;  // paths of versions (or files) that the remote does not have completely
  std::vector<std::string> archived;  // keys of packs that the store does not give out before it
                                      // was asked to bring them back
  bool damaged = false;               // some of it is there, but not the bytes that its name says
  bool too_new = false;        // some of it is stored in a way that only a newer program reads
  std::vector<Digest> rooted;  // closures whose root was read there in this run; none is read where
                               // nothing is missing here
};
// Brings pages and wanted chunks that are not here into the store; each is decoded and hashed
// before it enters. Commits in steps, so an interrupted fetch continues where it was. `missing` is
// not an error of this function. With a sink, chunks go to it as well; it alone says which ones
// come, and pages are here already.
Result<FetchReport> fetch_versions(store::Store& store, FetchSource& source,
                                   const std::vector<Version>& versions,
                                   const FetchOptions& options, ChunkSink* sink = nullptr);

// Brings these chunks, wherever the remote has them (index objects), for fsck --repair-from.
// Returns those not found.
Result<std::vector<ChunkId>> fetch_chunks(const Context& context, store::Store& store,
                                          Remote& remote, const std::vector<ChunkId>& chunks);

// Which of these versions are complete on the remote now: root visible, and every pack that its
// table and locators name seen in this run by listing, with its size. No cache is evidence.
struct Confirmation {
  bool complete = false;
  std::string why;  // when not: "no root", "pack ab12… is missing", …
};
enum class Confirm {
  kPresent,    // it can be restored now
  kMayRelyOn,  // and nothing it needs is condemned or known as damaged: what a push asks before it
               // says "already there"
};
Result<std::vector<Confirmation>> confirm_versions(const Context& context, Remote& remote,
                                                   const std::vector<Version>& versions,
                                                   const std::string& project,
                                                   Confirm how = Confirm::kPresent);

// Writes cairn.json when it is absent, else checks it. kTooNew, kCorrupt.
Status prepare_remote(const Context& context, Remote& remote, bool may_create);

struct DamagedRecord {
  PackId pack;
  std::uint32_t offset = 0;  // format::kWholePack: the header or footer of the pack
};
// Structure and, for a share of the packs, content. `read_share` 0..1. A record that is marked as
// damaged is not read: it is a fault only of the versions that still need it.
struct RemoteCheckReport {
  std::uint64_t roots = 0, packs = 0, records = 0, bytes_read = 0;
  std::uint64_t marked = 0;  // records that were marked before
  std::vector<std::string> faults;
  std::vector<std::string> superseded;  // damage that is told, and concerns no version any more
  std::vector<DamagedRecord> damaged;   // wrong bytes, and no mark yet
};
Result<RemoteCheckReport> check_remote(const Context& context, Remote& remote, double read_share);

// From now on they count as copies for nobody: the next push of a version that needs them sends
// other ones.
Status mark_damaged(const Context& context, Remote& remote,
                    const std::vector<DamagedRecord>& records);

}  // namespace cairn::sync
