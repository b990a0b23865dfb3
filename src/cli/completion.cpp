#include "cli/completion.hpp"

#include <algorithm>
#include <map>

#include "base/shell.hpp"
#include "base/text.hpp"
#include "cli/parser.hpp"

namespace cairn::cli {

namespace {

// What may follow some words ("" at the start, "remote", "add"): further words, and flags.
struct Offer {
  std::string word, text;
};
struct CompletionNode {
  std::vector<Offer> words;
  std::vector<Flag> flags;
};
using CompletionTree = std::map<std::string, CompletionNode>;

void offer_word(CompletionNode& node, const std::string& word, const std::string& text) {
  if (std::ranges::find(node.words, word, &Offer::word) == node.words.end())
    node.words.push_back({word, text});
}

CompletionTree tree_of(const std::vector<Command>& commands) {
  CompletionTree tree;
  for (const auto& command : commands) {
    if (command.group == Group::kInternal) continue;
    const std::string name = command.name;
    const auto cut = name.find(' ');
    offer_word(tree[""], name.substr(0, cut),
               cut == std::string::npos ? command.summary : name.substr(0, cut) + " commands");
    if (cut != std::string::npos)
      offer_word(tree[name.substr(0, cut)], name.substr(cut + 1), command.summary);
    tree[name].flags = command.flags;
  }
  if (tree.count("help") != 0) tree["help"].words = tree[""].words;
  if (tree.count("completion") != 0)
    tree["completion"].words = {{"bash", ""}, {"zsh", ""}, {"fish", ""}};
  return tree;
}

std::vector<std::string> spellings(const Flag& flag) {
  std::vector<std::string> out;
  if (flag.letter != 0) out.push_back(std::string("-") + flag.letter);
  if (std::string(flag.name) != "directory")
    out.push_back(std::string("--") + flag.name);  // -C has no long form
  return out;
}

// Flags whose next word is their value, as a shell pattern. A letter counts only where it means a
// value everywhere.
std::string value_pattern(const std::vector<Command>& commands) {
  std::map<std::string, bool> takes_value;
  const auto look = [&](const Flag& flag) {
    for (const auto& word : spellings(flag)) {
      const bool value = flag.kind != Flag::Kind::kSwitch;
      const auto known = takes_value.emplace(word, value).first;
      known->second = known->second && value;
    }
  };
  for (const auto& flag : global_flags()) look(flag);
  for (const auto& command : commands) {
    for (const auto& flag : command.flags) look(flag);
  }
  std::string out;
  for (const auto& [word, value] : takes_value) {
    if (value) out += (out.empty() ? "" : "|") + word;
  }
  return out;
}

// ---- bash ----
std::string bash_case(const CompletionTree& tree, bool flags) {
  std::string out;
  for (const auto& [name, node] : tree) {
    std::string words;
    for (const auto& offer : node.words) {
      if (!flags) words += (words.empty() ? "" : " ") + offer.word;
    }
    for (const auto& flag : node.flags) {
      for (const auto& word : spellings(flag)) {
        if (flags) words += (words.empty() ? "" : " ") + word;
      }
    }
    if (!words.empty())
      out += "    " + base::shell_quoted(name) + ") echo " + base::shell_quoted(words) + " ;;\n";
  }
  return out;
}

constexpr std::string_view kBashBody = R"sh(_cairn() {
  local current="${COMP_WORDS[COMP_CWORD]}" command="" skip=0 i word words
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    if ((skip)); then skip=0; continue; fi
    case "$word" in
      --) return ;;
      @VALUES@) skip=1 ;;
      -*) ;;
      *) if [[ " $(_cairn_words "$command") " == *" $word "* ]]; then command="${command:+$command }$word"; fi ;;
    esac
  done
  if ((skip)); then return; fi
  if [[ $current == -* ]]; then
    words="$(_cairn_flags "$command") @GLOBAL@"
  else
    words="$(_cairn_words "$command")"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o bashdefault -o default -F _cairn cairn
)sh";

// ---- zsh ----
constexpr std::string_view kZshBody = R"sh(_cairn() {
  local command="" word skip=0
  local -a next flags
  _cairn_rows ""
  for word in "${(@)words[2,CURRENT-1]}"; do
    if (( skip )); then skip=0; continue; fi
    case "$word" in
      --) _files; return ;;
      @VALUES@) skip=1 ;;
      -*) ;;
      *) if [[ -n "${(M)next:#${word}:*}" ]]; then command="${command:+$command }$word"; _cairn_rows "$command"; fi ;;
    esac
  done
  if (( skip )); then _files
  elif [[ "$PREFIX" == -* ]]; then _describe -o flag flags
  elif (( $#next )); then _describe word next
  else _files
  fi
}
if [[ "$funcstack[1]" == _cairn ]]; then _cairn; else compdef _cairn cairn; fi
)sh";

