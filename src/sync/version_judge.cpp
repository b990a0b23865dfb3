// Whether what a root names is there: of one version, and of many that share most of it.
#include <utility>

#include "base/cpu_pool.hpp"
#include "sync/plain_copies.hpp"
#include "sync/remote_table.hpp"

namespace cairn::sync {
namespace {

// Entries of tables held together: a hundred bytes each.
constexpr std::size_t kMaxEntriesHeld = 200'000;

// Every locator is judged once in a run, whatever number of versions names it.
using LocatorFaults = std::unordered_map<ChunkId, std::optional<std::string>>;

std::string fault_of_place(const RemoteView& view, const PackId& pack) {
  if (!view.pack_size(pack)) return "pack " + pack.short_hex() + " is missing";
  if (view.is_condemned(pack)) return "pack " + pack.short_hex() + " is condemned";
  return "pack " + pack.short_hex() + " is truncated or holds a damaged record";
}

bool place_is_good(const RemoteView& view, const PackId& pack, std::uint32_t offset,
                   std::uint32_t bytes, Judge judge) {
  if (judge == Judge::kCounts) return view.counts(pack, offset, bytes);
  return view.is_present(pack, std::uint64_t{offset} + bytes);
}

std::optional<std::string> fault_of_locator(const RemoteView& view, const format::Locator& locator,
                                            Judge judge) {
  for (std::size_t i = 0; i < locator.records.size(); ++i) {
    if (!record_counts(view, locator, i, judge))
      return fault_of_place(view, locator.records[i].pack);
  }
  return std::nullopt;
}

std::string unreadable_locator(const format::TableEntry& entry, const Error& why) {
  return "locator of leaf " + entry.page.short_hex() + ": " + why.message();
}

// Collects the first fault while a version is looked through.
class VersionJudge {
 public:
  VersionJudge(const RemoteView& view, const RemoteTable& table, Judge judge,
               std::unordered_set<PackId>* relied, const LocatorFaults* known)
      : view_(view), table_(table), judge_(judge), relied_(relied), known_(known) {}

  Result<std::optional<std::string>> run() {
    for (const PlacedChunk& page : table_.pages) check(page.place);
    for (const format::TableEntry& entry : table_.entries) {
      check(entry.place);
      for (const format::TableBase& base : entry.bases) check(base.place);
      if (entry.locator) check(entry.locator_place);
    }
    if (fault_) return fault_;
    CAIRN_CHECK(known_ ? recall_locators() : check_locators());
    if (!fault_) CAIRN_CHECK(check_leaves_without_locator());
    return fault_;
  }

 private:
  Status recall_locators() {
    for (const format::TableEntry& entry : table_.entries) {
      if (fault_ || !entry.locator) continue;
      const auto known = known_->find(*entry.locator);
      if (known == known_->end()) return Error(Code::kInternal, "a locator was not judged");
      fault_ = known->second;
    }
    return {};
  }

  Status check_locators() {
    const auto visit = [&](std::size_t, const format::Locator& locator) -> Status {
      check_locator(locator);
      return {};
    };
    const auto on_fault = [&](std::size_t entry, const Error& why) -> Status {
      if (!fault_) fault_ = unreadable_locator(table_.entries[entry], why);
      return {};
    };
    return read_locators(
        view_, table_, [](std::size_t) { return true; }, visit, on_fault);
  }

  void check(const format::Place& place) {
    if (relied_) relied_->insert(place.pack);
    if (fault_ ||
        place_is_good(view_, place.pack, place.record_offset, place.record_bytes, judge_)) {
      return;
    }
    fault_ = fault_of_place(view_, place.pack);
  }

  void check_locator(const format::Locator& locator) {
    if (relied_) {
      for (const format::LocatorRecord& record : locator.records) relied_->insert(record.pack);
    }
    if (!fault_) fault_ = fault_of_locator(view_, locator, judge_);
  }

  // Such a leaf is found through the index alone.
  Status check_leaves_without_locator() {
    std::vector<PlacedChunk> pages;
    std::vector<format::ClosureKind> kinds;
    for (const format::TableEntry& entry : table_.entries) {
      if (!is_leaf(entry) || entry.locator) continue;
      pages.push_back(placed_page(entry));
      kinds.push_back(entry.kind);
    }
    if (pages.empty()) return {};
    std::vector<ChunkId> chunks;
    const auto visit = [&](std::size_t index, base::ByteView page) -> Status {
      CAIRN_TRY(const auto refs, leaf_chunks(kinds[index], page));
      for (const format::ChunkRef& ref : refs) chunks.push_back(ref.id);
      return {};
    };
    const auto on_fault = [&](std::size_t, const Error& why) -> Status {
      if (!fault_) fault_ = why.message();
      return {};
    };
    CAIRN_CHECK(read_placed(view_.context(), view_.remote(), pages, visit, on_fault));
    return check_by_index(chunks);
  }

