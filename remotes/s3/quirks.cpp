#include "remotes/s3/quirks.hpp"

#include <array>

namespace cairn::remotes::s3 {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr auto kPath = AddressingStyle::kPath;
constexpr auto kVirtual = AddressingStyle::kVirtual;
constexpr auto kV1 = ListVersion::kV1;
constexpr auto kV2 = ListVersion::kV2;
constexpr auto kTried = ConditionalPut::kTried;
constexpr auto kRefused = ConditionalPut::kRefused;

// Google ignores If-None-Match on writes, so sending it would only look like a guarantee.
constexpr std::array kTable{
    Quirks{"AWS", ".amazonaws.com", kVirtual, kV2, kTried, 10'000, 16 * kMiB, "us-east-1"},
    Quirks{"AWS China", ".amazonaws.com.cn", kVirtual, kV2, kTried, 10'000, 16 * kMiB,
           "cn-north-1"},
    Quirks{"Cloudflare R2", ".r2.cloudflarestorage.com", kPath, kV2, kTried, 10'000, 16 * kMiB,
           "auto"},
    Quirks{"Google Cloud Storage", "storage.googleapis.com", kPath, kV2, kRefused, 10'000,
           16 * kMiB, "auto"},
    Quirks{"Backblaze B2", ".backblazeb2.com", kPath, kV2, kRefused, 10'000, 16 * kMiB, ""},
    Quirks{"Alibaba OSS", ".aliyuncs.com", kVirtual, kV2, kRefused, 10'000, 16 * kMiB, ""},
    Quirks{"Tencent COS", ".myqcloud.com", kVirtual, kV1, kRefused, 10'000, 16 * kMiB, ""},
    Quirks{"Scaleway", ".scw.cloud", kPath, kV2, kTried, 1'000, 16 * kMiB, ""},
    Quirks{"Storj", ".storjshare.io", kPath, kV2, kTried, 10'000, 64 * kMiB, "us-east-1"},
    Quirks{"IBM COS", ".appdomain.cloud", kPath, kV1, kTried, 10'000, 16 * kMiB, ""},
    Quirks{"Huawei OBS", ".myhuaweicloud.com", kVirtual, kV1, kRefused, 10'000, 16 * kMiB, ""},
    Quirks{"other", "", kPath, kV2, kTried, 1'000, 16 * kMiB, "us-east-1"},
};

}  // namespace

const Quirks& quirks_of(std::string_view host) {
  for (const Quirks& row : kTable) {
    if (host.ends_with(row.host_suffix)) return row;
  }
  return kTable.back();
}

Quirks resolve_quirks(std::string_view host, const S3Options& options) {
  Quirks quirks = quirks_of(host);
  quirks.style = options.style.value_or(quirks.style);
  quirks.list = options.list.value_or(quirks.list);
  quirks.conditional_put = options.conditional_put.value_or(quirks.conditional_put);
  quirks.max_parts = options.max_parts.value_or(quirks.max_parts);
  quirks.min_part_bytes = options.min_part_bytes.value_or(quirks.min_part_bytes);
  return quirks;
}

}  // namespace cairn::remotes::s3
