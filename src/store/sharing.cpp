#include "store/sharing.hpp"

#include <cerrno>

#include "base/file.hpp"

namespace cairn::store {
namespace {

Status set_mode(const std::string& path, mode_t mode) {
  if (::chmod(path.c_str(), mode) == 0) return {};
  // Another member of the group made it, and gave it its mode.
  if (errno == EPERM) return {};
  return base::errno_error("set the mode of", path, errno);
}

}  // namespace

bool is_group_folder(const std::string& path) {
  const auto info = base::stat_path(path);
  return info && S_ISDIR(info->st_mode) && (info->st_mode & 02070) == 02070;
}

Status make_store_folder(const std::string& path) {
  CAIRN_CHECK(base::make_directories(path));
  if (!is_group_folder(base::parent_of(path))) return {};
  return set_mode(path, kGroupFolder);
}

Status settle_file(const std::string& path, mode_t mode) {
  return is_group_folder(base::parent_of(path)) ? set_mode(path, mode) : Status();
}

}  // namespace cairn::store
