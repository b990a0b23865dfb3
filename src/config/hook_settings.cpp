#include "config/hook_settings.hpp"

#include <algorithm>
#include <initializer_list>

#include "base/text.hpp"
#include "config/remotes.hpp"

namespace cairn::config {
namespace {

struct Found {
  const std::string* value = nullptr;
  std::string place;
};

Found find_key(const KeyValues& git_config, const KeyValues& committed, std::string_view key) {
  const auto last = [&](const KeyValues& values) -> const std::string* {
    const auto found = std::find_if(values.rbegin(), values.rend(),
                                    [&](const auto& value) { return value.first == key; });
    return found == values.rend() ? nullptr : &found->second;
  };
  if (const auto* value = last(git_config)) return {value, "git config"};
  return {last(committed), detail::kCommittedFile};
}

Status read_word(const Found& found, const std::string& key,
                 std::initializer_list<std::string_view> words, std::string& out) {
  if (found.value == nullptr) return {};
  if (std::find(words.begin(), words.end(), *found.value) == words.end()) {
    std::string expected;
    for (const auto word : words) expected += (expected.empty() ? "" : ", ") + std::string(word);
    return detail::bad_value(Code::kCorrupt, found.place, key, *found.value,
                             "one of " + expected + " is expected");
  }
  out = *found.value;
  return {};
}

Status read_size(const Found& found, const std::string& key, std::uint64_t& out) {
  if (found.value == nullptr || base::parse_size_bytes(*found.value, out)) return {};
  return detail::bad_value(Code::kCorrupt, found.place, key, *found.value,
                           "a size such as 5MiB is expected, or 0 for no limit");
}

}  // namespace

Result<HookSettings> read_hook_settings(const KeyValues& committed, const KeyValues& git_config) {
  HookSettings out;
  const auto find = [&](std::string_view key) { return find_key(git_config, committed, key); };
  CAIRN_CHECK(
      read_word(find_key(git_config, {}, "cairn.hooks"), "cairn.hooks", {"on", "off"}, out.setup));
  CAIRN_CHECK(
      read_word(find("cairn.modified"), "cairn.modified", {"error", "warn", "off"}, out.modified));
  CAIRN_CHECK(read_word(find_key(git_config, {}, "cairn.pre-push"), "cairn.pre-push",
                        {"push", "check", "off"}, out.pre_push));
  CAIRN_CHECK(read_size(find("cairn.max-blob"), "cairn.max-blob", out.max_blob_bytes));
  CAIRN_CHECK(read_size(find("cairn.max-commit"), "cairn.max-commit", out.max_commit_bytes));
  CAIRN_CHECK(read_word(find("cairn.unsafe-models"), "cairn.unsafe-models",
                        {"error", "warn", "off"}, out.unsafe_models));
  CAIRN_CHECK(
      read_size(find_key(git_config, {}, "cairn.max-push"), "cairn.max-push", out.max_push_bytes));
  return out;
}

}  // namespace cairn::config
