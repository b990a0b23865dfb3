// A version as its root on the remote describes it: the root, the places of its pages and locators,
// and whether all of that is there.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "format/remote_objects.hpp"
#include "sync/record_reader.hpp"
#include "sync/remote_view.hpp"

namespace cairn::sync {

struct RemoteTable {
  format::Root root;
  std::vector<format::TableEntry> entries;  // in the table's order
  std::vector<PlacedChunk> pages;           // of the table itself
};
using RemoteTablePtr = std::shared_ptr<const RemoteTable>;
// kMissing or kCorrupt when a page of the table is not there or wrong.
Result<RemoteTable> read_table(const RemoteView& view, const format::Root& root);
// Of many versions, in their order: pages of several come with the same requests. A table that
// cannot be read is handed on as its error.
using TableVisit = std::function<Status(std::size_t index, Result<RemoteTable> table)>;
Status read_tables(const RemoteView& view, std::span<const format::Root> roots,
                   const TableVisit& visit);

// A page of the version.
PlacedChunk placed_page(const format::TableEntry& entry);

inline bool is_leaf(const format::TableEntry& entry) {
  return entry.kind != format::ClosureKind::kChunk && entry.level == 0;
}

// Decoded locators of the leaves `wanted` says yes to, in the order of places. A locator that
// cannot be read, or that is not well formed, goes to `on_fault`.
using LocatorVisit = std::function<Status(std::size_t entry, const format::Locator& locator)>;
Status read_locators(const RemoteView& view, const RemoteTable& table,
                     const std::function<bool(std::size_t entry)>& wanted,
                     const LocatorVisit& visit, const PlacedFault& on_fault);

// The chunks that a leaf refers to, in the order of its locator's references.
Result<std::vector<format::ChunkRef>> leaf_chunks(format::ClosureKind kind, base::ByteView page);

// The same for one entry of a manifest: nothing for a file with a recipe, whose chunks belong to
// the recipe's leaves.
void append_chunks(const format::ManifestEntry& entry, std::vector<format::ChunkRef>& out);

enum class Judge {
  kPresent,  // packs listed, long enough
  kCounts,   // and never condemned, records not marked as damaged
};
// Why this version cannot be called complete; nothing when everything that its root names is there.
// Packs must have been listed (and condemned and bad lists read, for kCounts). `relied` gets every
// pack that the version needs.
Result<std::optional<std::string>> fault_of_version(const RemoteView& view,
                                                    const RemoteTable& table, Judge judge,
                                                    std::unordered_set<PackId>* relied);

// The same for many versions at once: what they share is read and judged once.
using VersionFaults = std::vector<std::optional<std::string>>;
Result<VersionFaults> faults_of_versions(const RemoteView& view,
                                         std::span<const format::Root> roots, Judge judge);

// The record and, for a difference or a patch, its bases.
bool record_counts(const RemoteView& view, const format::Locator& locator, std::size_t record,
                   Judge judge);

}  // namespace cairn::sync
