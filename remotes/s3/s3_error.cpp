#include "remotes/s3/s3_error.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error_lines.hpp"
#include "base/text.hpp"

namespace cairn::remotes::s3 {
namespace {

// Store codes by what they mean. A status stands for every code that has no row; but 404 only for
// an answer without a code: absent is what a store calls absent, and nothing else that it lacks.
struct Row {
  std::string_view code;
  int status;  // 0: any
  Code meaning;
  std::string_view slug;
};
// What versitygw answers to an access key that it does not know, with 404.
constexpr std::string_view kUnknownUser = "XAdminUserNotFound";
constexpr std::string_view kNoBucketSlug = "no-bucket";
constexpr std::string_view kDeniedSlug = "access-denied";
constexpr std::string_view kSignatureSlug = "bad-signature";
constexpr std::string_view kExpiredSlug = "expired-credentials";
constexpr std::string_view kClockSlug = "clock-skew";
constexpr std::string_view kRegionSlug = "wrong-region";
constexpr std::string_view kArchivedSlug = "archived-object";
constexpr std::string_view kBusySlug = "store-busy";
constexpr std::string_view kRefusedSlug = "store-refused";

constexpr std::array kRows{
    Row{"NoSuchBucket", 0, Code::kMissing, kNoBucketSlug},
    Row{"NoSuchKey", 0, Code::kNotFound, ""},
    Row{"InvalidObjectState", 0, Code::kMissing, kArchivedSlug},
    Row{"ExpiredToken", 0, Code::kUnauthenticated, kExpiredSlug},
    Row{"ExpiredTokenException", 0, Code::kUnauthenticated, kExpiredSlug},
    Row{"InvalidToken", 0, Code::kUnauthenticated, kExpiredSlug},
    Row{"TokenRefreshRequired", 0, Code::kUnauthenticated, kExpiredSlug},
    Row{"RequestTimeTooSkewed", 0, Code::kUnauthenticated, kClockSlug},
    Row{"SignatureDoesNotMatch", 0, Code::kUnauthenticated, kSignatureSlug},
    Row{"InvalidAccessKeyId", 0, Code::kUnauthenticated, kSignatureSlug},
    Row{kUnknownUser, 0, Code::kUnauthenticated, kSignatureSlug},
    Row{"AuthorizationHeaderMalformed", 0, Code::kUnauthenticated, kRegionSlug},
    Row{"PermanentRedirect", 0, Code::kIo, kRegionSlug},
    Row{"IllegalLocationConstraintException", 0, Code::kIo, kRegionSlug},
    Row{"BadDigest", 0, Code::kCorrupt, ""},
    Row{"XAmzContentSHA256Mismatch", 0, Code::kCorrupt, ""},
    Row{"QuotaExceeded", 0, Code::kNoSpace, ""},
    Row{"EntityTooLarge", 0, Code::kNoSpace, ""},
    Row{"InvalidRange", 0, Code::kCorrupt, ""},
    Row{"", 301, Code::kIo, kRegionSlug},
    Row{"", 307, Code::kIo, kRegionSlug},
    Row{"", 401, Code::kUnauthenticated, kDeniedSlug},
    Row{"", 403, Code::kUnauthenticated, kDeniedSlug},
    Row{"", 404, Code::kNotFound, ""},
    Row{"", 412, Code::kExists, ""},
    Row{"", 416, Code::kCorrupt, ""},
    Row{"", 429, Code::kNetwork, kBusySlug},
    Row{"", 500, Code::kNetwork, kBusySlug},
    Row{"", 502, Code::kNetwork, kBusySlug},
    Row{"", 503, Code::kNetwork, kBusySlug},
    Row{"", 504, Code::kNetwork, kBusySlug},
    Row{"", 507, Code::kNoSpace, ""},
    Row{"", 0, Code::kIo, kRefusedSlug},
};

bool is_of(const Row& row, const Answer& answer) {
  if (!row.code.empty()) return row.code == answer.error.code;
  if (row.status == 404 && !answer.error.code.empty()) return false;
  return row.status == 0 || row.status == answer.http.status;
}

const Row& row_of(const Answer& answer) {
  return *std::ranges::find_if(kRows, [&](const Row& row) { return is_of(row, answer); });
}

// "404 page not found": of a server that is no store, or of a store under another path. Its words
// are not repeated: they may hold what it was sent.
bool is_foreign(const Answer& answer) {
  return answer.error.code.empty() && !answer.http.body_text().empty();
}
Error foreign_answer(const std::string& doing) {
  return Error(Code::kNetwork, doing +
                                   ": the answer (status 404) is none of a store's; another server "
                                   "answers at this address, or the store under another path")
      .slug("bad-answer");
}

std::string words_of(const Answer& answer) {
  std::string words = fmt::format("the store answered {}", answer.http.status);
  if (!answer.error.code.empty()) words += " " + answer.error.code;
  if (!answer.error.message.empty()) words += ": " + answer.error.message;
  return base::printable(words);
}

std::string hint_of(std::string_view slug) {
  if (slug == kNoBucketSlug)
    return "create the bucket with the store's own tools (`aws s3 mb s3://NAME`), or look at name "
           "and endpoint: `cairn remote list`";
  if (slug == kExpiredSlug)
    return "renew the credentials (for example `aws sso login`), then run the command again";
  if (slug == kClockSlug) return "set this machine's clock";
  if (slug == kRegionSlug) return "set AWS_REGION to the bucket's region";
  if (slug == kSignatureSlug)
    return "look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile they come from";
  if (slug == kArchivedSlug)
    return "ask the store to restore the object, then run the command again";
  return {};
}

}  // namespace

bool refuses_credentials(const Answer& answer) {
  return row_of(answer).slug == kExpiredSlug || answer.error.code == "InvalidAccessKeyId" ||
         answer.error.code == kUnknownUser;
}

bool says_absent(const Answer& answer) {
  return row_of(answer).meaning == Code::kNotFound && !is_foreign(answer);
}

Error web_page(const std::string& doing, int status) {
  return Error(Code::kNetwork, fmt::format("{}: the answer (status {}) is a web page, not one of a "
                                           "store; a proxy, a login page or "
                                           "another server answers at this address",
                                           doing, status))
      .slug("bad-answer");
}

Error error_of(const Answer& answer, const std::string& doing) {
  if (looks_like_html(answer.http.body_text()) && answer.http.status != 503)
    return web_page(doing, answer.http.status);
  if (answer.http.status == 404 && is_foreign(answer)) return foreign_answer(doing);
  const Row& row = row_of(answer);
  std::string message = doing + ": " + words_of(answer);
  if (row.slug == kDeniedSlug)
    message += "; the object is absent or the credentials may not do this";
  if (row.slug == kDeniedSlug && !answer.identity.empty())
    message += " (asked as " + base::printable(answer.identity) + ")";
  Error error(row.meaning, std::move(message));
  if (const std::string hint = hint_of(row.slug); !hint.empty()) base::add_hint(error, hint);
  if (row.slug.empty()) return error;
  return std::move(error).slug(std::string(row.slug));
}

}  // namespace cairn::remotes::s3
