#include "store/ingest.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/cpu_pool.hpp"
#include "store/file_cutter.hpp"
#include "store/ingest_batch.hpp"
#include "store/page_patches.hpp"

namespace cairn::store {
namespace {

using detail::BatchFile;
using detail::BatchResult;
using detail::Depth;
using detail::FileBatch;
using detail::IngestRun;

constexpr std::size_t kBasesMemoryPart = 8;  // of the memory: for chunks of earlier versions

// Batches between reading and appending. Each may hold a file of kMaxWholeBytes and what became of
// it.
std::size_t batch_window(const Context& context) {
  const std::size_t by_memory = context.memory_bytes / 2 / (2 * detail::kMaxWholeBytes);
  return std::max<std::size_t>(2, std::min<std::size_t>(2 * context.cpu.threads() + 2, by_memory));
}

// Turns the chunks that a worker found into what the entry names.
Status list_chunks(const IngestRun& run, std::size_t index, StoredFile& file) {
  detail::ChunkList list(run.options, [&] { return run.sink_of(index, file.size_bytes); });
  for (const format::ChunkRef& chunk : std::exchange(file.chunks, {})) CAIRN_CHECK(list.add(chunk));
  return list.finish(file);
}

Status commit_batch(IngestRun& run, BatchResult& batch, const StoredVisit& visit) {
  for (EncodedRecord& record : batch.records) {
    CAIRN_CHECK(run.session->append(format::PackKind::kData, std::move(record)));
  }
  for (std::size_t i = 0; i < batch.files.size(); ++i) {
    BatchFile& file = batch.files[i];
    const std::size_t index = batch.first + i;
    if (file.is_large) {
      CAIRN_TRY(file.stored, detail::ingest_large(run, index));
    } else if (file.stored.chunks.size() > 1) {
      CAIRN_CHECK(list_chunks(run, index, file.stored));
    }
    if (run.depth == Depth::kHashOnly) file.stored.chunks.clear();
    run.context.progress.add_files(1);
    CAIRN_CHECK(visit(index, file.stored));
  }
  return {};
}

Status run_batches(IngestRun& run, const StoredVisit& visit) {
  std::size_t at = 0;
  const auto next = [&]() -> Result<std::optional<FileBatch>> {
    if (at == run.files.count) return std::optional<FileBatch>();
    const FileBatch batch = detail::next_batch(run.files, at);
    at = batch.last;
    return std::optional<FileBatch>(batch);
  };
  return base::run_ordered<FileBatch, BatchResult>(
      run.context, batch_window(run.context), next,
      [&](FileBatch& batch) { return detail::ingest_batch(run, batch); },
      [&](BatchResult& batch) { return commit_batch(run, batch, visit); });
}

IngestRun make_run(const Context& context, Session* session, const SourceList& files,
                   const IngestOptions& options, Depth depth, const OpenSource& open) {
  return IngestRun{context,
                   session,
                   files,
                   options,
                   depth,
                   open,
                   BlockPool::make(context.memory_bytes / 4),
                   Reuse<codec::Encoder>([] { return std::make_unique<codec::Encoder>(); }),
                   nullptr};
}

}  // namespace

std::shared_ptr<FileBases> detail::IngestRun::bases_of(std::size_t index,
                                                       std::uint64_t size) const {
  const FileVersion* version = bases ? options.parent(index) : nullptr;
  if (version == nullptr) return nullptr;
  auto parent = bases->load_parent(*version);
  if (!parent) return nullptr;
  return std::make_shared<FileBases>(*bases, *std::move(parent), size);
}

format::PageSink detail::IngestRun::sink_of(std::size_t index, std::uint64_t size) const {
  if (depth != Depth::kStore) return [](const ChunkId&, const base::Bytes&) { return Status(); };
  const FileVersion* version = bases ? options.parent(index) : nullptr;
  if (version == nullptr || !version->recipe) return session->page_sink();
  const auto fetch = [from = bases.get()](const ChunkId& id) { return from->read_any(id); };
  return patching_sink(*bases, *session, earlier_recipe_pages(*version->recipe, fetch, size));
}

Status ingest_files(const Context& context, const Store& store, Session* session,
                    const SourceList& files, const IngestOptions& options, const OpenSource& open,
                    const StoredVisit& visit) {
  CAIRN_ASSERT(!options.store || session != nullptr);
  IngestRun run =
      make_run(context, session, files, options, options.store ? Depth::kStore : Depth::kCut, open);
  if (options.store && options.parent) {
    run.bases =
        std::make_unique<BaseChunks>(store, *session, context.memory_bytes / kBasesMemoryPart);
  }
  CAIRN_CHECK(run_batches(run, visit));
  if (run.bases) run.bases->groups().save();
  return {};
}

void begin_progress(const Context& context, std::string_view phase, const SourceList& files) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < files.count; ++i) bytes += files.size_bytes(i);
  context.progress.begin(phase, bytes, files.count);
}

Status hash_files(const Context& context, const SourceList& files, const OpenSource& open,
                  const StoredVisit& visit) {
  IngestRun run = make_run(context, nullptr, files, {}, Depth::kHashOnly, open);
  return run_batches(run, visit);
}

}  // namespace cairn::store
