#include "workdir/materialise.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "base/cpu_pool.hpp"
#include "workdir/kept_parts.hpp"
#include "workdir/write_note.hpp"
#include "workdir/write_run.hpp"

namespace cairn::workdir {
namespace {

using detail::check_item_path;
using detail::FileTarget;
using detail::name_in_folder;
using detail::TreeTemp;
using detail::WriteRun;
using detail::WriteWorker;

// A batch ends where a folder does, if it can: two workers that create files in one folder wait for
// each other.
constexpr std::uint64_t kItemBatchBytes = std::uint64_t{512} << 10;
constexpr std::uint64_t kFolderBatchBytes = std::uint64_t{2} << 20;
constexpr std::size_t kItemBatchCount = 256;
constexpr std::size_t kFolderBatchCount = 1024;

struct ItemBatch {
  std::size_t first = 0;
  std::size_t last = 0;
};
struct WrittenBatch {
  std::size_t first = 0;
  std::vector<StatKey> stats;
  bool is_large = false;  // one item, left to the calling thread
};

bool is_file(const WriteItem& item) { return item.entry.type == format::EntryType::kFile; }

FileTarget target_of(const WriteItem& item, int folder_fd) {
  return {folder_fd, static_cast<mode_t>(item.entry.executable ? 0777 : 0666), item.path};
}

Result<StatKey> write_one(WriteRun& run, WriteWorker& worker, const WriteItem& item) {
  CAIRN_CHECK(check_item_path(item));
  if (item.entry.type == format::EntryType::kEmptyFolder)
    return detail::place_folder(worker.folders(), item);
  if (item.entry.type == format::EntryType::kLink)
    return detail::place_link(worker.folders(), run.names, item);
  CAIRN_TRY(const int folder_fd, worker.folders().folder_of(item.path));
  auto temp = detail::write_shared(run, worker, item.entry, target_of(item, folder_fd));
  if (!temp.ok()) return std::move(temp).error();
  return temp->publish(name_in_folder(item.path));
}

// Writes the items of a batch. Files of one chunk are read and hashed in pairs before anything is
// written.
class BatchWriter {
 public:
  BatchWriter(WriteRun& run, const ItemBatch& batch)
      : run_(run),
        worker_(run.workers.take()),
        first_(batch.first),
        stats_(batch.last - batch.first) {}

  Result<std::vector<StatKey>> write() {
    constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
    std::size_t waiting = kNone;
    for (std::size_t i = 0; i < stats_.size(); ++i) {
      const WriteItem& item = run_.items[first_ + i];
      if (!can_pair(item)) {
        CAIRN_TRY(stats_[i], write_one(run_, *worker_, item));
        report(item);
      } else if (waiting != kNone) {
        CAIRN_CHECK(write_pair(waiting, i));
        waiting = kNone;
      } else {
        waiting = i;
      }
    }
    if (waiting != kNone) CAIRN_CHECK(write_pair(waiting, waiting));
    return std::move(stats_);
  }

 private:
  [[nodiscard]] bool can_pair(const WriteItem& item) const {
    return is_file(item) && item.entry.size_bytes > 0 && item.entry.size_bytes <= kPairBytes &&
           !item.entry.has_recipe && item.entry.chunks.empty() &&
           run_.link.load(std::memory_order_relaxed) == LinkMode::kCopy;
  }

  // The same index twice stands for a single file.
  Status write_pair(std::size_t a, std::size_t b) {
    CAIRN_TRY(const base::ByteView bytes_a, read(a, first_half_));
    CAIRN_TRY(const base::ByteView bytes_b,
              a == b ? Result<base::ByteView>(base::ByteView()) : read(b, second_half_));
    Digest digest_a, digest_b;
    crypto::sha256_pair(bytes_a, bytes_b, digest_a, digest_b);
    CAIRN_CHECK(write_verified(a, bytes_a, digest_a));
    return a == b ? Status() : write_verified(b, bytes_b, digest_b);
  }

  Result<base::ByteView> read(std::size_t i, store::BlockPtr& block) {
    const WriteItem& item = run_.items[first_ + i];
    CAIRN_CHECK(check_item_path(item));
    if (!block) block = run_.blocks->get(kPairBytes);
    const std::span<std::uint8_t> bytes(block.get(),
                                        static_cast<std::size_t>(item.entry.size_bytes));
    Status status = worker_->reader().read_into(item.entry.file_id.as<ChunkId>(), bytes,
                                                store::Verify::kCallerHashes);
    if (!status.ok()) return std::move(status).error().with(fmt::format("writing `{}`", item.path));
    return base::ByteView(bytes);
  }

  Status write_verified(std::size_t i, base::ByteView bytes, const Digest& digest) {
    const WriteItem& item = run_.items[first_ + i];
    if (digest.as<FileId>() != item.entry.file_id) {
      // Once more by the careful way, which finds the bad record and takes another copy if there is
      // one.
      CAIRN_TRY(stats_[i], write_one(run_, *worker_, item));
    } else {
      CAIRN_TRY(const int folder_fd, worker_->folders().folder_of(item.path));
      CAIRN_TRY(TreeTemp temp, detail::write_bytes(run_, bytes, target_of(item, folder_fd)));
      CAIRN_TRY(stats_[i], temp.publish(name_in_folder(item.path)));
    }
    report(item);
    return {};
  }

