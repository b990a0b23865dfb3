// Locators: what is accepted comes back from being written again, and refers only to what is there.
#include "format/remote_objects.hpp"
#include "fuzzing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace cairn;
  const auto locator = format::decode_locator({data, size_bytes});
  if (!locator.ok()) return 0;
  for (const auto& ref : locator->refs)
    fuzz::require(ref.record < locator->records.size(), "records that are there");
  for (const auto& base : locator->bases) {
    fuzz::require(locator->records.at(base.ref.record).bases.empty(), "bases without bases");
  }
  for (const auto& record : locator->records) {
    for (const std::uint32_t base : record.bases)
      fuzz::require(base < locator->bases.size(), "bases that are there");
  }
  const base::Bytes again = format::encode_locator(*locator);
  fuzz::require(again.size() <= size_bytes, "only packs left out");
  const auto back = format::decode_locator(again);
  fuzz::require(back.ok() && format::encode_locator(*back) == again, "the same locator");
  return 0;
}
