#include "repo/project_file.hpp"

#include "base/text.hpp"
#include "repo/tree_state.hpp"

namespace cairn::repo {

namespace {

constexpr std::string_view kProjectHeader = "cairn-project 1";

Error bad_project(const std::string& path, const std::string& why) {
  return Error(Code::kCorrupt, "`" + base::printable(path) + "`: " + why)
      .hint(
          "run any cairn command that writes in that project, or remove the file once the project "
          "is gone for good")
      .slug("bad-project-file");
}

}  // namespace

std::string encode_project(const ProjectFile& project) {
  std::string text =
      std::string(kProjectHeader) + "\ngit " + project.git + "\ntop " + project.top + "\n";
  for (const auto& version : project.versions) {
    if (version.pointer.closure_id()) text += version_line(version);
  }
  return text;
}

Result<ProjectFile> decode_project(const std::string& path, std::string_view text) {
  const auto lines = base::split(text, '\n');
  if (lines.size() < 4 || lines[0] != kProjectHeader || !lines[1].starts_with("git ") ||
      !lines[2].starts_with("top ")) {
    return bad_project(path, "does not say which project it is");
  }
  ProjectFile out{std::string(lines[1].substr(4)), std::string(lines[2].substr(4)), {}};
  for (std::size_t i = 3; i + 1 < lines.size(); ++i) {
    auto version = parse_version_line(lines[i]);
    if (!version || !version->pointer.closure_id())
      return bad_project(path, "line " + std::to_string(i + 1) + " names no version");
    out.versions.push_back(*std::move(version));
  }
  return out;
}

}  // namespace cairn::repo
