// A folder of a fresh name, only for us, that goes away with its content.
#pragma once

#include <string>
#include <utility>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "cairn/context.hpp"

namespace cairn::repo {

class ScratchFolder {
 public:
  // In `parent`, which is made where it is not there; its name starts with `prefix`.
  static Result<ScratchFolder> create(const Context& context, const std::string& parent,
                                      const std::string& prefix) {
    std::uint8_t random[8];
    context.entropy.fill(random);
    CAIRN_CHECK(base::make_directories(parent));
    ScratchFolder out(base::join(parent, prefix + base::to_hex(random)));
    CAIRN_CHECK(base::make_directories(out.path_, 0700));
    return out;
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    if (!path_.empty()) (void)base::remove_tree(path_);
  }
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return base::join(path_, name);
  }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace cairn::repo
