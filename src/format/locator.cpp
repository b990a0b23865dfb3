// Where everything is that one leaf needs. cairn-remote(7), LOCATOR.
#include <fmt/core.h>

#include "format/place.hpp"
#include "format/record_rules.hpp"
#include "format/refusal.hpp"
#include "format/remote_objects.hpp"

namespace cairn::format {
namespace {

constexpr std::array<std::uint8_t, 4> kLocatorMagic = {'C', 'R', 'N', 'L'};
constexpr std::uint8_t kLocatorVersion = 1;
constexpr std::size_t kLocatorHeaderBytes = 24;

struct LocatorCounts {
  std::uint32_t packs = 0, records = 0, refs = 0, bases = 0;

  [[nodiscard]] std::uint64_t size_bytes() const {
    return kLocatorHeaderBytes + std::uint64_t{32} * packs + std::uint64_t{24} * records +
           std::uint64_t{12} * refs + std::uint64_t{44} * bases;
  }
};

void put_ref(const LocatorRef& ref, base::ByteWriter& out) {
  out.u32(ref.record);
  out.u32(ref.offset);
  out.u32(ref.length);
}

LocatorRef get_ref(base::ByteReader& in) {
  LocatorRef ref;
  ref.record = in.u32();
  ref.offset = in.u32();
  ref.length = in.u32();
  return ref;
}

Result<LocatorCounts> decode_locator_header(base::ByteReader& in, std::size_t size_bytes) {
  const auto magic = in.raw(kLocatorMagic.size());
  if (!in.ok() || std::memcmp(magic.data(), kLocatorMagic.data(), magic.size()) != 0) {
    return refuse("locator", "it does not start like one");
  }
  const std::uint8_t version = in.u8();
  if (in.ok() && version != kLocatorVersion)
    return refuse_newer("locator", fmt::format("version {}", version));
  const bool gap_is_zero = zeros_follow(in, 3);
  LocatorCounts counts;
  counts.packs = in.u32();
  counts.records = in.u32();
  counts.refs = in.u32();
  counts.bases = in.u32();
  if (!in.ok()) return refuse("locator", "shorter than its header");
  if (!gap_is_zero) return refuse("locator", "reserved bytes that are not zero");
  if (counts.size_bytes() != size_bytes)
    return refuse("locator", "its length is not what its counts say");
  return counts;
}

// `first_base` is what the bases of the records before add up to, and is moved on.
Status decode_locator_record(base::ByteReader& in, const std::vector<PackId>& packs,
                             std::uint32_t& first_base, LocatorRecord& record) {
  const std::uint32_t pack = in.u32();
  record.offset = in.u32();
  record.record_bytes = in.u32();
  record.plain_bytes = in.u32();
  const std::uint32_t first = in.u32();
  record.codec = in.u8();
  const std::uint8_t base_count = in.u8();
  if (in.u16() != 0) return refuse("locator", "reserved bytes that are not zero");
  if (pack >= packs.size()) return refuse("locator", "a record of a pack that it does not list");
  record.pack = packs[pack];
  if (const char* fault = record_place_fault(record.offset, record.record_bytes))
    return refuse("locator", fault);
  if (record.plain_bytes < 1 || record.plain_bytes > kMaxRecordPlainBytes) {
    return refuse("locator", "a plain length that is not 1 to 1,048,576");
  }
  if (const char* fault = base_count_fault(record.codec, base_count))
    return refuse("locator", fault);
  if (first != first_base) return refuse("locator", "bases that do not follow each other");
  for (unsigned i = 0; i < base_count; ++i) record.bases.push_back(first_base++);
  return {};
}

Status check_ref(const LocatorRef& ref, const std::vector<LocatorRecord>& records) {
  if (ref.record >= records.size()) return refuse("locator", "a reference to no record");
  if (!chunk_fits(ref.offset, ref.length, records[ref.record].plain_bytes)) {
    return refuse("locator", "a reference outside its record");
  }
  return {};
}

Status decode_locator_refs(base::ByteReader& in, Locator& locator) {
  for (LocatorRef& ref : locator.refs) {
    ref = get_ref(in);
    CAIRN_CHECK(check_ref(ref, locator.records));
  }
  for (LocatorBase& base : locator.bases) {
    base.id = in.id<ChunkId>();
    base.ref = get_ref(in);
    CAIRN_CHECK(check_ref(base.ref, locator.records));
    if (!stands_alone(locator.records[base.ref.record].codec)) {
      return refuse("locator", "a base that is itself encoded against a base");
    }
  }
  return {};
}

}  // namespace

base::Bytes encode_locator(const Locator& locator) {
  PackList packs;
  base::ByteWriter records;
  base::ByteWriter bases;  // the run of each record, so that a base of two records stands twice
  std::uint32_t first_base = 0;
  for (const LocatorRecord& record : locator.records) {
    records.u32(packs.number_of(record.pack));
    records.u32(record.offset);
    records.u32(record.record_bytes);
    records.u32(record.plain_bytes);
    records.u32(first_base);
    records.u8(record.codec);
    records.u8(static_cast<std::uint8_t>(record.bases.size()));
    records.u16(0);
    first_base += static_cast<std::uint32_t>(record.bases.size());
    for (const std::uint32_t index : record.bases) {
      bases.id(locator.bases.at(index).id);
      put_ref(locator.bases.at(index).ref, bases);
    }
  }
  base::ByteWriter out;
  out.raw(kLocatorMagic);
  out.u8(kLocatorVersion);
  out.zeros(3);
  out.u32(static_cast<std::uint32_t>(packs.ids().size()));
  out.u32(static_cast<std::uint32_t>(locator.records.size()));
  out.u32(static_cast<std::uint32_t>(locator.refs.size()));
  out.u32(first_base);
  for (const PackId& id : packs.ids()) out.id(id);
  out.raw(records.view());
  for (const LocatorRef& ref : locator.refs) put_ref(ref, out);
  out.raw(bases.view());
  return std::move(out).take();
}

Result<Locator> decode_locator(base::ByteView bytes) {
  if (bytes.size() > kMaxChunkBytes) return refuse("locator", "larger than 1 MiB");
  base::ByteReader in(bytes);
  CAIRN_TRY(const LocatorCounts counts, decode_locator_header(in, bytes.size()));
  std::vector<PackId> packs(counts.packs);
  for (PackId& id : packs) id = in.id<PackId>();
  Locator locator;
  locator.records.resize(counts.records);
  std::uint32_t first_base = 0;
  for (LocatorRecord& record : locator.records) {
    CAIRN_CHECK(decode_locator_record(in, packs, first_base, record));
  }
  if (first_base != counts.bases) return refuse("locator", "base counts that do not add up");
  locator.refs.resize(counts.refs);
  locator.bases.resize(counts.bases);
  CAIRN_CHECK(decode_locator_refs(in, locator));
  return locator;
}

}  // namespace cairn::format
