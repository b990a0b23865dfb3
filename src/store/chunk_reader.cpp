#include "store/chunk_reader.hpp"

#include <functional>
#include <optional>

#include "crypto/sha256.hpp"
#include "store/base_reader.hpp"
#include "store/catalogue.hpp"
#include "store/record_source.hpp"

namespace cairn::store {
namespace {

Status check_chunk_hash(const ChunkId& id, base::ByteView bytes) {
  if (crypto::sha256(bytes).as<ChunkId>() == id) return {};
  return Error(Code::kCorrupt, "the bytes are not those that the chunk's id names");
}

// Of the failures of several copies, the one to tell: what may be no damage at all first.
int weight_of(Code code) {
  if (code == Code::kCorrupt) return 1;
  return code == Code::kTooNew ? 2 : 3;
}

std::string name_of_copy(const Store& store, const ChunkPlace& place) {
  return "pack " + store.pack(place.pack).id.hex() + ", record at " +
         std::to_string(place.record.offset);
}

}  // namespace

struct ChunkReader::State {
  explicit State(const Store& from)
      : store(from), catalogue(catalogue_of(from)), bases(from), source(from, &bases) {}

  // Gets the bytes of one copy; compares them with the id when `verify` says so.
  using Attempt = std::function<Status(const ChunkPlace& place, Verify verify)>;

  const Store& store;
  Catalogue& catalogue;
  BaseReader bases;
  RecordSource source;

  // One call's search for a copy that can be read, after the first one could not.
  struct Search {
    const ChunkId& id;
    std::optional<std::size_t> length;  // that the caller expects
    Verify verify;
    const Attempt& attempt;
    std::optional<Error> worst;
    std::vector<ChunkPlace> failed;
    bool pack_gone = false;

    [[nodiscard]] bool wants(const ChunkPlace& place) const {
      return !length || *length == place.length;
    }
  };
  Status deliver(Search search);
  Status search_copies(Search& search);
  bool try_copies(Search& search, Catalogue::Copies copies);
  void note_failure(Search& search, const ChunkPlace& place, Error error);
  [[nodiscard]] Error failure_of(Search& search) const;
};

// The hot path: the copy that costs least is good.
Status ChunkReader::State::deliver(Search search) {
  if (const auto place = catalogue.find_least(search.id); place && search.wants(*place)) {
    if (search.attempt(*place, search.verify).ok()) return {};
  }
  return search_copies(search);
}

Status ChunkReader::State::search_copies(Search& search) {
  catalogue.replace_damaged_segments();  // before a record is blamed for what the index says of it
  if (try_copies(search, Catalogue::Copies::kGood)) return {};
  if (search.pack_gone) {  // a collection moved its records to other packs
    CAIRN_CHECK(catalogue.load());
    if (try_copies(search, Catalogue::Copies::kGood)) return {};
  }
  // A mark may stem from a passing fault of memory or cable: bytes that have the right hash are
  // right.
  search.verify = Verify::kChunk;
  if (try_copies(search, Catalogue::Copies::kMarkedToo)) return {};
  return failure_of(search);
}

bool ChunkReader::State::try_copies(Search& search, Catalogue::Copies copies) {
  for (const ChunkPlace& place : catalogue.find_all(search.id, copies)) {
    bool tried = false;
    for (const ChunkPlace& other : search.failed) {
      tried |= other.pack == place.pack && other.record.offset == place.record.offset;
    }
    if (tried) continue;
    if (!search.wants(place)) {  // the caller is wrong, or this copy: no reason to mark it
      search.worst = Error(Code::kCorrupt, "it has " + std::to_string(place.length) +
                                               " bytes, not " + std::to_string(*search.length));
      continue;
    }
    Status status = search.attempt(place, search.verify);
    if (status.ok()) return true;
    note_failure(search, place, std::move(status).error());
  }
  return false;
}

void ChunkReader::State::note_failure(Search& search, const ChunkPlace& place, Error error) {
  const PackId pack = store.pack(place.pack).id;
  if (error.code() == Code::kNotFound) {
    catalogue.set_absent(pack);
    search.pack_gone = true;
    return;
  }
  search.failed.push_back(place);
  // A mark that can't be written still holds in memory.
  if (error.code() == Code::kCorrupt) (void)catalogue.mark_damaged(pack, place.record.offset);
  if (!search.worst || weight_of(error.code()) > weight_of(search.worst->code())) {
    search.worst = std::move(error).with(name_of_copy(store, place));
  }
}

Error ChunkReader::State::failure_of(Search& search) const {
  const std::string chunk = "chunk " + search.id.hex();
  if (!search.worst) {
    return Error(Code::kMissing, chunk + " is not in the store `" + store.directory() + "`")
        .hint("cairn fsck");
  }
  Error error = *std::move(search.worst);
  if (error.code() == Code::kTooNew) return std::move(error).with("reading " + chunk);
  const bool damaged = error.code() == Code::kCorrupt;
  return std::move(error)
      .with(damaged ? chunk + " is damaged" : "reading " + chunk)
      .hint("cairn fsck");
}

ChunkReader::ChunkReader(const Store& store) : state_(std::make_unique<State>(store)) {}
ChunkReader::~ChunkReader() = default;
ChunkReader::ChunkReader(ChunkReader&&) noexcept = default;

Result<base::ByteView> ChunkReader::read(const ChunkId& id, Verify verify) {
  base::ByteView out;
  const State::Attempt attempt = [&](const ChunkPlace& place, Verify how) -> Status {
    CAIRN_TRY(out, state_->source.bytes(place));
    if (how == Verify::kChunk) CAIRN_CHECK(check_chunk_hash(id, out));
    return {};
  };
  CAIRN_CHECK(state_->deliver({id, std::nullopt, verify, attempt, std::nullopt, {}, false}));
  return out;
}

Status ChunkReader::read_into(const ChunkId& id, std::span<std::uint8_t> out, Verify verify) {
  const State::Attempt attempt = [&](const ChunkPlace& place, Verify how) -> Status {
    const auto check = how == Verify::kChunk ? RecordSource::Check::kCallerHashes
                                             : RecordSource::Check::kRecordCrc;
    CAIRN_CHECK(state_->source.read_into(place, out, check));
    if (how == Verify::kChunk) CAIRN_CHECK(check_chunk_hash(id, out));
    return {};
  };
  return state_->deliver({id, out.size(), verify, attempt, std::nullopt, {}, false});
}

format::PageFetch page_fetch(const Store& store) {
  // Shared, because a std::function must be copyable.
  const auto reader = std::make_shared<ChunkReader>(store);
  return [reader](const ChunkId& id) -> Result<base::Bytes> {
    CAIRN_TRY(const auto page, reader->read(id, Verify::kChunk));
    return base::Bytes(page.begin(), page.end());
  };
}

}  // namespace cairn::store
