#include "store/store.hpp"

#include <cerrno>

#include <sys/stat.h>

#include "base/cpu_pool.hpp"
#include "format/pack.hpp"
#include "format/remote_objects.hpp"
#include "store/catalogue.hpp"
#include "store/pack_tables.hpp"
#include "store/record_decode.hpp"

namespace cairn::store {
namespace {

Status check_format_file(const Layout& layout) {
  const std::string path = layout.at(kFormatFile);
  CAIRN_TRY(const auto text, base::read_file_if_exists(path, format::kMaxJsonBytes));
  if (!text) {
    return Error(Code::kNotRepository, "there is no cairn store in `" + layout.directory() + "`")
        .hint("cairn init");
  }
  Status status = format::check_remote_config(base::text_of(*text));
  if (!status.ok()) return std::move(status).error().with("reading `" + path + "`");
  return {};
}

}  // namespace

struct Store::State {
  State(const Context& context, const std::string& directory, Access access)
      : catalogue(context, directory, access) {}
  Catalogue catalogue;
};

Catalogue& catalogue_of(const Store& store) { return store.state_->catalogue; }

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const Context& context, const std::string& directory,
                                           Access access) {
  auto state = std::make_unique<State>(context, directory, access);
  CAIRN_CHECK(check_format_file(state->catalogue.layout()));
  Status loaded = state->catalogue.load();
  if (!loaded.ok()) return std::move(loaded).error().with("opening the store `" + directory + "`");
  return std::unique_ptr<Store>(new Store(std::move(state)));
}

Status Store::create(const std::string& directory, Sharing sharing) {
  const Layout layout(directory);
  const bool there = base::stat_path(layout.at(kFormatFile)).has_value();
  CAIRN_CHECK(base::make_directories(directory));
  if (!there && sharing == Sharing::kGroup && ::chmod(directory.c_str(), kGroupFolder) != 0) {
    return base::errno_error("set the mode of", directory, errno);
  }
  for (const auto folder : {kPacksFolder, kIndexFolder, kQuarantineFolder, kTempFolder}) {
    if (!there || !base::stat_path(layout.at(folder)))
      CAIRN_CHECK(make_store_folder(layout.at(folder)));
  }
  if (there) return check_format_file(layout);  // whoever finds `format` finds the rest
  CAIRN_TRY(const auto lock,
            base::FileLock::acquire(layout.at(kLockFile), base::FileLock::Mode::kShared, 60'000));
  if (base::stat_path(layout.at(kFormatFile))) return check_format_file(layout);
  CAIRN_CHECK(settle_file(layout.at(kLockFile), kGroupWritable));
  // Last, and it syncs the directory.
  const std::string text = format::encode_remote_config();
  CAIRN_CHECK(base::write_file_atomic(layout.at(kFormatFile), base::view_of(text), 0666,
                                      base::Durability::kSynced));
  return settle_file(layout.at(kFormatFile));
}

const std::string& Store::directory() const { return state_->catalogue.layout().directory(); }

Store::Access Store::access() const { return state_->catalogue.access(); }

std::optional<ChunkPlace> Store::find(const ChunkId& id) const {
  return state_->catalogue.find_least(id);
}

bool Store::has(const ChunkId& id) const { return state_->catalogue.find(id).has_value(); }

std::vector<ChunkPlace> Store::find_all(const ChunkId& id) const {
  return state_->catalogue.find_all(id, Catalogue::Copies::kGood);
}

Store::PackInfo Store::pack(std::uint32_t slot) const { return state_->catalogue.pack(slot); }

std::uint32_t Store::pack_count() const { return state_->catalogue.pack_count(); }

Result<std::shared_ptr<const base::Fd>> Store::pack_file(std::uint32_t slot) const {
  return state_->catalogue.pack_file(slot);
}

Result<base::Bytes> Store::read_record(const ChunkPlace& place) const {
  const std::string path = state_->catalogue.layout().pack_path(pack(place.pack).id);
  const auto read = [&]() -> Result<base::Bytes> {
    CAIRN_TRY(const auto file, pack_file(place.pack));
    if (place.record.record_bytes > kLargestRecordBytes)
      return Error(Code::kCorrupt, "larger than a record can be");
    base::Bytes bytes(place.record.record_bytes);
    CAIRN_CHECK(base::pread_exact(*file, bytes, place.record.offset, path));
    CAIRN_CHECK(format::decode_record(bytes));
    return bytes;
  };
  auto bytes = read();
  if (bytes.ok()) return bytes;
  return std::move(bytes).error().with("reading the record at " +
                                       std::to_string(place.record.offset) + " of `" + path + "`");
}

Status Store::mark_damaged(const PackId& pack, std::uint32_t record_offset) const {
  return state_->catalogue.mark_damaged(pack, record_offset);
}

Store::Usage Store::usage() const {
  const Catalogue& catalogue = state_->catalogue;
  Usage usage;
  for (std::uint32_t slot = 0; slot < catalogue.pack_count(); ++slot) {
    const SlotTable table = catalogue.table_of(slot);
    if (!table.segment) continue;
    ++usage.packs;
    usage.pack_bytes += catalogue.pack(slot).size_bytes;
    usage.damaged_records += catalogue.marks_of(slot).size();
    const auto [first, last] = record_range(table.segment->view(), table.pack_entry);
    for (std::uint32_t i = first; i < last; ++i) {
      const format::TableRecord record = table.segment->view().record(i);
      usage.chunks += record.chunk_count;
      usage.plain_bytes += record.plain_bytes;
    }
  }
  return usage;
}

Status Store::for_each_record(
    const std::function<Status(std::uint32_t pack, const format::TableRecord& record,
                               std::span<const format::TableChunk> chunks)>& visit) const {
  const Catalogue& catalogue = state_->catalogue;
  PackTables tables(catalogue);
  for (std::uint32_t slot = 0; slot < catalogue.pack_count(); ++slot) {
    CAIRN_CHECK(base::check_stop(catalogue.context()));
    const auto pack = tables.of(slot);
    if (!pack) continue;
    for (std::uint32_t i = pack->first; i < pack->last; ++i) {
      CAIRN_CHECK(visit(slot, pack->table->view().record(i), pack->table->chunks_of(i)));
    }
  }
  return {};
}

}  // namespace cairn::store
