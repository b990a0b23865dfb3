#include "base/process.hpp"

#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/spawn.hpp"
#include "scratch.hpp"

namespace cairn::base {
namespace {

Result<ProcessResult> shell(const std::string& script, const ProcessOptions& options = {}) {
  return run_process({"/bin/sh", "-c", script}, options);
}

std::string mebibyte() {
  std::string text;
  while (text.size() < (1 << 20)) text += std::to_string(text.size()) + "\n";
  return text;
}

TEST(Process, CapturesBothOutputsAndTheExitCode) {
  const auto result = shell("echo out; echo err >&2; exit 7");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->errors, "err\n");
  EXPECT_EQ(result->exit_code, 7);
}

TEST(Process, IsAskedToEndByAStop) {
  for (const bool captured : {true, false}) {
    std::stop_source source;
    ProcessOptions options;
    options.stop = source.get_token();
    options.inherit_output = !captured;
    std::jthread stopper([&] { source.request_stop(); });
    const auto result = shell("exec sleep 300", options);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), Code::kInterrupted);
  }
  std::stop_source before;
  before.request_stop();
  ProcessOptions options;
  options.stop = before.get_token();
  EXPECT_FALSE(shell("exec sleep 300", options).ok());
  EXPECT_TRUE(shell("trap '' TERM; exit 0", {}).ok());
}

TEST(Process, MebibyteBothWays) {
  ProcessOptions options;
  options.input = mebibyte();
  const auto result = run_process({"cat"}, options);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, options.input);
  EXPECT_EQ(result->exit_code, 0);
}

TEST(Process, MebibyteOnBothOutputsWhileFed) {
  ProcessOptions options;
  options.input = mebibyte();
  const auto result = shell("tee /dev/stderr", options);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, options.input);
  EXPECT_EQ(result->errors, options.input);
}

TEST(Process, ChildThatReadsNothingIsNoErrorAndNoSignal) {
  const auto old_handler = std::signal(SIGPIPE, SIG_DFL);  // would kill this test
  ProcessOptions options;
  options.input = mebibyte();
  const auto result = shell("exec <&-; echo done", options);
  std::signal(SIGPIPE, old_handler);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "done\n");
}

TEST(Process, EmptyInputIsEndOfFile) {
  const auto result = run_process({"cat"}, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "");
  EXPECT_EQ(result->exit_code, 0);
}

TEST(Process, SignalIs128AndItsNumber) {
  const auto result = shell("kill -9 $$");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->exit_code, 128 + 9);
}

TEST(Process, ArgumentsPassThroughNoShell) {
  const auto result = run_process({"printf", "%s|", "a b", "$HOME", "*", ""}, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "a b|$HOME|*||");
}

TEST(Process, Environment) {
  ASSERT_EQ(::setenv("CAIRN_TEST_DROPPED", "1", 1), 0);
  ASSERT_EQ(::setenv("CAIRN_TEST_REPLACED", "old", 1), 0);
  ASSERT_EQ(::setenv("CAIRN_TEST_KEPT", "kept", 1), 0);
  ProcessOptions options;
  options.set_environment = {"CAIRN_TEST_REPLACED=new=2", "CAIRN_TEST_ADDED="};
  options.drop_environment = {"CAIRN_TEST_DROPPED", "CAIRN_TEST"};
  const auto result = shell(
      "echo ${CAIRN_TEST_DROPPED-none} $CAIRN_TEST_REPLACED $CAIRN_TEST_KEPT "
      "x${CAIRN_TEST_ADDED-none}x;"
      "env | grep -c CAIRN_TEST_REPLACED",
      options);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "none new=2 kept xx\n1\n");
}

TEST(Process, WorkingDirectory) {
  const Scratch scratch;
  ProcessOptions options;
  options.directory = scratch.path();
  const auto result = shell("pwd -P", options);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, std::filesystem::canonical(scratch.path()).string() + "\n");
  options.directory = scratch / "absent";
  const auto absent = shell("pwd", options);
  ASSERT_FALSE(absent.ok());
  EXPECT_NE(absent.error().message().find(scratch / "absent"), std::string::npos);
}

