#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

Result<Reply> run_remote_add(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  const auto& words = call.arguments.words;
  CAIRN_CHECK(repo::remote_add(call.context, repository, {words[0], words[1], call.arguments.has("default")}));
  Reply reply;
  reply.json["name"] = words[0];
  reply.json["url"] = words[1];
  reply.text = "added remote " + shown(words[0]) + "\nnext: cairn push\n";
  return reply;
}

Result<Reply> run_remote_list(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  Reply reply;
  reply.quietable = false;
  auto& remotes = reply.json["remotes"] = Json::array();
  const auto standard = repository.remote_setting("");
  for (const auto& remote : repository.settings().remotes) {
    const bool is_default = standard && standard->name == remote.name;
    remotes.push_back({{"name", remote.name}, {"url", remote.url}, {"default", is_default}, {"committed", remote.committed}});
    reply.text += shown(remote.name) + "  " + shown(remote.url) + (is_default ? "  (default)" : "") + "\n";
  }
  if (reply.text.empty()) reply.text = "no remote is set up\nnext: cairn remote add NAME URL\n";
  return reply;
}

Result<Reply> run_remote_set(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  const auto& words = call.arguments.words;
  CAIRN_CHECK(repo::remote_set(call.context, repository, words[0], words[1]));
  Reply reply;
  reply.json["name"] = words[0];
  reply.json["url"] = words[1];
  reply.text = "remote " + shown(words[0]) + " is now " + shown(words[1]) + "\n";
  return reply;
}

Result<Reply> run_remote_rm(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  const auto& name = call.arguments.words[0];
  CAIRN_CHECK(repo::remote_remove(call.context, repository, name));
  Reply reply;
  reply.json["name"] = name;
  reply.text = "removed remote " + shown(name) + " from this repository; its data was not touched\n";
  return reply;
}

Result<Reply> run_remote_check(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  const auto& words = call.arguments.words;
  CAIRN_TRY(const auto steps, repo::remote_check(call.context, repository, words.empty() ? "" : words[0]));
  Reply reply;
  reply.quietable = false;
  auto& list = reply.json["steps"] = Json::array();
  for (const auto& step : steps) {
    list.push_back({{"step", step.step}, {"ok", step.ok}, {"detail", step.detail}});
    reply.text += step.step + (step.ok ? ": ok" : ": FAILED") + (step.detail.empty() ? "" : " (" + base::printable(step.detail) + ")") + "\n";
    if (!step.ok) reply.exit_code = 3;
  }
  return reply;
}

}  // namespace

Command remote_add_command() {
  return {"remote add",
          Group::kShare,
          "name a remote; the first one is the default",
          {{"default", 0, Flag::Kind::kSwitch, "", "make it the default remote"}},
          {{"NAME", 1, 1}, {"URL", 1, 1}},
          &run_remote_add,
          "cairn remote add prod /srv/data/shop"};
}

Command remote_list_command() {
  return {"remote list", Group::kShare, "the remotes of this repository", {}, {}, &run_remote_list, "cairn remote list"};
}

Command remote_set_command() {
  return {"remote set", Group::kShare, "change the URL of a remote", {}, {{"NAME", 1, 1}, {"URL", 1, 1}}, &run_remote_set,
          "cairn remote set prod /srv/data/other"};
}

Command remote_rm_command() {
  return {"remote rm", Group::kShare, "forget a remote; its data stays", {}, {{"NAME", 1, 1}}, &run_remote_rm,
          "cairn remote rm prod"};
}

Command remote_check_command() {
  return {"remote check", Group::kShare, "try listing, reading, writing and deleting on a remote", {}, {{"NAME", 0, 1}},
          &run_remote_check, "cairn remote check prod"};
}

}  // namespace cairn::cli
