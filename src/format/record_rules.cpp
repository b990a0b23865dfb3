#include "format/record_rules.hpp"

namespace cairn::format {
namespace {

constexpr std::uint8_t kCodecRaw = 0, kCodecPlanes = 2, kCodecDifference = 3, kCodecPatch = 4;

}  // namespace

const char* base_count_fault(std::uint8_t codec, std::uint32_t base_count) {
  if (base_count > kMaxRecordBases) return "more than 8 bases";
  if (codec > kCodecPatch) return nullptr;
  const bool takes_bases = codec == kCodecDifference || codec == kCodecPatch;
  if (takes_bases && base_count == 0) return "a codec that needs a base, without one";
  if (!takes_bases && base_count != 0) return "a base that its codec does not use";
  if (codec == kCodecDifference && base_count != 1) return "a difference with more than one base";
  return nullptr;
}

const char* record_fault(const RecordShape& shape) {
  if (const char* fault = base_count_fault(shape.codec, shape.base_count)) return fault;
  if (shape.chunk_count < 1 || shape.chunk_count > kMaxRecordChunks)
    return "its chunk count is not 1 to 4,096";
  const bool one_chunk = shape.codec == kCodecPlanes || shape.codec == kCodecDifference;
  if (one_chunk && shape.chunk_count != 1) return "more than one chunk for this codec";
  if (shape.plain_bytes < 1 || shape.plain_bytes > kMaxRecordPlainBytes)
    return "its plain length is not 1 to 1,048,576";
  if (shape.payload_bytes < 1 || shape.payload_bytes > shape.plain_bytes) {
    return "its payload is empty or longer than its plain bytes";
  }
  if (shape.codec == kCodecRaw && shape.payload_bytes != shape.plain_bytes)
    return "a raw payload of another length";
  return nullptr;
}

const char* record_place_fault(std::uint32_t offset, std::uint32_t record_bytes) {
  constexpr std::uint64_t kLargest =
      kRecordFixedBytes + 4 * kMaxRecordChunks + 32 * kMaxRecordBases + kMaxRecordPlainBytes;
  if (offset < kPackHeaderBytes) return "a record inside the header of its pack";
  if (record_bytes < kRecordFixedBytes + 4 + 1 || record_bytes > kLargest)
    return "a record of impossible size";
  if (std::uint64_t{offset} + record_bytes > kMaxPackBytes) return "a record beyond 4 GiB";
  return nullptr;
}

}  // namespace cairn::format
