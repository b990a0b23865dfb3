#include <unordered_map>
#include <utility>

#include "sync/remote_table.hpp"
#include "sync/request_counter.hpp"
#include "sync/request_threads.hpp"
#include "sync/transfer.hpp"

namespace cairn::sync {
namespace {

Confirmation negative(std::string why) { return {false, std::move(why)}; }

class Asking {
 public:
  Asking(const Context& context, Remote& remote, const std::string& project, Confirm how)
      : view_(context, remote), project_(project), how_(how) {}

  // All roots are read before the lists of condemned packs, as in the last step of a push: what is
  // condemned later was condemned by a collection that knew these roots.
  Status run(const std::vector<Version>& versions) {
    CAIRN_TRY(ready_, view_.read_config());
    if (!ready_) return {};
    for (const Version& version : versions) {
      const auto closure = version.pointer.closure_id();
      if (closure && answers_.try_emplace(*closure).second) closures_.push_back(*closure);
    }
    CAIRN_CHECK(read_roots());
    if (how_ == Confirm::kMayRelyOn) {
      CAIRN_CHECK(view_.read_condemned());
      CAIRN_CHECK(view_.read_bad());
    }
    return judge_roots();
  }

  [[nodiscard]] Confirmation answer(const Version& version) const {
    const auto closure = version.pointer.closure_id();
    if (!closure) return {true, {}};  // an empty file needs nothing
    if (!ready_) return negative("the remote is empty (no cairn.json)");
    return answers_.at(*closure);
  }

 private:
  Status read_roots() {
    CAIRN_TRY(auto found, sync::read_roots(view_, project_, closures_));
    roots_.resize(closures_.size());
    for (std::size_t i = 0; i < closures_.size(); ++i) {
      if (!found[i].ok()) {
        answers_[closures_[i]] = negative(found[i].error().message());
      } else if (*found[i]) {
        roots_[i] = std::move((*found[i])->root);
      } else {
        answers_[closures_[i]] = negative("no root");
      }
    }
    return {};
  }

  Status judge_roots() {
    std::vector<format::Root> roots;
    std::vector<Digest> closures;
    for (std::size_t i = 0; i < closures_.size(); ++i) {
      if (!roots_[i]) continue;
      roots.push_back(*std::move(roots_[i]));
      closures.push_back(closures_[i]);
    }
    if (roots.empty()) return {};
    CAIRN_CHECK(view_.need_packs());
    const Judge strictness = how_ == Confirm::kMayRelyOn ? Judge::kCounts : Judge::kPresent;
    CAIRN_TRY(auto faults, faults_of_versions(view_, roots, strictness));
    for (std::size_t i = 0; i < roots.size(); ++i) {
      answers_[closures[i]] = faults[i] ? negative(*std::move(faults[i])) : Confirmation{true, {}};
    }
    return {};
  }

  RemoteView view_;
  const std::string& project_;
  const Confirm how_;
  bool ready_ = false;
  std::vector<Digest> closures_;
  std::vector<std::optional<format::Root>> roots_;  // beside closures_
  std::unordered_map<Digest, Confirmation> answers_;
};

}  // namespace

Result<std::vector<Confirmation>> confirm_versions(const Context& context, Remote& remote,
                                                   const std::vector<Version>& versions,
                                                   const std::string& project, Confirm how) {
  RequestCounter counted(remote);
  const RequestThreads threads(context, remote);
  Asking asking(threads.context(), counted, project, how);
  CAIRN_CHECK(asking.run(versions));
  std::vector<Confirmation> out;
  out.reserve(versions.size());
  for (const Version& version : versions) out.push_back(asking.answer(version));
  return out;
}

}  // namespace cairn::sync
