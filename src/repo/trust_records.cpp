#include "repo/trust_records.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxRecordFileBytes = 1 << 20;

std::string record_path(const Repository& repository) {
  const auto& directory = repository.environment().config_directory;
  return directory.empty() ? std::string() : base::join(directory, "cairn/trusted");
}

std::string start_of(const Repository& repository, const std::string& subject) {
  return repository.settings().project + " " + subject + " ";
}

Result<std::vector<std::string>> read_records(const std::string& path) {
  std::vector<std::string> lines;
  if (path.empty()) return lines;
  CAIRN_TRY(const auto bytes, base::read_file_if_exists(path, kMaxRecordFileBytes));
  if (!bytes) return lines;
  for (const auto line : base::split(base::text_of(*bytes), '\n')) {
    if (!line.empty() && !line.starts_with('#')) lines.emplace_back(line);
  }
  return lines;
}

Status write_records(const std::string& path, const std::vector<std::string>& lines) {
  std::string text =
      "# Places that committed files of repositories name and that were trusted: cairn-trust(1).\n";
  for (const auto& line : lines) text += line + "\n";
  CAIRN_CHECK(base::make_directories(base::parent_of(path), 0700));
  return base::write_file_atomic(path, base::view_of(text), 0600, base::Durability::kSynced);
}

Error no_home(const std::string& host) {
  Error error(Code::kPermission,
              "trust is recorded in the user's configuration, and there is none: HOME is not set");
  if (host.empty()) return std::move(error).slug("no-home");
  return std::move(error)
      .hint("CAIRN_TRUST=" + host + " allows it for one command")
      .slug("no-home");
}

}  // namespace

bool host_in_variable(const Repository& repository, std::string_view host) {
  const auto& variables = repository.environment().variables;
  const auto found = variables.find("CAIRN_TRUST");
  if (host.empty() || found == variables.end()) return false;
  const auto hosts = base::split(found->second, ',');
  return std::ranges::any_of(
      hosts, [&](std::string_view named) { return base::lower_ascii(named) == host; });
}

bool can_record_trust(const Repository& repository) { return !record_path(repository).empty(); }

Result<bool> has_trust_record(const Repository& repository, const std::string& subject,
                              const std::string& place) {
  CAIRN_TRY(const auto records, read_records(record_path(repository)));
  return std::ranges::find(records, start_of(repository, subject) + place) != records.end();
}

Status change_trust_records(const Repository& repository, const TrustChange& change) {
  const auto path = record_path(repository);
  if (path.empty()) {
    if (change.place.empty()) return {};
    return no_home(change.host);
  }
  CAIRN_TRY(auto records, read_records(path));
  const auto start = start_of(repository, change.subject);
  const auto removed = std::erase_if(records, [&](const std::string& line) {
    return change.drop.empty() ? line.starts_with(start) : line == start + change.drop;
  });
  if (change.place.empty() && removed == 0) return {};
  if (!change.place.empty()) records.push_back(start + change.place);
  return write_records(path, records);
}

}  // namespace cairn::repo
