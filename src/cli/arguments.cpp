#include "cli/command.hpp"

namespace cairn::cli {

std::string Arguments::value(const std::string& flag) const {
  const auto found = values.find(flag);
  return found == values.end() || found->second.empty() ? std::string() : found->second.back();
}

std::vector<std::string> Arguments::list(const std::string& flag) const {
  const auto found = values.find(flag);
  return found == values.end() ? std::vector<std::string>() : found->second;
}

}  // namespace cairn::cli
