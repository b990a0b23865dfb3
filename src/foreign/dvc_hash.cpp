#include "foreign/dvc_hash.hpp"

#include <array>
#include <optional>

#include "base/file.hpp"
#include "crypto/md5.hpp"

namespace cairn::foreign {

namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;  // what DVC reads, and judges, at once
constexpr std::size_t kSampleBytes = 512;

enum class Rule { kPlain, kTextByBlock, kTextByStart };

bool is_text_byte(std::uint8_t byte) {
  return (byte >= 32 && byte < 127) || byte == '\n' || byte == '\r' || byte == '\t' ||
         byte == '\f' || byte == '\b';
}

// At most three bytes in ten of the sample are no text, and none is NUL.
bool is_text(base::ByteView block) {
  const auto sample = block.first(std::min(block.size(), kSampleBytes));
  std::size_t others = 0;
  for (const auto byte : sample) {
    if (byte == 0) return false;
    if (!is_text_byte(byte)) ++others;
  }
  return others * 10 <= sample.size() * 3;
}

// The block without the CR of each CRLF; one that is split between blocks stays.
void update_as_text(crypto::Md5& hash, base::ByteView block) {
  std::size_t from = 0;
  for (std::size_t i = 0; i + 1 < block.size(); ++i) {
    if (block[i] != '\r' || block[i + 1] != '\n') continue;
    hash.update(block.subspan(from, i - from));
    from = i + 1;
  }
  hash.update(block.subspan(from));
}

Result<std::string> md5_of(const base::Fd& file, const std::string& path, std::uint64_t size,
                           Rule rule) {
  thread_local std::vector<std::uint8_t> buffer(kBlockBytes);
  crypto::Md5 hash;
  bool text = false;
  for (std::uint64_t at = 0; at < size; at += kBlockBytes) {
    const auto block = std::span(buffer).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, size - at)));
    CAIRN_CHECK(base::pread_exact(file, block, at, path));
    if (rule == Rule::kTextByBlock || (rule == Rule::kTextByStart && at == 0))
      text = is_text(block);
    if (text) {
      update_as_text(hash, block);
    } else {
      hash.update(block);
    }
  }
  return hash.finish_hex();
}

}  // namespace

Result<bool> is_object(const base::Fd& file, const std::string& path, const DvcObject& object) {
  struct ::stat info {};
  if (::fstat(file.get(), &info) != 0) return base::errno_error("look at", path, errno);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const auto matches = [&](Rule rule) -> Result<bool> {
    CAIRN_TRY(const auto md5, md5_of(file, path, size, rule));
    return md5 == object.md5;
  };
  if (!object.legacy) return matches(Rule::kPlain);
  CAIRN_TRY(const bool by_block, matches(Rule::kTextByBlock));
  if (by_block || size <= kBlockBytes) return by_block;
  return matches(Rule::kTextByStart);
}

}  // namespace cairn::foreign
