#include "sync/passing.hpp"

#include <algorithm>

#include "store/chunk_reader.hpp"

namespace cairn::sync {
namespace {

base::ByteView bytes_of(const VerifiedRecord& record, const KnownChunk& chunk) {
  return record.plain.subspan(chunk.offset, chunk.length);
}

}  // namespace

const base::Bytes* PageKeep::find(const ChunkId& id) const {
  const auto found = pages_.find(id);
  return found == pages_.end() ? nullptr : &found->second;
}

format::PageFetch pages_of(const Passing& passing) {
  const auto stored = passing.beside ? store::page_fetch(*passing.beside) : format::PageFetch();
  return [&passing, stored](const ChunkId& id) -> Result<base::Bytes> {
    if (const base::Bytes* page = passing.pages.find(id)) return *page;
    if (stored) return stored(id);
    return Error(Code::kMissing, "chunk " + id.hex() + " is not here");
  };
}

Holdings PassingArrivals::holdings() const {
  return {pages_of(passing_), [this](const ChunkId& id) { return holds(id); }};
}

// With a sink, pages have come before.
bool PassingArrivals::holds(const ChunkId& id) const {
  if (passing_.sink) return !passing_.sink->lacks(id);
  return passing_.pages.find(id) || (passing_.beside && passing_.beside->has(id));
}

Status PassingArrivals::read(std::span<const WantedRecord> records, format::PackKind, Give,
                             const RecordVisit& visit) {
  if (records.empty()) return {};
  CAIRN_CHECK(passing_.sink ? read_data(records, visit) : read_pages(records, visit));
  return many_under_way() ? commit() : Status();
}

Status PassingArrivals::read_pages(std::span<const WantedRecord> records,
                                   const RecordVisit& visit) {
  const auto keep = [&](VerifiedRecord& record) -> Status {
    const WantedRecord& wanted = records[record.index];
    if (visit) CAIRN_CHECK(visit(record));
    if (wanted.only_seen) return {};
    count(wanted, record);
    for (std::size_t i = 0; i < wanted.chunks.size(); ++i) {
      if (record.good[i])
        passing_.pages.add(wanted.chunks[i].id, bytes_of(record, wanted.chunks[i]));
    }
    return {};
  };
  const ReadOptions how{Give::kPlain, passing_.beside};
  return read_records(view().context(), view().remote(), records, how, keep);
}

Status PassingArrivals::read_data(std::span<const WantedRecord> records, const RecordVisit& visit) {
  std::vector<WantedRecord> lacking(records.begin(), records.end());
  for (WantedRecord& record : lacking)
    std::erase_if(record.chunks, [](const KnownChunk& chunk) { return !chunk.wanted; });
  ChunkSink& sink = *passing_.sink;
  const auto land = [&](VerifiedRecord& record) {
    return land_chunks(sink, lacking[record.index], record);
  };
  const auto settle = [&](VerifiedRecord& record) -> Status {
    const WantedRecord& wanted = lacking[record.index];
    CAIRN_CHECK(settle_chunks(sink, wanted, record));
    if (visit) CAIRN_CHECK(visit(record));
    count(wanted, record);
    return {};
  };
  const auto unhashed = [&](const ChunkId& id) { return sink.hashes(id); };
  ReadOptions how{Give::kPlain, passing_.beside};
  how.early = land;
  how.unhashed = unhashed;
  return read_records(view().context(), view().remote(), lacking, how, settle);
}

Status PassingArrivals::commit() {
  forget_claims();
  return {};
}

const base::Bytes* PassingArrivals::locator(const ChunkId& id) const {
  return passing_.locators ? passing_.locators->find(id) : nullptr;
}

void PassingArrivals::keep_locator(const ChunkId& id, base::ByteView bytes) {
  if (passing_.locators) passing_.locators->add(id, bytes);
}

void PassingArrivals::note_place(const ChunkId& id, const format::LocatorRecord& record) {
  if (passing_.places)
    passing_.places->try_emplace(id, FarPlace{record.record_bytes, record.plain_bytes});
}

}  // namespace cairn::sync
