// The pickle of a PyTorch checkpoint, walked and never unpickled: a stack of inert values, opcodes
// from a list of harmless ones, nothing imported, nothing called. What torch.save writes around
// tensors (torch/serialization.py, torch/_utils.py) is recognised by name; all else stays opaque.
#include <algorithm>
#include <unordered_map>

#include "chunk/formats.hpp"

namespace cairn::chunk::detail {
namespace {

constexpr std::size_t kMaxPickleBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxValues = std::size_t{1} << 19;
constexpr std::size_t kMaxVisits = std::size_t{1}
                                   << 20;  // of values while naming, shared ones again
constexpr unsigned kMaxDepth = 32;
constexpr std::size_t kMaxNameBytes = 1'024;
constexpr std::size_t kMaxAllNamesBytes = std::size_t{16} << 20;

struct NamedType {
  std::string_view storage;  // its class; newer types have none
  TorchType type;
};
constexpr NamedType kTypes[] = {{"DoubleStorage", {"float64", 8, {8, true}}},
                                {"FloatStorage", {"float32", 4, {4, true}}},
                                {"HalfStorage", {"float16", 2, {2, true}}},
                                {"BFloat16Storage", {"bfloat16", 2, {2, true}}},
                                {"LongStorage", {"int64", 8, {8, false}}},
                                {"IntStorage", {"int32", 4, {4, false}}},
                                {"ShortStorage", {"int16", 2, {2, false}}},
                                {"CharStorage", {"int8", 1, {1, false}}},
                                {"ByteStorage", {"uint8", 1, {1, false}}},
                                {"BoolStorage", {"bool", 1, {1, false}}},
                                {"ComplexFloatStorage", {"complex64", 8, {4, true}}},
                                {"ComplexDoubleStorage", {"complex128", 16, {8, true}}},
                                {"QInt8Storage", {"qint8", 1, {1, false}}},
                                {"QUInt8Storage", {"quint8", 1, {1, false}}},
                                {"QInt32Storage", {"qint32", 4, {4, false}}},
                                {"", {"uint16", 2, {2, false}}},
                                {"", {"uint32", 4, {4, false}}},
                                {"", {"uint64", 8, {8, false}}},
                                {"", {"complex32", 4, {2, true}}},
                                {"", {"float8_e4m3fn", 1, {1, true}}},
                                {"", {"float8_e4m3fnuz", 1, {1, true}}},
                                {"", {"float8_e5m2", 1, {1, true}}},
                                {"", {"float8_e5m2fnuz", 1, {1, true}}},
                                {"", {"float8_e8m0fnu", 1, {1, true}}}};
constexpr std::string_view kTorch = "torch ";  // the module of a global, before its name

// Arguments of _rebuild_tensor_v2 and its kin; the type is tensor_v3's alone.
enum TensorArgument : std::size_t { kStorage, kFirst, kSize, kStride, kRest, kType = 6, kKept };

TorchType type_of(std::string_view global) {
  if (global.substr(0, kTorch.size()) != kTorch) return {};
  const std::string_view name = global.substr(kTorch.size());
  for (const NamedType& known : kTypes) {
    if (name == known.storage || name == known.type.dtype) return known.type;
  }
  return {};
}

using Index = std::uint32_t;  // of a value

struct Value {
  enum class Kind : std::uint8_t {
    kOpaque,
    kNumber,
    kText,
    kGlobal,
    kSequence,
    kMapping,
    kStorage,
    kTensor
  };
  Kind kind = Kind::kOpaque;
  std::uint64_t number = 0;
  std::string text;          // kText; kGlobal: "module name"
  std::vector<Index> items;  // kSequence; kMapping: key, value, key, value …; kTensor: arguments
  Index storage = 0;         // kStorage: in out_.storages
};
using Kind = Value::Kind;

class PickleWalk {
 public:
  explicit PickleWalk(base::ByteView pickle) : in_(pickle) {}

  std::optional<TorchContent> run() {
    for (std::uint8_t opcode = in_.u8(); opcode != '.' || !in_.ok(); opcode = in_.u8()) {
      if (!in_.ok() || !step(opcode) || values_.size() > kMaxValues) return std::nullopt;
    }
    if (stack_.size() != 1 || !marks_.empty()) return std::nullopt;
    name_tensors(stack_.back(), "", 0);
    return std::move(out_);
  }

