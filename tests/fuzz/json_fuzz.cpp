// The text objects of remotes: leases and cairn.json.
#include "format/remote_objects.hpp"
#include "fuzzing.hpp"

using namespace cairn;

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
  return 0;
}
