// A command is data: its words, flags and positionals as a table row, and one function that runs
// it. The parser (parser.cpp, the only place that knows CLI11), `cairn help`, the completions and
// the man page test all walk the same rows.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cairn/context.hpp"
#include "repo/operations.hpp"

namespace cairn::cli {

using Json = nlohmann::ordered_json;

// kInternal: what git runs for cairn (hooks, drivers). Not in the overview and not completed; git
// config and hook files hold their words, so they stay as they are.
enum class Group { kStart, kWork, kShare, kTrust, kKeep, kHelp, kInternal };

struct Flag {
  enum class Kind { kSwitch, kValue, kValues };  // --x · --x V · --x V --x V
  const char* name;                              // "dry-run"
  char letter = 0;                               // 'n'
  Kind kind = Kind::kSwitch;
  const char* value = "";  // "DIR"
  const char* help = "";
};

struct Positional {
  const char* name;  // "PATH"
  int least = 0;
  int most = -1;  // -1: any number
};

// The words of one invocation after parsing.
class Arguments {
 public:
  std::map<std::string, std::vector<std::string>>
      values;                            // flags given; a switch has an empty list
  std::vector<std::string> words;        // positionals before and after `--`
  std::optional<std::size_t> separator;  // index in `words` where `--` stood

  [[nodiscard]] bool has(const std::string& flag) const { return values.count(flag) != 0; }
  [[nodiscard]] std::string value(const std::string& flag) const;  // "" when not given
  [[nodiscard]] std::vector<std::string> list(const std::string& flag) const;
};

// What a command says: rendered as text or, with --json, as one document. Both are built by the
// command.
struct Reply {
  int exit_code = 0;
  std::string text;  // ends with a newline, or empty
  bool quietable =
      true;  // -q drops the text; false where the text is what was asked for (ls, diff, log)
  Json json = Json::object();
};

// How a command opens the repository, and what it says then.
struct Opening {
  bool advises_init = true;   // `next: cairn init` where this clone was made by plain git
  bool tells_ignored = true;  // the settings of .cairn/config that may not stand there
  repo::Repository::Setup setup = repo::Repository::Setup::kRequired;
};
inline constexpr Opening kSilently{.advises_init = false, .tells_ignored = false};

// What a command works with. Output that does not fit a Reply (cat, ls of a million files) goes
// through out().
struct Invocation {
  const Context& context;
  const repo::Environment& environment;
  const Arguments& arguments;
  bool json = false, quiet = false, verbose = false, offline = false, color = false;
  std::function<Status(std::string_view)> out = {};
  std::function<std::string(std::size_t max_bytes)> in = {};  // standard input, as in Io

  // The repository around environment.directory; commands open it here and nowhere else. kUsage
  // for a `--remote` that nobody knows: a mistake also if nothing has to be asked for.
  [[nodiscard]] Result<repo::Repository> repository(const Opening& opening = {}) const;
  // The same command as if it had been started in `other`, which outlives it.
  [[nodiscard]] Invocation at(const repo::Environment& other) const {
    return {context, other, arguments, json, quiet, verbose, offline, color, out, in};
  }
};

struct Command {
  const char* name;  // "add", "remote add"
  Group group;
  const char* summary;  // one line
  std::vector<Flag> flags;
  std::vector<Positional> positionals;
  Result<Reply> (*run)(const Invocation&);
  const char* example = "";  // one line for help
};

// Every command, in help order; the one list (commands.cpp).
const std::vector<Command>& all_commands();

}  // namespace cairn::cli
