#include "store/base_chunks.hpp"

#include "store/catalogue.hpp"

namespace cairn::store {
namespace {

constexpr std::uint32_t kMissesInARow = 64;  // 16 MB
constexpr std::uint32_t kSeldom = 16;
constexpr std::string_view kGroupsFile = "groups";

}  // namespace

BaseChunks::BaseChunks(const Store& store, Session& session, std::size_t keep_bytes)
    : store_(store),
      session_(session),
      readers_([&store] { return std::make_unique<BaseReader>(store); }),
      page_readers_([&store] { return std::make_unique<ChunkReader>(store); }),
      keep_bytes_(keep_bytes),
      groups_(catalogue_of(store).layout().at(kGroupsFile)) {}

std::optional<ParentFile> BaseChunks::load_parent(const FileVersion& version) {
  return ParentFile::load(version, [this](const ChunkId& id) { return read_any(id); });
}

std::vector<ChunkId> BaseChunks::stand_ins(const ChunkId& id) const {
  const Catalogue& catalogue = catalogue_of(store_);
  const auto copies = catalogue.find_all(id, Catalogue::Copies::kGood);
  for (const ChunkPlace& place : copies) {
    if (format::stands_alone(place.record.codec)) return {id};
  }
  if (copies.empty()) return {};
  return catalogue.bases_of(copies.front());
}

std::optional<BaseChunks::Stored> BaseChunks::stored(const ChunkId& id) const {
  for (const ChunkPlace& place : catalogue_of(store_).find_all(id, Catalogue::Copies::kGood)) {
    const auto& record = place.record;
    if (!format::stands_alone(record.codec) || record.plain_bytes == 0) continue;
    return Stored{place.length, static_cast<std::uint32_t>(std::uint64_t{record.record_bytes} *
                                                           place.length / record.plain_bytes)};
  }
  return std::nullopt;
}

BaseChunkPtr BaseChunks::get(const ChunkId& id) {
  const EntryPtr entry = entry_of(id);
  const std::lock_guard guard(entry->mutex);
  if (entry->loaded) return entry->chunk;
  entry->loaded = true;
  if (auto plain = read(id)) {
    auto samples = sample_windows(*plain);
    entry->chunk =
        std::make_shared<const BaseChunk>(BaseChunk{id, *std::move(plain), std::move(samples)});
    count(id, *entry->chunk);
  }
  return entry->chunk;
}

std::optional<base::Bytes> BaseChunks::read(const ChunkId& id) {
  if (!session_.rely_on_base(id)) return std::nullopt;
  const auto reader = readers_.take();
  const auto plain = reader->read({&id, 1});
  if (!plain.ok()) return std::nullopt;
  return base::Bytes(plain->front().begin(), plain->front().end());
}

bool BaseChunks::read_into(const ChunkId& id, std::span<std::uint8_t> out) {
  return session_.rely_on_base(id) && readers_.take()->read_into(id, out).ok();
}

Result<base::Bytes> BaseChunks::read_any(const ChunkId& id) {
  const auto reader = page_readers_.take();
  CAIRN_TRY(const auto plain, reader->read(id, Verify::kChunk));
  return base::Bytes(plain.begin(), plain.end());
}

BaseChunks::EntryPtr BaseChunks::entry_of(const ChunkId& id) {
  const std::lock_guard guard(mutex_);
  if (const auto found = kept_.find(id); found != kept_.end()) {
    ages_.splice(ages_.begin(), ages_, found->second.age);
    return found->second.entry;
  }
  ages_.push_front(id);
  auto entry = std::make_shared<Entry>();
  kept_.emplace(id, Kept{entry, ages_.begin()});
  return entry;
}

void BaseChunks::count(const ChunkId& id, const BaseChunk& chunk) {
  const std::lock_guard guard(mutex_);
  const auto found = kept_.find(id);
  if (found == kept_.end()) return;
  // It may have been dropped, loaded again and counted meanwhile.
  kept_bytes_ -= found->second.bytes;
  found->second.bytes = chunk.plain.size() + chunk.samples.size() * sizeof(WindowSample);
  kept_bytes_ += found->second.bytes;
  while (kept_bytes_ > keep_bytes_ && ages_.size() > 1) {
    const auto oldest = kept_.find(ages_.back());
    kept_bytes_ -= oldest->second.bytes;
    kept_.erase(oldest);
    ages_.pop_back();
  }
}

bool BaseChunks::lucky() { return misses_ < kMissesInARow || asked_.fetch_add(1) % kSeldom == 0; }

}  // namespace cairn::store
