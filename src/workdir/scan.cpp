// Level by level: the folders of one level are listed in parallel, a bounded number at a time
// because each holds a descriptor until its files are stat'ed. Large folders are stat'ed in
// parallel too.
#include "workdir/scan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include <dirent.h>
#include <fcntl.h>

#include "base/cpu_pool.hpp"
#include "workdir/temp_name.hpp"

namespace cairn::workdir {
namespace {

constexpr std::size_t kFoldersAtOnce = 256;  // descriptors held at a time
constexpr std::size_t kStatsPerJob = 2048;
constexpr std::size_t kMaxIgnoreFileBytes = std::size_t{1} << 20;
constexpr std::string_view kIgnoreFileName = ".cairnignore";

struct ScanEntry {
  std::string name;
  unsigned char type = DT_UNKNOWN;  // DT_UNKNOWN after stat: vanished meanwhile
  StatKey stat;
  std::size_t child = 0;  // of a folder: its index in Scanner::folders_
};

struct ScanFolder {
  std::string path;  // relative to the scanned folder; "" is itself
  base::Fd fd;       // while its files are stat'ed
  std::vector<ScanEntry> entries;
  std::shared_ptr<const PatternList> rules;
  bool nested_git = false;
  bool vanished = false;
};

struct CloseScanStream {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

std::string below(std::string_view folder, std::string_view name) {
  std::string path;
  path.reserve(folder.size() + 1 + name.size());
  path.append(folder);
  if (!folder.empty()) path += '/';
  return path.append(name);
}

bool is_builtin_ignored(std::string_view name) {
  return name.starts_with(".nfs") || name == ".snapshot" || name == "lost+found" ||
         name == ".DS_Store";
}

unsigned char type_of_mode(mode_t mode) { return static_cast<unsigned char>(IFTODT(mode)); }

// The text of a file that is open for reading.
Result<std::string> read_ignore_text(const base::Fd& fd, const std::string& path) {
  struct ::stat info {};
  if (::fstat(fd.get(), &info) != 0) return base::errno_error("stat", path, errno);
  if (static_cast<std::uint64_t>(info.st_size) > kMaxIgnoreFileBytes) {
    return Error(Code::kConflict,
                 fmt::format("`{}` is larger than the 1 MiB of an ignore file", path))
        .slug("ignore-file");
  }
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  CAIRN_CHECK(
      base::pread_exact(fd, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()}, 0, path));
  return text;
}

// Nothing when there is none; like git, a link or anything but a file counts as none.
Result<std::optional<std::string>> ignore_text_in(const TreeRoot& root, const std::string& folder) {
  const std::string path = below(folder, kIgnoreFileName);
  auto fd = root.open_read(path);
  if (!fd.ok()) {
    const Code code = fd.error().code();
    if (code == Code::kNotFound || code == Code::kConflict) return std::optional<std::string>();
    return std::move(fd).error();
  }
  CAIRN_TRY(std::string text, read_ignore_text(*fd, path));
  return std::optional<std::string>(std::move(text));
}

// Sorting 100,000 names with a common start compares mostly that start: compare eight bytes after
// it first.
class NameOrder {
 public:
  explicit NameOrder(std::vector<std::string>& names) : names_(names) {
    if (names.empty()) return;
    common_ = names.front().size();
    for (const std::string& name : names) {
      const auto limit = std::min(common_, name.size());
      common_ = static_cast<std::size_t>(
          std::mismatch(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(limit),
                        names.front().begin())
              .first -
          name.begin());
    }
  }
  [[nodiscard]] std::vector<std::uint32_t> sorted() const {
    std::vector<Key> keys(names_.size());
    for (std::uint32_t i = 0; i < keys.size(); ++i) keys[i] = {word_of(names_[i]), i};
    std::sort(keys.begin(), keys.end(), [this](const Key& a, const Key& b) {
      return a.word != b.word ? a.word < b.word : names_[a.index] < names_[b.index];
    });
    std::vector<std::uint32_t> order(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) order[i] = keys[i].index;
    return order;
  }

 private:
  struct Key {
    std::uint64_t word;
    std::uint32_t index;
  };
  [[nodiscard]] std::uint64_t word_of(const std::string& name) const {
    std::uint64_t word = 0;
    for (std::size_t i = common_; i < common_ + sizeof word; ++i) {
      word = word << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0U);
    }
    return word;
  }
  std::vector<std::string>& names_;
  std::size_t common_ = 0;
};

class Scanner {
 public:
  Scanner(const Context& context, const TreeRoot& root, const std::string& folder,
          const std::string& left_out)
      : context_(context), root_(root), top_(folder), left_out_(left_out) {}

