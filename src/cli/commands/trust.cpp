#include "repo/trust.hpp"
#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

Reply render_states(const std::vector<repo::TrustState>& states) {
  Reply reply;
  reply.quietable = false;
  auto& list = reply.json["remotes"] = Json::array();
  for (const auto& state : states) {
    const char* word = !state.needed   ? "this clone's own"
                       : state.trusted ? "trusted"
                                       : "not trusted";
    list.push_back({{"name", state.name},
                    {"place", state.place},
                    {"committed", state.needed},
                    {"trusted", state.trusted}});
    reply.text += shown(state.name) + "  " + base::printable(state.place) + "  (" + word + ")\n";
    if (!state.trusted) reply.text += "next: cairn trust " + shown(state.name) + "\n";
  }
  if (states.empty()) reply.text = "no remote is set up\n";
  return reply;
}

Result<Reply> run_trust(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  const auto& words = call.arguments.words;
  if (words.empty()) {
    CAIRN_TRY(const auto states, repo::trust_states(repository));
    return render_states(states);
  }
  CAIRN_TRY(const auto setting, repository.remote_setting(words[0]));
  const bool remove = call.arguments.has("remove");
  const bool dry_run = call.arguments.has("dry-run");
  Reply reply;
  reply.json["name"] = setting.name;
  reply.json["place"] = repo::trust_place(setting).text;
  reply.json["trusted"] = !remove;
  reply.json["dry_run"] = dry_run;
  const std::string place = base::printable(repo::trust_place(setting).text);
  if (remove) {
    if (!dry_run) CAIRN_CHECK(repo::remove_trust(repository, setting));
    reply.text = shown(setting.name) + (dry_run ? " would no longer be" : " is no longer") +
                 " trusted from this machine\n";
    return reply;
  }
  if (!dry_run) CAIRN_CHECK(repo::add_trust(repository, setting));
  reply.text = shown(setting.name) + (dry_run ? " would be" : " is") +
               " trusted from this machine: " + place + "\n";
  return reply;
}

}  // namespace

Command trust_command() {
  return {"trust",
          Group::kShare,
          "allow requests to the place that a committed remote names",
          {kDryRun, {"remove", 0, Flag::Kind::kSwitch, "", "take it back"}},
          {{"NAME", 0, 1}},
          &run_trust,
          "cairn trust prod"};
}

}  // namespace cairn::cli
