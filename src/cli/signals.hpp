// SIGINT, SIGTERM, SIGHUP: the first asks everything to stop and says so at once, the second ends
// the program. SIGPIPE and SIGXFSZ are ignored: the failing call reports.
#pragma once

#include <stop_token>
#include <thread>

namespace cairn::cli {

class Signals {
 public:
  Signals();
  ~Signals();
  [[nodiscard]] std::stop_token stop_token() const { return source_.get_token(); }

 private:
  void watch();
  std::stop_source source_;
  int pipe_[2] = {-1, -1};
  std::thread watcher_;
};

}  // namespace cairn::cli
