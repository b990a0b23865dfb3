// pre-commit and pre-merge-commit: what is staged, held against what would lose or leak something.
// Reads the index and, for data changed behind its pointer, the stat cache; contacts nobody.
#pragma once

#include <vector>

#include "hooks/findings.hpp"
#include "repo/repository.hpp"

namespace cairn::hooks {

enum class Check {
  kLargeFiles,  // blobs over cairn.max-blob
  kPointers,    // staged pointers are valid, their data is here or pushed, git ignores that data
  kFresh,       // tracked data was not changed behind its pointer
  kNoSecrets,   // credentials in .cairn/config, .cairn/sources and pointers
  kBudget,      // no more new data than cairn.max-commit
  kSafeModels,  // new files that run code when they are read
};
inline constexpr Check kAllChecks[] = {Check::kLargeFiles, Check::kPointers, Check::kFresh,
                                       Check::kNoSecrets,  Check::kBudget,   Check::kSafeModels};

// "large-files" …
const char* name_of(Check check);

// Every fault at once; none: the commit may go on. kFresh looks at the data where the commit stages
// a pointer, or where no more than kQuickPaths paths and kQuickFiles files are checked out.
Result<std::vector<Fault>> check_commit(const Context& context, repo::Repository& repository,
                                        const std::vector<Check>& checks);

inline constexpr std::uint64_t kQuickFiles = 20'000;
inline constexpr std::uint64_t kQuickPaths = 2'000;  // each has a pointer and a state to be read

}  // namespace cairn::hooks
