#include "git/object_source.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"

namespace cairn::git {
namespace {

// From here on the library is quicker (bench/git): contents need no pipe, and loose objects are
// opened once instead of twice. Comparing trees in packs takes both as long.
constexpr std::size_t kManyObjects = 500;
// git gc counts in the same way: about one 256th of the loose objects is in each folder.
constexpr std::size_t kLooseInOneFolder = 4;
constexpr std::size_t kMaxPackedRefs = std::size_t{1} << 28;

bool is_false(const std::string& value) {
  return value == "false" || value == "no" || value == "off" || value == "0" || value.empty();
}

std::string why_not_setting(const std::string& key, const std::string& value) {
  if (key == "core.repositoryformatversion" && value != "0" && value != "1")
    return "repository format " + value;
  if (key.starts_with("extensions.")) {
    const bool known = key == "extensions.noop" || key == "extensions.preciousobjects" ||
                       key == "extensions.worktreeconfig" || key == "extensions.relativeworktrees";
    if (!known && !(key == "extensions.objectformat" && value == "sha1"))
      return key + " = " + value;
  }
  if (key.starts_with("remote.") && key.ends_with(".promisor") && !is_false(value))
    return "a partial clone";
  return "";
}

// A read of such an object gives another one.
bool has_replacements(const GitPaths& paths) {
  const auto loose = base::list_directory(base::join(paths.common_dir, "refs/replace"));
  if (!loose.ok() && loose.error().code() != Code::kNotFound) return true;
  if (loose.ok() && !loose->empty()) return true;
  const auto packed =
      base::read_file_if_exists(base::join(paths.common_dir, "packed-refs"), kMaxPackedRefs);
  if (!packed.ok()) return true;
  return *packed && base::text_of(**packed).find(" refs/replace/") != std::string_view::npos;
}

bool is_mostly_loose(const GitPaths& paths) {
  const auto folder = base::list_directory(base::join(paths.common_dir, "objects/17"));
  return folder.ok() && folder->size() >= kLooseInOneFolder;
}

}  // namespace

std::string why_not_library(const GitPaths& paths, const ConfigListing& config) {
  for (const auto& [key, value] : config) {
    auto why = why_not_setting(key, value);
    if (!why.empty()) return why;
  }
  if (has_replacements(paths)) return "replaced objects (git-replace)";
  return "";
}

bool ObjectSource::needs_config(std::size_t objects) const {
  return reading_ == Reading::kLibrary || (reading_ == Reading::kAuto && objects >= kManyObjects);
}

Status ObjectSource::read(const ConfigListing& config, const std::vector<std::string>& blobs,
                          std::size_t max_bytes, std::vector<std::string>& out) {
  const std::size_t before = out.size();
  if (needs_config(blobs.size())) {
    if (ObjectReader* const reader = library(config)) {
      if (reader->read(blobs, max_bytes, out).ok()) return {};
    }
  }
  if (out.size() == before) return executable_->read(blobs, max_bytes, out);
  const auto given = static_cast<std::ptrdiff_t>(out.size() - before);
  return executable_->read({blobs.begin() + given, blobs.end()}, max_bytes, out);
}

Status ObjectSource::compare(const ConfigListing& config,
                             const std::vector<Comparison>& comparisons, PointerSet& pointers) {
  const bool pays = reading_ == Reading::kLibrary || is_mostly_loose(paths_);
  if (needs_config(comparisons.size()) && pays) {
    if (ObjectReader* const reader = library(config)) {
      // What was added before a failure is the beginning of what git gives.
      if (reader->compare(comparisons, pointers).ok()) return {};
    }
  }
  return executable_->compare(comparisons, pointers);
}

ObjectReader* ObjectSource::library(const ConfigListing& config) {
  if (tried_) return library_.get();
  tried_ = true;
  why_not_ = why_not_library(paths_, config);
  if (!why_not_.empty()) return nullptr;
  auto opened = library_reader(paths_);
  if (opened.ok()) {
    library_ = *std::move(opened);
  } else {
    why_not_ = opened.error().message();
  }
  return library_.get();
}

std::string ObjectSource::description(const ConfigListing& config) {
  if (reading_ == Reading::kExecutable) return "git alone (cairn.git-reader)";
  if (library(config) != nullptr) return "git, many at once by libgit2";
  return "git alone (libgit2 may not: " + why_not_ + ")";
}

}  // namespace cairn::git
