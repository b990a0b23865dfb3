#include "repo/sources.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"
#include "format/page.hpp"
#include "repo/tree_edits.hpp"
#include "workdir/tree_text.hpp"

namespace cairn::repo {

namespace {

constexpr const char* kFile = ".cairn/sources";
constexpr std::string_view kSection = "source.";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string* field_of(Source& source, std::string_view key) {
  if (key == "url") return &source.url;
  if (key == "path") return &source.from;
  if (key == "rev") return &source.revision;
  if (key == "commit") return &source.commit;
  return nullptr;
}

bool has_control_character(const Source& source) {
  const auto texts = {&source.path, &source.url, &source.from, &source.revision, &source.commit};
  return std::ranges::any_of(
      texts, [](const std::string* text) { return base::has_control_character(*text); });
}

// Whoever can commit can write the file, so its paths are held to the rules of those that are
// typed: below the top, not in what belongs to git or cairn, and meaning themselves.
Status check_source(const Repository& repository, const Source& source) {
  const auto entry =
      std::string("`") + kFile + "`: the entry of `" + base::printable(source.path) + "` ";
  constexpr const char* kLook = "`git log -p .cairn/sources` shows who wrote it";
  if (source.url.empty() || source.from.empty() || has_control_character(source))
    return Error(Code::kCorrupt, entry + "lacks its url or path").hint(kLook);
  const auto same =
      repository.resolve_argument(base::join(repository.git().paths().top, source.path));
  if (same && *same == source.path && !format::path_fault(source.path)) return {};
  return Error(Code::kConflict, entry + "is not a path that could be tracked here")
      .hint(kLook)
      .slug("unsafe-path");
}

}  // namespace

std::string sources_text(std::vector<Source> sources) {
  std::ranges::sort(sources, {}, &Source::path);
  std::string out;
  for (const auto& source : sources) {
    out += "[source \"" + escaped(source.path) + "\"]\n";
    const auto line = [&](const char* key, const std::string& value) {
      if (!value.empty()) out += std::string("\t") + key + " = \"" + escaped(value) + "\"\n";
    };
    line("url", source.url);
    line("path", source.from);
    line("rev", source.revision);
    line("commit", source.commit);
  }
  return out;
}

Result<std::vector<Source>> read_sources(const Repository& repository) {
  std::vector<Source> out;
  CAIRN_TRY(const auto text,
            workdir::read_text(repository.tree(), kFile, git::kMaxConfigFileBytes));
  if (!text) return out;
  CAIRN_TRY(const auto values, git::GitRepo::parse_config_text(*text, kFile));
  for (const auto& [key, value] : values) {
    const auto dot = key.rfind('.');
    if (!key.starts_with(kSection) || dot < kSection.size()) continue;
    const auto path = key.substr(kSection.size(), dot - kSection.size());
    auto found = std::ranges::find(out, path, &Source::path);
    if (found == out.end()) found = out.insert(out.end(), Source{path, {}, {}, {}, {}});
    if (auto* field = field_of(*found, std::string_view(key).substr(dot + 1))) *field = value;
  }
  for (const auto& source : out) CAIRN_CHECK(check_source(repository, source));
  std::ranges::sort(out, {}, &Source::path);
  return out;
}

Error no_source(const std::string& path) {
  return Error(Code::kUsage, "`" + base::printable(path) + "` was not imported from a repository")
      .hint("`.cairn/sources` lists what was")
      .slug("no-source");
}

Status write_source(const Repository& repository, const Source& source) {
  if (has_control_character(source)) {
    return Error(Code::kUsage, "names of sources hold no control characters").slug("bad-url");
  }
  CAIRN_TRY(const auto lock, lock_edits(repository));
  CAIRN_TRY(auto sources, read_sources(repository));
  std::erase_if(sources, [&](const Source& known) { return known.path == source.path; });
  sources.push_back(source);
  CAIRN_CHECK(workdir::replace_text(repository.tree(), kFile, sources_text(std::move(sources))));
  return repository.git().stage({kFile});
}

}  // namespace cairn::repo