TEST(Process, UnknownProgram) {
  const auto bare = run_process({"cairn-no-such-program"}, {});
  ASSERT_FALSE(bare.ok());
  EXPECT_EQ(bare.error().code(), Code::kNotFound);
  EXPECT_EQ(bare.error().message(), "cannot find `cairn-no-such-program` in PATH");
  const auto absolute = run_process({"/nonexistent/program"}, {});
  ASSERT_FALSE(absolute.ok());
  EXPECT_EQ(absolute.error().code(), Code::kNotFound);
  EXPECT_FALSE(run_process({}, {}).ok());
}

TEST(Process, SearchSkipsEmptyAndRelativeEntries) {
  const Scratch scratch;
  const std::string program = scratch / "prog";
  put_file(program, "#!/bin/sh\n");
  ASSERT_EQ(::chmod(program.c_str(), 0755), 0);
  const std::string old_directory = std::filesystem::current_path();
  std::filesystem::current_path(scratch.path());
  EXPECT_FALSE(find_program("prog", "").ok());
  EXPECT_FALSE(find_program("prog", "::.:./:").ok());
  EXPECT_FALSE(find_program("./prog", scratch.path()).ok());
  EXPECT_FALSE(find_program("", scratch.path()).ok());
  std::filesystem::current_path(old_directory);
  const auto found = find_program("prog", ".::/nonexistent:" + scratch.path());
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, program);
  ASSERT_EQ(::chmod(program.c_str(), 0644), 0);
  EXPECT_FALSE(find_program("prog", scratch.path()).ok());  // not executable
}

TEST(Process, ChildGetsNoDescriptorOfOurs) {
  const Scratch scratch;
  put_file(scratch / "secret-file", "");
  const auto fd = open_read(scratch / "secret-file");
  ASSERT_TRUE(fd.ok());
  const auto result = shell("ls -l /proc/self/fd");
  ASSERT_TRUE(result.ok());
  EXPECT_NE(result->output.find("pipe:"), std::string::npos);
  EXPECT_EQ(result->output.find("secret-file"), std::string::npos) << result->output;
}

TEST(Process, ChildSignalsAreAsAShellLeavesThem) {
  const auto old_handler = std::signal(SIGPIPE, SIG_IGN);
  sigset_t block;
  sigset_t old_mask;
  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &block, &old_mask);
  const auto result = run_process({"grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"}, {});
  ::pthread_sigmask(SIG_SETMASK, &old_mask, nullptr);
  std::signal(SIGPIPE, old_handler);
  ASSERT_TRUE(result.ok());
  EXPECT_NE(result->output.find("SigBlk:\t0000000000000000"), std::string::npos) << result->output;
  const auto ignored =
      std::stoull(result->output.substr(result->output.find("SigIgn:") + 8), nullptr, 16);
  EXPECT_EQ(ignored >> (SIGPIPE - 1) & 1, 0U);
}

TEST(Process, WorksWithStandardDescriptorsClosed) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (int fd = 0; fd < 3; ++fd) ::close(fd);
    ProcessOptions options;
    options.input = "text";
    const auto result = shell("cat; echo err >&2", options);
    const auto no_input = shell("cat; echo ok", {});
    const bool good = result.ok() && result->output == "text" && result->errors == "err\n" &&
                      no_input.ok() && no_input->output == "ok\n";
    ::_exit(good ? 0 : 1);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(Process, InheritedOutputIsNotCaptured) {
  ProcessOptions options;
  options.inherit_output = true;
  testing::internal::CaptureStdout();
  const auto result = shell("echo seen; exit 3", options);
  const std::string seen = testing::internal::GetCapturedStdout();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(seen, "seen\n");
  EXPECT_EQ(result->output, "");
  EXPECT_EQ(result->exit_code, 3);
}

TEST(CoProcess, AnswersRequests) {
  const Scratch scratch;
  auto process = CoProcess::start({"cat"}, scratch.path());
  ASSERT_TRUE(process.ok());
  for (int i = 0; i < 100; ++i) {
    const std::string line = "request " + std::to_string(i);
    ASSERT_TRUE(process->write(line + "\nBODY").ok());
    const auto answer = process->read_line(100);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(*answer, line);
    const auto body = process->read_exact(4);
    ASSERT_TRUE(body.ok());
    EXPECT_EQ(*body, "BODY");
  }
}

