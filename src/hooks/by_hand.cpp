#include "hooks/by_hand.hpp"

#include <algorithm>

#include <sys/stat.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "workdir/tree_text.hpp"

namespace cairn::hooks {

namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

Result<std::string> text_of_file(const std::string& path) {
  const auto info = base::stat_path(path);
  if (!info || !S_ISREG(info->st_mode) || static_cast<std::size_t>(info->st_size) > kMaxFileBytes)
    return std::string();
  CAIRN_TRY(const auto bytes, base::read_file(path, kMaxFileBytes));
  return std::string(base::text_of(bytes));
}

// What is no plain file there, or a link away, calls nothing.
std::string text_in_tree(const repo::Repository& repository, const std::string& path) {
  if (repository.git().paths().bare) return "";
  const auto text = workdir::read_text(repository.tree(), path, kMaxFileBytes);
  return text && *text ? **text : "";
}

bool has_word(std::string_view line, std::string_view word) {
  const auto goes_on = [](char c) {
    return c == '-' || c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  for (auto at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !goes_on(line[at - 1])) && (end == line.size() || !goes_on(line[end])))
      return true;
  }
  return false;
}

bool has_outside_comments(std::string_view text, std::string_view word) {
  for (auto line : base::split(text, '\n')) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (!line.starts_with('#') && has_word(line, word)) return true;
  }
  return false;
}

// One entry of pre-commit stands for several events; its ids are those of .pre-commit-hooks.yaml.
bool pre_commit_calls(std::string_view text, Event event) {
  const auto any = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words,
                               [&](const auto word) { return has_outside_comments(text, word); });
  };
  if (event == Event::kPrePush) return any({"cairn hook pre-push", "cairn-pushed"});
  if (is_afterwards(event)) return any({"cairn hook post-checkout", "cairn-checkout"});
  return any({"cairn hook pre-commit", "cairn-pointers", "cairn-fresh", "cairn-large-files",
              "cairn-no-secrets", "cairn-budget", "cairn-safe-models"});
}

// Files of the work tree from which a tool takes what its hook runs.
std::vector<std::string> sources_of(const Site& site, Event event) {
  if (site.manager == Manager::kHusky) return {std::string(".husky/") + name_of(event)};
  if (site.manager == Manager::kPreCommit) return {".pre-commit-config.yaml"};
  if (site.manager != Manager::kLefthook) return {};
  return {std::begin(kLefthookFiles), std::end(kLefthookFiles)};
}

// Where the key of a line stands: the first one of a list's item beside the others.
std::size_t column_of(std::string_view line) { return line.find_first_not_of(" \t-"); }

bool begins_item(std::string_view line) {
  const auto at = line.find_first_not_of(" \t");
  return at != line.npos && (line[at] == '-' || line[at] == '[');
}

// Whether the line, or one beside it in the same entry, has the word.
bool entry_has(const std::vector<std::string_view>& lines, std::size_t at, std::string_view word) {
  const auto column = column_of(lines[at]);
  const auto leaves = [&](std::string_view line) {
    return column_of(line) != line.npos && column_of(line) < column;
  };
  for (std::size_t i = at; i < lines.size() && !leaves(lines[i]); ++i) {
    if (i > at && begins_item(lines[i])) break;
    if (has_outside_comments(lines[i], word)) return true;
  }
  for (std::size_t i = at; i-- > 0 && !begins_item(lines[i + 1]) && !leaves(lines[i]);) {
    if (has_outside_comments(lines[i], word)) return true;
  }
  return false;
}

}  // namespace

bool calls_cairn(std::string_view text, Event event) {
  return has_outside_comments(text, std::string("cairn hook ") + name_of(event));
}

bool passes_stdin(std::string_view text) {
  const auto lines = base::split(text, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (calls_cairn(lines[i], Event::kPrePush) && !entry_has(lines, i, "use_stdin")) return false;
  }
  return true;
}

std::string deaf_lefthook_file(const repo::Repository& repository, const Site& site) {
  if (site.manager != Manager::kLefthook) return "";
  if (site.mechanism == Site::Mechanism::kConfig && in_config(repository, Event::kPrePush))
    return "";
  for (const auto* name : kLefthookFiles) {
    if (!passes_stdin(text_in_tree(repository, name))) return name;
  }
  return "";
}

Result<std::string> written_by_hand(const repo::Repository& repository, const Site& site,
                                    const HookFile& hook) {
  if (site.mechanism == Site::Mechanism::kNowhere) return std::string();
  // What git runs: without it, a tool's own file leads nowhere.
  const auto called = base::join(site.directory, name_of(hook.event));
  const auto info = base::stat_path(called);
  if (!info || (info->st_mode & S_IXUSR) == 0) return std::string();
  CAIRN_TRY(const auto text, text_of_file(called));
  if (calls_cairn(text, hook.event)) return called;
  for (const auto& name : sources_of(site, hook.event)) {
    const auto source = text_in_tree(repository, name);
    const bool calls = site.manager == Manager::kPreCommit ? pre_commit_calls(source, hook.event)
                                                           : calls_cairn(source, hook.event);
    const bool deaf = site.manager == Manager::kLefthook && hook.event == Event::kPrePush &&
                      !passes_stdin(source);
    if (calls && !deaf) return base::join(repository.git().paths().top, name);
  }
  return std::string();
}

}  // namespace cairn::hooks
