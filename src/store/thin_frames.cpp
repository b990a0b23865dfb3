#include "store/thin_frames.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/cpu_pool.hpp"
#include "crypto/crc32c.hpp"
#include "format/tree.hpp"
#include "store/base_reader.hpp"
#include "store/catalogue.hpp"
#include "store/chunk_reader.hpp"
#include "store/ingest_run.hpp"
#include "store/pack_tables.hpp"

namespace cairn::store {
namespace {

using format::ChunkRef;
using format::ManifestEntry;

// Of all frames that are looked at, which bounds the memory (about 40 MB). Where so much changes at
// once, what is left over has its turn with a later version.
constexpr std::size_t kMostWatchedChunks = std::size_t{1} << 19;
// Of one recipe that changed; a longer one (64 GiB and more) keeps its frames as they are.
constexpr std::size_t kMostRecipeChunks = std::size_t{1} << 20;

bool is_absent_or_bad(const Error& error) {
  return error.code() == Code::kMissing || error.code() == Code::kCorrupt ||
         error.code() == Code::kTooNew;
}

// The chunks of a recipe, or none when there are too many.
Result<std::vector<ChunkRef>> recipe_chunks(const ChunkId& recipe, const format::PageFetch& fetch) {
  std::vector<ChunkRef> chunks;
  bool too_many = false;
  const auto leaf = [&](const ChunkId&, const std::vector<ChunkRef>& some) -> Status {
    too_many = too_many || chunks.size() + some.size() > kMostRecipeChunks;
    if (!too_many) chunks.insert(chunks.end(), some.begin(), some.end());
    return {};
  };
  CAIRN_TRY([[maybe_unused]] const auto header, format::walk_recipe(recipe, fetch, leaf));
  if (too_many) chunks.clear();
  return chunks;
}

Result<std::vector<ChunkRef>> chunks_of(const ManifestEntry& entry,
                                        const format::PageFetch& fetch) {
  if (entry.type != format::EntryType::kFile || entry.size_bytes == 0)
    return std::vector<ChunkRef>();
  if (entry.has_recipe) return recipe_chunks(entry.recipe, fetch);
  if (!entry.chunks.empty()) return entry.chunks;
  return std::vector<ChunkRef>{
      {entry.file_id.as<ChunkId>(), static_cast<std::uint32_t>(entry.size_bytes)}};
}

ManifestEntry entry_of(const format::Pointer& file) {
  ManifestEntry entry;
  entry.size_bytes = file.size_bytes;
  entry.file_id = file.oid.as<FileId>();
  entry.has_recipe = file.tree.has_value();
  if (file.tree) entry.recipe = *file.tree;
  return entry;
}

// Where chunks lie, and how much of each frame is used.
class FrameUse {
 public:
  explicit FrameUse(const Store& store) : catalogue_(catalogue_of(store)), tables_(catalogue_) {}

  // The frame that `id` is read from is to be watched, and those of what it is based on.
  void watch(const ChunkId& id) {
    if (chunks_.size() >= kMostWatchedChunks) return;
    const auto place = catalogue_.find_least(id);
    if (!place) return;
    for (const ChunkId& base : catalogue_.bases_of(*place)) {
      if (const auto plain = plain_copy(base)) watch_frame(*plain);
    }
    watch_frame(*place);
  }
  [[nodiscard]] bool watches_any() const { return !frames_.empty(); }

  // A chunk of the version, in path order.
  void use(const ChunkRef& chunk) { use_from_frame(chunk); }
  // The same, with what it is based on.
  void use_with_bases(const ChunkRef& chunk) {
    use_from_frame(chunk);
    const auto place = catalogue_.find_least(chunk.id);
    if (!place) return;
    for (const ChunkId& base : catalogue_.bases_of(*place)) {
      if (const auto plain = plain_copy(base)) use_from_frame({base, plain->length});
    }
  }

  // The used chunks of thin frames, in the order of their use.
  [[nodiscard]] std::vector<ChunkRef> thinly_used() const {
    std::vector<ChunkRef> out;
    for (const ChunkRef& chunk : used_) {
      if (is_thin(frames_[chunks_.at(chunk.id).frame])) out.push_back(chunk);
    }
    return out;
  }
  [[nodiscard]] std::uint64_t thin_count() const {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        frames_, [](const Frame& frame) { return frame.used_bytes > 0 && is_thin(frame); }));
  }

