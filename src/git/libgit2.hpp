// libgit2, loaded by the first repository that is read with it and never before. Private to this
// folder.
#pragma once

#ifdef CAIRN_LIBGIT2

#include <git2.h>

#include "cairn/result.hpp"

namespace cairn::git {

// The functions used, under their names without "git_".
struct Libgit2 {
  decltype(&::git_libgit2_init) init = nullptr;
  decltype(&::git_libgit2_opts) opts = nullptr;
  decltype(&::git_error_last) error_last = nullptr;
  decltype(&::git_oid_fromstrn) oid_fromstrn = nullptr;
  decltype(&::git_oid_tostr) oid_tostr = nullptr;
  decltype(&::git_oid_equal) oid_equal = nullptr;
  decltype(&::git_repository_open_ext) repository_open_ext = nullptr;
  decltype(&::git_repository_free) repository_free = nullptr;
  decltype(&::git_repository_odb) repository_odb = nullptr;
  decltype(&::git_odb_free) odb_free = nullptr;
  decltype(&::git_odb_read) odb_read = nullptr;
  decltype(&::git_odb_object_free) odb_object_free = nullptr;
  decltype(&::git_odb_object_type) odb_object_type = nullptr;
  decltype(&::git_odb_object_size) odb_object_size = nullptr;
  decltype(&::git_odb_object_data) odb_object_data = nullptr;
  decltype(&::git_commit_lookup) commit_lookup = nullptr;
  decltype(&::git_commit_tree_id) commit_tree_id = nullptr;
  decltype(&::git_commit_free) commit_free = nullptr;
  decltype(&::git_tree_lookup) tree_lookup = nullptr;
  decltype(&::git_tree_free) tree_free = nullptr;
  decltype(&::git_tree_entrycount) tree_entrycount = nullptr;
  decltype(&::git_tree_entry_byindex) tree_entry_byindex = nullptr;
  decltype(&::git_tree_entry_name) tree_entry_name = nullptr;
  decltype(&::git_tree_entry_id) tree_entry_id = nullptr;
  decltype(&::git_tree_entry_filemode) tree_entry_filemode = nullptr;
};

// Thread-safe; kIo where it is not installed.
Result<const Libgit2*> libgit2();

}  // namespace cairn::git

#endif
