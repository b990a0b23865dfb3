// The real outside of the credential sources: files, helpers and one HTTP client. The environment
// still comes from the program, as a function.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/http_client.hpp"
#include "remotes/s3/credentials/outside.hpp"

namespace cairn::remotes::s3 {

// `clock` must live as long as what is returned; the client is shared.
Outside system_outside(std::function<std::optional<std::string>(const std::string&)> environment,
                       std::shared_ptr<net::HttpClient> http, Clock& clock);

}  // namespace cairn::remotes::s3
