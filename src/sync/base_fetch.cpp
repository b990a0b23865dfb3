#include "sync/base_fetch.hpp"

#include <algorithm>
#include <tuple>

#include "crypto/sha256.hpp"
#include "format/pack.hpp"
#include "format/remote_objects.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kWindowBytes = std::size_t{1} << 20;   // of one request
constexpr std::size_t kMaxGapBytes = std::size_t{64} << 10;  // cheaper to read than another request
constexpr std::size_t kWindowsKept = 2;
constexpr std::size_t kDecodedKept = 2;
constexpr std::size_t kMaxRecordBytes = format::kMaxRecordPlainBytes + format::kRecordFixedBytes +
                                        4 * format::kMaxRecordChunks;  // without a base

auto place_key(const format::Place& place) { return std::tie(place.pack, place.record_offset); }

bool before(const format::Place& a, const format::Place& b) { return place_key(a) < place_key(b); }

bool can_be_record(const format::Place& place) {
  return place.record_bytes >= format::kRecordFixedBytes && place.record_bytes <= kMaxRecordBytes;
}

std::uint64_t end_of(const format::Place& place) {
  return std::uint64_t{place.record_offset} + place.record_bytes;
}

}  // namespace

void BaseFetch::expect(std::vector<PlacedChunk> bases) {
  expected_.clear();
  for (const PlacedChunk& base : bases) {
    if (can_be_record(base.place)) expected_.push_back(base.place);
  }
  std::sort(expected_.begin(), expected_.end(), before);
  const auto same = [](const format::Place& a, const format::Place& b) {
    return place_key(a) == place_key(b);
  };
  expected_.erase(std::unique(expected_.begin(), expected_.end(), same), expected_.end());
}

Result<base::ByteView> BaseFetch::read(const PlacedChunk& base) {
  CAIRN_TRY(const Decoded* record, decoded(base.place));
  if (std::uint64_t{base.place.offset} + base.place.length > record->plain.size())
    return Error(Code::kCorrupt, "a chunk beyond the end of its record");
  const auto part = base::ByteView(record->plain).subspan(base.place.offset, base.place.length);
  if (crypto::sha256(part).as<ChunkId>() != base.id)
    return Error(Code::kCorrupt, "a chunk that is not what its id names");
  return part;
}

Result<const BaseFetch::Decoded*> BaseFetch::decoded(const format::Place& place) {
  for (const Decoded& known : decoded_) {
    if (known.pack == place.pack && known.offset == place.record_offset) return &known;
  }
  CAIRN_TRY(const auto bytes, stored(place));
  CAIRN_TRY(const auto view, format::decode_record(bytes));
  if (!view.header.bases.empty()) return Error(Code::kCorrupt, "a base that has a base");
  Decoded record{place.pack, place.record_offset, base::Bytes(view.header.plain_bytes)};
  CAIRN_CHECK(decoder_.decode(view.header.codec, view.payload, record.plain));
  if (decoded_.size() == kDecodedKept) decoded_.pop_back();
  decoded_.push_front(std::move(record));
  return &decoded_.front();
}

// With the expected records behind it, as far as they lie close.
std::uint64_t BaseFetch::window_end(const format::Place& place) const {
  std::uint64_t end = end_of(place);
  for (auto next = std::upper_bound(expected_.begin(), expected_.end(), place, before);
       next != expected_.end(); ++next) {
    const bool close = next->pack == place.pack && next->record_offset <= end + kMaxGapBytes;
    if (!close || end_of(*next) - place.record_offset > kWindowBytes) break;
    end = std::max(end, end_of(*next));
  }
  return end;
}

Result<base::ByteView> BaseFetch::stored(const format::Place& place) {
  if (!can_be_record(place)) return Error(Code::kCorrupt, "not the place of a record");
  for (const Window& window : windows_) {
    if (window.pack != place.pack || place.record_offset < window.offset) continue;
    if (end_of(place) > window.offset + window.bytes.size()) continue;
    return base::ByteView(window.bytes)
        .subspan(static_cast<std::size_t>(place.record_offset - window.offset), place.record_bytes);
  }
  Window window{place.pack, place.record_offset, {}};
  const std::string key = format::pack_key(place.pack);
  window.bytes.resize(static_cast<std::size_t>(window_end(place) - place.record_offset));
  Status got = remote_.get_range(key, window.offset, window.bytes, stop_);
  if (!got.ok() && got.error().code() == Code::kCorrupt &&
      window.bytes.size() > place.record_bytes) {  // a wrong place behind it
    window.bytes.resize(place.record_bytes);
    got = remote_.get_range(key, window.offset, window.bytes, stop_);
  }
  CAIRN_CHECK(std::move(got));
  if (windows_.size() == kWindowsKept) windows_.pop_back();
  windows_.push_front(std::move(window));
  return base::ByteView(windows_.front().bytes).first(place.record_bytes);
}

}  // namespace cairn::sync
