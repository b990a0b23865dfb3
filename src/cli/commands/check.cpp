#include <map>
#include <set>

#include "base/file.hpp"
#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "cli/junit.hpp"
#include "repo/named_size.hpp"
#include "repo/storage_advice.hpp"

namespace cairn::cli {

namespace {

constexpr std::size_t kShown = 20;
constexpr std::size_t kShortId = 10;
constexpr std::size_t kAdviceShown = 5;
constexpr std::size_t kMostAdvice = 1000;

std::string fault_text(const repo::CheckReport::Fault& fault) {
  std::string out = fault.id.empty()
                        ? "not valid: " + shown(fault.path)
                        : "missing: " + shown(fault.path) + " (" + fault.id.substr(0, 12) + ")";
  out += (fault.remote.empty() ? ": " : " on " + fault.remote + ": ") + base::printable(fault.why) +
         "\n";
  for (const auto& commit : fault.commits) {
    out += "  in " + commit.id.substr(0, kShortId) + " by " + base::printable(commit.author) +
           ": " + base::printable(commit.subject) + "\n";
  }
  return out;
}

Json fault_json(const repo::CheckReport::Fault& fault) {
  Json out = {
      {"path", fault.path}, {"oid", fault.id}, {"remote", fault.remote}, {"why", fault.why}};
  auto& commits = out["commits"] = Json::array();
  for (const auto& commit : fault.commits) {
    commits.push_back({{"id", commit.id},
                       {"short", commit.id.substr(0, kShortId)},
                       {"author", commit.author},
                       {"subject", commit.subject}});
  }
  return out;
}

// The size of the newest commit, or of what is staged, against --max-bytes.
struct Budget {
  std::optional<std::uint64_t> max_bytes;
  repo::NamedSize named;
  [[nodiscard]] bool exceeded() const { return max_bytes && named.bytes > *max_bytes; }
  [[nodiscard]] std::string text() const {
    return base::human_bytes(named.bytes) + " of data are named, more than " +
           base::human_bytes(max_bytes.value_or(0)) + " (--max-bytes)";
  }
};

Result<Budget> measure(const Invocation& call, const repo::Repository& repository,
                       const repo::CheckOptions& options) {
  Budget budget;
  if (!call.arguments.has("max-bytes")) return budget;
  CAIRN_CHECK(
      parse_size("max-bytes", call.arguments.value("max-bytes"), budget.max_bytes.emplace()));
  const auto whole = options.range.empty() ? std::string("HEAD") : options.range;
  CAIRN_TRY(budget.named, repo::named_size(repository, options.pushed ? whole : ""));
  return budget;
}

void add_budget(const Budget& budget, Reply& reply) {
  if (!budget.max_bytes) return;
  reply.json["bytes"] = budget.named.bytes;
  reply.json["max_bytes"] = *budget.max_bytes;
  reply.json["over_budget"] = budget.exceeded();
  if (!budget.exceeded()) return;
  std::string said = "over budget: " + budget.text() + "\n";
  for (const auto& item : budget.named.largest)
    said += "  " + shown(item.path) + "  " + base::human_bytes(item.pointer.size_bytes) + "\n";
  reply.text = said + reply.text;
  reply.json["ok"] = false;
  reply.quietable = false;
  reply.exit_code = 3;
}

// A test case for each path, and one for the budget.
Status write_result(const Invocation& call, const std::string& file,
                    const repo::CheckReport& report, const Budget& budget) {
  std::map<std::string, JunitCase> cases;
  for (const auto& path : report.paths) cases[path].name = path;
  for (const auto& fault : report.faults) {
    auto text = fault_text(fault);
    while (text.ends_with('\n')) text.pop_back();
    cases[fault.path].failures.push_back(std::move(text));
  }
  std::vector<JunitCase> list;
  for (auto& [path, item] : cases) list.push_back(std::move(item));
  if (budget.max_bytes) {
    list.push_back({"size budget", {}, {}});
    if (budget.exceeded()) list.back().failures.push_back(budget.text());
  }
  return write_junit(base::path_from(call.environment.directory, file), "cairn check", list);
}

// What to type in a clone that has the data; one line for each remote that lacks something.
std::vector<std::string> next_lines(const repo::CheckReport& report,
                                    const repo::CheckOptions& options) {
  std::set<std::string> remotes;
  std::vector<std::string> lines;
  for (const auto& fault : report.faults) {
    if (!fault.id.empty()) remotes.insert(fault.remote);
  }
  for (const auto& remote : remotes) {
    if (!options.pushed) continue;
    std::string line = "cairn push";
    if (!remote.empty()) line += " -r " + remote;
    const bool one = options.range.find("..") == std::string::npos;
    if (!options.range.empty() && options.range != "HEAD")
      line += one ? " --rev '" + options.range + "^!'" : " --rev " + options.range;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string advice(const repo::CheckReport& report, const repo::CheckOptions& options) {
  std::string out;
  for (const auto& line : next_lines(report, options))
    out += "next: " + base::printable(line) + "  (in a clone that has the data)\n";
  if (!out.empty()) return out;
  return "next: cairn add PATH where the data is, or cairn push in the clone that made the "
         "version\n";
}

Reply render_check(const repo::CheckReport& report, const repo::CheckOptions& options) {
  Reply reply;
  reply.json["ok"] = report.ok();
  reply.json["pushed"] = options.pushed;
  reply.json["range"] = options.pushed && options.range.empty() ? "HEAD" : options.range;
  reply.json["remotes"] = report.remotes;
  reply.json["commits"] = report.commits;
  reply.json["versions"] = report.versions;
  reply.json["bound"] = report.bound;
  auto& missing = reply.json["missing"] = Json::array();
  for (const auto& fault : report.faults) missing.push_back(fault_json(fault));
  reply.json["next"] = next_lines(report, options);
  for (std::size_t i = 0; i < report.faults.size() && i < kShown; ++i)
    reply.text += fault_text(report.faults[i]);
  if (report.faults.size() > kShown)
    reply.text += "and " + base::human_count(report.faults.size() - kShown) + " more\n";
  reply.text +=
      "checked " + counted(report.versions, "version") + " of " + counted(report.commits, "commit");
  if (!report.remotes.empty()) reply.text += " on " + joined(report.remotes);
  if (report.bound > 0)
    reply.text += " (" + base::human_count(report.bound) + " not asked for: path policy)";
  if (report.ok()) {
    reply.text += options.pushed ? ": complete there\n" : ": their data is here or pushed\n";
    return reply;
  }
  reply.text +=
      ": " + base::human_count(report.faults.size()) + " not complete\n" + advice(report, options);
  reply.quietable = false;
  reply.exit_code = 3;
  return reply;
}

// Never a reason to fail.
void add_advice(const std::vector<repo::StorageAdvice>& costly, Reply& reply) {
  auto& rows = reply.json["advice"] = Json::array();
  for (const auto& item : costly) {
    rows.push_back({{"path", item.path},
                    {"why", repo::why_costly(item.form)},
                    {"better", repo::better_way(item.form)},
                    {"bytes_each_version", item.bytes},
                    {"stored_bytes", item.stored},
                    {"saving_bytes", item.saving}});
  }
  for (std::size_t i = 0; i < costly.size() && i < kAdviceShown; ++i) {
    const auto& item = costly[i];
    reply.text += "advice: " + shown(item.path) + ": each version costs up to its whole " +
                  base::human_bytes(item.bytes) + ", because " + repo::why_costly(item.form) +
                  "\n  better: " + repo::better_way(item.form) + "\n  saves: about " +
                  base::human_bytes(item.saving) + " of " + base::human_bytes(item.stored) +
                  " with each further version of few changes\n";
  }
  if (costly.size() > kAdviceShown)
    reply.text += "and " + counted(costly.size() - kAdviceShown, "file") + " more like these\n";
}

Result<Reply> run_check(const Invocation& call) {
  repo::CheckOptions options;
  options.pushed = call.arguments.has("pushed");
  options.remote = call.arguments.value("remote");
  if (!call.arguments.words.empty()) options.range = call.arguments.words.front();
  if (!options.pushed && !options.range.empty()) {
    return Error(Code::kUsage, "a range is checked against a remote")
        .hint("`cairn check --pushed " + shown(options.range) + "`");
  }
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::check(call.context, repository, options));
  CAIRN_TRY(const auto budget, measure(call, repository, options));
  const auto junit = call.arguments.value("junit");
  if (!junit.empty()) CAIRN_CHECK(write_result(call, junit, report, budget));
  Reply reply = render_check(report, options);
  add_budget(budget, reply);
  if (options.pushed) return reply;
  CAIRN_TRY(const auto costly, repo::storage_advice(call.context, repository, kMostAdvice));
  add_advice(costly, reply);
  return reply;
}

}  // namespace

Command check_command() {
  return {"check",
          Group::kTrust,
          "is the data of staged and committed pointers here, or on the remote",
          {{"pushed", 0, Flag::Kind::kSwitch, "",
            "ask the remote for the data of every commit in RANGE, else of HEAD"},
           {"max-bytes", 0, Flag::Kind::kValue, "N",
            "exit 3 when the newest commit names more data than this"},
           {"junit", 0, Flag::Kind::kValue, "FILE",
            "write the result as JUnit XML too, a test case for each path"},
           kRemote},
          {{"RANGE", 0, 1}},
          &run_check,
          "cairn check --pushed origin/main..HEAD"};
}

}  // namespace cairn::cli
