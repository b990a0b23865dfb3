// check: the gate before a commit and before a merge. Pointers come from git objects, the answer
// from the remote itself.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "format/limits.hpp"
#include "repo/operations.hpp"
#include "repo/push_policy.hpp"
#include "repo/versions.hpp"
#include "sync/gaps.hpp"
#include "sync/transfer.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxNamed = 1000;  // faults whose commits are looked up

// A pointer as git holds it. Nothing to ask for where it is not valid.
struct Named {
  git::PointerBlob blob;
  Tracked tracked;
};

class Check {
 public:
  Check(const Context& context, Repository& repository, const CheckOptions& options)
      : context_(context), repository_(repository), options_(options) {}

  Result<CheckReport> run() {
    CAIRN_TRY(range_, wanted_range());
    CAIRN_TRY(const auto blobs, options_.pushed ? pointers_of_range() : pointers_at_hand());
    CAIRN_CHECK(read(blobs));
    report_.versions = named_.size();
    list_paths();
    CAIRN_TRY(const auto open, options_.pushed ? everything() : not_here());
    CAIRN_CHECK(ask(open));
    CAIRN_CHECK(name_commits());
    return std::move(report_);
  }

 private:
  // One revision is that commit alone, so that the answer does not depend on how deep the clone is.
  Result<std::vector<std::string>> wanted_range() const {
    const auto revision = options_.range.empty() ? std::string("HEAD") : options_.range;
    if (options_.range.find("..") != std::string::npos)
      return std::vector<std::string>{options_.range};
    if (!options_.pushed) {
      CAIRN_TRY(const auto head, repository_.git().head());
      return head ? std::vector<std::string>{head->id + "^!"} : std::vector<std::string>{};
    }
    CAIRN_TRY(const auto commit, repository_.git().resolve_commit(revision));
    return std::vector<std::string>{commit + "^!"};
  }

  Result<std::vector<git::PointerBlob>> pointers_of_range() {
    return repository_.git().pointers_in_history(range_, &report_.commits);
  }

