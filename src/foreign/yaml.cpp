// Events of libyaml become nodes in one table; a list or map names its items by their place in it.
// An alias is such a place too, so that no text can make the table larger than itself.
#include "foreign/yaml.hpp"

#include <map>
#include <optional>

#include "base/text.hpp"
#include "foreign/yaml_library.hpp"

namespace cairn::foreign {

namespace {

const std::string kNoText;

Error fault(const std::string& what) { return {Code::kCorrupt, what}; }

std::string text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

}  // namespace

// Owns the parser of one text.
class YamlReader {
 public:
  YamlReader(const YamlLibrary& library, std::string_view text) : library_(library) {
    ready_ = library_.parser_initialize(&parser_) == 1;
    if (!ready_) return;
    library_.parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size());
  }
  ~YamlReader() {
    if (ready_) library_.parser_delete(&parser_);
  }
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;

  Result<YamlDocument> read() {
    if (!ready_) return Error(Code::kInternal, "out of memory");
    for (;;) {
      yaml_event_t event{};
      if (library_.parser_parse(&parser_, &event) != 1) return syntax_error();
      const auto type = event.type;
      const auto status = take(event);
      library_.event_delete(&event);
      CAIRN_CHECK(status);
      if (type == YAML_DOCUMENT_END_EVENT || type == YAML_STREAM_END_EVENT)
        return std::move(document_);
    }
  }

 private:
  struct Open {
    std::size_t node = 0;
    std::optional<std::size_t> key;  // of a map whose value is next
  };

  Error syntax_error() const {
    const std::string what = parser_.problem == nullptr ? "no valid YAML" : parser_.problem;
    return fault("line " + std::to_string(parser_.problem_mark.line + 1) + ", column " +
                 std::to_string(parser_.problem_mark.column + 1) + ": " + base::printable(what));
  }

  Status take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_SCALAR_EVENT: {
        CAIRN_TRY(const auto node, add(YamlValue::Kind::kScalar, event.data.scalar.anchor));
        document_.nodes_[node].text.assign(reinterpret_cast<const char*>(event.data.scalar.value),
                                           event.data.scalar.length);
        return {};
      }
      case YAML_SEQUENCE_START_EVENT:
        return open(YamlValue::Kind::kList, event.data.sequence_start.anchor);
      case YAML_MAPPING_START_EVENT:
        return open(YamlValue::Kind::kMap, event.data.mapping_start.anchor);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        open_.pop_back();
        return {};
      case YAML_ALIAS_EVENT:
        return alias(text_of(event.data.alias.anchor));
      default:
        return {};
    }
  }

  Status alias(const std::string& name) {
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) return fault("`*" + base::printable(name) + "` names nothing");
    return place(found->second);
  }

  Status open(YamlValue::Kind kind, const yaml_char_t* anchor) {
    if (open_.size() == YamlDocument::kMaxDepth)
      return fault("it is nested deeper than " + std::to_string(YamlDocument::kMaxDepth));
    CAIRN_TRY(const auto node, add(kind, anchor));
    open_.push_back({node, {}});
    return {};
  }

  Result<std::size_t> add(YamlValue::Kind kind, const yaml_char_t* anchor) {
    const auto node = document_.nodes_.size();
    document_.nodes_.emplace_back().kind = kind;
    if (anchor != nullptr) anchors_[text_of(anchor)] = node;
    CAIRN_CHECK(place(node));
    return node;
  }

  // Hangs a node into the list or map that is open.
  Status place(std::size_t node) {
    if (++placed_ > YamlDocument::kMaxNodes) return fault("it has too many values");
    if (open_.empty()) {
      document_.root_ = node;
      return {};
    }
    auto& parent = document_.nodes_[open_.back().node];
    auto& key = open_.back().key;
    if (parent.kind == YamlValue::Kind::kList) {
      parent.items.emplace_back(0, node);
    } else if (!key) {
      key = node;
    } else {
      parent.items.emplace_back(*key, node);
      key.reset();
    }
    return {};
  }

  const YamlLibrary& library_;
  yaml_parser_t parser_{};
  bool ready_ = false;
  YamlDocument document_;
  std::vector<Open> open_;
  std::map<std::string, std::size_t> anchors_;
  std::size_t placed_ = 0;
};

Result<YamlDocument> YamlDocument::parse(std::string_view text) {
  if (text.size() > kMaxBytes) return fault("it is larger than " + base::human_bytes(kMaxBytes));
  CAIRN_TRY(const auto* library, yaml_library());
  return YamlReader(*library, text).read();
}

YamlValue YamlDocument::root() const { return {this, root_}; }

YamlValue::Kind YamlValue::kind() const {
  return document_ == nullptr ? Kind::kNone : document_->nodes_[node_].kind;
}

const std::string& YamlValue::text() const {
  return kind() == Kind::kScalar ? document_->nodes_[node_].text : kNoText;
}

std::size_t YamlValue::size() const {
  return document_ == nullptr ? 0 : document_->nodes_[node_].items.size();
}

YamlValue YamlValue::at(std::size_t i) const {
  return i < size() ? YamlValue(document_, document_->nodes_[node_].items[i].second) : YamlValue();
}

const std::string& YamlValue::key(std::size_t i) const {
  if (i >= size()) return kNoText;
  return document_->nodes_[document_->nodes_[node_].items[i].first].text;
}

YamlValue YamlValue::operator[](std::string_view name) const {
  if (!is_map()) return {};
  for (std::size_t i = size(); i-- > 0;) {
    if (key(i) == name) return at(i);
  }
  return {};
}

}  // namespace cairn::foreign
