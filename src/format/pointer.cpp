#include "format/pointer.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "format/limits.hpp"
#include "format/refusal.hpp"

namespace cairn::format {
namespace {

constexpr std::string_view kVersionStart = "version cairn-pointer/";
constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::size_t kCheckDigits = 32;
constexpr std::size_t kMaxKeyBytes = 32;
constexpr std::uint64_t kMaxSize = (std::uint64_t{1} << 63) - 1;
constexpr std::array<std::string_view, 8> kKnownKeys = {"version", "kind",  "oid",  "tree",
                                                        "size",    "files", "exec", "check"};

Error refuse_pointer(const std::string& why) { return refuse("pointer", why); }

std::string check_of(std::string_view body) {
  return crypto::sha256(base::view_of(body)).hex().substr(0, kCheckDigits);
}

bool is_empty_file(const Pointer& pointer) {
  return pointer.kind == Pointer::Kind::kFile && pointer.size_bytes == 0;
}

// A line that git writes around the two sides of a conflict.
bool has_conflict_marks(std::string_view text) {
  for (const std::string_view line : base::split(text, '\n')) {
    if (line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) return true;
  }
  return false;
}

std::string without_carriage_returns(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out += text[i];
  }
  return out;
}

// Splits off the lines one after the other. The last one was seen to end with a line feed.
class PointerLines {
 public:
  explicit PointerLines(std::string_view text) : rest_(text) {}

