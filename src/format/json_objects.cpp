// The objects that are JSON: lease and cairn.json. Parsed by events, because the library's own tree
// has no depth limit, keeps the last of two equal keys and turns -1 and 1.9 into unsigned numbers.
#include <nlohmann/json.hpp>

#include <map>
#include <variant>

#include "base/text.hpp"
#include "format/refusal.hpp"
#include "format/remote_objects.hpp"

namespace cairn::format {
namespace {

constexpr std::size_t kMaxJsonDepth = 16;
constexpr std::size_t kMaxToolBytes = 256;

struct OtherValue {};  // of a key that may be skipped
using StringList = std::vector<std::string>;
using FlatValue = std::variant<std::uint64_t, std::string, StringList, OtherValue>;

// Collects the keys of one object: unsigned numbers, strings, lists of strings. Deeper values are
// passed over.
class FlatObjectReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::map<std::string, FlatValue, std::less<>> values;
  std::string fault;  // when the parse ended early for another reason than syntax

  bool null() override { return put(OtherValue{}); }
  bool boolean(bool) override { return put(OtherValue{}); }
  bool number_integer(number_integer_t) override { return put(OtherValue{}); }
  bool number_unsigned(number_unsigned_t value) override { return put(std::uint64_t{value}); }
  bool number_float(number_float_t, const string_t&) override { return put(OtherValue{}); }
  bool binary(binary_t&) override { return false; }

  bool string(string_t& value) override {
    if (depth_ == 2 && list_ != nullptr) {
      list_->push_back(std::move(value));
      return true;
    }
    return put(std::move(value));
  }
  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    key_ = std::move(name);
    return values.find(key_) == values.end() ||
           stop("the key \"" + base::printable(key_) + "\" twice");
  }
  bool start_object(std::size_t) override {
    if (depth_ == 0) return enter();
    return put(OtherValue{}) && enter();
  }
  bool start_array(std::size_t) override {
    if (depth_ == 0) return stop("no object");
    if (!put(StringList())) return false;
    if (depth_ == 1) list_ = std::get_if<StringList>(&values[key_]);
    return enter();
  }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool stop(std::string why) {
    fault = std::move(why);
    return false;
  }
  bool enter() { return ++depth_ <= kMaxJsonDepth || stop("nested too deeply"); }
  bool leave() {
    if (--depth_ == 1) list_ = nullptr;
    return true;
  }
  bool put(FlatValue value) {
    if (depth_ == 0) return stop("no object");
    if (depth_ == 1) values[key_] = std::move(value);
    if (depth_ == 2 && list_ != nullptr) {  // not a list of strings after all
      list_ = nullptr;
      values[key_] = OtherValue{};
    }
    return true;
  }

  std::size_t depth_ = 0;
  std::string key_;
  StringList* list_ = nullptr;  // while inside a list at the first level
};

// One object of a kind ("lease", "remote-config"); every look-up names that kind in its refusal.
class FlatObject {
 public:
  static Result<FlatObject> parse(std::string_view text, std::string kind) {
    if (text.size() > kMaxJsonBytes) return refuse(kind, "larger than 64 KiB");
    FlatObjectReader reader;
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &reader)) {
      return refuse(kind, reader.fault.empty() ? "it is not JSON" : reader.fault);
    }
    FlatObject object;
    object.kind_ = std::move(kind);
    object.values_ = std::move(reader.values);
    return object;
  }

  template <typename T>
  [[nodiscard]] Result<T> get(std::string_view key) const {
    const auto at = values_.find(key);
    const T* value = at == values_.end() ? nullptr : std::get_if<T>(&at->second);
    if (value == nullptr)
      return refuse(kind_, "\"" + std::string(key) + "\" is missing or of the wrong type");
    return *value;
  }
  [[nodiscard]] Status check_version(std::string_view key) const {
    CAIRN_TRY(const std::uint64_t version, get<std::uint64_t>(key));
    if (version != 1) return refuse_newer(kind_, "version " + std::to_string(version));
    return {};
  }
  [[nodiscard]] Result<std::int64_t> get_time(std::string_view key) const {
    CAIRN_TRY(const std::uint64_t value, get<std::uint64_t>(key));
    if (value > std::uint64_t{INT64_MAX})
      return refuse(kind_, "\"" + std::string(key) + "\" is no time");
    return static_cast<std::int64_t>(value);
  }
  [[nodiscard]] Result<std::string> get_id128(std::string_view key) const {
    CAIRN_TRY(std::string text, get<std::string>(key));
    Id128 id;
    if (!base::from_hex(text, id))
      return refuse(kind_, "\"" + std::string(key) + "\" is not 32 hex digits");
    return text;
  }

 private:
  std::string kind_;
  std::map<std::string, FlatValue, std::less<>> values_;
};

std::string json_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Status check_named(const FlatObject& object, std::string_view key, std::string_view known) {
  CAIRN_TRY(const std::string value, object.get<std::string>(key));
  if (value == known) return {};
  return refuse_newer("remote-config", std::string(key) + " \"" + base::printable(value) + "\"");
}

}  // namespace

std::string encode_lease(const Lease& lease) {
  return R"({"lease":1,"session":)" + json_string(lease.session) + R"(,"project":)" +
         json_string(lease.project) + R"(,"n":)" + std::to_string(lease.n) + R"(,"start":)" +
         std::to_string(lease.start_ms) + R"(,"expires":)" + std::to_string(lease.expires_ms) +
         R"(,"tool":)" + json_string(lease.tool) + "}\n";
}

Result<Lease> decode_lease(std::string_view text) {
  CAIRN_TRY(const FlatObject object, FlatObject::parse(text, "lease"));
  CAIRN_CHECK(object.check_version("lease"));
  Lease lease;
  CAIRN_TRY(lease.session, object.get_id128("session"));
  CAIRN_TRY(lease.project, object.get_id128("project"));
  CAIRN_TRY(lease.n, object.get<std::uint64_t>("n"));
  CAIRN_TRY(lease.start_ms, object.get_time("start"));
  CAIRN_TRY(lease.expires_ms, object.get_time("expires"));
  CAIRN_TRY(lease.tool, object.get<std::string>("tool"));
  if (lease.expires_ms < lease.start_ms) return refuse("lease", "it expires before its start");
  if (lease.tool.size() > kMaxToolBytes)
    return refuse("lease", "its tool is longer than 256 bytes");
  return lease;
}

std::string encode_lease_end(const std::string& session, std::int64_t end_ms) {
  return R"({"lease":1,"session":)" + json_string(session) + R"(,"end":)" + std::to_string(end_ms) +
         "}\n";
}

std::string encode_remote_config() {
  return R"({"cairn":1,"digest":"sha256","cipher":"none","features":[]})"
         "\n";
}

Status check_remote_config(std::string_view text) {
  CAIRN_TRY(const FlatObject object, FlatObject::parse(text, "remote-config"));
  CAIRN_CHECK(object.check_version("cairn"));
  CAIRN_CHECK(check_named(object, "digest", "sha256"));
  CAIRN_CHECK(check_named(object, "cipher", "none"));
  CAIRN_TRY(const StringList features, object.get<StringList>("features"));
  if (!features.empty())
    return refuse_newer("remote-config", "feature \"" + base::printable(features.front()) + "\"");
  return {};
}

}  // namespace cairn::format
