// Pages and tables: what one entry costs to write, to read and to find.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <map>
#include <random>

#include "crypto/sha256.hpp"
#include "format/table.hpp"
#include "format/tree.hpp"

namespace cairn::format {
namespace {

template <typename IdType>
IdType random_id(std::mt19937_64& random) {
  IdType id;
  for (std::size_t at = 0; at < 32; at += 8) {
    const std::uint64_t word = random();
    std::memcpy(&id.bytes[at], &word, 8);
  }
  return id;
}

std::vector<ManifestEntry> some_entries(std::size_t count) {
  std::mt19937_64 random(1);
  std::vector<ManifestEntry> entries(count);
  for (std::size_t i = 0; i < count; ++i) {
    entries[i].path = fmt::format("train/class-{:04}/image_{:08}.jpeg", i / 1000, i);
    entries[i].size_bytes = 1 + random() % 200'000;
    entries[i].file_id = random_id<FileId>(random);
  }
  return entries;
}

using Pages = std::map<ChunkId, base::Bytes>;

Result<TreeTop> build(const std::vector<ManifestEntry>& entries, Pages& pages) {
  ManifestBuilder builder([&](const ChunkId& id, base::Bytes page) {
    pages.emplace(id, std::move(page));
    return Status();
  });
  for (const ManifestEntry& entry : entries) CAIRN_CHECK(builder.add(entry));
  return builder.finish();
}

void manifest_build(benchmark::State& state) {
  const auto entries = some_entries(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    Pages pages;
    benchmark::DoNotOptimize(build(entries, pages).ok());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(manifest_build)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void manifest_walk(benchmark::State& state) {
  Pages pages;
  const auto top = build(some_entries(static_cast<std::size_t>(state.range(0))), pages);
  const PageFetch fetch = [&](const ChunkId& id) -> Result<base::Bytes> { return pages.at(id); };
  for (auto _ : state) {
    std::uint64_t bytes = 0;
    const auto status =
        walk_manifest(top->id, fetch, [&](const ChunkId&, const std::vector<ManifestEntry>& leaf) {
          for (const ManifestEntry& entry : leaf) bytes += entry.size_bytes;
          return Status();
        });
    if (!status.ok()) state.SkipWithError(status.error().message().c_str());
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(manifest_walk)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void manifest_diff_one_change(benchmark::State& state) {
  Pages pages;
  auto entries = some_entries(static_cast<std::size_t>(state.range(0)));
  const auto before = build(entries, pages);
  entries[entries.size() / 2].executable = true;
  const auto after = build(entries, pages);
  const PageFetch fetch = [&](const ChunkId& id) -> Result<base::Bytes> { return pages.at(id); };
  for (auto _ : state) {
    const auto status = diff_manifests(before->id, after->id, fetch,
                                       [](const ManifestChange&) { return Status(); });
    benchmark::DoNotOptimize(status.ok());
  }
}
BENCHMARK(manifest_diff_one_change)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);

void manifest_leaf_decode(benchmark::State& state) {
  Pages pages;
  const auto top = build(some_entries(100), pages);
  const base::Bytes page = pages.at(top->id);
  for (auto _ : state) benchmark::DoNotOptimize(decode_manifest_page(page).ok());
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(manifest_leaf_decode);

void recipe_leaf_decode(benchmark::State& state) {
  std::mt19937_64 random(2);
  base::Bytes page;
  RecipeBuilder builder({}, [&](const ChunkId&, base::Bytes bytes) {
    if (page.empty()) page = std::move(bytes);
    return Status();
  });
  for (int i = 0; i < 500; ++i) {
    ChunkId id = random_id<ChunkId>(random);
    id.bytes[0] = 1;  // no cut
    if (!builder.add({id, 65'536}).ok()) state.SkipWithError("refused");
  }
  if (!builder.finish().ok()) state.SkipWithError("refused");
  for (auto _ : state) benchmark::DoNotOptimize(decode_recipe_page(page).ok());
  state.SetItemsProcessed(state.iterations() * 500);
}
BENCHMARK(recipe_leaf_decode);

// Records of eight chunks, all in one pack.
TableBuilder some_table(std::uint32_t chunks, std::vector<ChunkId>& ids) {
  std::mt19937_64 random(3);
  TableBuilder builder;
  builder.add_pack(random_id<PackId>(random), kMaxPackBytes, PackKind::kData);
  for (std::uint32_t i = 0; i < chunks; ++i) {
    if (i % 8 == 0) {
      const std::uint32_t record_bytes = 24 + 32 + 700;
      builder.add_record({64 + i / 8 * record_bytes, record_bytes, 800, 0, 8, 0, 1, 0}, {});
    }
    ids.push_back(random_id<ChunkId>(random));
    builder.add_chunk(ids.back(), i % 8 * 100, 100);
  }
  return builder;
}

void table_encode(benchmark::State& state) {
  std::vector<ChunkId> ids;
  TableBuilder builder = some_table(static_cast<std::uint32_t>(state.range(0)), ids);
  for (auto _ : state) benchmark::DoNotOptimize(builder.encode().size());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(table_encode)->Arg(1 << 20)->Unit(benchmark::kMillisecond);

void table_open_and_check(benchmark::State& state) {
  std::vector<ChunkId> ids;
  const base::Bytes bytes = some_table(static_cast<std::uint32_t>(state.range(0)), ids).encode();
  for (auto _ : state) {
    const auto table = TableView::open(bytes);
    if (!table.ok() || !table->check().ok()) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(table_open_and_check)->Arg(1 << 20)->Unit(benchmark::kMillisecond);

void find_all(benchmark::State& state, const TableView& table, const std::vector<ChunkId>& wanted) {
  std::size_t at = 0;
  for (auto _ : state) {
    const auto range = table.find(wanted[at]);
    benchmark::DoNotOptimize(range.last - range.first);
    at = at + 1 == wanted.size() ? 0 : at + 1;
  }
  state.SetItemsProcessed(state.iterations());
}

void table_find_hit(benchmark::State& state) {
  std::vector<ChunkId> ids;
  const base::Bytes bytes = some_table(static_cast<std::uint32_t>(state.range(0)), ids).encode();
  find_all(state, *TableView::open(bytes), ids);
}
BENCHMARK(table_find_hit)->Arg(1 << 10)->Arg(1 << 20);

void table_find_miss(benchmark::State& state) {
  std::vector<ChunkId> ids;
  const base::Bytes bytes = some_table(static_cast<std::uint32_t>(state.range(0)), ids).encode();
  std::mt19937_64 random(4);
  for (ChunkId& id : ids) id = random_id<ChunkId>(random);
  find_all(state, *TableView::open(bytes), ids);
}
BENCHMARK(table_find_miss)->Arg(1 << 10)->Arg(1 << 20);

}  // namespace
}  // namespace cairn::format
