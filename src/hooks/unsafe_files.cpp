#include "hooks/unsafe_files.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cairn::hooks {

namespace {

// Whatever compression such a file is under.
constexpr std::string_view kPickles[] = {".pkl", ".pickle", ".joblib", ".dill"};
// torch.save writes a zip around a pickle, and wrote a bare one before; others use these names too.
constexpr std::string_view kMayBePickles[] = {".pt", ".pth", ".ckpt", ".bin"};

bool ends_with_any(std::string_view path, std::span<const std::string_view> ends) {
  return std::ranges::any_of(ends, [&](std::string_view end) { return path.ends_with(end); });
}

}  // namespace

bool may_run_code(std::string_view path) {
  const auto lower = base::lower_ascii(path);
  return ends_with_any(lower, kPickles) || ends_with_any(lower, kMayBePickles);
}

bool runs_code(const std::string& path, repo::ChunkedFile& file) {
  if (ends_with_any(base::lower_ascii(path), kPickles)) return true;
  base::Bytes head(std::min<std::size_t>(4, file.size_bytes()));
  if (head.size() < 4 || !file.read(0, head).ok()) return false;
  const bool pickle = head[0] == 0x80 && head[1] >= 2 && head[1] <= 5;
  return pickle || base::text_of(head) == "PK\x03\x04";
}

}  // namespace cairn::hooks
