// verify: hashes the work tree again, whatever the stamps say, and compares it with the pointers.
#include <algorithm>

#include "base/text.hpp"
#include "repo/below.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/operations.hpp"
#include "repo/outside.hpp"
#include "repo/tree_plan.hpp"
#include "repo/work_tree.hpp"

namespace cairn::repo {

namespace {

// Forgets stamps, so that everything (or a share of it, at even distance) is read; the rest is left
// out of the comparison.
std::vector<bool> choose_sample(const Selected& item, LocalTree& local, double share) {
  std::vector<bool> chosen(local.ids.size());
  double due = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!item.covers(local.full_path(item.tracked.path, i))) continue;
    due += share;
    chosen[i] = due >= 1.0;
    if (!chosen[i]) continue;
    due -= 1.0;
    local.ids[i].reset();
  }
  return chosen;
}

// What the version wants of each node. Made before data is read, as what is wrong with the list is
// told before that, and so that the list need not stand beside the nodes.
class Expectation {
 public:
  Expectation(std::string tracked, const LocalTree& local)
      : tracked_(std::move(tracked)),
        local_(local),
        partial_(!local.cache.exists() || local.cache.partial()),
        of_(local.scan.nodes.size()) {}

  // In order. What is not on disk goes to the report at once.
  void add(const format::ManifestEntry& entry, VerifyReport& report) {
    const auto& nodes = local_.scan.nodes;
    while (node_ < nodes.size() && nodes[node_].path < entry.path) ++node_;
    if (node_ == nodes.size() || nodes[node_].path != entry.path) {
      const bool never_here = partial_ && !local_.cache.knows(entry.path, hint_);
      if (!never_here) note(FileChange::Kind::kRemoved, entry.path, report);
      return;
    }
    of_[node_++] = {node_key(entry), true};
  }

  void compare(const std::vector<bool>& chosen, VerifyReport& report) const {
    const auto& nodes = local_.scan.nodes;
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      if (!of_[n].listed) note(FileChange::Kind::kAdded, nodes[n].path, report);
      if (!of_[n].listed || !chosen[n]) continue;
      ++report.files;
      report.bytes += nodes[n].stat.size;
      if (!same_node(nodes[n], *local_.ids[n], of_[n].key))
        note(FileChange::Kind::kModified, nodes[n].path, report);
    }
  }

 private:
  struct Wanted {
    NodeKey key;
    bool listed = false;
  };

  void note(FileChange::Kind kind, const std::string& inside, VerifyReport& report) const {
    report.wrong.push_back({kind, path_below(tracked_, inside)});
  }

  std::string tracked_;
  const LocalTree& local_;
  bool partial_;
  std::vector<Wanted> of_;  // by node
  std::size_t node_ = 0, hint_ = 0;
};

// False where the list of the version is not here but the ids of its files are: where only the
// files came (pull --no-store).
Result<bool> read_list(const Context& context, Repository& repository, const Selected& item,
                       const LocalTree& local, Expectation& expectation, VerifyReport& report) {
  const auto& tracked = item.tracked;
  PlaceSearch places(item);
  const auto visit = [&](const format::ManifestEntry& entry) -> Status {
    places.look_at(entry.path);
    expectation.add(entry, report);
    return {};
  };
  const auto read = [&]() -> Status {
    CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
    return for_each_entry(tracked.pointer, store::page_fetch(*store), visit);
  };
  const auto before = report.wrong.size();
  const Status done = read();
  if (done.ok()) {
    CAIRN_CHECK(places.verdict());
    return true;
  }
  report.wrong.resize(before);
  const bool noted = local.cache.exists() && local.cache.oid() == tracked.pointer.oid;
  if (noted && done.error().code() == Code::kMissing) return false;
  return not_here(done.error(), tracked.path);
}

// Against the ids that were noted when the files of this version were written.
void compare_with_state(const std::string& tracked, const LocalTree& local,
                        const std::vector<bool>& chosen, VerifyReport& report) {
  const auto path_of = [&](std::string_view inside) { return path_below(tracked, inside); };
  const auto& nodes = local.scan.nodes;
  std::size_t at = 0;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    for (; at < local.cache.size() && local.cache.path(at) < nodes[n].path; ++at)
      report.wrong.push_back({FileChange::Kind::kRemoved, path_of(local.cache.path(at))});
    if (at == local.cache.size() || local.cache.path(at) != nodes[n].path) {
      report.wrong.push_back({FileChange::Kind::kAdded, path_of(nodes[n].path)});
      continue;
    }
    if (chosen[n]) {
      ++report.files;
      report.bytes += nodes[n].stat.size;
      if (*local.ids[n] != local.cache.id(at))
        report.wrong.push_back({FileChange::Kind::kModified, path_of(nodes[n].path)});
    }
    ++at;
  }
  for (; at < local.cache.size(); ++at)
    report.wrong.push_back({FileChange::Kind::kRemoved, path_of(local.cache.path(at))});
}

}  // namespace

Result<VerifyReport> verify(const Context& context, Repository& repository,
                            const std::vector<std::string>& typed, double share) {
  CAIRN_CHECK(require_work_tree(repository));
  CAIRN_TRY(const auto paths, repository.resolve_arguments(typed));
  CAIRN_TRY(const auto tracked, repository.tracked_for(paths));
  CAIRN_TRY(auto selected, select(tracked, paths));
  CAIRN_TRY(const auto outside, OutsidePaths::read(repository));
  CAIRN_TRY(const auto left_out, outside.leave_alone({}, selected));
  for (const auto& path : left_out)
    context.log.note("left out: `" + base::printable(path) +
                     "` stands outside of the work tree, where no pointer is compared with it");
  VerifyReport report;
  for (const auto& item : selected) {
    const auto before = report.wrong.size();
    CAIRN_TRY(auto local, read_local_tree(context, repository, item.tracked.path));
    if (!local.present && !local.cache.exists()) continue;  // never was here
    Expectation expectation(item.tracked.path, local);
    CAIRN_TRY(const bool listed, read_list(context, repository, item, local, expectation, report));
    const auto chosen = choose_sample(item, local, share);
    CAIRN_CHECK(hash_unknown(context, repository, item.tracked.path, local));
    if (listed) {
      expectation.compare(chosen, report);
    } else {
      compare_with_state(item.tracked.path, local, chosen, report);
    }
    const auto elsewhere = [&](const FileChange& wrong) { return !item.covers(wrong.path); };
    report.wrong.erase(std::remove_if(report.wrong.begin() + static_cast<std::ptrdiff_t>(before),
                                      report.wrong.end(), elsewhere),
                       report.wrong.end());
    std::ranges::sort(report.wrong.begin() + static_cast<std::ptrdiff_t>(before),
                      report.wrong.end(), {}, &FileChange::path);
  }
  return report;
}

}  // namespace cairn::repo
