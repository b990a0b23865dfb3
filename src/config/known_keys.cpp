#include "config/config.hpp"

namespace cairn::config {

const std::vector<KeyHelp>& known_keys() {
  static const std::vector<KeyHelp> keys = {
      {"cairn.store", "directory",
       "Chunk store shared with other repositories; relative to the work tree's top. Default: "
       "cairn inside git's common directory. Environment: CAIRN_STORE."},
      {"cairn.shared", "umask, group",
       "Who may use a store made from now on: as the umask says, or the group of its directory "
       "(folders 2770, files 0440). Default: umask. Environment: CAIRN_SHARED."},
      {"cairn.link", "copy, reflink, hardlink, symlink",
       "How files are brought from the store into the work tree. Default: copy. Environment: "
       "CAIRN_LINK."},
      {"cairn.default-remote", "name",
       "Remote used without --remote. Default: the first one. May be committed. Environment: "
       "CAIRN_REMOTE."},
      {"cairn-remote.<name>.url", "URL or directory",
       "Where a remote is. A URL may be committed, a directory may not; a relative directory "
       "counts from the work tree's top. This clone's value takes the place of a committed one."},
      {"cairn.project", "32 hex digits",
       "Identity of the project on its remotes; written by cairn init, committed only."},
      {"cairn.format", "1", "Format of the repository; committed only."},
      {"cairn.chunker", "gear1", "How files are cut into chunks; committed only."},
  };
  return keys;
}

}  // namespace cairn::config
