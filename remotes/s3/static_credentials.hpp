// The same credentials for ever, or none (anonymous requests): for keys that somebody hands over,
// and for tests.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "remotes/s3/credential_provider.hpp"

namespace cairn::remotes::s3 {

class StaticCredentials final : public CredentialProvider {
 public:
  // Null: anonymous.
  explicit StaticCredentials(std::shared_ptr<const Credentials> credentials)
      : credentials_(std::move(credentials)) {}
  Result<std::shared_ptr<const Credentials>> get(std::stop_token) override { return credentials_; }
  void invalidate(const Credentials&) override {}
  [[nodiscard]] std::string describe() override {
    if (!credentials_) return "anonymous";
    const std::string& id = credentials_->access_key_id;
    return "key …" + (id.size() > 4 ? id.substr(id.size() - 4) : std::string());
  }

 private:
  std::shared_ptr<const Credentials> credentials_;
};

}  // namespace cairn::remotes::s3
