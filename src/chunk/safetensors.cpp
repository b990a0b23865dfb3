// https://github.com/huggingface/safetensors#format: u64 length, a JSON object of tensors, data.
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "chunk/formats.hpp"

namespace cairn::chunk::detail {
namespace {

constexpr std::uint64_t kLengthBytes = 8;

const std::unordered_map<std::string, Element>& dtypes() {
  static const std::unordered_map<std::string, Element> known = {
      {"F64", {8, true}},     {"F32", {4, true}},     {"F16", {2, true}},  {"BF16", {2, true}},
      {"F8_E4M3", {1, true}}, {"F8_E5M2", {1, true}}, {"I64", {8, false}}, {"U64", {8, false}},
      {"I32", {4, false}},    {"U32", {4, false}},    {"I16", {2, false}}, {"U16", {2, false}},
      {"I8", {1, false}},     {"U8", {1, false}},     {"BOOL", {1, false}}};
  return known;
}

// Events of the parser, which keeps no tree and is not recursive. Any unexpected one ends it.
class HeaderEvents : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<Unit> units;  // offsets from the beginning of the data

  bool start_object(std::size_t) override {
    if (++depth_ == 2 && !in_metadata_) unit_ = Unit();
    return depth_ <= 2 && !in_array_;
  }
  bool end_object() override {
    if (depth_-- == 2) {
      if (!in_metadata_ && !finish_tensor()) return false;
      in_metadata_ = false;
    }
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1) {
      in_metadata_ = name == "__metadata__";
      tensor_ = name;
      fields_.clear();
      return names_.insert(name).second && names_.size() <= kMaxStructureUnits;
    }
    field_ = name;
    return in_metadata_ || fields_.insert(name).second;
  }
  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata_ || in_array_) return false;
    in_array_ = true;
    numbers_.clear();
    return field_ == "shape" || field_ == "data_offsets";
  }
  bool end_array() override {
    in_array_ = false;
    if (field_ == "shape") {
      unit_.shape = numbers_;
    } else if (numbers_.size() == 2 && numbers_[0] <= numbers_[1]) {
      unit_.offset = numbers_[0];
      unit_.bytes = numbers_[1] - numbers_[0];
    } else {
      return false;
    }
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    numbers_.push_back(value);
    return in_array_ && numbers_.size() <= kMaxTensorDimensions;
  }
  bool string(string_t& value) override {
    if (depth_ != 2 || in_array_) return false;
    if (in_metadata_) return true;
    unit_.dtype = value;
    return field_ == "dtype";
  }
  bool null() override { return false; }
  bool boolean(bool) override { return false; }
  bool number_integer(number_integer_t) override { return false; }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool binary(binary_t&) override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool finish_tensor() {
    if (fields_.size() != 3) return false;
    unit_.name = tensor_;
    // A type of a later release is a tensor too, of unknown elements.
    if (const auto known = dtypes().find(unit_.dtype); known != dtypes().end()) {
      unit_.element = known->second;
      if (tensor_bytes(unit_.shape, unit_.element.bytes) != unit_.bytes) return false;
    }
    units.push_back(std::move(unit_));
    return true;
  }

  int depth_ = 0;
  bool in_metadata_ = false;
  bool in_array_ = false;
  std::string tensor_;
  std::string field_;
  std::unordered_set<std::string> names_;
  std::unordered_set<std::string> fields_;
  std::vector<std::uint64_t> numbers_;
  Unit unit_;
};

}  // namespace

std::optional<Structure> read_safetensors(const Source& source) {
  const auto length = source.bytes(0, kLengthBytes);
  if (!length) return std::nullopt;
  const auto header_bytes = base::load_le<std::uint64_t>(length->data());
  const auto header = source.bytes(kLengthBytes, header_bytes);
  if (!header) return std::nullopt;
  HeaderEvents events;
  if (!nlohmann::json::sax_parse(header->begin(), header->end(), &events)) return std::nullopt;
  const std::uint64_t data = kLengthBytes + header_bytes;
  const std::uint64_t data_bytes = source.file_bytes - data;
  Structure out{FileType::kSafetensors, {}};
  for (Unit& unit : events.units) {
    if (unit.offset > data_bytes || unit.bytes > data_bytes - unit.offset) return std::nullopt;
    unit.offset += data;
    if (unit.bytes > 0) out.units.push_back(unit);
    out.tensors.push_back(std::move(unit));
  }
  return out;
}

}  // namespace cairn::chunk::detail
