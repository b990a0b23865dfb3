// Frames of which a version uses little: without care a folder that changes file by file needs a
// few chunks each of ever more old frames, and restoring it reads many times its bytes. So what a
// new version still uses of such a frame is stored again, together; old versions keep their copies.
#pragma once

#include "codec/codec.hpp"
#include "format/pointer.hpp"
#include "store/session.hpp"

namespace cairn::store {

// A frame is thin when a version uses less than this part of its plain bytes.
inline constexpr std::uint32_t kThinPart = 3;

struct RenewedFrames {
  std::uint64_t frames = 0;
  std::uint64_t chunks = 0;
  std::uint64_t plain_bytes = 0;
};

// Looks at the frames of the chunks in which two versions of a path differ; what `after` uses of
// those that are thin is appended to the session, which the caller commits. Both versions must be
// findable, so it is called after the commit of `after`. Pages or chunks that are not here, or
// damaged, are passed over: nothing depends on the second copies.
Result<RenewedFrames> renew_thin_frames(const Context& context, const Store& store,
                                        Session& session, const format::Pointer& before,
                                        const format::Pointer& after, codec::Effort effort);

}  // namespace cairn::store
