#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "cli/proof.hpp"

namespace cairn::cli {

namespace {

// `restore [REV] [PATH…]`: the first word is a revision when git knows it and cairn tracks no such
// path.
Status split_words(const Invocation& call, const repo::Repository& repository,
                   repo::RestoreOptions& options) {
  const auto& words = call.arguments.words;
  if (const auto separator = call.arguments.separator) {
    if (*separator > 1)
      return Error(Code::kUsage, "one revision at most stands before `--`")
          .hint("`cairn restore REV -- PATH`");
    if (*separator == 1) options.revision = words.front();
    options.paths.assign(words.begin() + static_cast<std::ptrdiff_t>(*separator), words.end());
    return {};
  }
  options.paths = words;
  if (words.empty()) return {};
  const bool revision = repository.git().resolve_commit(words.front()).ok();
  const auto path = repository.resolve_argument(words.front());
  const auto known =
      path ? repository.tracked_in_tree(*path) : Result<std::optional<repo::Tracked>>(std::nullopt);
  const bool tracked = known && known->has_value();
  if (revision && tracked) {
    return Error(Code::kUsage, "`" + shown(words.front()) + "` is both a revision and a path")
        .hint("`cairn restore REV -- PATH` tells them apart");
  }
  if (!revision) return {};
  options.revision = words.front();
  options.paths.erase(options.paths.begin());
  return {};
}

// A word that is neither: perhaps a tag or branch that was not fetched.
Error neither(const Error& error, const Invocation& call, const repo::RestoreOptions& options) {
  const bool first =
      options.revision.empty() && !call.arguments.separator && error.slug() == "not-tracked" &&
      !options.paths.empty() &&
      error.message().find("`" + shown(options.paths.front()) + "`") != std::string::npos;
  if (!first) return error;
  return Error(Code::kUsage, "`" + shown(options.paths.front()) +
                                 "` is no revision in this clone, and no path that cairn tracks")
      .hint("`git fetch --tags` brings branches and tags; `cairn status` lists what is tracked")
      .slug("unknown-revision");
}

Result<Reply> run_restore(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  repo::RestoreOptions options;
  CAIRN_CHECK(split_words(call, repository, options));
  options.include = call.arguments.list("include");
  options.exclude = call.arguments.list("exclude");
  options.to = call.arguments.value("to");
  options.strip = call.arguments.value("strip");
  options.dry_run = call.arguments.has("dry-run");
  options.force = call.arguments.has("force");
  options.remote = call.arguments.value("remote");
  options.offline = call.offline;
  options.no_store = call.arguments.has("no-store");
  CAIRN_TRY(options.frozen, parse_frozen(call.arguments));
  CAIRN_CHECK(parse_limits(call.arguments, options.max_bytes, options.expect));
  const auto proof = call.arguments.value("proof");
  if (!proof.empty() && options.dry_run)
    return Error(Code::kUsage, "`--dry-run` restores nothing that `--proof` could tell of");
  const auto begun_ms = call.context.clock.now_ms();
  const auto report = repo::restore_exactly(call.context, repository, options);
  if (!report) return neither(report.error(), call, options);
  if (!proof.empty()) CAIRN_CHECK(write_proof(call, proof, to_json(*report), begun_ms));
  const auto& written = report->written;
  Reply reply;
  reply.json = to_json(written);
  reply.json["to"] = options.to;
  reply.json["fingerprint"] = written.fingerprint;
  reply.text = checkout_text(written, options.dry_run ? "would write" : "restored") +
               "fingerprint " + written.fingerprint + "\n";
  return reply;
}

}  // namespace

Command restore_command() {
  return {"restore",
          Group::kWork,
          "write a version into another directory, exact or fail",
          {kDryRun,
           kForce,
           kInclude,
           kExclude,
           kRemote,
           kMaxBytes,
           kExpect,
           kNoStore,
           kFrozen,
           kProof,
           {"to", 0, Flag::Kind::kValue, "DIR", "where to write; paths from the top are kept"},
           {"strip", 0, Flag::Kind::kValue, "PREFIX", "leave this leading part of the paths away"}},
          {{"REV", 0, 1}, {"PATH", 0, -1}},
          &run_restore,
          "cairn restore v1 --include 'data/images/val/**' --to out"};
}

}  // namespace cairn::cli
