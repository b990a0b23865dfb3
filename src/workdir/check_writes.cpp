// Everything that can be known to go wrong before the first byte of a tree changes.
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <unordered_set>

#include <fcntl.h>
#include <sys/statvfs.h>

#include "base/counted.hpp"
#include "base/cpu_pool.hpp"
#include "base/error_lines.hpp"
#include "base/text.hpp"
#include "workdir/kept_parts.hpp"
#include "workdir/materialise.hpp"
#include "workdir/name_rules.hpp"
#include "workdir/tree_open.hpp"
#include "workdir/write_note.hpp"

namespace cairn::workdir {
namespace {

constexpr std::size_t kItemsPerJob = 1024;
constexpr std::size_t kListedFaults = 1000;
constexpr std::size_t kListedMissing = 10;  // one fetch brings them all

// Faults of one kind: a code, a headline, and a line for each thing.
struct FaultGroup {
  Code code = Code::kInternal;
  std::string headline;
  std::vector<std::string> lines;
  std::size_t most_listed = kListedFaults;
};

class WriteCheck {
 public:
  // Without a store the data is somebody else's to check, and all new files stand beside the old
  // ones before the first of them is replaced.
  WriteCheck(const Context& context, const store::Store* store, const TreeRoot& root,
             std::vector<const WriteItem*> items, const std::string& notes)
      : context_(context), store_(store), root_(root), items_(std::move(items)), notes_(notes) {}

  Status run() {
    if (store_) CAIRN_CHECK(check_chunks());
    CAIRN_CHECK(check_space());
    CAIRN_CHECK(check_names());
    check_parents();
    return verdict();
  }

 private:
  Status check_chunks() {
    std::vector<std::string> lines(
        items_.size());  // by item, so that their order does not depend on threads
    const std::size_t jobs = (items_.size() + kItemsPerJob - 1) / kItemsPerJob;
    CAIRN_CHECK(base::parallel_for(context_, jobs, [&](std::size_t job) -> Status {
      const std::size_t last = std::min((job + 1) * kItemsPerJob, items_.size());
      for (std::size_t i = job * kItemsPerJob; i < last; ++i) {
        CAIRN_TRY(lines[i], missing_of(*items_[i]));
      }
      return {};
    }));
    std::erase(lines, std::string());
    if (lines.empty()) return {};
    const auto headline =
        fmt::format("data of {} is not in the store", base::counted(lines.size(), "file"));
    add_group(Code::kMissing, headline, std::move(lines)).most_listed = kListedMissing;
    return {};
  }

  // What is missing of one item, in words; empty when all is there.
  Result<std::string> missing_of(const WriteItem& item) const {
    std::uint64_t missing = 0;
    ChunkId first;
    const auto look = [&](const format::ChunkRef& chunk) -> Status {
      if (!store_->has(chunk.id) && missing++ == 0) first = chunk.id;
      return {};
    };
    const bool needs_pages = item.entry.has_recipe;
    Status status = for_each_chunk(
        item.entry, needs_pages ? store::page_fetch(*store_) : format::PageFetch(), look);
    if (status.ok() && missing == 0) return std::string();
    const std::string name = fmt::format("`{}`", base::printable(item.path));
    if (!status.ok() && status.error().code() == Code::kMissing)
      return name + ": its chunk list is missing";
    if (!status.ok()) return std::move(status).error().with("checking " + name);
    if (missing == 1) return fmt::format("{}: chunk {}", name, first.short_hex());
    return fmt::format("{}: {} chunks, the first {}", name, missing, first.short_hex());
  }

  Status check_space() {
    struct ::statvfs info {};
    if (::fstatvfs(root_.fd().get(), &info) != 0)
      return base::errno_error("stat", root_.directory(), errno);
    const std::uint64_t free_bytes = std::uint64_t{info.f_bavail} * info.f_frsize;
    std::uint64_t needed = 0;
    for (const WriteItem* item : items_) needed += item->entry.size_bytes;
    if (needed <= free_bytes) return {};
    // Files are replaced one by one, each beside the old one; or a part of them is there already.
    CAIRN_TRY(const std::uint64_t freed, store_ ? replaced_bytes() : kept_bytes());
    if (needed <= free_bytes + freed) return {};
    add_group(Code::kNoSpace,
              fmt::format("not enough space in `{}`: {} needed, {} free", root_.directory(),
                          base::human_bytes(needed - freed), base::human_bytes(free_bytes)),
              {});
    return {};
  }

