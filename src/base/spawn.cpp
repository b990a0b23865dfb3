#include "base/spawn.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/retry_eintr.hpp"
#include "base/text.hpp"

namespace cairn::base {
namespace {

// Keeps a pipe end off 0 to 2, where it would lie if ours are closed and be overwritten in the
// child.
Status move_up(Fd& fd) {
  if (fd.get() > 2) return {};
  Fd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!moved.valid()) return errno_error("duplicate", "pipe", errno);
  fd = std::move(moved);
  return {};
}

// posix_spawn's two option objects. Their calls fail only for lack of memory.
class SpawnOptions {
 public:
  SpawnOptions() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~SpawnOptions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;

  int redirect(int from, int to) {
    return from < 0 ? 0 : posix_spawn_file_actions_adddup2(&actions_, from, to);
  }
  int change_directory(const std::string& directory) {
    return directory.empty() ? 0
                             : posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
  }
  // We ignore SIGPIPE and SIGXFSZ, and threads of ours may block signals; both would be inherited.
  int reset_signals() {
    sigset_t ignored;
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    sigaddset(&ignored, SIGXFSZ);
    sigset_t none;
    sigemptyset(&none);
    int error = posix_spawnattr_setsigdefault(&attributes_, &ignored);
    if (error == 0) error = posix_spawnattr_setsigmask(&attributes_, &none);
    if (error == 0)
      error =
          posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    return error;
  }
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

std::vector<char*> c_strings(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts)
    pointers.push_back(const_cast<char*>(text.c_str()));  // NOLINT: exec's old type
  pointers.push_back(nullptr);
  return pointers;
}

std::string_view variable_name(std::string_view assignment) {
  return assignment.substr(0, assignment.find('='));
}

bool is_program(const std::string& path) {
  const auto info = stat_path(path);
  return info && S_ISREG(info->st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("create", "pipe", errno);
  Pipe pipe{Fd(ends[0]), Fd(ends[1])};
  CAIRN_CHECK(move_up(pipe.read));
  CAIRN_CHECK(move_up(pipe.write));
  return pipe;
}

Status set_nonblocking(const Fd& fd) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0)
    return errno_error("set flags of", "pipe", errno);
  return {};
}

Result<pid_t> spawn(const std::vector<std::string>& argv, const std::string& directory,
                    const std::vector<std::string>& environment,
                    const ChildDescriptors& descriptors) {
  if (argv.empty()) return Error(Code::kInternal, "no program to run");
  const char* const search_path = std::getenv("PATH");  // NOLINT: nothing of ours calls setenv
  CAIRN_TRY(const std::string program,
            find_program(argv[0], search_path == nullptr ? "" : search_path));
  SpawnOptions options;
  int error = options.redirect(descriptors.input, 0);
  if (error == 0) error = options.redirect(descriptors.output, 1);
  if (error == 0) error = options.redirect(descriptors.errors, 2);
  if (error == 0) error = options.change_directory(directory);
  if (error == 0) error = options.reset_signals();
  const std::vector<char*> arguments = c_strings(argv);
  const std::vector<char*> variables = c_strings(environment);
  pid_t pid = -1;
  if (error == 0) {
    error = ::posix_spawn(&pid, program.c_str(), options.actions(), options.attributes(),
                          arguments.data(), variables.data());
  }
  if (error != 0 && !directory.empty())
    return errno_error("run `" + program + "` in", directory, error);
  if (error != 0) return errno_error("run", program, error);
  return pid;
}

std::vector<std::string> child_environment(const std::vector<std::string>& set,
                                           const std::vector<std::string>& drop) {
  std::vector<std::string> environment;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view name = variable_name(*variable);
    const auto names_it = [name](const std::string& other) { return variable_name(other) == name; };
    if (std::any_of(drop.begin(), drop.end(), names_it) ||
        std::any_of(set.begin(), set.end(), names_it))
      continue;
    environment.emplace_back(*variable);
  }
  environment.insert(environment.end(), set.begin(), set.end());
  return environment;
}

Result<std::string> find_program(const std::string& name, std::string_view search_path) {
  if (name.starts_with('/')) return name;
  if (name.empty() || name.find('/') != std::string::npos) {
    return Error(Code::kUsage, "cannot run `" + name + "`: give an absolute path or a bare name");
  }
  for (const std::string_view directory : split(search_path, ':')) {
    if (!directory.starts_with('/')) continue;
    std::string path = join(directory, name);
    if (is_program(path)) return path;
  }
  return Error(Code::kNotFound, "cannot find `" + name + "` in PATH");
}

Result<int> wait_child(pid_t pid) {
  int status = 0;
  if (retry_eintr([&] { return ::waitpid(pid, &status, 0); }) < 0)
    return errno_error("wait for", "child process", errno);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

SigpipeGuard::SigpipeGuard() {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  sigset_t pipe_only;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_only, &old_mask_);
}

SigpipeGuard::~SigpipeGuard() {
  if (!was_pending_) {
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    const timespec no_wait{};
    retry_eintr([&] { return sigtimedwait(&pipe_only, nullptr, &no_wait); });
  }
  pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

}  // namespace cairn::base