  Result<ScanResult> run(const PatternList& ignore) {
    folders_.emplace_back();
    folders_.front().rules = std::make_shared<const PatternList>(ignore);
    for (std::size_t first = 0; first < folders_.size();) {
      const std::size_t count = std::min(kFoldersAtOnce, folders_.size() - first);
      CAIRN_CHECK(scan_folders(first, count));
      for (std::size_t i = first; i < first + count; ++i) add_children(i);
      first += count;
    }
    if (folders_.front().vanished) return base::errno_error("open directory", top_, ENOENT);
    ScanResult result;
    std::size_t entries = 0;
    for (const ScanFolder& found : folders_) entries += found.entries.size();
    result.nodes.reserve(entries);  // of a million, growing would hold half of them twice
    collect(0, result);
    std::sort(result.special.begin(), result.special.end());
    std::sort(result.nested_git.begin(), result.nested_git.end());
    return result;
  }

 private:
  struct StatJob {
    std::size_t folder = 0, first = 0, last = 0;
  };

  Status scan_folders(std::size_t first, std::size_t count) {
    CAIRN_CHECK(base::parallel_for(context_, count,
                                   [&](std::size_t i) { return list(folders_[first + i]); }));
    std::vector<StatJob> jobs;
    for (std::size_t i = first; i < first + count; ++i) {
      const std::size_t entries = folders_[i].entries.size();
      for (std::size_t at = 0; at < entries; at += kStatsPerJob) {
        jobs.push_back({i, at, std::min(at + kStatsPerJob, entries)});
      }
    }
    CAIRN_CHECK(base::parallel_for(context_, jobs.size(),
                                   [&](std::size_t i) { return stat_entries(jobs[i]); }));
    for (std::size_t i = first; i < first + count; ++i) folders_[i].fd.reset();
    return {};
  }

  // Fills the entries that are not ignored; types are as the directory says.
  Status list(ScanFolder& folder) {
    auto fd = root_.open_directory(below_top(folder.path));
    if (!fd.ok() && fd.error().code() == Code::kNotFound) {
      folder.vanished = true;
      return {};
    }
    if (!fd.ok()) return std::move(fd).error();
    folder.fd = *std::move(fd);
    CAIRN_CHECK(read_names(folder));
    CAIRN_CHECK(apply_ignore_file(folder));
    std::erase_if(folder.entries,
                  [&](const ScanEntry& entry) { return is_ignored(folder, entry); });
    return {};
  }

  Status read_names(ScanFolder& folder) {
    // The stream owns, and closes, its own descriptor.
    base::Fd copy(::fcntl(folder.fd.get(), F_DUPFD_CLOEXEC, 0));
    const std::unique_ptr<DIR, CloseScanStream> stream(copy.valid() ? ::fdopendir(copy.get())
                                                                    : nullptr);
    if (!stream) return base::errno_error("list", below_top(folder.path), errno);
    copy.release();
    for (;;) {
      errno = 0;
      const dirent* entry =
          ::readdir(stream.get());  // NOLINT(concurrency-mt-unsafe): one thread a stream
      if (entry == nullptr && errno != 0)
        return base::errno_error("list", below_top(folder.path), errno);
      if (entry == nullptr) return {};
      add_name(folder, *entry);
    }
  }

  static void add_name(ScanFolder& folder, const dirent& entry) {
    const std::string_view name = entry.d_name;
    if (name == "." || name == ".." || is_temporary_name(name)) return;
    if (name == ".git") {
      folder.nested_git = true;
      return;
    }
    ScanEntry added;
    added.name = name;
    added.type = entry.d_type;
    folder.entries.push_back(std::move(added));
  }

  // Also settles the type of entries whose directory does not tell it, since rules ask for folders.
  Status apply_ignore_file(ScanFolder& folder) {
    bool has_file = false;
    for (ScanEntry& entry : folder.entries) {
      if (entry.type == DT_UNKNOWN) CAIRN_CHECK(stat_entry(folder, entry));
      if (entry.name == kIgnoreFileName) has_file = true;
    }
    if (!has_file) return {};
    CAIRN_TRY(const auto text, ignore_text_in(root_, below_top(folder.path)));
    if (!text) return {};
    auto rules = std::make_shared<PatternList>(*folder.rules);
    rules->add_file(*text, below_top(folder.path));
    folder.rules = std::move(rules);
    return {};
  }

  [[nodiscard]] bool is_ignored(const ScanFolder& folder, const ScanEntry& entry) const {
    if (!folder.rules->empty() || !left_out_.empty()) {
      const auto path = below(below_top(folder.path), entry.name);
      if (path == left_out_) return true;
      const auto match = folder.rules->match(path, entry.type == DT_DIR);
      if (match != PatternList::Match::kNone) return match == PatternList::Match::kMatched;
    }
    return is_builtin_ignored(entry.name);
  }

