// Pages of a bucket listing, in version 2 of the protocol or, where a store does not know it, in
// version 1.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "remotes/s3/s3_client.hpp"
#include "remotes/s3/xml.hpp"

namespace cairn::remotes::s3 {

// Every object whose full key starts with `prefix`. An error when a page cannot be read or the
// store goes in circles: a listing is whole or it is an error.
Status list_keys(S3Client& client, const std::string& prefix,
                 const std::function<Status(const ObjectInfo&)>& visit,
                 const std::stop_token& stop);

}  // namespace cairn::remotes::s3
