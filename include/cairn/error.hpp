// What went wrong, in the words a user needs, plus the code a script needs.
// Values only; no ownership beyond strings. Every fallible function of the library returns
// Result<T>.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cairn {

// Closed set; each value maps to one exit code (cli/exit_code.cpp) and one default slug.
enum class Code : std::uint8_t {
  kInternal,         // our bug
  kUsage,            // wrong words on the command line, unknown revision
  kAnswerNo,         // a check answered "no"
  kUnauthenticated,  // credentials missing or refused
  kNetwork,          // unreachable after retries
  kMissing,          // an object exists neither here nor on any remote
  kCorrupt,          // bytes that are not what their name or checksum says
  kLocked,           // a lock was not obtained in time
  kNoSpace,          // disk full, quota
  kPermission,       // EACCES, EPERM, read-only file system
  kIo,               // any other failing system call
  kNotRepository,    // not inside a git work tree, or `cairn init` was never run
  kConflict,         // would lose work, collisions, conflicts
  kTooNew,           // format, feature, codec newer than this program
  kUntrusted,        // endpoint not trusted
  kInterrupted,      // the user asked to stop
  kNotFound,  // expected kind of absence at a lower layer (a key, a file); never shown unwrapped
  kExists,    // create-only operation met an existing thing
};

// One failure. `message` names what failed, on which thing and why; `hints` are commands that are
// safe to run.
class Error {
 public:
  Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  // Prefixes the message with what was being done: with("reading pack ab12") gives "reading pack
  // ab12: …".
  Error&& with(std::string doing) && {
    message_ = std::move(doing) + ": " + message_;
    return std::move(*this);
  }
  Error&& hint(std::string line) && {
    hints_.push_back(std::move(line));
    return std::move(*this);
  }
  // Further indented facts ("first missing: …"), one line each.
  Error&& detail(std::string line) && {
    details_.push_back(std::move(line));
    return std::move(*this);
  }
  // Short stable name explained by `cairn help <slug>`; a default follows from the code.
  Error&& slug(std::string name) && {
    slug_ = std::move(name);
    return std::move(*this);
  }

  [[nodiscard]] Code code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const std::vector<std::string>& hints() const { return hints_; }
  [[nodiscard]] const std::vector<std::string>& details() const { return details_; }
  [[nodiscard]] const std::string& slug() const { return slug_; }

 private:
  Code code_;
  std::string message_;
  std::vector<std::string> details_;
  std::vector<std::string> hints_;
  std::string slug_;
};

}  // namespace cairn
