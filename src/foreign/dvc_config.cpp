#include "foreign/dvc_config.hpp"

#include <optional>

#include "base/file.hpp"
#include "base/text.hpp"

namespace cairn::foreign {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == text.back() &&
                      (text.front() == '"' || text.front() == '\'');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// The name in `remote "name"`; nothing for other sections.
std::optional<std::string> remote_name(std::string_view section) {
  constexpr std::string_view kWord = "remote ";
  if (!section.starts_with(kWord)) return std::nullopt;
  return std::string(unquoted(trimmed(section.substr(kWord.size()))));
}

std::string resolved(const std::string& url, const std::string& directory) {
  if (url.empty() || url.front() == '/' || url.find("://") != std::string::npos) return url;
  return base::join(directory, url);
}

class ConfigReader {
 public:
  ConfigReader(const std::string& directory, DvcConfigOrigin origin, DvcSettings& settings)
      : directory_(directory), origin_(origin), settings_(settings) {}

  Status take(std::string_view line) {
    line = trimmed(line);
    if (line.empty() || line.front() == '#' || line.front() == ';') return {};
    if (line.front() == '[') {
      if (line.back() != ']') return Error(Code::kCorrupt, "a section without its end");
      section_ = std::string(unquoted(trimmed(line.substr(1, line.size() - 2))));
      return {};
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return Error(Code::kCorrupt, "neither key nor section");
    set(base::lower_ascii(trimmed(line.substr(0, equals))),
        std::string(unquoted(trimmed(line.substr(equals + 1)))));
    return {};
  }

 private:
  void set(const std::string& key, const std::string& value) {
    if (const auto name = remote_name(section_)) {
      auto& remote = settings_.remotes[*name];
      if (key == "url") {
        remote.url = resolved(value, directory_);
        remote.committed = origin_ == DvcConfigOrigin::kCommitted;
      } else {
        remote.options[key] = value;
        if (key == "endpointurl") remote.committed = origin_ == DvcConfigOrigin::kCommitted;
      }
    } else if (section_ == "core" && key == "remote") {
      settings_.default_remote = value;
    } else if (section_ == "cache" && key == "dir") {
      settings_.cache_directory = resolved(value, directory_);
    }
  }

  const std::string& directory_;
  DvcConfigOrigin origin_;
  DvcSettings& settings_;
  std::string section_;
};

}  // namespace

Status add_dvc_config(std::string_view text, const std::string& directory, DvcConfigOrigin origin,
                      DvcSettings& settings) {
  ConfigReader reader(directory, origin, settings);
  std::size_t number = 0;
  for (const auto line : base::split(text, '\n')) {
    ++number;
    auto taken = reader.take(line);
    if (!taken) return std::move(taken).error().with("line " + std::to_string(number));
  }
  return {};
}

}  // namespace cairn::foreign
