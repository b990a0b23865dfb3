// Looking into the list of a folder's version reads the pages on the way, and no others.
#include "repo/tree_state.hpp"

#include <fmt/core.h>

#include "unit/format/page_store.hpp"

namespace cairn::repo {
namespace {

TEST(TreeState, LooksBelowAPathOnItsPagesAlone) {
  format::PageStore store;
  std::vector<format::ManifestEntry> entries;
  for (int i = 0; i < 20000; ++i) {
    entries.push_back(format::sample_file(fmt::format("{:02}/{:05}", i / 1000, i), 10));
  }
  const auto top = format::build_manifest(store, entries);
  ASSERT_TRUE(top.ok());
  ASSERT_GT(store.emitted, 50);
  format::Pointer folder;
  folder.kind = format::Pointer::Kind::kFolder;
  folder.oid = top->id.as<Digest>();
  const auto has = [&](const std::string& path) {
    store.fetched = 0;
    const auto found = has_entries_below(folder, store.fetch(), path);
    EXPECT_LE(store.fetched, 6) << path;
    return found.ok() && *found;
  };
  EXPECT_TRUE(has("00"));
  EXPECT_TRUE(has("07"));
  EXPECT_TRUE(has("19"));
  for (const auto* path : {"", "0", "07/", "07/07000", "07/0700", "071", "99"}) {
    EXPECT_FALSE(has(path)) << path;
  }
}

}  // namespace
}  // namespace cairn::repo
