// Pages stored on top of those of an earlier version of their tree: little is stored, little more
// is read, and every entry comes back.
#include "store/page_patches.hpp"

#include <map>
#include <random>

#include "crypto/sha256.hpp"
#include "store/base_reader.hpp"
#include "store/catalogue.hpp"
#include "unit/store/ingest_fixture.hpp"

namespace cairn::store {
namespace {

using format::ChunkRef;
using format::ManifestEntry;

constexpr std::uint8_t kPatch = 4;

FileId id_of(std::uint64_t number) {
  const std::string text = std::to_string(number);
  return crypto::sha256(base::view_of(text)).as<FileId>();
}

using Content = std::map<std::string, std::uint64_t>;  // path -> what is in it
using Chunks = std::vector<std::uint64_t>;

struct PagePatchesTest : ::testing::Test {
  IngestFixture fixture;
  std::mt19937_64 random{7};
  Session::Totals totals;

  // Stores a tree that `build` gives to the sink; on top of an earlier one, if there is one.
  template <typename Build>
  ChunkId put(EarlierPagesPtr (*open)(const ChunkId&, format::PageFetch, std::uint64_t),
              const std::optional<ChunkId>& earlier, std::uint64_t size_bytes, Build&& build) {
    auto session = *Session::begin(fixture.context, *fixture.store);
    BaseChunks bases(*fixture.store, *session, std::size_t{8} << 20);
    const auto fetch = [&](const ChunkId& id) { return bases.read_any(id); };
    const format::PageSink sink =
        earlier ? patching_sink(bases, *session, open(*earlier, fetch, size_bytes))
                : session->page_sink();
    const ChunkId top = build(sink);
    totals = session->totals();
    EXPECT_TRUE(session->commit().ok());
    bases.groups().save();
    return top;
  }

  ChunkId put_manifest(const Content& content, const std::optional<ChunkId>& earlier = {}) {
    const auto open = [](const ChunkId& top, format::PageFetch fetch, std::uint64_t) {
      return earlier_manifest_pages(top, std::move(fetch));
    };
    return put(open, earlier, 0, [&](const format::PageSink& sink) {
      format::ManifestBuilder builder(sink);
      for (const auto& [path, number] : content) {
        ManifestEntry entry;
        entry.path = path;
        entry.size_bytes = 10;
        entry.file_id = id_of(number);
        EXPECT_TRUE(builder.add(entry).ok());
      }
      return builder.finish()->id;
    });
  }

