// What git calls by itself (merge driver, textconv): hidden from help, explained in cairn-git(7).
#include "cli/commands/commands.hpp"
#include "cli/commands/merge_words.hpp"
#include "cli/format_reply.hpp"
#include "repo/merge_driver.hpp"
#include "repo/textconv.hpp"

namespace cairn::cli {

namespace {

Result<Reply> run_textconv(const Invocation& call) {
  CAIRN_TRY(const auto text,
            repo::textconv(call.context, call.environment, call.arguments.words[0]));
  Reply reply;
  reply.quietable = false;
  reply.text = text;
  reply.json["text"] = text;
  return reply;
}

// git takes exit codes up to 128 for "in conflict"; its own words follow ours.
Result<Reply> run_merge_driver(const Invocation& call) {
  const auto& words = call.arguments.words;
  repo::MergeDriverOptions options{words[0], words[1], words[2], 7, words[4]};
  std::uint64_t size = 0;
  if (!base::parse_u64(words[3], size) || size == 0 || size > 1000)
    return Error(Code::kUsage, "`" + shown(words[3]) + "` is no length of conflict marks");
  options.marker_size = static_cast<std::size_t>(size);
  auto environment = call.environment;
  environment.ask = {};  // git runs this in the middle of its own work
  auto report = repo::merge_driver(call.context, environment, options);
  if (!report) {
    return std::move(report).error().hint(
        "`cairn merge` merges once that is mended; the marks in " + shown(options.pointer) +
        " stand until then");
  }
  Reply reply;
  reply.json["path"] = report->path;
  reply.json["clean"] = report->clean;
  auto& rows = reply.json["conflicts"] = Json::array();
  for (const auto& conflict : report->conflicts) rows.push_back(to_json(conflict));
  if (report->clean) return reply;
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < report->conflicts.size() && i < kShown; ++i)
    call.context.log.warn(conflict_line(report->path, report->conflicts[i]));
  call.context.log.warn(counted(report->conflicts.size(), "conflict") + " in " +
                        shown(report->path) + "; `cairn merge " + shown(report->path) +
                        "` lists and decides them");
  reply.exit_code = 1;
  return reply;
}

}  // namespace

Command textconv_command() {
  return {"textconv",       Group::kInternal, "what git diff shows of a pointer", {},
          {{"FILE", 1, 1}}, &run_textconv,    "git diff data/images.cairn"};
}

Command merge_driver_command() {
  return {"merge-driver",
          Group::kInternal,
          "merges a pointer that both sides changed",
          {},
          {{"BASE", 1, 1}, {"OURS", 1, 1}, {"THEIRS", 1, 1}, {"LENGTH", 1, 1}, {"POINTER", 1, 1}},
          &run_merge_driver,
          "git merge BRANCH"};
}

}  // namespace cairn::cli
