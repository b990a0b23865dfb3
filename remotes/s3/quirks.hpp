// What is known of S3 providers that behave unlike AWS, by host name: the rows of providers.json.
// A remote's settings come before them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cairn/result.hpp"
#include "remotes/s3/options.hpp"

namespace cairn::remotes::s3 {

struct Quirks {
  std::string name;
  std::string host_suffix;  // ".r2.cloudflarestorage.com" or a whole host; empty: any other
  AddressingStyle style = AddressingStyle::kPath;
  ListVersion list = ListVersion::kV2;
  ConditionalPut conditional_put = ConditionalPut::kTried;
  std::string region;  // when none is set; empty: there must be one
};

// providers.json, as the build read it.
extern const std::string_view kProvidersText;
// The rows, the one for any other host last; kCorrupt when a row lacks something, has something
// unknown, or can never be reached.
Result<std::vector<Quirks>> parse_providers(std::string_view text);

// The row of an endpoint's host. The text is parsed at the first call.
const Quirks& quirks_of(std::string_view host);
// That row with what the options set.
Quirks resolve_quirks(std::string_view host, const S3Options& options);

}  // namespace cairn::remotes::s3
