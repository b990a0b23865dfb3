#include "repo/table_columns.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>

namespace cairn::repo {
namespace {

constexpr std::size_t kMaxKeys = 4'096;
constexpr std::size_t kMaxKeyBytes = 1'024;

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

bool is_header(const std::vector<std::string>& fields) {
  std::unordered_set<std::string> numbers;
  for (const std::string& field : fields) {
    double number = 0;
    const char* end = field.data() + field.size();
    const auto read = std::from_chars(field.data(), end, number);
    if (field.empty() || read.ec != std::errc() || read.ptr != end) continue;
    const bool count = field.find_first_not_of("0123456789") == std::string::npos;
    const bool word = std::isalpha(static_cast<unsigned char>(field.front())) != 0;  // nan, inf
    if (!word && (!count || !numbers.insert(field).second)) return false;
  }
  return true;
}

void JsonKeys::add(base::ByteView bytes) {
  std::string_view text = base::text_of(bytes);
  while (!text.empty()) {
    text.remove_prefix(skip(text));
    if (text.empty()) return;
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\n') {
      start_line();
    } else {
      in_text_ ? step_text(c) : step(c);
    }
  }
}

// What no step is needed for: the rest of a line, and of a string what lies before its end.
std::size_t JsonKeys::skip(std::string_view text) {
  if (no_object_) return std::min(text.find('\n'), text.size());
  if (!in_text_ || escaped_) return 0;
  const auto* const end = std::find_if(text.begin(), text.end(),
                                       [](char c) { return c == '"' || c == '\\' || c == '\n'; });
  const auto count = static_cast<std::size_t>(end - text.begin());
  keep(text.substr(0, count));
  return count;
}

// Of a string on the first level, as much as a key may have.
void JsonKeys::keep(std::string_view part) {
  if (depth_ == 1) text_.append(part.substr(0, kMaxKeyBytes - text_.size()));
}

// A line end is in no string: whatever the line before was, this one starts anew.
void JsonKeys::start_line() {
  depth_ = 0;
  in_text_ = escaped_ = no_object_ = false;
  text_.clear();
  key_.clear();
}

void JsonKeys::step(char c) {
  if (c == ' ' || c == '\t' || c == '\r') return;
  if (depth_ == 0 && c != '{') {
    no_object_ = true;
  } else if (c == '"') {
    in_text_ = true;
    text_.clear();
  } else if (c == '{' || c == '[') {
    ++depth_;
  } else if (c == '}' || c == ']') {
    if (--depth_ == 0) no_object_ = true;  // nothing more to be had of this line
  } else if (c == ':' && depth_ == 1 && seen_.size() < kMaxKeys && !seen_.contains(key_)) {
    note_key();
  }
}

// What is no key is not remembered: a broken table may have any number of them.
void JsonKeys::note_key() {
  const auto parsed = nlohmann::json::parse('"' + key_ + '"', nullptr, false);
  if (!parsed.is_string()) return;
  seen_.insert(key_);
  auto name = parsed.get<std::string>();
  if (std::ranges::find(names_, name) == names_.end()) names_.push_back(std::move(name));
}

void JsonKeys::step_text(char c) {
  if (escaped_) {
    escaped_ = false;
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == '"') {
    in_text_ = false;
    if (depth_ == 1) key_ = text_;
    return;
  }
  keep({&c, 1});
}

}  // namespace cairn::repo
