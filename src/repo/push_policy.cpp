#include "repo/push_policy.hpp"

#include <algorithm>

#include "repo/aliases.hpp"
#include "repo/tree_state.hpp"
#include "store/chunk_reader.hpp"

namespace cairn::repo {

namespace {

// Two patterns that name different remotes leave none.
void bind(PushBound& out, const config::PathPolicy& policy) {
  const bool agrees = !out.bound || out.remote == policy.remote;
  if (!out.bound) out.pattern = policy.pattern;
  out.remote = agrees ? policy.remote : "";
  out.bound = true;
}

}  // namespace

PushPolicy::PushPolicy(const config::Settings& settings) {
  for (const auto& policy : settings.path_policies) {
    Rule rule{policy, {}};
    rule.matches.add(policy.pattern, "");
    rules_.push_back(std::move(rule));
  }
}

Result<PushBound> PushPolicy::of(const Tracked& version, const store::Store* store) const {
  PushBound out;
  std::vector<const Rule*> inside;
  const bool folder = version.pointer.kind == format::Pointer::Kind::kFolder;
  const auto path = data_path_of(version.path);
  for (const auto& rule : rules_) {
    // "data/pii/**" is about whatever is in data/pii, so about the folder when it is tracked as a
    // whole.
    const bool whole =
        rule.matches.covers(path, folder) || (folder && rule.matches.covers(path + "/\x01", false));
    if (whole) {
      bind(out, rule.policy);
    } else if (folder && rule.matches.may_match_below(path)) {
      inside.push_back(&rule);
    }
  }
  if (inside.empty()) return out;
  auto entries =
      store ? load_entries(version.pointer, store::page_fetch(*store))
            : Result<std::vector<format::ManifestEntry>>(Error(Code::kMissing, "no store"));
  if (!entries && entries.error().code() != Code::kMissing) return std::move(entries).error();
  for (const auto* rule : inside) {
    out.unknown = out.unknown || !entries;
    const auto hit = [&](const format::ManifestEntry& entry) {
      return rule->matches.covers(path + "/" + entry.path,
                                  entry.type == format::EntryType::kEmptyFolder);
    };
    if (entries && std::ranges::any_of(*entries, hit)) bind(out, rule->policy);
  }
  return out;
}

}  // namespace cairn::repo
