// check_store(): every pack against its footer and its index, and with kEverything every byte.
#include "store/check.hpp"

#include <algorithm>
#include <map>

#include "base/counted.hpp"
#include "base/cpu_pool.hpp"
#include "store/base_reader.hpp"
#include "store/catalogue.hpp"
#include "store/pack_footer.hpp"
#include "store/record_decode.hpp"

namespace cairn::store {
namespace {

// A record that is not what it should be, before it is known which of its chunks have another copy.
struct BadRecord {
  std::uint32_t slot = 0;
  std::uint32_t offset = 0;
  std::string what;
  std::vector<ChunkId> chunks;
};

// What was found in one pack; packs are checked beside each other.
struct PackFindings {
  std::uint64_t records = 0;
  std::uint64_t chunks = 0;
  std::uint64_t bytes_read = 0;
  std::vector<BadRecord> bad;
  std::vector<std::pair<std::uint32_t, std::uint32_t>>
      healthy_again;  // slot, offset: marked, but every byte is right
  std::map<std::uint8_t, std::uint64_t> unreadable_codecs;
  std::vector<std::string> notes;
};

std::vector<ChunkId> ids_of(const std::vector<format::TableChunk>& chunks) {
  std::vector<ChunkId> ids;
  for (const format::TableChunk& chunk : chunks) ids.push_back(chunk.id);
  return ids;
}

bool same_layout(const PackRecords& a, const PackRecords& b) {
  if (a.record_count() != b.record_count()) return false;
  for (std::uint32_t i = 0; i < a.record_count(); ++i) {
    const auto x = a.table->view().record(a.first + i);
    const auto y = b.table->view().record(b.first + i);
    if (x.offset != y.offset || x.record_bytes != y.record_bytes || x.crc != y.crc) return false;
  }
  return true;
}

class PackCheck {
 public:
  PackCheck(const Context& context, const Store& store, ReadData depth, std::uint32_t slot,
            const PackRecords& records)
      : context_(context),
        catalogue_(catalogue_of(store)),
        bases_(store),
        depth_(depth),
        slot_(slot),
        records_(records),
        path_(catalogue_.layout().pack_path(records.id)) {}

  Result<PackFindings> run() {
    auto file = base::open_read(path_);
    if (!file.ok() && file.error().code() == Code::kNotFound) {
      found_.notes.push_back("pack " + records_.id.hex() + " was removed meanwhile");
      return std::move(found_);
    }
    CAIRN_TRY(file_, std::move(file));
    struct ::stat info {};
    if (::fstat(file_.get(), &info) != 0) return base::errno_error("stat", path_, errno);
    size_bytes_ = static_cast<std::uint64_t>(info.st_size);
    CAIRN_CHECK(check_footer());
    for (std::uint32_t i = records_.first; i < records_.last; ++i) {
      CAIRN_CHECK(base::check_stop(context_));
      check_record(i);
    }
    return std::move(found_);
  }

 private:
  // A damaged footer costs nobody a chunk as long as the index lists the records, so it is no
  // damage of a record.
  Status check_footer() {
    if (size_bytes_ != records_.size_bytes) {
      found_.notes.push_back("pack " + records_.id.hex() + " has " + std::to_string(size_bytes_) +
                             " bytes, not the " + std::to_string(records_.size_bytes) +
                             " it was written with");
    }
    const auto footer = read_pack_footer(file_, size_bytes_, records_.id, path_);
    if (!footer.ok()) {
      if (footer.error().code() == Code::kTooNew) return footer.error();
      found_.bad.push_back({slot_, 0, "damaged header or footer: " + footer.error().message(), {}});
    } else if (!same_layout(*footer, records_)) {
      found_.notes.push_back("the index of pack " + records_.id.hex() + " differs from its footer");
    }
    return {};
  }

  void check_record(std::uint32_t index) {
    const format::TableRecord record = records_.table->view().record(index);
    const auto chunks = records_.table->chunks_of(index);
    ++found_.records;
    found_.chunks += chunks.size();
    if (record.codec > static_cast<std::uint8_t>(codec::CodecId::kPatch))
      ++found_.unreadable_codecs[record.codec];
    const bool marked = catalogue_.marked(slot_, record.offset);
    Status status;
    if (depth_ == ReadData::kEverything) {
      status = check_bytes(record, chunks);
      found_.bytes_read += record.record_bytes;
      context_.progress.add_bytes(record.record_bytes);
      if (status.ok() && marked) found_.healthy_again.emplace_back(slot_, record.offset);
    } else if (std::uint64_t{record.offset} + record.record_bytes > size_bytes_) {
      status = Error(Code::kCorrupt, "truncated");
    } else if (marked) {
      status = Error(Code::kCorrupt, "marked as damaged before");
    } else {
      status = check_bases(record);
    }
    if (!status.ok())
      found_.bad.push_back({slot_, record.offset, status.error().message(), ids_of(chunks)});
  }

