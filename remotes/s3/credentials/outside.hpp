// What the credential sources may use of the outside world. The program fills it in; tests put
// fakes here, so no source needs a socket, a home or a process to be tried. Calls come from any
// thread, one at a time per chain.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/process.hpp"
#include "cairn/context.hpp"
#include "cairn/result.hpp"
#include "net/http.hpp"

namespace cairn::remotes::s3 {

struct Outside {
  // A variable that is set but empty counts as absent.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  // At most 1 MiB; nothing when the file is absent.
  std::function<Result<std::optional<std::string>>(const std::string& path)> read_file;
  // Replaces a small private file (mode 0600): the SSO cache after a refresh. May be empty.
  std::function<Status(const std::string& path, const std::string& text)> write_file;
  // One exchange; never follows a redirect.
  std::function<Result<net::Response>(const net::Request&, std::stop_token)> send;
  // Runs a program without a shell, and kills it at the limit (run_helper.hpp).
  std::function<Result<base::ProcessResult>(const std::vector<std::string>& argv,
                                            std::chrono::milliseconds limit, std::stop_token)>
      run;
  std::string home;        // "" when there is none
  Clock* clock = nullptr;  // not owned
};

// environment(name) without empty values.
std::optional<std::string> variable(const Outside& outside, const std::string& name);

}  // namespace cairn::remotes::s3
