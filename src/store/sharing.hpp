// Modes of what lies in a store that a group shares: folders 2770, files 0440, whatever the umask
// of who writes. That a store is shared so is told by its own folders: they have the set-group-id
// bit and are the group's to write.
#pragma once

#include <string>

#include <sys/stat.h>

#include "cairn/result.hpp"

namespace cairn::store {

enum class Sharing { kOwner, kGroup };

inline constexpr mode_t kGroupFolder = 02770, kGroupFile = 0440, kGroupWritable = 0660;

[[nodiscard]] bool is_group_folder(const std::string& path);
// As base::make_directories; below a group's folder a group's folder.
Status make_store_folder(const std::string& path);
// Gives a file just made in a group's folder its mode; nothing elsewhere.
Status settle_file(const std::string& path, mode_t mode = kGroupFile);

}  // namespace cairn::store
