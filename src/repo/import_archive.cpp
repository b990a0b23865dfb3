// import archive: members in the order of the archive, some at a time, go through memory into the
// store; then their entries, sorted, make the folder. A large member goes through one file without
// a name: an archive need not say how long a member is, and what cuts it has to see it whole.
#include "repo/import_archive.hpp"

#include <algorithm>
#include <set>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cpu_pool.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "foreign/archive_reader.hpp"
#include "repo/chunker.hpp"
#include "repo/publish.hpp"
#include "repo/work_tree.hpp"
#include "store/ingest.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kBatchFiles = 256;
constexpr std::uint64_t kBatchBytes = std::uint64_t{32} << 20;
constexpr std::uint64_t kMemoryBytes = std::uint64_t{16} << 20;  // of one member; disk above
constexpr std::size_t kUnpackBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxTargetBytes = 4095;

Error unfit(const std::string& path, const std::string& why) {
  return Error(Code::kConflict, "`" + base::printable(path) + "` in the archive " + why)
      .hint("`bsdtar -tvf FILE` lists what is in an archive")
      .slug("bad-archive");
}

// Whether a link at `path` leads out of the folder.
bool leads_out(const std::string& path, const std::string& target) {
  if (target.empty() || target.front() == '/') return true;
  int depth = static_cast<int>(std::ranges::count(path, '/'));
  for (const auto part : base::split(target, '/')) {
    if (part == "..")
      --depth;
    else if (!part.empty() && part != ".")
      ++depth;
    if (depth < 0) return true;
  }
  return false;
}

class ArchiveImport {
 public:
  ArchiveImport(const Context& context, Repository& repository, const ImportArchiveOptions& options)
      : context_(context), repository_(repository), options_(options) {}

  Result<ImportArchiveReport> run() {
    CAIRN_TRY(report_.path, repository_.resolve_argument(options_.path));
    CAIRN_CHECK(check_place());
    CAIRN_TRY(auto reader, open());
    CAIRN_CHECK(base::make_directories(repository_.state_directory()));
    CAIRN_TRY(store_, repository_.store(context_, store::Store::Access::kWrite));
    if (!options_.dry_run) {
      CAIRN_TRY(session_, store::Session::begin(context_, *store_));
    }
    for (;;) {
      CAIRN_CHECK(base::check_stop(context_));
      CAIRN_TRY(auto member, reader.next());
      if (!member) break;
      CAIRN_CHECK(take(reader, *member));
    }
    CAIRN_CHECK(flush());
    CAIRN_TRY(const auto pointer, build());
    if (session_) CAIRN_CHECK(finish(pointer));
    return std::move(report_);
  }

 private:
  struct Waiting {
    format::ManifestEntry entry;
    base::Fd file;
    std::uint64_t size_bytes = 0;
  };

  // Nothing of the tree is written, so nothing there may be taken for the new version.
  Status check_place() {
    const auto shown = base::printable(report_.path);
    if (report_.path.empty())
      return Error(Code::kUsage, "PATH is the folder that the members become");
    CAIRN_TRY(const auto there, repository_.tree().lstat(report_.path));
    CAIRN_TRY(const auto tracked, repository_.tracked_in_tree(report_.path));
    if (tracked) old_ = tracked->pointer;
    CAIRN_TRY(const auto all, repository_.tracked());
    for (const auto& item : all) {
      const bool over = report_.path.starts_with(item.path + "/");
      if (!over && !item.path.starts_with(report_.path + "/")) continue;
      return Error(Code::kConflict,
                   "`" + shown + "` and `" + base::printable(item.path) + "` overlap")
          .slug("overlap");
    }
    if ((!there && !tracked) || options_.force) return {};
    return Error(Code::kConflict, "`" + shown + "` exists here")
        .hint("`--force` makes the archive its next version; the tree stays until `cairn checkout`")
        .slug("already-tracked");
  }

