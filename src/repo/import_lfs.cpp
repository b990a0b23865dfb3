// import lfs: pointers of the index, their data from the tree or from git-lfs's objects, stored and
// held against the id in one reading; then pointers of cairn in their place.
#include "repo/import_lfs.hpp"

#include <algorithm>

#include "base/counted.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "repo/aliases.hpp"
#include "repo/below.hpp"
#include "repo/build_version.hpp"
#include "repo/chunker.hpp"
#include "repo/dvc_project.hpp"
#include "repo/lfs_blobs.hpp"
#include "repo/publish.hpp"
#include "repo/tree_edits.hpp"
#include "repo/work_tree.hpp"
#include "store/session.hpp"
#include "workdir/tree_text.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxAttributeFileBytes = std::size_t{4} << 20;

bool selected(const std::string& path, const std::vector<std::string>& places) {
  return places.empty() || std::ranges::any_of(places, [&](const std::string& place) {
           return is_at_or_below(path, place);
         });
}

class LfsImport {
 public:
  LfsImport(const Context& context, Repository& repository, const ImportLfsOptions& options)
      : context_(context), repository_(repository), options_(options) {}

  Result<ImportLfsReport> run() {
    const auto begun_ms = context_.clock.now_ms();
    CAIRN_TRY(const auto places, repository_.resolve_arguments(options_.paths));
    CAIRN_TRY(auto files, lfs_in_index(repository_));
    std::erase_if(files, [&](const LfsFile& file) { return !selected(file.path, places); });
    if (files.empty()) return nothing();
    CAIRN_TRY(objects_, objects_folder());
    CAIRN_CHECK(look_at_attributes(files));
    CAIRN_CHECK(base::make_directories(repository_.state_directory()));
    CAIRN_TRY(now_ns_, workdir::StatCache::filesystem_now_ns(repository_.state_directory()));
    CAIRN_TRY(store_, repository_.store(context_, store::Store::Access::kWrite));
    CAIRN_CHECK(find_data(files));
    if (!options_.dry_run) {
      CAIRN_TRY(session_, store::Session::begin(context_, *store_));
    }
    for (const auto& file : files) CAIRN_CHECK(import_file(file));
    if (options_.all_commits) CAIRN_CHECK(import_history());
    if (session_) CAIRN_CHECK(publish_all());
    report_.elapsed_ms = context_.clock.now_ms() - begun_ms;
    return std::move(report_);
  }

 private:
  static Error nothing() {
    return Error(Code::kUsage, "git's index has no pointer of git-lfs here")
        .hint("`git lfs ls-files` shows what git-lfs keeps")
        .slug("nothing-to-import");
  }

  [[nodiscard]] Result<std::string> objects_folder() const {
    CAIRN_TRY(auto storage, repository_.git().config_value("lfs.storage"));
    const auto& common = repository_.git().paths().common_dir;
    if (storage.empty()) storage = "lfs";
    if (storage.front() != '/') storage = base::join(common, storage);
    return base::join(storage, "objects");
  }

  [[nodiscard]] std::string object_path(const foreign::LfsPointer& pointer) const {
    return base::join(objects_, pointer.key());
  }

  // A pointer of ours that git-lfs would take for its own would never be read again.
  Status look_at_attributes(const std::vector<LfsFile>& files) {
    if (options_.untrack) {
      if (!options_.paths.empty())
        return Error(Code::kUsage, "`--untrack` is about all files of git-lfs, and takes no PATH");
      CAIRN_TRY(const auto listing, repository_.git().run({"ls-files", "-z"}));
      for (const auto path : base::split(listing, '\0')) {
        if (base::name_of(path) != ".gitattributes") continue;
        CAIRN_TRY(const bool has_lines, without_lines(std::string(path), true));
        if (has_lines) report_.attributes.emplace_back(path);
      }
      return {};
    }
    std::string input;
    for (const auto& file : files) input += pointer_path(file.path) + '\0';
    CAIRN_TRY(const auto answer,
              repository_.git().run({"check-attr", "-z", "--stdin", "filter"}, input));
    const auto parts = base::split(answer, '\0');
    for (std::size_t i = 0; i + 2 < parts.size(); i += 3) {
      if (parts[i + 2] != "lfs") continue;
      return Error(Code::kConflict, "by .gitattributes, git-lfs would take the pointer `" +
                                        base::printable(parts[i]) + "` too")
          .hint("`cairn import lfs --untrack` takes its lines out of .gitattributes")
          .hint("or end that file with the line `*.cairn !filter !diff !merge text eol=lf`")
          .slug("lfs-takes-pointers");
    }
    return {};
  }

  // Whether the file has such lines; writes it without them unless `look_only`.
  Result<bool> without_lines(const std::string& path, bool look_only) const {
    CAIRN_TRY(const auto found, repository_.tree().lstat(path));
    if (!found || !S_ISREG(found->st_mode)) return false;  // git takes no rules from a link either
    CAIRN_TRY(const auto before,
              workdir::read_text(repository_.tree(), path, kMaxAttributeFileBytes));
    if (!before) return false;
    const auto text = foreign::without_lfs_lines(*before);
    if (text.size() == before->size()) return false;
    if (!look_only) {
      CAIRN_TRY(const auto lock, lock_edits(repository_));
      CAIRN_CHECK(workdir::replace_text(repository_.tree(), path, text));
    }
    return true;
  }