  Result<std::uint64_t> replaced_bytes() const {
    std::uint64_t total = 0;
    for (const WriteItem* item : items_) {
      const auto info = root_.lstat(item->path);
      if (info.ok() && info.value() && S_ISREG((*info)->st_mode))
        total += static_cast<std::uint64_t>((*info)->st_size);
    }
    return total;
  }

  Result<std::uint64_t> kept_bytes() const {
    std::uint64_t total = 0;
    for (const WriteItem* item : items_) total += detail::part_bytes(root_, *item);
    return total;
  }

  Status check_names() {
    TempNames names(context_.entropy);
    CAIRN_TRY(const auto note,
              detail::WriteNote::begin(root_, notes_, names, std::set<std::string_view>{""}));
    CAIRN_TRY(const detail::NameRules rules, detail::probe_name_rules(root_, names));
    std::vector<std::string_view> paths;
    paths.reserve(items_.size());
    for (const WriteItem* item : items_) paths.push_back(item->path);
    auto lines = detail::name_faults(paths, rules);
    if (lines.empty()) return {};
    const auto headline = fmt::format("{} names cannot be written here", lines.size());
    add_group(Code::kConflict, headline, std::move(lines));
    return {};
  }

  // A link among the parents would lead writing elsewhere. A file there is the caller's to remove.
  void check_parents() {
    std::unordered_set<std::string> seen;
    std::vector<std::string> lines;
    for (const WriteItem* item : items_) {
      const std::string parent = base::parent_of(item->path);
      if (parent.empty() || !detail::is_plain_path(parent) || !seen.insert(parent).second) continue;
      if (detail::open_beneath(root_.fd().get(), parent, O_PATH | O_DIRECTORY | O_NOFOLLOW).valid())
        continue;
      if (errno == ELOOP) lines.push_back(fmt::format("`{}`", base::printable(parent)));
    }
    if (lines.empty()) return;
    add_group(Code::kConflict, "a symbolic link stands where a folder is needed", std::move(lines));
  }

  FaultGroup& add_group(Code code, const std::string& headline, std::vector<std::string> lines) {
    FaultGroup& group = groups_.emplace_back();
    group.code = code;
    group.headline = headline;
    group.lines = std::move(lines);
    return group;
  }

  Status verdict() {
    if (groups_.empty()) return {};
    Error error(groups_.front().code, groups_.front().headline);
    for (const FaultGroup& group : groups_) {
      if (&group != &groups_.front()) base::add_detail(error, group.headline);
      const std::size_t listed = std::min(group.lines.size(), group.most_listed);
      for (std::size_t i = 0; i < listed; ++i) base::add_detail(error, group.lines[i]);
      if (listed < group.lines.size()) {
        base::add_detail(error, "and " + base::human_count(group.lines.size() - listed) + " more");
      }
    }
    return error;
  }

  const Context& context_;
  const store::Store* store_;
  const TreeRoot& root_;
  const std::vector<const WriteItem*> items_;
  const std::string& notes_;
  std::vector<FaultGroup> groups_;
};

}  // namespace

std::vector<const WriteItem*> pointers_to(const std::vector<WriteItem>& items) {
  std::vector<const WriteItem*> out;
  out.reserve(items.size());
  for (const WriteItem& item : items) out.push_back(&item);
  return out;
}

Status check_writes(const Context& context, const store::Store& store, const TreeRoot& root,
                    const std::vector<const WriteItem*>& items, const std::string& notes) {
  if (items.empty()) return {};
  return WriteCheck(context, &store, root, items, notes.empty() ? root.directory() : notes).run();
}

Status check_places(const Context& context, const TreeRoot& root,
                    const std::vector<const WriteItem*>& items, const std::string& notes) {
  if (items.empty()) return {};
  return WriteCheck(context, nullptr, root, items, notes.empty() ? root.directory() : notes).run();
}

}  // namespace cairn::workdir