  Status stat_entries(const StatJob& job) {
    ScanFolder& folder = folders_[job.folder];
    for (std::size_t i = job.first; i < job.last; ++i) {
      if (folder.entries[i].type != DT_DIR) CAIRN_CHECK(stat_entry(folder, folder.entries[i]));
    }
    return {};
  }

  Status stat_entry(const ScanFolder& folder, ScanEntry& entry) const {
    struct ::stat info {};
    if (::fstatat(folder.fd.get(), entry.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
      entry.type = type_of_mode(info.st_mode);
      entry.stat = stat_key(info);
      return {};
    }
    entry.type = DT_UNKNOWN;
    if (errno == ENOENT) return {};
    return base::errno_error("stat", below(below_top(folder.path), entry.name), errno);
  }

  void add_children(std::size_t index) {
    // A folder with its own .git is another repository: reported, not entered.
    if (folders_[index].nested_git && !(index == 0 && top_.empty()))
      folders_[index].entries.clear();
    for (std::size_t i = 0; i < folders_[index].entries.size(); ++i) {
      if (folders_[index].entries[i].type != DT_DIR) continue;
      ScanFolder child;
      child.path = below(folders_[index].path, folders_[index].entries[i].name);
      child.rules = folders_[index].rules;
      folders_[index].entries[i].child = folders_.size();
      folders_.push_back(std::move(child));
    }
  }

  // Depth first, in the order of full paths: a folder sorts as its name with '/', unless it is a
  // node itself. Frees as it goes.
  void collect(std::size_t index, ScanResult& result) {
    ScanFolder folder = std::move(folders_[index]);
    if (folder.nested_git && !(index == 0 && top_.empty())) {
      result.nested_git.push_back(folder.path.empty() ? "." : folder.path);
      return;
    }
    std::vector<std::string> keys(folder.entries.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      keys[i] = std::move(folder.entries[i].name);
      if (folder.entries[i].type == DT_DIR && !is_empty(folders_[folder.entries[i].child]))
        keys[i] += '/';
    }
    for (const std::uint32_t i : NameOrder(keys).sorted()) {
      collect_entry(folder, folder.entries[i], keys[i], result);
    }
  }

  void collect_entry(const ScanFolder& folder, const ScanEntry& entry, const std::string& key,
                     ScanResult& result) {
    if (entry.type == DT_DIR && (key.back() == '/' || folders_[entry.child].nested_git)) {
      collect(entry.child, result);
    } else if (entry.type == DT_DIR) {
      if (!folders_[entry.child].vanished)
        result.nodes.push_back({below(folder.path, key), NodeType::kEmptyFolder, {}});
    } else if (entry.type == DT_REG || entry.type == DT_LNK) {
      if (entry.type == DT_REG) result.bytes += entry.stat.size;
      const NodeType type = entry.type == DT_REG ? NodeType::kFile : NodeType::kLink;
      result.nodes.push_back({below(folder.path, key), type, entry.stat});
    } else if (entry.type != DT_UNKNOWN) {
      result.special.push_back(below(folder.path, key));
    }
  }

  static bool is_empty(const ScanFolder& folder) {
    return std::all_of(folder.entries.begin(), folder.entries.end(),
                       [](const ScanEntry& entry) { return entry.type == DT_UNKNOWN; });
  }

  [[nodiscard]] std::string below_top(const std::string& path) const {
    return path.empty() ? top_ : below(top_, path);
  }

  const Context& context_;
  const TreeRoot& root_;
  const std::string& top_;
  const std::string& left_out_;
  std::vector<ScanFolder> folders_;  // parents before children; not grown while jobs run
};

std::int64_t nanoseconds_of(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

StatKey stat_key(const struct ::stat& st) {
  StatKey key;
  key.size = static_cast<std::uint64_t>(st.st_size);
  key.inode = st.st_ino;
  key.mtime_ns = nanoseconds_of(st.st_mtim);
  key.ctime_ns = nanoseconds_of(st.st_ctim);
  key.mode = st.st_mode;
  return key;
}

Result<ScanResult> scan_folder(const Context& context, const TreeRoot& root,
                               const std::string& folder, const PatternList& ignore,
                               const std::string& left_out) {
  return Scanner(context, root, folder, left_out).run(ignore);
}

Result<PatternList> ignore_rules_above(const TreeRoot& root, const std::string& folder) {
  PatternList rules;
  for (std::size_t end = 0; end < folder.size();) {
    const std::string above = folder.substr(0, end);
    CAIRN_TRY(const auto text, ignore_text_in(root, above));
    if (text) rules.add_file(*text, above);
    end = std::min(folder.find('/', end == 0 ? 0 : end + 1), folder.size());
  }
  return rules;
}

}  // namespace cairn::workdir