 private:
  struct Frame {
    std::uint64_t plain_bytes = 0;
    std::uint64_t used_bytes = 0;
  };
  struct Member {
    std::size_t frame = 0;
    bool used = false;
  };

  static bool is_thin(const Frame& frame) {
    return frame.used_bytes * kThinPart < frame.plain_bytes;
  }
  static std::uint64_t key_of(const ChunkPlace& place) {
    return std::uint64_t{place.pack} << 32 | place.record.offset;
  }

  // The copy of a base that is read.
  [[nodiscard]] std::optional<ChunkPlace> plain_copy(const ChunkId& id) const {
    for (const ChunkPlace& place : catalogue_.find_all(id, Catalogue::Copies::kGood)) {
      if (format::stands_alone(place.record.codec)) return place;
    }
    return std::nullopt;
  }

  // A record with bases takes too little to be worth it, whatever is used of it.
  void watch_frame(const ChunkPlace& place) {
    if (place.record.chunk_count < 2 || place.record.base_count > 0) return;
    const auto [at, added] = frame_of_.try_emplace(key_of(place), frames_.size());
    if (!added) return;
    frames_.push_back({place.record.plain_bytes, 0});
    list_chunks(place, at->second);
  }

  void use_from_frame(const ChunkRef& chunk) {
    const auto found = chunks_.find(chunk.id);
    if (found == chunks_.end() || found->second.used) return;
    found->second.used = true;
    frames_[found->second.frame].used_bytes += chunk.length;
    used_.push_back(chunk);
  }

  // Only those that are read from this very frame.
  void list_chunks(const ChunkPlace& place, std::size_t frame) {
    const auto pack = tables_.of(place.pack);
    if (!pack) return;
    for (std::uint32_t i = pack->first; i < pack->last; ++i) {
      if (pack->table->view().record(i).offset != place.record.offset) continue;
      for (const format::TableChunk& chunk : pack->table->chunks_of(i)) {
        const auto best = catalogue_.find_least(chunk.id);
        if (best && key_of(*best) == key_of(place)) chunks_.try_emplace(chunk.id, Member{frame});
      }
    }
  }

  const Catalogue& catalogue_;
  PackTables tables_;
  std::unordered_map<std::uint64_t, std::size_t> frame_of_;
  std::vector<Frame> frames_;
  std::unordered_map<ChunkId, Member> chunks_;  // of all frames
  std::vector<ChunkRef> used_;
};

// Appends chunks read from the store as new frames. Each was compared with its id when it was read,
// and is under its checksum from there on.
class FrameRenewal {
 public:
  FrameRenewal(const Store& store, Session& session, codec::Effort effort)
      : reader_(store), session_(session), effort_(effort) {}

  Status add(const ChunkRef& chunk) {
    if (plain_ && plain_->size() + chunk.length > detail::kSmallFrameBytes) CAIRN_CHECK(flush());
    const auto bytes = reader_.read(chunk.id, Verify::kChunk);
    if (!bytes.ok() && is_absent_or_bad(bytes.error())) return {};
    if (!bytes.ok()) return bytes.error();
    if (!plain_) plain_ = std::make_shared<base::Bytes>();
    chunks_.push_back({chunk, crypto::crc32c(*bytes)});
    plain_->insert(plain_->end(), bytes->begin(), bytes->end());
    ++done_.chunks;
    done_.plain_bytes += chunk.length;
    return {};
  }

  Status flush() {
    if (!plain_) return {};
    const base::ByteView view = *plain_;
    CAIRN_TRY(EncodedRecord record,
              encode_hashed(encoder_, chunks_, view, std::exchange(plain_, nullptr), effort_));
    chunks_.clear();
    return session_.append(format::PackKind::kData, std::move(record));
  }
  [[nodiscard]] const RenewedFrames& done() const { return done_; }

 private:
  ChunkReader reader_;
  Session& session_;
  const codec::Effort effort_;
  codec::Encoder encoder_;
  std::vector<HashedChunk> chunks_;
  std::shared_ptr<base::Bytes> plain_;
  RenewedFrames done_;
};

