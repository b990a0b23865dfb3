// The steps that make a Plan (plan.hpp), in their order.
#pragma once

#include "sync/journal.hpp"
#include "sync/plan.hpp"

namespace cairn::sync {

struct PlanInputs {
  const Context& context;
  const store::Store& store;
  RemoteView& view;  // condemned and bad lists have been read after the lease was written
  const Journal& own_packs;
  const PushOptions& options;
  std::span<const RemoteTablePtr> tables = {};  // of visible roots, read before in this run
};
// What one push compares with.
inline constexpr std::size_t kMaxOlderRoots = 16;

// The whole of it. Versions of which something is neither here nor on the remote come back as
// missing, without a place for it; all others can be uploaded.
Result<std::unique_ptr<Plan>> make_plan(const PlanInputs& inputs,
                                        std::vector<PlanVersion> versions);

// --- the steps ---
// Reads the tables of the nearest visible roots of each version.
Status load_older_roots(const PlanInputs& inputs, Plan& plan);
// Lists the pages of each version; pages unknown to the older roots, and what their leaves need,
// become chunks to be found.
Status walk_versions(const PlanInputs& inputs, Plan& plan);
// Adds what the local differences and patches among these chunks are based on, to be looked for
// together with them.
Status note_local_bases(const PlanInputs& inputs, Plan& plan);
// Looks through the older roots: which of their pages and locators count, and where they have
// chunks that are looked for.
Status compare_with_older(const PlanInputs& inputs, Plan& plan);
// Looks for the rest: in own packs of this push or an interrupted one, with --dedup=all in the
// index, in the local store, last in condemned packs that can still be read.
Status find_chunks(const PlanInputs& inputs, Plan& plan);

// Pages from the local store, else from where an older root has them.
format::PageFetch plan_page_fetch(const PlanInputs& inputs, const Plan& plan);
// Adds the chunks of a leaf to those to be found.
void add_leaf_refs(Plan& plan, std::uint32_t page, std::span<const format::ChunkRef> chunks);
// Takes a counting copy on the remote for a chunk that is looked for. The bases of its record, with
// their own copies, come along; false when one of them cannot be had as a plain copy.
struct RemoteCopy {
  PlanRecord record;  // kRemote
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  struct Base {
    ChunkId id;
    PlanRecord record;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
  };
  std::vector<Base> bases;
};
bool take_remote_copy(Plan& plan, std::uint32_t chunk, const RemoteCopy& copy);

}  // namespace cairn::sync
