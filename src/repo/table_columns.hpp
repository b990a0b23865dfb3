// The columns of a table: of CSV and TSV those of the first line, of JSON lines the keys of all
// objects.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/bytes.hpp"

namespace cairn::repo {

// Fields of a line of CSV or TSV; comma, tabulator or semicolon, whichever is most frequent.
std::vector<std::string> header_fields(std::string_view line);
// False for the fields of a table without a header: a header has no fraction, no negative number
// and no number twice (years are names of columns).
bool is_header(const std::vector<std::string>& fields);

// Keys of the objects of JSON lines, each once, in the order of first use, from bytes in any
// blocks. Keys of objects inside are none, and lines that are no objects have none.
class JsonKeys {
 public:
  void add(base::ByteView bytes);
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  void keep(std::string_view part);
  std::size_t skip(std::string_view text);
  void start_line();
  void step(char c);
  void note_key();
  void step_text(char c);

  std::vector<std::string> names_;
  std::unordered_set<std::string> seen_;  // as they are written
  std::string text_;                      // of the string that is read, on the first level
  std::string key_;                       // the one before, a key if a colon follows
  std::size_t depth_ = 0;
  bool in_text_ = false;
  bool escaped_ = false;
  bool no_object_ = false;  // this line
};

}  // namespace cairn::repo
