#include "hooks/pre_push.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "hooks/known_commits.hpp"
#include "hooks/outgoing.hpp"
#include "repo/push_policy.hpp"
#include "repo/push_versions.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"

namespace cairn::hooks {

namespace {

constexpr std::size_t kShortId = 10;
constexpr std::size_t kMostKnown = 1000;  // commits remembered

// What a remote has to have, by the place in the list of versions.
using Groups = std::map<std::string, std::vector<std::size_t>>;

class PushCheck {
 public:
  PushCheck(const Context& context, repo::Repository& repository)
      : context_(context), repository_(repository) {}

  Result<PrePushReport> run(const std::string& git_remote, const std::vector<PushedRef>& refs) {
    refs_ = refs;
    CAIRN_TRY(known_, KnownCommits::load(repository_));
    CAIRN_TRY(commits_, outgoing(repository_, git_remote, refs, known_.commits()));
    report_.faults = commits_.faults;
    CAIRN_TRY(const auto groups, group());
    for (const auto& [name, members] : groups) {
      const auto setting = repository_.remote_setting(name);
      if (!setting && name.empty() && repository_.settings().remotes.empty()) {
        no_remote(members);
      } else {
        CAIRN_TRY(const auto found, setting);
        CAIRN_CHECK(ask(found, members));
      }
    }
    CAIRN_CHECK(name_commits());
    if (report_.faults.empty()) CAIRN_CHECK(remember());
    return std::move(report_);
  }

 private:
  // The remote of each version by the committed policy, "" for the default one. Left out: empty
  // files, what may go nowhere, and what is carried on and was seen there before.
  Result<Groups> group() {
    Groups groups;
    const repo::PushPolicy policy(repository_.settings());
    const auto store = store_here();
    std::set<std::string> seen;
    for (std::size_t i = 0; i < commits_.versions.size(); ++i) {
      const auto& version = commits_.versions[i];
      const auto id = version.tracked.pointer.closure_id();
      if (!id) continue;
      CAIRN_TRY(const auto bound, policy.of(version.tracked, store));
      if (bound.bound && bound.remote.empty()) continue;
      if (!version.brought && was_seen(bound.remote, *id)) continue;
      if (!seen.insert(bound.remote + "\n" + version.tracked.path + "\n" + id->hex()).second)
        continue;
      groups[bound.remote].push_back(i);
      ++report_.versions;
    }
    return groups;
  }

  const store::Store* store_here() {
    auto store = repository_.store(context_, store::Store::Access::kRead);
    return store ? *store : nullptr;
  }

  // The tips of this push; older ones are reached from them, or asked for again.
  Status remember() const {
    const auto& known = known_.commits();
    const auto& tips = commits_.tips;
    if (std::ranges::includes(known, tips)) return {};
    auto commits = tips;
    if (known.size() < kMostKnown) commits.insert(known.begin(), known.end());
    return KnownCommits::save(repository_, commits);
  }

  bool was_seen(const std::string& name, const Digest& id) {
    if (known_.moved()) return false;
    const auto setting = repository_.remote_setting(name);
    if (!setting) return false;
    const auto known = seen_on_.find(setting->name);
    if (known == seen_on_.end()) {
      auto read = repo::read_pushed(repository_, setting->name);
      seen_on_[setting->name] = read ? *std::move(read) : std::vector<Digest>();
    }
    return std::ranges::binary_search(seen_on_[setting->name], id);
  }

  Status ask(const config::RemoteSetting& setting, const std::vector<std::size_t>& members) {
    report_.remotes.push_back(setting.name);
    if (repository_.settings().hooks.pre_push == "check" || store_here() == nullptr)
      return confirm(setting, members);
    std::vector<repo::Tracked> versions;
    std::uint64_t bytes = 0;
    for (const auto i : members) {
      versions.push_back(commits_.versions[i].tracked);
      bytes += versions.back().pointer.size_bytes;
    }
    const auto most = repository_.settings().hooks.max_push_bytes;
    if (most != 0 && bytes > most) {
      CAIRN_TRY(const auto plan, push(setting, versions, true));
      if (plan.new_plain_bytes > most) return too_much(setting, plan.new_plain_bytes);
    }
    CAIRN_TRY(const auto done, push(setting, versions, false));
    report_.uploaded_bytes += done.uploaded_bytes;
    for (std::size_t k = 0; k < members.size(); ++k) {
      const auto& version = done.versions[k];
      report_.pushed += version.state == "pushed";
      if (version.state == "missing here")
        block(members[k],
              "its data is neither here nor on " + setting.name +
                  (version.missing.empty() ? std::string()
                                           : " (first: " + version.missing.front() + ")"));
    }
    return {};
  }

  Result<repo::PushCommandReport> push(const config::RemoteSetting& setting,
                                       const std::vector<repo::Tracked>& versions, bool dry_run) {
    return repo::push_versions(context_, repository_, setting, versions, {.dry_run = dry_run});
  }