  // The value when the next line has this key.
  std::optional<std::string_view> take(std::string_view key) {
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    if (line.size() <= key.size() || !line.starts_with(key) || line[key.size()] != ' ')
      return std::nullopt;
    rest_.remove_prefix(line.size() + 1);
    return line.substr(key.size() + 1);
  }
  // Any next line, as key and value; an empty key when it has no space.
  std::pair<std::string_view, std::string_view> take_any() {
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(line.size() + 1);
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return {};
    return {line.substr(0, space), line.substr(space + 1)};
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

Status check_version(std::string_view text) {
  if (!text.starts_with(kVersionStart))
    return refuse_pointer("its first line is not that of a pointer");
  const std::string_view line = text.substr(0, text.find('\n'));
  std::uint64_t version = 0;
  if (!base::parse_u64(line.substr(kVersionStart.size()), version) || line.size() == text.size()) {
    return refuse_pointer("its version is no number");
  }
  if (version != 1) return refuse_newer("pointer", "version " + std::to_string(version));
  return {};
}

// The part that the check line covers, when that line is the last one and agrees.
Result<std::string_view> checked_body(std::string_view text) {
  constexpr std::string_view kKey = "check ";
  if (!text.ends_with('\n')) return refuse_pointer("it is truncated");
  const std::size_t line_break = text.rfind('\n', text.size() - 2);
  if (line_break == std::string_view::npos) return refuse_pointer("it is truncated");
  const std::string_view body = text.substr(0, line_break + 1);
  const std::string_view last = text.substr(line_break + 1, text.size() - line_break - 2);
  if (!last.starts_with(kKey)) return refuse_pointer("its last line is not its check line");
  if (last.substr(kKey.size()) != check_of(body))
    return refuse_pointer("its check line does not match");
  return body;
}

template <typename IdType>
Result<IdType> parse_id(std::string_view value) {
  const std::size_t colon = value.find(':');
  if (colon == std::string_view::npos) return refuse_pointer("an id without its digest");
  if (!value.starts_with(kDigestPrefix)) {
    return refuse_newer("pointer", "digest " + base::printable(value.substr(0, colon)));
  }
  const auto id = IdType::from_hex(value.substr(kDigestPrefix.size()));
  if (!id) return refuse_pointer("an id that is not 64 hex digits");
  return *id;
}

Result<std::uint64_t> parse_number(std::string_view key, std::optional<std::string_view> value) {
  std::uint64_t number = 0;
  if (!value || !base::parse_u64(*value, number) || number > kMaxSize) {
    return refuse_pointer("its " + std::string(key) + " is missing or not a number");
  }
  return number;
}

Result<Pointer::Kind> parse_kind(std::optional<std::string_view> value) {
  if (!value) return refuse_pointer("its second line is not its kind");
  if (*value == "file") return Pointer::Kind::kFile;
  if (*value == "folder") return Pointer::Kind::kFolder;
  return refuse_newer("pointer", "kind " + base::printable(*value));
}

bool is_extra_key(std::string_view key) {
  const bool plain = std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  const bool known = std::find(kKnownKeys.begin(), kKnownKeys.end(), key) != kKnownKeys.end();
  return plain && !known && !key.empty() && key.size() <= kMaxKeyBytes;
}

bool is_value(std::string_view value) {
  return !value.empty() && value.front() != ' ' && value.back() != ' ' &&
         base::printable(value) == value;
}

Status parse_extra(PointerLines& lines, Pointer& pointer) {
  while (!lines.done()) {
    const auto [key, value] = lines.take_any();
    if (!is_extra_key(key)) return refuse_pointer("a line that is malformed or not in its place");
    if (!is_value(value)) return refuse_pointer("a value that is not printable");
    if (!pointer.extra.empty() && pointer.extra.back().first >= key)
      return refuse_pointer("keys out of order");
    pointer.extra.emplace_back(key, value);
  }
  return {};
}

// What size, id and tree say about each other.
Status check_identity(const Pointer& pointer) {
  if (pointer.kind == Pointer::Kind::kFolder) return {};
  const bool is_id_of_nothing = pointer.oid == crypto::sha256({});
  if (is_id_of_nothing != (pointer.size_bytes == 0))
    return refuse_pointer("a size that its oid contradicts");
  if (pointer.tree && pointer.size_bytes < 2)
    return refuse_pointer("a tree of less than two bytes");
  if (!pointer.tree && pointer.size_bytes > kMaxChunkBytes) {
    return refuse_pointer("a file of more than one chunk without a tree");
  }
  return {};
}

Result<Pointer> parse_body(std::string_view body) {
  PointerLines lines(body);
  lines.take("version");
  Pointer pointer;
  CAIRN_TRY(pointer.kind, parse_kind(lines.take("kind")));
  const bool folder = pointer.kind == Pointer::Kind::kFolder;
  const auto oid = lines.take("oid");
  if (!oid) return refuse_pointer("its oid is missing");
  CAIRN_TRY(pointer.oid, parse_id<Digest>(*oid));
  if (const auto tree = folder ? std::nullopt : lines.take("tree")) {
    CAIRN_TRY(pointer.tree, parse_id<ChunkId>(*tree));
  }
  CAIRN_TRY(pointer.size_bytes, parse_number("size", lines.take("size")));
  if (folder) {
    CAIRN_TRY(pointer.files, parse_number("files", lines.take("files")));
  } else if (const auto exec = lines.take("exec")) {
    if (*exec != "1") return refuse_pointer("its exec is not 1");
    pointer.executable = true;
  }
  CAIRN_CHECK(parse_extra(lines, pointer));
  CAIRN_CHECK(check_identity(pointer));
  return pointer;
}

}  // namespace

std::optional<Digest> Pointer::closure_id() const {
  if (tree) return tree->as<Digest>();
  if (is_empty_file(*this)) return std::nullopt;
  return oid;
}

std::string encode_pointer(const Pointer& pointer) {
  const bool folder = pointer.kind == Pointer::Kind::kFolder;
  std::string text(kVersionStart);
  text += "1\n";
  text += folder ? "kind folder\n" : "kind file\n";
  text += "oid sha256:" + pointer.oid.hex() + "\n";
  if (pointer.tree) text += "tree sha256:" + pointer.tree->hex() + "\n";
  text += "size " + std::to_string(pointer.size_bytes) + "\n";
  if (folder) text += "files " + std::to_string(pointer.files) + "\n";
  if (pointer.executable) text += "exec 1\n";
  auto extra = pointer.extra;
  std::sort(extra.begin(), extra.end());
  for (const auto& [key, value] : extra) text += key + " " + value + "\n";
  return text + "check " + check_of(text) + "\n";
}

Result<ParsedPointer> decode_pointer(std::string_view text) {
  // Before the length: two sides of a conflict may be longer than a pointer.
  if (has_conflict_marks(text)) {
    return Error(Code::kConflict, "the pointer holds the conflict marks of a git merge")
        .slug("pointer-conflict");
  }
  const std::string plain = without_carriage_returns(text);
  CAIRN_CHECK(check_version(plain));
  if (plain.size() > kMaxPointerBytes) return refuse_pointer("it is longer than 1,024 bytes");
  CAIRN_TRY(const std::string_view body, checked_body(plain));
  CAIRN_TRY(Pointer pointer, parse_body(body));
  return ParsedPointer{std::move(pointer), plain.size() != text.size()};
}

bool looks_like_pointer(std::string_view text) { return text.starts_with(kVersionStart); }

}  // namespace cairn::format
