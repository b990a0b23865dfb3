// What the files that `add` reads had before: new bytes may be stored on top of it.
#pragma once

#include <vector>

#include "format/page.hpp"
#include "format/pointer.hpp"
#include "store/parent_file.hpp"

namespace cairn::repo {

store::FileVersion version_of(const format::ManifestEntry& entry);
store::FileVersion version_of(const format::Pointer& file);

// Of files that are saved one after the other under new names (step-0100, step-0200), the one
// before: same folder, same ending, about the same size.
bool is_sibling(const format::ManifestEntry& entry, const std::string& path,
                std::uint64_t size_bytes);

// Smaller files are one chunk, and stored together with others.
inline constexpr std::uint64_t kParentWorthBytes = std::uint64_t{64} << 10;

class Parents {
 public:
  // Of file number `read` among those to be read, in ascending order. Passed over where it is not
  // worth it, and where there are too many for the memory.
  void note(std::size_t read, std::uint64_t size_bytes, store::FileVersion version);
  [[nodiscard]] const store::FileVersion* of(std::size_t read) const;
  [[nodiscard]] bool empty() const { return parents_.empty(); }

 private:
  struct Parent {
    std::size_t read = 0;
    store::FileVersion version;
  };
  std::vector<Parent> parents_;
};

}  // namespace cairn::repo