  // Without reading them: that each base has a copy to be based on.
  Status check_bases(const format::TableRecord& record) const {
    for (const ChunkId& base : records_.table->bases_of(record)) {
      if (has_plain_copy(catalogue_, base)) continue;
      return Error(Code::kMissing,
                   "no good copy of chunk " + base.hex() + " that it is based on is in the store");
    }
    return {};
  }

  Status check_bytes(const format::TableRecord& entry,
                     const std::vector<format::TableChunk>& chunks) {
    if (std::uint64_t{entry.offset} + entry.record_bytes > size_bytes_)
      return Error(Code::kCorrupt, "truncated");
    if (entry.record_bytes > kLargestRecordBytes)
      return Error(Code::kCorrupt, "larger than a record can be");
    stored_.resize(entry.record_bytes);
    CAIRN_CHECK(base::pread_exact(file_, stored_, entry.offset, path_));
    CAIRN_TRY(const auto record, format::decode_record(stored_));
    CAIRN_TRY(const auto bases, bases_.read(record.header.bases));
    const Status decoded = decode_payload(decoder_, record, plain_, bases);
    if (!decoded.ok()) return decoded.error().code() == Code::kTooNew ? Status() : decoded;
    return check_chunks_of(record.header, chunks);
  }

  Status check_chunks_of(const format::RecordHeader& header,
                         const std::vector<format::TableChunk>& chunks) {
    if (header.chunk_lengths.size() != chunks.size())
      return Error(Code::kCorrupt, "it has other chunks than its index");
    const auto ids = hash_chunks(header.chunk_lengths, plain_);
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      if (chunks[i].length != header.chunk_lengths[i] || ids[i] != chunks[i].id) {
        return Error(Code::kCorrupt, "chunk hash mismatch");
      }
    }
    return {};
  }