 private:
  // ---- the stack
  void push(Value value) {
    stack_.push_back(static_cast<Index>(values_.size()));
    values_.push_back(std::move(value));
  }
  bool push(Kind kind) {
    Value value;
    value.kind = kind;
    push(std::move(value));
    return true;
  }
  bool push_number(std::uint64_t number) {
    Value value;
    value.kind = Kind::kNumber;
    value.number = number;
    push(std::move(value));
    return in_.ok();
  }
  bool push_text(Kind kind, std::string text) {
    Value value;
    value.kind = kind;
    value.text = std::move(text);
    push(std::move(value));
    return in_.ok();
  }
  // How many values lie above the last mark.
  [[nodiscard]] std::size_t depth() const {
    return stack_.size() - (marks_.empty() ? 0 : marks_.back());
  }
  std::optional<Index> pop() {
    if (depth() == 0) return std::nullopt;
    const Index top = stack_.back();
    stack_.pop_back();
    return top;
  }
  bool push_sequence(std::size_t count) {
    if (depth() < count) return false;
    Value value;
    value.kind = Kind::kSequence;
    value.items.assign(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    push(std::move(value));
    return true;
  }
  // The values above the last mark, which goes.
  std::optional<std::vector<Index>> pop_marked() {
    if (marks_.empty()) return std::nullopt;
    std::vector<Index> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()),
                             stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  std::string text(std::uint64_t bytes) {
    if (bytes > in_.remaining()) bytes = in_.remaining() + 1;  // fails
    return std::string(base::text_of(in_.raw(static_cast<std::size_t>(bytes))));
  }
  std::string line() {
    std::string out;
    for (std::uint8_t byte = in_.u8(); in_.ok() && byte != '\n'; byte = in_.u8()) {
      out += static_cast<char>(byte);
    }
    return out;
  }

  // ---- opcodes (Lib/pickletools.py)
  bool step(std::uint8_t opcode) {
    switch (opcode) {
      case 0x80:  // PROTO
        return in_.u8() <= 5 && in_.ok();
      case 0x95:  // FRAME
        in_.u64();
        return in_.ok();
      case '(':
        marks_.push_back(stack_.size());
        return marks_.size() <= kMaxValues;
      case '0': {  // POP
        return pop().has_value();
      }
      case '}':
        return push(Kind::kMapping);
      case ']':
      case ')':
      case 0x8f:  // EMPTY_SET
        return push(Kind::kSequence);
      case 'N':
      case 0x88:
      case 0x89:
        return push(Kind::kOpaque);
      default:
        return step_scalar(opcode) || step_compound(opcode);
    }
  }

  bool step_scalar(std::uint8_t opcode) {
    switch (opcode) {
      case 'K':
        return push_number(in_.u8());
      case 'M':
        return push_number(in_.u16());
      case 'J':
        return push_number(static_cast<std::uint64_t>(static_cast<std::int32_t>(in_.u32())));
      case 0x8a:  // LONG1
        return push_long(in_.u8());
      case 'G':
        in_.u64();
        return push(Kind::kOpaque) && in_.ok();
      case 'X':
        return push_text(Kind::kText, text(in_.u32()));
      case 0x8c:
        return push_text(Kind::kText, text(in_.u8()));
      case 'B':
        text(in_.u32());
        return push(Kind::kOpaque) && in_.ok();
      case 'C':
        text(in_.u8());
        return push(Kind::kOpaque) && in_.ok();
      case 'c': {
        std::string module = line();
        return push_text(Kind::kGlobal, std::move(module) + " " + line());
      }
      default:
        return false;
    }
  }

  bool push_long(std::uint8_t bytes) {
    const auto digits = in_.raw(bytes);
    std::uint64_t number = 0;
    for (std::size_t i = std::min<std::size_t>(digits.size(), 8); i-- > 0;) {
      number = number << 8 | digits[i];
    }
    return push_number(number);
  }

  bool step_compound(std::uint8_t opcode) {
    switch (opcode) {
      case 'q':
        return remember(in_.u8());
      case 'r':
        return remember(in_.u32());
      case 0x94:  // MEMOIZE
        return remember(static_cast<std::uint32_t>(memo_.size()));
      case 'h':
        return recall(in_.u8());
      case 'j':
        return recall(in_.u32());
      case 0x85:
      case 0x86:
      case 0x87:
        return push_sequence(opcode - 0x84U);
      case 't': {
        if (marks_.empty()) return false;
        const std::size_t count = depth();
        marks_.pop_back();
        return push_sequence(count);
      }
      case 0x93:  // STACK_GLOBAL
        return stack_global();
      case 'a':
      case 's':
        return extend(opcode == 'a' ? 1 : 2);
      case 'e':
      case 'u':
      case 0x90:  // ADDITEMS
        return extend_marked();
      case 'Q':
        return persistent_storage();
      case 'R':
      case 0x81:  // NEWOBJ
        return reduce();
      case 'b':
        return build();
      default:
        return false;
    }
  }

  bool remember(std::uint32_t number) {
    if (depth() == 0 || memo_.size() > kMaxValues) return false;
    memo_[number] = stack_.back();
    return in_.ok();
  }
  bool recall(std::uint32_t number) {
    const auto known = memo_.find(number);
    if (!in_.ok() || known == memo_.end()) return false;
    stack_.push_back(known->second);
    return true;
  }
  bool stack_global() {
    const auto name = pop();
    const auto module = pop();
    if (!name || !module) return false;
    return push_text(Kind::kGlobal, values_[*module].text + " " + values_[*name].text);
  }
  bool extend(std::size_t count) {
    if (depth() < count + 1) return false;
    const std::vector<Index> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return add_items(items);
  }
  bool extend_marked() {
    const auto items = pop_marked();
    return items && depth() > 0 && add_items(*items);
  }
  bool add_items(const std::vector<Index>& items) {
    Value& into = values_[stack_.back()];
    if (into.kind == Kind::kMapping && items.size() % 2 != 0) return false;
    if (into.kind == Kind::kMapping || into.kind == Kind::kSequence) {
      into.items.insert(into.items.end(), items.begin(), items.end());
    }
    return true;
  }

  // ("storage", class, key, location, element count)
  bool persistent_storage() {
    const auto id = pop();
    if (!id) return false;
    const std::vector<Index>& items = values_[*id].items;
    const bool fits = items.size() == 5 && values_[items[0]].text == "storage" &&
                      values_[items[1]].kind == Kind::kGlobal &&
                      values_[items[2]].kind == Kind::kText;
    if (!fits) return false;
    const auto number = static_cast<Index>(out_.storages.size());
    const auto [known, added] = by_key_.try_emplace(values_[items[2]].text, number);
    if (added) out_.storages.push_back({known->first, "", type_of(values_[items[1]].text), {}});
    Value storage;
    storage.kind = Kind::kStorage;
    storage.storage = known->second;
    push(std::move(storage));
    return true;
  }

  // callable, arguments: what a call would give, of the few that are known.
  bool reduce() {
    const auto arguments = pop();
    const auto callable = pop();
    if (!arguments || !callable) return false;
    const std::string& name = values_[*callable].text;
    const std::vector<Index>& items = values_[*arguments].items;
    if (name == "torch._utils _rebuild_parameter" && !items.empty()) {
      stack_.push_back(items.front());
      return true;
    }
    const bool tensor = is_rebuilding(name) && items.size() >= kRest &&
                        values_[items[kStorage]].kind == Kind::kStorage;
    if (!tensor) return push(Kind::kMapping);  // OrderedDict, modules: what is put into them counts
    Value value;
    value.kind = Kind::kTensor;
    value.items.assign(
        items.begin(),
        items.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(items.size(), kKept)));
    push(std::move(value));
    return true;
  }
  static bool is_rebuilding(std::string_view name) {
    constexpr std::string_view kCalls = "torch._utils _rebuild_";
    if (name.substr(0, kCalls.size()) != kCalls) return false;
    const std::string_view call = name.substr(kCalls.size());
    return call == "tensor" || call == "tensor_v2" || call == "tensor_v3" || call == "qtensor";
  }
  // An object's state is found below the object.
  bool build() {
    const auto state = pop();
    if (!state || depth() == 0) return false;
    const Index object = stack_.back();
    if (values_[object].kind != Kind::kMapping || object == *state) return true;
    const auto key = static_cast<Index>(values_.size());
    values_.emplace_back();
    values_[object].items.push_back(key);
    values_[object].items.push_back(*state);
    return true;
  }

