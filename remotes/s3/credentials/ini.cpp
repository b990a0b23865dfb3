#include "remotes/s3/credentials/ini.hpp"

#include <fmt/core.h>

#include "base/text.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxLines = 10'000;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// A '#' or ';' after a space starts a comment; inside a word it does not (keys may hold '#').
std::string_view without_comment(std::string_view value) {
  for (std::size_t i = 1; i < value.size(); ++i)
    if ((value[i] == '#' || value[i] == ';') && is_space(value[i - 1])) return value.substr(0, i);
  return value;
}

// Runs of spaces inside a section's name count as one.
std::string section_name(std::string_view inside) {
  std::string out;
  for (const char c : trim(inside)) {
    if (!is_space(c))
      out += c;
    else if (out.back() != ' ')
      out += ' ';
  }
  return out;
}

class Reader {
 public:
  Result<Ini> read(std::string_view text) {
    std::size_t number = 0;
    for (const std::string_view line : base::split(text, '\n')) {
      if (++number > kMaxLines) return bad(number, "more than 10 000 lines");
      if (const char* why = take(line)) return bad(number, why);
    }
    return std::move(ini_);
  }

 private:
  static Error bad(std::size_t number, const char* why) {
    return Error(Code::kUnauthenticated, fmt::format("line {}: {}", number, why));
  }

  // Null, or what is wrong with the line.
  const char* take(std::string_view line) {
    const std::string_view text = trim(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') return nullptr;
    if (text.front() == '[') return open_section(text);
    if (section_ == nullptr) return "a setting before the first [section]";
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return "no `=`";
    const std::string name(trim(text.substr(0, equals)));
    if (name.empty()) return "no name before `=`";
    const std::string value(trim(without_comment(text.substr(equals + 1))));
    if (value.find('\0') != std::string::npos) return "a NUL byte";
    const bool nested = is_space(line.front()) && !outer_.empty();
    if (!nested) outer_ = value.empty() ? name : "";
    (*section_)[nested ? outer_ + "." + name : name] = value;
    return nullptr;
  }

  const char* open_section(std::string_view text) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return "`[` without `]`";
    const std::string name = section_name(text.substr(1, close - 1));
    if (name.empty()) return "a section without name";
    section_ = &ini_[name];
    outer_.clear();
    return nullptr;
  }

  Ini ini_;
  IniSection* section_ = nullptr;  // of ini_; map nodes stay where they are
  std::string outer_;              // setting whose indented lines follow
};

}  // namespace

Result<Ini> parse_ini(std::string_view text) {
  if (text.size() > kMaxBytes) return Error(Code::kUnauthenticated, "larger than 1 MiB");
  return Reader().read(text);
}

}  // namespace cairn::remotes::s3
