// What the tests of base share: a directory that is removed afterwards, and a Context to work with.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/cpu_pool.hpp"
#include "base/system.hpp"

namespace cairn::base {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "cairn-base-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }

 private:
  std::string path_;
};

// By the standard library, not by the functions under test.
inline void put_file(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}
inline std::string get_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct TestContext {
  explicit TestContext(unsigned threads) : pool(threads) {}
  SystemClock clock;
  SystemEntropy entropy;
  NullLog log;
  NullProgress progress;
  CpuPool pool;
  std::stop_source stop;
  Context context{clock, entropy, log, progress, pool, stop.get_token()};
};

}  // namespace cairn::base
