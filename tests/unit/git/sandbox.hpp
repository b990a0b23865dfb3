// What tests on real repositories share: a directory that is removed afterwards, an environment in
// which git sees no configuration of this machine, and short words for git commands.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.hpp"
#include "git/git_repo.hpp"

namespace cairn::git {

// Sets a variable (or removes it, given nothing) for the rest of the scope.
class Variable {
 public:
  Variable(std::string name, const std::optional<std::string>& value) : name_(std::move(name)) {
    if (const char* old = std::getenv(name_.c_str())) old_ = old;
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(old_); }

 private:
  void set(const std::optional<std::string>& value) {
    if (value) {
      ::setenv(name_.c_str(), value->c_str(), 1);
    } else {
      ::unsetenv(name_.c_str());
    }
  }
  std::string name_;
  std::optional<std::string> old_;
};

class Sandbox {
 public:
  Sandbox() {
    std::string name = (std::filesystem::temp_directory_path() / "cairn-git-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = std::filesystem::canonical(name).string();
    for (const char* variable :
         {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_CONFIG_COUNT"}) {
      ::unsetenv(variable);
    }
    const std::map<std::string, std::string> isolated = {
        {"HOME", path_},
        {"XDG_CONFIG_HOME", path_},
        {"GIT_CONFIG_NOSYSTEM", "1"},
        {"GIT_CONFIG_GLOBAL", "/dev/null"},
        {"GIT_CEILING_DIRECTORIES", path_},
        {"GIT_AUTHOR_NAME", "Ada"},
        {"GIT_AUTHOR_EMAIL", "ada@example.com"},
        {"GIT_AUTHOR_DATE", "1700000000 +0000"},
        {"GIT_COMMITTER_NAME", "Ada"},
        {"GIT_COMMITTER_EMAIL", "ada@example.com"}};
    for (const auto& [name_of, value] : isolated) ::setenv(name_of.c_str(), value.c_str(), 1);
  }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox() {
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

// A work tree and git commands in it. Every command must succeed.
class TestTree {
 public:
  explicit TestTree(std::string top) : top_(std::move(top)) {}
  // `git init` with `extra` arguments.
  static TestTree create(const std::string& top, const std::vector<std::string>& extra = {}) {
    std::filesystem::create_directories(top);
    TestTree tree(top);
    std::vector<std::string> arguments = {"init", "-q", "-b", "main"};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    tree.git(arguments);
    return tree;
  }

  [[nodiscard]] const std::string& top() const { return top_; }

  std::string git(const std::vector<std::string>& arguments, const std::string& input = {}) const {
    std::vector<std::string> argv = {"git", "-c", "protocol.file.allow=always"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    base::ProcessOptions options;
    options.directory = top_;
    options.input = input;
    auto result = base::run_process(argv, options);
    EXPECT_TRUE(result.ok());
    EXPECT_EQ(result->exit_code, 0) << arguments[0] << ": " << result->errors;
    std::string& output = result->output;
    if (output.ends_with('\n')) output.pop_back();
    return std::move(output);
  }
  void write(const std::string& name, std::string_view text) const {
    const std::filesystem::path file = std::filesystem::path(top_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  // Commits all changes; the new commit's id.
  std::string commit(const std::string& message) const {
    git({"add", "-A", "-f"});
    git({"commit", "-q", "--allow-empty", "-m", message});
    return git({"rev-parse", "HEAD"});
  }
  std::string commit_file(const std::string& name, std::string_view text) const {
    write(name, text);
    return commit("change " + name);
  }
  // The id that git gives this content.
  std::string blob(std::string_view text) const {
    return git({"hash-object", "--stdin"}, std::string(text));
  }
  [[nodiscard]] GitRepo open() const {
    auto repo = GitRepo::discover(top_);
    EXPECT_TRUE(repo.ok()) << repo.error().message();
    return *std::move(repo);
  }

 private:
  std::string top_;
};

// path -> contents' ids, as a multiset, for comparisons that ignore order.
inline std::multimap<std::string, std::string> as_map(const std::vector<PointerBlob>& pointers) {
  std::multimap<std::string, std::string> map;
  for (const PointerBlob& pointer : pointers) map.emplace(pointer.path, pointer.blob);
  return map;
}

// A `git` that writes one line per call to a file, put before the real one for the rest of the
// scope.
class CountedGit {
 public:
  explicit CountedGit(const Sandbox& sandbox)
      : log_(sandbox / "git-calls"), path_("PATH", prepare(sandbox) + ":" + std::getenv("PATH")) {}
  [[nodiscard]] std::size_t calls() const {
    std::ifstream in(log_, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

 private:
  std::string prepare(const Sandbox& sandbox) const {
    const std::string folder = sandbox / "counted";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/git") << "#!/bin/sh\necho call >>'" << log_ << "'\nPATH='"
                                   << std::getenv("PATH") << "' exec git \"$@\"\n";
    std::filesystem::permissions(folder + "/git", std::filesystem::perms::owner_all);
    return folder;
  }
  std::string log_;
  Variable path_;
};

}  // namespace cairn::git
