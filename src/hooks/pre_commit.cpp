#include "hooks/pre_commit.hpp"

#include <algorithm>

#include "base/cpu_pool.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "format/limits.hpp"
#include "git/pointer_listing.hpp"
#include "hooks/data_checks.hpp"
#include "hooks/inherited.hpp"
#include "hooks/secrets.hpp"
#include "hooks/unsafe_files.hpp"
#include "repo/status_of.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "store/chunk_reader.hpp"
#include "sync/gaps.hpp"

namespace cairn::hooks {

namespace {

using Entries = std::vector<git::GitRepo::StagedEntry>;

constexpr std::string_view kCommitted[] = {".cairn/config", ".cairn/sources"};
constexpr std::size_t kMaxConfigBytes = std::size_t{1} << 20;

bool is_pointer(const git::GitRepo::StagedEntry& entry) {
  return git::is_pointer(entry.mode, entry.path);
}

// A staged pointer with its text; one too large for a pointer has none.
struct Staged {
  const git::GitRepo::StagedEntry* entry;
  std::string text;
  Result<format::ParsedPointer> parsed;
  bool harmless = false;  // all names of its version were seen: no file of it is worth a look
};

// A staged version whose pointer is as it should be.
struct Version {
  Staged* staged;
  repo::Tracked tracked;
  bool elsewhere = false;  // nothing of it is needed here
  sync::Gaps gaps = {};    // of all of it in the local store
};

class CommitCheck {
 public:
  CommitCheck(const Context& context, repo::Repository& repository)
      : context_(context), repository_(repository), parents_(repository) {}

  Result<std::vector<Fault>> run(const std::vector<Check>& checks) {
    const auto wanted = [&](Check check) { return std::ranges::count(checks, check) != 0; };
    CAIRN_CHECK(read_pointers());
    if (wanted(Check::kLargeFiles)) look_for_large_files();
    std::vector<Fault> changed;
    CAIRN_CHECK(read_lists_and_tree(wanted(Check::kPointers), wanted(Check::kFresh), changed));
    if (wanted(Check::kPointers)) CAIRN_CHECK(look_at_pointers());
    if (wanted(Check::kBudget)) CAIRN_CHECK(look_into_data(&check_budget, readable_pointers(true)));
    if (wanted(Check::kSafeModels))
      CAIRN_CHECK(look_into_data(&check_models, readable_pointers(false)));
    if (wanted(Check::kNoSecrets)) CAIRN_CHECK(look_for_secrets());
    std::ranges::move(changed, std::back_inserter(faults_));
    return std::move(faults_);
  }

 private:
  Fault& add(const std::string& path, std::string what) {
    faults_.push_back({path, std::move(what), {}, false});
    return faults_.back();
  }

  // A pointer whose file is as small as pointers are. What is staged may be another text, so its
  // size is only likely.
  [[nodiscard]] bool is_small_here(const git::GitRepo::StagedEntry& entry) const {
    if (!is_pointer(entry)) return false;
    const auto found = repository_.tree().lstat(entry.path);
    return found && *found && (*found)->st_size <= off_t{format::kMaxPointerBytes};
  }

  // Two questions to git where all is as it should be.
  Status read_pointers() {
    repository_.git().keep_index_listing();
    const auto unsure = [&](const auto& entry) { return !is_small_here(entry); };
    CAIRN_TRY(entries_, repository_.git().staged_entries(unsure));
    if (read_texts(true)) return {};
    // A large blob stands for a small file, or what HEAD has cannot be read.
    CAIRN_TRY(entries_, repository_.git().staged_entries());
    return read_texts(false);
  }

