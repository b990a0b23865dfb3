#include "repo/committed_settings.hpp"

#include "git/sparse.hpp"
#include "workdir/tree_text.hpp"

namespace cairn::repo {

namespace {
constexpr const char* kSettings = ".cairn/config";
}

Result<std::optional<config::KeyValues>> committed_settings(const git::GitRepo& git,
                                                            const workdir::TreeRoot* tree) {
  const auto read = [&](const char* place) -> Result<std::optional<config::KeyValues>> {
    CAIRN_TRY(auto values, git.read_config_blob(std::string(place) + kSettings));
    return std::optional(std::move(values));
  };
  if (tree == nullptr) return read("HEAD:");
  CAIRN_TRY(const auto text, workdir::read_text(*tree, kSettings, git::kMaxConfigFileBytes));
  if (text) {
    CAIRN_TRY(auto values, git::GitRepo::parse_config_text(*text, kSettings));
    return std::optional(std::move(values));
  }
  CAIRN_TRY(const auto kept_out, git::text_kept_out(git, kSettings));
  if (!kept_out) return std::optional<config::KeyValues>();
  return read(":");
}

Result<std::optional<std::string>> project_text(const git::GitRepo& git,
                                                const workdir::TreeRoot& tree,
                                                const std::string& path, std::size_t max_bytes) {
  CAIRN_TRY(auto text, workdir::read_text(tree, path, max_bytes));
  if (text) return text;
  return git::text_kept_out(git, path);
}

Status bring_settings_here(const git::GitRepo& git, const workdir::TreeRoot& tree) {
  CAIRN_TRY(const bool here, workdir::has_text(tree, kSettings));
  if (here) return {};
  CAIRN_TRY(const auto text, git::text_kept_out(git, kSettings));
  return text ? workdir::replace_text(tree, kSettings, *text) : Status();
}

}  // namespace cairn::repo
