// Condemned lists of remotes, as they come and with the digest that their lines ask for.
#include "crypto/sha256.hpp"
#include "format/remote_objects.hpp"
#include "fuzzing.hpp"

namespace {

using namespace cairn;

void decode_list(std::string_view text) {
  const auto list = format::decode_condemned(text);
  if (!list.ok()) {
    fuzz::require(!list.error().message().empty(), "a reason");
    return;
  }
  const auto back = format::decode_condemned(format::encode_condemned(*list));
  fuzz::require(back.ok() && *back == *list, "a list that comes back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view text = base::text_of({data, size_bytes});
  decode_list(text);
  const std::size_t last = text.rfind("check ");
  const std::string body(text.substr(0, last));  // all of it where it has no digest
  decode_list(body + "check " + crypto::sha256(base::view_of(body)).hex() + "\n");
  return 0;
}
