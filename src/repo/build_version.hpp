// A version made of files that lie anywhere: what the imports share. They say where each file is,
// this stores it and builds the pointer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/pointer.hpp"
#include "store/ingest.hpp"

namespace cairn::repo {

struct SourceNode {
  std::string path;              // in the folder, ascending; "" for a file tracked on its own
  std::uint64_t size_bytes = 0;  // as far as it is known; decides batching, not correctness
  bool executable = false;
  const format::ManifestEntry* known = nullptr;  // of the same content: it is not read again
};

struct BuiltVersion {
  format::Pointer pointer;
  std::uint64_t bytes = 0;
};

// Called in order of the nodes that are read, once each is stored.
using NodeStored = std::function<Status(std::size_t node, const store::StoredFile& stored,
                                        const format::ManifestEntry& entry)>;

struct VersionSink {
  const store::Store& store;
  store::Session* session = nullptr;  // null: nothing is stored, everything is read
  std::uint16_t chunker = chunk::kGear1;
  // Top page of an earlier version of the folder, which the store has: pages go on top of its.
  std::optional<ChunkId> earlier = {};
};

// A single node without a path makes a pointer to a file, anything else one to a folder. `shown`
// names the whole in messages. `open` gets the place of a node.
Result<BuiltVersion> build_version(const Context& context, const VersionSink& sink,
                                   const std::string& shown, const std::vector<SourceNode>& nodes,
                                   const store::OpenSource& open, const NodeStored& visit);

}  // namespace cairn::repo
