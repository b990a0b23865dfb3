#include "repo/versions.hpp"

#include <algorithm>
#include <unordered_map>

#include "format/limits.hpp"

namespace cairn::repo {

namespace {
constexpr std::size_t kMaxEarlier = 4;
// Of a blob at a pointer's name, valid or not.
constexpr std::size_t kMaxBlobBytes = std::size_t{1} << 20;
}  // namespace

Result<std::vector<Tracked>> read_pointers(const Repository& repository,
                                           const std::vector<git::PointerBlob>& blobs,
                                           BadPointers bad) {
  std::vector<std::string> ids;
  ids.reserve(blobs.size());
  for (const auto& blob : blobs) ids.push_back(blob.blob);
  CAIRN_TRY(const auto texts, repository.git().read_blobs(ids, format::kMaxPointerBytes));
  std::vector<Tracked> out;
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    auto parsed = format::decode_pointer(texts[i]);
    const auto path = path_of_pointer(blobs[i].path);
    if (parsed) {
      out.push_back({path, std::move(parsed->pointer)});
    } else if (bad == BadPointers::kFail) {
      return std::move(parsed).error().with("pointer `" + blobs[i].path + "` (git object " +
                                            blobs[i].blob + ")");
    }
  }
  return out;
}

Result<std::optional<format::Pointer>> pointer_of_blob(const Repository& repository,
                                                       const std::string& blob) {
  CAIRN_TRY(const auto texts, repository.git().read_blobs({blob}, kMaxBlobBytes));
  auto parsed = format::decode_pointer(texts.front());
  return parsed ? std::optional(std::move(parsed->pointer)) : std::nullopt;
}

sync::Version plain_version(const Tracked& tracked) {
  return {tracked.path, tracked.pointer, {}, {}};
}

Result<std::vector<sync::Version>> with_history(const Repository& repository,
                                                const std::vector<Tracked>& tracked) {
  std::unordered_map<std::string, std::vector<Digest>> history;  // by path
  CAIRN_TRY(const auto head, repository.git().head());
  if (head) {
    CAIRN_TRY(const auto blobs, repository.git().pointers_in_history({"HEAD"}));
    CAIRN_TRY(const auto versions, read_pointers(repository, blobs, BadPointers::kSkip));
    for (const auto& older : versions) {
      if (const auto id = older.pointer.closure_id()) history[older.path].push_back(*id);
    }
  }
  std::vector<sync::Version> out;
  for (const auto& item : tracked) {
    auto version = plain_version(item);
    const auto found = history.find(item.path);
    for (const auto& id : found == history.end() ? std::vector<Digest>() : found->second) {
      if (id == item.pointer.closure_id()) continue;
      if (std::ranges::find(version.earlier, id) == version.earlier.end())
        version.earlier.push_back(id);
      if (version.earlier.size() == kMaxEarlier) break;
    }
    out.push_back(std::move(version));
  }
  return out;
}

}  // namespace cairn::repo
