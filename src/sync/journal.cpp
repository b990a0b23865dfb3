#include "sync/journal.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/file.hpp"
#include "crypto/sha256.hpp"
#include "format/table.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kMaxNoteBytes = std::size_t{256} << 20;
constexpr std::size_t kNotePrefixBytes = format::kPackHeaderBytes + 8;

// Pack header, size of the pack, footer: enough to prove that the footer is that of the pack with
// this name.
base::Bytes encode_note(const OwnPack& pack, base::ByteView header) {
  base::ByteWriter out;
  out.raw(header);
  out.u64(pack.size_bytes);
  out.raw(pack.footer);
  return std::move(out).take();
}

Result<OwnPack> decode_note(const PackId& id, base::ByteView bytes) {
  if (bytes.size() < kNotePrefixBytes) return Error(Code::kCorrupt, "too short");
  CAIRN_TRY(const auto header, format::decode_pack_header(bytes));
  const base::ByteView footer = bytes.subspan(kNotePrefixBytes);
  if (format::pack_id_of(bytes.first(format::kPackHeaderBytes), footer) != id) {
    return Error(Code::kCorrupt, "not the footer of this pack");
  }
  CAIRN_TRY(const auto table, format::TableView::open(footer));
  CAIRN_CHECK(table.check());
  OwnPack pack;
  pack.id = id;
  pack.size_bytes = base::load_le<std::uint64_t>(bytes.data() + format::kPackHeaderBytes);
  pack.kind = header.kind;
  pack.footer.assign(footer.begin(), footer.end());
  return pack;
}

}  // namespace

Journal::Journal(const std::string& directory, const std::string& remote) {
  if (directory.empty()) return;
  const std::string name = crypto::sha256(base::view_of(remote)).hex().substr(0, 16);
  directory_ = base::join(directory, "push-" + name);
}

std::string Journal::path_of(const PackId& id) const { return base::join(directory_, id.hex()); }

Status Journal::load() {
  if (directory_.empty()) return {};
  const auto files = base::list_directory(directory_);
  if (!files.ok()) {
    if (files.error().code() == Code::kNotFound) return {};
    return files.error();
  }
  for (const base::DirEntry& file : *files) {
    const std::string path = base::join(directory_, file.name);
    const auto id = PackId::from_hex(file.name);
    const auto bytes = base::read_file(path, kMaxNoteBytes);
    const auto pack = id && bytes.ok() ? decode_note(*id, *bytes)
                                       : Result<OwnPack>(Error(Code::kCorrupt, "no note"));
    if (pack.ok()) {
      entries_.push_back({pack->id, pack->size_bytes, false, {}});
    } else {
      (void)base::remove_file(path);
    }
  }
  return {};
}

Status Journal::note(const OwnPack& pack, base::ByteView header) {
  Entry entry{pack.id, pack.size_bytes, false, encode_note(pack, header)};
  if (!directory_.empty()) {
    CAIRN_CHECK(base::make_directories(directory_));
    CAIRN_CHECK(base::write_file_atomic(path_of(pack.id), entry.content, 0666,
                                        base::Durability::kCacheOnly));
    entry.content = base::Bytes();  // `{}` would keep its memory
  }
  entries_.push_back(std::move(entry));
  return {};
}

void Journal::set_indexed(const PackId& id) {
  for (Entry& entry : entries_) {
    if (entry.id == id) entry.indexed = true;
  }
}

void Journal::clear() {
  if (!directory_.empty()) {
    for (const Entry& entry : entries_) (void)base::remove_file(path_of(entry.id));
  }
  entries_.clear();
}

Result<OwnPack> Journal::read(std::size_t at) const {
  const Entry& entry = entries_[at];
  if (directory_.empty()) return decode_note(entry.id, entry.content);
  CAIRN_TRY(const auto bytes, base::read_file(path_of(entry.id), kMaxNoteBytes));
  return decode_note(entry.id, bytes);
}

}  // namespace cairn::sync
