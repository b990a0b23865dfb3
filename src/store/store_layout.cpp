#include "store/store_layout.hpp"

#include <dirent.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace cairn::store {
namespace {

// Entries of a folder; none when it does not exist.
Result<std::vector<base::DirEntry>> entries_if_there(const std::string& path) {
  auto entries = base::list_directory(path);
  if (!entries.ok() && entries.error().code() == Code::kNotFound)
    return std::vector<base::DirEntry>();
  return entries;
}

bool is_pack_folder_name(const base::DirEntry& entry) {
  return entry.type == DT_DIR && entry.name.size() == 2 && base::is_lower_hex(entry.name);
}

}  // namespace

std::string Layout::at(std::string_view name) const { return base::join(directory_, name); }

std::string Layout::pack_folder(const PackId& id) const {
  return base::join(at(kPacksFolder), id.hex().substr(0, 2));
}

std::string Layout::pack_path(const PackId& id) const {
  return base::join(pack_folder(id), id.hex());
}

std::string Layout::pin_path(const PackId& id) const {
  return base::join(at(kPinsFolder), id.hex());
}

std::string Layout::segment_path(const Digest& name) const {
  return base::join(at(kIndexFolder), name.hex());
}

std::string Layout::mark_path(const PackId& id, std::uint32_t record_offset) const {
  return base::join(at(kQuarantineFolder), id.hex() + "." + std::to_string(record_offset));
}

std::optional<std::pair<PackId, std::uint32_t>> parse_mark_name(std::string_view name) {
  if (name.size() < 66 || name[64] != '.') return std::nullopt;
  const auto pack = PackId::from_hex(name.substr(0, 64));
  std::uint64_t offset = 0;
  if (!pack || !base::parse_u64(name.substr(65), offset) || offset > UINT32_MAX)
    return std::nullopt;
  return std::pair(*pack, static_cast<std::uint32_t>(offset));
}

Result<Listing<PackId>> list_packs(const Layout& layout) {
  Listing<PackId> listing;
  const std::string packs = layout.at(kPacksFolder);
  CAIRN_TRY(const auto folders, entries_if_there(packs));
  for (const base::DirEntry& folder : folders) {
    const std::string path = base::join(packs, folder.name);
    if (!is_pack_folder_name(folder)) {
      listing.strays.push_back(path);
      continue;
    }
    CAIRN_TRY(const auto files, entries_if_there(path));
    for (const base::DirEntry& file : files) {
      const auto id = PackId::from_hex(file.name);
      if (id && file.type == DT_REG && file.name.starts_with(folder.name)) {
        listing.ids.push_back(*id);
      } else {
        listing.strays.push_back(base::join(path, file.name));
      }
    }
  }
  return listing;
}

Result<Listing<Digest>> list_segments(const Layout& layout) {
  Listing<Digest> listing;
  const std::string index = layout.at(kIndexFolder);
  CAIRN_TRY(const auto files, entries_if_there(index));
  for (const base::DirEntry& file : files) {
    const auto name = Digest::from_hex(file.name);
    if (name && file.type == DT_REG) {
      listing.ids.push_back(*name);
    } else {
      listing.strays.push_back(base::join(index, file.name));
    }
  }
  return listing;
}

}  // namespace cairn::store
