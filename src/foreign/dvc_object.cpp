#include "foreign/dvc_object.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "crypto/md5.hpp"
#include "foreign/safe_path.hpp"

namespace cairn::foreign {

namespace {

constexpr std::string_view kFolderSuffix = ".dir";
constexpr std::size_t kMd5Digits = 32;
constexpr std::size_t kMaxEntries = 20'000'000;

Error not_a_list(const std::string& why) {
  return Error(Code::kCorrupt, "it is not a list of files as DVC writes it: " + why);
}

// Takes `[{"md5": …, "relpath": …}, …]` as it is read, so that nothing else is ever held.
class ListReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit ListReader(bool legacy) : legacy_(legacy) {}
  [[nodiscard]] std::optional<Error> take_error() { return std::move(error_); }
  [[nodiscard]] std::vector<DvcEntry> take_entries() { return std::move(entries_); }

  bool start_array(std::size_t) override { return step(!in_list_ && !in_entry_, in_list_); }
  bool end_array() override { return true; }
  bool start_object(std::size_t) override {
    entry_ = {};
    return step(in_list_ && !in_entry_, in_entry_);
  }
  bool end_object() override {
    in_entry_ = false;
    if (entry_.path.empty() || entry_.object.md5.empty()) return refuse("an entry lacks something");
    if (entries_.size() == kMaxEntries) return refuse("it has too many entries");
    entries_.push_back(std::move(entry_));
    return true;
  }
  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }
  bool string(string_t& value) override {
    if (!in_entry_) return refuse("text stands where an entry should");
    if (key_ == "md5") return take_md5(value);
    return key_ != "relpath" || take_path(value);
  }
  bool null() override { return in_entry_ || refuse("it is null"); }
  bool boolean(bool) override { return in_entry_ || refuse("it is no list"); }
  bool number_integer(number_integer_t) override { return in_entry_ || refuse("it is a number"); }
  bool number_unsigned(number_unsigned_t) override { return in_entry_ || refuse("it is a number"); }
  bool number_float(number_float_t, const string_t&) override {
    return in_entry_ || refuse("it is a number");
  }
  bool binary(binary_t&) override { return refuse("it is binary"); }
  bool parse_error(std::size_t place, const std::string&,
                   const nlohmann::json::exception&) override {
    return refuse("no valid JSON at byte " + std::to_string(place));
  }

 private:
  bool refuse(const std::string& why) {
    if (!error_) error_ = not_a_list(why);
    return false;
  }
  bool step(bool allowed, bool& state) {
    state = true;
    return allowed || refuse("it is nested");
  }
  bool take_md5(const std::string& value) {
    const auto object = parse_dvc_object(value, legacy_);
    if (!object || object->folder) return refuse("`" + base::printable(value) + "` is no MD5");
    entry_.object = *object;
    return true;
  }
  bool take_path(const std::string& value) {
    auto path = safe_path("", value);
    if (path && *path != value) return refuse("`" + base::printable(value) + "` is no plain path");
    if (!path) {
      error_ = std::move(path).error();
      return false;
    }
    entry_.path = *std::move(path);
    return true;
  }

  bool legacy_;
  bool in_list_ = false, in_entry_ = false;
  DvcEntry entry_;
  std::string key_;
  std::vector<DvcEntry> entries_;
  std::optional<Error> error_;
};

}  // namespace

std::string DvcObject::key() const {
  return (legacy ? "" : "files/md5/") + md5.substr(0, 2) + "/" + md5.substr(2) +
         std::string(folder ? kFolderSuffix : "");
}

std::string DvcObject::name() const {
  return (legacy ? "md5-dos2unix-" : "md5-") + md5 + std::string(folder ? kFolderSuffix : "");
}

std::optional<DvcObject> parse_dvc_object(std::string_view text, bool legacy) {
  DvcObject out;
  out.legacy = legacy;
  out.folder = text.ends_with(kFolderSuffix);
  if (out.folder) text.remove_suffix(kFolderSuffix.size());
  out.md5 = base::lower_ascii(text);
  if (out.md5.size() != kMd5Digits || !base::is_lower_hex(out.md5)) return std::nullopt;
  return out;
}

Status order_entries(std::vector<DvcEntry>& entries) {
  std::ranges::sort(entries, {}, &DvcEntry::path);
  const auto twin = std::ranges::adjacent_find(entries, {}, &DvcEntry::path);
  if (twin == entries.end()) return {};
  return not_a_list("`" + base::printable(twin->path) + "` stands there twice");
}

Result<std::vector<DvcEntry>> parse_dvc_folder(base::ByteView json, bool legacy) {
  ListReader reader(legacy);
  const bool whole = nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
  if (auto error = reader.take_error()) return *std::move(error);
  if (!whole) return not_a_list("no valid JSON");
  auto entries = reader.take_entries();
  CAIRN_CHECK(order_entries(entries));
  return entries;
}

DvcObject folder_object(const std::vector<DvcEntry>& entries, bool legacy) {
  std::string text = "[";
  for (const auto& entry : entries) {
    const nlohmann::json path(entry.path);
    text += (text.size() > 1 ? ", " : "") + std::string(R"({"md5": ")") + entry.object.md5 +
            R"(", "relpath": )" + path.dump(-1, ' ', true) + "}";
  }
  text += "]";
  crypto::Md5 hash;
  hash.update(base::view_of(text));
  return {hash.finish_hex(), true, legacy};
}

}  // namespace cairn::foreign
