#include "remotes/s3/xml.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include <pugixml.hpp>

#include "base/text.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{8} << 20;
constexpr int kMaxDepth = 16;

Error bad_answer(const std::string& why) {
  return Error(Code::kNetwork, "the store's answer cannot be read: " + why).slug("bad-answer");
}

std::string lower_start(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (start == std::string_view::npos) return {};
  return base::lower_ascii(text.substr(start, 64));
}

// Of the `>` that ends a tag: one in an attribute's value does not.
std::size_t end_of_tag(std::string_view rest) {
  char quote = 0;
  for (std::size_t at = 0; at < rest.size(); ++at) {
    if (quote == 0 && rest[at] == '>') return at;
    if (quote == 0 && (rest[at] == '"' || rest[at] == '\'')) {
      quote = rest[at];
    } else if (rest[at] == quote) {
      quote = 0;
    }
  }
  return std::string_view::npos;
}

// What stands between these is no markup, whatever it looks like.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kPlainText{
    {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}}};

// pugixml accepts a document type and any depth, so both are looked for before it sees the text.
Status check_shape(std::string_view text) {
  int depth = 0;
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const std::string_view rest = text.substr(at);
    const auto plain = std::find_if(kPlainText.begin(), kPlainText.end(), [&](const auto& marks) {
      return rest.starts_with(marks.first);
    });
    if (plain == kPlainText.end() && rest.starts_with("<!"))
      return bad_answer("it carries a document type");
    const std::size_t close =
        plain == kPlainText.end() ? end_of_tag(rest) : rest.find(plain->second);
    if (close == std::string_view::npos) return bad_answer("it is cut");
    at += close;
    if (plain != kPlainText.end()) continue;
    if (rest.starts_with("</")) {
      --depth;
    } else if (rest[close - 1] != '/') {
      if (++depth > kMaxDepth) return bad_answer("it is nested too deeply");
    }
  }
  return {};
}

Status load(std::string_view text, pugi::xml_document& document) {
  if (looks_like_html(text))
    return bad_answer("it is a web page, not XML; a proxy or another server answers there");
  if (text.size() > kMaxBytes) return bad_answer("it is larger than 8 MiB");
  CAIRN_CHECK(check_shape(text));
  const auto parsed = document.load_buffer(
      text.data(), text.size(),
      pugi::parse_cdata | pugi::parse_escapes | pugi::parse_ws_pcdata_single, pugi::encoding_utf8);
  if (!parsed) return bad_answer(parsed.description());
  return {};
}

std::string child_text(const pugi::xml_node& node, const char* name) {
  return node.child(name).text().get();
}

ErrorDocument error_of(const pugi::xml_node& root) {
  pugi::xml_node error = root;
  if (std::strcmp(root.name(), "ErrorResponse") == 0) error = root.child("Error");
  if (std::strcmp(error.name(), "Error") != 0) return {};
  constexpr std::size_t kMaxText = 200;  // shown to the user
  return {child_text(error, "Code").substr(0, 64), child_text(error, "Message").substr(0, kMaxText),
          child_text(error, "Region").substr(0, 64)};
}

Result<ObjectInfo> object_of(const pugi::xml_node& node) {
  ObjectInfo info;
  info.key = child_text(node, "Key");
  if (info.key.empty()) return bad_answer("a listed object has no key");
  if (!base::parse_u64(child_text(node, "Size"), info.size_bytes))
    return bad_answer("a listed object has no size");
  const auto time = parse_iso_time(child_text(node, "LastModified"));
  if (!time) return bad_answer("a listed object has no time");
  info.modified_ms = *time;
  return info;
}

}  // namespace

bool looks_like_html(std::string_view text) {
  const std::string start = lower_start(text);
  return start.starts_with("<!doctype") || start.starts_with("<html") ||
         start.starts_with("<head") || start.starts_with("<body");
}

ErrorDocument parse_error_document(std::string_view text) {
  pugi::xml_document document;
  if (text.empty() || !load(text, document).ok()) return {};
  return error_of(document.document_element());
}

Result<ListPage> parse_list_page(std::string_view text) {
  pugi::xml_document document;
  CAIRN_CHECK(load(text, document));
  const pugi::xml_node root = document.document_element();
  if (std::strcmp(root.name(), "ListBucketResult") != 0)
    return bad_answer("a listing was expected");
  ListPage page;
  for (const pugi::xml_node& node : root.children("Contents")) {
    CAIRN_TRY(auto info, object_of(node));
    page.objects.push_back(std::move(info));
  }
  const std::string truncated = child_text(root, "IsTruncated");
  if (truncated != "true" && truncated != "false")
    return bad_answer("a listing does not say whether it is complete");
  page.truncated = truncated == "true";
  page.continuation_token = child_text(root, "NextContinuationToken");
  page.next_marker = child_text(root, "NextMarker");
  return page;
}

std::optional<std::int64_t> parse_iso_time(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t digits) -> int {
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
      if (text[i] < '0' || text[i] > '9') return -1;
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() < kForm.size() + 1 || text.back() != 'Z' || text[4] != '-' || text[7] != '-' ||
      text[10] != 'T' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || minute < 0 ||
      second < 0)
    return std::nullopt;
  using namespace std::chrono;
  const sys_days date =
      std::chrono::year(year) / static_cast<unsigned>(month) / static_cast<unsigned>(day);
  const auto seconds =
      date.time_since_epoch() + hours(hour) + minutes(minute) + std::chrono::seconds(second);
  std::int64_t ms = duration_cast<milliseconds>(seconds).count();
  if (text[19] == '.' && text.size() >= 24) ms += std::max(0, number(20, 3));
  return ms;
}

}  // namespace cairn::remotes::s3