  // Before anything is stored: every file has its bytes somewhere, by size and name.
  Status find_data(const std::vector<LfsFile>& files) const {
    std::vector<std::string> nowhere;
    for (const auto& file : files) {
      const auto object = base::lstat_path(object_path(file.pointer));
      CAIRN_TRY(const bool here, size_matches(file));
      if (!here && !object) nowhere.push_back(file.path);
    }
    if (nowhere.empty()) return {};
    return Error(Code::kMissing, base::counted(nowhere.size(), "file") +
                                     " neither in the tree nor among git-lfs's objects")
        .detail("first: " + base::printable(nowhere.front()))
        .hint("`git lfs fetch --all` brings them")
        .slug("lfs-data-missing");
  }

  Result<bool> size_matches(const LfsFile& file) const {
    const auto found = repository_.tree().lstat(file.path);
    if (!found || !*found) return false;
    return S_ISREG((*found)->st_mode) &&
           static_cast<std::uint64_t>((*found)->st_size) == file.pointer.size_bytes;
  }

  // The file's bytes, stored; nothing when they are not those of the pointer.
  Result<std::optional<BuiltVersion>> store_bytes(const LfsFile& file,
                                                  const store::OpenSource& open,
                                                  const NodeStored& visit) {
    const std::vector<SourceNode> nodes{{"", file.pointer.size_bytes, file.executable, nullptr}};
    CAIRN_TRY(auto built,
              build_version(context_, {*store_, session_.get(), pinned_chunker(repository_)},
                            file.path, nodes, open, visit));
    report_.bytes += built.bytes;
    if (built.pointer.oid.hex() != file.pointer.sha256) return std::optional<BuiltVersion>();
    return std::optional(std::move(built));
  }

  Result<std::optional<BuiltVersion>> store_object(const LfsFile& file) {
    const auto path = object_path(file.pointer);
    CAIRN_TRY(const auto there, open_plain_file(path));
    if (!there) {
      return Error(Code::kMissing, "`" + base::printable(file.path) +
                                       "` was changed here, and git-lfs's objects lack " +
                                       file.pointer.sha256)
          .hint("`git lfs fetch --all` brings it")
          .slug("lfs-data-missing");
    }
    const auto open = [&](std::size_t) -> Result<base::Fd> {
      CAIRN_TRY(auto fd, open_plain_file(path));
      if (!fd) return Error(Code::kMissing, "`" + path + "` went away");
      return *std::move(fd);
    };
    CAIRN_TRY(auto built, store_bytes(file, open, {}));
    if (built) return built;
    return Error(Code::kCorrupt,
                 "`" + base::printable(path) + "` has other bytes than its name says")
        .hint("`git lfs fsck` names all such objects; remove it, then `git lfs fetch --all`");
  }

  Status import_file(const LfsFile& file) {
    Publication publication;
    publication.now_ns = now_ns_;
    std::optional<BuiltVersion> built;
    CAIRN_TRY(const bool in_tree, size_matches(file));
    if (in_tree) {
      const auto open = [&](std::size_t) { return repository_.tree().open_read(file.path); };
      const auto visit = [&](std::size_t, const store::StoredFile& stored,
                             const format::ManifestEntry&) -> Status {
        publication.state.files = {{"", workdir::stat_key(stored.fingerprint), stored.id}};
        return {};
      };
      CAIRN_TRY(built, store_bytes(file, open, visit));
    }
    publication.in_tree = built.has_value();
    report_.files.push_back({file.path, file.pointer.size_bytes, built.has_value()});
    if (!built) {
      CAIRN_TRY(built, store_object(file));
    }
    publication.tracked = {file.path, built->pointer};
    publication.state.oid = built->pointer.oid;
    add_alias(file, built->pointer);
    publications_.push_back(std::move(publication));
    return {};
  }

  void add_alias(const LfsFile& file, const format::Pointer& pointer) {
    aliases_.push_back({alias_path(file.path, lfs_name(file.pointer)), pointer});
  }

  // What only other commits name: what git-lfs has here. A damaged object ends the import.
  Status import_history() {
    CAIRN_TRY(const auto files, lfs_in_history(repository_));
    for (const auto& file : files) {
      const auto alias = alias_path(file.path, lfs_name(file.pointer));
      if (std::ranges::find(aliases_, alias, &Tracked::path) != aliases_.end()) continue;
      CAIRN_TRY(const auto known, find_alias(repository_, file.path, lfs_name(file.pointer)));
      if (known) continue;
      ++report_.older_versions;
      if (!base::lstat_path(object_path(file.pointer))) {
        report_.lost.push_back({file.path, lfs_name(file.pointer)});
        continue;
      }
      CAIRN_TRY(const auto built, store_object(file));
      ++report_.older_had;
      add_alias(file, built->pointer);
    }
    return {};
  }

  Status publish_all() {
    CAIRN_CHECK(session_->commit());
    report_.stored_bytes = session_->totals().stored_bytes;
    for (const auto& path : report_.attributes) CAIRN_CHECK(without_lines(path, false));
    CAIRN_CHECK(repository_.git().stage(report_.attributes));
    CAIRN_TRY(report_.staged, publish(repository_, publications_, true));
    CAIRN_TRY(const auto aliases, publish_aliases(repository_, aliases_));
    report_.staged.insert(report_.staged.end(), aliases.begin(), aliases.end());
    return {};
  }

  const Context& context_;
  Repository& repository_;
  const ImportLfsOptions& options_;
  ImportLfsReport report_;
  std::string objects_;
  std::int64_t now_ns_ = 0;
  store::Store* store_ = nullptr;
  std::unique_ptr<store::Session> session_;
  std::vector<Publication> publications_;
  std::vector<Tracked> aliases_;
};

}  // namespace

Result<ImportLfsReport> import_lfs(const Context& context, Repository& repository,
                                   const ImportLfsOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  return LfsImport(context, repository, options).run();
}

}  // namespace cairn::repo