  const Context& context_;
  const Catalogue& catalogue_;
  BaseReader bases_;
  const ReadData depth_;
  const std::uint32_t slot_;
  const PackRecords& records_;
  const std::string path_;
  base::Fd file_;
  std::uint64_t size_bytes_ = 0;
  codec::Decoder decoder_;
  base::Bytes stored_;
  base::Bytes plain_;
  PackFindings found_;
};

// Files that belong to nobody, and what the index and the folder of packs say of each other.
Status check_files(const Catalogue& catalogue, CheckReport& report) {
  CAIRN_TRY(const auto packs, list_packs(catalogue.layout()));
  CAIRN_TRY(const auto segments, list_segments(catalogue.layout()));
  for (const auto& path : packs.strays) report.notes.push_back("unknown file `" + path + "`");
  for (const auto& path : segments.strays) report.notes.push_back("unknown file `" + path + "`");
  std::unordered_set<PackId> listed;
  for (std::uint32_t slot = 0; slot < catalogue.pack_count(); ++slot) {
    if (catalogue.present(slot)) listed.insert(catalogue.pack(slot).id);
    report.packs_gone += catalogue.present(slot) ? 0 : 1;
  }
  for (const PackId& id : packs.ids) {
    if (!listed.contains(id))
      report.notes.push_back("no record of pack " + id.hex() + " can be read");
  }
  for (const SegmentPtr& segment : catalogue.segments()) {
    if (!segment->name())
      report.notes.emplace_back("packs without an index: it was rebuilt in memory");
  }
  if (report.packs_gone != 0) {
    report.notes.push_back("the index names " + base::counted(report.packs_gone, "pack") +
                           " whose file is gone");
  }
  return {};
}

struct PackToCheck {
  std::uint32_t slot = 0;
  PackRecords records;
};

// Grouped tables are large, so only the packs of one segment are held at a time.
std::vector<PackToCheck> packs_listed_by(const Catalogue& catalogue, const SegmentPtr& segment) {
  std::vector<PackToCheck> packs;
  auto records = packs_of(segment);
  for (std::uint32_t entry = 0; entry < records.size(); ++entry) {
    const std::uint32_t slot = segment->slots()[entry];
    const SlotTable table = catalogue.table_of(slot);
    if (table.segment == segment && table.pack_entry == entry)
      packs.push_back({slot, std::move(records[entry])});
  }
  return packs;
}

Status check_segment_packs(const Context& context, const Store& store, ReadData depth,
                           const SegmentPtr& segment, std::vector<PackFindings>& all) {
  const auto packs = packs_listed_by(catalogue_of(store), segment);
  std::vector<PackFindings> findings(packs.size());
  const auto check_one = [&](std::size_t i) -> Status {
    auto found = PackCheck(context, store, depth, packs[i].slot, packs[i].records).run();
    if (!found.ok())
      return std::move(found).error().with("checking pack " + packs[i].records.id.hex());
    findings[i] = *std::move(found);
    return {};
  };
  CAIRN_CHECK(base::parallel_for(context, packs.size(), check_one));
  for (PackFindings& found : findings) all.push_back(std::move(found));
  return {};
}

void note_codecs(const std::map<std::uint8_t, std::uint64_t>& codecs, CheckReport& report) {
  for (const auto& [codec, records] : codecs) {
    report.notes.push_back(std::to_string(records) + " records of codec " +
                           codec::codec_name(codec) +
                           ", which this program can't read: only their checksums were checked");
  }
}

void update_marks(Catalogue& catalogue, const PackFindings& found, CheckReport& report) {
  const auto note_failure = [&report](const Status& status) {
    if (!status.ok())
      report.notes.push_back("a mark of damage was not kept: " + status.error().message());
  };
  for (const BadRecord& bad : found.bad) {
    if (bad.offset != 0)
      note_failure(catalogue.mark_damaged(catalogue.pack(bad.slot).id, bad.offset));
  }
  for (const auto& [slot, offset] : found.healthy_again) {
    const PackId pack = catalogue.pack(slot).id;
    note_failure(catalogue.unmark_damaged(pack, offset));
    report.notes.push_back("the record at " + std::to_string(offset) + " of pack " + pack.hex() +
                           " was marked as damaged, and is right again");
  }
}

// What the index says of packs that are not there. A collection that was stopped leaves such
// entries too: whether anything is lost, the versions tell.
void list_gone(const Catalogue& catalogue, CheckReport& report) {
  std::unordered_set<ChunkId> seen;
  for (const SegmentPtr& segment : catalogue.segments()) {
    const auto packs = packs_of(segment);
    for (std::uint32_t entry = 0; entry < packs.size(); ++entry) {
      if (catalogue.present(segment->slots()[entry])) continue;
      const PackRecords& pack = packs[entry];
      for (std::uint32_t i = pack.first; i < pack.last; ++i) {
        for (const format::TableChunk& chunk : pack.table->chunks_of(i)) {
          if (!catalogue.find(chunk.id) && seen.insert(chunk.id).second)
            report.gone.push_back(chunk.id);
        }
      }
    }
  }
}

// Marks first, so that a chunk whose only other copy is bad too counts as lost.
void report_damage(Catalogue& catalogue, std::vector<PackFindings>& findings, CheckReport& report) {
  for (const PackFindings& found : findings) update_marks(catalogue, found, report);
  for (PackFindings& found : findings) {
    for (BadRecord& bad : found.bad) {
      const auto has_copy = [&](const ChunkId& id) { return catalogue.find(id).has_value(); };
      bad.chunks.erase(std::remove_if(bad.chunks.begin(), bad.chunks.end(), has_copy),
                       bad.chunks.end());
      report.damage.push_back(
          {catalogue.pack(bad.slot).id, bad.offset, std::move(bad.what), std::move(bad.chunks)});
    }
  }
}

}  // namespace

Result<CheckReport> check_store(const Context& context, Store& store, ReadData depth) {
  Catalogue& catalogue = catalogue_of(store);
  CheckReport report;
  if (catalogue.replace_damaged_segments())
    report.notes.emplace_back("damaged index segments were replaced");
  CAIRN_CHECK(check_files(catalogue, report));
  std::vector<PackFindings> findings;
  context.progress.begin("checking", depth == ReadData::kEverything ? store.usage().pack_bytes : 0,
                         0);
  for (const SegmentPtr& segment : catalogue.segments()) {
    CAIRN_CHECK(check_segment_packs(context, store, depth, segment, findings));
  }
  std::map<std::uint8_t, std::uint64_t> codecs;
  for (PackFindings& found : findings) {
    ++report.packs;
    report.records += found.records;
    report.chunks += found.chunks;
    report.bytes_read += found.bytes_read;
    for (const auto& [codec, count] : found.unreadable_codecs) codecs[codec] += count;
    for (std::string& note : found.notes) report.notes.push_back(std::move(note));
  }
  note_codecs(codecs, report);
  report_damage(catalogue, findings, report);
  if (report.packs_gone != 0) list_gone(catalogue, report);
  return report;
}

}  // namespace cairn::store
