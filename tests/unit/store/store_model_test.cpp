// Random histories of a store against a plain map: sessions, reopening, a lost index, collections,
// damage.
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>  // needs the one above

#include <map>

#include "store_fixture.hpp"

namespace cairn::store {
namespace {

class StoreModel : public StoreTest {
 public:
  void TestBody() override {}

  void step(int what, std::uint64_t seed) {
    switch (what) {
      case 0:
        add_record(seed, true);
        break;
      case 1:
        add_record(seed, false);
        break;
      case 2:
        store_ = open();
        break;
      case 3:
        lose_index();
        break;
      case 4:
        collect(seed);
        break;
      case 5:
        damage(seed);
        break;
      default:
        checkpoint(seed);
        break;
    }
  }

  void check() {
    if (!store_) store_ = open();
    for (const auto& [id, text] : content_) {
      RC_ASSERT(store_->has(id));
      RC_ASSERT(read(*store_, id) == text);
    }
    RC_ASSERT(leftovers().empty());
  }

 private:
  [[nodiscard]] static std::vector<base::Bytes> chunks_of(std::uint64_t seed) {
    std::vector<base::Bytes> chunks;
    for (std::uint64_t i = 0; i <= seed % 4; ++i) {
      chunks.push_back(i % 2 == 0 ? words(1 + seed % 3000, seed % 50 + i)
                                  : noise(1 + seed % 700, seed % 50 + i));
    }
    return chunks;
  }
  Store& store() {
    if (!store_) store_ = open();
    return *store_;
  }
  void add_record(std::uint64_t seed, bool commit) {
    const auto chunks = chunks_of(seed);
    const auto session = begin(store());
    for (const auto& chunk : chunks) (void)session->claim(id_of(chunk));
    RC_ASSERT(append(*session, chunks).ok());
    if (!commit) return;
    RC_ASSERT(session->commit().ok());
    for (const auto& chunk : chunks) content_[id_of(chunk)] = to_text(chunk);
  }
  void checkpoint(std::uint64_t seed) {
    const auto session = begin(store());
    for (std::uint64_t i = 0; i < 10; ++i) {
      const auto chunk = noise(20, seed % 100 + i);
      if (session->claim(id_of(chunk))) RC_ASSERT(append(*session, {chunk}).ok());
      RC_ASSERT(session->commit().ok());
      content_[id_of(chunk)] = to_text(chunk);
    }
  }
  void lose_index() {
    store_.reset();
    fs::remove_all(directory + "/index");
  }
  // Keeps about half of the content.
  void collect(std::uint64_t seed) {
    for (auto entry = content_.begin(); entry != content_.end();) {
      entry = (entry->first.bytes[3] + seed) % 2 == 0 ? content_.erase(entry) : std::next(entry);
    }
    std::unordered_set<ChunkId> live;
    for (const auto& [id, text] : content_) live.insert(id);
    const auto plan = plan_sweep(context, store(), live, -100 * 86'400'000LL);
    RC_ASSERT(plan.ok());
    const Status applied = apply_sweep(context, store(), live, *plan, 1000);
    RC_ASSERT(applied.ok());
  }
  // A bit of a pack flips (perhaps back); fsck tells what is lost; those chunks are added again.
  void damage(std::uint64_t seed) {
    (void)store();  // with neither index nor footer nobody could name what is lost
    const auto all = packs();
    if (all.empty()) return;
    const auto& pack = all[seed % all.size()];
    flip_bit(pack, 64 + seed % (fs::file_size(pack) - 64), seed % 8);
    const auto report = check_store(context, store(), ReadData::kEverything);
    RC_ASSERT(report.ok());
    for (const auto& damage : report->damage) {
      for (const auto& id : damage.chunks) heal(id);
    }
  }
  void heal(const ChunkId& id) {
    const auto entry = content_.find(id);
    if (entry == content_.end() || store().has(id)) return;  // lost in two packs, healed once
    const auto session = begin(store());
    RC_ASSERT(session->claim(id));
    RC_ASSERT(append(*session, {to_bytes(entry->second)}).ok());
    RC_ASSERT(session->commit().ok());
  }

  std::unique_ptr<Store> store_;
  std::map<ChunkId, std::string> content_;
};

RC_GTEST_PROP(StoreModelTest, NoHistoryLosesACommittedChunk, ()) {
  using Steps = std::vector<std::pair<int, std::uint32_t>>;
  const auto step = rc::gen::pair(rc::gen::inRange(0, 7),
                                  rc::gen::resize(100, rc::gen::arbitrary<std::uint32_t>()));
  const auto steps = *rc::gen::resize(30, rc::gen::container<Steps>(step));
  StoreModel model;
  for (const auto& [what, seed] : steps) model.step(what, seed);
  model.check();
}

}  // namespace
}  // namespace cairn::store
