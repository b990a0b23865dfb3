// What must be written and removed to make one tracked path match a version, and what stands in the
// way. Pure over a LocalTree whose ids are all known.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "format/page.hpp"
#include "repo/tree_state.hpp"
#include "workdir/materialise.hpp"

namespace cairn::repo {

struct TreePlan {
  std::vector<workdir::WriteItem> writes;  // paths from the repository root
  std::vector<std::string> remove;         // of the older version, unmodified here
  std::vector<std::string> conflicts;      // would lose work
  std::vector<std::size_t>
      going;  // nodes whose bytes, unmodified, give way; links and empty files aside
  std::vector<workdir::CachedFile> kept;  // already as the version has it; for the next stat cache
  std::uint64_t unchanged = 0, untracked_kept = 0, unwanted = 0;
  bool up_to_date = false;  // nothing to do, the state on disk need not even be saved
};

// Whether the bytes with this id could be brought back from the store.
using Recoverable = std::function<bool(const FileId& id, std::uint64_t size_bytes)>;
using Wants = std::function<bool(std::string_view path)>;

// Whether a file that is right, node i, also has the form (copy, link) that was asked for.
using HasForm = std::function<Result<bool>(std::size_t i)>;

struct PlanRules {
  Wants wants;  // gets paths from the repository root
  Recoverable recoverable;
  HasForm has_form;  // none: any form does
};

// Gets the entries of the version one by one, in order; `local` outlives it.
class TreePlanner {
 public:
  TreePlanner(std::string tracked, const LocalTree& local, PlanRules rules);
  // How many entries will come, as far as is known.
  void expect(std::uint64_t entries);
  Status add(const format::ManifestEntry& entry);
  TreePlan finish();

 private:
  void add_extra(std::size_t i);
  [[nodiscard]] std::optional<FileId> known_at(std::string_view inside);

  std::string tracked_;
  const LocalTree& local_;
  PlanRules rules_;
  TreePlan plan_;
  std::size_t node_ = 0;  // the next one
  std::size_t cached_ = 0;
};

// True when scan, stat cache and pointer agree without a look at the manifest.
bool is_up_to_date(const format::Pointer& pointer, const LocalTree& local);

// What of an entry a node is held against.
struct NodeKey {
  FileId id;  // state_id()
  format::EntryType type = format::EntryType::kFile;
  bool executable = false;
};
NodeKey node_key(const format::ManifestEntry& entry);

// Whether a node with this id is that entry, links and executable bit included.
bool same_node(const workdir::ScannedNode& node, const FileId& id, const NodeKey& entry);

}  // namespace cairn::repo
