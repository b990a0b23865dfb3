#include "repo/textconv.hpp"

#include <fmt/core.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "format/tree.hpp"
#include "store/chunk_reader.hpp"

namespace cairn::repo {

namespace {

// Larger is no pointer: not even one in conflict.
constexpr std::size_t kMaxShownBytes = std::size_t{1} << 20;

std::string pointer_facts(const format::Pointer& pointer) {
  const bool folder = pointer.kind == format::Pointer::Kind::kFolder;
  std::string out = fmt::format("cairn {} {}\n", folder ? "folder" : "file", pointer.oid.hex());
  if (folder) out += fmt::format("files {}\n", pointer.files);
  out += fmt::format("bytes {}\n", pointer.size_bytes);
  if (pointer.executable) out += "executable\n";
  for (const auto& [key, value] : pointer.extra) out += base::printable(key + " " + value) + "\n";
  return out;
}

// As a line of `cairn ls`.
std::string listing_line(const format::ManifestEntry& entry) {
  const auto path = base::printable(entry.path);
  switch (entry.type) {
    case format::EntryType::kLink:
      return fmt::format("l {:>12} {:<12} {} -> {}\n", 0, "-", path, base::printable(entry.target));
    case format::EntryType::kEmptyFolder:
      return fmt::format("d {:>12} {:<12} {}\n", 0, "-", path);
    case format::EntryType::kFile:
      break;
  }
  return fmt::format("{} {:>12} {} {}\n", entry.executable ? 'x' : 'f', entry.size_bytes,
                     entry.file_id.hex().substr(0, 12), path);
}

Result<std::string> bounded_listing(const format::Pointer& pointer,
                                    const format::PageFetch& fetch) {
  std::string out;
  std::size_t lines = 0;
  std::uint64_t files = 0;
  const auto leaf = [&](const ChunkId&,
                        const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const auto& entry : entries) {
      if (lines == kTextconvFiles) break;
      ++lines;
      files += entry.type == format::EntryType::kFile;
      out += listing_line(entry);
    }
    return {};
  };
  const auto wanted = [&](std::string_view, std::string_view) { return lines < kTextconvFiles; };
  CAIRN_CHECK(format::walk_manifest(pointer.oid.as<ChunkId>(), fetch, leaf, wanted));
  if (files < pointer.files)
    out += fmt::format("… and {} more files; `cairn diff` compares all\n", pointer.files - files);
  return out;
}

}  // namespace

Result<std::string> textconv(const Context& context, const Environment& environment,
                             const std::string& file) {
  const auto path = base::path_from(environment.directory, file);
  CAIRN_TRY(const auto bytes, base::read_file(path, kMaxShownBytes));
  std::string text(base::text_of(bytes));
  const auto parsed = format::decode_pointer(text);
  if (!parsed) return text;
  if (parsed->pointer.kind == format::Pointer::Kind::kFile) return pointer_facts(parsed->pointer);
  // Whatever keeps the list away (no clone, no store, no pages): the diff is shown all the same.
  auto repository = Repository::open(context, environment, Repository::Setup::kAllowMissing);
  if (!repository) return text;
  const auto store = repository->store(context, store::Store::Access::kRead);
  if (!store) return text;
  const auto files = bounded_listing(parsed->pointer, store::page_fetch(**store));
  return files ? pointer_facts(parsed->pointer) + *files : text;
}

}  // namespace cairn::repo
