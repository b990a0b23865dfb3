// The index objects of a remote, one at a time: where chunks are whose places no root tells.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "format/table.hpp"
#include "sync/remote_view.hpp"

namespace cairn::sync {

// Every index object, fetched, compared with its name and checked. One that is damaged goes to
// `on_fault`.
using IndexVisit = std::function<Status(const std::string& key, const format::TableView& table)>;
using IndexFault = std::function<Status(const std::string& key, const Error& why)>;
Status visit_index(const RemoteView& view, const IndexVisit& visit, const IndexFault& on_fault);

struct IndexCopy {
  PackId pack;
  std::uint64_t pack_bytes = 0;
  format::PackKind kind = format::PackKind::kData;
  format::TableRecord record;
  std::uint32_t offset = 0;  // within the record's plain bytes
  std::uint32_t length = 0;
  std::vector<ChunkId> bases;
};
// Every copy of each chunk, in the order of objects. Damaged index objects are passed over with a
// warning in the log.
using CopyVisit = std::function<Status(std::size_t index, const IndexCopy& copy)>;
Status find_in_index(const RemoteView& view, std::span<const ChunkId> chunks,
                     const CopyVisit& visit);

}  // namespace cairn::sync