  void report(const WriteItem& item) { run_.context.progress.add_bytes(item.entry.size_bytes); }

  static constexpr std::size_t kPairBytes = std::size_t{64} << 10;
  WriteRun& run_;
  store::Reuse<WriteWorker>::Lease worker_;
  const std::size_t first_;
  std::vector<StatKey> stats_;
  store::BlockPtr first_half_, second_half_;
};

std::uint64_t bytes_of(const WriteItem& item) { return is_file(item) ? item.entry.size_bytes : 0; }

std::string_view folder_part(const WriteItem& item) {
  const std::string_view path = item.path;
  return path.substr(0, path.rfind('/') + 1);
}

ItemBatch next_item_batch(const std::vector<WriteItem>& items, std::size_t first) {
  ItemBatch batch{first, first + 1};
  std::uint64_t bytes = bytes_of(items[first]);
  for (; batch.last < items.size(); ++batch.last) {
    const std::size_t count = batch.last - first;
    bytes += std::min(bytes_of(items[batch.last]), kFolderBatchBytes + 1);
    if (bytes > kFolderBatchBytes || count == kFolderBatchCount) break;
    const bool is_full = bytes > kItemBatchBytes || count >= kItemBatchCount;
    if (is_full && folder_part(items[batch.last]) != folder_part(items[batch.last - 1])) break;
  }
  return batch;
}

Result<WrittenBatch> write_batch(WriteRun& run, const ItemBatch& batch) {
  WrittenBatch written;
  written.first = batch.first;
  if (bytes_of(run.items[batch.first]) > detail::kMaxWholeFileBytes) {
    written.is_large = true;
    return written;
  }
  CAIRN_TRY(written.stats, BatchWriter(run, batch).write());
  return written;
}

Status commit_items(WriteRun& run, WrittenBatch& batch, const WrittenVisit& visit) {
  if (batch.is_large) {
    const auto worker = run.workers.take();
    CAIRN_TRY(const StatKey stat, write_one(run, *worker, run.items[batch.first]));
    batch.stats = {stat};
  }
  for (std::size_t i = 0; i < batch.stats.size(); ++i) {
    run.context.progress.add_files(1);
    CAIRN_CHECK(visit(batch.first + i, batch.stats[i]));
  }
  return {};
}

Status write_all(WriteRun& run, const WrittenVisit& visit) {
  std::size_t at = 0;
  const auto next = [&]() -> Result<std::optional<ItemBatch>> {
    if (at == run.items.size()) return std::optional<ItemBatch>();
    const ItemBatch batch = next_item_batch(run.items, at);
    at = batch.last;
    return std::optional<ItemBatch>(batch);
  };
  return base::run_ordered<ItemBatch, WrittenBatch>(
      run.context, 4 * std::size_t{run.context.cpu.threads()}, next,
      [&](ItemBatch& batch) { return write_batch(run, batch); },
      [&](WrittenBatch& batch) { return commit_items(run, batch, visit); });
}

}  // namespace

Result<LinkMode> parse_link_mode(std::string_view text) {
  if (text == "copy") return LinkMode::kCopy;
  if (text == "reflink") return LinkMode::kReflink;
  if (text == "hardlink") return LinkMode::kHardlink;
  if (text == "symlink") return LinkMode::kSymlink;
  return Error(Code::kUsage, fmt::format("`{}` is not a link mode", text))
      .hint("use copy, reflink, hardlink or symlink");
}

WriteItem write_item(std::string path, const format::ManifestEntry& entry) {
  WriteItem item{std::move(path), entry};
  std::string().swap(item.entry.path);
  return item;
}

Status write_items(const Context& context, const store::Store& store, const TreeRoot& root,
                   const std::vector<WriteItem>& items, const WriteOptions& options,
                   const WrittenVisit& visit) {
  WriteRun run{
      context,
      store,
      root,
      items,
      options,
      LinkMode::kCopy,
      TempNames(context.entropy),
      store::Reuse<WriteWorker>([&] { return std::make_unique<WriteWorker>(store, root); }),
      store::BlockPool::make(context.memory_bytes / 4)};
  if (items.empty()) return {};
  const std::string& notes = options.notes.empty() ? root.directory() : options.notes;
  CAIRN_TRY(const auto note, detail::WriteNote::begin(root, notes, run.names, items));
  detail::forget_parts(root, notes);
  run.link = detail::usable_link_mode(run);
  std::uint64_t bytes = 0;
  for (const WriteItem& item : items) bytes += bytes_of(item);
  context.progress.begin("writing", bytes, items.size());
  CAIRN_CHECK(write_all(run, visit));
  if (!options.sync) return {};
  return base::sync_filesystem(root.fd(), root.directory());
}

}  // namespace cairn::workdir
