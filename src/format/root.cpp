// The root of a version on a remote. cairn-remote(7), ROOT.
#include <fmt/core.h>

#include <algorithm>

#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "format/page_rules.hpp"
#include "format/place.hpp"
#include "format/refusal.hpp"
#include "format/remote_objects.hpp"

namespace cairn::format {
namespace {

constexpr std::array<std::uint8_t, 8> kRootMagic = {0x89, 'C', 'R', 'N', 'R', 'O', 'O', 'T'};
constexpr std::size_t kRootFixedBytes = 204;
constexpr std::size_t kRootHashBytes = 32;
constexpr std::uint16_t kCommitTag = 1;
constexpr std::uint16_t kProgramTag = 2;

void put_section(std::uint16_t tag, std::string_view text, base::ByteWriter& out) {
  if (text.empty()) return;
  out.u16(tag);
  out.u16(0);
  out.u32(static_cast<std::uint32_t>(text.size()));
  out.text(text);
}

bool is_commit(std::string_view text) {
  const bool hex = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  return hex && (text.size() == 40 || text.size() == 64);
}

Status set_section(Root& root, std::uint16_t tag, std::string_view text) {
  if (tag != kCommitTag && tag != kProgramTag) return {};  // may be skipped
  std::string& field = tag == kCommitTag ? root.commit : root.program;
  if (!field.empty()) return refuse("root", "a section twice");
  if (tag == kCommitTag && !is_commit(text))
    return refuse("root", "a git commit that is not 40 or 64 hex digits");
  if (text.empty() || !base::is_valid_utf8(text))
    return refuse("root", "a program name that is empty or not UTF-8");
  field = text;
  return {};
}

Status decode_sections(base::ByteReader& in, std::uint32_t size_bytes, Root& root) {
  if (in.remaining() != size_bytes)
    return refuse("root", "sections of another length than it says");
  while (in.remaining() > 0) {
    const std::uint16_t tag = in.u16();
    const std::uint16_t reserved = in.u16();
    const auto bytes = in.raw(in.u32());
    if (!in.ok()) return refuse("root", "a section is cut short");
    if (reserved != 0) return refuse("root", "reserved bytes that are not zero");
    CAIRN_CHECK(set_section(root, tag, base::text_of(bytes)));
  }
  return {};
}

// Length, magic and hash; everything else is behind a valid hash.
Status check_root_bytes(base::ByteView bytes) {
  if (bytes.size() > kMaxRootBytes) return refuse("root", "larger than 64 KiB");
  if (bytes.size() < kRootFixedBytes + kRootHashBytes) return refuse("root", "it is cut short");
  if (std::memcmp(bytes.data(), kRootMagic.data(), kRootMagic.size()) != 0) {
    return refuse("root", "it does not start like one");
  }
  const auto body = bytes.first(bytes.size() - kRootHashBytes);
  if (std::memcmp(crypto::sha256(body).bytes.data(), &bytes[body.size()], kRootHashBytes) != 0) {
    return refuse("root", "its checksum is wrong");
  }
  return {};
}

// Bytes 8 to 39.
Status decode_root_header(base::ByteReader& in, Root& root) {
  ContainerFields fields;
  fields.version = in.u16();
  fields.digest = in.u8();
  const std::uint8_t kind = in.u8();
  fields.cipher = in.u8();
  const bool gap_is_zero = zeros_follow(in, 3);
  fields.features = in.u64();
  fields.key_id_is_zero = zeros_follow(in, 16);
  CAIRN_CHECK(check_container("root", fields));
  if (kind > static_cast<std::uint8_t>(ClosureKind::kRecipe))
    return refuse_newer("root", fmt::format("kind {}", kind));
  if (!gap_is_zero) return refuse("root", "reserved bytes that are not zero");
  root.kind = static_cast<ClosureKind>(kind);
  return {};
}

Status decode_root_body(base::ByteReader& in, Root& root) {
  root.closure = in.id<Digest>();
  const auto project = in.raw(root.project.size());
  std::memcpy(root.project.data(), project.data(), project.size());
  root.size_bytes = in.u64();
  root.files = in.u64();
  root.stored_bytes = in.u64();
  root.time_ms = in.u64();
  root.table = in.id<ChunkId>();
  root.table_place.pack = in.id<PackId>();
  decode_place_numbers(in, root.table_place);
  const std::uint64_t largest =
      std::max({root.size_bytes, root.files, root.stored_bytes, root.time_ms});
  if (largest > kMaxTotalBytes) return refuse("root", "a number of 2^63 or more");
  if (const char* fault = place_fault(root.table_place)) return refuse("root", fault);
  return decode_sections(in, in.u32(), root);
}

}  // namespace

base::Bytes encode_root(const Root& root) {
  base::ByteWriter out;
  out.raw(kRootMagic);
  out.u16(kVersion1);
  out.u8(kDigestSha256);
  out.u8(static_cast<std::uint8_t>(root.kind));
  out.u8(kCipherNone);
  out.zeros(3 + 8 + 16);
  out.id(root.closure);
  out.raw(root.project);
  out.u64(root.size_bytes);
  out.u64(root.files);
  out.u64(root.stored_bytes);
  out.u64(root.time_ms);
  out.id(root.table);
  out.id(root.table_place.pack);
  encode_place_numbers(root.table_place, out);
  out.u32(0);
  put_section(kCommitTag, root.commit, out);
  put_section(kProgramTag, root.program, out);
  out.patch_u32(kRootFixedBytes - 4, static_cast<std::uint32_t>(out.size() - kRootFixedBytes));
  out.id(crypto::sha256(out.view()));
  return std::move(out).take();
}

Result<Root> decode_root(base::ByteView bytes) {
  CAIRN_CHECK(check_root_bytes(bytes));
  base::ByteReader in(
      bytes.subspan(kRootMagic.size(), bytes.size() - kRootMagic.size() - kRootHashBytes));
  Root root;
  CAIRN_CHECK(decode_root_header(in, root));
  CAIRN_CHECK(decode_root_body(in, root));
  return root;
}

}  // namespace cairn::format
