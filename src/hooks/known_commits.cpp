#include "hooks/known_commits.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"

namespace cairn::hooks {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

std::string file_of(const repo::Repository& repository) {
  return base::join(repository.git().paths().common_dir, "cairn/pushed-commits");
}

// Which remotes there are, where they are and what goes to which.
std::string place_of(const config::Settings& settings) {
  std::string text = settings.default_remote + "\n";
  for (const auto& remote : settings.remotes) {
    text += remote.name + "\n" + remote.url + "\n";
    for (const auto& [key, value] : remote.options) text += key + "=" + value + "\n";
  }
  for (const auto& policy : settings.path_policies)
    text += policy.pattern + "\n" + policy.remote + "\n";
  return crypto::sha256(base::view_of(text)).hex();
}

}  // namespace

Result<KnownCommits> KnownCommits::load(const repo::Repository& repository) {
  KnownCommits out;
  CAIRN_TRY(const auto bytes, base::read_file_if_exists(file_of(repository), kMaxBytes));
  if (!bytes) return out;
  const auto lines = base::split(base::text_of(*bytes), '\n');
  out.moved_ = lines.front() != place_of(repository.settings());
  if (out.moved_) return out;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (!lines[i].empty()) out.commits_.emplace(lines[i]);
  }
  return out;
}

Status KnownCommits::save(const repo::Repository& repository,
                          const std::set<std::string>& commits) {
  std::string text = place_of(repository.settings()) + "\n";
  for (const auto& commit : commits) text += commit + "\n";
  const auto file = file_of(repository);
  CAIRN_CHECK(base::make_directories(base::parent_of(file)));
  return base::write_file_atomic(file, base::view_of(text), 0666, base::Durability::kCacheOnly);
}

}  // namespace cairn::hooks
