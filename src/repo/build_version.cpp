#include "repo/build_version.hpp"

#include "base/file.hpp"
#include "store/page_patches.hpp"

namespace cairn::repo {

namespace {

format::ManifestEntry entry_of(const SourceNode& node, const store::StoredFile& stored) {
  format::ManifestEntry entry;
  entry.path = node.path;
  entry.executable = node.executable;
  entry.size_bytes = stored.size_bytes;
  entry.file_id = stored.id;
  if (stored.recipe || stored.chunks.size() > 1) entry.chunks = stored.chunks;
  if (stored.recipe) {
    entry.has_recipe = true;
    entry.recipe = *stored.recipe;
  }
  return entry;
}

void set_file(format::Pointer& pointer, const SourceNode& node, const store::StoredFile& stored) {
  pointer.kind = format::Pointer::Kind::kFile;
  pointer.oid = stored.id.as<Digest>();
  if (stored.recipe) pointer.tree = stored.recipe;
  pointer.size_bytes = stored.size_bytes;
  pointer.executable = node.executable;
}

Status finish_folder(format::ManifestBuilder& builder, format::Pointer& pointer) {
  CAIRN_TRY(const auto top, builder.finish());
  pointer.kind = format::Pointer::Kind::kFolder;
  pointer.oid = top.id.as<Digest>();
  pointer.files = top.a;
  pointer.size_bytes = top.b;
  return {};
}

format::PageSink page_sink_of(const VersionSink& sink) {
  if (sink.session) return sink.session->page_sink();
  return [](const ChunkId&, const base::Bytes&) -> Status { return {}; };
}

// Puts entries together in order of the nodes: those that are known between those that are read.
class EntryOrder {
 public:
  EntryOrder(const std::vector<SourceNode>& nodes, const format::PageSink& sink)
      : nodes_(nodes), builder_(sink) {}

  Status add(std::size_t node, const format::ManifestEntry& entry) {
    CAIRN_CHECK(add_known(node));
    next_ = node + 1;
    return builder_.add(entry);
  }
  Status finish(format::Pointer& pointer) {
    CAIRN_CHECK(add_known(nodes_.size()));
    return finish_folder(builder_, pointer);
  }

 private:
  Status add_known(std::size_t before) {
    for (; next_ < before; ++next_) {
      auto entry = *nodes_[next_].known;
      entry.path = nodes_[next_].path;
      entry.executable = nodes_[next_].executable;
      CAIRN_CHECK(builder_.add(entry));
    }
    return {};
  }

  const std::vector<SourceNode>& nodes_;
  format::ManifestBuilder builder_;
  std::size_t next_ = 0;
};

}  // namespace

Result<BuiltVersion> build_version(const Context& context, const VersionSink& sink,
                                   const std::string& shown, const std::vector<SourceNode>& nodes,
                                   const store::OpenSource& open, const NodeStored& visit) {
  const bool file = nodes.size() == 1 && nodes.front().path.empty();
  std::vector<std::size_t> reads;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].known == nullptr) reads.push_back(i);
  }
  std::optional<store::ManifestPatches> patches;
  if (sink.session && sink.earlier && !file)
    patches.emplace(context, sink.store, *sink.session, *sink.earlier);
  EntryOrder entries(nodes, patches ? patches->sink() : page_sink_of(sink));
  const store::SourceList sources(
      reads.size(), [&](std::size_t i) { return nodes[reads[i]].size_bytes; },
      [&](std::size_t i) { return file ? shown : base::join(shown, nodes[reads[i]].path); });
  store::IngestOptions how;
  how.cutting = file ? store::Cutting::kAlwaysRecipe : store::Cutting::kInlineUpTo16;
  how.chunker = sink.chunker;
  how.store = sink.session != nullptr;
  BuiltVersion out;
  const auto on_stored = [&](std::size_t i, const store::StoredFile& stored) -> Status {
    const auto& node = nodes[reads[i]];
    out.bytes += stored.size_bytes;
    const auto entry = entry_of(node, stored);
    if (file) {
      set_file(out.pointer, node, stored);
    } else {
      CAIRN_CHECK(entries.add(reads[i], entry));
    }
    return visit ? visit(reads[i], stored, entry) : Status();
  };
  const auto open_read = [&](std::size_t i) { return open(reads[i]); };
  CAIRN_CHECK(
      store::ingest_files(context, sink.store, sink.session, sources, how, open_read, on_stored));
  if (!file) CAIRN_CHECK(entries.finish(out.pointer));
  if (patches) patches->finish();
  return out;
}

}  // namespace cairn::repo
