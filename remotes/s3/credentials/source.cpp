#include "remotes/s3/credentials/source.hpp"

#include <chrono>
#include <cstdio>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace cairn::remotes::s3 {
namespace {

class TextSource final : public ObjectSource {
 public:
  explicit TextSource(std::string_view text) : text_(text) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return text_.size(); }
  Status read(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset > text_.size() || out.size() > text_.size() - offset)
      return Error(Code::kInternal, "a read past the end of a request");
    std::copy_n(text_.data() + offset, out.size(), out.data());
    return {};
  }

 private:
  std::string_view text_;
};

// The code of an error answer, XML or JSON: a short word, or nothing. Messages are left out, since
// some services repeat the request in them.
std::string error_code_of(std::string_view body) {
  for (const std::string_view mark : {"<Code>", "\"error\":\"", "\"code\":\"", "\"Code\":\""}) {
    const std::size_t at = body.find(mark);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = body.substr(at + mark.size(), 64);
    const std::string_view word = rest.substr(0, rest.find_first_of("<\""));
    if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-") ==
        std::string_view::npos)
      return std::string(word);
  }
  return {};
}

std::optional<std::string> text_member(const nlohmann::json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_string()) return std::nullopt;
  return at->get<std::string>();
}

// Keys and tokens go into header lines.
bool is_header_text(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
  return true;
}

}  // namespace

Error source_error(std::string message) {
  return Error(Code::kUnauthenticated, std::move(message));
}

std::optional<std::int64_t> parse_expiration(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  const std::string copy(text.substr(0, 64));
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
                  &second, &used) != 6)
    return std::nullopt;
  std::string rest = copy.substr(used);
  if (!rest.empty() && rest[0] == '.')
    rest.erase(0, std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
  int offset_min = 0;
  if (rest != "Z" && rest != "UTC") {
    int hours = 0, minutes = 0, end = 0;
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') ||
        std::sscanf(rest.c_str() + 1, "%2d:%2d%n", &hours, &minutes, &end) != 2 || end != 5)
      return std::nullopt;
    offset_min = (rest[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
  }
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(month),
                            std::chrono::day(day)};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  const auto at = sys_days(date) + hours(hour) + minutes(minute - offset_min) + seconds(second);
  return duration_cast<milliseconds>(at.time_since_epoch()).count();
}

std::string utc_text(std::int64_t ms) {
  using namespace std::chrono;
  const auto second = floor<seconds>(sys_time<milliseconds>(milliseconds(ms)));
  const auto day = floor<days>(second);
  const year_month_day date(day);
  const hh_mm_ss time(second - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

Result<std::string> ask(const Search& search, Exchange exchange) {
  TextSource body(exchange.body);
  if (!exchange.body.empty()) exchange.request.body = &body;
  exchange.request.max_body_bytes = 64 << 10;
  auto answer = search.outside.send(exchange.request, search.stop);
  Secret::wipe(exchange.body);
  if (!answer.ok()) {
    if (answer.error().code() == Code::kInterrupted) return std::move(answer).error();
    return source_error(exchange.what + ": " + answer.error().message());
  }
  const std::string_view text = answer->body_text();
  if (answer->status != 200) {
    const std::string code = error_code_of(text);
    return source_error(fmt::format("{} answered {}{}", exchange.what, answer->status,
                                    code.empty() ? "" : " (" + code + ")"));
  }
  if (answer->truncated) return source_error(exchange.what + " answered more than 64 KiB");
  return std::string(text);
}

Result<Credentials> credentials_from_json(std::string_view text, const CredentialNames& names) {
  const auto object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object()) return source_error("the answer is not a JSON object");
  Credentials out;
  out.access_key_id = text_member(object, names.id).value_or("");
  out.secret_access_key = Secret(text_member(object, names.secret).value_or(""));
  out.session_token = Secret(text_member(object, names.token).value_or(""));
  if (out.access_key_id.empty() || out.secret_access_key.empty())
    return source_error(fmt::format("the answer lacks {} or {}", names.id, names.secret));
  if (!is_header_text(out.access_key_id) || !is_header_text(out.session_token.reveal()))
    return source_error("the answer has spaces or control characters in a key");
  const auto expiration = object.find(names.expiration);
  if (expiration == object.end() || expiration->is_null()) return out;
  out.expires_ms = expiration->is_number_integer()
                       ? std::optional(expiration->get<std::int64_t>())
                       : parse_expiration(text_member(object, names.expiration).value_or(""));
  if (!out.expires_ms) return source_error(fmt::format("{} is no time", names.expiration));
  return out;
}

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

}  // namespace cairn::remotes::s3
