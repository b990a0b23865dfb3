// import dvc: find the files of DVC, read what they name, look for its data, store it, publish the
// pointers and what older commits need to find the same data (repo/aliases.hpp).
#include "repo/import_dvc.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <unordered_map>

#include "base/file.hpp"
#include "base/text.hpp"
#include "foreign/yaml.hpp"
#include "repo/aliases.hpp"
#include "repo/below.hpp"
#include "repo/chunker.hpp"
#include "repo/dvc_history.hpp"
#include "repo/dvc_output.hpp"
#include "repo/publish.hpp"
#include "repo/work_tree.hpp"
#include "store/session.hpp"
#include "sync/request_threads.hpp"
#include "workdir/tree_text.hpp"

namespace cairn::repo {

namespace {

struct Wanted {
  foreign::DvcOutput output;
  std::string named_by;
};

// Arguments as typed: also `x.dvc` and `dvc.lock` name what they are about.
bool asked_for(const Wanted& item, const std::vector<std::string>& paths) {
  return paths.empty() || std::ranges::any_of(paths, [&](const std::string& path) {
           return item.named_by == path || is_at_or_below(item.output.path, path);
         });
}

Result<std::vector<std::string>> dvc_files(const Repository& repository) {
  CAIRN_TRY(const auto listing,
            repository.git().run({"ls-files", "-z", "--cached", "--others", "--exclude-standard"}));
  std::vector<std::string> out;
  for (const auto path : base::split(listing, '\0')) {
    if (!foreign::is_dvc_file(path)) continue;
    CAIRN_TRY(const auto there, repository.tree().lstat(std::string(path)));
    if (there) out.emplace_back(path);
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<foreign::DvcFile> read_dvc_file(const Repository& repository, const std::string& path) {
  const auto parse = [&]() -> Result<foreign::DvcFile> {
    constexpr auto kMaxBytes = foreign::YamlDocument::kMaxBytes;
    CAIRN_TRY(const auto text, workdir::read_text(repository.tree(), path, kMaxBytes));
    if (!text) return base::errno_error("open", path, ENOENT);
    std::optional<std::string> stages;
    const auto beside = foreign::stages_beside(path);
    if (!beside.empty()) {
      CAIRN_TRY(stages, workdir::read_text(repository.tree(), beside, kMaxBytes));
    }
    return foreign::parse_dvc_file(*text, path, stages.value_or(""));
  };
  auto file = parse();
  if (!file) return std::move(file).error().with("`" + base::printable(path) + "`");
  return file;
}

// No output lies in another, or in what cairn tracks.
Status check_overlaps(const std::vector<Wanted>& wanted, const std::vector<Tracked>& tracked) {
  const auto clash = [](const std::string& a, const std::string& b) {
    return Error(Code::kConflict,
                 "`" + base::printable(a) + "` and `" + base::printable(b) + "` overlap")
        .hint("import one of them: `cairn import dvc PATH`")
        .slug("overlap");
  };
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& path = wanted[i].output.path;
    if (i > 0 && is_at_or_below(path, wanted[i - 1].output.path))
      return clash(wanted[i - 1].output.path, path);
    for (const auto& item : tracked) {
      const bool same = item.path == path;
      if (!same && (is_at_or_below(path, item.path) || is_at_or_below(item.path, path)))
        return clash(item.path, path);
    }
  }
  return {};
}

Result<std::vector<Wanted>> find_outputs(const Repository& repository,
                                         const std::vector<std::string>& paths,
                                         ImportDvcReport& report) {
  CAIRN_TRY(const auto files, dvc_files(repository));
  std::vector<Wanted> out;
  for (const auto& path : files) {
    CAIRN_TRY(auto file, read_dvc_file(repository, path));
    for (auto& output : file.outputs) {
      Wanted item{std::move(output), path};
      if (asked_for(item, paths)) out.push_back(std::move(item));
    }
    for (auto& [name, why] : file.skipped) {
      const bool named = paths.empty() || std::ranges::find(paths, path) != paths.end();
      if (named) report.skipped.emplace_back(base::join(base::parent_of(path), name), why);
    }
  }
  if (out.empty() && report.skipped.empty()) {
    return Error(Code::kUsage, paths.empty()
                                   ? "there is no `.dvc` file and no dvc.lock with data here"
                                   : "DVC tracks nothing at these paths")
        .hint("`dvc list . -R --dvc-only` shows what DVC tracks")
        .slug("nothing-to-import");
  }
  std::ranges::sort(out, {}, [](const Wanted& item) { return item.output.path; });
  return out;
}

// One run: what its steps share.
class DvcImport {
 public:
  DvcImport(const Context& context, Repository& repository, const ImportDvcOptions& options)
      : context_(context), repository_(repository), options_(options) {}

  Result<ImportDvcReport> run() {
    const auto begun_ms = context_.clock.now_ms();
    CAIRN_TRY(const auto paths, repository_.resolve_arguments(options_.paths));
    CAIRN_TRY(const auto wanted, find_outputs(repository_, paths, report_));
    CAIRN_TRY(const auto tracked, repository_.tracked());
    CAIRN_CHECK(check_overlaps(wanted, tracked));
    CAIRN_CHECK(base::make_directories(repository_.state_directory()));
    CAIRN_TRY(store_, repository_.store(context_, store::Store::Access::kWrite));
    CAIRN_CHECK(begin_session());
    for (const auto& item : tracked) note_folder(item.path, item.pointer);
    for (const auto& item : wanted) CAIRN_CHECK(import_current(item, tracked));
    if (options_.all_commits) CAIRN_CHECK(import_history());
    if (session_) CAIRN_CHECK(publish_all());
    report_.elapsed_ms = context_.clock.now_ms() - begun_ms;
    return std::move(report_);
  }

 private:
  Status begin_session() {
    if (options_.dry_run) return {};
    CAIRN_TRY(session_, store::Session::begin(context_, *store_));
    return {};
  }

  Result<const DvcProject*> project_of(const std::string& path) {
    CAIRN_TRY(auto project, DvcProject::find(repository_, base::parent_of(path)));
    auto& place = projects_[project.folder()];
    if (!place) place = std::make_unique<DvcProject>(std::move(project));
    return place.get();
  }

  DvcOutputFiles::AskRemote remote_of(const DvcProject& project, const std::string& name) const {
    if (options_.offline) return []() -> Result<Remote*> { return static_cast<Remote*>(nullptr); };
    return [&project, name] { return project.remote(name); };
  }

  // Already here, with nothing changed since?
  Result<bool> is_imported(const foreign::DvcOutput& output, const std::vector<Tracked>& tracked,
                           ImportedOutput& report) const {
    const auto found = std::ranges::find(tracked, output.path, &Tracked::path);
    if (found == tracked.end()) return false;
    CAIRN_TRY(const auto alias, find_alias(repository_, output.path, output.object.name()));
    if (alias && alias->pointer.oid == found->pointer.oid) {
      report.unchanged = true;
      return true;
    }
    if (options_.force) return false;
    return Error(Code::kConflict, "`" + base::printable(output.path) +
                                      "` is tracked by cairn already, with other data than "
                                      "DVC recorded")
        .hint("`--force` makes the data of DVC the next version")
        .slug("already-tracked");
  }

  Result<BuiltVersion> build(const foreign::DvcOutput& output, DvcOutputFiles& files,
                             const std::vector<SourceNode>& nodes, const NodeStored& visit) {
    fresh_.clear();
    const auto open = [&](std::size_t i) { return files.open(i); };
    const auto visit_and_release = [&](std::size_t i, const store::StoredFile& stored,
                                       const format::ManifestEntry& entry) -> Status {
      files.release(i);
      if (output.object.folder) fresh_.emplace_back(files.entries()[i].object.name(), entry);
      report_.files += 1;
      return visit ? visit(i, stored, entry) : Status();
    };
    const auto with = [&](const Context& context) {
      const VersionSink sink{*store_, session_.get(), pinned_chunker(repository_),
                             earlier_of(output.path)};
      return build_version(context, sink, output.path, nodes, open, visit_and_release);
    };
    auto* const remote = files.needed_remote();
    auto built = remote == nullptr ? with(context_)
                                   : with(sync::RequestThreads(context_, *remote).context());
    if (!built) return built;
    built->pointer.extra = {};
    report_.bytes += built->bytes;
    note_folder(output.path, built->pointer);
    return built;
  }

  // What a version that came to nothing had read is not in the store.
  void keep_known() {
    for (auto& [name, entry] : fresh_) known_.emplace(std::move(name), std::move(entry));
    fresh_.clear();
  }

  // The version of this folder that was made last, or is tracked.
  [[nodiscard]] std::optional<ChunkId> earlier_of(const std::string& path) const {
    const auto found = folders_.find(path);
    return found == folders_.end() ? std::optional<ChunkId>() : found->second;
  }
  void note_folder(const std::string& path, const format::Pointer& pointer) {
    if (pointer.kind == format::Pointer::Kind::kFolder)
      folders_.insert_or_assign(path, pointer.oid.as<ChunkId>());
  }

  Status import_current(const Wanted& item, const std::vector<Tracked>& tracked) {
    ImportedOutput report;
    report.path = item.output.path;
    report.named_by = item.named_by;
    report.folder = item.output.object.folder;
    CAIRN_TRY(const bool done, is_imported(item.output, tracked, report));
    if (done) {
      report_.outputs.push_back(std::move(report));
      return {};
    }
    CAIRN_TRY(const auto* project, project_of(item.output.path));
    CAIRN_TRY(const auto now_ns,
              workdir::StatCache::filesystem_now_ns(repository_.state_directory()));
    DvcOutputFiles files(context_, repository_, *project, remote_of(*project, item.output.remote),
                         item.output, DvcOutputFiles::Look::kEverywhere);
    CAIRN_CHECK(files.locate());
    Publication publication;
    publication.now_ns = now_ns;
    const auto visit = [&](std::size_t i, const store::StoredFile& stored,
                           const format::ManifestEntry&) -> Status {
      const auto& stamp = files.in_tree(i);
      if (!stamp) return {};
      if (workdir::stat_key(stored.fingerprint) != *stamp) return changed(item.output.path);
      publication.state.files.push_back({files.entries()[i].path, *stamp, stored.id});
      return {};
    };
    const auto nodes = files.nodes();
    CAIRN_TRY(auto built, build(item.output, files, nodes, visit));
    keep_known();
    publication.state.oid = built.pointer.oid;
    publication.state.partial = publication.state.files.size() < nodes.size();
    publication.in_tree = !publication.state.files.empty() || nodes.empty();
    publication.tracked = {item.output.path, built.pointer};
    add_alias(item.output, built.pointer);
    const auto counts = files.counts();
    report.files = nodes.size();
    report.bytes = built.bytes;
    report.from_tree = counts.tree;
    report.from_cache = counts.cache;
    report.from_remote = counts.remote;
    report.links = counts.links;
    report.damaged = counts.damaged;
    publications_.push_back(std::move(publication));
    report_.outputs.push_back(std::move(report));
    return {};
  }

  static Error changed(const std::string& path) {
    return Error(Code::kConflict,
                 "a file of `" + base::printable(path) + "` changed while it was read")
        .hint("run the same command again when nothing writes there")
        .slug("file-changed");
  }

  void add_alias(const foreign::DvcOutput& output, const format::Pointer& pointer) {
    aliases_.push_back({alias_path(output.path, output.object.name()), pointer});
  }

  // What only other commits name: whatever can be had.
  Status import_history() {
    CAIRN_TRY(const auto older, dvc_history(repository_));
    if (session_) CAIRN_CHECK(session_->commit());
    for (const auto& item : older) {
      const auto& output = item.output;
      const auto alias = alias_path(output.path, output.object.name());
      if (std::ranges::find(aliases_, alias, &Tracked::path) != aliases_.end()) continue;
      CAIRN_TRY(const auto known, find_alias(repository_, output.path, output.object.name()));
      if (known) {
        note_folder(output.path, known->pointer);
        continue;
      }
      ++report_.older_versions;
      const auto built = import_older(output);
      if (built) {
        ++report_.older_had;
        continue;
      }
      const auto code = built.error().code();
      if (code != Code::kMissing && code != Code::kCorrupt) return built.error();
      report_.lost.push_back(
          {output.path, item.commit, output.object.name(), built.error().message()});
      if (!session_) continue;
      report_.stored_bytes += session_->totals().stored_bytes;
      session_.reset();  // some of its chunks were claimed and never stored
      CAIRN_CHECK(begin_session());
    }
    return {};
  }

  Status import_older(const foreign::DvcOutput& output) {
    CAIRN_TRY(const auto* project, project_of(output.path));
    DvcOutputFiles files(context_, repository_, *project, remote_of(*project, output.remote),
                         output, DvcOutputFiles::Look::kNotInTree);
    CAIRN_CHECK(files.locate());
    auto nodes = files.nodes();
    for (std::size_t i = 0; i < nodes.size() && output.object.folder; ++i) {
      const auto found = known_.find(files.entries()[i].object.name());
      if (found != known_.end()) nodes[i].known = &found->second;
    }
    CAIRN_TRY(const auto built, build(output, files, nodes, {}));
    if (session_) CAIRN_CHECK(session_->commit());
    keep_known();
    add_alias(output, built.pointer);
    return {};
  }

  Status publish_all() {
    CAIRN_CHECK(session_->commit());
    report_.stored_bytes += session_->totals().stored_bytes;
    CAIRN_TRY(report_.staged, publish(repository_, publications_, false));
    CAIRN_TRY(const auto aliases, publish_aliases(repository_, aliases_));
    report_.staged.insert(report_.staged.end(), aliases.begin(), aliases.end());
    return {};
  }

  const Context& context_;
  Repository& repository_;
  const ImportDvcOptions& options_;
  ImportDvcReport report_;
  store::Store* store_ = nullptr;
  std::unique_ptr<store::Session> session_;
  std::map<std::string, std::unique_ptr<DvcProject>> projects_;
  std::vector<Publication> publications_;
  std::vector<Tracked> aliases_;
  std::unordered_map<std::string, format::ManifestEntry> known_;      // of files in folders
  std::vector<std::pair<std::string, format::ManifestEntry>> fresh_;  // of the version at hand
  std::unordered_map<std::string, ChunkId> folders_;  // path -> the top page of a version
};

}  // namespace

Result<ImportDvcReport> import_dvc(const Context& context, Repository& repository,
                                   const ImportDvcOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  return DvcImport(context, repository, options).run();
}

}  // namespace cairn::repo
