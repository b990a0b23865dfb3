#ifdef CAIRN_LIBGIT2

#include "git/libgit2.hpp"

#include "base/shared_library.hpp"

namespace cairn::git {
namespace {

constexpr std::size_t kTreeBytes = std::size_t{1} << 20;  // larger trees are not kept
constexpr ::ssize_t kCacheBytes = ::ssize_t{64} << 20;

// Owner validation stays on. Hashes are not computed again: git does not either when it reads, and
// a pointer has a check of its own.
Status configure(const Libgit2& library) {
  if (library.init() < 0 || library.opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0) < 0 ||
      library.opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, kTreeBytes) < 0 ||
      library.opts(GIT_OPT_SET_CACHE_MAX_SIZE, kCacheBytes) < 0)
    return Error(Code::kIo, "libgit2 does not start");
  return {};
}

Result<Libgit2> load() {
  CAIRN_TRY(auto symbols, base::SharedLibrary::open("libgit2.so." LIBGIT2_SOVERSION));
  Libgit2 library;
  symbols.read(library.init, "git_libgit2_init");
  symbols.read(library.opts, "git_libgit2_opts");
  symbols.read(library.error_last, "git_error_last");
  symbols.read(library.oid_fromstrn, "git_oid_fromstrn");
  symbols.read(library.oid_tostr, "git_oid_tostr");
  symbols.read(library.oid_equal, "git_oid_equal");
  symbols.read(library.repository_open_ext, "git_repository_open_ext");
  symbols.read(library.repository_free, "git_repository_free");
  symbols.read(library.repository_odb, "git_repository_odb");
  symbols.read(library.odb_free, "git_odb_free");
  symbols.read(library.odb_read, "git_odb_read");
  symbols.read(library.odb_object_free, "git_odb_object_free");
  symbols.read(library.odb_object_type, "git_odb_object_type");
  symbols.read(library.odb_object_size, "git_odb_object_size");
  symbols.read(library.odb_object_data, "git_odb_object_data");
  symbols.read(library.commit_lookup, "git_commit_lookup");
  symbols.read(library.commit_tree_id, "git_commit_tree_id");
  symbols.read(library.commit_free, "git_commit_free");
  symbols.read(library.tree_lookup, "git_tree_lookup");
  symbols.read(library.tree_free, "git_tree_free");
  symbols.read(library.tree_entrycount, "git_tree_entrycount");
  symbols.read(library.tree_entry_byindex, "git_tree_entry_byindex");
  symbols.read(library.tree_entry_name, "git_tree_entry_name");
  symbols.read(library.tree_entry_id, "git_tree_entry_id");
  symbols.read(library.tree_entry_filemode, "git_tree_entry_filemode");
  CAIRN_CHECK(symbols.complete());
  CAIRN_CHECK(configure(library));
  return library;
}

}  // namespace

Result<const Libgit2*> libgit2() {
  static const Result<Libgit2> loaded = load();
  if (loaded) return &*loaded;
  return Error(Code::kIo, loaded.error().message());
}

}  // namespace cairn::git

#endif
