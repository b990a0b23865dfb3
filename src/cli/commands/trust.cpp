#include "repo/trust.hpp"

#include <algorithm>
#include <functional>

#include "base/shell.hpp"
#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "repo/source_trust.hpp"
#include "repo/work_tree.hpp"

namespace cairn::cli {

namespace {

void render_state(const repo::TrustState& state, const std::string& next, Reply& reply) {
  const char* word = !state.needed ? "this clone's own" : state.trusted ? "trusted" : "not trusted";
  reply.text += shown(state.name) + "  " + base::printable(state.place) + "  (" + word + ")\n";
  if (!state.trusted) reply.text += "next: cairn trust " + next + "\n";
}

Reply render_states(const std::vector<repo::TrustState>& remotes,
                    const std::vector<repo::TrustState>& sources) {
  Reply reply;
  reply.quietable = false;
  auto& list = reply.json["remotes"] = Json::array();
  for (const auto& state : remotes) {
    list.push_back({{"name", state.name},
                    {"place", state.place},
                    {"committed", state.needed},
                    {"trusted", state.trusted}});
    render_state(state, shown(state.name), reply);
  }
  auto& places = reply.json["sources"] = Json::array();
  for (const auto& state : sources) {
    places.push_back({{"path", state.name}, {"place", state.place}, {"trusted", state.trusted}});
    render_state(state, "--source " + base::shell_word(state.name), reply);
  }
  if (remotes.empty() && sources.empty()) reply.text = "no remote is set up\n";
  return reply;
}

// What NAME names: a remote, or with --source where a path was imported from.
struct Subject {
  std::string name, place;
  std::function<Status()> add, remove;
};

Result<Subject> subject_of_source(const repo::Repository& repository, const std::string& typed) {
  CAIRN_CHECK(repo::require_work_tree(repository));
  CAIRN_TRY(const auto path, repository.resolve_argument(typed));
  CAIRN_TRY(const auto sources, repo::read_sources(repository));
  const auto found = std::ranges::find(sources, path, &repo::Source::path);
  if (found == sources.end()) return repo::no_source(path);
  const auto url = found->url;
  CAIRN_CHECK(repo::refuse_secret(url));
  return Subject{path, url, [&repository, url] { return repo::add_source_trust(repository, url); },
                 [&repository, url] { return repo::remove_source_trust(repository, url); }};
}

Result<Subject> subject_of_remote(const repo::Repository& repository, const std::string& name) {
  CAIRN_TRY(const auto setting, repository.remote_setting(name));
  return Subject{setting.name, repo::trust_place(setting).text,
                 [&repository, setting] { return repo::add_trust(repository, setting); },
                 [&repository, setting] { return repo::remove_trust(repository, setting); }};
}

Result<Reply> run_trust(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  const auto& words = call.arguments.words;
  if (words.empty()) {
    CAIRN_TRY(const auto remotes, repo::trust_states(repository));
    CAIRN_TRY(const auto sources, repo::source_trust_states(repository));
    return render_states(remotes, sources);
  }
  CAIRN_TRY(const auto subject, call.arguments.has("source")
                                    ? subject_of_source(repository, words[0])
                                    : subject_of_remote(repository, words[0]));
  const bool remove = call.arguments.has("remove");
  const bool dry_run = call.arguments.has("dry-run");
  Reply reply;
  reply.json["name"] = subject.name;
  reply.json["place"] = subject.place;
  reply.json["trusted"] = !remove;
  reply.json["dry_run"] = dry_run;
  if (remove) {
    if (!dry_run) CAIRN_CHECK(subject.remove());
    reply.text = shown(subject.name) + (dry_run ? " would no longer be" : " is no longer") +
                 " trusted from this machine\n";
    return reply;
  }
  if (!dry_run) CAIRN_CHECK(subject.add());
  reply.text = shown(subject.name) + (dry_run ? " would be" : " is") +
               " trusted from this machine: " + base::printable(subject.place) + "\n";
  return reply;
}

}  // namespace

Command trust_command() {
  return {"trust",
          Group::kShare,
          "allow requests to the place that a committed remote names",
          {kDryRun,
           {"remove", 0, Flag::Kind::kSwitch, "", "take it back"},
           {"source", 0, Flag::Kind::kSwitch, "", "NAME is a path of .cairn/sources"}},
          {{"NAME", 0, 1}},
          &run_trust,
          "cairn trust prod"};
}

}  // namespace cairn::cli
