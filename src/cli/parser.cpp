#include "cli/parser.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/suggest.hpp"

namespace cairn::cli {

namespace {

// CLI11 takes "[a,b]" and "[a]" apart, takes a path called "add" for the command, and ends a
// subcommand at "--", which must be seen here: all these, and every word after "--", are hidden
// from it behind private-use characters.
constexpr std::string_view kSeparator = "\xee\x80\x80--";
constexpr std::string_view kHidden = "\xee\x80\x81";

std::string hide(const std::string& word) {
  const auto equals = word.starts_with("--") ? word.find('=') : std::string::npos;
  const auto value = equals == std::string::npos ? 0 : equals + 1;
  if (value >= word.size() || word[value] != '[') return word;
  return word.substr(0, value) + std::string(kHidden) + word.substr(value);
}
std::string unhide(const std::string& word) {
  return word.starts_with(kHidden) ? word.substr(kHidden.size()) : word;
}

// Index of the word that names the command: the first that is neither a flag nor the value of a
// global one.
std::size_t command_index(const std::vector<std::string>& words) {
  std::size_t i = 0;
  for (; i < words.size(); ++i) {
    if (words[i] == "-C" || words[i] == "--jobs" || words[i] == "--trace") {
      ++i;
    } else if (!words[i].starts_with('-')) {
      break;
    }
  }
  return std::min(i, words.size());
}

bool is_command_word(const std::vector<Command>& commands, const std::string& word) {
  return std::ranges::any_of(commands, [&](const Command& command) {
    const auto parts = base::split(command.name, ' ');
    return std::ranges::find(parts, word) != parts.end();
  });
}

bool is_group(const std::vector<Command>& commands, const std::string& word) {
  return std::ranges::any_of(commands, [&](const Command& command) {
    return std::string(command.name).starts_with(word + " ");
  });
}

// The words as CLI11 gets them: last first.
std::vector<std::string> prepared(const std::vector<Command>& commands,
                                  const std::vector<std::string>& words) {
  const auto command = command_index(words);
  std::vector<std::string> out;
  std::size_t named = command < words.size() && is_group(commands, words[command])
                          ? 2
                          : 1;  // command words still to come
  bool after = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!after && words[i] == "--") {
      after = true;
      out.push_back(std::string(kSeparator));
      continue;
    }
    if (after) {  // never a flag, a command or a list
      out.push_back(std::string(kHidden) + words[i]);
      continue;
    }
    const bool names_command = !after && i >= command && named > 0 && !words[i].starts_with('-');
    if (names_command) --named;
    const bool mistaken =
        after || (!names_command && i > command && is_command_word(commands, words[i]));
    out.push_back(mistaken ? std::string(kHidden) + words[i] : hide(words[i]));
  }
  std::ranges::reverse(out);
  return out;
}

// What CLI11 fills for one command.
struct Slot {
  const Command* command = nullptr;
  CLI::App* app = nullptr;
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, bool> switches;
  std::vector<std::string> words;
};

void add_flag(CLI::App& app, const Flag& flag, Slot& slot) {
  std::string names = std::string("--") + flag.name;
  if (flag.letter != 0) names = std::string("-") + flag.letter + "," + names;
  if (flag.kind == Flag::Kind::kSwitch) {
    app.add_flag(names, slot.switches[flag.name], flag.help);
    return;
  }
  auto* option = app.add_option(names, slot.values[flag.name], flag.help)
                     ->expected(1)
                     ->allow_extra_args(false);
  option->type_name(flag.value);
  const bool many = flag.kind == Flag::Kind::kValues;
  option->multi_option_policy(many ? CLI::MultiOptionPolicy::TakeAll
                                   : CLI::MultiOptionPolicy::Throw);
}

void add_global(CLI::App& app, GlobalFlags& global, bool& help) {
  app.set_help_flag();
  app.add_flag("-h,--help", help);
  app.add_option("-C", global.directory)->expected(1)->allow_extra_args(false);
  app.add_flag("-q,--quiet", global.quiet);
  app.add_flag("-v,--verbose", global.verbose);
  app.add_flag("--json", global.json);
  app.add_flag("--no-color", global.no_color);
  app.add_flag("--no-progress", global.no_progress);
  app.add_flag("--offline", global.offline);
  app.add_option("--jobs", global.jobs)->expected(1)->allow_extra_args(false);
  app.add_option("--trace", global.traces)->expected(1)->allow_extra_args(false);
}

// "remote add" becomes a subcommand of "remote".
CLI::App* app_for(CLI::App& root, std::string_view name) {
  auto* app = &root;
  for (const auto word : base::split(name, ' ')) {
    const auto children =
        app->get_subcommands([&](const CLI::App* child) { return child->get_name() == word; });
    auto* next = children.empty() ? nullptr : children.front();
    if (next == nullptr) {
      next = app->add_subcommand(std::string(word));
      next->fallthrough();
      next->set_help_flag();
    }
    app = next;
  }
  return app;
}

Arguments collect(const Slot& slot) {
  Arguments out;
  for (const auto& [name, given] : slot.switches) {
    if (given) out.values[name];
  }
  for (const auto& [name, values] : slot.values) {
    for (const auto& value : values) out.values[name].push_back(unhide(value));
  }
  for (const auto& word : slot.words) {
    if (word == kSeparator) {
      out.separator = out.words.size();
    } else {
      out.words.push_back(unhide(word));
    }
  }
  return out;
}

