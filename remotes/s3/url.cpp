#include "remotes/s3/url.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "net/url_parts.hpp"
#include "remotes/s3/sigv4.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr std::string_view kScheme = "s3://";

Error bad_url(std::string_view url, const std::string& why) {
  return Error(Code::kUsage, "`" + base::printable(url.substr(0, 300)) + "`: " + why)
      .hint("an S3 remote is s3://BUCKET or s3://BUCKET/PREFIX")
      .slug("bad-url");
}

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// 3 to 63 of letters, digits, '.', '-' and '_': what today's and older buckets are called.
bool is_bucket_name(std::string_view name) {
  const bool chars = std::all_of(name.begin(), name.end(), [](char c) {
    return is_alnum(c) || c == '.' || c == '-' || c == '_';
  });
  return chars && name.size() >= 3 && name.size() <= 255 && is_alnum(name.front()) &&
         is_alnum(name.back()) && name.find("..") == std::string_view::npos;
}

bool is_lower_dns_label(std::string_view text) {
  return is_dns_label(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Segments that stores fold, drop or cannot name.
bool is_plain_prefix(std::string_view prefix) {
  if (!base::is_valid_utf8(prefix) || base::has_control_character(prefix)) return false;
  const auto parts = base::split(prefix, '/');
  return std::none_of(parts.begin(), parts.end(),
                      [](std::string_view p) { return p.empty() || p == "." || p == ".."; });
}

// Regions of Amazon that are a cloud of their own, by how their names begin; botocore's
// partitions.json has them all.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPartitions{
    {{"cn-", "amazonaws.com.cn"},
     {"eusc-", "amazonaws.eu"},
     {"us-iso-", "c2s.ic.gov"},
     {"us-isob-", "sc2s.sgov.gov"},
     {"us-isof-", "csp.hci.ic.gov"},
     {"eu-isoe-", "cloud.adc-e.uk"}}};

}  // namespace

std::string_view aws_domain(std::string_view region) {
  for (const auto& [start, domain] : kPartitions) {
    if (region.starts_with(start)) return domain;
  }
  return "amazonaws.com";
}

bool is_dns_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && is_alnum(text.front()) && is_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

Result<BucketUrl> parse_s3_url(std::string_view url) {
  if (!url.starts_with(kScheme)) return bad_url(url, "it does not start with s3://");
  std::string_view rest = url.substr(kScheme.size());
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const std::size_t slash = rest.find('/');
  BucketUrl out;
  out.bucket = rest.substr(0, slash);
  if (out.bucket.starts_with("arn:"))
    return bad_url(url, "access point ARNs are not known here; use the alias of the access point");
  if (out.bucket.ends_with("--x-s3"))
    return bad_url(url, "directory buckets (S3 Express) are not supported");
  if (!is_bucket_name(out.bucket))
    return bad_url(url, "`" + base::printable(out.bucket) + "` cannot be the name of a bucket");
  if (slash == std::string_view::npos) return out;
  const std::string_view prefix = rest.substr(slash + 1);
  if (!is_plain_prefix(prefix) || prefix.size() > 512) {
    return bad_url(
        url, "the prefix holds empty, `.` or `..` parts or characters that a key may not have");
  }
  out.prefix = std::string(prefix) + "/";
  return out;
}

Result<Endpoint> Endpoint::make(const BucketUrl& url, const S3Options& options) {
  Endpoint out;
  out.bucket_ = url.bucket;
  out.dual_stack_ = options.dual_stack;
  out.fips_ = options.fips;
  out.accelerate_ = options.accelerate;
  std::string host = "s3.amazonaws.com";
  if (!options.endpoint.empty()) {
    if (out.dual_stack_ || out.fips_ || out.accelerate_) {
      return Error(Code::kUsage,
                   "dual-stack, FIPS and accelerated endpoints are AWS's own; they do not go with "
                   "a custom endpoint")
          .slug("bad-url");
    }
    CAIRN_TRY(auto parts, net::parse_http_url(options.endpoint));
    if (parts.target.find('?') != std::string::npos)
      return bad_url(options.endpoint, "an endpoint has no query");
    out.scheme_ = parts.plain ? "http://" : "https://";
    out.custom_ = parts.authority;
    out.base_path_ = parts.target;
    if (!out.base_path_.ends_with('/')) out.base_path_ += '/';
    host = parts.host;
  }
  if (out.fips_ && out.accelerate_)
    return Error(Code::kUsage, "accelerated endpoints do not exist with FIPS").slug("bad-url");
  out.quirks_ = resolve_quirks(host, options);
  out.region_ = options.region.empty() ? out.quirks_.region : options.region;
  if (out.region_.empty()) {
    return Error(Code::kUsage, out.quirks_.name + " needs a region")
        .hint("set AWS_REGION or the remote's region")
        .slug("bad-url");
  }
  if (!is_dns_label(out.region_)) {
    return Error(Code::kUsage,
                 "`" + base::printable(out.region_) + "` cannot be the name of a region")
        .slug("bad-url");
  }
  if ((out.fips_ || out.accelerate_) && out.region_.starts_with("cn-"))
    return Error(Code::kUsage, "there are no FIPS and no accelerated endpoints in China")
        .slug("bad-url");
  // A name with dots or capitals does not match the wildcard certificate of the virtual host.
  out.virtual_host_ =
      out.quirks_.style == AddressingStyle::kVirtual && is_lower_dns_label(url.bucket);
  if (out.accelerate_ && !out.virtual_host_) {
    return Error(Code::kUsage, "an accelerated bucket's name has no dots or capitals")
        .slug("bad-url");
  }
  return out;
}

std::string Endpoint::aws_host(const std::string& region) const {
  const std::string suffix = "." + std::string(aws_domain(region));
  const std::string dual = dual_stack_ ? ".dualstack" : "";
  if (accelerate_) return "s3-accelerate" + dual + suffix;
  return std::string(fips_ ? "s3-fips" : "s3") + dual + "." + region + suffix;
}

BucketAddress Endpoint::address(const std::string& region) const {
  const std::string host = is_custom() ? custom_ : aws_host(region);
  const std::string base = is_custom() ? base_path_ : "/";
  if (virtual_host_) return {scheme_, bucket_ + "." + host, base};
  return {scheme_, host, base + percent_encode(bucket_, Slashes::kEncode) + "/"};
}

}  // namespace cairn::remotes::s3
