// Roots: what is accepted comes back from being written again.
#include "format/remote_objects.hpp"
#include "fuzzing.hpp"

namespace {

using namespace cairn;

void decode(const base::Bytes& bytes) {
  const auto root = format::decode_root(bytes);
  if (!root.ok()) return;
  const base::Bytes again = format::encode_root(*root);
  fuzz::require(again.size() <= bytes.size(), "only sections left out");
  const auto back = format::decode_root(again);
  fuzz::require(back.ok() && format::encode_root(*back) == again, "the same root");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  base::Bytes bytes(data, data + size_bytes);
  decode(bytes);
  if (bytes.size() < 32) return 0;
  const Digest digest = crypto::sha256(base::ByteView(bytes).first(bytes.size() - 32));
  std::memcpy(&bytes[bytes.size() - 32], digest.bytes.data(), 32);
  decode(bytes);
  return 0;
}