Status check_count(const Command& command, const Arguments& arguments) {
  int least = 0, most = 0;
  const auto given = static_cast<int>(arguments.words.size());
  const char* lacking = nullptr;
  for (const auto& positional : command.positionals) {
    if (lacking == nullptr && given < least + positional.least) lacking = positional.name;
    least += positional.least;
    most = most < 0 || positional.most < 0 ? -1 : most + positional.most;
  }
  const std::string name = command.name;
  const auto hint = "`cairn help " + name + "` shows how it is used";
  if (given < least) {
    return Error(Code::kUsage, "`cairn " + name + "` needs " + lacking).hint(hint);
  }
  if (most >= 0 && given > most) {
    const auto extra = base::printable(arguments.words[static_cast<std::size_t>(most)]);
    return Error(Code::kUsage, "`cairn " + name + "` takes no `" + extra + "`").hint(hint);
  }
  return {};
}

// Of the words that name a command; "" where there is none.
std::string command_name(const std::vector<Command>& commands,
                         const std::vector<std::string>& words) {
  const auto at = command_index(words);
  if (at >= words.size()) return {};
  const auto second = at + 1 < words.size() ? words[at] + " " + words[at + 1] : words[at];
  const auto named = [&](const std::string& name) {
    return std::ranges::any_of(commands, [&](const Command& row) { return name == row.name; });
  };
  return named(second) ? second : named(words[at]) ? words[at] : std::string();
}

// `cairn --version` is what people try first.
std::vector<std::string> with_version_command(std::vector<std::string> words) {
  const auto at = std::ranges::find(words, "--version");
  if (at == words.end() || command_index(words) < words.size()) return words;
  words.erase(at);
  words.emplace_back("version");
  return words;
}

Error usage_error(const std::vector<Command>& commands, const std::vector<std::string>& words,
                  const CLI::ParseError& error) {
  if (const auto at = command_index(words); at < words.size()) {
    const auto& word = words[at];
    if (auto foreign = foreign_verb(word)) return *std::move(foreign);
    const auto named = [&](const Command& command) {
      return base::split(command.name, ' ').front() == word;
    };
    if (std::ranges::none_of(commands, named)) return unknown_command(commands, word);
    const bool group =
        is_group(commands, word) && at + 1 < words.size() && !words[at + 1].starts_with('-');
    const auto whole = group ? word + " " + words[at + 1] : word;
    const auto same = [&](const Command& command) { return command.name == whole; };
    if (group && std::ranges::none_of(commands, same)) {
      return Error(Code::kUsage, "there is no `cairn " + base::printable(whole) + "`")
          .hint("`cairn help " + word + "` lists its commands")
          .slug("no-such-command");
    }
  }
  std::string message = error.what();
  if (!message.empty())
    message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
  while (!message.empty() && (message.back() == '\n' || message.back() == '.')) message.pop_back();
  auto usage = Error(Code::kUsage, base::printable(message));
  const auto name = command_name(commands, words);
  if (!name.empty()) return std::move(usage).hint("`cairn help " + name + "` lists its flags");
  return std::move(usage).hint("`cairn help` lists the commands, `cairn help COMMAND` their flags");
}

}  // namespace

const std::vector<Flag>& global_flags() {
  static const std::vector<Flag> rows = {
      {"directory", 'C', Flag::Kind::kValue, "DIR", "run as if started in DIR (only as -C)"},
      {"quiet", 'q', Flag::Kind::kSwitch, "", "only warnings and errors"},
      {"verbose", 'v', Flag::Kind::kSwitch, "", "say more"},
      {"json", 0, Flag::Kind::kSwitch, "", "one JSON document instead of text"},
      {"no-color", 0, Flag::Kind::kSwitch, "", "no colours"},
      {"no-progress", 0, Flag::Kind::kSwitch, "", "no progress"},
      {"jobs", 0, Flag::Kind::kValue, "N", "threads for hashing and compression"},
      {"trace", 0, Flag::Kind::kValue, "http",
       "print the HTTP requests of remotes, without secrets"},
      {"offline", 0, Flag::Kind::kSwitch, "", "contact no remote"},
      {"help", 'h', Flag::Kind::kSwitch, "", "show help"},
  };
  return rows;
}

Result<Parsed> parse(const std::vector<Command>& commands, const std::vector<std::string>& typed) {
  const auto words = with_version_command(typed);
  Parsed parsed;
  CLI::App root("", "cairn");
  root.fallthrough();
  add_global(root, parsed.global, parsed.help);
  std::vector<Slot> slots(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    slots[i].command = &commands[i];
    slots[i].app = app_for(root, commands[i].name);
    for (const auto& flag : commands[i].flags) add_flag(*slots[i].app, flag, slots[i]);
    slots[i].app->add_option("words", slots[i].words)->expected(-1);
  }
  try {
    root.parse(prepared(commands, words));
  } catch (const CLI::ParseError& error) {
    if (parsed.help) return parsed;
    return usage_error(commands, words, error);
  }
  parsed.global.directory = unhide(parsed.global.directory);
  for (const auto& slot : slots) {
    if (!slot.app->parsed() || !slot.app->get_subcommands().empty()) continue;
    parsed.command = slot.command;
    parsed.arguments = collect(slot);
  }
  const auto at = command_index(words);
  if (parsed.command == nullptr && at < words.size()) parsed.group = words[at];
  if (parsed.command == nullptr || parsed.help) return parsed;
  for (const auto& trace : parsed.global.traces) {
    if (trace == "http") continue;
    return Error(Code::kUsage,
                 "`--trace " + base::printable(trace) + "`: there is only `--trace http`")
        .hint("`cairn help` lists the flags");
  }
  CAIRN_CHECK(check_count(*parsed.command, parsed.arguments));
  return parsed;
}

}  // namespace cairn::cli
