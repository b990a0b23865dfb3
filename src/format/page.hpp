// Page header, and the entries of manifests and recipes: bytes <-> structs. cairn-store(5), PAGES.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "cairn/result.hpp"
#include "chunk/gear.hpp"
#include "format/limits.hpp"

namespace cairn::format {

enum class PageKind : std::uint8_t { kManifest = 1, kRecipe = 2, kRootTable = 3 };

struct PageHeader {
  PageKind kind = PageKind::kManifest;
  std::uint8_t level = 0;
  bool top = false;
  std::uint32_t entries = 0;
};
inline constexpr std::size_t kPageHeaderBytes = 16;
void encode_page_header(const PageHeader& header, base::ByteWriter& out);
Result<PageHeader> decode_page_header(base::ByteReader& in, PageKind expected);

struct ChunkRef {
  ChunkId id;
  std::uint32_t length = 0;
  bool operator==(const ChunkRef&) const = default;
};

// --- recipe ---
struct RecipeHeader {
  std::uint16_t chunker = chunk::kGear1;
  chunk::GearParameters gear;
  std::uint64_t size_bytes = 0;
  std::uint64_t chunk_count = 0;
};

// --- manifest ---
enum class EntryType : std::uint8_t { kFile = 1, kLink = 2, kEmptyFolder = 3 };

struct ManifestEntry {
  std::string path;  // relative to the folder
  EntryType type = EntryType::kFile;
  bool executable = false;
  bool has_recipe = false;
  std::uint64_t size_bytes = 0;
  FileId file_id;                // files: always, also for size 0
  std::vector<ChunkRef> chunks;  // only when 2..16; one chunk means chunk id = file id
  ChunkId recipe;                // zero unless has_recipe
  std::string target;            // links

  // Equality of content: path, type, exec, size, file id, target; not how the file was cut.
  [[nodiscard]] bool same_content(const ManifestEntry& other) const;
};

// Inner entries, one struct for all kinds: `a`, `b` are files and bytes (manifest), bytes and
// chunks (recipe).
struct InnerEntry {
  ChunkId page;
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::string last_path;  // manifests only
};

// One decoded page. Exactly one of the entry lists is filled, by header.kind and header.level.
struct ManifestPage {
  PageHeader header;
  std::vector<ManifestEntry> entries;
  std::vector<InnerEntry> children;
};
struct RecipePage {
  PageHeader header;
  RecipeHeader recipe;  // top page only
  std::vector<ChunkRef> entries;
  std::vector<InnerEntry> children;
};

// Decoders check every rule of one page (names, order, parents, counts, sums); rules between pages
// are the tree reader's.
Result<ManifestPage> decode_manifest_page(base::ByteView bytes);
Result<RecipePage> decode_recipe_page(base::ByteView bytes);

// Appends one leaf entry. Sizes are what decides the 1 MiB rule.
void encode_manifest_entry(const ManifestEntry& entry, base::ByteWriter& out);
void encode_manifest_inner(const InnerEntry& entry, base::ByteWriter& out);

// Why a path may not stand in a manifest, or nothing when it may.
std::optional<std::string> path_fault(std::string_view path);

}  // namespace cairn::format
