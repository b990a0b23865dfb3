#include "base/available_cores.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>

#include <sched.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace cairn::base {
namespace {

constexpr std::string_view kCgroupRoot = "/sys/fs/cgroup";
constexpr std::size_t kMaxControlFileBytes = 64 << 10;

unsigned affinity_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  // Fails on machines with more CPUs than cpu_set_t holds (1024).
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
  return std::max(std::thread::hardware_concurrency(), 1U);
}

std::string read_control_file(const std::string& path) {
  const auto bytes = read_file(path, kMaxControlFileBytes);
  return bytes.ok() ? std::string(text_of(*bytes)) : std::string();
}

// The v2 line of /proc/self/cgroup is "0::/path".
std::string own_cgroup() {
  const std::string table = read_control_file("/proc/self/cgroup");
  for (const std::string_view line : split(table, '\n')) {
    if (line.starts_with("0::/")) return std::string(line.substr(3));
  }
  return "/";
}

}  // namespace

std::optional<unsigned> cores_of_cpu_max(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto fields = split(text, ' ');
  std::uint64_t quota_us = 0;
  std::uint64_t period_us = 0;
  if (fields.size() != 2 || !parse_u64(fields[0], quota_us) || !parse_u64(fields[1], period_us))
    return std::nullopt;
  if (period_us == 0) return std::nullopt;
  const std::uint64_t cores = quota_us / period_us + (quota_us % period_us != 0 ? 1 : 0);
  return static_cast<unsigned>(
      std::clamp<std::uint64_t>(cores, 1, std::numeric_limits<unsigned>::max()));
}

unsigned available_cores() {
  unsigned cores = affinity_cores();
  // A quota of any ancestor holds too.
  for (std::string group = own_cgroup();; group = parent_of(group)) {
    const auto quota =
        cores_of_cpu_max(read_control_file(join(join(kCgroupRoot, group), "cpu.max")));
    if (quota) cores = std::min(cores, *quota);
    if (group == "/" || group.empty()) return cores;
  }
}

}  // namespace cairn::base
