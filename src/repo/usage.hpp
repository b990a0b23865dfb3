// du: what paths and their versions take in the local store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

// What is stored in one codec of the chunks and lists that are counted.
struct CodecUse {
  std::string codec;  // "zstd", "difference", …
  std::uint64_t chunks = 0, unique = 0, stored = 0;
};

// Of one version, or of several.
struct Use {
  std::uint64_t logical = 0;     // bytes of all files
  std::uint64_t unique = 0;      // plain bytes of chunks, each once; not those counted before
  std::uint64_t stored = 0;      // what these and the lists of them take in the store
  std::uint64_t absent = 0;      // of `unique`, those that are not in the store
  std::vector<CodecUse> codecs;  // adds up to `stored`, and to `unique` without `absent`
};

struct UsedVersion {
  std::string oid;              // hex
  std::string commit, subject;  // that brought it; empty: no commit of HEAD's history
  std::int64_t time_s = 0;
  bool lists_here = true;  // false: only what the lists at hand tell is counted
  Use added;               // that no version before it has
};

struct UsageReport {
  struct Path {
    std::string path;
    std::uint64_t versions = 0;
    Use use;
    std::vector<UsedVersion> history;  // if asked for: oldest first, then those of no commit
  };
  std::vector<Path> paths;  // sorted
  Use use;                  // what several paths share counts once
  std::uint64_t store_bytes = 0;
};
struct UsageOptions {
  std::vector<std::string> paths;
  bool history = false;
};
Result<UsageReport> usage(const Context& context, Repository& repository,
                          const UsageOptions& options);

}  // namespace cairn::repo
