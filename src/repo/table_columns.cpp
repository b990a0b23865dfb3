#include "repo/table_columns.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace cairn::repo {
namespace {

constexpr std::size_t kRowsAsked = 100;

// Outside of quotes.
std::size_t count_of(std::string_view line, char delimiter) {
  bool quoted = false;
  std::size_t count = 0;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    count += c == delimiter && !quoted ? 1 : 0;
  }
  return count;
}

char delimiter_of(std::string_view line) {
  char best = ',';
  for (const char candidate : {'\t', ';'}) {
    if (count_of(line, candidate) > count_of(line, best)) best = candidate;
  }
  return best;
}

}  // namespace

std::vector<std::string> header_fields(std::string_view line) {
  if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);  // byte order mark
  std::vector<std::string> fields(1);
  const char delimiter = delimiter_of(line);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool doubled = quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"';
    if (c == delimiter && !quoted) {
      fields.emplace_back();
    } else if (c == '"' && !doubled) {
      quoted = !quoted;
    } else {
      fields.back() += c;
      if (doubled) ++i;
    }
  }
  return fields;
}

std::vector<std::string> json_keys(std::string_view lines) {
  std::vector<std::string> keys;
  std::unordered_set<std::string> seen;
  for (std::size_t row = 0; row < kRowsAsked && !lines.empty(); ++row) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const auto object = nlohmann::ordered_json::parse(lines.substr(0, end), nullptr, false);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (!object.is_object()) continue;
    for (const auto& [key, value] : object.items()) {
      if (seen.insert(key).second) keys.push_back(key);
    }
  }
  return keys;
}

}  // namespace cairn::repo
