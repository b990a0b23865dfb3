// check_remote: is what the remote holds well formed, and (for a share of the packs) are the bytes
// right?
#include <algorithm>
#include <utility>

#include "base/counted.hpp"
#include "base/cpu_pool.hpp"
#include "base/text.hpp"
#include "codec/codec.hpp"
#include "crypto/sha256.hpp"
#include "format/table.hpp"
#include "sync/plain_copies.hpp"
#include "sync/remote_pack.hpp"
#include "sync/remote_table.hpp"
#include "sync/request_counter.hpp"
#include "sync/request_threads.hpp"
#include "sync/transfer.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kMaxFaultsTold = 1000;
constexpr std::size_t kBasedAtOnce = 100'000;  // records whose bases are looked up together

bool is_fault(const Error& error) {
  return error.code() == Code::kMissing || error.code() == Code::kCorrupt ||
         error.code() == Code::kTooNew || error.code() == Code::kNotFound;
}

// The same packs are chosen for the same share, and a larger share holds the smaller one.
bool is_chosen(const PackId& id, double share) {
  return share > 0 && (id.bytes[0] * 256 + id.bytes[1]) < share * 65536;
}

class RemoteCheck {
 public:
  RemoteCheck(const Context& context, Remote& remote, double share)
      : context_(context), remote_(remote), share_(share), view_(context, remote_) {}

  Result<RemoteCheckReport> run() {
    CAIRN_CHECK(prepare(view_, MayCreate::kNo));
    CAIRN_CHECK(note_fault("gc/", view_.read_condemned()));
    CAIRN_CHECK(view_.read_bad());
    // In this order: what the roots of this list need was there before the packs and the index are
    // listed, whoever pushes meanwhile.
    CAIRN_CHECK(list_roots());
    CAIRN_CHECK(list_packs());
    CAIRN_CHECK(check_packs());
    CAIRN_CHECK(read_based());
    CAIRN_CHECK(check_index());
    CAIRN_CHECK(check_roots());
    settle();
    return std::move(report_);
  }

 private:
  struct ListedPack {
    PackId id;
    std::uint64_t size_bytes = 0;
  };

  // Damage that no version may have to rely on any more.
  struct Doubt {
    std::string key, what;
  };

  struct BasedRecord {
    WantedRecord record;
    std::vector<ChunkId> bases;
  };

  void fault(const std::string& key, const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (report_.faults.size() < kMaxFaultsTold) {
      report_.faults.push_back("`" + base::printable(key) + "`: " + what);
    }
  }

  void doubt(const std::string& key, const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (doubts_.size() < kMaxFaultsTold) doubts_.push_back({key, what});
  }

  // A fault of the data is noted; trouble on the way is an error.
  Status note_fault(const std::string& key, const Status& status) {
    if (status.ok() || !is_fault(status.error())) return status;
    fault(key, status.error().message());
    return {};
  }

  Status list_packs() {
    const auto note = [&](const ObjectInfo& object) -> Status {
      if (const auto id = pack_of_key(object.key)) {
        packs_.push_back({*id, object.size_bytes});
      } else {
        fault(object.key, "not the name of a pack");
      }
      return {};
    };
    CAIRN_CHECK(remote_.list("packs/", note, context_.stop));
    return view_.need_packs();
  }

  Status check_packs() {
    report_.packs = packs_.size();
    return base::parallel_for(context_, packs_.size(), [&](std::size_t i) -> Status {
      const ListedPack& pack = packs_[i];
      return note_fault(format::pack_key(pack.id), check_pack(pack));
    });
  }

  Status check_pack(const ListedPack& pack) {
    const auto read = read_pack_table(context_, remote_, pack.id, pack.size_bytes);
    if (!read.ok()) {
      if (read.error().code() != Code::kCorrupt) return read.error();
      note_broken(pack.id, read.error());
      return {};
    }
    {
      const std::lock_guard lock(mutex_);
      report_.bytes_read +=
          format::kPackHeaderBytes + format::kPackTrailerBytes + read->footer.size();
    }
    if (!is_chosen(pack.id, share_)) return {};
    CAIRN_TRY(const auto table, format::TableView::open(read->footer));
    return read_records_of(pack, table);
  }

