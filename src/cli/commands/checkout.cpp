#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

// `checkout REV -- PATH`, `checkout PATH…`; `checkout REV` alone is git's business.
Status split_words(const Invocation& call, const repo::Repository& repository,
                   repo::CheckoutOptions& options) {
  const auto& words = call.arguments.words;
  const auto separator = call.arguments.separator;
  if (separator) {
    if (*separator > 1) {
      return Error(Code::kUsage, "one revision at most stands before `--`")
          .hint("`cairn checkout REV -- PATH`");
    }
    if (*separator == 1) options.revision = words.front();
    options.paths.assign(words.begin() + static_cast<std::ptrdiff_t>(*separator), words.end());
    return {};
  }
  options.paths = words;
  for (const auto& word : words) {
    const auto path = repository.resolve_argument(word);
    const auto known = path ? repository.tracked_in_tree(*path)
                            : Result<std::optional<repo::Tracked>>(std::nullopt);
    if (known && *known) continue;
    if (!repository.git().resolve_commit(word)) continue;
    if (words.size() == 1) {
      options.paths.clear();
      options.revision = word;
      return {};
    }
    return Error(Code::kUsage, "`" + shown(word) + "` may be a revision or a path")
        .hint("`cairn checkout REV -- PATH` tells them apart");
  }
  return {};
}

Result<Reply> run_checkout(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  repo::CheckoutOptions options;
  CAIRN_CHECK(split_words(call, repository, options));
  options.include = call.arguments.list("include");
  options.exclude = call.arguments.list("exclude");
  options.dry_run = call.arguments.has("dry-run");
  options.force = call.arguments.has("force");
  if (call.arguments.has("link")) options.link = call.arguments.value("link");
  CAIRN_TRY(const auto report, repo::checkout(call.context, repository, options));
  Reply reply;
  reply.json = to_json(report);
  reply.json["dry_run"] = options.dry_run;
  reply.text = checkout_text(report, options.dry_run ? "would write" : "wrote");
  return reply;
}

}  // namespace

Command checkout_command() {
  return {"checkout",
          Group::kWork,
          "make the tree match the pointers, or take a path from a revision",
          {kDryRun,
           kForce,
           kInclude,
           kExclude,
           {"link", 0, Flag::Kind::kValue, "MODE", "copy, reflink, hardlink or symlink"}},
          {{"REV --", 0, 1}, {"PATH", 0, -1}},
          &run_checkout,
          "cairn checkout v1 -- data/images"};
}

}  // namespace cairn::cli
