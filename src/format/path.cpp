// path_fault(): one pass over the bytes; only names that start like ".git" are looked at closer.
#include <optional>

#include "base/text.hpp"
#include "format/page.hpp"

namespace cairn::format {
namespace {

// Length of the code point at the start of `text` when HFS+ drops it from names, else 0. The set is
// that of next_hfs_char() in git's utf8.c: U+200C..200F, U+202A..202E, U+206A..206F, U+FEFF.
std::size_t ignored_by_hfs(std::string_view text) {
  if (text.size() < 3) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned last = byte(2);
  if (byte(0) == 0xEF) return byte(1) == 0xBB && last == 0xBF ? 3 : 0;
  if (byte(0) != 0xE2) return 0;
  if (byte(1) == 0x80)
    return (last >= 0x8C && last <= 0x8F) || (last >= 0xAA && last <= 0xAE) ? 3 : 0;
  return byte(1) == 0x81 && last >= 0xAA && last <= 0xAF ? 3 : 0;
}

// Takes the next byte off, ASCII letters in lower case, past what HFS+ ignores; NUL at the end.
char next_plain(std::string_view& text) {
  while (const std::size_t length = ignored_by_hfs(text)) text.remove_prefix(length);
  if (text.empty()) return '\0';
  const char c = text.front();
  text.remove_prefix(1);
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool takes(std::string_view& text, std::string_view wanted) {
  for (const char c : wanted) {
    if (next_plain(text) != c) return false;
  }
  return true;
}

// ".git" or "git~N" behind which a file system may drop the rest: dots and spaces at the end, or a
// stream ":name".
bool is_git_name(std::string_view name) {
  std::string_view rest = name;
  if (!takes(rest, ".git")) {
    rest = name;
    if (!takes(rest, "git~")) return false;
    const char digit = next_plain(rest);
    if (digit < '0' || digit > '9') return false;
  }
  for (;;) {
    const char c = next_plain(rest);
    if (c == '\0' || c == ':' || c == '\\') return true;
    if (c != '.' && c != ' ') return false;
  }
}

bool may_be_git_name(char first) {
  return first == '.' || first == 'g' || first == 'G' || first == '\xE2' || first == '\xEF';
}

const char* component_fault(std::string_view name) {
  if (name.empty()) return "it has an empty component";
  if (name == "." || name == "..") return "it has a component \".\" or \"..\"";
  for (;;) {  // what follows a backslash is a component to some file systems
    if (!name.empty() && may_be_git_name(name.front()) && is_git_name(name)) {
      return "git could take a component of it for \".git\"";
    }
    const std::size_t backslash = name.find('\\');
    if (backslash == std::string_view::npos) return nullptr;
    name.remove_prefix(backslash + 1);
  }
}

}  // namespace

std::optional<std::string> path_fault(std::string_view path) {
  if (path.empty()) return "it is empty";
  if (path.size() > kMaxPathBytes) return "it is longer than 4,095 bytes";
  unsigned seen = 0;
  std::size_t start = 0;
  for (std::size_t at = 0; at <= path.size(); ++at) {
    const char c = at < path.size() ? path[at] : '/';
    if (c == '\0') return "it has a NUL byte";
    seen |= static_cast<unsigned char>(c);
    if (c != '/') continue;
    if (const char* fault = component_fault(path.substr(start, at - start))) return fault;
    start = at + 1;
  }
  if ((seen & 0x80U) != 0 && !base::is_valid_utf8(path)) return "it is not valid UTF-8";
  return std::nullopt;
}

}  // namespace cairn::format
