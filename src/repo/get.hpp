// get: data of a repository elsewhere, without cloning it: its pointer, then the bytes asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repo/operations.hpp"

namespace cairn::repo {

// What a fetch of that repository left: a bare one whose HEAD is the commit.
struct FetchedCommit {
  std::string directory, commit;
};

struct GetOptions {
  std::string url, path;
  std::string revision;    // "": what a clone would check out
  std::string out;         // as typed; "": the last part of `path`, here
  std::string remote_url;  // a data remote to use; "": what the configuration there says
  std::vector<std::string> include, exclude;  // patterns from the top of that repository
  std::optional<std::uint64_t> max_bytes;
  std::optional<FetchedCommit> fetched;  // in place of fetching from `url` again
  bool dry_run = false, force = false;
};

struct GetReport {
  std::string commit, out;  // out: absolute
  bool folder = false;
  CheckoutReport written;
};

// Exact or nothing. kUntrusted where only that repository names the place of its data, and neither
// a record nor CAIRN_TRUST allows it.
Result<GetReport> get(const Context& context, const Environment& environment,
                      const GetOptions& options);

// As typed_place() for what git takes as a URL: "host:path" stays as it is, too.
std::string resolved_url(const std::string& directory, const std::string& url);

}  // namespace cairn::repo