  // ---- names, once all is read
  void name_tensors(Index index, const std::string& name, unsigned level) {
    if (++visits_ > kMaxVisits || level > kMaxDepth || name.size() > kMaxNameBytes) return;
    const Value& value = values_[index];
    if (value.kind == Kind::kTensor) return name_tensor(value.items, name);
    const auto below = [&](const std::string& key, Index child) {
      const std::string dot = name.empty() || key.empty() ? "" : ".";
      name_tensors(child, name + dot + key, level + 1);
    };
    if (value.kind == Kind::kSequence) {
      for (std::size_t i = 0; i < value.items.size() && visits_ <= kMaxVisits; ++i) {
        below(std::to_string(i), value.items[i]);
      }
    }
    if (value.kind != Kind::kMapping) return;
    for (std::size_t i = 0; i + 1 < value.items.size() && visits_ <= kMaxVisits; i += 2) {
      const Value& key = values_[value.items[i]];
      below(key.kind == Kind::kNumber ? std::to_string(key.number) : key.text, value.items[i + 1]);
    }
  }
  void name_tensor(const std::vector<Index>& arguments, const std::string& name) {
    const std::vector<Index>& sizes = values_[arguments[kSize]].items;
    const std::vector<Index>& strides = values_[arguments[kStride]].items;
    if (sizes.size() > kMaxTensorDimensions) return;
    TorchTensor tensor;
    tensor.name = name;
    tensor.storage = values_[arguments[kStorage]].storage;
    TorchStorage& storage = out_.storages[tensor.storage];
    tensor.type = storage.type;
    if (arguments.size() > kType && values_[arguments[kType]].kind == Kind::kGlobal)
      tensor.type = type_of(values_[arguments[kType]].text);
    tensor.first = values_[arguments[kFirst]].number;
    tensor.shape = numbers_of(sizes);
    if (storage.name.empty()) {
      storage.name = name;
      storage.type = tensor.type;
      storage.shape = tensor.shape;
    }
    names_bytes_ += name.size();
    const bool full = out_.tensors.size() == kMaxStructureUnits || names_bytes_ > kMaxAllNamesBytes;
    if (full || strides.size() != sizes.size()) return;
    if (!is_dense(tensor.shape, numbers_of(strides))) return;
    out_.tensors.push_back(std::move(tensor));
  }
  [[nodiscard]] std::vector<std::uint64_t> numbers_of(const std::vector<Index>& items) const {
    std::vector<std::uint64_t> out;
    for (const Index item : items) out.push_back(values_[item].number);
    return out;
  }
  // No gaps and no element twice; as many strides as sizes.
  static bool is_dense(const std::vector<std::uint64_t>& shape,
                       const std::vector<std::uint64_t>& strides) {
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return true;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> steps;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] > 1) steps.emplace_back(strides[i], shape[i]);
    }
    std::sort(steps.begin(), steps.end());
    std::uint64_t expected = 1;
    for (const auto& [stride, size] : steps) {
      if (stride != expected || __builtin_mul_overflow(expected, size, &expected)) return false;
    }
    return true;
  }

  base::ByteReader in_;
  std::vector<Value> values_;
  std::vector<Index> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, Index> memo_;
  TorchContent out_;
  std::size_t names_bytes_ = 0;
  std::unordered_map<std::string, Index> by_key_;
  std::size_t visits_ = 0;
};

}  // namespace

std::optional<TorchContent> walk_torch_pickle(base::ByteView pickle) {
  if (pickle.size() > kMaxPickleBytes) return std::nullopt;
  return PickleWalk(pickle).run();
}

}  // namespace cairn::chunk::detail
