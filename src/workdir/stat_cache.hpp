// StatCache: what was known about files of this work tree when they were last hashed or written:
// (path) -> (stat, file id). One file per tracked path under $GIT_DIR/cairn/, a flat sorted table
// read by map and replaced by rename (measured against SQLite: 1.5 ms against 23 ms to load 100,000
// rows). Rebuildable: a lost or foreign file costs a re-hash.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "cairn/digest.hpp"
#include "workdir/scan.hpp"

namespace cairn::workdir {

struct CachedFile {
  std::string path;  // relative to the tracked folder; "" for a file tracked on its own
  StatKey stat;
  FileId id;
};

// Also records which version of the path was materialised here, and whether only part of it.
struct WorkState {
  Digest oid;            // of the pointer whose data the tree was last made to match, zero: none
  bool partial = false;  // some files were never materialised: absence is not removal
  std::vector<CachedFile>
      files;  // sorted by path; for a partial tree, exactly those that were materialised
};

class StatCache {
 public:
  // `directory` is $GIT_DIR/cairn; `tracked` the data path. Absent or damaged: an empty state.
  static Result<StatCache> load(const std::string& directory, const std::string& tracked);
  // What was saved of version `oid` for another path whose data is here now: one of `nodes` is the
  // same file as then, which git moved with the folder around it. Else an empty state.
  static Result<StatCache> find_moved(const std::string& directory, const Digest& oid,
                                      const std::vector<ScannedNode>& nodes);
  [[nodiscard]] bool exists() const;
  [[nodiscard]] const Digest& oid() const;
  [[nodiscard]] bool partial() const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::string_view path(std::size_t i) const;
  [[nodiscard]] FileId id(std::size_t i) const;
  [[nodiscard]] std::uint32_t mode(std::size_t i) const;  // as recorded
  // The file id, when `stat` equals the recorded one and the entry is not racy: max(mtime, ctime)
  // must be older than the moment the entry was made by at least the racy window (20 ms with
  // nanosecond stamps, 2 s on FAT and network mounts). `hint` is an index where the search starts;
  // pass the previous result + 1 when walking in order.
  [[nodiscard]] std::optional<FileId> lookup(std::string_view path, const StatKey& stat,
                                             std::size_t& hint) const;
  // Whether the path was materialised here (whatever its stat now).
  [[nodiscard]] bool knows(std::string_view path, std::size_t& hint) const;

  // Whether one of them is the same file now as then.
  [[nodiscard]] bool lists_one_of(const std::vector<ScannedNode>& nodes) const;

  // `made_at_ns`: the file system's own clock before hashing started (filesystem_now_ns).
  static Status save(const std::string& directory, const std::string& tracked,
                     const WorkState& state, std::int64_t made_at_ns);
  static Status remove(const std::string& directory, const std::string& tracked);
  // What was saved for `from` becomes what is known of `to`; nothing happens where nothing was
  // saved.
  static Status move(const std::string& directory, const std::string& from, const std::string& to);
  // The work tree's file system clock: the mtime of a probe file just written in `directory`.
  static Result<std::int64_t> filesystem_now_ns(const std::string& directory);

 private:
  static StatCache open(const std::string& path);
  base::MappedFile map_;
  base::ByteView records_, strings_;
  // layout details in stat_cache.cpp
};

}  // namespace cairn::workdir
