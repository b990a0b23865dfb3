#include "cli/junit.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"

namespace cairn::cli {

namespace {

// Line ends stay; every other control character, and what is no UTF-8, is escaped before.
std::string escaped(std::string_view text) {
  std::string out;
  for (const auto line : base::split(text, '\n')) {
    if (!out.empty()) out += "&#10;";
    for (const char c : base::printable(std::string(line))) {
      switch (c) {
        case '&':
          out += "&amp;";
          break;
        case '<':
          out += "&lt;";
          break;
        case '>':
          out += "&gt;";
          break;
        case '"':
          out += "&quot;";
          break;
        default:
          out += c;
      }
    }
  }
  return out;
}

}  // namespace

std::string junit_text(const std::string& suite, const std::vector<JunitCase>& cases) {
  const auto failed =
      std::ranges::count_if(cases, [](const auto& item) { return !item.failures.empty(); });
  const auto skipped =
      std::ranges::count_if(cases, [](const auto& item) { return !item.skipped.empty(); });
  const auto counts = "tests=\"" + std::to_string(cases.size()) + "\" failures=\"" +
                      std::to_string(failed) + "\" errors=\"0\" skipped=\"" +
                      std::to_string(skipped) + "\"";
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " + counts +
                    ">\n<testsuite name=\"" + escaped(suite) + "\" " + counts + ">\n";
  for (const auto& item : cases) {
    out += "<testcase classname=\"" + escaped(suite) + "\" name=\"" + escaped(item.name) + "\"";
    if (item.failures.empty()) {
      out += item.skipped.empty()
                 ? "/>\n"
                 : "><skipped message=\"" + escaped(item.skipped) + "\"/></testcase>\n";
      continue;
    }
    std::string all;
    for (const auto& failure : item.failures) all += (all.empty() ? "" : "\n") + failure;
    out += "><failure message=\"" + escaped(item.failures.front()) + "\">" + escaped(all) +
           "</failure></testcase>\n";
  }
  return out + "</testsuite>\n</testsuites>\n";
}

Status write_junit(const std::string& path, const std::string& suite,
                   const std::vector<JunitCase>& cases) {
  const auto text = junit_text(suite, cases);
  return base::write_file_atomic(path, base::view_of(text), 0666, base::Durability::kCacheOnly);
}

}  // namespace cairn::cli
