#include "foreign/dvc_file.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "foreign/safe_path.hpp"
#include "foreign/yaml.hpp"

namespace cairn::foreign {

namespace {

constexpr std::string_view kLockName = "dvc.lock";
constexpr std::string_view kSuffix = ".dvc";

bool is_lock(std::string_view path) { return base::name_of(path) == kLockName; }

// Reads the outputs of one stage into `file`. `folder` is what their paths are relative to.
class StageReader {
 public:
  StageReader(std::string folder, DvcFile& file) : folder_(std::move(folder)), file_(file) {}

  Status read(const YamlValue& outputs) {
    for (std::size_t i = 0; i < outputs.size(); ++i) CAIRN_CHECK(read_output(outputs.at(i)));
    return {};
  }

 private:
  Status read_output(const YamlValue& output) {
    const auto& path = output["path"].text();
    if (path.empty()) return Error(Code::kCorrupt, "an output has no `path`");
    const auto skip = [&](const std::string& why) -> Status {
      file_.skipped.emplace_back(path, why);
      return {};
    };
    if (path.find("://") != std::string::npos) return skip("it lies outside, at a URL");
    if (output["cache"].text() == "false") return skip("DVC does not store it (`cache: false`)");
    DvcOutput out;
    CAIRN_TRY(out.path, safe_path(folder_, path));
    const auto& scheme = output["hash"].text();
    if (!scheme.empty() && scheme != "md5")
      return skip("its `hash` is `" + base::printable(scheme) + "`, which is not known");
    out.object.legacy = scheme.empty();
    out.executable = output["isexec"].text() == "true";
    out.remote = output["remote"].text();
    if (output["files"].kind() == YamlValue::Kind::kList) {
      CAIRN_TRY(const bool whole, read_files(output["files"], out));
      if (!whole) return skip("some of its files have no MD5");
    } else {
      const auto& md5 = output["md5"].text();
      if (md5.empty()) return skip("it has no MD5: DVC never stored it");
      const auto object = parse_dvc_object(md5, out.object.legacy);
      if (!object) return Error(Code::kCorrupt, "`" + base::printable(md5) + "` is no MD5");
      out.object = *object;
    }
    file_.outputs.push_back(std::move(out));
    return {};
  }

  static Result<bool> read_files(const YamlValue& files, DvcOutput& out) {
    out.listed = true;
    for (std::size_t i = 0; i < files.size(); ++i) {
      const auto file = files.at(i);
      const auto object = parse_dvc_object(file["md5"].text(), out.object.legacy);
      if (!object || object->folder) return false;
      CAIRN_TRY(auto path, safe_path("", file["relpath"].text()));
      out.files.push_back({std::move(path), *object});
    }
    CAIRN_CHECK(order_entries(out.files));
    out.object = folder_object(out.files, out.object.legacy);
    return true;
  }

  std::string folder_;
  DvcFile& file_;
};

// The folder of a stage: that of its file, and `wdir`.
Result<std::string> stage_folder(const std::string& path, const std::string& wdir) {
  const auto parent = base::parent_of(path);
  if (wdir.empty() || wdir == ".") return parent;
  auto folder = safe_path(parent, base::join(wdir, "x"));  // the top itself is fine here
  if (!folder) return std::move(folder).error();
  return base::parent_of(*folder);
}

// `name@key` of dvc.lock is made by stage `name` of dvc.yaml.
std::string folder_of_stage(const YamlValue& stages, const std::string& name) {
  auto stage = stages[name];
  if (!stage.is_map()) stage = stages[name.substr(0, name.find('@'))];
  if (stage["do"].is_map()) stage = stage["do"];
  return stage["wdir"].text();
}

Result<DvcFile> parse_lock(const YamlValue& root, const std::string& path,
                           std::string_view yaml_text) {
  YamlDocument yaml;
  if (!yaml_text.empty()) {
    auto parsed = YamlDocument::parse(yaml_text);
    if (!parsed) return std::move(parsed).error().with("`" + stages_beside(path) + "`");
    yaml = *std::move(parsed);
  }
  const auto declared = yaml.root()["stages"];
  const auto stages = root["schema"].text().empty() ? root : root["stages"];  // 1.0 had no header
  DvcFile out;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const auto wdir = folder_of_stage(declared, stages.key(i));
    if (wdir.find("${") != std::string::npos) {
      out.skipped.emplace_back(stages.key(i), "the folder of this stage is a template");
      continue;
    }
    CAIRN_TRY(auto folder, stage_folder(path, wdir));
    CAIRN_CHECK(StageReader(std::move(folder), out).read(stages.at(i)["outs"]));
  }
  return out;
}

}  // namespace

Result<DvcFile> parse_dvc_file(std::string_view text, const std::string& path,
                               std::string_view stages) {
  CAIRN_TRY(const auto document, YamlDocument::parse(text));
  const auto root = document.root();
  if (!root.is_map()) return Error(Code::kCorrupt, "it is no map of YAML, as DVC writes it");
  if (is_lock(path)) return parse_lock(root, path, stages);
  DvcFile out;
  CAIRN_TRY(auto folder, stage_folder(path, root["wdir"].text()));
  CAIRN_CHECK(StageReader(std::move(folder), out).read(root["outs"]));
  return out;
}

bool is_dvc_file(std::string_view path) {
  const auto name = base::name_of(path);
  return name == kLockName || (name.size() > kSuffix.size() && name.ends_with(kSuffix));
}

std::string stages_beside(const std::string& path) {
  if (!is_lock(path)) return "";
  const auto parent = base::parent_of(path);
  return parent.empty() ? "dvc.yaml" : parent + "/dvc.yaml";
}

}  // namespace cairn::foreign
