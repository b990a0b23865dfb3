#include "repo/trust.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxRecordFileBytes = 1 << 20;
constexpr std::string_view kAmazonHost = "amazonaws.com";

struct Origin {
  std::string text;  // "https://host:9000"
  std::string host;
};

// Of "scheme://user@host:port/path"; the host of an IPv6 address keeps its brackets.
Origin origin_of(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  const std::size_t start = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
  std::string_view authority = url.substr(start, end - start);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return {base::lower_ascii(url.substr(0, start)) + base::lower_ascii(authority),
          base::lower_ascii(authority.substr(0, colon))};
}

std::string record_path(const Repository& repository) {
  const auto& directory = repository.environment().config_directory;
  return directory.empty() ? std::string() : base::join(directory, "cairn/trusted");
}

// One line: project, name, place. None of them holds a line end; only the last one holds spaces.
std::string record_of(const Repository& repository, const config::RemoteSetting& setting) {
  return repository.settings().project + " " + setting.name + " " + trust_place(setting).text;
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

bool allowed_by_variable(const Repository& repository, const TrustPlace& place) {
  const auto& variables = repository.environment().variables;
  const auto found = variables.find("CAIRN_TRUST");
  if (found == variables.end()) return false;
  const auto hosts = base::split(found->second, ',');
  return std::ranges::any_of(
      hosts, [&](std::string_view host) { return base::lower_ascii(host) == place.host; });
}

Result<bool> is_trusted(const Repository& repository, const config::RemoteSetting& setting) {
  if (allowed_by_variable(repository, trust_place(setting))) return true;
  CAIRN_TRY(const auto records, read_records(record_path(repository)));
  return std::ranges::find(records, record_of(repository, setting)) != records.end();
}

// Replaces what was recorded of this remote by `record`, if there is one.
Status replace_record(const Repository& repository, const config::RemoteSetting& setting,
                      const std::string& record) {
  const auto path = record_path(repository);
  if (path.empty()) {
    if (record.empty()) return {};
    return Error(
               Code::kPermission,
               "trust is recorded in the user's configuration, and there is none: HOME is not set")
        .hint("CAIRN_TRUST=" + trust_place(setting).host + " allows it for one command")
        .slug("no-home");
  }
  CAIRN_TRY(auto records, read_records(path));
  const std::string prefix = repository.settings().project + " " + setting.name + " ";
  const auto removed =
      std::erase_if(records, [&](const std::string& line) { return line.starts_with(prefix); });
  if (record.empty() && removed == 0) return {};
  if (!record.empty()) records.push_back(record);
  return write_records(path, records);
}

}  // namespace

TrustPlace trust_place(const config::RemoteSetting& setting) {
  if (!setting.url.starts_with("s3://")) {
    const Origin origin = origin_of(setting.url);
    return {origin.host, setting.url};
  }
  const std::string bucket = setting.url.substr(0, setting.url.find('/', 5));
  const auto endpoint = setting.options.find("endpoint");
  if (endpoint == setting.options.end()) return {std::string(kAmazonHost), bucket + " at Amazon"};
  const Origin origin = origin_of(endpoint->second);
  return {origin.host, bucket + " at " + origin.text};
}

Status check_trust(const Repository& repository, const config::RemoteSetting& setting) {
  if (!setting.committed) return {};
  CAIRN_TRY(const bool trusted, is_trusted(repository, setting));
  if (trusted) return {};
  const TrustPlace place = trust_place(setting);
  const std::string shown = base::printable(place.text);
  const auto& ask = repository.environment().ask;
  if (ask && ask("remote `" + setting.name + "` of this repository is " + shown +
                 ".\nYour credentials would sign requests to it. Trust it?")) {
    return add_trust(repository, setting);
  }
  return Error(Code::kUntrusted,
               "remote `" + setting.name + "` is " + shown +
                   ", which only this repository's .cairn/config names: nothing was sent there")
      .hint("`cairn trust " + setting.name +
            "` allows it from this machine; in CI, CAIRN_TRUST=" + base::printable(place.host))
      .slug("untrusted");
}

Status add_trust(const Repository& repository, const config::RemoteSetting& setting) {
  return replace_record(repository, setting, record_of(repository, setting));
}

Status remove_trust(const Repository& repository, const config::RemoteSetting& setting) {
  return replace_record(repository, setting, "");
}

Result<std::vector<TrustState>> trust_states(const Repository& repository) {
  std::vector<TrustState> out;
  for (const auto& setting : repository.settings().remotes) {
    TrustState state{setting.name, trust_place(setting).text, setting.committed, true};
    if (setting.committed) {
      CAIRN_TRY(state.trusted, is_trusted(repository, setting));
    }
    out.push_back(std::move(state));
  }
  return out;
}

}  // namespace cairn::repo