  Status read_texts(bool with_head) {
    const auto fits = [](const auto& entry) {
      return entry.size_bytes <= format::kMaxPointerBytes;
    };
    std::vector<std::string> blobs;
    for (const auto& entry : entries_) {
      if (is_pointer(entry) && fits(entry)) blobs.push_back(entry.blob);
    }
    std::size_t next = 0, next_of_head = blobs.size();
    for (const auto& entry : entries_) {
      if (with_head && is_pointer(entry) && !entry.head_blob.empty())
        blobs.push_back(entry.head_blob);
    }
    CAIRN_TRY(auto texts, repository_.git().read_blobs(blobs, format::kMaxPointerBytes));
    std::vector<repo::Tracked> in_head;
    for (auto& entry : entries_) {
      if (!is_pointer(entry)) continue;
      std::string text = fits(entry) ? std::move(texts[next++]) : "";
      if (fits(entry)) entry.size_bytes = text.size();
      auto parsed = format::decode_pointer(text);
      pointers_.push_back({&entry, std::move(text), std::move(parsed)});
      if (!with_head || entry.head_blob.empty()) continue;
      auto before = format::decode_pointer(texts[next_of_head++]);
      if (before)
        in_head.push_back({repo::path_of_pointer(entry.path), std::move(before->pointer)});
    }
    if (with_head) parents_.know_head(std::move(in_head));
    return {};
  }

  void look_for_large_files() {
    const auto limit = repository_.settings().hooks.max_blob_bytes;
    if (limit == 0) return;
    for (const auto& entry : entries_) {
      if (!entry.mode.starts_with("100") || entry.size_bytes <= limit) continue;
      auto& fault = add(entry.path, "is " + base::human_bytes(entry.size_bytes) +
                                        ", more than cairn.max-blob (" + base::human_bytes(limit) +
                                        "); git would keep it for ever");
      fault.hints = {"cairn add --git-rm " + base::shell_word(entry.path),
                     "git config cairn.max-blob 0  # lets every size in"};
    }
  }

  // The two long looks of a commit, each at every file of what is staged: at the lists in the store
  // and at the work tree. They go on side by side; only the second one asks git.
  Status read_lists_and_tree(bool lists, bool tree, std::vector<Fault>& changed) {
    if (lists) {
      for (auto& pointer : pointers_) {
        if (auto tracked = valid_pointer(pointer))
          valid_.push_back({&pointer, *std::move(tracked)});
      }
      CAIRN_CHECK(open_store());
    }
    const auto look = [&](std::size_t i) {
      if (i == 0) return tree ? look_at_data(changed) : Status();
      return lists ? look_for_gaps() : Status();
    };
    return base::parallel_for(context_, 2, look);
  }

  Status open_store() {
    if (valid_.empty()) return {};
    auto store = repository_.store(context_, store::Store::Access::kRead);
    if (!store && store.error().code() != Code::kMissing) return std::move(store).error();
    if (store) store_ = *store;
    CAIRN_TRY(const auto pushed, repo::pushed_anywhere(repository_));
    for (auto& version : valid_) {
      const auto id = version.tracked.pointer.closure_id();
      version.elsewhere = !id || pushed.contains(*id);
    }
    return {};
  }

  Status look_for_gaps() {
    for (auto& version : valid_) {
      if (!store_ || version.elsewhere) continue;
      bool harmless = true;
      const auto every = [&](std::string_view path) {
        harmless = harmless && !may_run_code(path);
        return true;
      };
      const auto plain = repo::plain_version(version.tracked);
      CAIRN_TRY(version.gaps, sync::find_gaps(*store_, plain, every, 1));
      version.staged->harmless = harmless && version.gaps.none();
    }
    return {};
  }

  Status look_at_pointers() {
    CAIRN_CHECK(look_for_data());
    CAIRN_CHECK(look_at_ignores());
    return look_for_twins();
  }

