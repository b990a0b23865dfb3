#include "cli/app.hpp"

#include <cerrno>
#include <mutex>
#include <string>
#include <unordered_set>

#include "base/cpu_pool.hpp"
#include "base/error_lines.hpp"
#include "base/file.hpp"
#include "base/system.hpp"
#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/parser.hpp"
#include "cli/progress.hpp"
#include "remotes/builtin/builtin.hpp"

namespace cairn::cli {

namespace {

// Talk goes to stderr, escaped line by line; -q keeps warnings.
class TerminalLog final : public Log {
 public:
  TerminalLog(const Io& io, const GlobalFlags& flags) : io_(io), flags_(flags) {}
  void note(std::string_view text) override {
    if (!flags_.quiet && !flags_.json) say("", text);
  }
  // Many parts of one command may come upon the same thing: it is told once.
  void warn(std::string_view text) override {
    if (is_new(text)) say("warning: ", text);
  }
  void verbose(std::string_view text) override {
    if (flags_.verbose && !flags_.json) say("", text);
  }

 private:
  static constexpr std::size_t kMaxKnown = 1000;  // beyond them, a warning may come again

  bool is_new(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (told_.size() == kMaxKnown) return !told_.contains(std::string(text));
    return told_.emplace(text).second;
  }
  void say(std::string_view prefix, std::string_view text) {
    const std::string_view over = io_.err_is_terminal ? "\r\x1b[K" : "";  // a line of progress
    io_.err(std::string(over) + std::string(prefix) + base::printable(text) + "\n");
  }
  const Io& io_;
  const GlobalFlags& flags_;
  std::mutex mutex_;
  std::unordered_set<std::string> told_;  // warnings
};

// `--trace http`: requests and answers to stderr, from any thread.
class StderrTrace final : public net::TraceSink {
 public:
  explicit StderrTrace(const Io& io) : io_(io) {}
  void block(std::span<const std::string> lines) override {
    std::string text;
    for (const auto& line : lines) text += "http " + base::printable(line) + "\n";
    const std::lock_guard lock(mutex_);
    io_.err(text);
  }

