#include "repo/dvc_history.hpp"

#include <set>

#include "base/file.hpp"
#include "base/text.hpp"
#include "foreign/yaml.hpp"

namespace cairn::repo {

namespace {

struct NamedBlob {
  std::string commit, path, blob, stages;  // stages: the blob of the dvc.yaml beside, or ""
};

// "commit\0" and, for each change, ":modes ids status\0path\0", as `git log --raw -z` prints them.
std::vector<NamedBlob> parse_log(std::string_view output) {
  std::vector<NamedBlob> out;
  std::set<std::pair<std::string, std::string>> seen;
  std::string commit, change;
  for (auto part : base::split(output, '\0')) {
    while (part.starts_with('\n')) part.remove_prefix(1);
    if (!change.empty()) {
      const auto fields = base::split(change, ' ');
      const bool plain = fields.size() == 5 && fields[1].starts_with("100");
      std::string blob(plain ? fields[3] : "");
      change.clear();
      if (plain && foreign::is_dvc_file(part) && seen.emplace(std::string(part), blob).second)
        out.push_back({commit, std::string(part), std::move(blob), ""});
    } else if (part.starts_with(':')) {
      change = part;
    } else if (!part.empty()) {
      commit = part;
    }
  }
  return out;
}

// The dvc.yaml that stood beside a dvc.lock then: the stages' folders are written there.
Result<std::string> stages_text(const Repository& repository, const NamedBlob& item) {
  const auto path = foreign::stages_beside(item.path);
  if (path.empty()) return std::string();
  CAIRN_TRY(const auto listing,
            repository.git().run({"ls-tree", "-z", "--full-tree", item.commit, "--", path}));
  const auto fields = base::split(std::string_view(listing).substr(0, listing.find('\t')), ' ');
  if (fields.size() != 3) return std::string();
  CAIRN_TRY(auto texts, repository.git().read_blobs({std::string(fields[2])},
                                                    foreign::YamlDocument::kMaxBytes));
  return std::move(texts.front());
}

}  // namespace

Result<std::vector<OldOutput>> dvc_history(const Repository& repository) {
  CAIRN_TRY(const auto log,
            repository.git().run({"log", "--all", "-m", "--raw", "-r", "-z", "--root",
                                  "--no-renames", "--no-abbrev", "--format=%H"}));
  std::vector<OldOutput> out;
  std::set<std::string> seen;
  for (const auto& item : parse_log(log)) {
    CAIRN_TRY(const auto texts,
              repository.git().read_blobs({item.blob}, foreign::YamlDocument::kMaxBytes));
    CAIRN_TRY(const auto stages, stages_text(repository, item));
    auto file = foreign::parse_dvc_file(texts.front(), item.path, stages);
    if (!file && file.error().code() == Code::kIo) return std::move(file).error();
    if (!file) continue;
    for (auto& output : file->outputs) {
      if (seen.insert(output.path + '\0' + output.object.name()).second)
        out.push_back({std::move(output), item.commit});
    }
  }
  return out;
}

}  // namespace cairn::repo
