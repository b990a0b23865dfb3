#include "workdir/name_rules.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <unordered_map>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utf8proc.h>

#include "base/text.hpp"
#include "format/page.hpp"

namespace cairn::workdir::detail {
namespace {

constexpr std::string_view kComposed = "\xc3\xa9";     // e with acute accent
constexpr std::string_view kDecomposed = "e\xcc\x81";  // the same, as two code points
constexpr std::string_view kRestrictedLetters = "\\:*?\"<>|";

// A file in the root while it lives.
class ProbeFile {
 public:
  ProbeFile(const base::Fd& directory, std::string name)
      : directory_fd_(directory.get()), name_(std::move(name)) {
    const base::Fd fd(::openat(directory_fd_, name_.c_str(),
                               O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600));
    error_ = fd.valid() ? 0 : errno;
  }
  ProbeFile(const ProbeFile&) = delete;
  ProbeFile& operator=(const ProbeFile&) = delete;
  ~ProbeFile() {
    if (error_ == 0) ::unlinkat(directory_fd_, name_.c_str(), 0);
  }
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] bool answers_to(const std::string& name) const {
    struct ::stat info {};
    return error_ == 0 && ::fstatat(directory_fd_, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
  }

 private:
  int directory_fd_;
  std::string name_;
  int error_;
};

std::string fold_path(std::string_view path, const NameRules& rules) {
  if (!rules.folds_case && !rules.folds_form) return std::string(path);
  int options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
  if (rules.folds_case) options |= UTF8PROC_CASEFOLD;
  utf8proc_uint8_t* folded = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(path.data()),
                                   static_cast<utf8proc_ssize_t>(path.size()), &folded,
                                   static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(folded, &std::free);
  if (length < 0) return std::string(path);  // not UTF-8: refused elsewhere
  return std::string(reinterpret_cast<const char*>(folded), static_cast<std::size_t>(length));
}

// Collects what each folded path and each of its parents is spelled like.
class TwinFinder {
 public:
  explicit TwinFinder(const NameRules& rules) : rules_(rules) {}

  void add(std::string_view path, std::vector<std::string>& faults) {
    for (std::size_t end = 0; end != std::string_view::npos && end < path.size();) {
      end = path.find('/', end == 0 ? 0 : end + 1);
      const std::string_view part = path.substr(0, end);
      const auto [at, is_new] = spelled_.emplace(fold_path(part, rules_), part);
      if (is_new || at->second == part) continue;
      faults.push_back(fmt::format("`{}` and `{}` are one name on this file system",
                                   base::printable(part), base::printable(at->second)));
      return;
    }
  }

 private:
  const NameRules& rules_;
  std::unordered_map<std::string, std::string_view> spelled_;
};

bool is_restricted(std::string_view name) {
  if (name.ends_with('.') || name.ends_with(' ')) return true;
  for (const char letter : name) {
    if (static_cast<unsigned char>(letter) < 0x20 ||
        kRestrictedLetters.find(letter) != std::string_view::npos)
      return true;
  }
  return false;
}

// Why this path alone cannot be written, or nothing.
std::optional<std::string> single_fault(std::string_view path, const NameRules& rules) {
  if (const auto fault = format::path_fault(path)) return *fault;
  for (const std::string_view name : base::split(path, '/')) {
    if (name.size() > rules.max_name_bytes)
      return "a name in it is longer than this file system allows";
    if (rules.restricts_letters && is_restricted(name))
      return "this file system does not allow a letter in it";
  }
  return std::nullopt;
}

}  // namespace

Result<NameRules> probe_name_rules(const TreeRoot& root, TempNames& names) {
  NameRules rules;
  struct ::statvfs info {};
  if (::fstatvfs(root.fd().get(), &info) == 0 && info.f_namemax > 0)
    rules.max_name_bytes = info.f_namemax;
  const std::string name = names.next();
  {
    const ProbeFile plain(root.fd(), name);
    if (plain.error() != 0) return base::errno_error("write into", root.directory(), plain.error());
    std::string upper = name;
    upper.replace(1, 5, "CAIRN");
    rules.folds_case = plain.answers_to(upper);
  }
  const ProbeFile composed(root.fd(), name + std::string(kComposed));
  rules.folds_form = composed.answers_to(name + std::string(kDecomposed));
  const ProbeFile restricted(root.fd(), name + ":");
  rules.restricts_letters = restricted.error() == EINVAL || restricted.error() == EACCES;
  return rules;
}

std::vector<std::string> name_faults(const std::vector<std::string_view>& paths,
                                     const NameRules& rules) {
  std::vector<std::string> faults;
  TwinFinder twins(rules);
  for (const std::string_view path : paths) {
    if (const auto fault = single_fault(path, rules)) {
      faults.push_back(fmt::format("`{}`: {}", base::printable(path), *fault));
    } else if (rules.folds_case || rules.folds_form) {
      twins.add(path, faults);
    }
  }
  return faults;
}

}  // namespace cairn::workdir::detail
