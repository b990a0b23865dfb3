// From s3://bucket/prefix and the settings to the host and path of a request. All text that enters
// a host name is checked to be DNS labels first: bucket, region and endpoint may come from a
// repository or a server.
#pragma once

#include <string>
#include <string_view>

#include "cairn/result.hpp"
#include "remotes/s3/options.hpp"
#include "remotes/s3/quirks.hpp"

namespace cairn::remotes::s3 {

struct BucketUrl {
  std::string bucket;
  std::string prefix;  // of every key: empty, or ending in '/'
};
Result<BucketUrl> parse_s3_url(std::string_view url);

// One label: letters, digits and inner hyphens, at most 63.
bool is_dns_label(std::string_view text);

// "amazonaws.com", or the domain of the cloud that this region belongs to (China, Europe's
// sovereign one…).
std::string_view aws_domain(std::string_view region);

// Where a bucket is asked.
struct BucketAddress {
  std::string scheme;  // "https://"
  std::string host;    // with the port if one was given
  std::string path;    // percent-encoded, before the key; ends in '/'
};

class Endpoint {
 public:
  // kUsage for a bucket, region, endpoint or combination of settings that cannot be.
  static Result<Endpoint> make(const BucketUrl& url, const S3Options& options);

  [[nodiscard]] const Quirks& quirks() const { return quirks_; }
  [[nodiscard]] const std::string& bucket() const { return bucket_; }
  [[nodiscard]] const std::string& first_region() const { return region_; }
  // A custom endpoint keeps its host whatever the region: only the signature changes.
  [[nodiscard]] bool is_custom() const { return !custom_.empty(); }
  [[nodiscard]] bool virtual_host() const { return virtual_host_; }
  [[nodiscard]] bool encrypted() const { return scheme_ == "https://"; }
  [[nodiscard]] BucketAddress address(const std::string& region) const;

 private:
  [[nodiscard]] std::string aws_host(const std::string& region) const;
  std::string bucket_;
  std::string region_;
  std::string scheme_ = "https://";
  std::string custom_;     // authority of a custom endpoint
  std::string base_path_;  // of a custom endpoint; starts and ends in '/'
  bool virtual_host_ = false;
  bool dual_stack_ = false, fips_ = false, accelerate_ = false;
  Quirks quirks_{};
};

}  // namespace cairn::remotes::s3
