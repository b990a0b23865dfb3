#include "base/text.hpp"

#include <gtest/gtest.h>

namespace cairn::base {
namespace {

TEST(Text, PrintableKeepsOrdinaryText) {
  EXPECT_EQ(printable("data/été 数据 🙂 a\\b.bin"), "data/été 数据 🙂 a\\b.bin");
}

TEST(Text, PrintableEscapesControls) {
  EXPECT_EQ(printable("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(printable("a\nb\tc\x7f"), "a\\x0ab\\x09c\\x7f");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\xC2\x9B"
                      "1m"),
            "\\xc2\\x9b1m");  // U+009B, a CSI in one character
}

TEST(Text, PrintableEscapesBidiControlsAndLineSeparators) {
  EXPECT_EQ(printable("a\u202Eb"), "a\\xe2\\x80\\xaeb");
  EXPECT_EQ(printable("\u2066"), "\\xe2\\x81\\xa6");
  EXPECT_EQ(printable("\u200F"), "\\xe2\\x80\\x8f");
  EXPECT_EQ(printable("\u061C"), "\\xd8\\x9c");
  EXPECT_EQ(printable("\u2028"), "\\xe2\\x80\\xa8");
}

TEST(Text, PrintableEscapesInvalidUtf8ByteByByte) {
  EXPECT_EQ(printable("a\xFFz"), "a\\xffz");
  EXPECT_EQ(printable("\xE2\x82"), "\\xe2\\x82");  // cut short
  EXPECT_EQ(printable("\xC3"
                      "A"),
            "\\xc3"
            "A");
}

TEST(Text, ControlCharacters) {
  for (const char* text : {"a\nb", "\t", "\x1b[m", "\x7f"})
    EXPECT_TRUE(has_control_character(text));
  EXPECT_TRUE(has_control_character(std::string_view("\0", 1)));
  for (const char* text : {"", "a b", "é", "\xff"}) EXPECT_FALSE(has_control_character(text));
}

TEST(Text, LowerHexAndLowerAscii) {
  EXPECT_TRUE(is_lower_hex("0123456789abcdef"));
  for (const char* text : {"A", "g", "1 ", "-1"}) EXPECT_FALSE(is_lower_hex(text)) << text;
  EXPECT_EQ(lower_ascii("X-Amz_ÉZ@["), "x-amz_Éz@[");
}

TEST(Text, Utf8Validity) {
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_TRUE(is_valid_utf8("a\xC2\x80\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
  EXPECT_FALSE(is_valid_utf8("\x80"));              // continuation alone
  EXPECT_FALSE(is_valid_utf8("\xC0\xAF"));          // overlong '/'
  EXPECT_FALSE(is_valid_utf8("\xE0\x9F\xBF"));      // overlong, three bytes
  EXPECT_FALSE(is_valid_utf8("\xF0\x8F\xBF\xBF"));  // overlong, four bytes
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(is_valid_utf8("\xF5\x80\x80\x80"));
  EXPECT_FALSE(is_valid_utf8("ab\xE2\x82"));  // cut short
}

TEST(Text, HumanBytes) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1.0 kB");
  EXPECT_EQ(human_bytes(1049), "1.0 kB");
  EXPECT_EQ(human_bytes(1050), "1.1 kB");
  EXPECT_EQ(human_bytes(999'949), "999.9 kB");
  EXPECT_EQ(human_bytes(999'950), "1.0 MB");
  EXPECT_EQ(human_bytes(9'812'345'678), "9.8 GB");
  EXPECT_EQ(human_bytes(UINT64_MAX), "18.4 EB");
}

TEST(Text, HumanCount) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(1000), "1 000");
  EXPECT_EQ(human_count(41208), "41 208");
  EXPECT_EQ(human_count(1234567), "1 234 567");
}

TEST(Text, SplitKeepsEmptyParts) {
  using Parts = std::vector<std::string_view>;
  EXPECT_EQ(split("a,,b", ','), (Parts{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (Parts{""}));
  EXPECT_EQ(split("a,", ','), (Parts{"a", ""}));
}

TEST(Text, ParseU64) {
  std::uint64_t value = 5;
  EXPECT_TRUE(parse_u64("0", value));
  EXPECT_EQ(value, 0U);
  EXPECT_TRUE(parse_u64("18446744073709551615", value));
  EXPECT_EQ(value, UINT64_MAX);
}

TEST(Text, ParseU64RefusesOverflowAndOtherForms) {
  std::uint64_t value = 5;
  for (const auto* text : {"18446744073709551616", "18446744073709551620", "99999999999999999999",
                           "", "+1", "-1", " 1", "1 ", "01", "00", "1x", "0x1", "1.0"}) {
    EXPECT_FALSE(parse_u64(text, value)) << text;
  }
  EXPECT_EQ(value, 5U);
}

}  // namespace
}  // namespace cairn::base
