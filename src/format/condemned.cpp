// Lists of packs that are never to be relied on again. cairn-remote(7), CONDEMNED LIST.
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "format/refusal.hpp"
#include "format/remote_objects.hpp"

namespace cairn::format {
namespace {

constexpr std::string_view kFirstLine = "cairn-condemned/1\n";
constexpr std::string_view kFirstLineStart = "cairn-condemned/";
constexpr std::size_t kCheckLineBytes = 6 + 64 + 1;  // "check ", digits, line feed
constexpr std::size_t kMaxReasonBytes = 256;

Error refuse_list(const char* why) { return refuse("condemned-list", why); }

bool is_reason(std::string_view text) {
  return !text.empty() && text.size() <= kMaxReasonBytes && base::printable(text) == text;
}

// What a list may hold of any text: printable, not empty, short.
std::string reason_of(std::string_view text) {
  if (is_reason(text)) return std::string(text);
  std::string reason =
      base::printable(text.substr(0, kMaxReasonBytes / 4));  // escapes take four bytes each
  return reason.empty() ? "unknown" : reason;
}

Status check_first_line(std::string_view text) {
  if (!text.starts_with(kFirstLineStart)) return refuse_list("it does not start like one");
  if (text.starts_with(kFirstLine)) return {};
  std::uint64_t version = 0;
  const std::string_view line = text.substr(0, text.find('\n'));
  if (base::parse_u64(line.substr(kFirstLineStart.size()), version) && version > 1) {
    return refuse_newer("condemned-list", "version " + std::to_string(version));
  }
  return refuse_list("its first line is cut short");
}

// What the check line covers, when it is the last one and agrees.
Result<std::string_view> condemned_body(std::string_view text) {
  if (text.size() < kFirstLine.size() + kCheckLineBytes || !text.ends_with('\n'))
    return refuse_list("it is truncated");
  const std::string_view body = text.substr(0, text.size() - kCheckLineBytes);
  const std::string check = "check " + crypto::sha256(base::view_of(body)).hex() + "\n";
  if (!body.ends_with('\n') || text.substr(body.size()) != check)
    return refuse_list("its check line does not match");
  return body;
}

}  // namespace

std::string encode_condemned(const std::vector<std::pair<PackId, std::string>>& packs) {
  std::string text(kFirstLine);
  for (const auto& [id, reason] : packs) text += id.hex() + " " + reason_of(reason) + "\n";
  return text + "check " + crypto::sha256(base::view_of(text)).hex() + "\n";
}

Result<std::vector<std::pair<PackId, std::string>>> decode_condemned(std::string_view text) {
  if (text.size() > kMaxCondemnedBytes) return refuse_list("larger than 64 MiB");
  CAIRN_CHECK(check_first_line(text));
  CAIRN_TRY(std::string_view body, condemned_body(text));
  body.remove_prefix(kFirstLine.size());
  std::vector<std::pair<PackId, std::string>> packs;
  while (!body.empty()) {
    const std::string_view line = body.substr(0, body.find('\n'));
    body.remove_prefix(line.size() + 1);
    const auto id = PackId::from_hex(line.substr(0, 64));
    if (!id || line.size() < 66 || line[64] != ' ' || !is_reason(line.substr(65)))
      return refuse_list("a malformed line");
    packs.emplace_back(*id, line.substr(65));
  }
  return packs;
}

}  // namespace cairn::format
