#include "hooks/skip_log.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/utc_time.hpp"
#include "repo/tree_state.hpp"

namespace cairn::hooks {

namespace {

constexpr std::size_t kMaxLogBytes = std::size_t{64} << 20;
constexpr std::size_t kShown = 20;

std::string log_file(const repo::Repository& repository) {
  return base::join(repository.git().paths().common_dir, "cairn/skipped-pushes");
}

}  // namespace

Status note_skipped(const Context& context, const repo::Repository& repository,
                    const std::vector<std::string>& refs) {
  std::string lines;
  for (const auto& ref : refs)
    lines += base::utc_time(context.clock.now_ms() / 1000) + " " + base::printable(ref) + "\n";
  return lines.empty() ? Status() : repo::append_lines(log_file(repository), lines);
}

Result<std::vector<std::string>> skipped_pushes(const repo::Repository& repository) {
  CAIRN_TRY(const auto bytes, base::read_file_if_exists(log_file(repository), kMaxLogBytes));
  std::vector<std::string> lines;
  if (!bytes) return lines;
  for (const auto line : base::split(base::text_of(*bytes), '\n')) {
    if (!line.empty()) lines.emplace_back(line);
  }
  if (lines.size() > kShown)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kShown));
  return lines;
}

}  // namespace cairn::hooks
