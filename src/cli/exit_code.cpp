#include "cli/exit_code.hpp"

namespace cairn::cli {

namespace {

struct Row {
  int exit;
  const char* slug;
  const char* hint = "";  // where an error came without one
};

Row row(Code code) {
  switch (code) {
    case Code::kUsage:
      return {2, "usage"};
    case Code::kAnswerNo:
      return {3, "answer-no", "`cairn status` shows what differs"};
    case Code::kUnauthenticated:
      return {4, "remote-auth", "renew the credentials, then run the same command again"};
    case Code::kNetwork:
      return {5, "network", "run the same command again: it goes on with what is left"};
    case Code::kMissing:
      return {6, "missing-object", "`cairn pull` brings what the remote has"};
    case Code::kCorrupt:
      return {7, "corrupt-data", "`cairn fsck` tells what is hit"};
    case Code::kLocked:
      return {8, "locked", "wait for that process or end it, then run the same command again"};
    case Code::kNoSpace:
      return {9, "disk-full", "make room (`cairn gc` may help), then run the same command again"};
    case Code::kPermission:
      return {9, "permission",
              "look at the owner and mode of that path with `ls -ld`, and at its mount"};
    case Code::kNotRepository:
      return {10, "not-a-repository", "git init && cairn init"};
    case Code::kConflict:
      return {11, "local-changes", "move what is named aside, then run the same command again"};
    case Code::kTooNew:
      return {12, "format-too-new",
              "install a newer cairn; `cairn version` shows what this one knows"};
    case Code::kUntrusted:
      return {13, "untrusted", "`cairn trust NAME` allows requests to the place of a remote"};
    case Code::kInterrupted:
      return {130, "interrupted", "run the same command again: it does only what is left"};
    case Code::kIo:
      return {1, "io",
              "look at the disk, the mount and the system's log, then run the same command again"};
    case Code::kNotFound:
      return {1, "not-found", "look whether it was moved or removed meanwhile, then run it again"};
    case Code::kExists:
      return {1, "exists", "move what is there aside, then run the same command again"};
    case Code::kInternal:
      break;
  }
  return {1, "internal", "this is a fault of cairn itself: please report it with this text"};
}

}  // namespace

int exit_code(Code code) { return row(code).exit; }

std::vector<std::string> hints_of(const Error& error) {
  if (!error.hints().empty()) return error.hints();
  const std::string hint = row(error.code()).hint;
  return hint.empty() ? std::vector<std::string>() : std::vector<std::string>{hint};
}

std::string slug_of(const Error& error) {
  return error.slug().empty() ? row(error.code()).slug : error.slug();
}

}  // namespace cairn::cli
