#include "git/object_reader.hpp"

#ifdef CAIRN_LIBGIT2

#include <cstring>

#include "base/text.hpp"
#include "git/libgit2.hpp"

namespace cairn::git {
namespace {

constexpr int kMaxDepth = 512;  // of folders; deeper trees are left to git, which has a limit too

template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

Error failure(const Libgit2& library) {
  const ::git_error* const last = library.error_last();
  return Error(Code::kIo, last != nullptr ? base::printable(last->message) : "libgit2 failed");
}

bool is_folder(const Libgit2& library, const ::git_tree_entry* entry) {
  return library.tree_entry_filemode(entry) == GIT_FILEMODE_TREE;
}

// As git sorts trees: a folder's name as if it ended in '/'.
int compare_names(const Libgit2& library, const ::git_tree_entry* a, const ::git_tree_entry* b) {
  const std::string_view x = library.tree_entry_name(a), y = library.tree_entry_name(b);
  const std::size_t common = std::min(x.size(), y.size());
  const int order = std::memcmp(x.data(), y.data(), common);
  if (order != 0) return order;
  const auto next = [&](std::string_view name, const ::git_tree_entry* entry) -> int {
    if (name.size() > common) return static_cast<unsigned char>(name[common]);
    return is_folder(library, entry) ? '/' : 0;
  };
  return next(x, a) - next(y, b);
}

// One tree at hand; without one, a tree without entries.
class Tree {
 public:
  Tree(const Libgit2& library, ::git_tree* tree)
      : library_(library), tree_(tree, library.tree_free) {
    if (tree != nullptr) count_ = library.tree_entrycount(tree);
  }
  // The next entry, null behind the last one.
  [[nodiscard]] const ::git_tree_entry* entry() const {
    return at_ < count_ ? library_.tree_entry_byindex(tree_.get(), at_) : nullptr;
  }
  void step() { ++at_; }

 private:
  const Libgit2& library_;
  Owned<::git_tree> tree_;
  std::size_t at_ = 0, count_ = 0;
};

class Walk {
 public:
  Walk(const Libgit2& library, ::git_repository* repository, PointerSet& pointers)
      : library_(library), repository_(repository), pointers_(pointers) {}

  // Null for no tree.
  Status compare(const ::git_oid* before, const ::git_oid* after) {
    if (++depth_ > kMaxDepth) return Error(Code::kIo, "a tree is too deep");
    CAIRN_TRY(Tree old, open(before));
    CAIRN_TRY(Tree now, open(after));
    while (const ::git_tree_entry* entry = now.entry()) {
      const ::git_tree_entry* const other = old.entry();
      const int order = other == nullptr ? 1 : compare_names(library_, other, entry);
      if (order <= 0) old.step();
      if (order < 0) continue;  // not there any more
      now.step();
      CAIRN_CHECK(visit(order == 0 ? other : nullptr, entry));
    }
    --depth_;
    return {};
  }

 private:
  Result<Tree> open(const ::git_oid* id) {
    ::git_tree* tree = nullptr;
    if (id != nullptr && library_.tree_lookup(&tree, repository_, id) < 0) return failure(library_);
    return Tree(library_, tree);
  }

  // Names of one kind are compared, so `old` is a folder where `entry` is one.
  Status visit(const ::git_tree_entry* old, const ::git_tree_entry* entry) {
    const auto mode = library_.tree_entry_filemode(entry);
    const ::git_oid* const id = library_.tree_entry_id(entry);
    const ::git_oid* const old_id = old == nullptr ? nullptr : library_.tree_entry_id(old);
    if (old != nullptr && library_.oid_equal(id, old_id) != 0 &&
        library_.tree_entry_filemode(old) == mode)
      return {};
    const std::size_t length = path_.size();
    path_ += library_.tree_entry_name(entry);
    if (mode == GIT_FILEMODE_TREE) {
      path_ += '/';
      CAIRN_CHECK(compare(old_id, id));
    } else if (mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE) {
      add(id);
    }
    path_.resize(length);
    return {};
  }