  Status check_by_index(const std::vector<ChunkId>& chunks) {
    std::vector<bool> found(chunks.size(), false);
    std::vector<std::pair<std::size_t, IndexCopy>> based;
    const auto on_copy = [&](std::size_t index, const IndexCopy& copy) -> Status {
      if (found[index] || !is_good(copy)) return {};
      if (!copy.bases.empty()) {
        based.emplace_back(index, copy);
        return {};
      }
      found[index] = true;
      if (relied_) relied_->insert(copy.pack);
      return {};
    };
    CAIRN_CHECK(find_in_index(view_, chunks, on_copy));
    CAIRN_CHECK(check_based(based, found));
    for (std::size_t i = 0; i < chunks.size() && !fault_; ++i) {
      if (!found[i]) fault_ = "chunk " + chunks[i].short_hex() + " is in no pack that is there";
    }
    return {};
  }

  [[nodiscard]] bool is_good(const IndexCopy& copy) const {
    return place_is_good(view_, copy.pack, copy.record.offset, copy.record.record_bytes, judge_);
  }

  // A difference or a patch is there if plain copies of all its bases are.
  Status check_based(const std::vector<std::pair<std::size_t, IndexCopy>>& based,
                     std::vector<bool>& found) {
    std::unordered_set<ChunkId> bases;
    for (const auto& [index, copy] : based) {
      if (!found[index]) bases.insert(copy.bases.begin(), copy.bases.end());
    }
    CAIRN_TRY(const PlainCopies copies, PlainCopies::find(view_, bases));
    for (const auto& [index, copy] : based) {
      if (found[index]) continue;
      std::vector<PackId> packs{copy.pack};
      for (const ChunkId& base : copy.bases) {
        for (const IndexCopy& plain : copies.of(base)) {
          if (!is_good(plain)) continue;
          packs.push_back(plain.pack);
          break;
        }
      }
      found[index] = packs.size() == copy.bases.size() + 1;
      if (found[index] && relied_) relied_->insert(packs.begin(), packs.end());
    }
    return {};
  }

  const RemoteView& view_;
  const RemoteTable& table_;
  Judge judge_;
  std::unordered_set<PackId>* relied_;
  const LocatorFaults* known_;  // of every locator, or none
  std::optional<std::string> fault_;
};

// Versions that wait for their locators to be read together.
class ManyVersions {
 public:
  ManyVersions(const RemoteView& view, Judge judge, VersionFaults& out)
      : view_(view), judge_(judge), out_(out) {}

  Status add(std::size_t index, Result<RemoteTable> table) {
    if (!table.ok()) {
      if (table.error().code() != Code::kMissing && table.error().code() != Code::kCorrupt)
        return std::move(table).error();
      out_[index] = table.error().message();
      return {};
    }
    entries_ += table->entries.size();
    waiting_.emplace_back(index, *std::move(table));
    return entries_ >= kMaxEntriesHeld ? finish() : Status();
  }

  Status finish() {
    CAIRN_CHECK(judge_new_locators());
    for (const auto& [index, table] : waiting_) {
      CAIRN_TRY(out_[index], VersionJudge(view_, table, judge_, nullptr, &known_).run());
    }
    waiting_.clear();
    entries_ = 0;
    return {};
  }

 private:
  Status judge_new_locators() {
    RemoteTable fresh;  // of entries from any version
    for (const auto& [index, table] : waiting_) {
      for (const format::TableEntry& entry : table.entries) {
        if (entry.locator && known_.try_emplace(*entry.locator).second)
          fresh.entries.push_back(entry);
      }
    }
    const auto visit = [&](std::size_t entry, const format::Locator& locator) -> Status {
      known_[*fresh.entries[entry].locator] = fault_of_locator(view_, locator, judge_);
      return {};
    };
    const auto on_fault = [&](std::size_t entry, const Error& why) -> Status {
      known_[*fresh.entries[entry].locator] = unreadable_locator(fresh.entries[entry], why);
      return {};
    };
    return read_locators(
        view_, fresh, [](std::size_t) { return true; }, visit, on_fault);
  }

  const RemoteView& view_;
  const Judge judge_;
  VersionFaults& out_;
  LocatorFaults known_;
  std::size_t entries_ = 0;
  std::vector<std::pair<std::size_t, RemoteTable>> waiting_;
};

}  // namespace

bool record_counts(const RemoteView& view, const format::Locator& locator, std::size_t record,
                   Judge judge) {
  const format::LocatorRecord& at = locator.records[record];
  if (!place_is_good(view, at.pack, at.offset, at.record_bytes, judge)) return false;
  for (const std::uint32_t base : at.bases) {
    const format::LocatorRecord& plain = locator.records[locator.bases[base].ref.record];
    if (!format::stands_alone(plain.codec) ||
        !place_is_good(view, plain.pack, plain.offset, plain.record_bytes, judge)) {
      return false;
    }
  }
  return true;
}

Result<std::optional<std::string>> fault_of_version(const RemoteView& view,
                                                    const RemoteTable& table, Judge judge,
                                                    std::unordered_set<PackId>* relied) {
  return VersionJudge(view, table, judge, relied, nullptr).run();
}

Result<VersionFaults> faults_of_versions(const RemoteView& view,
                                         std::span<const format::Root> roots, Judge judge) {
  VersionFaults out(roots.size());
  ManyVersions many(view, judge, out);
  const auto visit = [&](std::size_t index, Result<RemoteTable> table) -> Status {
    return many.add(index, std::move(table));
  };
  CAIRN_CHECK(read_tables(view, roots, visit));
  CAIRN_CHECK(many.finish());
  return out;
}

}  // namespace cairn::sync
