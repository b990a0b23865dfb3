// Names of files that are being written: `.cairn-tmp-` and hex digits, beside their place. After a
// crash such a file may be left; scans skip every name that starts so.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "cairn/context.hpp"

namespace cairn::workdir {

// Thread-safe; a random session of 32 bits, then counting.
class TempNames {
 public:
  explicit TempNames(Entropy& entropy);
  std::string next();
  // A name of its own for each number, apart from those of next().
  [[nodiscard]] std::string numbered(std::uint32_t number) const;
  [[nodiscard]] std::string session()
      const;  // what all names start with: `.cairn-tmp-` and 8 digits

 private:
  const std::string session_;
  std::atomic<std::uint32_t> count_{0};
};

bool is_temporary_name(std::string_view name);

}  // namespace cairn::workdir