  std::optional<repo::Tracked> valid_pointer(const Staged& pointer) {
    const auto& path = pointer.entry->path;
    const auto back = "cairn add " + base::shell_word(repo::path_of_pointer(path));
    if (pointer.text.empty()) {
      add(path, pointer.entry->size_bytes == 0 ? "is empty, which no pointer is"
                                               : "is larger than a pointer may be")
          .hints = {back};
      return std::nullopt;
    }
    const auto& parsed = pointer.parsed;
    if (!parsed) {
      const bool marks = parsed.error().code() == Code::kConflict;
      add(path, "is not a valid pointer: " + parsed.error().message()).hints = {
          marks ? "git checkout --merge -- " + base::shell_word(path) + " && cairn merge " +
                      base::shell_word(path)
                : back};
      return std::nullopt;
    }
    if (parsed->had_crlf || format::encode_pointer(parsed->pointer) != pointer.text) {
      add(path, "is not written as cairn writes it (line ends, order of keys)").hints = {
          "git add --renormalize " + base::shell_word(path), back};
      return std::nullopt;
    }
    return repo::Tracked{repo::path_of_pointer(path), parsed->pointer};
  }

  // Of the others kPointers tells.
  [[nodiscard]] std::vector<repo::Tracked> readable_pointers(bool harmless_too) const {
    std::vector<repo::Tracked> staged;
    for (const auto& pointer : pointers_) {
      if (pointer.parsed && (harmless_too || !pointer.harmless))
        staged.push_back({repo::path_of_pointer(pointer.entry->path), pointer.parsed->pointer});
    }
    return staged;
  }

  Status look_into_data(decltype(&check_budget) check, const std::vector<repo::Tracked>& staged) {
    CAIRN_TRY(auto found, check(context_, repository_, parents_, staged));
    std::ranges::move(found, std::back_inserter(faults_));
    return {};
  }

  // Complete in the local store, or seen complete on a remote when data was last exchanged.
  Status look_for_data() {
    for (auto& [staged, item, elsewhere, gaps] : valid_) {
      if (elsewhere || (store_ && gaps.none())) continue;
      if (store_) {
        CAIRN_TRY(const auto brought,
                  files_not_inherited(parents_, item, store::page_fetch(*store_)));
        CAIRN_TRY(gaps, sync::find_gaps(*store_, repo::plain_version(item), brought, 1));
        if (gaps.none()) continue;
      }
      std::string what = "its data is neither in this clone nor known to be on a remote";
      if (!gaps.files.empty()) what += " (first: " + base::printable(gaps.files.front()) + ")";
      add(repo::pointer_path(item.path), what).hints = {
          "cairn add " + base::shell_word(item.path) + "  # where the data is here",
          "cairn pull " + base::shell_word(item.path)};
    }
    return {};
  }

  Status look_at_ignores() {
    std::vector<std::string> paths;
    for (const auto& version : valid_) {
      if (git::is_of_tree(version.tracked.path)) paths.push_back(version.tracked.path);
    }
    CAIRN_TRY(const auto ignored, repository_.git().ignored_paths(paths));
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (ignored[i]) continue;
      CAIRN_TRY(const auto here, repository_.tree().lstat(paths[i]));
      const auto add_line = "cairn add " + base::shell_word(paths[i]);
      add(paths[i], "is not in a .gitignore: git would take the data itself next time").hints = {
          here ? add_line : "cairn checkout " + base::shell_word(paths[i]) + " && " + add_line};
    }
    return {};
  }

  // Data that git is about to track beside its pointer.
  Status look_for_twins() {
    const auto plain = [](const auto& entry) {
      return !entry.blob.empty() && !is_pointer(entry) && entry.head_blob.empty();
    };
    if (std::ranges::none_of(entries_, plain)) return {};
    CAIRN_TRY(const auto listed, repository_.git().pointers_in_index());
    std::vector<std::string> tracked;
    for (const auto& blob : listed) tracked.push_back(repo::path_of_pointer(blob.path));
    std::ranges::sort(tracked);
    for (const auto& entry : entries_) {
      if (!plain(entry)) continue;
      const auto owner = owner_of(tracked, entry.path);
      if (owner.empty()) continue;
      add(entry.path, "is data of `" + base::printable(owner) + "`, which cairn tracks").hints = {
          "git rm -q --cached -- " + base::shell_word(entry.path)};
    }
    return {};
  }

