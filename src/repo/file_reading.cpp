#include "repo/file_reading.hpp"

#include <mutex>
#include <unordered_map>

#include "base/shell.hpp"
#include "base/text.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/passage.hpp"
#include "repo/tree_state.hpp"

namespace cairn::repo {
namespace {

constexpr std::size_t kMaxHeldBytes = std::size_t{64} << 20;

// Chunks that are wanted of a remote, and the bytes of those that came.
class ChunkKeep final : public sync::ChunkSink {
 public:
  [[nodiscard]] bool lacks(const ChunkId& id) const override {
    const std::lock_guard lock(mutex_);
    const auto found = chunks_.find(id);
    return found != chunks_.end() && found->second.empty();
  }
  [[nodiscard]] bool hashes(const ChunkId& /*id*/) const override { return false; }
  Status land(const ChunkId& id, base::ByteView bytes) override {
    const std::lock_guard lock(mutex_);
    chunks_[id].assign(bytes.begin(), bytes.end());
    held_bytes_ += bytes.size();
    return {};
  }
  Result<bool> settle(const ChunkId& /*id*/, base::ByteView /*bytes*/) override { return true; }

  // The rest is for the thread that reads the file.
  void want(const ChunkId& id) { chunks_.try_emplace(id); }
  [[nodiscard]] const base::Bytes* find(const ChunkId& id) const {
    const auto found = chunks_.find(id);
    return found == chunks_.end() || found->second.empty() ? nullptr : &found->second;
  }
  void make_room() {
    if (held_bytes_ < kMaxHeldBytes) return;
    chunks_.clear();
    held_bytes_ = 0;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<ChunkId, base::Bytes> chunks_;  // empty: wanted
  std::size_t held_bytes_ = 0;
};

// From the store, else from afar.
class FarSource final : public ChunkSource {
 public:
  FarSource(Passage& passage, const Tracked& version, std::string path,
            const sync::FarPlaces& places)
      : passage_(passage), version_(version), path_(std::move(path)), places_(places) {
    if (passage.store()) reader_.emplace(*passage.store());
  }

  Status prepare(std::span<const FilePiece> next) override {
    std::vector<ChunkId> lacking;
    for (const FilePiece& piece : next) {
      if (!is_here(piece.id)) lacking.push_back(piece.id);
    }
    if (lacking.empty() || !passage_.reachable()) return {};
    kept_.make_room();
    for (const FilePiece& piece : next) {
      if (!is_here(piece.id)) kept_.want(piece.id);
    }
    return passage_.bring(
        {version_}, [&](std::string_view path) { return path == path_; }, kept_);
  }

  Result<base::ByteView> read(const FilePiece& piece) override {
    if (const base::Bytes* bytes = kept_.find(piece.id)) return base::ByteView(*bytes);
    if (reader_) return reader_->read(piece.id, store::Verify::kChunk);
    return Error(Code::kMissing, "chunk " + piece.id.hex() + " is not here");
  }

  [[nodiscard]] std::optional<StoredRecord> record_of(const ChunkId& id) const override {
    if (passage_.store()) {
      if (const auto place = passage_.store()->find(id))
        return StoredRecord{place->record.record_bytes, place->record.plain_bytes};
    }
    const auto far = places_.find(id);
    if (far == places_.end()) return std::nullopt;
    return StoredRecord{far->second.record_bytes, far->second.plain_bytes};
  }

 private:
  [[nodiscard]] bool is_here(const ChunkId& id) const {
    return kept_.find(id) || (passage_.store() && passage_.store()->has(id));
  }

