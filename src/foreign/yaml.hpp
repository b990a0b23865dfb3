// YAML as other tools write it, read from files that others may have made: bounded in size, depth
// and count, and an alias is never expanded. Values are text; nothing of the language (tags, merge
// keys, types) means anything here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cairn/result.hpp"

namespace cairn::foreign {

class YamlDocument;

// A value inside of a document, which must outlive it. An absent value is of kind kNone, so that
// lookups can be chained.
class YamlValue {
 public:
  enum class Kind { kNone, kScalar, kList, kMap };
  YamlValue() = default;
  YamlValue(const YamlDocument* document, std::size_t node) : document_(document), node_(node) {}

  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is_map() const { return kind() == Kind::kMap; }
  [[nodiscard]] const std::string& text() const;  // of a scalar; else ""
  [[nodiscard]] std::size_t size() const;         // of a list or map
  [[nodiscard]] YamlValue at(std::size_t i) const;
  [[nodiscard]] const std::string& key(
      std::size_t i) const;  // of a map; "" for one that is no text
  [[nodiscard]] YamlValue operator[](std::string_view key) const;  // the last one of that key

 private:
  const YamlDocument* document_ = nullptr;
  std::size_t node_ = 0;
};

class YamlDocument {
 public:
  // The first document of `text`. kCorrupt with line and column; kIo where libyaml is not
  // installed.
  static Result<YamlDocument> parse(std::string_view text);
  [[nodiscard]] YamlValue root() const;

  static constexpr std::size_t kMaxBytes = std::size_t{32} << 20;
  static constexpr std::size_t kMaxDepth = 32;
  static constexpr std::size_t kMaxNodes = 2'000'000;

 private:
  friend class YamlValue;
  friend class YamlReader;
  struct Node {
    YamlValue::Kind kind = YamlValue::Kind::kNone;
    std::string text;
    std::vector<std::pair<std::size_t, std::size_t>> items;  // (key, value); a list has no keys
  };
  std::vector<Node> nodes_ = std::vector<Node>(1);  // the first is the absent value
  std::size_t root_ = 0;
};

}  // namespace cairn::foreign
