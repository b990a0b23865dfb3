#include "base/shell.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cairn::base {

std::string shell_quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string shell_word(std::string_view path) {
  constexpr std::string_view kBare =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:@%+=,^";
  const std::string word = (path.starts_with('-') ? "./" : "") + std::string(path);
  const auto bare = [&](char c) {
    return kBare.find(c) != std::string_view::npos || static_cast<unsigned char>(c) >= 0x80;
  };
  if (printable(word) != word) {
    std::string escaped;
    for (const char c : word)
      escaped += c == '\\' || c == '\'' ? std::string{'\\', c} : std::string{c};
    return "$'" + printable(escaped) + "'";
  }
  return !word.empty() && std::ranges::all_of(word, bare) ? word : shell_quoted(word);
}

}  // namespace cairn::base
