// What `ci` and `restore` share: the files of a commit that are wanted, brought within limits, and
// named by one digest before the first byte of data moves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repo/operations.hpp"
#include "store/chunk_reader.hpp"
#include "workdir/ignore.hpp"

namespace cairn::repo {

// A digest over type, id and path of every wanted file, in order of their paths: cairn-ci(1),
// FINGERPRINT. `revision` names the version to the user where a list is not here.
struct Fingerprint {
  Digest digest;
  std::uint64_t files = 0, bytes = 0;  // `files` counts links and empty folders too

  [[nodiscard]] std::string text() const { return "sha256:" + digest.hex(); }
};
Result<Fingerprint> fingerprint_of(const std::vector<Selected>& selected,
                                   const workdir::Selection& selection,
                                   const format::PageFetch& pages, const std::string& revision);

struct FetchLimits {
  std::optional<std::uint64_t> max_bytes;  // of data that may have to come, before compression
  std::string expect;                      // "sha256:…"; empty: anything
};
// kAnswerNo.
Status check_expected(const Fingerprint& found, const std::string& expect);
Status check_budget(std::uint64_t plain_bytes, std::uint64_t max_bytes);

// For `--frozen`: the lists of a kept store count, and no remote has a say in them. kMissing where
// one is not here.
Status require_lists(const Context& context, Repository& repository,
                     const std::vector<Selected>& selected, const std::string& revision);

// The same error; of data that lacks where no remote is known, with what there is to do about that.
Error name_no_remote(const Repository& repository, Error error);

struct Brought {
  FetchCommandReport fetched;  // all zero where nothing had to come
  bool asked = false;          // a remote was asked
  Fingerprint fingerprint;
};
// `selected` is what `how` names: a revision and paths. No remote is asked when everything wanted
// is here already. kAnswerNo when a limit is passed, before any data comes. Offline, or without a
// remote, what is missing is left to the check before writing; only the lists must be here.
Result<Brought> bring_exact(const Context& context, Repository& repository,
                            const std::vector<Selected>& selected, const FetchCommandOptions& how,
                            const FetchLimits& limits, bool offline);

// What ci() and restore_exactly() brought and wrote, for whoever has to trust the result later.
struct Restored {
  std::string commit;
  std::vector<Tracked> pointers;
  Brought brought;
  CheckoutReport written;
};
// restore() with the whole of what it did.
Result<Restored> restore_exactly(const Context& context, Repository& repository,
                                 const RestoreOptions& options);

}  // namespace cairn::repo