 private:
  const Io& io_;
  std::mutex mutex_;
};

std::string error_text(const Error& error) {
  std::string out = "error: " + base::printable(error.message()) + "\n";
  for (const auto& line : error.details()) out += "  " + base::printable(line) + "\n";
  for (const auto& line : hints_of(error)) out += "hint: " + base::printable(line) + "\n";
  return out + "help: cairn help " + slug_of(error) + " (exit " +
         std::to_string(exit_code(error.code())) + ")\n";
}

std::string error_json(const Error& error) {
  Json json = Json::object();
  json["type"] = "error";
  json["v"] = 1;
  json["slug"] = slug_of(error);
  json["exit"] = exit_code(error.code());
  json["message"] = error.message();
  json["details"] = error.details();
  json["hints"] = hints_of(error);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Every error says what to do next: the command's own help, where nothing better is known.
Error with_usage_hint(Error error, const std::string& command) {
  if (error.code() != Code::kUsage || !error.hints().empty()) return error;
  return std::move(error).hint("`cairn help " + command + "` shows how it is used");
}

// What was being done then helps nobody.
Error plainly_interrupted(Error error) {
  if (error.code() != Code::kInterrupted || !error.message().ends_with(": interrupted"))
    return error;
  Error plain(Code::kInterrupted, "interrupted");
  for (const auto& line : error.details()) base::add_detail(plain, line);
  for (const auto& line : error.hints()) base::add_hint(plain, line);
  return plain;
}

int fail(const Io& io, const Error& error, bool json) {
  io.err(json ? error_json(error) : error_text(error));
  return exit_code(error.code());
}

Result<std::unique_ptr<Remote>> refuse_remote(const RemoteConfig& config) {
  const std::string name = "remote `" + base::printable(config.name) + "`";
  return Error(Code::kUsage, name + ": `--offline` forbids to contact the " + name)
      .hint("run the command again without `--offline`");
}

// The XDG base directory rules: an absolute XDG_CONFIG_HOME, else ~/.config.
std::string config_directory_of(const Io& io) {
  const auto value = [&](const char* name) {
    const auto found = io.environment.find(name);
    return found != io.environment.end() && found->second.starts_with('/') ? found->second
                                                                           : std::string();
  };
  if (auto directory = value("XDG_CONFIG_HOME"); !directory.empty()) return directory;
  const auto home = value("HOME");
  return home.empty() ? home : base::join(home, ".config");
}

// For backends that follow the variables of other tools (AWS_…, proxies); a copy, because remotes
// outlive this call.
std::function<std::optional<std::string>(const std::string&)> variables_of(const Io& io) {
  return [environment = io.environment](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
}

remotes::Surroundings surroundings_of(const Io& io, const GlobalFlags& flags, Log& log,
                                      net::TraceSink& trace) {
  return {variables_of(io), flags.traces.empty() ? nullptr : &trace,
          [&log](const std::string& text) { log.warn(text); }};
}

repo::Environment environment_of(const Io& io, const GlobalFlags& flags, const std::string& command,
                                 const remotes::Surroundings& surroundings) {
  repo::Environment out;
  for (const auto& [name, value] : io.environment) {
    // GITHEAD_<commit>: what git merges while it runs a hook.
    const bool ours = name.starts_with("CAIRN_") || name.starts_with("PRE_COMMIT_") ||
                      name.starts_with("GITHEAD_");
    if (ours) out.variables.emplace(name, value);
  }
  out.directory = flags.directory.empty()          ? io.directory
                  : flags.directory.front() == '/' ? flags.directory
                                                   : base::join(io.directory, flags.directory);
  out.config_directory = config_directory_of(io);
  out.program = io.program;
  if (const auto path = io.environment.find("PATH"); path != io.environment.end())
    out.search_path = path->second;
  if (io.ask) out.ask = [&io](const std::string& question) { return io.ask(question); };
  const bool names_only = command == "remote add" ||
                          command == "remote set";  // they look at the URL and contact nothing
  out.open_remote = flags.offline && !names_only ? RemoteOpener(&refuse_remote)
                                                 : remotes::builtin_opener(surroundings);
  return out;
}

Status write_out(const Io& io, std::string_view text) {
  errno = 0;
  if (text.empty() || io.out(text)) return {};
  const int cause = errno;
  if (cause != 0) return base::errno_error("write to", "standard output", cause);
  return Error(Code::kIo, "cannot write to standard output");
}

int render(const Io& io, const GlobalFlags& flags, const Reply& reply) {
  std::string text = reply.text;
  if (flags.json && !reply.json.is_null()) {
    Json document = Json::object();
    document["v"] = 1;
    document.update(reply.json);
    text = document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  } else if (flags.quiet && reply.quietable) {
    text.clear();
  }
  if (auto written = write_out(io, text); !written) return fail(io, written.error(), flags.json);
  return reply.exit_code;
}

int run_command(const Parsed& parsed, const Io& io, std::stop_token stop) {
  const auto& flags = parsed.global;
  TerminalLog log(io, flags);  // this and the trace before the environment, whose remotes use both
  StderrTrace trace(io);
  const auto environment =
      environment_of(io, flags, parsed.command->name, surroundings_of(io, flags, log, trace));
  if (!flags.directory.empty() && !base::stat_path(environment.directory)) {
    return fail(
        io,
        Error(Code::kUsage, "`-C " + base::printable(flags.directory) + "`: no such directory")
            .hint("check the name; it counts from the current directory"),
        flags.json);
  }
  base::SystemClock clock;
  base::SystemEntropy entropy;
  TerminalProgress progress(io, !flags.quiet && !flags.json && !flags.no_progress);
  CpuPool cpu(flags.jobs);
  const Context context{clock, entropy, log, progress, cpu, stop};
  Invocation invocation{context, environment, parsed.arguments};
  invocation.json = flags.json;
  invocation.quiet = flags.quiet;
  invocation.verbose = flags.verbose;
  invocation.offline = flags.offline;
  invocation.in = io.in;
  invocation.out = [&](std::string_view text) { return write_out(io, text); };
  auto reply = parsed.command->run(invocation);
  progress.end();
  if (!reply)
    return fail(
        io, plainly_interrupted(with_usage_hint(std::move(reply).error(), parsed.command->name)),
        flags.json);
  return render(io, flags, *reply);
}

}  // namespace

int cairn_main(const std::vector<std::string>& words, const Io& io, std::stop_token stop) {
  const auto parsed = parse(all_commands(), words);
  const auto asks_json = std::find(words.begin(), words.end(), "--json") != words.end();
  if (!parsed) return fail(io, parsed.error(), asks_json);
  if (parsed->help || parsed->command == nullptr) {
    const auto text = parsed->command         ? command_help(*parsed->command)
                      : parsed->group.empty() ? overview_help(all_commands())
                                              : group_help(all_commands(), parsed->group);
    if (!io.out(text)) return 1;
    return parsed->help ? 0 : 2;
  }
  return run_command(*parsed, io, stop);
}

}  // namespace cairn::cli