  Result<foreign::ArchiveReader> open() const {
    const auto path = options_.file.starts_with('/')
                          ? options_.file
                          : base::join(repository_.environment().directory, options_.file);
    auto file = base::open_read(path);
    if (!file && file.error().code() == Code::kNotFound)
      return Error(Code::kUsage, "there is no `" + base::printable(options_.file) + "`")
          .slug("no-such-path");
    if (!file) return std::move(file).error();
    auto reader = foreign::ArchiveReader::open(*std::move(file), {options_.max_bytes});
    if (!reader) return std::move(reader).error().with("`" + base::printable(options_.file) + "`");
    return reader;
  }

  Status take(foreign::ArchiveReader& reader, const foreign::ArchiveMember& member) {
    using Type = foreign::ArchiveMember::Type;
    if (member.type == Type::kFolder) {
      if (!member.path.empty()) folders_.insert(member.path);
      return {};
    }
    format::ManifestEntry entry;
    entry.path = member.path;
    if (member.type == Type::kHardlink) {
      hardlinks_.emplace_back(member.path, member.target);
      return {};
    }
    if (member.type == Type::kSymlink) {
      if (leads_out(member.path, member.target))
        return unfit(member.path, "is a link that leads out");
      if (member.target.size() > kMaxTargetBytes) return unfit(member.path, "is too long a link");
      entry.type = format::EntryType::kLink;
      entry.target = member.target;
      entries_.push_back(std::move(entry));
      ++report_.links;
      return {};
    }
    entry.executable = member.executable;
    return unpack(reader, std::move(entry));
  }

  Status unpack(foreign::ArchiveReader& reader, format::ManifestEntry entry) {
    Waiting one{std::move(entry), base::Fd(::memfd_create("member", MFD_CLOEXEC)), 0};
    if (!one.file.valid()) return base::errno_error("make room for", one.entry.path, errno);
    bool in_memory = true;
    for (;;) {
      CAIRN_CHECK(base::check_stop(context_));
      CAIRN_TRY(const auto size, reader.read(block_));
      if (size == 0) break;
      if (in_memory && one.size_bytes + size > kMemoryBytes) {
        CAIRN_TRY(one.file, moved_to_disk(one));
        in_memory = false;
      }
      CAIRN_CHECK(base::pwrite_all(one.file, std::span(block_).first(size), one.size_bytes,
                                   one.entry.path));
      one.size_bytes += size;
    }
    waiting_bytes_ += in_memory ? one.size_bytes : kBatchBytes;
    waiting_.push_back(std::move(one));
    const bool full = waiting_.size() == kBatchFiles || waiting_bytes_ >= kBatchBytes;
    return full ? flush() : Status();
  }

  Result<base::Fd> moved_to_disk(const Waiting& one) const {
    const auto& directory = repository_.state_directory();
    base::Fd out(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!out.valid()) return base::errno_error("make a file in", directory, errno);
    std::vector<std::uint8_t> block(kUnpackBytes);
    for (std::uint64_t at = 0; at < one.size_bytes; at += block.size()) {
      block.resize(std::min<std::uint64_t>(block.size(), one.size_bytes - at));
      CAIRN_CHECK(base::pread_exact(one.file, block, at, one.entry.path));
      CAIRN_CHECK(base::pwrite_all(out, block, at, one.entry.path));
    }
    return out;
  }

  // Stores what waits.
  Status flush() {
    const store::SourceList sources(
        waiting_.size(), [&](std::size_t i) { return waiting_[i].size_bytes; },
        [&](std::size_t i) { return waiting_[i].entry.path; });
    store::IngestOptions how;
    how.chunker = pinned_chunker(repository_);
    how.store = session_ != nullptr;
    const auto open_copy = [&](std::size_t i) -> Result<base::Fd> {
      base::Fd copy(::dup(waiting_[i].file.get()));
      if (!copy.valid()) return base::errno_error("open again", waiting_[i].entry.path, errno);
      return copy;
    };
    const auto visit = [&](std::size_t i, const store::StoredFile& stored) -> Status {
      auto& entry = waiting_[i].entry;
      entry.size_bytes = stored.size_bytes;
      entry.file_id = stored.id;
      if (stored.recipe || stored.chunks.size() > 1) entry.chunks = stored.chunks;
      entry.has_recipe = stored.recipe.has_value();
      if (stored.recipe) entry.recipe = *stored.recipe;
      report_.files += 1;
      report_.bytes += stored.size_bytes;
      entries_.push_back(std::move(entry));
      return {};
    };
    CAIRN_CHECK(
        store::ingest_files(context_, *store_, session_.get(), sources, how, open_copy, visit));
    waiting_.clear();
    waiting_bytes_ = 0;
    return {};
  }

