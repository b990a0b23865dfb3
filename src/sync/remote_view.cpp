#include "sync/remote_view.hpp"

#include <algorithm>
#include <utility>

#include "base/cpu_pool.hpp"
#include "base/text.hpp"

namespace cairn::sync {
namespace {

// 67 bytes and a reason for each pack: enough for 400,000 packs in one collection.
constexpr std::size_t kMaxCondemnedBytes = std::size_t{64} << 20;
constexpr std::string_view kConfigKey = "cairn.json";

struct BadMark {
  PackId pack;
  std::uint32_t offset = 0;
};

// "bad/<pack id>.<offset>"; nothing for other names.
std::optional<BadMark> bad_of_key(std::string_view key) {
  constexpr std::string_view kPrefix = "bad/";
  if (!key.starts_with(kPrefix)) return std::nullopt;
  key.remove_prefix(kPrefix.size());
  if (key.size() < 66 || key[64] != '.') return std::nullopt;
  const auto pack = PackId::from_hex(key.substr(0, 64));
  std::uint64_t offset = 0;
  if (!pack || !base::parse_u64(key.substr(65), offset) || offset > format::kMaxPackBytes) {
    return std::nullopt;
  }
  return BadMark{*pack, static_cast<std::uint32_t>(offset)};
}

}  // namespace

std::optional<PackId> pack_of_key(std::string_view key) {
  constexpr std::size_t kPrefixBytes = 9;  // "packs/ab/"
  if (key.size() != kPrefixBytes + 64) return std::nullopt;
  const auto id = PackId::from_hex(key.substr(kPrefixBytes));
  if (!id || format::pack_key(*id) != key) return std::nullopt;
  return id;
}

Result<std::optional<base::Bytes>> get_if_exists(const Context& context, Remote& remote,
                                                 const std::string& key, std::size_t max_bytes) {
  auto bytes = remote.get(key, max_bytes, context.stop);
  if (bytes.ok()) return std::optional<base::Bytes>(*std::move(bytes));
  if (bytes.error().code() == Code::kNotFound) return std::optional<base::Bytes>();
  return std::move(bytes).error();
}

Result<bool> RemoteView::read_config() {
  CAIRN_TRY(const auto bytes,
            get_if_exists(context_, remote_, std::string(kConfigKey), format::kMaxJsonBytes));
  if (!bytes) return false;
  Status checked = format::check_remote_config(base::text_of(*bytes));
  if (!checked.ok()) {
    return std::move(checked).error().with(remote_.describe() + ": " + std::string(kConfigKey));
  }
  return true;
}

Status RemoteView::read_condemned() {
  std::vector<std::string> lists;
  const auto collect = [&](const ObjectInfo& object) -> Status {
    if (object.key.ends_with("/condemned") && read_lists_.count(object.key) == 0) {
      lists.push_back(object.key);
    }
    return {};
  };
  CAIRN_CHECK(remote_.list("gc/", collect, context_.stop));
  for (const std::string& key : lists) {
    CAIRN_TRY(const auto bytes, remote_.get(key, kMaxCondemnedBytes, context_.stop));
    auto packs = format::decode_condemned(base::text_of(bytes));
    if (!packs.ok()) {
      return std::move(packs)
          .error()
          .with(remote_.describe() + ": `" + key + "`")
          .hint("nothing on this remote may be relied on until the list can be read");
    }
    for (const auto& pack : *packs) condemned_.insert(pack.first);
    read_lists_.insert(key);
  }
  return {};
}

Status RemoteView::read_bad() {
  bad_.clear();
  const auto note = [&](const ObjectInfo& object) -> Status {
    if (const auto mark = bad_of_key(object.key)) bad_[mark->pack].push_back(mark->offset);
    return {};
  };
  return remote_.list("bad/", note, context_.stop);
}

Status RemoteView::need_packs() {
  if (packs_listed_) return {};
  const auto note = [&](const ObjectInfo& object) -> Status {
    if (const auto id = pack_of_key(object.key)) packs_[*id] = object.size_bytes;
    return {};
  };
  CAIRN_CHECK(remote_.list("packs/", note, context_.stop));
  packs_listed_ = true;
  return {};
}

std::optional<std::uint64_t> RemoteView::pack_size(const PackId& id) const {
  const auto pack = packs_.find(id);
  if (pack == packs_.end()) return std::nullopt;
  return pack->second;
}

std::vector<PackId> RemoteView::listed_packs() const {
  std::vector<PackId> out;
  out.reserve(packs_.size());
  for (const auto& pack : packs_) out.push_back(pack.first);
  std::sort(out.begin(), out.end());
  return out;
}

bool RemoteView::is_present(const PackId& id, std::uint64_t record_end) const {
  const auto size = pack_size(id);
  return size && record_end + format::kPackTrailerBytes <= *size;
}

bool RemoteView::is_bad_record(const PackId& id, std::uint32_t offset) const {
  const auto marks = bad_.find(id);
  if (marks == bad_.end()) return false;
  return std::find(marks->second.begin(), marks->second.end(), offset) != marks->second.end();
}

bool RemoteView::counts(const PackId& id, std::uint32_t offset, std::uint32_t bytes) const {
  return is_present(id, std::uint64_t{offset} + bytes) && !is_condemned(id) && !is_bad_pack(id) &&
         !is_bad_record(id, offset);
}

Result<std::optional<SeenRoot>> RemoteView::read_root(const std::string& project,
                                                      const Digest& closure) const {
  const std::string key = format::root_key(project, closure);
  CAIRN_TRY(auto bytes, get_if_exists(context_, remote_, key, format::kMaxRootBytes));
  if (!bytes) return std::optional<SeenRoot>();
  auto root = format::decode_root(*bytes);
  if (!root.ok()) return std::move(root).error().with(remote_.describe() + ": `" + key + "`");
  if (root->closure != closure || base::to_hex(root->project) != project) {
    return Error(Code::kCorrupt,
                 remote_.describe() + ": `" + key + "` is the root of another version");
  }
  return std::optional<SeenRoot>({*std::move(root), *std::move(bytes)});
}

Result<std::vector<RootAnswer>> read_roots(const RemoteView& view, const std::string& project,
                                           std::span<const Digest> closures) {
  std::vector<std::optional<RootAnswer>> found(closures.size());
  CAIRN_CHECK(base::parallel_for(view.context(), closures.size(), [&](std::size_t i) -> Status {
    const RootAnswer& root = found[i].emplace(view.read_root(project, closures[i]));
    return root.ok() || is_gone_or_damaged(root.error()) ? Status() : Status(root.error());
  }));
  std::vector<RootAnswer> out;
  out.reserve(found.size());
  for (auto& root : found) out.push_back(*std::move(root));
  return out;
}

}  // namespace cairn::sync