  Status confirm(const config::RemoteSetting& setting, const std::vector<std::size_t>& members) {
    CAIRN_TRY(const auto remote, repository_.open_remote(setting));
    std::vector<sync::Version> versions;
    for (const auto i : members)
      versions.push_back(repo::plain_version(commits_.versions[i].tracked));
    CAIRN_TRY(const auto answers,
              sync::confirm_versions(context_, *remote, versions, repository_.settings().project));
    std::vector<Digest> complete;
    for (std::size_t k = 0; k < members.size(); ++k) {
      if (answers[k].complete) {
        complete.push_back(*versions[k].pointer.closure_id());
      } else {
        block(members[k], "its data is not complete on " + setting.name + ": " + answers[k].why);
      }
    }
    return repo::note_pushed(repository_, setting.name, complete);
  }

  void block(std::size_t index, std::string why) {
    const auto& version = commits_.versions[index];
    report_.faults.push_back({version.blob.path, std::move(why), {}, false});
    blamed_.push_back(version.blob);
    places_.push_back(report_.faults.size() - 1);
  }

  void no_remote(const std::vector<std::size_t>& members) {
    for (const auto i : members) block(i, "its data has nowhere to go: no data remote is set up");
    advice_ = {"cairn remote add NAME URL, then git push again"};
  }

  Status too_much(const config::RemoteSetting& setting, std::uint64_t bytes) {
    report_.faults.push_back(
        {"",
         base::human_bytes(bytes) + " are not on " + setting.name +
             " yet: more than cairn.max-push, since servers close connections that wait",
         {push_line(setting) + " && git push"},
         false});
    return {};
  }

  // `cairn push` sends what HEAD has; other commits are named.
  [[nodiscard]] std::string push_line(const config::RemoteSetting& setting) const {
    std::string line = "cairn push";
    if (repository_.settings().remotes.size() > 1) line += " -r " + setting.name;
    const auto head = repository_.git().resolve_commit("HEAD");
    for (const auto& ref : refs_) {
      const bool of_head = head && ref.local_id == *head;
      if (!of_head && !ref.deletes()) line += " --rev " + base::printable(ref.local_ref);
    }
    return line;
  }

  // Who made the commits that are blocked, for the one who has to ask them.
  Status name_commits() {
    if (blamed_.empty()) return {};
    std::vector<std::string> tips;
    for (const auto& word : commits_.range) {
      if (word == "--not") break;
      tips.push_back(word);
    }
    CAIRN_TRY(const auto commits, repository_.git().introductions(tips, blamed_));
    for (std::size_t k = 0; k < blamed_.size(); ++k) {
      auto& fault = report_.faults[places_[k]];
      if (commits[k])
        fault.what += "; in commit " + commits[k]->id.substr(0, kShortId) + " by " +
                      commits[k]->author + ": " + commits[k]->subject;
      fault.hints = !advice_.empty()
                        ? advice_
                        : std::vector<std::string>{"cairn push, in the clone that has the data"};
    }
    return {};
  }

  const Context& context_;
  repo::Repository& repository_;
  std::vector<PushedRef> refs_;
  KnownCommits known_;
  OutgoingCommits commits_;
  std::map<std::string, std::vector<Digest>> seen_on_;  // by the remote's name
  std::vector<git::PointerBlob> blamed_;
  std::vector<std::size_t> places_;  // of blamed_ among the faults
  std::vector<std::string> advice_;
  PrePushReport report_;
};

}  // namespace

bool PushedRef::deletes() const { return local_id.find_first_not_of('0') == std::string::npos; }

Result<std::vector<PushedRef>> parse_pushed_refs(std::string_view input) {
  std::vector<PushedRef> refs;
  for (const auto line : base::split(input, '\n')) {
    if (line.empty()) continue;
    const auto words = base::split(line, ' ');
    if (words.size() != 4) {
      return Error(Code::kUsage, "`" + base::printable(line) + "` is not a line of git push")
          .hint("`cairn hook pre-push` is run by git: cairn-hooks(1)");
    }
    refs.push_back({std::string(words[0]), std::string(words[1]), std::string(words[2]),
                    std::string(words[3])});
  }
  return refs;
}

std::vector<PushedRef> refs_of_pre_commit(const std::map<std::string, std::string>& variables) {
  const auto value = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  PushedRef ref{value("PRE_COMMIT_LOCAL_BRANCH"), value("PRE_COMMIT_TO_REF"),
                value("PRE_COMMIT_REMOTE_BRANCH"), ""};
  if (ref.local_id.empty()) ref.local_id = ref.local_ref;  // a branch that the other side has not
  if (ref.local_id.empty()) return {};
  return {std::move(ref)};
}

Result<PrePushReport> check_push(const Context& context, repo::Repository& repository,
                                 const std::string& git_remote,
                                 const std::vector<PushedRef>& refs) {
  if (repository.settings().hooks.pre_push == "off") return PrePushReport();
  return PushCheck(context, repository).run(git_remote, refs);
}

}  // namespace cairn::hooks