  static std::string owner_of(const std::vector<std::string>& tracked, std::string path) {
    while (!path.empty()) {
      if (std::ranges::binary_search(tracked, path)) return path;
      const auto cut = path.rfind('/');
      path.resize(cut == std::string::npos ? 0 : cut);
    }
    return path;
  }

  Status look_for_secrets() {
    for (const auto& pointer : pointers_) report_secrets(pointer.entry->path, pointer.text);
    for (const auto& entry : entries_) {
      if (std::ranges::find(kCommitted, entry.path) == std::end(kCommitted) || entry.blob.empty())
        continue;
      CAIRN_TRY(const auto texts, repository_.git().read_blobs({entry.blob}, kMaxConfigBytes));
      report_secrets(entry.path, texts.front());
    }
    return {};
  }

  void report_secrets(const std::string& path, const std::string& text) {
    for (const auto& secret : find_secrets(text)) {
      add(path, "line " + std::to_string(secret.line) + " holds " + secret.kind +
                    ", which everyone with a clone could use")
          .hints = {
          "take it out and change it; credentials belong to the environment or "
          "~/.aws, cairn-s3(7)"};
    }
  }

  Status look_at_data(std::vector<Fault>& changed) {
    const auto& policy = repository_.settings().hooks.modified;
    if (policy == "off") return {};
    CAIRN_TRY(const auto compared, paths_to_compare());
    if (compared.empty()) return {};
    CAIRN_TRY(const auto report, repo::status_of(context_, repository_, compared));
    for (const auto& path : report.paths) {
      if (path.state != repo::PathState::kModified) continue;
      const auto count = path.added + path.modified + path.removed;
      std::string what = "was changed without `cairn add`";
      if (count > 0)
        what += " (" + base::human_count(path.added) + " added, " +
                base::human_count(path.modified) + " modified, " + base::human_count(path.removed) +
                " removed)";
      changed.push_back({path.path,
                         what + ": the pointer names the old data",
                         {"cairn add -u",
                          "git config cairn.modified warn  # if commits go on beside such changes"},
                         policy == "warn"});
    }
    return {};
  }

  // What is checked out here. Looking at every file of a large tree takes time, so a commit that
  // stages no pointer is spared it.
  Result<std::vector<repo::Tracked>> paths_to_compare() {
    const bool spared = pointers_.empty();
    std::vector<repo::Tracked> compared;
    if (spared) {
      std::vector<std::string> conflicts;
      CAIRN_TRY(const auto listed, repository_.git().pointers_in_index(&conflicts));
      if (listed.size() > kQuickPaths) return compared;
    }
    std::vector<std::pair<std::string, Error>> faults;
    CAIRN_TRY(auto tracked, repository_.tracked(&faults));
    std::uint64_t files = 0;
    for (auto& item : tracked) {
      CAIRN_TRY(const auto known,
                workdir::StatCache::load(repository_.state_directory(), item.path));
      if (!known.exists()) continue;
      files += known.size();
      compared.push_back(std::move(item));
    }
    if (spared && files > kQuickFiles) compared.clear();
    return compared;
  }

  const Context& context_;
  repo::Repository& repository_;
  Parents parents_;
  Entries entries_;
  std::vector<Staged> pointers_;
  std::vector<Version> valid_;
  const store::Store* store_ = nullptr;
  std::vector<Fault> faults_;
};

}  // namespace

const char* name_of(Check check) {
  switch (check) {
    case Check::kLargeFiles:
      return "large-files";
    case Check::kPointers:
      return "pointers";
    case Check::kFresh:
      return "fresh";
    case Check::kNoSecrets:
      return "no-secrets";
    case Check::kBudget:
      return "budget";
    case Check::kSafeModels:
      break;
  }
  return "safe-models";
}

Result<std::vector<Fault>> check_commit(const Context& context, repo::Repository& repository,
                                        const std::vector<Check>& checks) {
  return CommitCheck(context, repository).run(checks);
}

}  // namespace cairn::hooks
