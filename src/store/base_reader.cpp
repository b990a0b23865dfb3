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

Result<base::ByteView> BaseReader::read_one(const ChunkId& id) {
  if (const Known* known = recall(id)) return base::ByteView(known->plain);
  bool pack_gone = false;
  bool found = try_copies(id, pack_gone);
  if (!found && pack_gone) {  // a collection moved its records to other packs
    CAIRN_CHECK(catalogue_.load());
    found = try_copies(id, pack_gone);
  }
  if (found) return base::ByteView(known_.front().plain);
  return Error(Code::kMissing,
               "no good copy of chunk " + id.hex() + " that it is based on is in the store");
}

bool BaseReader::try_copies(const ChunkId& id, bool& pack_gone) {
  for (const auto copies : {Catalogue::Copies::kGood, Catalogue::Copies::kMarkedToo}) {
    for (const ChunkPlace& place : catalogue_.find_all(id, copies)) {
      if (is_plain(place) && try_copy(id, place, pack_gone)) return true;
    }
  }
  return false;
}

bool BaseReader::try_copy(const ChunkId& id, const ChunkPlace& place, bool& pack_gone) {
  if (!source_) source_ = std::make_unique<RecordSource>(store_);
  Error error(Code::kCorrupt, "");
  if (const auto bytes = source_->bytes(place); bytes.ok()) {
    if (crypto::sha256(*bytes).as<ChunkId>() == id) {
      if (known_.size() == kBasesKept) known_.pop_back();
      known_.push_front({id, base::Bytes(bytes->begin(), bytes->end())});
      return true;
    }
  } else {
    error = bytes.error();
  }
  const PackId pack = store_.pack(place.pack).id;
  if (error.code() == Code::kNotFound) {
    catalogue_.set_absent(pack);
    pack_gone = true;
  }
  // A mark that can't be written still holds in memory.
  if (error.code() == Code::kCorrupt) (void)catalogue_.mark_damaged(pack, place.record.offset);
  return false;
}

}  // namespace cairn::store
