// What run_process and CoProcess share: starting a program on given descriptors, and pipes that
// cannot hurt us.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>
#include <csignal>

#include "base/fd.hpp"
#include "cairn/result.hpp"

namespace cairn::base {

struct Pipe {
  Fd read;
  Fd write;
};
// Both ends are close-on-exec and above the standard descriptors.
Result<Pipe> make_pipe();
Status set_nonblocking(const Fd& fd);

// What a child gets as its descriptors 0 to 2; -1 inherits ours.
struct ChildDescriptors {
  int input = -1;
  int output = -1;
  int errors = -1;
};
// Starts a program; nothing else of ours is open in it, and its signals are as a shell would leave
// them. `environment` holds "NAME=value".
Result<pid_t> spawn(const std::vector<std::string>& argv, const std::string& directory,
                    const std::vector<std::string>& environment,
                    const ChildDescriptors& descriptors);

// Our environment without the dropped names, and with "NAME=value" put in.
std::vector<std::string> child_environment(const std::vector<std::string>& set,
                                           const std::vector<std::string>& drop);

// Absolute paths stay; a bare name is searched in `search_path` (PATH), skipping empty and relative
// entries: an executable that lies in the current directory, perhaps in a cloned repository, is
// never taken.
Result<std::string> find_program(const std::string& name, std::string_view search_path);

// Reaps. The exit code, or 128 + n after signal n.
Result<int> wait_child(pid_t pid);

// Keeps a write into a pipe nobody reads from killing us, without touching the program's signal
// handlers: SIGPIPE is blocked for this thread, and one that our write raised is taken back.
class SigpipeGuard {
 public:
  SigpipeGuard();
  ~SigpipeGuard();
  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;

 private:
  sigset_t old_mask_;
  bool was_pending_;
};

}  // namespace cairn::base
