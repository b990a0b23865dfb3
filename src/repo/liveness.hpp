// Which chunks the versions of this repository need: the mark phase of gc, and what fsck and du
// walk.
#pragma once

#include <functional>
#include <unordered_set>

#include "repo/repository.hpp"

namespace cairn::repo {

inline constexpr int kReflogDays = 90;  // how far back a version dropped by git is kept

// Visits every page and chunk id of a version once per place it stands; pages are fetched from
// `store`.
using ChunkVisit =
    std::function<Status(const ChunkId& id, std::uint64_t plain_bytes, const std::string& path)>;
Status walk_version(const store::Store& store, const Tracked& version, const ChunkVisit& visit);

// Whether the store has every page and chunk of a version.
Result<bool> is_stored(const store::Store& store, const Tracked& version);

// The ids of a version, as far as its pages are here. A page that is not here has no children here
// that only it knows of, because fetches bring pages before chunks.
Status collect_chunks(const store::Store& store, const Tracked& version,
                      std::unordered_set<ChunkId>& into);

// Every pointer that git would keep (refs, reflogs, stashes, worktrees' indexes) and every
// worktree's pointer files. A pointer that cannot be read is an error: nothing may be collected
// then.
Result<std::vector<Tracked>> all_versions(const Repository& repository);

}  // namespace cairn::repo
