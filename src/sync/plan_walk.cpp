// The first half of a plan: which pages and chunks the versions need.
#include <algorithm>
#include <utility>

#include "base/cpu_pool.hpp"
#include "store/chunk_reader.hpp"
#include "sync/closure.hpp"
#include "sync/planning.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kOlderRootsPerVersion = 2;
constexpr std::size_t kProbesPerVersion = 8;  // requests spent on finding them

// Enters the pages of one version into the plan.
class VersionWalk final : public ClosureVisitor {
 public:
  VersionWalk(Plan& plan, std::uint32_t version,
              const std::unordered_map<ChunkId, const format::TableEntry*>& older)
      : plan_(plan), version_(version), pages_(plan.versions[version].pages), older_(older) {}

  Result<bool> enter(format::ClosureKind, const ChunkId& id) override {
    const auto known = plan_.page_numbers.find(id);
    if (known == plan_.page_numbers.end()) return true;
    const PlanPage& page = plan_.pages[known->second];
    if (page.seen_count == 0) return true;
    const std::vector<std::uint32_t>& seen = plan_.versions[page.seen_version].pages;
    for (std::uint32_t i = 0; i < page.seen_count; ++i) {
      const std::uint32_t number = seen[page.seen_at + i];  // by value: `seen` may be pages_ itself
      pages_.push_back(number);
    }
    return false;
  }

  Status page(format::ClosureKind kind, const ChunkId& id, std::uint8_t level,
              std::uint32_t bytes) override {
    const auto [known, added] =
        plan_.page_numbers.try_emplace(id, static_cast<std::uint32_t>(plan_.pages.size()));
    if (added) {
      PlanPage page;
      page.kind = kind;
      page.level = level;
      page.leaf = level == 0;
      page.bytes = bytes;
      page.id = id;
      if (const auto old = older_.find(id); old != older_.end()) {
        page.old = old->second;
      } else {
        page.chunk = plan_.chunks.add(id, bytes);
      }
      plan_.pages.push_back(page);
    }
    open_.push_back({known->second, static_cast<std::uint32_t>(pages_.size())});
    pages_.push_back(known->second);
    return {};
  }

  Status leaf(const ChunkId&, std::span<const format::ChunkRef> chunks) override {
    const std::uint32_t number = open_.back().page;
    PlanPage& page = plan_.pages[number];
    page.ref_count = static_cast<std::uint32_t>(chunks.size());
    const bool old_serves = page.old != nullptr && page.old->locator.has_value();
    if (!old_serves && !page.has_refs) add_leaf_refs(plan_, number, chunks);
    return {};
  }

  Status leave(const ChunkId&) override {
    const auto [number, at] = open_.back();
    open_.pop_back();
    PlanPage& page = plan_.pages[number];
    page.seen_version = version_;
    page.seen_at = at;
    page.seen_count = static_cast<std::uint32_t>(pages_.size()) - at;
    return {};
  }

 private:
  struct OpenPage {
    std::uint32_t page = 0;
    std::uint32_t at = 0;
  };
  Plan& plan_;
  std::uint32_t version_;
  std::vector<std::uint32_t>& pages_;
  const std::unordered_map<ChunkId, const format::TableEntry*>& older_;
  std::vector<OpenPage> open_;
};

void add_one_chunk_version(Plan& plan, PlanVersion& version) {
  PlanPage page;
  page.kind = format::ClosureKind::kChunk;
  page.id = version.closure.as<ChunkId>();
  page.bytes = static_cast<std::uint32_t>(version.asked->pointer.size_bytes);
  page.chunk = plan.chunks.add(page.id, page.bytes);
  page.has_refs = true;
  version.pages.push_back(static_cast<std::uint32_t>(plan.pages.size()));
  plan.pages.push_back(page);
}

