#include "repo/ci.hpp"

#include "base/file.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/format_reply.hpp"
#include "cli/junit.hpp"
#include "cli/proof.hpp"
#include "repo/tree_state.hpp"

namespace cairn::cli {

namespace {

std::string restored_text(const repo::Restored& report) {
  const auto& named = report.brought.fingerprint;
  const auto from = sources_of(report);
  std::string out = "restored " + counted(named.files, "file") + ", " +
                    base::human_bytes(named.bytes) + " (" + base::human_bytes(from.remote) +
                    " from ";
  out += report.brought.asked ? joined({report.brought.fetched.remote}) : "a remote";
  return out + ", the rest was here), every byte verified\n";
}

// Markdown for the page of the job; appended, as hosts expect.
Status append_summary(const Invocation& call, const std::string& file, const std::string& text) {
  return repo::append_lines(base::path_from(call.environment.directory, file), text);
}

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : base::printable(text)) out += c == '|' || c == '`' ? '_' : c;
  return out;
}

std::string summary_of(const repo::Restored& report) {
  std::string out = "### Data of " + report.commit.substr(0, 10) + "\n\n" + restored_text(report) +
                    "\n| path | version | files | size |\n|---|---|---|---|\n";
  constexpr std::size_t kRows = 20;
  for (std::size_t i = 0; i < report.pointers.size() && i < kRows; ++i) {
    const auto& item = report.pointers[i];
    const bool folder = item.pointer.kind == format::Pointer::Kind::kFolder;
    out += "| `" + cell(item.path) + "` | `" + item.pointer.oid.short_hex() + "` | " +
           base::human_count(folder ? item.pointer.files : 1) + " | " +
           base::human_bytes(item.pointer.size_bytes) + " |\n";
  }
  if (report.pointers.size() > kRows)
    out += "\nand " + base::human_count(report.pointers.size() - kRows) + " more\n";
  return out + "\nfingerprint `" + report.brought.fingerprint.text() + "`\n";
}

// Workflow commands of GitHub: one line, with these characters escaped.
std::string annotation(const char* level, const std::string& text) {
  std::string out = "::" + std::string(level) + " title=cairn ci::";
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\n') {
      out += "%0A";
    } else {
      out += c;
    }
  }
  return out + "\n";
}

// What the other remotes said, say: a line each.
std::string details_of(const Error& error, const char* lead) {
  std::string out;
  for (const auto& detail : error.details()) out += "\n" + (lead + base::printable(detail));
  return out;
}

Reply skipped(const Error& error) {
  Reply reply;
  reply.json = {{"skipped", true}, {"why", error.message()}, {"details", error.details()}};
  reply.text = "skipped: no access to the data here: " + base::printable(error.message()) +
               details_of(error, "  ") + "\n";
  reply.quietable = false;
  return reply;
}

constexpr Opening kInJob{.advises_init = false};  // which needs no hooks

struct Wanted {
  repo::CiOptions options;
  std::string proof, summary, junit;
  bool annotate = false, may_skip = false;
};

Result<Wanted> parse_ci(const Invocation& call) {
  const auto& arguments = call.arguments;
  Wanted out;
  auto& options = out.options;
  options.revision = arguments.value("rev");
  options.to = arguments.value("to");
  options.remote = arguments.value("remote");
  options.paths = arguments.words;
  options.include = arguments.list("include");
  options.exclude = arguments.list("exclude");
  options.require_clean = arguments.has("require-clean");
  options.offline = call.offline;
  options.no_store = arguments.has("no-store");
  CAIRN_TRY(options.frozen, parse_frozen(arguments));
  CAIRN_CHECK(parse_limits(arguments, options.limits.max_bytes, options.limits.expect));
  out.proof = arguments.value("proof");
  out.summary = arguments.value("summary");
  out.junit = arguments.value("junit");
  out.may_skip = arguments.has("skip-without-access");
  const auto annotations = arguments.value("annotations");
  if (!annotations.empty() && annotations != "github")
    return Error(Code::kUsage, "`--annotations` knows `github`, not `" + shown(annotations) + "`");
  out.annotate = !annotations.empty();
  return out;
}

// The reasons for which somebody else's pull request has no data, and no fault of its own.
bool no_access(const Error& error) {
  return error.code() == Code::kUnauthenticated || error.code() == Code::kUntrusted;
}

