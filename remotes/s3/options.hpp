// Settings of one S3 remote, as the program read them; nothing here is a secret. Empty text and
// nullopt mean: by the provider's row in providers.json.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cairn/context.hpp"
#include "net/http_client.hpp"
#include "net/retry_policy.hpp"
#include "remotes/s3/credential_provider.hpp"

namespace cairn::remotes::s3 {

enum class AddressingStyle { kPath, kVirtual };
enum class ListVersion { kV1, kV2 };
enum class ConditionalPut {
  kTried,    // sent; a server that refuses it is remembered, one that ignores it does no harm
  kRefused,  // never sent
};

struct S3Options {
  std::string endpoint;  // "https://host[:port][/base]"; empty: AWS
  std::string region;
  std::optional<AddressingStyle> style;
  std::optional<ListVersion> list;
  std::optional<ConditionalPut> conditional_put;
  std::string storage_class;           // "STANDARD_IA"
  std::string server_side_encryption;  // "AES256", "aws:kms"
  std::string kms_key_id;
  std::string expected_bucket_owner;  // 12 digits; a bucket of the same name but of another owner
                                      // is refused
  bool dual_stack = false, fips = false, accelerate = false;
  net::AddressPolicy addresses = net::AddressPolicy::kStore;
};

// What a remote works with. Shared: one client and one identity serve all remotes of a command.
struct S3Services {
  std::shared_ptr<CredentialProvider> credentials;
  std::shared_ptr<net::HttpClient> http;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Entropy> entropy;
  std::shared_ptr<net::RetryBudgets> budgets = std::make_shared<net::RetryBudgets>();
};

}  // namespace cairn::remotes::s3
