#include "git/blob_reader.hpp"

#include <algorithm>
#include <span>

#include "base/text.hpp"

namespace cairn::git {
namespace {

// Asked before the first answer is read: bounds the answers that wait in memory.
constexpr std::size_t kBlobsInFlight = 256;
constexpr std::size_t kMaxHeaderBytes = 200;

struct BlobHeader {
  std::string_view kind;  // "blob", "missing", …
  std::uint64_t size_bytes = 0;
};

// "<id> blob <size>" or "<id> missing".
Result<BlobHeader> parse_blob_header(std::string_view line, std::string_view blob) {
  const auto fields = base::split(line, ' ');
  BlobHeader header;
  if (fields.size() >= 2 && fields[0] == blob) header.kind = fields[1];
  const bool sized = fields.size() == 3 && base::parse_u64(fields[2], header.size_bytes);
  if (header.kind.empty() || (!sized && header.kind != "missing")) {
    return Error(Code::kInternal, "git cat-file answered `" + std::string(line) + "`");
  }
  return header;
}

}  // namespace

bool is_object_id(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) && base::is_lower_hex(text);
}

Result<BlobReader> BlobReader::start(const GitCommand& command) {
  GitCall call;
  call.arguments = {"cat-file", "--batch"};
  CAIRN_TRY(auto process, base::CoProcess::start(command.argv(call), command.directory()));
  return BlobReader(std::move(process));
}

Status BlobReader::read(const std::vector<std::string>& blobs, std::size_t max_bytes,
                        std::vector<std::string>& out) {
  const std::span<const std::string> all(blobs);
  for (std::size_t at = 0; at < all.size(); at += kBlobsInFlight) {
    const auto batch = all.subspan(at, std::min(kBlobsInFlight, all.size() - at));
    CAIRN_CHECK(process_.write(joined_input({batch.begin(), batch.end()}, '\n')));
    for (const std::string& blob : batch) {
      CAIRN_TRY(auto content, read_one(blob, max_bytes));
      out.push_back(std::move(content));
    }
  }
  return {};
}

Result<std::string> BlobReader::read_one(const std::string& blob, std::size_t max_bytes) {
  CAIRN_TRY(const std::string line, process_.read_line(kMaxHeaderBytes));
  CAIRN_TRY(const BlobHeader header, parse_blob_header(line, blob));
  if (header.kind == "missing") {
    return Error(Code::kMissing, "git object " + blob + " is not in this repository");
  }
  if (header.kind != "blob") {
    return Error(Code::kCorrupt,
                 "git object " + blob + " is a " + std::string(header.kind) + ", not a blob");
  }
  if (header.size_bytes > max_bytes) {
    return Error(Code::kCorrupt, "git blob " + blob + " has " + std::to_string(header.size_bytes) +
                                     " bytes, at most " + std::to_string(max_bytes) +
                                     " are expected");
  }
  const auto size = static_cast<std::size_t>(header.size_bytes);
  CAIRN_TRY(auto content, process_.read_exact(size + 1));  // and a line end
  content.resize(size);
  return content;
}

}  // namespace cairn::git
