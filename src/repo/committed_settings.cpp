#include "repo/committed_settings.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "git/sparse.hpp"
#include "repo/tree_edits.hpp"

namespace cairn::repo {

namespace {
constexpr const char* kSettings = ".cairn/config";
}

Result<std::optional<config::KeyValues>> committed_settings(const git::GitRepo& git) {
  const auto read = [&](const char* place) -> Result<std::optional<config::KeyValues>> {
    CAIRN_TRY(auto values, git.read_config_blob(std::string(place) + kSettings));
    return std::optional(std::move(values));
  };
  if (git.paths().bare) return read("HEAD:");
  const auto file = base::join(git.paths().top, kSettings);
  if (base::lstat_path(file)) {
    CAIRN_TRY(auto values, git::GitRepo::read_config_file(file));
    return std::optional(std::move(values));
  }
  CAIRN_TRY(const auto kept_out, git::text_kept_out(git, kSettings));
  if (!kept_out) return std::optional<config::KeyValues>();
  return read(":");
}

Result<std::optional<std::string>> project_text(const git::GitRepo& git, const std::string& path,
                                                std::size_t max_bytes) {
  CAIRN_TRY(const auto bytes,
            base::read_file_if_exists(base::join(git.paths().top, path), max_bytes));
  if (bytes) return std::optional(std::string(base::text_of(*bytes)));
  return git::text_kept_out(git, path);
}

Status bring_settings_here(const git::GitRepo& git) {
  const auto file = base::join(git.paths().top, kSettings);
  if (base::lstat_path(file)) return {};
  CAIRN_TRY(const auto text, git::text_kept_out(git, kSettings));
  if (!text) return {};
  CAIRN_CHECK(base::make_directories(base::parent_of(file)));
  return replace_file(file, *text);
}

}  // namespace cairn::repo