  Result<std::vector<git::PointerBlob>> pointers_at_hand() {
    CAIRN_TRY(auto blobs, repository_.git().pointers_in_index());
    if (range_.empty()) return blobs;
    CAIRN_TRY(const auto committed, repository_.git().pointers_in_history(range_));
    report_.commits = 1;
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& blob : blobs) seen.emplace(blob.path, blob.blob);
    for (const auto& blob : committed) {
      if (seen.emplace(blob.path, blob.blob).second) blobs.push_back(blob);
    }
    return blobs;
  }

  Status read(const std::vector<git::PointerBlob>& blobs) {
    std::vector<std::string> ids;
    ids.reserve(blobs.size());
    for (const auto& blob : blobs) ids.push_back(blob.blob);
    CAIRN_TRY(const auto texts, repository_.git().read_blobs(ids, format::kMaxPointerBytes));
    for (std::size_t i = 0; i < blobs.size(); ++i) {
      const auto path = path_of_pointer(blobs[i].path);
      auto parsed = format::decode_pointer(texts[i]);
      if (parsed) {
        named_.push_back({blobs[i], {path, std::move(parsed->pointer)}});
      } else {
        add_fault(blobs[i],
                  {path, "", "the pointer is not valid: " + parsed.error().message(), "", {}});
      }
    }
    return {};
  }

  void list_paths() {
    std::set<std::string> paths;
    for (const auto& item : named_) paths.insert(item.tracked.path);
    for (const auto& fault : report_.faults) paths.insert(fault.path);
    report_.paths.assign(paths.begin(), paths.end());
  }

  Result<std::vector<std::size_t>> everything() const {
    std::vector<std::size_t> all(named_.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
  }

  Result<std::vector<std::size_t>> not_here() {
    auto store = repository_.store(context_, store::Store::Access::kRead);
    if (!store && store.error().code() != Code::kMissing) return std::move(store).error();
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < named_.size(); ++i) {
      if (store) {
        CAIRN_TRY(const auto gaps,
                  sync::find_gaps(**store, plain_version(named_[i].tracked), {}, 1));
        if (gaps.none()) continue;
      }
      if (named_[i].tracked.pointer.closure_id()) out.push_back(i);
    }
    return out;
  }

  Status ask(const std::vector<std::size_t>& open) {
    if (open.empty()) return {};
    CAIRN_TRY(const auto groups, by_remote(open));
    for (const auto& [name, members] : groups) {
      const auto setting = repository_.remote_setting(name);
      if (!setting && (options_.pushed || !name.empty())) return setting.error();
      if (setting) {
        CAIRN_CHECK(ask_remote(*setting, members));
        continue;
      }
      for (const auto i : members)
        add_missing(i, "its data is not in this clone, and no remote is set up", "");
    }
    return {};
  }

  // Which remote has to answer for what: the one asked for, else the one that a policy names, else
  // the default one. What may not go there is not demanded of a push; what is neither here nor
  // allowed anywhere is missing all the same.
  Result<std::map<std::string, std::vector<std::size_t>>> by_remote(
      const std::vector<std::size_t>& open) {
    std::map<std::string, std::vector<std::size_t>> groups;
    const PushPolicy policy(repository_.settings());
    auto store = policy.empty() ? Result<store::Store*>(nullptr)
                                : repository_.store(context_, store::Store::Access::kRead);
    if (!store && store.error().code() != Code::kMissing) return std::move(store).error();
    for (const auto i : open) {
      CAIRN_TRY(const auto bound, policy.of(named_[i].tracked, store ? *store : nullptr));
      const bool elsewhere =
          bound.bound &&
          (bound.remote.empty() || (!options_.remote.empty() && bound.remote != options_.remote));
      if (elsewhere && options_.pushed) {
        ++report_.bound;
      } else if (elsewhere) {
        add_missing(i,
                    "its data is not in this clone, and `" + bound.pattern +
                        "` in .cairn/config keeps it from there",
                    options_.remote);
      } else {
        groups[bound.bound ? bound.remote : options_.remote].push_back(i);
      }
    }
    return groups;
  }

  Status ask_remote(const config::RemoteSetting& setting, const std::vector<std::size_t>& open) {
    CAIRN_TRY(const auto remote, repository_.open_remote(setting));
    report_.remotes.push_back(setting.name);
    std::vector<sync::Version> versions;
    for (const auto i : open) versions.push_back(plain_version(named_[i].tracked));
    CAIRN_TRY(const auto answers,
              sync::confirm_versions(context_, *remote, versions, repository_.settings().project));
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (!answers[i].complete) add_missing(open[i], answers[i].why, setting.name);
    }
    return {};
  }

  void add_missing(std::size_t index, const std::string& why, const std::string& remote) {
    const auto& item = named_[index];
    add_fault(item.blob, {item.tracked.path, item.tracked.pointer.oid.hex(), why, remote, {}});
  }
  void add_fault(const git::PointerBlob& blob, CheckReport::Fault fault) {
    report_.faults.push_back(std::move(fault));
    blobs_of_faults_.push_back(blob);
  }

  Status name_commits() {
    if (range_.empty() || blobs_of_faults_.empty()) return {};
    if (blobs_of_faults_.size() > kMaxNamed) blobs_of_faults_.resize(kMaxNamed);
    CAIRN_TRY(const auto commits, repository_.git().introductions(range_, blobs_of_faults_));
    for (std::size_t i = 0; i < commits.size(); ++i) {
      if (commits[i]) report_.faults[i].commits.push_back(*commits[i]);
    }
    return {};
  }

  const Context& context_;
  Repository& repository_;
  const CheckOptions& options_;
  std::vector<std::string> range_;
  std::vector<Named> named_;
  std::vector<git::PointerBlob> blobs_of_faults_;  // beside report_.faults
  CheckReport report_;
};

}  // namespace

Result<CheckReport> check(const Context& context, Repository& repository,
                          const CheckOptions& options) {
  return Check(context, repository, options).run();
}

}  // namespace cairn::repo
