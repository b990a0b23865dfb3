// What S3 stores answer in XML: errors, listings; and the times in them.
#include "fuzzing.hpp"
#include "remotes/s3/xml.hpp"

namespace {

using namespace cairn;
using namespace cairn::remotes;

// Whatever a server sends is shown to the user at most in this length.
void check_error(const s3::ErrorDocument& error) {
  fuzz::require(error.code.size() <= 64 && error.region.size() <= 64, "a short code and region");
  fuzz::require(error.message.size() <= 200, "a short message");
}

void check_page(std::string_view text) {
  const auto page = s3::parse_list_page(text);
  if (!page.ok()) {
    fuzz::require(page.error().code() == Code::kNetwork, "a reason of its kind");
    return;
  }
  fuzz::require(!s3::looks_like_html(text), "no listing in a web page");
  for (const ObjectInfo& object : page->objects) {
    fuzz::require(!object.key.empty() && object.key.size() <= text.size(), "a key");
    fuzz::require(object.modified_ms >= 0, "a time since 1970");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view text = base::text_of({data, size_bytes});
  check_error(s3::parse_error_document(text));
  check_page(text);
  s3::parse_iso_time(text);
  return 0;
}