  ChunkId put_recipe(const Chunks& chunks, const std::optional<ChunkId>& earlier = {}) {
    return put(earlier_recipe_pages, earlier, chunks.size() * 65'536,
               [&](const format::PageSink& sink) {
                 format::RecipeBuilder builder({}, sink);
                 for (const std::uint64_t number : chunks)
                   EXPECT_TRUE(builder.add({id_of(number).as<ChunkId>(), 65'536}).ok());
                 return builder.finish()->id;
               });
  }

  // By the pages in the store, which are hashed.
  void expect_manifest(const ChunkId& top, const Content& content) {
    auto at = content.begin();
    const auto leaf = [&](const ChunkId&, const std::vector<ManifestEntry>& entries) -> Status {
      for (const ManifestEntry& entry : entries) {
        if (at == content.end() || entry.path != at->first || entry.file_id != id_of(at->second))
          return Error(Code::kInternal, "another entry: " + entry.path);
        ++at;
      }
      return {};
    };
    const Status walked = format::walk_manifest(top, page_fetch(*fixture.store), leaf);
    EXPECT_TRUE(walked.ok()) << walked.error().message();
    EXPECT_TRUE(at == content.end());
  }
  void expect_recipe(const ChunkId& top, const Chunks& chunks) {
    std::size_t at = 0;
    const auto leaf = [&](const ChunkId&, const std::vector<ChunkRef>& some) -> Status {
      for (const ChunkRef& chunk : some) {
        if (at == chunks.size() || chunk.id != id_of(chunks[at]).as<ChunkId>())
          return Error(Code::kInternal, "another chunk");
        ++at;
      }
      return {};
    };
    const auto walked = format::walk_recipe(top, page_fetch(*fixture.store), leaf);
    EXPECT_TRUE(walked.ok()) << walked.error().message();
    EXPECT_EQ(at, chunks.size());
  }

  struct Reading {
    std::uint64_t plain_bytes = 0;   // of fresh records for all pages
    std::uint64_t stored_bytes = 0;  // of those that are there, with bases
    std::size_t patches = 0;
  };
  // What reading all pages of a tree takes.
  Reading reading_of(const std::function<Status(const format::PageVisit&)>& walk) {
    Reading sum;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> records;
    const Catalogue& catalogue = catalogue_of(*fixture.store);
    const auto fetch = page_fetch(*fixture.store);
    const auto note = [&](const ChunkPlace& place) {
      records[{place.pack, place.record.offset}] = place.record.record_bytes;
    };
    const auto on_page = [&](const ChunkId& id, const format::PageHeader&) -> Status {
      const auto page = std::make_shared<base::Bytes>(*fetch(id));
      codec::Encoder encoder;
      const ChunkRef chunk{id, static_cast<std::uint32_t>(page->size())};
      sum.plain_bytes += encode_record(encoder, {chunk}, *page, page, codec::Effort::kNormal)
                             .header.record_bytes();
      const ChunkPlace place = *catalogue.find(id);
      note(place);
      if (place.record.codec == kPatch) ++sum.patches;
      for (const ChunkId& base : catalogue.bases_of(place)) {
        EXPECT_TRUE(has_plain_copy(catalogue, base));
        for (const ChunkPlace& copy : catalogue.find_all(base, Catalogue::Copies::kGood)) {
          if (format::stands_alone(copy.record.codec)) note(copy);
        }
      }
      return {};
    };
    EXPECT_TRUE(walk(on_page).ok());
    for (const auto& [at, bytes] : records) sum.stored_bytes += bytes;
    return sum;
  }
  Reading manifest_reading(const ChunkId& top) {
    return reading_of([&](const format::PageVisit& on_page) {
      const auto leaf = [](const ChunkId&, const std::vector<ManifestEntry>&) { return Status(); };
      return format::walk_manifest(top, page_fetch(*fixture.store), leaf, {}, on_page);
    });
  }
  Reading recipe_reading(const ChunkId& top) {
    return reading_of([&](const format::PageVisit& on_page) -> Status {
      const auto leaf = [](const ChunkId&, const std::vector<ChunkRef>&) { return Status(); };
      CAIRN_TRY([[maybe_unused]] const auto header,
                format::walk_recipe(top, page_fetch(*fixture.store), leaf, on_page));
      return {};
    });
  }

  Content sample_content(std::size_t files) {
    Content content;
    for (std::size_t i = 0; i < files; ++i)
      content["folder/" + std::to_string(100'000 + i) + ".png"] = random();
    return content;
  }
  Chunks sample_chunks(std::size_t count) {
    Chunks chunks(count);
    for (std::uint64_t& chunk : chunks) chunk = random();
    return chunks;
  }
  void change(Content& content, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      std::next(content.begin(), static_cast<std::ptrdiff_t>(random() % content.size()))->second =
          random();
  }
  void change(Chunks& chunks) {
    for (std::uint64_t i = random() % 100; i > 0; --i) chunks[random() % chunks.size()] = random();
    if (random() % 4 == 0) chunks.resize(17 + chunks.size() / 3);
    for (std::uint64_t i = random() % 400; i > 0; --i) chunks.push_back(random());
    if (random() % 2 == 0) std::rotate(chunks.begin(), chunks.begin() + 5, chunks.end());
    for (std::uint64_t i = random() % 10; i > 0; --i)
      chunks.erase(chunks.begin() + static_cast<std::ptrdiff_t>(random() % chunks.size()));
  }
};

TEST_F(PagePatchesTest, FewChangedFilesOfManyCostLittle) {
  Content content = sample_content(20'000);
  const ChunkId first = put_manifest(content);
  const std::uint64_t whole = totals.stored_bytes;
  const Content old = content;
  change(content, 200);
  const ChunkId second = put_manifest(content, first);
  EXPECT_LT(totals.stored_bytes, whole / 15);
  EXPECT_GT(manifest_reading(second).patches, 50U);
  expect_manifest(first, old);
  expect_manifest(second, content);
}

TEST_F(PagePatchesTest, FewNewChunksOfALargeFileCostLittle) {
  Chunks chunks = sample_chunks(20'000);
  const ChunkId first = put_recipe(chunks);
  const std::uint64_t whole = totals.stored_bytes;
  const Chunks old = chunks;
  for (std::size_t i = 0; i < 50; ++i) chunks[random() % chunks.size()] = random();
  chunks.insert(chunks.begin() + 5'000, random());  // all behind it moves
  chunks.erase(chunks.begin() + 15'000);
  const ChunkId second = put_recipe(chunks, first);
  EXPECT_LT(totals.stored_bytes, whole / 30);
  expect_recipe(first, old);
  expect_recipe(second, chunks);
}

TEST_F(PagePatchesTest, SmallPagesStandForThemselves) {
  Content content = sample_content(30);
  const ChunkId first = put_manifest(content);
  change(content, 1);
  const ChunkId second = put_manifest(content, first);
  EXPECT_EQ(manifest_reading(second).patches, 0U);
  expect_manifest(second, content);
}

TEST_F(PagePatchesTest, AnotherTreeIsNoBase) {
  const Content content = sample_content(5'000);
  const ChunkId other = put_manifest(sample_content(5'000));
  const ChunkId top = put_manifest(content, other);
  EXPECT_EQ(manifest_reading(top).patches, 0U);
  expect_manifest(top, content);
}

TEST_F(PagePatchesTest, AnEarlierVersionThatIsNotHereIsNone) {
  const Content content = sample_content(5'000);
  const ChunkId top = put_manifest(content, id_of(1).as<ChunkId>());
  EXPECT_EQ(manifest_reading(top).patches, 0U);
  expect_manifest(top, content);
  const Chunks chunks = sample_chunks(3'000);
  expect_recipe(put_recipe(chunks, top), chunks);  // of another kind
}

TEST_F(PagePatchesTest, PagesAreWrittenInFullAgainWhenPatchesHaveGrown) {
  Content content = sample_content(3'000);
  std::optional<ChunkId> top = put_manifest(content);
  std::uint64_t most = 0;
  std::uint64_t sum = 0;
  for (int version = 0; version < 40; ++version) {
    change(content, 100);
    top = put_manifest(content, top);
    most = std::max(most, totals.stored_bytes);
    sum += totals.stored_bytes;
  }
  EXPECT_GT(most, sum / 40 * 3 / 2) << "some versions write pages in full";
  EXPECT_LT(sum, 40 * manifest_reading(*top).plain_bytes / 3);
  expect_manifest(*top, content);
}

TEST_F(PagePatchesTest, WhateverChangesReadingStaysWithinItsLimit) {
  for (std::uint64_t round = 0; round < 12; ++round) {
    Content content = sample_content(300 + random() % 4'000);
    Chunks chunks = sample_chunks(20 + random() % 6'000);
    std::optional<ChunkId> manifest = put_manifest(content);
    std::optional<ChunkId> recipe = put_recipe(chunks);
    for (int version = 0; version < 4; ++version) {
      change(content, random() % 300);
      for (std::uint64_t i = random() % 200; i > 0; --i)
        content["folder/" + std::to_string(random() % 900'000)] = random();
      for (std::uint64_t i = random() % (content.size() / 2); i > 0 && round % 3 == 0; --i)
        content.erase(std::next(content.begin(), static_cast<std::ptrdiff_t>(random() % 100)));
      manifest = put_manifest(content, manifest);
      expect_manifest(*manifest, content);
      change(chunks);
      recipe = put_recipe(chunks, recipe);
      expect_recipe(*recipe, chunks);
      // A base is shared by the pages around a place: of few pages some use little of theirs.
      constexpr std::uint64_t kFew = 20'000;
      const Reading folder = manifest_reading(*manifest);
      EXPECT_LE(folder.stored_bytes, folder.plain_bytes * 8 / 5 + kFew);
      const Reading file = recipe_reading(*recipe);
      EXPECT_LE(file.stored_bytes, file.plain_bytes * 8 / 5 + kFew);
    }
  }
}

}  // namespace
}  // namespace cairn::store