  void add(const ::git_oid* id) {
    if (!is_pointer("100644", path_)) return;
    char hex[GIT_OID_HEXSZ + 1];
    pointers_.add(path_, library_.oid_tostr(hex, sizeof hex, id));
  }

  const Libgit2& library_;
  ::git_repository* repository_;
  PointerSet& pointers_;
  std::string path_;
  int depth_ = 0;
};

class LibraryReader final : public ObjectReader {
 public:
  LibraryReader(const Libgit2& library, ::git_repository* repository, ::git_odb* objects)
      : library_(library),
        repository_(repository, library.repository_free),
        objects_(objects, library.odb_free) {}

  Status read(const std::vector<std::string>& blobs, std::size_t max_bytes,
              std::vector<std::string>& out) override {
    for (const std::string& blob : blobs) {
      CAIRN_TRY(const ::git_oid id, parse(blob));
      ::git_odb_object* found = nullptr;
      if (library_.odb_read(&found, objects_.get(), &id) < 0) return failure(library_);
      const Owned<::git_odb_object> object(found, library_.odb_object_free);
      const std::size_t size_bytes = library_.odb_object_size(found);
      if (library_.odb_object_type(found) != GIT_OBJECT_BLOB || size_bytes > max_bytes)
        return Error(Code::kIo, "not the blob that was expected");
      out.emplace_back(static_cast<const char*>(library_.odb_object_data(found)), size_bytes);
    }
    return {};
  }

  Status compare(const std::vector<Comparison>& comparisons, PointerSet& pointers) override {
    for (const Comparison& pair : comparisons) {
      CAIRN_TRY(const ::git_oid after, tree_of(pair.commit));
      Walk walk(library_, repository_.get(), pointers);
      if (pair.before.empty()) {
        CAIRN_CHECK(walk.compare(nullptr, &after));
      } else {
        CAIRN_TRY(const ::git_oid before, tree_of(pair.before));
        CAIRN_CHECK(walk.compare(&before, &after));
      }
    }
    return {};
  }

 private:
  Result<::git_oid> parse(std::string_view hex) const {
    ::git_oid id;
    if (hex.size() != GIT_OID_HEXSZ || library_.oid_fromstrn(&id, hex.data(), hex.size()) < 0)
      return Error(Code::kIo, "not an id that libgit2 knows");
    return id;
  }

  Result<::git_oid> tree_of(std::string_view commit) const {
    CAIRN_TRY(const ::git_oid id, parse(commit));
    ::git_commit* found = nullptr;
    if (library_.commit_lookup(&found, repository_.get(), &id) < 0) return failure(library_);
    const Owned<::git_commit> owned(found, library_.commit_free);
    return *library_.commit_tree_id(found);
  }

  const Libgit2& library_;
  Owned<::git_repository> repository_;
  Owned<::git_odb> objects_;
};

}  // namespace

bool libgit2_is_built_in() { return true; }

Result<std::unique_ptr<ObjectReader>> library_reader(const GitPaths& paths) {
  CAIRN_TRY(const Libgit2* library, libgit2());
  ::git_repository* repository = nullptr;
  constexpr unsigned kFlags = GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT;
  if (library->repository_open_ext(&repository, paths.git_dir.c_str(), kFlags, nullptr) < 0)
    return failure(*library);
  ::git_odb* objects = nullptr;
  if (library->repository_odb(&objects, repository) < 0) {
    library->repository_free(repository);
    return failure(*library);
  }
  return std::unique_ptr<ObjectReader>(
      std::make_unique<LibraryReader>(*library, repository, objects));
}

}  // namespace cairn::git

#else

namespace cairn::git {

bool libgit2_is_built_in() { return false; }

Result<std::unique_ptr<ObjectReader>> library_reader(const GitPaths&) {
  return Error(Code::kIo, "this program was built without libgit2");
}

}  // namespace cairn::git

#endif
