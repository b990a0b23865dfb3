// Changes between two manifests, against a comparison of the two lists, and how few pages are read
// for them.
#include <fmt/core.h>

#include <map>
#include <random>

#include "unit/format/page_store.hpp"

namespace cairn::format {
namespace {

using Lines = std::vector<std::string>;
using Entries = std::map<std::string, ManifestEntry>;

std::vector<ManifestEntry> values(const Entries& entries) {
  std::vector<ManifestEntry> list;
  for (const auto& [path, entry] : entries) list.push_back(entry);
  return list;
}

Result<Lines> diff(PageStore& store, const ChunkId& before, const ChunkId& after) {
  Lines lines;
  CAIRN_CHECK(
      diff_manifests(before, after, store.fetch(), [&](const ManifestChange& change) -> Status {
        const char sign = change.before == nullptr ? '+' : change.after == nullptr ? '-' : '~';
        lines.push_back(sign + (change.before != nullptr ? change.before : change.after)->path);
        return {};
      }));
  return lines;
}

Lines expected_lines(const Entries& before, const Entries& after) {
  std::map<std::string, char> changes;
  for (const auto& [path, entry] : before) {
    const auto at = after.find(path);
    if (at == after.end()) changes[path] = '-';
    if (at != after.end() && !at->second.same_content(entry)) changes[path] = '~';
  }
  for (const auto& [path, entry] : after) {
    if (before.find(path) == before.end()) changes[path] = '+';
  }
  Lines lines;
  for (const auto& [path, sign] : changes) lines.push_back(sign + path);
  return lines;
}

TEST(ManifestDiff, TellsWhatWasAddedRemovedAndChanged) {
  PageStore store;
  auto changed = sample_file("c", 2);
  changed.executable = true;
  const auto before =
      build_manifest(store, {sample_file("a"), sample_file("c", 2), sample_file("d")});
  const auto after = build_manifest(store, {sample_file("b"), changed, sample_file("d")});
  const auto lines = diff(store, before->id, after->id);
  ASSERT_TRUE(accepted(lines));
  EXPECT_EQ(*lines, (Lines{"-a", "+b", "~c"}));
}

TEST(ManifestDiff, IgnoresHowAFileWasCut) {
  PageStore store;
  ManifestEntry cut = sample_file("a", 100);
  cut.chunks = {{sample_id<ChunkId>("1"), 40}, {sample_id<ChunkId>("2"), 60}};
  const auto before = build_manifest(store, {sample_file("a", 100), sample_file("b")});
  const auto after = build_manifest(store, {cut, sample_file("b")});
  EXPECT_NE(before->id, after->id);
  EXPECT_EQ(*diff(store, before->id, after->id), Lines{});
}

TEST(ManifestDiff, WorksWithNothingOnOneSide) {
  PageStore store;
  const auto nothing = build_manifest(store, {});
  const auto some = build_manifest(store, {sample_file("a"), sample_file("b")});
  EXPECT_EQ(*diff(store, nothing->id, some->id), (Lines{"+a", "+b"}));
  EXPECT_EQ(*diff(store, some->id, nothing->id), (Lines{"-a", "-b"}));
  store.fetched = 0;
  EXPECT_EQ(*diff(store, some->id, some->id), Lines{});
  EXPECT_EQ(store.fetched, 0);
}

void change_some(Entries& entries, std::mt19937& random) {
  const auto range = random() % 4 == 0 ? 20'000U : 300U;
  const auto start = random() % 20'000;
  for (auto count = random() % 8; count > 0; --count) {
    const auto path = fmt::format("f{:06}", start + random() % range);
    if (random() % 2 == 0) {
      entries.erase(path);
    } else {
      entries[path] = sample_file(path, 1 + random() % 100);
    }
  }
}

TEST(ManifestDiff, AgreesWithAComparisonOfTheLists) {
  std::mt19937 random(7);
  for (const int size : {0, 1, 50, 2000, 12'000}) {
    Entries first;
    while (static_cast<int>(first.size()) < size) {
      const auto path = fmt::format("f{:06}", random() % 20'000);
      first.emplace(path, sample_file(path, 1 + random() % 100));
    }
    PageStore store;
    const auto before = build_manifest(store, values(first));
    for (int round = 0; round < 12; ++round) {
      Entries second = first;
      for (int part = 0; part <= round % 3; ++part) change_some(second, random);
      const auto after = build_manifest(store, values(second));
      ASSERT_EQ(*diff(store, before->id, after->id), expected_lines(first, second));
      ASSERT_EQ(*diff(store, after->id, before->id), expected_lines(second, first));
    }
  }
}

TEST(ManifestDiff, ReadsOnlyPagesNearTheChange) {
  Entries entries;
  for (int i = 0; i < 60'000; ++i) {
    const auto path = fmt::format("{:06}", i);
    entries.emplace(path, sample_file(path));
  }
  PageStore store;
  const auto before = build_manifest(store, values(entries));
  const auto pages_before = store.pages.size();
  ASSERT_GT(pages_before, 300U);
  for (const char* where : {"000000", "030000", "059999"}) {
    for (const bool remove : {false, true}) {
      Entries changed = entries;
      if (remove) {
        changed.erase(where);
      } else {
        changed.at(where).executable = true;
      }
      const auto after = build_manifest(store, values(changed));
      store.fetched = 0;
      EXPECT_EQ(diff(store, before->id, after->id)->size(), 1U);
      EXPECT_LE(store.fetched, 10) << where;
    }
  }
}

TEST(ManifestDiff, EndsWithErrors) {
  PageStore store;
  const auto before = build_manifest(store, {sample_file("a")});
  const auto after = build_manifest(store, {sample_file("b")});
  const auto stop = [](const ManifestChange&) -> Status {
    return Error(Code::kInterrupted, "stop");
  };
  EXPECT_TRUE(refused(diff_manifests(before->id, after->id, store.fetch(), stop),
                      Code::kInterrupted, "stop"));
  store.pages.erase(after->id);
  EXPECT_TRUE(refused(diff(store, before->id, after->id), Code::kMissing, "no such page"));
}

}  // namespace
}  // namespace cairn::format
