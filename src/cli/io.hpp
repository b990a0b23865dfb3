// What the program has of the world: arguments aside. Tests make their own.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

namespace cairn::cli {

// Time as the ticker of progress sees it.
struct ProgressClock {
  std::function<std::chrono::steady_clock::time_point()> now;
  // True after that time, false as soon as stopping is asked for.
  std::function<bool(const std::stop_token& stop, std::chrono::milliseconds wait)> wait;
};
ProgressClock steady_progress_clock();

struct Io {
  std::function<bool(std::string_view)> out;  // false: the reader went away
  std::function<void(std::string_view)> err;
  bool out_is_terminal = false, err_is_terminal = false;
  int err_columns = 80;
  std::map<std::string, std::string> environment;  // all variables of the process
  std::function<bool(std::string_view question)>
      ask;                // a yes or no from the terminal; empty where there is none
  std::string directory;  // absolute
  std::string program;    // absolute path of the running program; empty: only its name is known
  std::function<std::string(std::size_t max_bytes)>
      in;  // what stands on standard input, up to its end; empty where there is nothing to read
  ProgressClock progress_clock = steady_progress_clock();
};

}  // namespace cairn::cli
