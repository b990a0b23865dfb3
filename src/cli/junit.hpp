// Results in the form of JUnit, which continuous integration shows beside those of tests.
#pragma once

#include <string>
#include <vector>

#include "cairn/result.hpp"

namespace cairn::cli {

struct JunitCase {
  std::string name;
  std::vector<std::string> failures;  // none: passed
  std::string skipped;                // why it was not looked at
};
// XML 1.0; characters that it cannot hold are shown escaped.
std::string junit_text(const std::string& suite, const std::vector<JunitCase>& cases);
Status write_junit(const std::string& path, const std::string& suite,
                   const std::vector<JunitCase>& cases);

}  // namespace cairn::cli
