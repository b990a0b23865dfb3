// Payloads of the codec "difference": codec_fuzzing.hpp says how the input is read.
#include "codec_fuzzing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  cairn::fuzz::decode_twice(cairn::codec::CodecId::kDifference, data, size_bytes);
  return 0;
}
