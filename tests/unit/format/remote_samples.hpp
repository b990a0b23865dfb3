// Small objects of remotes, with every field in use.
#pragma once

#include "format/remote_objects.hpp"
#include "unit/format/refusals.hpp"

namespace cairn::format {

inline Place sample_place(std::string_view pack, std::uint32_t offset) {
  return {sample_id<PackId>(pack), offset, 5000, 16, 2000};
}

inline Root sample_root() {
  Root root;
  root.kind = ClosureKind::kManifest;
  root.closure = sample_id<Digest>("closure");
  for (std::size_t i = 0; i < root.project.size(); ++i)
    root.project[i] = static_cast<std::uint8_t>(i + 1);
  root.size_bytes = 10'276'045;
  root.files = 4123;
  root.stored_bytes = 9'000'000;
  root.time_ms = 1'700'000'000'123;
  root.table = sample_id<ChunkId>("table");
  root.table_place = sample_place("pack", 64);
  root.commit = std::string(40, 'a');
  root.program = "cairn 0.1.0";
  return root;
}

inline TableEntry sample_table_entry(int i) {
  TableEntry entry;
  entry.kind = i % 3 == 0 ? ClosureKind::kManifest : ClosureKind::kRecipe;
  entry.level = static_cast<std::uint8_t>(i % 3);
  entry.page = sample_id<ChunkId>("page " + std::to_string(i));
  entry.place = sample_place("pack " + std::to_string(i % 4), 64 + static_cast<std::uint32_t>(i));
  if (entry.level == 0) {
    entry.locator = sample_id<ChunkId>("locator " + std::to_string(i));
    entry.locator_place = sample_place("pack " + std::to_string(i % 5), 9000);
  }
  return entry;
}

inline bool same_entry(const TableEntry& a, const TableEntry& b) {
  const auto same_base = [](const TableBase& left, const TableBase& right) {
    return left.page == right.page && left.place == right.place;
  };
  const bool same =
      a.kind == b.kind && a.level == b.level && a.page == b.page && a.place == b.place &&
      a.locator == b.locator &&
      std::equal(a.bases.begin(), a.bases.end(), b.bases.begin(), b.bases.end(), same_base);
  return same && (!a.locator || a.locator_place == b.locator_place);
}

// Two packs, three records (the last one a patch with two bases), three references.
inline Locator sample_locator() {
  Locator locator;
  locator.records = {{sample_id<PackId>("pack 1"), 64, 900, 1000, 1, {}},
                     {sample_id<PackId>("pack 2"), 5000, 300, 4000, 4, {0, 1}},
                     {sample_id<PackId>("pack 1"), 964, 800, 700, 0, {}}};
  locator.refs = {{0, 0, 600}, {1, 0, 4000}, {0, 600, 400}};
  locator.bases = {{sample_id<ChunkId>("base 1"), {0, 0, 600}},
                   {sample_id<ChunkId>("base 2"), {2, 100, 600}}};
  return locator;
}

inline Lease sample_lease() {
  return {std::string(32, 'a'), std::string(32, 'b'), 2,
          1'700'000'000'000,    1'700'086'400'000,    "cairn 0.1.0"};
}

}  // namespace cairn::format