// A test case for each path that was asked for; all of them fail together, as nothing is written
// then.
Status write_result(const Invocation& call, const Wanted& wanted, const std::string& why,
                    bool skip) {
  if (wanted.junit.empty()) return {};
  std::vector<std::string> paths;
  const auto repository = call.repository(kSilently);
  if (repository) {
    auto known = repo::ci_paths(*repository, wanted.options);
    if (known) paths = *std::move(known);
  }
  if (paths.empty()) paths.emplace_back("cairn ci");
  std::vector<JunitCase> cases;
  for (auto& path : paths) {
    cases.push_back({std::move(path), {}, {}});
    if (skip) cases.back().skipped = why;
    if (!skip && !why.empty()) cases.back().failures.push_back(why);
  }
  return write_junit(base::path_from(call.environment.directory, wanted.junit), "cairn ci", cases);
}

Result<Reply> fail_or_skip(const Invocation& call, const Wanted& wanted, const Error& error) {
  const auto said = base::printable(error.message()) + " (" + slug_of(error) + ")";
  const auto whole = said + details_of(error, "  ");
  const bool skip = wanted.may_skip && no_access(error);
  if (wanted.annotate) CAIRN_CHECK(call.out(annotation(skip ? "notice" : "error", whole)));
  if (!wanted.summary.empty())
    CAIRN_CHECK(append_summary(call, wanted.summary,
                               std::string("### Data ") + (skip ? "skipped" : "not restored") +
                                   "\n\n" + said + details_of(error, "- ") + "\n"));
  CAIRN_CHECK(write_result(call, wanted, whole, skip));
  if (skip) return skipped(error);
  return error;
}

Result<Reply> run_ci(const Invocation& call) {
  CAIRN_TRY(const auto wanted, parse_ci(call));
  const auto begun_ms = call.context.clock.now_ms();
  const auto attempt = [&]() -> Result<repo::Restored> {
    CAIRN_TRY(auto repository, call.repository(kInJob));
    return repo::ci(call.context, repository, wanted.options);
  };
  const auto report = attempt();
  if (!report) return fail_or_skip(call, wanted, report.error());
  Reply reply;
  reply.json = to_json(*report);
  if (!wanted.proof.empty()) CAIRN_CHECK(write_proof(call, wanted.proof, reply.json, begun_ms));
  if (!wanted.summary.empty())
    CAIRN_CHECK(append_summary(call, wanted.summary, summary_of(*report)));
  CAIRN_CHECK(write_result(call, wanted, "", false));
  reply.json["skipped"] = false;
  reply.text = restored_text(*report) + "commit " + report->commit + "\nfingerprint " +
               report->brought.fingerprint.text() + "\n";
  return reply;
}

Result<Reply> run_ci_key(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository(kInJob));
  repo::CiOptions options;
  options.revision = call.arguments.value("rev");
  options.paths = call.arguments.words;
  options.include = call.arguments.list("include");
  options.exclude = call.arguments.list("exclude");
  CAIRN_TRY(const auto key, repo::ci_key(repository, options));
  Reply reply;
  reply.quietable = false;
  reply.json = {{"key", key}};
  reply.text = key + "\n";
  return reply;
}

}  // namespace

Command ci_command() {
  return {"ci",
          Group::kShare,
          "restore the data of exactly one commit in a job, or fail saying why",
          {kInclude,
           kExclude,
           kRemote,
           {"rev", 0, Flag::Kind::kValue, "REV", "this commit instead of HEAD; needs --to"},
           {"to", 0, Flag::Kind::kValue, "DIR", "write there instead of the work tree"},
           kMaxBytes,
           kExpect,
           kNoStore,
           kFrozen,
           {"require-clean", 0, Flag::Kind::kSwitch, "",
            "fail when tracked folders hold files that the version does not have"},
           kProof,
           {"summary", 0, Flag::Kind::kValue, "FILE", "append a summary, as Markdown"},
           {"junit", 0, Flag::Kind::kValue, "FILE", "write the result as JUnit XML"},
           {"annotations", 0, Flag::Kind::kValue, "HOST", "mark a failure for the host: github"},
           {"skip-without-access", 0, Flag::Kind::kSwitch, "",
            "exit 0 where the job has no credentials or trust"}},
          {{"PATH", 0, -1}},
          &run_ci,
          "cairn ci --include 'data/val/**' --max-bytes 20G --proof cairn-proof.json"};
}

Command ci_key_command() {
  return {
      "ci key",
      Group::kShare,
      "print a cache key that changes only when the data does",
      {kInclude, kExclude, {"rev", 0, Flag::Kind::kValue, "REV", "of this commit instead of HEAD"}},
      {{"PATH", 0, -1}},
      &run_ci_key,
      "cairn ci key data/images"};
}

}  // namespace cairn::cli
