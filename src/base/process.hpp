// Runs another program (git) without a shell: argv, optional stdin, captured stdout and stderr.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "cairn/result.hpp"

namespace cairn::base {

struct ProcessOptions {
  std::string directory;                      // working directory; empty: the current one
  std::string input;                          // bytes for stdin; empty: /dev/null
  std::vector<std::string> set_environment;   // "NAME=value"
  std::vector<std::string> drop_environment;  // names removed
  bool inherit_output = false;  // stdout and stderr go to ours instead of being captured
  std::stop_token stop = {};    // asks the program to end (SIGTERM)
};

struct ProcessResult {
  int exit_code = 0;  // 128 + n when killed by signal n
  std::string output;
  std::string errors;
};

// argv[0] is an absolute path or a name searched in our PATH, skipping empty and relative PATH
// entries; kNotFound when there is no such program. A program that fails or leaves its input unread
// is a result, not an error, unless it was asked to end: kInterrupted.
Result<ProcessResult> run_process(const std::vector<std::string>& argv,
                                  const ProcessOptions& options);

// The same in two steps: the program works while its caller does something else. One that is left
// without `finish` is asked to end (SIGTERM) and reaped.
class RunningProcess {
 public:
  static Result<RunningProcess> start(const std::vector<std::string>& argv, ProcessOptions options);
  RunningProcess(RunningProcess&&) noexcept;
  RunningProcess& operator=(RunningProcess&&) = delete;
  ~RunningProcess();
  Result<ProcessResult> finish();  // once

 private:
  RunningProcess() = default;
  std::string name_;
  ProcessOptions options_;
  Fd input_, output_, errors_;  // our ends; an invalid one is finished, or was never asked for
  int pid_ = -1;
};

// A child that answers requests on its stdin through its stdout (git cat-file --batch). What it
// says on stderr is shown in the error when it ends early. The destructor closes its stdin and
// reaps it; a child that does not end is killed.
class CoProcess {
 public:
  static Result<CoProcess> start(const std::vector<std::string>& argv,
                                 const std::string& directory);
  CoProcess(CoProcess&&) noexcept;
  CoProcess& operator=(CoProcess&&) noexcept;
  ~CoProcess();
  Status write(std::string_view bytes);  // keeps answers that arrive meanwhile: never a deadlock
  Result<std::string> read_line(std::size_t max_bytes);  // without '\n'; kCorrupt when longer
  Result<std::string> read_exact(std::size_t count);

 private:
  CoProcess() = default;
  void finish();
  Status receive();  // waits for more answer bytes
  [[nodiscard]] Error ended_error();
  [[nodiscard]] std::size_t buffered() const { return buffer_.size() - buffer_at_; }
  std::string take(std::size_t count);

  std::string name_;
  Fd to_child_;
  Fd from_child_;
  Fd errors_;  // its stderr: a file in memory, so that it never fills up and blocks the child
  int pid_ = -1;
  std::string buffer_;
  std::size_t buffer_at_ = 0;  // bytes of buffer_ already taken
};

}  // namespace cairn::base
