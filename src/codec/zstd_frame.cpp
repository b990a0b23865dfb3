// The one file that uses zstd's experimental interface, for reading a frame header.
#define ZSTD_STATIC_LINKING_ONLY
#include "codec/zstd_frame.hpp"

#include <zstd.h>

namespace cairn::codec {
namespace {

Error bad_frame(const char* why) {
  return Error(Code::kCorrupt, std::string("bad zstd payload: ") + why);
}

}  // namespace

Status check_zstd_frame(base::ByteView payload, std::size_t plain_bytes) {
  ZSTD_frameHeader header;
  if (ZSTD_getFrameHeader(&header, payload.data(), payload.size()) != 0) {
    return bad_frame("no complete frame header");
  }
  if (header.frameType != ZSTD_frame) return bad_frame("a skippable frame");
  if (header.frameContentSize == ZSTD_CONTENTSIZE_UNKNOWN) {
    return bad_frame("the frame does not name its content size");
  }
  if (header.frameContentSize != plain_bytes) {
    return bad_frame("the frame names another content size than the record");
  }
  if (header.dictID != 0) return bad_frame("the frame needs a dictionary");
  if (header.windowSize > kMaxWindowBytes) return bad_frame("the frame needs a window above 2 MiB");
  const std::size_t frame_bytes = ZSTD_findFrameCompressedSize(payload.data(), payload.size());
  if (ZSTD_isError(frame_bytes)) return bad_frame("the frame is cut short");
  if (frame_bytes != payload.size()) return bad_frame("bytes follow the frame");
  return {};
}

}  // namespace cairn::codec
