#include "sync/index_lookup.hpp"

#include <utility>

#include "base/text.hpp"

namespace cairn::sync {
namespace {

// A table of 2^20 chunks in as many records, each with a base, is about 110 MB.
constexpr std::size_t kMaxIndexBytes = std::size_t{256} << 20;

IndexCopy copy_at(const format::TableView& table, std::uint32_t at) {
  const format::TableChunk chunk = table.chunk(at);
  IndexCopy copy;
  copy.record = table.record(chunk.record);
  copy.offset = chunk.offset;
  copy.length = chunk.length;
  const format::TablePack pack = table.pack(table.pack_of_record(chunk.record));
  copy.pack = pack.id;
  copy.pack_bytes = pack.size_bytes;
  copy.kind = pack.kind;
  for (std::uint32_t i = 0; i < copy.record.base_count; ++i) {
    copy.bases.push_back(table.base(copy.record.first_base + i));
  }
  return copy;
}

}  // namespace

Status visit_index(const RemoteView& view, const IndexVisit& visit, const IndexFault& on_fault) {
  std::vector<std::string> keys;
  const auto collect = [&](const ObjectInfo& object) -> Status {
    keys.push_back(object.key);
    return {};
  };
  const Context& context = view.context();
  CAIRN_CHECK(view.remote().list("index/", collect, context.stop));
  for (const std::string& key : keys) {
    CAIRN_TRY(const auto bytes, get_if_exists(context, view.remote(), key, kMaxIndexBytes));
    if (!bytes) continue;  // replaced by a collection since the list
    const auto table = format::TableView::open(*bytes);
    Status checked = table.ok() ? table->check() : Status(table.error());
    if (checked.ok() && format::index_key(*bytes) != key) {
      checked = Error(Code::kCorrupt, "the bytes are not those of its name");
    }
    if (!checked.ok()) {
      if (checked.error().code() == Code::kTooNew) {
        return std::move(checked).error().with("`" + key + "`");
      }
      CAIRN_CHECK(on_fault(key, checked.error()));
      continue;
    }
    CAIRN_CHECK(visit(key, *table));
  }
  return {};
}

Status find_in_index(const RemoteView& view, std::span<const ChunkId> chunks,
                     const CopyVisit& visit) {
  if (chunks.empty()) return {};
  const auto look_up = [&](const std::string&, const format::TableView& table) -> Status {
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      const format::TableView::Range range = table.find(chunks[i]);
      for (std::uint32_t at = range.first; at < range.last; ++at) {
        CAIRN_CHECK(visit(i, copy_at(table, at)));
      }
    }
    return {};
  };
  const auto warn = [&](const std::string& key, const Error& why) -> Status {
    view.context().log.warn(view.remote().describe() + ": `" + key + "`: " + why.message());
    return {};
  };
  return visit_index(view, look_up, warn);
}

}  // namespace cairn::sync
