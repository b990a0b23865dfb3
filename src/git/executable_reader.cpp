// Objects through the git executable, which keeps itself honest about replaced objects, alternates
// and partial clones.
#include <optional>

#include "git/blob_reader.hpp"
#include "git/object_reader.hpp"

namespace cairn::git {
namespace {

constexpr const char* kEmptyTreeSha1 = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
constexpr const char* kEmptyTreeSha256 =
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";

// Lines for `diff-tree --stdin`: "commit parent", "empty-tree tree" or "commit".
std::string lines_of(const std::vector<Comparison>& comparisons) {
  std::string input;
  for (const Comparison& pair : comparisons) {
    if (!pair.before.empty()) {
      input.append(pair.commit).append(" ").append(pair.before);
    } else if (!pair.tree.empty()) {
      input.append(pair.commit.size() == 64 ? kEmptyTreeSha256 : kEmptyTreeSha1);
      input.append(" ").append(pair.tree);
    } else {
      input.append(pair.commit);
    }
    input.append("\n");
  }
  return input;
}

class ExecutableReader final : public ObjectReader {
 public:
  explicit ExecutableReader(const GitCommand& command) : command_(command) {}

  Status read(const std::vector<std::string>& blobs, std::size_t max_bytes,
              std::vector<std::string>& out) override {
    if (!blobs_) {
      CAIRN_TRY(blobs_, BlobReader::start(command_));
    }
    Status status = blobs_->read(blobs, max_bytes, out);
    if (!status.ok()) blobs_.reset();  // in an unknown place
    return status;
  }

  Status compare(const std::vector<Comparison>& comparisons, PointerSet& pointers) override {
    if (comparisons.empty()) return {};
    GitCall call;
    call.pathspecs = Pathspecs::kPatterns;
    call.arguments = {
        "diff-tree",    "--stdin",       "-r", "-z",        "--raw", "--root", "--no-commit-id",
        "--no-renames", "--no-ext-diff", "--", kPointerGlob};
    call.input = lines_of(comparisons);
    CAIRN_TRY(const std::string output, command_.run(call));
    pointers.add_raw_diff(output);
    return {};
  }

 private:
  const GitCommand& command_;
  std::optional<BlobReader> blobs_;
};

}  // namespace

std::unique_ptr<ObjectReader> executable_reader(const GitCommand& command) {
  return std::make_unique<ExecutableReader>(command);
}

}  // namespace cairn::git
