// The proof file of `ci` and `restore`: which commit, which pointers, where the bytes came from.
#pragma once

#include "cli/command.hpp"
#include "repo/exact_fetch.hpp"

namespace cairn::cli {

// Data that was written here, by where it came from; before compression.
struct Sources {
  std::uint64_t remote = 0, store = 0, tree = 0;
};
Sources sources_of(const repo::Restored& report);

Json to_json(const repo::Restored& report);

// As JSON with `facts`, for whoever has to trust the result later.
Status write_proof(const Invocation& call, const std::string& file, const Json& facts,
                   std::int64_t begun_ms);

inline constexpr Flag kProof{"proof", 0, Flag::Kind::kValue, "FILE",
                             "write what was restored, as JSON"};

}  // namespace cairn::cli
