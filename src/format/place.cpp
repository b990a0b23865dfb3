#include "format/place.hpp"

namespace cairn::format {

void encode_place_numbers(const Place& place, base::ByteWriter& out) {
  out.u32(place.record_offset);
  out.u32(place.record_bytes);
  out.u32(place.offset);
  out.u32(place.length);
}

void decode_place_numbers(base::ByteReader& in, Place& place) {
  place.record_offset = in.u32();
  place.record_bytes = in.u32();
  place.offset = in.u32();
  place.length = in.u32();
}

const char* place_fault(const Place& place) {
  if (const char* fault = record_place_fault(place.record_offset, place.record_bytes)) return fault;
  if (!chunk_fits(place.offset, place.length, kMaxRecordPlainBytes))
    return "a place outside its record";
  return nullptr;
}

}  // namespace cairn::format
