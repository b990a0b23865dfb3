#include "repo/source_trust.hpp"

#include "base/shell.hpp"
#include "base/text.hpp"
#include "git/url.hpp"
#include "repo/get.hpp"
#include "repo/trust_records.hpp"

namespace cairn::repo {

namespace {

// No name of a remote: those hold no colon.
constexpr const char* kSubject = "source:";

std::string place_text(const Repository& repository, const std::string& url) {
  return resolved_url(repository.git().paths().top, url);
}

// Of this clone: what lies at a path is another thing on each machine.
std::string own_key(const std::string& place) { return "cairn-source." + place + ".trusted"; }

Result<bool> is_trusted(const Repository& repository, const std::string& place) {
  const auto where = git::place_of_url(place);
  if (where.local) {
    CAIRN_TRY(const auto value, repository.git().config_value(own_key(place)));
    return value == "true";
  }
  if (host_in_variable(repository, where.host)) return true;
  return has_trust_record(repository, kSubject, place);
}

std::string trust_line(const Repository& repository, const std::string& path) {
  const auto& top = repository.git().paths().top;
  const bool at_top = repository.environment().directory == top;
  return std::string("cairn ") + (at_top ? "" : "-C " + base::shell_word(top) + " ") +
         "trust --source " + base::shell_word(path);
}

}  // namespace

Status refuse_secret(const std::string& url) {
  if (!git::holds_secret(url)) return {};
  return Error(Code::kUsage, "the URL holds a user name or password, which others would read")
      .hint(
          "give the URL without it; git's credential helpers keep passwords: `git help "
          "credentials`")
      .slug("secret-in-url");
}

Status check_source_trust(const Repository& repository, const Source& source) {
  const auto shown = "`" + base::printable(source.path) + "`";
  auto clean = refuse_secret(source.url);
  if (!clean) return std::move(clean).error().with("the source of " + shown);
  const auto place = place_text(repository, source.url);
  CAIRN_TRY(const bool trusted, is_trusted(repository, place));
  if (trusted) return {};
  const auto where = git::place_of_url(place);
  const auto text = base::printable(place);
  const auto& ask = repository.environment().ask;
  if (ask && ask(shown + " of this repository comes from " + text +
                 ".\nIts data would be fetched from there. Trust it?")) {
    return add_source_trust(repository, source.url);
  }
  auto hint = "`" + trust_line(repository, source.path) + "` allows it from this " +
              (where.local ? "clone" : "machine");
  if (!where.host.empty()) hint += "; in CI, CAIRN_TRUST=" + where.host;
  return Error(Code::kUntrusted, shown + " comes from " + text +
                                     ", which only this repository's .cairn/sources names: "
                                     "nothing was asked there")
      .hint(hint)
      .slug("untrusted");
}

Status add_source_trust(const Repository& repository, const std::string& url) {
  CAIRN_CHECK(refuse_secret(url));
  const auto place = place_text(repository, url);
  const auto where = git::place_of_url(place);
  if (where.local) return repository.git().set_config(own_key(place), "true");
  return change_trust_records(repository, {kSubject, place, place, where.host});
}

Status remove_source_trust(const Repository& repository, const std::string& url) {
  const auto place = place_text(repository, url);
  if (git::place_of_url(place).local) return repository.git().unset_config(own_key(place));
  return change_trust_records(repository, {kSubject, place});
}

Status note_typed_source(const Repository& repository, const std::string& url) {
  const bool local = git::place_of_url(place_text(repository, url)).local;
  return local || can_record_trust(repository) ? add_source_trust(repository, url) : Status();
}

Result<std::vector<TrustState>> source_trust_states(const Repository& repository) {
  std::vector<TrustState> out;
  if (repository.git().paths().bare) return out;
  CAIRN_TRY(const auto sources, read_sources(repository));
  for (const auto& source : sources) {
    const auto place = place_text(repository, source.url);
    TrustState state{source.path, git::holds_secret(place) ? git::without_user(place) : place, true,
                     false};
    CAIRN_TRY(state.trusted, is_trusted(repository, place));
    out.push_back(std::move(state));
  }
  return out;
}

}  // namespace cairn::repo
