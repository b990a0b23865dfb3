// glob_match: git's wildmatch with WM_PATHNAME, without recursion. Time is at most about |pattern|
// * |text|, whatever a hostile ignore file holds: only the last star and the last double star are
// ever tried again. That is enough: a star cannot cross a '/', so what stands before the last '/'
// is settled; and a double star that ends earlier leaves the next one every choice that a later end
// would.
#include <cstddef>
#include <optional>

#include "workdir/ignore.hpp"

namespace cairn::workdir {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool ascii_in(unsigned char c, unsigned char low, unsigned char high) {
  return c >= low && c <= high;
}

bool is_alpha(unsigned char c) { return ascii_in(c, 'a', 'z') || ascii_in(c, 'A', 'Z'); }
bool is_digit(unsigned char c) { return ascii_in(c, '0', '9'); }

// Nothing for a name that git does not know.
std::optional<bool> in_class(std::string_view name, unsigned char c) {
  const bool graphic = ascii_in(c, 0x21, 0x7e);
  if (name == "alnum") return is_alpha(c) || is_digit(c);
  if (name == "alpha") return is_alpha(c);
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return c < 0x20 || c == 0x7f;
  if (name == "digit") return is_digit(c);
  if (name == "graph") return graphic;
  if (name == "lower") return ascii_in(c, 'a', 'z');
  if (name == "print") return graphic || c == ' ';
  if (name == "punct") return graphic && !is_alpha(c) && !is_digit(c);
  if (name == "space") return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  if (name == "upper") return ascii_in(c, 'A', 'Z');
  if (name == "xdigit") return is_digit(c) || ascii_in(c, 'a', 'f') || ascii_in(c, 'A', 'F');
  return std::nullopt;
}

// One bracket expression against one byte.
class Bracket {
 public:
  Bracket(std::string_view pattern, std::size_t at) : pattern_(pattern), at_(at + 1) {}

  // Whether it matches; `after` becomes the index behind ']'. Nothing when it is malformed.
  std::optional<bool> match(unsigned char c, std::size_t& after) {
    const bool negated = peek() == '!' || peek() == '^';
    if (negated) ++at_;
    bool matched = false;
    do {  // a ']' that comes first is an ordinary character
      if (at_ >= pattern_.size() || !item(c, matched)) return std::nullopt;
    } while (peek() != ']');
    after = at_ + 1;
    return matched != negated;
  }

 private:
  [[nodiscard]] int peek(std::size_t ahead = 0) const {
    return at_ + ahead < pattern_.size() ? static_cast<unsigned char>(pattern_[at_ + ahead]) : -1;
  }

  // Takes one character, escaped or not; -1 at the end.
  int take() {
    if (peek() == '\\') ++at_;
    const int c = peek();
    ++at_;
    return c;
  }

  bool item(unsigned char c, bool& matched) {
    if (peek() == '[' && peek(1) == ':') {
      const std::size_t end = pattern_.find(']', at_ + 2);
      if (end == kNone) return false;
      if (end > at_ + 2 && pattern_[end - 1] == ':') {
        const auto inside = in_class(pattern_.substr(at_ + 2, end - at_ - 3), c);
        matched = matched || inside.value_or(false);
        at_ = end + 1;
        last_ = 0;
        return inside.has_value();
      }
    }
    if (peek() == '-' && last_ != 0 && peek(1) != -1 && peek(1) != ']') {
      ++at_;
      const int high = take();
      matched = matched || (c >= last_ && c <= high);
      last_ = 0;
      return high >= 0;
    }
    last_ = take();
    matched = matched || c == last_;
    return last_ >= 0;
  }

  std::string_view pattern_;
  std::size_t at_;
  int last_ = 0;  // what a following '-' would start a range from; 0: nothing
};

class Glob {
 public:
  Glob(std::string_view pattern, std::string_view text) : pattern_(pattern), text_(text) {}

  bool match() {
    while (true) {
      if (in_pattern_ < pattern_.size() && pattern_[in_pattern_] == '*') {
        if (const auto decided = take_stars()) return *decided;
      } else if (in_text_ == text_.size()) {
        if (in_pattern_ == pattern_.size()) return true;
        if (!go_back()) return false;
      } else if (!take_one() && !go_back()) {
        return false;
      }
    }
  }

 private:
  // A character, '?' or bracket against the next byte of the text.
  bool take_one() {
    if (in_pattern_ == pattern_.size()) return false;
    char wanted = pattern_[in_pattern_];
    const char c = text_[in_text_];
    std::size_t after = in_pattern_ + 1;
    if (wanted == '[') {
      if (c == '/') return false;
      if (!Bracket(pattern_, in_pattern_)
               .match(static_cast<unsigned char>(c), after)
               .value_or(false)) {
        return false;
      }
    } else if (wanted == '?') {
      if (c == '/') return false;
    } else {
      if (wanted == '\\') {
        if (after == pattern_.size()) return false;
        wanted = pattern_[after++];
      }
      if (c != wanted) return false;
    }
    if (c == '/') star_pattern_ = kNone;  // its part of the path is settled
    in_pattern_ = after;
    ++in_text_;
    return true;
  }

  // Remembers where to continue when what follows does not match. Nothing when that is to be tried.
  std::optional<bool> take_stars() {
    const std::size_t start = in_pattern_;
    while (in_pattern_ < pattern_.size() && pattern_[in_pattern_] == '*') ++in_pattern_;
    const std::string_view rest = pattern_.substr(in_pattern_);
    const bool crosses = in_pattern_ - start > 1 && (start == 0 || pattern_[start - 1] == '/') &&
                         (rest.empty() || rest[0] == '/' || rest.starts_with("\\/"));
    if (!crosses) {
      star_pattern_ = in_pattern_;
      star_text_ = in_text_;
      if (rest.empty() && text_.find('/', in_text_) == kNone) return true;
      return std::nullopt;
    }
    if (rest.empty()) return true;
    star_pattern_ = kNone;
    folders_text_ = in_text_;
    if (rest[0] == '/') {
      folders_pattern_ = ++in_pattern_;  // no folder at all is the first choice
      return std::nullopt;
    }
    folders_pattern_ = in_pattern_ + 2;  // an escaped '/' asks for one folder at least, as in git
    if (next_folder()) return std::nullopt;
    return false;
  }

  // Lets the last double star take one more folder.
  bool next_folder() {
    const std::size_t slash = text_.find('/', folders_text_);
    if (slash == kNone) return false;
    folders_text_ = slash + 1;
    in_text_ = folders_text_;
    in_pattern_ = folders_pattern_;
    return true;
  }

  // After a mismatch: the last star takes one byte more, or the last double star one folder more.
  bool go_back() {
    if (star_pattern_ != kNone && star_text_ < text_.size() && text_[star_text_] != '/') {
      in_text_ = ++star_text_;
      in_pattern_ = star_pattern_;
      return true;
    }
    star_pattern_ = kNone;
    return folders_pattern_ != kNone && next_folder();
  }

  std::string_view pattern_;
  std::string_view text_;
  std::size_t in_pattern_ = 0;
  std::size_t in_text_ = 0;
  std::size_t star_pattern_ = kNone;  // behind the last star
  std::size_t star_text_ = 0;
  std::size_t folders_pattern_ = kNone;  // behind the last double star and its '/'
  std::size_t folders_text_ = 0;
};

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
  return Glob(pattern, text).match();
}

}  // namespace cairn::workdir
