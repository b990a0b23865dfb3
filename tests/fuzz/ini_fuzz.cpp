// AWS's shared configuration files, and the times that stand in credential answers.
#include "fuzzing.hpp"
#include "remotes/s3/credentials/ini.hpp"
#include "remotes/s3/credentials/source.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace cairn;
  const std::string_view text = base::text_of({data, size_bytes});
  remotes::s3::parse_expiration(text);
  const auto ini = remotes::s3::parse_ini(text);
  if (!ini.ok()) {
    fuzz::require(!ini.error().message().empty(), "a reason");
    return 0;
  }
  for (const auto& [section, settings] : *ini) {
    fuzz::require(!section.empty(), "a section with a name");
    for (const auto& [name, value] : settings) {
      fuzz::require(!name.empty(), "a setting with a name");
      fuzz::require(value.find('\n') == std::string::npos, "a value of one line");
    }
  }
  return 0;
}
