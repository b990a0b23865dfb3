// Files of other tools: whatever they hold, no path that is taken leaves the tree or enters what
// git owns.
#include "foreign/dvc_config.hpp"
#include "foreign/dvc_file.hpp"
#include "foreign/lfs_pointer.hpp"
#include "format/page.hpp"
#include "fuzzing.hpp"

namespace {

using namespace cairn;

void require_inside(const std::string& path) {
  fuzz::require(!format::path_fault(path), "a path of a tree");
  fuzz::require(!path.starts_with(".cairn/") && !path.starts_with(".dvc/"), "not of the tools");
}

void read_dvc(std::string_view text, const std::string& path) {
  const auto file = foreign::parse_dvc_file(text, path, text);
  if (!file.ok()) return;
  for (const auto& output : file->outputs) {
    require_inside(output.path);
    fuzz::require(output.object.md5.size() == 32, "an MD5");
    for (const auto& entry : output.files) require_inside(entry.path);
  }
}

void read_folder(base::ByteView bytes) {
  const auto entries = foreign::parse_dvc_folder(bytes, false);
  if (!entries.ok()) return;
  for (const auto& entry : *entries) require_inside(entry.path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view text = base::text_of({data, size_bytes});
  read_dvc(text, "sub/x.dvc");
  read_dvc(text, "dvc.lock");
  read_folder({data, size_bytes});
  foreign::DvcSettings settings;
  (void)foreign::add_dvc_config(text, "/repo/.dvc", foreign::DvcConfigOrigin::kCommitted, settings);
  if (const auto pointer = foreign::parse_lfs_pointer(text))
    fuzz::require(pointer->key().size() == 6 + 64, "the place of an object");
  fuzz::require(foreign::without_lfs_lines(text).size() <= text.size(), "not longer");
  return 0;
}
