// A module's unit tests link that module alone; these need remotes too, which sync itself must not
// know.
#include "remotes/decorators/count_remote.cpp"
#include "remotes/decorators/fault_remote.cpp"
#include "remotes/dir/dir_remote.cpp"
#include "remotes/dir/fd_cache.cpp"
#include "remotes/dir/partial_file.cpp"
#include "remotes/mem/mem_remote.cpp"
