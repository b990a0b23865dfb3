// TempSpace: one writer's files in tmp/, all named <session>.<n>, next to <session>.owner which is
// locked while the writer lives. Creating a space removes what dead writers left; destroying it
// removes what was not renamed away.
#pragma once

#include <atomic>
#include <string>

#include "base/file.hpp"
#include "store/store_layout.hpp"

namespace cairn::store {

class TempSpace {
 public:
  static Result<TempSpace> create(const Layout& layout, int lock_timeout_ms,
                                  const std::stop_token& stop = {});
  TempSpace(TempSpace&& other) noexcept;
  TempSpace& operator=(TempSpace&&) = delete;
  ~TempSpace();

  // A path that no file has. Thread-safe.
  std::string new_path();

 private:
  TempSpace(std::string folder, std::string session, base::FileLock owner)
      : folder_(std::move(folder)), session_(std::move(session)), owner_(std::move(owner)) {}

  std::string folder_;
  std::string session_;  // empty: moved from
  std::atomic<std::uint64_t> count_ = 0;
  base::FileLock owner_;
};

}  // namespace cairn::store
