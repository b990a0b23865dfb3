// What is known of S3 providers that behave unlike AWS, as one table by host name. Every field can
// be set per remote.
#pragma once

#include <cstdint>
#include <string_view>

#include "remotes/s3/options.hpp"

namespace cairn::remotes::s3 {

struct Quirks {
  std::string_view name;
  std::string_view host_suffix;  // ".r2.cloudflarestorage.com" or a whole host; empty: any other
  AddressingStyle style;
  ListVersion list;
  ConditionalPut conditional_put;
  std::uint64_t max_parts;
  std::uint64_t min_part_bytes;
  std::string_view region;  // when none is set
};

// The row of an endpoint's host.
const Quirks& quirks_of(std::string_view host);
// That row with what the options set.
Quirks resolve_quirks(std::string_view host, const S3Options& options);

}  // namespace cairn::remotes::s3