  // None of its records can be found by its own table. Once it is marked nothing relies on it.
  void note_broken(const PackId& id, const Error& why) {
    if (view_.is_bad_pack(id)) {
      doubt(format::pack_key(id), why.message());
      return;
    }
    fault(format::pack_key(id), why.message());
    const std::lock_guard lock(mutex_);
    report_.damaged.push_back({id, format::kWholePack});
  }

  Status read_records_of(const ListedPack& pack, const format::TableView& table) {
    std::vector<WantedRecord> records(table.record_count());
    for (std::uint32_t i = 0; i < table.record_count(); ++i) {
      const format::TableRecord record = table.record(i);
      records[i] = {pack.id, record.offset, record.record_bytes, {}};
    }
    for (std::uint32_t i = 0; i < table.chunk_count(); ++i) {
      const format::TableChunk chunk = table.chunk(i);
      records[chunk.record].chunks.push_back({chunk.id, chunk.offset, chunk.length, true});
    }
    return read_them(without_based(table, std::move(records)));
  }

  // Differences and patches wait until the places of their bases are known; what is marked as
  // damaged is left out.
  std::vector<WantedRecord> without_based(const format::TableView& table,
                                          std::vector<WantedRecord> records) {
    const std::lock_guard lock(mutex_);
    std::vector<WantedRecord> plain;
    for (std::uint32_t i = 0; i < table.record_count(); ++i) {
      const format::TableRecord record = table.record(i);
      if (view_.is_bad_record(records[i].pack, record.offset) ||
          view_.is_bad_pack(records[i].pack)) {
        ++report_.marked;
        continue;
      }
      if (record.base_count == 0) {
        plain.push_back(std::move(records[i]));
        continue;
      }
      BasedRecord& based = based_.emplace_back(BasedRecord{std::move(records[i]), {}});
      for (std::uint32_t b = 0; b < record.base_count; ++b)
        based.bases.push_back(table.base(record.first_base + b));
    }
    return plain;
  }

  Status read_based() {
    for (std::size_t first = 0; first < based_.size(); first += kBasedAtOnce) {
      const std::size_t count = std::min(kBasedAtOnce, based_.size() - first);
      CAIRN_CHECK(read_based(std::span(based_).subspan(first, count)));
    }
    return {};
  }

  Status read_based(std::span<BasedRecord> part) {
    std::unordered_set<ChunkId> bases;
    for (const BasedRecord& based : part) bases.insert(based.bases.begin(), based.bases.end());
    CAIRN_TRY(const PlainCopies copies, PlainCopies::find(view_, bases));
    std::vector<WantedRecord> records;
    records.reserve(part.size());
    for (BasedRecord& based : part) {
      records.push_back(std::move(based.record));
      records.back().bases = copies.places_of(based.bases);
    }
    return read_them(records);
  }

  Status read_them(const std::vector<WantedRecord>& records) {
    const auto visit = [&](VerifiedRecord& record) -> Status {
      const WantedRecord& wanted = records[record.index];
      // Where a base cannot be read, the record itself may be right: that is kMissing.
      const bool damaged = record.fault && record.fault->code() == Code::kCorrupt;
      {
        const std::lock_guard lock(mutex_);
        ++report_.records;
        report_.bytes_read += wanted.bytes;
        if (damaged) report_.damaged.push_back({wanted.pack, wanted.offset});
      }
      if (record.fault && record.fault->code() == Code::kMissing) {
        doubt(format::pack_key(wanted.pack), record.fault->message());
      } else if (record.fault) {
        fault(format::pack_key(wanted.pack), record.fault->message());
      }
      return {};
    };
    return read_records(context_, remote_, records, {}, visit);
  }

