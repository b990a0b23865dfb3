#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "config/remote_url.hpp"

namespace cairn::cli {

namespace {

// What may be said of a remote beside its URL: the keys `cairn-remote.<name>.<key>`.
std::vector<Flag> place_flags() {
  const auto value = Flag::Kind::kValue;
  return {{"endpoint", 0, value, "URL", "server of an s3:// URL; without, Amazon"},
          {"region", 0, value, "NAME", "region of the bucket"},
          {"style", 0, value, "path|virtual",
           "where the bucket stands: in the path or in the host's name"},
          {"storage-class", 0, value, "NAME", "storage class of what is pushed"},
          {"sse", 0, value, "AES256|aws:kms", "encryption by the server"},
          {"kms-key", 0, value, "ID", "key of aws:kms"},
          {"bucket-owner", 0, value, "ACCOUNT", "account that must own the bucket"},
          {"profile", 0, value, "NAME", "profile of the AWS files that asks; kept in this clone"},
          {"ca-file", 0, value, "FILE", "certificates to trust; kept in this clone"}};
}

Result<Reply> run_remote_add(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  const auto& words = call.arguments.words;
  repo::RemoteAddOptions options{words[0],
                                 words[1],
                                 call.arguments.has("default"),
                                 {},
                                 call.arguments.has("local"),
                                 call.arguments.has("dry-run")};
  for (const auto& flag : place_flags()) {
    if (call.arguments.has(flag.name)) options.options[flag.name] = call.arguments.value(flag.name);
  }
  if (call.arguments.has("anonymous")) options.options["anonymous"] = "true";
  options.allow_http = call.arguments.has("allow-http");
  CAIRN_CHECK(repo::remote_add(call.context, repository, options));
  Reply reply;
  reply.json["name"] = words[0];
  reply.json["url"] = words[1];
  reply.json["dry_run"] = options.dry_run;
  const bool in_this_clone = options.local || config::is_directory_url(words[1]);
  reply.text = options.dry_run ? "would add remote " + shown(words[0]) + "\n"
                               : "added remote " + shown(words[0]) +
                                     (in_this_clone ? " to this clone" : "; staged .cairn/config") +
                                     "\nnext: cairn push\n";
  return reply;
}

// The server belongs to the place: one bucket name stands for others elsewhere.
std::string place_of(const config::RemoteSetting& remote) {
  const auto endpoint = remote.options.find("endpoint");
  return shown(remote.url) +
         (endpoint == remote.options.end() ? "" : " at " + shown(endpoint->second));
}

Result<Reply> run_remote_list(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  Reply reply;
  reply.quietable = false;
  auto& remotes = reply.json["remotes"] = Json::array();
  const auto standard = repository.remote_setting("");
  for (const auto& remote : repository.settings().remotes) {
    const bool is_default = standard && standard->name == remote.name;
    remotes.push_back({{"name", remote.name},
                       {"url", remote.url},
                       {"default", is_default},
                       {"committed", remote.committed},
                       {"settings", remote.options}});
    reply.text +=
        shown(remote.name) + "  " + place_of(remote) + (is_default ? "  (default)" : "") + "\n";
  }
  if (reply.text.empty()) reply.text = "no remote is set up\nnext: cairn remote add NAME URL\n";
  return reply;
}

Result<Reply> run_remote_set(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  const auto& words = call.arguments.words;
  const bool dry_run = call.arguments.has("dry-run");
  CAIRN_CHECK(repo::remote_set(repository, {words[0], words[1], dry_run}));
  Reply reply;
  reply.json["name"] = words[0];
  reply.json["url"] = words[1];
  reply.json["dry_run"] = dry_run;
  reply.text =
      "remote " + shown(words[0]) + (dry_run ? " would be " : " is now ") + shown(words[1]) + "\n";
  return reply;
}

Result<Reply> run_remote_rm(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  const auto& name = call.arguments.words[0];
  const bool dry_run = call.arguments.has("dry-run");
  CAIRN_CHECK(repo::remote_remove(repository, {name, "", dry_run}));
  Reply reply;
  reply.json["name"] = name;
  reply.json["dry_run"] = dry_run;
  reply.text = dry_run ? "would remove remote " + shown(name) + " from this repository\n"
                       : "removed remote " + shown(name) +
                             " from this repository; its data was not touched\n";
  return reply;
}

Result<Reply> run_remote_check(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  const auto& words = call.arguments.words;
  CAIRN_TRY(const auto steps,
            repo::remote_check(call.context, repository, words.empty() ? "" : words[0]));
  Reply reply;
  reply.quietable = false;
  auto& list = reply.json["steps"] = Json::array();
  for (const auto& step : steps) {
    if (step.fact) {
      reply.json["facts"][step.step] = step.detail;
      reply.text += step.step + ": " + base::printable(step.detail) + "\n";
      continue;
    }
    list.push_back({{"step", step.step}, {"ok", step.ok}, {"detail", step.detail}});
    reply.text += step.step + (step.ok ? ": ok" : ": FAILED") +
                  (step.detail.empty() ? "" : " (" + base::printable(step.detail) + ")") + "\n";
    if (!step.ok) reply.exit_code = 3;
  }
  return reply;
}

std::vector<Flag> remote_add_flags() {
  const auto switched = Flag::Kind::kSwitch;
  std::vector<Flag> flags{kDryRun, {"default", 0, switched, "", "make it the default remote"}};
  std::ranges::move(place_flags(), std::back_inserter(flags));
  flags.push_back({"anonymous", 0, switched, "", "do not sign requests: a public bucket"});
  flags.push_back({"allow-http", 0, switched, "",
                   "let the endpoint be http:// on another machine; kept in this clone"});
  flags.push_back({"local", 0, switched, "", "keep a URL in this clone, out of .cairn/config"});
  return flags;
}

}  // namespace

Command remote_add_command() {
  return {"remote add",
          Group::kShare,
          "name a remote; the first one is the default",
          remote_add_flags(),
          {{"NAME", 1, 1}, {"URL", 1, 1}},
          &run_remote_add,
          "cairn remote add prod /srv/data/shop"};
}

Command remote_list_command() {
  return {"remote list",    Group::kShare,      "the remotes of this repository", {}, {},
          &run_remote_list, "cairn remote list"};
}

Command remote_set_command() {
  return {"remote set",
          Group::kShare,
          "change the URL of a remote",
          {kDryRun},
          {{"NAME", 1, 1}, {"URL", 1, 1}},
          &run_remote_set,
          "cairn remote set prod /srv/data/other"};
}

Command remote_rm_command() {
  return {"remote rm",
          Group::kShare,
          "forget a remote; its data stays",
          {kDryRun},
          {{"NAME", 1, 1}},
          &run_remote_rm,
          "cairn remote rm prod"};
}

Command remote_check_command() {
  return {"remote check",
          Group::kShare,
          "try listing, reading, writing and deleting on a remote",
          {},
          {{"NAME", 0, 1}},
          &run_remote_check,
          "cairn remote check prod"};
}

}  // namespace cairn::cli
