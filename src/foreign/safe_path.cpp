#include "foreign/safe_path.hpp"

#include <vector>

#include "base/text.hpp"
#include "format/page.hpp"

namespace cairn::foreign {

namespace {

Error unsafe(std::string_view path, const std::string& why) {
  return Error(Code::kConflict, "`" + base::printable(path) + "` is not taken as a path: " + why)
      .hint("correct the path there; nothing was read or written")
      .slug("foreign-path");
}

bool owned_by_tools(std::string_view component) {
  const auto name = base::lower_ascii(component);
  return name == ".cairn" || name == ".dvc" || format::path_fault(component);
}

}  // namespace

Result<std::string> safe_path(std::string_view folder, std::string_view path) {
  if (path.empty()) return unsafe(path, "it is empty");
  if (path.front() == '/') return unsafe(path, "it is absolute");
  if (base::has_control_character(path)) return unsafe(path, "it has control characters");
  if (!base::is_valid_utf8(path)) return unsafe(path, "it is not valid UTF-8");
  std::vector<std::string_view> parts;
  for (const auto whole : {folder, path}) {
    for (const auto part : base::split(whole, '/')) {
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        if (owned_by_tools(part)) return unsafe(path, "git, DVC or cairn own a part of it");
        parts.push_back(part);
      } else if (parts.empty()) {
        return unsafe(path, "it leads out of the repository");
      } else {
        parts.pop_back();
      }
    }
  }
  if (parts.empty()) return unsafe(path, "it is the repository itself");
  std::string out;
  for (const auto part : parts) out.append(out.empty() ? "" : "/").append(part);
  return out;
}

}  // namespace cairn::foreign