  Passage& passage_;
  const Tracked& version_;
  const std::string path_;
  const sync::FarPlaces& places_;
  std::optional<store::ChunkReader> reader_;
  ChunkKeep kept_;
};

Error is_folder(const std::string& path) {
  return Error(Code::kUsage, "`" + base::printable(path) + "` is a folder")
      .hint("`cairn ls " + base::shell_word(path) + "` lists its files");
}

// Pages on the way to it only, where it is there.
Result<format::ManifestEntry> find_file(const format::PageFetch& pages, const Selected& item) {
  const auto& pointer = item.tracked.pointer;
  if (pointer.kind == format::Pointer::Kind::kFile) return file_entry(pointer);
  const auto shown =
      base::printable(item.tracked.path + (item.inside.empty() ? "" : "/" + item.inside.front()));
  if (item.inside.empty()) return is_folder(item.tracked.path);
  const auto& wanted = item.inside.front();
  CAIRN_TRY(auto found, find_entry(pointer, pages, wanted));
  if (!found) {
    CAIRN_TRY(const bool folder, has_entries_below(pointer, pages, wanted));
    return folder ? is_folder(item.tracked.path + "/" + wanted)
                  : not_in_version(item.tracked.path, wanted);
  }
  if (found->type != format::EntryType::kFile)
    return Error(Code::kUsage, "`" + shown + "` is not a file");
  return *std::move(found);
}

}  // namespace

struct FileReading::State {
  State(const Context& context_in, Repository& repository, const FileName& name)
      : context(context_in), passage(context_in, repository, name.remote, name.offline) {}

  // What `read` gives; where lists are not here, once more when they came.
  template <typename Read>
  auto with_lists(const Read& read) -> decltype(read()) {
    auto got = read();
    if (got.ok() || got.error().code() != Code::kMissing || !passage.reachable()) return got;
    CAIRN_CHECK(passage.bring_lists({version}));
    return read();
  }

  const Context& context;
  Passage passage;
  Tracked version;
  std::string path, revision;
  format::ManifestEntry entry;
  sync::FarPlaces places;
};

FileReading::FileReading(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileReading::FileReading(FileReading&&) noexcept = default;
FileReading::~FileReading() = default;

Result<std::vector<Tracked>> tracked_in(const Repository& repository, const std::string& revision,
                                        const std::vector<std::string>& paths) {
  if (revision.empty()) return repository.tracked_for(paths);
  CAIRN_TRY(const auto commit, repository.git().resolve_commit(revision));
  return repository.tracked_at(commit);
}

Result<FileReading> FileReading::open(const Context& context, Repository& repository,
                                      const FileName& name) {
  CAIRN_TRY(const auto path, repository.resolve_argument(name.typed));
  CAIRN_TRY(const auto tracked, tracked_in(repository, name.revision, {path}));
  CAIRN_TRY(const auto selected, select(tracked, {path}));
  if (selected.size() != 1) {
    return Error(Code::kUsage, "`" + base::printable(name.typed) + "` names more than one path")
        .hint("`cairn ls " + base::printable(name.typed) + "` lists them");
  }
  FileReading reading(std::make_unique<State>(context, repository, name));
  State& state = *reading.state_;
  state.path = path;
  state.revision = name.revision;
  state.version = selected.front().tracked;
  state.passage.read_only();
  CAIRN_CHECK(state.passage.open());
  const auto find = [&] { return find_file(state.passage.holdings().pages, selected.front()); };
  auto entry = state.with_lists(find);
  if (!entry.ok()) return reading.explain(std::move(entry).error());
  state.entry = *std::move(entry);
  return reading;
}

const std::string& FileReading::path() const { return state_->path; }
const format::ManifestEntry& FileReading::entry() const { return state_->entry; }
const store::Store* FileReading::store() const { return state_->passage.store(); }
bool FileReading::reachable() const { return state_->passage.reachable(); }

void FileReading::note_places() { state_->passage.note_places(state_->places); }

Result<ChunkedFile> FileReading::chunks() {
  State& state = *state_;
  const auto open = [&] {
    return ChunkedFile::open(
        std::make_unique<FarSource>(state.passage, state.version, state.path, state.places),
        state.passage.holdings().pages, state.entry);
  };
  return state.with_lists(open);
}

Error FileReading::explain(Error error) const {
  // What remotes lack or did not answer explains itself.
  if (error.code() == Code::kUsage || !error.slug().empty() || state_->passage.asked())
    return error;
  return not_here(std::move(error), state_->version.path, state_->revision);
}

void FileReading::tell_traffic() const {
  if (!state_->passage.asked()) return;
  const auto& fetched = state_->passage.fetched();
  state_->context.log.verbose(base::human_bytes(fetched.downloaded_bytes) + " (" +
                              std::to_string(fetched.downloaded_bytes) + " bytes) in " +
                              std::to_string(fetched.requests) + " requests from `" +
                              fetched.remote + "`");
}

}  // namespace cairn::repo
