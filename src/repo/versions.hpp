// Versions as the transfer layer wants them: which pointers an operation is about, and which older
// ones of the same path to compare with.
#pragma once

#include "repo/repository.hpp"
#include "sync/transfer.hpp"

namespace cairn::repo {

// Pointers (path, blob) of git objects, read and decoded. Blobs that are no valid pointers are
// skipped when `strict` says so.
enum class BadPointers { kFail, kSkip };
Result<std::vector<Tracked>> read_pointers(const Repository& repository,
                                           const std::vector<git::PointerBlob>& blobs,
                                           BadPointers bad);
// One of them; nothing where the blob is no valid pointer.
Result<std::optional<format::Pointer>> pointer_of_blob(const Repository& repository,
                                                       const std::string& blob);

// Versions with `earlier` filled from the history of their paths, nearest first, at most four each.
Result<std::vector<sync::Version>> with_history(const Repository& repository,
                                                const std::vector<Tracked>& tracked);

sync::Version plain_version(const Tracked& tracked);

}  // namespace cairn::repo