// A root that cannot be read is no help, and no reason to stop.
Result<bool> load_older_root(const PlanInputs& inputs, const Digest& closure, Plan& plan) {
  for (const auto& table : plan.older) {
    if (table->root.closure == closure) return true;
  }
  const auto root = inputs.view.read_root(inputs.options.project, closure);
  if (!root.ok() && is_gone_or_damaged(root.error())) return false;
  if (!root.ok()) return root.error();
  if (!*root) return false;
  const auto is_this = [&](const RemoteTablePtr& known) {
    return known->root.closure == closure && known->root.table == (*root)->root.table;
  };
  const auto known = std::ranges::find_if(inputs.tables, is_this);
  if (known != inputs.tables.end()) {
    plan.older.push_back(*known);
    return true;
  }
  auto table = read_table(inputs.view, (*root)->root);
  if (!table.ok() && is_gone_or_damaged(table.error())) return false;
  if (!table.ok()) return std::move(table).error();
  plan.older.push_back(std::make_shared<const RemoteTable>(*std::move(table)));
  return true;
}

}  // namespace

void add_leaf_refs(Plan& plan, std::uint32_t page, std::span<const format::ChunkRef> chunks) {
  PlanPage& leaf = plan.pages[page];
  leaf.has_refs = true;
  leaf.first_ref = plan.refs.size();
  leaf.ref_count = static_cast<std::uint32_t>(chunks.size());
  for (const format::ChunkRef& chunk : chunks) {
    plan.refs.push_back(plan.chunks.add(chunk.id, chunk.length));
  }
}

Status load_older_roots(const PlanInputs& inputs, Plan& plan) {
  for (const PlanVersion& version : plan.versions) {
    std::size_t found = 0;
    std::size_t probes = 0;
    std::vector<Digest> candidates = version.asked->earlier;
    if (version.replaces_root) candidates.insert(candidates.begin(), version.closure);
    for (const Digest& closure : candidates) {
      if (found == kOlderRootsPerVersion || probes++ == kProbesPerVersion) break;
      if (plan.older.size() == kMaxOlderRoots) return {};
      CAIRN_TRY(const bool visible, load_older_root(inputs, closure, plan));
      if (visible) ++found;
    }
  }
  return {};
}

format::PageFetch plan_page_fetch(const PlanInputs& inputs, const Plan& plan) {
  using Places = std::unordered_map<ChunkId, const format::TableEntry*>;
  return [&inputs, &plan, local = store::page_fetch(inputs.store),
          places = std::make_shared<Places>()](const ChunkId& id) -> Result<base::Bytes> {
    auto page = local(id);
    if (page.ok() || !is_gone_or_damaged(page.error())) return page;
    if (places->empty()) {
      for (const auto& table : plan.older) {
        for (const format::TableEntry& entry : table->entries) {
          places->try_emplace(entry.page, &entry);
        }
      }
    }
    const auto known = places->find(id);
    if (known == places->end()) return page;
    const PlacedChunk placed = placed_page(*known->second);
    const auto keep = [&](std::size_t, base::ByteView bytes) -> Status {
      page = base::Bytes(bytes.begin(), bytes.end());
      return {};
    };
    const auto ignore = [](std::size_t, const Error&) -> Status { return {}; };
    CAIRN_CHECK(read_placed(inputs.context, inputs.view.remote(), {&placed, 1}, keep, ignore));
    return page;
  };
}

Status walk_versions(const PlanInputs& inputs, Plan& plan) {
  std::unordered_map<ChunkId, const format::TableEntry*> older;
  for (const auto& table : plan.older) {
    for (const format::TableEntry& entry : table->entries) {
      if (entry.kind != format::ClosureKind::kChunk) older.try_emplace(entry.page, &entry);
    }
  }
  const format::PageFetch fetch = plan_page_fetch(inputs, plan);
  for (std::uint32_t i = 0; i < plan.versions.size(); ++i) {
    PlanVersion& version = plan.versions[i];
    if (version.kind == format::ClosureKind::kChunk) {
      add_one_chunk_version(plan, version);
      continue;
    }
    CAIRN_CHECK(base::check_stop(inputs.context));
    VersionWalk walk(plan, i, older);
    Status walked = walk_closure(version.kind, version.closure.as<ChunkId>(), fetch, walk);
    if (walked.ok()) continue;
    if (!is_gone_or_damaged(walked.error())) {
      return std::move(walked).error().with("`" + version.asked->path + "`");
    }
    version.missing = true;
  }
  return {};
}

}  // namespace cairn::sync
