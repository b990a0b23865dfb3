#include "format/page.hpp"

#include <fmt/core.h>

#include "format/page_rules.hpp"
#include "format/refusal.hpp"

namespace cairn::format {
namespace {

constexpr std::array<std::uint8_t, 4> kPageMagic = {'C', 'R', 'N', 'P'};
constexpr std::uint8_t kTopFlag = 1;

}  // namespace

void encode_page_header(const PageHeader& header, base::ByteWriter& out) {
  out.raw(kPageMagic);
  out.u8(static_cast<std::uint8_t>(header.kind));
  out.u8(kVersion1);
  out.u8(header.level);
  out.u8(header.top ? kTopFlag : 0);
  out.u32(header.entries);
  out.zeros(4);
}

Result<PageHeader> decode_page_header(base::ByteReader& in, PageKind expected) {
  const auto magic = in.raw(kPageMagic.size());
  if (!in.ok() || std::memcmp(magic.data(), kPageMagic.data(), magic.size()) != 0) {
    return refuse("page", "it does not start like one");
  }
  const std::uint8_t kind = in.u8();
  const std::uint8_t version = in.u8();
  const std::uint8_t level = in.u8();
  const std::uint8_t flags = in.u8();
  PageHeader header;
  header.entries = in.u32();
  const std::uint32_t reserved = in.u32();
  if (!in.ok()) return refuse("page", "shorter than its header");
  if (version != kVersion1) return refuse_newer("page", fmt::format("version {}", version));
  if (kind < 1 || kind > 3) return refuse_newer("page", fmt::format("kind {}", kind));
  if ((flags & ~kTopFlag) != 0) return refuse_newer("page", fmt::format("flags {:#x}", flags));
  header.kind = static_cast<PageKind>(kind);
  if (header.kind != expected) return refuse("page", "a page of another kind");
  if (level > kMaxLevel) return refuse("page", "a level above 15");
  if (reserved != 0) return refuse("page", "reserved bytes that are not zero");
  header.level = level;
  header.top = (flags & kTopFlag) != 0;
  return header;
}

Status check_page_header(const PageHeader& header, std::uint32_t max_leaf,
                         std::uint32_t max_inner) {
  const bool inner = header.level > 0;
  if (header.entries > (inner ? max_inner : max_leaf)) return refuse("page", "too many entries");
  if (header.entries == 0 && (inner || !header.top)) return refuse("page", "no entry");
  if (header.entries == 1 && inner && header.top)
    return refuse("page", "a top page with a single child");
  return {};
}

bool count_child(InnerEntry& sum, const InnerEntry& child) {
  sum.last_path = child.last_path;
  return add_bounded(sum.a, child.a) && add_bounded(sum.b, child.b);
}

}  // namespace cairn::format
