#include "hooks/data_checks.hpp"

#include "base/counted.hpp"
#include "base/text.hpp"
#include "hooks/new_data.hpp"
#include "hooks/unsafe_files.hpp"
#include "repo/below.hpp"

namespace cairn::hooks {

namespace {

// Null where nothing was stored yet.
Result<const store::Store*> store_to_read(const Context& context, repo::Repository& repository) {
  auto store = repository.store(context, store::Store::Access::kRead);
  if (store) return static_cast<const store::Store*>(*store);
  if (store.error().code() != Code::kMissing) return std::move(store).error();
  return static_cast<const store::Store*>(nullptr);
}

struct UnsafeFiles {
  std::uint64_t count = 0;
  std::string first;
};

Result<UnsafeFiles> unsafe_files(Parents& parents, const store::Store& store,
                                 const repo::Tracked& tracked) {
  UnsafeFiles out;
  const auto look_at = [&](const format::ManifestEntry& entry) -> Status {
    const auto path = repo::path_below(tracked.path, entry.path);
    if (!may_run_code(path)) return {};
    auto file = repo::ChunkedFile::open(store, entry);
    if (!file || !runs_code(path, *file)) return {};
    if (out.count++ == 0) out.first = path;
    return {};
  };
  CAIRN_CHECK(for_each_new_file(parents, store, tracked, look_at));
  return out;
}

}  // namespace

Result<std::vector<Fault>> check_budget(const Context& context, repo::Repository& repository,
                                        Parents& parents,
                                        const std::vector<repo::Tracked>& staged) {
  std::vector<Fault> out;
  const auto limit = repository.settings().hooks.max_commit_bytes;
  if (limit == 0 || staged.empty()) return out;
  CAIRN_TRY(const auto* store, store_to_read(context, repository));
  if (!store) return out;
  CAIRN_TRY(const auto bytes, new_bytes(parents, *store, staged, limit));
  if (bytes <= limit) return out;
  out.push_back({"",
                 "this commit brings " + base::human_bytes(bytes) +
                     " of new data, more than cairn.max-commit (" + base::human_bytes(limit) + ")",
                 {"cairn diff HEAD  # what is new", "git config cairn.max-commit 0  # any size"},
                 false});
  return out;
}

Result<std::vector<Fault>> check_models(const Context& context, repo::Repository& repository,
                                        Parents& parents,
                                        const std::vector<repo::Tracked>& staged) {
  std::vector<Fault> out;
  const auto& policy = repository.settings().hooks.unsafe_models;
  if (policy == "off" || staged.empty()) return out;
  CAIRN_TRY(const auto* store, store_to_read(context, repository));
  if (!store) return out;
  for (const auto& tracked : staged) {
    const bool file = tracked.pointer.kind == format::Pointer::Kind::kFile;
    if (file && !may_run_code(tracked.path)) continue;
    CAIRN_TRY(const auto found, unsafe_files(parents, *store, tracked));
    if (found.count == 0) continue;
    const std::string what = found.first == tracked.path
                                 ? "runs code of its own when it is read, as every pickle does"
                                 : "has " + base::counted(found.count, "new file") +
                                       " whose reading runs code, as with every pickle (first: " +
                                       base::printable(found.first) + ")";
    out.push_back({tracked.path,
                   what,
                   {"safetensors or npz for arrays, CSV or Parquet for tables",
                    "git config cairn.unsafe-models off  # if all who read it trust who wrote it"},
                   policy == "warn"});
  }
  return out;
}

}  // namespace cairn::hooks
