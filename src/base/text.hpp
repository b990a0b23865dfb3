// Small text helpers: sizes, counts, and making untrusted names safe to print.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::base {

// Control characters (also line ends, tabs, C1), ESC, DEL, invalid UTF-8, bidi controls and line
// separators as \xNN, byte by byte: what a terminal may be shown. A backslash stays as it is.
std::string printable(std::string_view text);
std::string human_bytes(std::uint64_t bytes);  // "9.8 GB": decimal units, as in the documentation
std::string human_count(std::uint64_t count);  // "41 208"
bool is_valid_utf8(std::string_view text);
// "a,,b" gives "a", "", "b"; an empty text gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);
// Unsigned decimal without sign, spaces or leading zeros; false on overflow.
bool parse_u64(std::string_view text, std::uint64_t& out);
// "2G", "500MB", "64KiB", "4096": K, M, G and T count by 1,000, KiB to TiB by 1,024. False for
// anything else, and on overflow.
bool parse_size_bytes(std::string_view text, std::uint64_t& out);
// C0 and DEL, byte by byte: what ends a line or a header, or moves a cursor.
bool has_control_character(std::string_view text);
// Digits and a to f, nothing else; an empty text is.
bool is_lower_hex(std::string_view text);
// A to Z alone, whatever the locale.
std::string lower_ascii(std::string_view text);

}  // namespace cairn::base
