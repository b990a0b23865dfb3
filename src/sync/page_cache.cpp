#include "sync/page_cache.hpp"

#include <utility>

#include "base/file.hpp"
#include "codec/codec.hpp"
#include "store/check.hpp"
#include "store/session.hpp"
#include "store/sharing.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kRecordBytes = std::size_t{128} << 10;  // neighbours are asked for together
constexpr std::uint32_t kMostPacks = 64;                      // more are joined
constexpr int kDropLockMs = 10'000;

Result<std::unique_ptr<store::Store>> open_or_create(const Context& context,
                                                     const std::string& directory) {
  const bool shared = store::is_group_folder(base::parent_of(directory));
  CAIRN_CHECK(
      store::Store::create(directory, shared ? store::Sharing::kGroup : store::Sharing::kOwner));
  return store::Store::open(context, directory, store::Store::Access::kWrite);
}

std::unordered_set<ChunkId> everything_in(const store::Store& store) {
  std::unordered_set<ChunkId> ids;
  (void)store.for_each_record([&](std::uint32_t, const format::TableRecord&,
                                  std::span<const format::TableChunk> chunks) -> Status {
    for (const format::TableChunk& chunk : chunks) ids.insert(chunk.id);
    return {};
  });
  return ids;
}

// Whoever is at it meanwhile comes first: no waiting.
Status sweep(const Context& context, store::Store& store, const std::unordered_set<ChunkId>& live,
             int lock_timeout_ms) {
  CAIRN_TRY(const auto plan, store::plan_sweep(context, store, live, 0));
  if (plan.remove.empty() && plan.rewrite.empty()) return {};
  return store::apply_sweep(context, store, live, plan, lock_timeout_ms);
}

}  // namespace

std::string page_cache_directory(const store::Store& beside) {
  return base::join(beside.directory(), "remote-pages");
}

PageCache::PageCache(const Context& context, const store::Store& beside, const Limits& limits)
    : context_{context.clock, context.entropy,     quiet_, context.progress, context.cpu,
               context.stop,  context.memory_bytes},
      log_(context.log),
      directory_(page_cache_directory(beside)),
      limits_(limits) {}

void PageCache::open() {
  if (opened_) return;
  opened_ = true;
  auto store = store::Store::open(context_, directory_, store::Store::Access::kWrite);
  if (!store.ok()) return;
  store_ = *std::move(store);
  reader_.emplace(*store_);
}

std::optional<base::Bytes> PageCache::find(const ChunkId& id) {
  used_.insert(id);
  if (const auto at = fresh_at_.find(id); at != fresh_at_.end()) return fresh_[at->second].second;
  open();
  if (!store_ || !store_->has(id)) return std::nullopt;
  const auto page = reader_->read(id, store::Verify::kChunk);
  if (!page.ok()) return std::nullopt;
  return base::Bytes(page->begin(), page->end());
}

void PageCache::keep(const ChunkId& id, base::ByteView page) {
  used_.insert(id);
  open();
  if (fresh_at_.contains(id) || (store_ && store_->has(id))) return;
  fresh_at_.emplace(id, fresh_.size());
  fresh_.emplace_back(id, base::Bytes(page.begin(), page.end()));
  fresh_bytes_ += page.size();
  if (fresh_bytes_ > context_.memory_bytes / 8) save();
}

void PageCache::save() {
  open();
  if (fresh_.empty() || (!store_ && fresh_bytes_ < limits_.begin_bytes)) return;
  const Status written = write();
  if (!written.ok()) log_.verbose("pages are not kept: " + written.error().message());
  fresh_.clear();
  fresh_at_.clear();
  fresh_bytes_ = 0;
}

Status PageCache::write() {
  if (!store_) {
    CAIRN_TRY(store_, open_or_create(context_, directory_));
    reader_.emplace(*store_);
  }
  CAIRN_CHECK(append_fresh());
  return prune();
}

Status PageCache::append_fresh() {
  CAIRN_TRY(const auto session, store::Session::begin(context_, *store_, 0));
  codec::Encoder encoder;
  for (std::size_t at = 0; at < fresh_.size();) {
    auto plain = std::make_shared<base::Bytes>();
    std::vector<format::ChunkRef> chunks;
    for (; at < fresh_.size(); ++at) {
      const auto& [id, page] = fresh_[at];
      if (!chunks.empty() && plain->size() + page.size() > kRecordBytes) break;
      chunks.push_back({id, static_cast<std::uint32_t>(page.size())});
      plain->insert(plain->end(), page.begin(), page.end());
    }
    const base::ByteView view = *plain;
    CAIRN_CHECK(session->append(format::PackKind::kMeta,
                                store::encode_record(encoder, std::move(chunks), view,
                                                     std::move(plain), codec::Effort::kNormal)));
  }
  return session->commit();
}

Status PageCache::prune() {
  if (store_->usage().pack_bytes > limits_.stored_bytes) return sweep(context_, *store_, used_, 0);
  if (store_->pack_count() > kMostPacks) return sweep(context_, *store_, everything_in(*store_), 0);
  return {};
}

Status drop_page_cache(const Context& context, const store::Store& beside) {
  auto store =
      store::Store::open(context, page_cache_directory(beside), store::Store::Access::kWrite);
  if (!store.ok() && store.error().code() == Code::kNotRepository) return {};
  if (!store.ok()) return std::move(store).error();
  return sweep(context, **store, {}, kDropLockMs);
}

}  // namespace cairn::sync