  Status sort_entries() {
    std::ranges::sort(entries_, {}, &format::ManifestEntry::path);
    const auto twin = std::ranges::adjacent_find(entries_, {}, &format::ManifestEntry::path);
    if (twin != entries_.end()) return unfit(twin->path, "stands there twice");
    return {};
  }

  // Another name of a member is a file of the same content.
  Status add_hardlinks() {
    CAIRN_CHECK(sort_entries());
    const auto known = entries_.size();
    for (const auto& [path, target] : hardlinks_) {
      const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(known);
      const auto found =
          std::ranges::lower_bound(entries_.begin(), end, target, {}, &format::ManifestEntry::path);
      if (found == end || found->path != target)
        return unfit(path, "is a link to what is not there");
      auto entry = *found;
      entry.path = path;
      report_.files += 1;
      entries_.push_back(std::move(entry));
    }
    return sort_entries();
  }

  void add_empty_folders() {
    std::vector<format::ManifestEntry> empty;
    for (const auto& folder : folders_) {
      const auto next =
          std::ranges::lower_bound(entries_, folder + "/", {}, &format::ManifestEntry::path);
      const bool has_files = next != entries_.end() && next->path.starts_with(folder + "/");
      const auto below = folders_.lower_bound(folder + "/");
      if (has_files || (below != folders_.end() && below->starts_with(folder + "/"))) continue;
      format::ManifestEntry entry;
      entry.path = folder;
      entry.type = format::EntryType::kEmptyFolder;
      empty.push_back(std::move(entry));
    }
    std::ranges::move(empty, std::back_inserter(entries_));
  }

  Result<format::Pointer> build() {
    CAIRN_CHECK(add_hardlinks());
    add_empty_folders();
    CAIRN_CHECK(sort_entries());
    const auto discard = [](const ChunkId&, const base::Bytes&) -> Status { return {}; };
    format::ManifestBuilder builder(session_ ? session_->page_sink() : format::PageSink(discard));
    for (const auto& entry : entries_) {
      auto added = builder.add(entry);
      if (!added) return unfit(entry.path, "does not fit: " + added.error().message());
    }
    CAIRN_TRY(const auto top, builder.finish());
    format::Pointer pointer;
    pointer.kind = format::Pointer::Kind::kFolder;
    pointer.oid = top.id.as<Digest>();
    pointer.files = top.a;
    pointer.size_bytes = top.b;
    report_.unchanged = old_ && old_->oid == pointer.oid;
    return pointer;
  }

  Status finish(const format::Pointer& pointer) {
    CAIRN_CHECK(session_->commit());
    report_.stored_bytes = session_->totals().stored_bytes;
    Publication publication;
    publication.tracked = {report_.path, pointer};
    publication.in_tree = false;
    publication.pointer_unchanged = report_.unchanged;
    CAIRN_TRY(report_.staged, publish(repository_, {publication}, false));
    return {};
  }

  const Context& context_;
  Repository& repository_;
  const ImportArchiveOptions& options_;
  ImportArchiveReport report_;
  store::Store* store_ = nullptr;
  std::unique_ptr<store::Session> session_;
  std::optional<format::Pointer> old_;
  std::vector<std::uint8_t> block_ = std::vector<std::uint8_t>(kUnpackBytes);
  std::vector<Waiting> waiting_;
  std::uint64_t waiting_bytes_ = 0;
  std::vector<format::ManifestEntry> entries_;
  std::vector<std::pair<std::string, std::string>> hardlinks_;  // path, of what
  std::set<std::string> folders_;
};

}  // namespace

Result<ImportArchiveReport> import_archive(const Context& context, Repository& repository,
                                           const ImportArchiveOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  return ArchiveImport(context, repository, options).run();
}

}  // namespace cairn::repo
