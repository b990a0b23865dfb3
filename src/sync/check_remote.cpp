// check_remote: is what the remote holds well formed, and (for a share of the packs) are the bytes
// right?
#include <algorithm>
#include <utility>

#include "base/cpu_pool.hpp"
#include "base/text.hpp"
#include "codec/codec.hpp"
#include "crypto/crc32c.hpp"
#include "crypto/sha256.hpp"
#include "format/table.hpp"
#include "sync/plain_copies.hpp"
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
    CAIRN_CHECK(list_packs());
    CAIRN_CHECK(check_packs());
    CAIRN_CHECK(read_based());
    CAIRN_CHECK(check_index());
    CAIRN_CHECK(check_roots());
    return std::move(report_);
  }

 private:
  struct ListedPack {
    PackId id;
    std::uint64_t size_bytes = 0;
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

  Result<base::Bytes> range(const PackId& pack, std::uint64_t offset, std::uint64_t bytes) {
    base::Bytes out(static_cast<std::size_t>(bytes));
    CAIRN_CHECK(remote_.get_range(format::pack_key(pack), offset, out, context_.stop));
    const std::lock_guard lock(mutex_);
    report_.bytes_read += bytes;
    return out;
  }

  Status check_pack(const ListedPack& pack) {
    constexpr std::uint64_t kFixed = format::kPackHeaderBytes + format::kPackTrailerBytes;
    if (pack.size_bytes < kFixed || pack.size_bytes > format::kMaxPackBytes) {
      return Error(Code::kCorrupt, "a size that no pack has");
    }
    CAIRN_TRY(const auto header, range(pack.id, 0, format::kPackHeaderBytes));
    CAIRN_CHECK(format::decode_pack_header(header));
    const std::uint64_t trailer_at = pack.size_bytes - format::kPackTrailerBytes;
    CAIRN_TRY(const auto tail, range(pack.id, trailer_at, format::kPackTrailerBytes));
    CAIRN_TRY(const auto trailer, format::decode_pack_trailer(tail));
    if (trailer.footer_bytes > pack.size_bytes - kFixed) {
      return Error(Code::kCorrupt, "a footer longer than the pack");
    }
    CAIRN_TRY(const auto footer,
              range(pack.id, trailer_at - trailer.footer_bytes, trailer.footer_bytes));
    if (crypto::crc32c(footer) != trailer.footer_crc) {
      return Error(Code::kCorrupt, "a footer with another checksum");
    }
    if (format::pack_id_of(header, footer) != pack.id) {
      return Error(Code::kCorrupt, "header and footer are not those of its name");
    }
    CAIRN_TRY(const auto table, format::TableView::open(footer));
    CAIRN_CHECK(table.check());
    CAIRN_CHECK(check_record_list(table, trailer_at - trailer.footer_bytes));
    return is_chosen(pack.id, share_) ? read_records_of(pack, table) : Status();
  }

  static Status check_record_list(const format::TableView& table, std::uint64_t footer_at) {
    std::uint64_t at = format::kPackHeaderBytes;
    for (std::uint32_t i = 0; i < table.record_count(); ++i) {
      if (table.record(i).offset != at) return Error(Code::kCorrupt, "records with a gap");
      at += table.record(i).record_bytes;
    }
    if (at != footer_at) return Error(Code::kCorrupt, "records that do not end at the footer");
    return {};
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
      if (view_.is_bad(records[i].pack, record.offset)) {
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
      if (record.fault) fault(format::pack_key(wanted.pack), record.fault->message());
      return {};
    };
    return read_records(context_, remote_, records, {}, visit);
  }

  Status check_index() {
    const auto visit = [&](const std::string& key, const format::TableView& table) -> Status {
      for (std::uint32_t i = 0; i < table.pack_count(); ++i) {
        const format::TablePack pack = table.pack(i);
        if (view_.pack_size(pack.id) == pack.size_bytes || view_.is_condemned(pack.id)) continue;
        fault(key, "names pack " + pack.id.short_hex() + ", which is " +
                       (view_.pack_size(pack.id) ? "of another size" : "not there"));
      }
      return {};
    };
    const auto on_fault = [&](const std::string& key, const Error& why) -> Status {
      fault(key, why.message());
      return {};
    };
    return visit_index(view_, visit, on_fault);
  }

  Status check_roots() {
    std::vector<std::string> keys;
    const auto note = [&](const ObjectInfo& object) -> Status {
      keys.push_back(object.key);
      return {};
    };
    CAIRN_CHECK(remote_.list("roots/", note, context_.stop));
    report_.roots = keys.size();
    for (const std::string& key : keys) CAIRN_CHECK(note_fault(key, check_root(key)));
    return {};
  }

  Status check_root(const std::string& key) {
    const auto parts = base::split(key, '/');
    const auto closure = parts.size() == 3 ? Digest::from_hex(parts[2]) : std::nullopt;
    if (!closure) return Error(Code::kCorrupt, "not the name of a root");
    CAIRN_TRY(const auto root, view_.read_root(std::string(parts[1]), *closure));
    if (!root) return {};  // forgotten since the list
    CAIRN_TRY(const auto table, read_table(view_, root->root));
    CAIRN_TRY(const auto why, fault_of_version(view_, table, Judge::kCounts, nullptr));
    return why ? Status(Error(Code::kCorrupt, *why)) : Status();
  }

  const Context& context_;
  RequestCounter remote_;
  double share_;
  RemoteView view_;
  std::vector<ListedPack> packs_;
  std::mutex mutex_;  // guards the rest while packs are checked in parallel
  std::vector<BasedRecord> based_;
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
