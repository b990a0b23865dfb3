// Leaves and inner pages of manifests.
#include <fmt/core.h>

#include <tuple>

#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "format/page.hpp"
#include "format/page_rules.hpp"
#include "format/path_order.hpp"
#include "format/refusal.hpp"

namespace cairn::format {
namespace {

constexpr std::uint8_t kExecutableFlag = 1;
constexpr std::size_t kMaxTargetBytes = 4095;
constexpr std::size_t kEntryFixedBytes = 8;
constexpr std::size_t kSmallestEntryBytes = kEntryFixedBytes + 1;
constexpr std::size_t kSmallestInnerBytes = 50 + 1;

const FileId& id_of_nothing() {
  static const FileId id = crypto::sha256({}).as<FileId>();
  return id;
}

// The field n of an entry.
std::uint16_t entry_count(const ManifestEntry& entry) {
  if (entry.type == EntryType::kLink) return static_cast<std::uint16_t>(entry.target.size());
  if (entry.type == EntryType::kEmptyFolder || entry.size_bytes == 0) return 0;
  if (entry.has_recipe) return kRecipeMark;
  return entry.chunks.empty() ? std::uint16_t{1} : static_cast<std::uint16_t>(entry.chunks.size());
}

const char* chunk_list_fault(const ManifestEntry& file) {
  if (file.chunks.size() < 2 || file.chunks.size() > kMaxInlineChunks)
    return "a chunk list of not 2 to 16 chunks";
  std::uint64_t sum = 0;
  for (const ChunkRef& chunk : file.chunks) {
    if (chunk.length == 0 || chunk.length > kMaxChunkBytes)
      return "a chunk of no bytes or above 1 MiB";
    sum += chunk.length;
  }
  return sum == file.size_bytes ? nullptr : "chunks that do not add up to the file's size";
}

const char* file_fault(const ManifestEntry& file) {
  if (!file.target.empty()) return "a file with a link target";
  if (!file.has_recipe && !file.recipe.is_zero()) return "a recipe id without a recipe";
  if (file.has_recipe) {
    if (!file.chunks.empty()) return "a recipe beside a chunk list";
    // More than 16 chunks, none of them empty.
    if (file.size_bytes <= kMaxInlineChunks) return "a file too small for a recipe";
    return file.size_bytes <= kMaxTotalBytes ? nullptr : "a size of 2^63 or more";
  }
  if (!file.chunks.empty()) return chunk_list_fault(file);
  if (file.size_bytes > kMaxChunkBytes) return "one chunk above 1 MiB";
  if ((file.size_bytes == 0) != (file.file_id == id_of_nothing()))
    return "a size that its file id contradicts";
  return nullptr;
}

// Reads what follows the path of a file.
void decode_file(base::ByteReader& in, std::uint16_t n, ManifestEntry& entry) {
  entry.size_bytes = in.u64();
  entry.file_id = in.id<FileId>();
  if (n == kRecipeMark) {
    entry.has_recipe = true;
    entry.recipe = in.id<ChunkId>();
  } else if (n >= 2) {
    entry.chunks.resize(n);
    for (ChunkRef& chunk : entry.chunks) {
      chunk.id = in.id<ChunkId>();
      chunk.length = in.u32();
    }
  }
}

struct EntryFields {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint16_t path_bytes = 0;
  std::uint16_t n = 0;
};

Status check_entry_fields(const EntryFields& fields, std::uint16_t reserved) {
  if (fields.type < 1 || fields.type > 3)
    return refuse_newer("page", fmt::format("entry type {}", fields.type));
  if ((fields.flags & ~kExecutableFlag) != 0)
    return refuse_newer("page", fmt::format("flags {:#x}", fields.flags));
  if (reserved != 0) return refuse("page", "reserved bytes that are not zero");
  const auto type = static_cast<EntryType>(fields.type);
  if (type != EntryType::kFile && fields.flags != 0)
    return refuse("page", "an executable that is no file");
  if (type == EntryType::kFile && fields.n > kMaxInlineChunks && fields.n != kRecipeMark) {
    return refuse("page", "a chunk list of more than 16 chunks");
  }
  if (type == EntryType::kEmptyFolder && fields.n != 0)
    return refuse("page", "an empty folder with a count");
  return {};
}

Status decode_entry(base::ByteReader& in, ManifestEntry& entry) {
  EntryFields fields;
  fields.type = in.u8();
  fields.flags = in.u8();
  fields.path_bytes = in.u16();
  fields.n = in.u16();
  const std::uint16_t reserved = in.u16();
  entry.path = base::text_of(in.raw(fields.path_bytes));
  if (!in.ok()) return refuse("page", "an entry is cut short");
  CAIRN_CHECK(check_entry_fields(fields, reserved));
  entry.type = static_cast<EntryType>(fields.type);
  entry.executable = fields.flags != 0;
  if (entry.type == EntryType::kFile) decode_file(in, fields.n, entry);
  if (entry.type == EntryType::kLink) entry.target = base::text_of(in.raw(fields.n));
  if (!in.ok()) return refuse("page", "an entry is cut short");
  if (const char* fault = manifest_entry_fault(entry)) return refuse("page", fault);
  if (entry_count(entry) != fields.n)
    return refuse("page", "a chunk count that the file's size contradicts");
  return {};
}

Status check_path(std::string_view path, PathOrder& order) {
  if (const auto fault = path_fault(path)) {
    return refuse("page", fmt::format("the path \"{}\": {}", base::printable(path), *fault));
  }
  if (const char* fault = order.next(path)) {
    return refuse("page", fmt::format("{}: \"{}\"", fault, base::printable(path)));
  }
  return {};
}

Status decode_leaf(base::ByteReader& in, ManifestPage& page) {
  if (in.remaining() / kSmallestEntryBytes < page.header.entries)
    return refuse("page", "too short for its entries");
  page.entries.resize(page.header.entries);
  PathOrder order;
  InnerEntry sum;
  for (ManifestEntry& entry : page.entries) {
    CAIRN_CHECK(decode_entry(in, entry));
    CAIRN_CHECK(check_path(entry.path, order));
    if (!count_entry(sum, entry)) return refuse("page", "sizes that add up to 2^63 or more");
  }
  return {};
}

Status decode_inner(base::ByteReader& in, ManifestPage& page) {
  if (in.remaining() / kSmallestInnerBytes < page.header.entries)
    return refuse("page", "too short for its entries");
  page.children.resize(page.header.entries);
  PathOrder order;
  InnerEntry sum;
  for (InnerEntry& child : page.children) {
    child.page = in.id<ChunkId>();
    child.a = in.u64();
    child.b = in.u64();
    child.last_path = base::text_of(in.raw(in.u16()));
    if (!in.ok()) return refuse("page", "an entry is cut short");
    CAIRN_CHECK(check_path(child.last_path, order));
    if (!count_child(sum, child)) return refuse("page", "counts that add up to 2^63 or more");
  }
  return {};
}

}  // namespace

bool ManifestEntry::same_content(const ManifestEntry& other) const {
  const auto content = [](const ManifestEntry& e) {
    return std::tie(e.path, e.type, e.executable, e.size_bytes, e.file_id, e.target);
  };
  return content(*this) == content(other);
}

const char* manifest_entry_fault(const ManifestEntry& entry) {
  if (entry.type == EntryType::kFile) return file_fault(entry);
  if (entry.executable || entry.size_bytes != 0 || entry.has_recipe || !entry.chunks.empty()) {
    return "contents of something that is no file";
  }
  if (entry.type == EntryType::kEmptyFolder)
    return entry.target.empty() ? nullptr : "a folder with a link target";
  if (entry.target.empty() || entry.target.size() > kMaxTargetBytes)
    return "a link target of not 1 to 4,095 bytes";
  return entry.target.find('\0') == std::string::npos ? nullptr : "a link target with a NUL byte";
}

std::size_t manifest_entry_bytes(const ManifestEntry& entry) {
  const std::size_t named = kEntryFixedBytes + entry.path.size();
  if (entry.type != EntryType::kFile) return named + entry.target.size();
  return named + 40 + 36 * entry.chunks.size() + (entry.has_recipe ? 32 : 0);
}

void encode_manifest_entry(const ManifestEntry& entry, base::ByteWriter& out) {
  out.u8(static_cast<std::uint8_t>(entry.type));
  out.u8(entry.executable ? kExecutableFlag : 0);
  out.u16(static_cast<std::uint16_t>(entry.path.size()));
  out.u16(entry_count(entry));
  out.u16(0);
  out.text(entry.path);
  if (entry.type != EntryType::kFile) {
    out.text(entry.target);
    return;
  }
  out.u64(entry.size_bytes);
  out.id(entry.file_id);
  for (const ChunkRef& chunk : entry.chunks) {
    out.id(chunk.id);
    out.u32(chunk.length);
  }
  if (entry.has_recipe) out.id(entry.recipe);
}

void encode_manifest_inner(const InnerEntry& entry, base::ByteWriter& out) {
  out.id(entry.page);
  out.u64(entry.a);
  out.u64(entry.b);
  out.u16(static_cast<std::uint16_t>(entry.last_path.size()));
  out.text(entry.last_path);
}

Result<ManifestPage> decode_manifest_page(base::ByteView bytes) {
  if (bytes.size() > kMaxPageBytes) return refuse("page", "larger than 1 MiB");
  base::ByteReader in(bytes);
  ManifestPage page;
  CAIRN_TRY(page.header, decode_page_header(in, PageKind::kManifest));
  CAIRN_CHECK(check_page_header(page.header, kMaxManifestLeafEntries, kMaxManifestInnerEntries));
  CAIRN_CHECK(page.header.level == 0 ? decode_leaf(in, page) : decode_inner(in, page));
  if (!in.done()) return refuse("page", "bytes after its last entry");
  return page;
}

bool count_entry(InnerEntry& sum, const ManifestEntry& entry) {
  sum.last_path = entry.path;
  if (entry.type == EntryType::kFile) ++sum.a;
  return add_bounded(sum.b, entry.size_bytes);
}

InnerEntry sum_of(const ManifestPage& page) {
  InnerEntry sum;
  bool fits = true;  // the decoder has refused sums that do not
  for (const ManifestEntry& entry : page.entries) fits = count_entry(sum, entry) && fits;
  for (const InnerEntry& child : page.children) fits = count_child(sum, child) && fits;
  return fits ? sum : InnerEntry{};
}

}  // namespace cairn::format
