#include "cli/exit_code.hpp"

namespace cairn::cli {

namespace {

struct Row {
  int exit;
  const char* slug;
};

Row row(Code code) {
  switch (code) {
    case Code::kUsage: return {2, "usage"};
    case Code::kAnswerNo: return {3, "answer-no"};
    case Code::kUnauthenticated: return {4, "remote-auth"};
    case Code::kNetwork: return {5, "network"};
    case Code::kMissing: return {6, "missing-object"};
    case Code::kCorrupt: return {7, "corrupt-data"};
    case Code::kLocked: return {8, "locked"};
    case Code::kNoSpace: return {9, "disk-full"};
    case Code::kPermission: return {9, "permission"};
    case Code::kNotRepository: return {10, "not-a-repository"};
    case Code::kConflict: return {11, "local-changes"};
    case Code::kTooNew: return {12, "format-too-new"};
    case Code::kUntrusted: return {13, "untrusted"};
    case Code::kInterrupted: return {130, "interrupted"};
    case Code::kIo: return {1, "io"};
    case Code::kNotFound: return {1, "not-found"};
    case Code::kExists: return {1, "exists"};
    case Code::kInternal: break;
  }
  return {1, "internal"};
}

}  // namespace

int exit_code(Code code) { return row(code).exit; }

std::string slug_of(const Error& error) { return error.slug().empty() ? row(error.code()).slug : error.slug(); }

}  // namespace cairn::cli
