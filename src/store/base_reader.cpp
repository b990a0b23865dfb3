#include "store/base_reader.hpp"

#include <algorithm>

#include "crypto/sha256.hpp"
#include "format/limits.hpp"
#include "store/catalogue.hpp"
#include "store/record_source.hpp"

namespace cairn::store {
namespace {

// The bases of one record, twice over: at most 16 MiB, mostly 64 KiB each.
constexpr std::size_t kBasesKept = 2 * format::kMaxRecordBases;

bool is_plain(const ChunkPlace& place) { return format::stands_alone(place.record.codec); }

}  // namespace

bool has_plain_copy(const Catalogue& catalogue, const ChunkId& id) {
  const auto copies = catalogue.find_all(id, Catalogue::Copies::kGood);
  return std::any_of(copies.begin(), copies.end(), is_plain);
}

BaseReader::BaseReader(const Store& store) : store_(store), catalogue_(catalogue_of(store)) {}
BaseReader::~BaseReader() = default;

Result<std::span<const base::ByteView>> BaseReader::read(std::span<const ChunkId> ids) {
  views_.clear();
  for (const ChunkId& id : ids) {
    CAIRN_TRY(const auto plain, read_one(id));
    views_.push_back(plain);
  }
  return std::span<const base::ByteView>(views_);
}

const BaseReader::Known* BaseReader::recall(const ChunkId& id) {
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&](const Known& known) { return known.id == id; });
  if (found == known_.end()) return nullptr;
  std::rotate(known_.begin(), found, found + 1);  // views stay valid: the bytes do not move
  return &known_.front();
}

RecordSource& BaseReader::source() {
  if (!source_) source_ = std::make_unique<RecordSource>(store_);
  return *source_;
}

Result<base::ByteView> BaseReader::read_one(const ChunkId& id) {
  if (const Known* known = recall(id)) return base::ByteView(known->plain);
  base::ByteView plain;
  CAIRN_CHECK(take_good_copy(id, [&](const ChunkPlace& place) -> Result<base::ByteView> {
    CAIRN_TRY(plain, source().bytes(place));
    return plain;
  }));
  if (known_.size() == kBasesKept) known_.pop_back();
  known_.push_front({id, base::Bytes(plain.begin(), plain.end())});
  return base::ByteView(known_.front().plain);
}

Status BaseReader::read_into(const ChunkId& id, std::span<std::uint8_t> out) {
  return take_good_copy(id, [&](const ChunkPlace& place) -> Result<base::ByteView> {
    if (place.length != out.size()) return Error(Code::kCorrupt, "a base of another length");
    CAIRN_CHECK(source().read_into(place, out, RecordSource::Check::kRecordCrc));
    return base::ByteView(out);
  });
}

Status BaseReader::take_good_copy(const ChunkId& id, const TakeCopy& take) {
  bool pack_gone = false;
  bool found = try_copies(id, take, pack_gone);
  if (!found && pack_gone) {  // a collection moved its records to other packs
    CAIRN_CHECK(catalogue_.load());
    found = try_copies(id, take, pack_gone);
  }
  if (found) return {};
  return Error(Code::kMissing,
               "no good copy of chunk " + id.hex() + " that it is based on is in the store");
}

bool BaseReader::try_copies(const ChunkId& id, const TakeCopy& take, bool& pack_gone) {
  for (const auto copies : {Catalogue::Copies::kGood, Catalogue::Copies::kMarkedToo}) {
    for (const ChunkPlace& place : catalogue_.find_all(id, copies)) {
      if (is_plain(place) && try_copy(id, place, take, pack_gone)) return true;
    }
  }
  return false;
}

bool BaseReader::try_copy(const ChunkId& id, const ChunkPlace& place, const TakeCopy& take,
                          bool& pack_gone) {
  const auto bytes = take(place);
  if (bytes.ok() && crypto::sha256(*bytes).as<ChunkId>() == id) return true;
  const Code code = bytes.ok() ? Code::kCorrupt : bytes.error().code();
  const PackId pack = store_.pack(place.pack).id;
  if (code == Code::kNotFound) {
    catalogue_.set_absent(pack);
    pack_gone = true;
  }
  // A mark that can't be written still holds in memory.
  if (code == Code::kCorrupt) (void)catalogue_.mark_damaged(pack, place.record.offset);
  return false;
}

}  // namespace cairn::store