  Status check_index() {
    const auto visit = [&](const std::string& key, const format::TableView& table) -> Status {
      for (std::uint32_t i = 0; i < table.pack_count(); ++i) check_named(key, table.pack(i));
      return {};
    };
    const auto on_fault = [&](const std::string& key, const Error& why) -> Status {
      doubt(key, why.message());
      return {};
    };
    return visit_index(view_, visit, on_fault);
  }

  void check_named(const std::string& key, const format::TablePack& pack) {
    indexed_.insert(pack.id);
    const auto size = view_.pack_size(pack.id);
    if (size == pack.size_bytes || view_.is_condemned(pack.id)) return;
    const std::string name = "names pack " + pack.id.short_hex() + ", which is ";
    if (!size) {
      doubt(key, name + "not there");
    } else if (!view_.is_bad_pack(pack.id)) {
      fault(key, name + "of another size");
    }
  }

  Status list_roots() {
    const auto note = [&](const ObjectInfo& object) -> Status {
      roots_.push_back(object.key);
      return {};
    };
    return remote_.list("roots/", note, context_.stop);
  }

  Status check_roots() {
    report_.roots = roots_.size();
    for (const std::string& key : roots_) CAIRN_CHECK(note_fault(key, check_root(key)));
    return {};
  }

  Status check_root(const std::string& key) {
    const auto parts = base::split(key, '/');
    const auto closure = parts.size() == 3 ? Digest::from_hex(parts[2]) : std::nullopt;
    if (!closure) return Error(Code::kCorrupt, "not the name of a root");
    CAIRN_TRY(const auto root, view_.read_root(std::string(parts[1]), *closure));
    if (!root) {  // forgotten since the list
      ++whole_roots_;
      return {};
    }
    CAIRN_TRY(const auto table, read_table(view_, root->root));
    CAIRN_TRY(const auto why, fault_of_version(view_, table, Judge::kCounts, &relied_));
    if (why) return Error(Code::kCorrupt, *why);
    ++whole_roots_;
    return {};
  }

  // Where every version is whole without what is damaged, and what they rely on is in the index,
  // nothing needs to be done about the rest.
  void settle() {
    const auto is_unnamed = [&](const PackId& id) {
      return view_.pack_size(id) && !indexed_.contains(id);
    };
    const auto unnamed = std::ranges::count_if(relied_, is_unnamed);
    if (unnamed > 0) {
      fault("index/", base::counted(static_cast<std::uint64_t>(unnamed), "pack") +
                          " that versions need, named by no index object that can be read");
    }
    const bool superseded =
        whole_roots_ == roots_.size() && unnamed == 0 && report_.damaged.empty();
    for (const Doubt& found : doubts_) {
      if (!superseded) {
        fault(found.key, found.what);
      } else {
        report_.superseded.push_back("`" + base::printable(found.key) + "`: " + found.what);
      }
    }
  }

  const Context& context_;
  RequestCounter remote_;
  double share_;
  RemoteView view_;
  std::vector<std::string> roots_;
  std::uint64_t whole_roots_ = 0;
  std::unordered_set<PackId> indexed_, relied_;
  std::vector<ListedPack> packs_;
  std::mutex mutex_;  // guards the rest while packs are checked in parallel
  std::vector<BasedRecord> based_;
  std::vector<Doubt> doubts_;
  RemoteCheckReport report_;
};

}  // namespace

Result<RemoteCheckReport> check_remote(const Context& context, Remote& remote, double read_share) {
  const RequestThreads threads(context, remote);
  return RemoteCheck(threads.context(), remote, read_share).run();
}

Status mark_damaged(const Context& context, Remote& remote,
                    const std::vector<DamagedRecord>& records) {
  for (const DamagedRecord& record : records) {
    BytesSource nothing({});
    CAIRN_CHECK(remote.put(format::bad_key(record.pack, record.offset), nothing,
                           PutCondition::kReplace, context.stop));
  }
  return {};
}

}  // namespace cairn::sync
