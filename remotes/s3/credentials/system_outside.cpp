#include "remotes/s3/credentials/system_outside.hpp"

#include "base/file.hpp"
#include "remotes/s3/credentials/run_helper.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

Result<std::optional<std::string>> read_small_file(const std::string& path) {
  CAIRN_TRY(const auto bytes, base::read_file_if_exists(path, kMaxFileBytes));
  if (!bytes) return std::optional<std::string>();
  return std::optional(std::string(base::text_of(*bytes)));
}

}  // namespace

Outside system_outside(std::function<std::optional<std::string>(const std::string&)> environment,
                       std::shared_ptr<net::HttpClient> http, Clock& clock) {
  Outside out;
  out.environment = environment;
  out.read_file = read_small_file;
  out.write_file = [](const std::string& path, const std::string& text) {
    return base::write_file_atomic(path, base::view_of(text), 0600, base::Durability::kSynced);
  };
  out.send = [http = std::move(http)](const net::Request& request, std::stop_token stop) {
    return http->send(request, std::move(stop));
  };
  out.home = environment("HOME").value_or("");
  out.run = [environment = std::move(environment)](const std::vector<std::string>& argv,
                                                   std::chrono::milliseconds limit,
                                                   std::stop_token stop) {
    return run_helper(argv, environment("PATH").value_or(""), limit, std::move(stop));
  };
  out.clock = &clock;
  return out;
}

}  // namespace cairn::remotes::s3
