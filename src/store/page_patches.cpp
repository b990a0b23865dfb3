#include "store/page_patches.hpp"

#include <algorithm>

#include "crypto/crc32c.hpp"

namespace cairn::store {
namespace {

// Smaller ones take little, and each base of theirs would cost a read.
constexpr std::size_t kSmallPageBytes = 4'096;
// A patch that takes more, in parts of what the page would take by itself, is not worth its base.
constexpr double kMostOfPlain = 0.5;
// What bases may cost a reader of the new pages, in parts of what they would take.
constexpr double kMostExtraPages = 0.6;
constexpr std::size_t kPagesMemoryPart = 8;  // of the memory: for pages of the earlier version

}  // namespace

PagePatches::PagePatches(BaseChunks& chunks, Session& session, EarlierPagesPtr earlier)
    : chunks_(chunks), session_(session), earlier_(std::move(earlier)) {}

Status PagePatches::put(const ChunkId& id, base::Bytes page) {
  earlier_->pass(page);
  if (!session_.claim(id)) return {};
  const HashedChunk chunk{{id, static_cast<std::uint32_t>(page.size())}, crypto::crc32c(page)};
  const auto owner = std::make_shared<const base::Bytes>(std::move(page));
  CAIRN_TRY(EncodedRecord record, encode(chunk, owner));
  return session_.append(format::PackKind::kMeta, std::move(record));
}

Result<EncodedRecord> PagePatches::encode(const HashedChunk& chunk,
                                          const std::shared_ptr<const base::Bytes>& page) {
  const auto encode_with = [&](const RecordHints& hints) {
    return encode_hashed(encoder_, {&chunk, 1}, *page, page, codec::Effort::kNormal, hints);
  };
  const Bases chosen = choose(*page);
  std::vector<BaseBytes> bases;
  for (const BaseChunkPtr& base : chosen.chunks) bases.push_back({base->id, base->plain});
  CAIRN_TRY(EncodedRecord record, encode_with({.bases = bases}));
  const auto stored = static_cast<std::uint32_t>(record.header.record_bytes());
  if (record.header.bases.empty()) {
    earn(stored);
    return record;
  }
  if (accept(chosen, page->size(), stored)) return record;
  return encode_with({});
}

PagePatches::Bases PagePatches::choose(base::ByteView page) {
  Bases bases;
  if (page.size() < kSmallPageBytes) return bases;
  std::vector<BaseChunkPtr> found;
  for (const ChunkId& earlier : earlier_->beside()) {
    for (const ChunkId& id : chunks_.stand_ins(earlier)) {
      const auto same = [&](const BaseChunkPtr& known) { return known->id == id; };
      if (std::ranges::any_of(found, same)) continue;
      if (auto chunk = chunks_.get(id)) found.push_back(std::move(chunk));
    }
  }
  std::vector<BaseCandidate> candidates;
  for (const BaseChunkPtr& chunk : found)
    candidates.push_back({chunk->samples, static_cast<std::uint32_t>(chunk->plain.size())});
  const BaseCover cover = choose_bases(sample_windows(page), candidates);
  if (cover.covered * 2 < cover.samples) return bases;
  for (const std::size_t i : cover.chosen) {
    if (i == cover.best) bases.best = bases.chunks.size();
    bases.chunks.push_back(found[i]);
  }
  return bases;
}

// Where the size of all pages is known, the first ones may cost what later ones will not.
void PagePatches::earn(double plain_bytes) {
  if (!spare_bytes_) {
    const auto expected = static_cast<double>(earlier_->expected_bytes());
    earns_ = expected == 0;
    spare_bytes_ = expected * kMostExtraPages;
  }
  if (earns_) *spare_bytes_ += plain_bytes * kMostExtraPages;
}

bool PagePatches::accept(const Bases& bases, std::size_t page_bytes, std::uint32_t stored_bytes) {
  double extra = stored_bytes;
  for (const BaseChunkPtr& base : bases.chunks) {
    const auto stored = chunks_.stored(base->id);
    if (!stored) return false;
    if (!read_.contains(base->id)) extra += stored->stored_bytes;
  }
  const BaseChunk& best = *bases.chunks[bases.best];
  const std::uint32_t best_stored = chunks_.stored(best.id)->stored_bytes;
  const double plain = static_cast<double>(best_stored) * static_cast<double>(page_bytes) /
                       static_cast<double>(best.plain.size());
  earn(plain);
  auto group = chunks_.groups().find(best.id).value_or(DeltaGroups::Group{1, best_stored, 0});
  if (std::uint64_t{stored_bytes} * group.versions > group.stored_bytes) return false;
  if (stored_bytes > plain * kMostOfPlain || extra - plain > *spare_bytes_) return false;
  *spare_bytes_ -= extra - plain;
  for (const BaseChunkPtr& base : bases.chunks) read_.insert(base->id);
  ++group.versions;
  group.stored_bytes += stored_bytes;
  chunks_.groups().set(best.id, group);
  return true;
}

ManifestPatches::ManifestPatches(const Context& context, const Store& store, Session& session,
                                 const ChunkId& earlier)
    : bases_(store, session, context.memory_bytes / kPagesMemoryPart) {
  const auto fetch = [this](const ChunkId& id) { return bases_.read_any(id); };
  sink_ = patching_sink(bases_, session, earlier_manifest_pages(earlier, fetch));
}

format::PageSink patching_sink(BaseChunks& chunks, Session& session, EarlierPagesPtr earlier) {
  const auto patches = std::make_shared<PagePatches>(chunks, session, std::move(earlier));
  return
      [patches](const ChunkId& id, base::Bytes page) { return patches->put(id, std::move(page)); };
}

}  // namespace cairn::store