TEST(CoProcess, RunsInItsDirectory) {
  const Scratch scratch;
  auto process = CoProcess::start({"/bin/sh", "-c", "pwd -P; cat"}, scratch.path());
  ASSERT_TRUE(process.ok());
  const auto line = process->read_line(4096);
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(*line, std::filesystem::canonical(scratch.path()).string());
}

TEST(CoProcess, ManyRequestsBeforeTheFirstAnswerIsRead) {
  auto process = CoProcess::start({"cat"}, "");
  ASSERT_TRUE(process.ok());
  const std::string text = mebibyte();
  ASSERT_TRUE(process->write(text).ok());
  const auto first = process->read_line(10);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(*first, "0");
  const auto rest = process->read_exact(text.size() - 2);
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(*rest, text.substr(2));
}

TEST(CoProcess, ReadsManyLines) {
  auto process = CoProcess::start({"cat"}, "");
  ASSERT_TRUE(process.ok());
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i) + "\n";
  ASSERT_TRUE(process->write(text).ok());
  for (int i = 0; i < 50'000; ++i) {
    const auto line = process->read_line(10);
    ASSERT_TRUE(line.ok());
    ASSERT_EQ(*line, std::to_string(i));
  }
}

TEST(CoProcess, LineLengthIsBounded) {
  auto process = CoProcess::start({"cat"}, "");
  ASSERT_TRUE(process.ok());
  ASSERT_TRUE(process->write("12345\n123456\n").ok());
  EXPECT_TRUE(process->read_line(5).ok());
  const auto long_line = process->read_line(5);
  ASSERT_FALSE(long_line.ok());
  EXPECT_EQ(long_line.error().code(), Code::kCorrupt);
}

TEST(RunningProcess, WorksWhileItsCallerDoesSomethingElse) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe.ok());
  // Each would wait for ever for the other, were they run one after the other.
  const auto place = "/proc/" + std::to_string(::getpid()) + "/fd/";
  auto reads = RunningProcess::start(
      {"/bin/sh", "-c", "read line <" + place + std::to_string(pipe->read.get()) + "; echo $line"},
      {});
  ASSERT_TRUE(reads.ok());
  const auto writes = run_process(
      {"/bin/sh", "-c", "echo said >" + place + std::to_string(pipe->write.get()) + "; exit 3"},
      {});
  ASSERT_TRUE(writes.ok());
  EXPECT_EQ(writes->exit_code, 3);
  const auto heard = reads->finish();
  ASSERT_TRUE(heard.ok());
  EXPECT_EQ(heard->output, "said\n");
}

TEST(RunningProcess, OneThatNobodyAsksIsEndedAndReaped) {
  {
    auto left = RunningProcess::start({"sleep", "1000"}, {});
    ASSERT_TRUE(left.ok());
    const RunningProcess moved = *std::move(left);
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left behind";
}

TEST(CoProcess, EarlyEndShowsWhatTheChildSaid) {
  auto process = CoProcess::start({"/bin/sh", "-c", "echo fatal: no repository >&2; exit 128"}, "");
  ASSERT_TRUE(process.ok());
  const auto line = process->read_line(100);
  ASSERT_FALSE(line.ok());
  EXPECT_EQ(line.error().code(), Code::kIo);
  EXPECT_NE(line.error().message().find("fatal: no repository"), std::string::npos);
}

TEST(CoProcess, WriteToADeadChildIsAnErrorAndNoSignal) {
  const auto old_handler = std::signal(SIGPIPE, SIG_DFL);
  auto process = CoProcess::start({"true"}, "");
  ASSERT_TRUE(process.ok());
  const auto status = process->write(mebibyte());
  std::signal(SIGPIPE, old_handler);
  EXPECT_FALSE(status.ok());
}

TEST(CoProcess, MovesAndReaps) {
  auto started = CoProcess::start({"cat"}, "");
  ASSERT_TRUE(started.ok());
  {
    CoProcess process = *std::move(started);
    ASSERT_TRUE(process.write("x\n").ok());
    EXPECT_TRUE(process.read_line(10).ok());
    auto other = CoProcess::start({"cat"}, "");
    ASSERT_TRUE(other.ok());
    process = *std::move(other);
    ASSERT_TRUE(process.write("y\n").ok());
    const auto line = process.read_line(10);
    ASSERT_TRUE(line.ok());
    EXPECT_EQ(*line, "y");
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left behind";
}

}  // namespace
}  // namespace cairn::base
