// The program in process: words in, exit code and both outputs out.
#pragma once

#include <nlohmann/json.hpp>

#include "cli/app.hpp"
#include "unit/git/sandbox.hpp"

namespace cairn::cli {

struct Outcome {
  int exit_code = 0;
  std::string out, err;
};

struct Program {
  std::string directory = "/";
  std::map<std::string, std::string> environment = {};
  ProgressClock progress_clock = steady_progress_clock();

  Outcome operator()(const std::vector<std::string>& words) const {
    Outcome outcome;
    Io io;
    io.out = [&](std::string_view text) {
      outcome.out += text;
      return true;
    };
    io.err = [&](std::string_view text) { outcome.err += text; };
    io.environment = environment;
    io.directory = directory;
    io.progress_clock = progress_clock;
    outcome.exit_code = cairn_main(words, io, {});
    return outcome;
  }
  // The output of a command that must succeed.
  std::string run(const std::vector<std::string>& words) const {
    const auto outcome = (*this)(words);
    EXPECT_EQ(outcome.exit_code, 0) << words.front() << ": " << outcome.out << outcome.err;
    return outcome.out;
  }
  nlohmann::json json(std::vector<std::string> words) const {
    words.insert(words.begin(), "--json");
    return nlohmann::json::parse(run(words));
  }
};

}  // namespace cairn::cli
