// The few XML answers of S3, read strictly: no document type, bounded in size and depth, an HTML
// page is told as one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/remote.hpp"
#include "cairn/result.hpp"

namespace cairn::remotes::s3 {

struct ErrorDocument {
  std::string code;  // "NoSuchKey"; empty when the answer was no error document
  std::string message;
  std::string region;
};
// Never fails: an unreadable answer has no code.
ErrorDocument parse_error_document(std::string_view text);

// "<!doctype html", "<html": what proxies and login pages send.
bool looks_like_html(std::string_view text);

struct ListPage {
  std::vector<ObjectInfo> objects;  // keys as the store has them
  bool truncated = false;
  std::string continuation_token;  // V2
  std::string next_marker;         // V1, sometimes
};
Result<ListPage> parse_list_page(std::string_view text);

// "2026-01-02T03:04:05.678Z" as milliseconds since the epoch; nothing when it is none.
std::optional<std::int64_t> parse_iso_time(std::string_view text);

}  // namespace cairn::remotes::s3
