// The text objects of remotes: leases, cairn.json, condemned lists.
#include "format/remote_objects.hpp"
#include "fuzzing.hpp"

namespace {

using namespace cairn;

void decode_list(std::string_view text) {
  const auto list = format::decode_condemned(text);
  if (!list.ok()) return;
  const auto back = format::decode_condemned(format::encode_condemned(*list));
  fuzz::require(back.ok() && back->size() == list->size(), "a list that comes back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view text = base::text_of({data, size_bytes});
  if (const auto lease = format::decode_lease(text); lease.ok()) {
    const auto back = format::decode_lease(format::encode_lease(*lease));
    fuzz::require(back.ok() && back->tool == lease->tool && back->n == lease->n,
                  "a lease that comes back");
  }
  if (const auto status = format::check_remote_config(text); !status.ok()) {
    fuzz::require(!status.error().message().empty(), "a reason");
  }
  decode_list(text);
  const std::size_t last = text.rfind("check ");
  if (last == std::string_view::npos) return 0;
  const std::string body(text.substr(0, last));
  decode_list(body + "check " + crypto::sha256(base::view_of(body)).hex() + "\n");
  return 0;
}