std::string zsh_rows(const CompletionTree& tree) {
  std::string global;
  for (const auto& flag : global_flags()) {
    for (const auto& word : spellings(flag))
      global += " " + base::shell_quoted(word + ":" + flag.help);
  }
  std::string out =
      "_cairn_rows() {\n  next=()\n  flags=(" + global.substr(1) + ")\n  case \"$1\" in\n";
  for (const auto& [name, node] : tree) {
    std::string words, flags;
    for (const auto& offer : node.words)
      words += " " + base::shell_quoted(offer.word + ":" + offer.text);
    for (const auto& flag : node.flags) {
      for (const auto& word : spellings(flag))
        flags += " " + base::shell_quoted(word + ":" + flag.help);
    }
    if (words.empty() && flags.empty()) continue;
    out += "    " + base::shell_quoted(name) + ")";
    if (!words.empty()) out += " next=(" + words.substr(1) + ");";
    if (!flags.empty()) out += " flags+=(" + flags.substr(1) + ");";
    out += ";\n";
  }
  return out + "  esac\n}\n";
}

// ---- fish ----
constexpr std::string_view kFishHead = R"sh(function __cairn_words
    set -l line (commandline -opc)
    set -e line[1]
    for word in $line
        string match -q -- '-*' $word; or echo $word
    end
end
function __cairn_exactly
    set -l words (__cairn_words)
    test "$words" = "$argv"
end
function __cairn_begins
    set -l words (__cairn_words)
    test (count $words) -ge (count $argv); and test "$words[1..(count $argv)]" = "$argv"
end
)sh";

std::string fish_flag(const Flag& flag, const std::string& condition) {
  std::string out = "complete -c cairn" + condition;
  for (const auto& word : spellings(flag))
    out += word.starts_with("--") ? " -l " + word.substr(2) : " -s " + word.substr(1);
  return out + (flag.kind == Flag::Kind::kSwitch ? "" : " -r") + " -d " +
         base::shell_quoted(flag.help) + "\n";
}

std::string fish_script(const CompletionTree& tree) {
  std::string out(kFishHead);
  for (const auto& flag : global_flags()) out += fish_flag(flag, "");
  for (const auto& [name, node] : tree) {
    for (const auto& offer : node.words) {
      out += "complete -c cairn -f -n " +
             base::shell_quoted("__cairn_exactly" + (name.empty() ? "" : " " + name)) + " -a " +
             offer.word;
      out += offer.text.empty() ? "\n" : " -d " + base::shell_quoted(offer.text) + "\n";
    }
    for (const auto& flag : node.flags)
      out += fish_flag(flag, " -n " + base::shell_quoted("__cairn_begins " + name));
  }
  return out;
}

std::string filled(std::string_view body, const std::string& mark, const std::string& text) {
  std::string out(body);
  const auto at = out.find(mark);
  return at == std::string::npos ? out : out.replace(at, mark.size(), text);
}

}  // namespace

std::optional<std::string> completion_script(const std::vector<Command>& commands,
                                             const std::string& shell) {
  const auto tree = tree_of(commands);
  const auto made = " completion of cairn, made by `cairn completion " + shell + "`\n";
  if (shell == "fish") return "# fish" + made + fish_script(tree);
  const auto values = value_pattern(commands);
  if (shell == "zsh")
    return "#compdef cairn\n# zsh" + made + zsh_rows(tree) + filled(kZshBody, "@VALUES@", values);
  if (shell != "bash") return std::nullopt;
  std::string global;
  for (const auto& flag : global_flags()) {
    for (const auto& word : spellings(flag)) global += (global.empty() ? "" : " ") + word;
  }
  return "# bash" + made + "_cairn_words() {\n  case \"$1\" in\n" + bash_case(tree, false) +
         "  esac\n}\n" + "_cairn_flags() {\n  case \"$1\" in\n" + bash_case(tree, true) +
         "  esac\n}\n" + filled(filled(kBashBody, "@VALUES@", values), "@GLOBAL@", global);
}

}  // namespace cairn::cli