// What two versions of one path share and do not share.
class VersionStep {
 public:
  VersionStep(const format::PageFetch& fetch, FrameUse& use) : fetch_(fetch), use_(use) {}

  Status folders(const ChunkId& before, const ChunkId& after) {
    const auto change = [&](const format::ManifestChange& changed) -> Status {
      return differ(changed.before, changed.after);
    };
    CAIRN_CHECK(format::diff_manifests(before, after, fetch_, change));
    if (!use_.watches_any()) return {};
    const auto leaf = [&](const ChunkId&, const std::vector<ManifestEntry>& entries) -> Status {
      for (const ManifestEntry& entry : entries) CAIRN_CHECK(use_entry(entry));
      return {};
    };
    return format::walk_manifest(after, fetch_, leaf);
  }

  Status files(const ManifestEntry& before, const ManifestEntry& after) {
    changed_recipes_.insert(after.recipe);
    CAIRN_CHECK(differ(&before, &after));
    return use_entry(after);
  }

 private:
  Status differ(const ManifestEntry* before, const ManifestEntry* after) {
    std::vector<ChunkRef> old_chunks, new_chunks;
    if (before != nullptr) {
      CAIRN_TRY(old_chunks, chunks_of(*before, fetch_));
    }
    if (after != nullptr) {
      CAIRN_TRY(new_chunks, chunks_of(*after, fetch_));
      if (after->has_recipe) changed_recipes_.insert(after->recipe);
    }
    watch_others(old_chunks, new_chunks);
    watch_others(new_chunks, old_chunks);
    return {};
  }

  // Those of `chunks` that are not among `others`.
  void watch_others(const std::vector<ChunkRef>& chunks, const std::vector<ChunkRef>& others) {
    std::unordered_set<ChunkId> known;
    for (const ChunkRef& other : others) known.insert(other.id);
    for (const ChunkRef& chunk : chunks) {
      if (!known.contains(chunk.id)) use_.watch(chunk.id);
    }
  }

  // Frames hold the chunks of one large file or of several small ones: of the large ones only those
  // that changed matter.
  Status use_entry(const ManifestEntry& entry) {
    if (entry.has_recipe && !changed_recipes_.contains(entry.recipe)) return {};
    if (!entry.has_recipe && entry.chunks.empty()) {  // most entries by far
      if (entry.type == format::EntryType::kFile && entry.size_bytes > 0)
        use_.use({entry.file_id.as<ChunkId>(), static_cast<std::uint32_t>(entry.size_bytes)});
      return {};
    }
    CAIRN_TRY(const auto chunks, chunks_of(entry, fetch_));
    for (const ChunkRef& chunk : chunks) use_.use_with_bases(chunk);
    return {};
  }

  const format::PageFetch& fetch_;
  FrameUse& use_;
  std::unordered_set<ChunkId> changed_recipes_;
};

}  // namespace

Result<RenewedFrames> renew_thin_frames(const Context& context, const Store& store,
                                        Session& session, const format::Pointer& before,
                                        const format::Pointer& after, codec::Effort effort) {
  if (before.kind != after.kind || before.oid == after.oid) return RenewedFrames();
  const format::PageFetch fetch = page_fetch(store);
  FrameUse use(store);
  VersionStep step(fetch, use);
  const bool folder = after.kind == format::Pointer::Kind::kFolder;
  const Status compared = folder ? step.folders(before.oid.as<ChunkId>(), after.oid.as<ChunkId>())
                                 : step.files(entry_of(before), entry_of(after));
  if (!compared.ok() && is_absent_or_bad(compared.error())) return RenewedFrames();
  if (!compared.ok()) return compared.error();
  FrameRenewal renewal(store, session, effort);
  for (const ChunkRef& chunk : use.thinly_used()) {
    CAIRN_CHECK(base::check_stop(context));
    CAIRN_CHECK(renewal.add(chunk));
  }
  CAIRN_CHECK(renewal.flush());
  RenewedFrames done = renewal.done();
  done.frames = use.thin_count();
  return done;
}

}  // namespace cairn::store
