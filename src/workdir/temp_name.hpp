// Names of files that are being written: `.cairn-tmp-` and hex digits, beside their place. After a
// crash such a file may be left; scans skip every name that starts so.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "cairn/context.hpp"

namespace cairn::workdir {

// Thread-safe; a random start, then counting.
class TempNames {
 public:
  explicit TempNames(Entropy& entropy);
  std::string next();

 private:
  std::atomic<std::uint64_t> number_;
};

bool is_temporary_name(std::string_view name);

}  // namespace cairn::workdir
