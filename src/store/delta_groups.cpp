#include "store/delta_groups.hpp"

#include <algorithm>
#include <vector>

#include "base/file.hpp"
#include "crypto/crc32c.hpp"
#include "store/sharing.hpp"

namespace cairn::store {
namespace {

constexpr std::string_view kGroupsMagic = "CRNGRP1\n";
constexpr std::size_t kHeaderBytes = 16;                   // magic, saves, checksum of what follows
constexpr std::size_t kEntryBytes = 44;                    // id, versions, stored bytes, saved
constexpr std::size_t kMostGroups = std::size_t{1} << 17;  // 5.5 MiB

void put_u32(base::Bytes& out, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint32_t u32_at(base::ByteView bytes, std::size_t at) {
  return base::load_le<std::uint32_t>(bytes.data() + at);
}

}  // namespace

std::optional<DeltaGroups::Group> DeltaGroups::find(const ChunkId& base) {
  const std::lock_guard guard(mutex_);
  load_once();
  const auto found = groups_.find(base);
  return found == groups_.end() ? std::nullopt : std::optional(found->second);
}

void DeltaGroups::set(const ChunkId& base, const Group& group) {
  const std::lock_guard guard(mutex_);
  load_once();
  groups_[base] = group;
  changed_[base] = group;
}

void DeltaGroups::load_once() {
  if (loaded_) return;
  loaded_ = true;
  groups_ = read_file(saves_);
}

DeltaGroups::Groups DeltaGroups::read_file(std::uint32_t& saves) const {
  Groups groups;
  const auto file = base::read_file_if_exists(path_, kHeaderBytes + 2 * kMostGroups * kEntryBytes);
  if (!file.ok() || !*file) return groups;
  const base::ByteView bytes = **file;
  if (bytes.size() < kHeaderBytes || (bytes.size() - kHeaderBytes) % kEntryBytes != 0)
    return groups;
  const auto body = bytes.subspan(kHeaderBytes);
  if (base::text_of(bytes.first(kGroupsMagic.size())) != kGroupsMagic ||
      crypto::crc32c(body) != u32_at(bytes, 12))
    return groups;
  saves = u32_at(bytes, 8);
  for (std::size_t at = 0; at < body.size(); at += kEntryBytes) {
    ChunkId id;
    std::copy_n(body.begin() + static_cast<std::ptrdiff_t>(at), id.bytes.size(), id.bytes.begin());
    groups[id] = {u32_at(body, at + 32), u32_at(body, at + 36), u32_at(body, at + 40)};
  }
  return groups;
}

void DeltaGroups::save() {
  const std::lock_guard guard(mutex_);
  if (changed_.empty()) return;
  std::uint32_t saves = saves_;
  Groups all = read_file(saves);
  saves_ = saves + 1;
  for (const auto& [id, group] : changed_) {
    all[id] = group;
    all[id].saved = saves_;
  }
  changed_.clear();
  std::vector<std::pair<ChunkId, Group>> entries(all.begin(), all.end());
  std::ranges::sort(entries, [](const auto& a, const auto& b) {
    return std::pair(b.second.saved, a.first) < std::pair(a.second.saved, b.first);
  });
  if (entries.size() > kMostGroups) entries.resize(kMostGroups);
  base::Bytes body;
  for (const auto& [id, group] : entries) {
    body.insert(body.end(), id.bytes.begin(), id.bytes.end());
    for (const std::uint32_t value : {group.versions, group.stored_bytes, group.saved})
      put_u32(body, value);
  }
  base::Bytes out(kGroupsMagic.begin(), kGroupsMagic.end());
  put_u32(out, saves_);
  put_u32(out, crypto::crc32c(body));
  out.insert(out.end(), body.begin(), body.end());
  if (base::write_file_atomic(path_, out, 0666, base::Durability::kCacheOnly).ok())
    (void)settle_file(path_);
  groups_ = std::move(all);
}

}  // namespace cairn::store
