// Zip archives by their central directory (PKWARE APPNOTE 6.3): npz, PyTorch checkpoints, others.
// Members are not unpacked; a stored one is as good as a file of its own.
#include <algorithm>
#include <unordered_map>

#include "chunk/formats.hpp"

namespace cairn::chunk::detail {
namespace {

constexpr std::uint64_t kEndBytes = 22;
constexpr std::uint64_t kMaxCommentBytes = 65'535;
constexpr std::uint64_t kLocator64Bytes = 20;
constexpr std::uint64_t kEnd64Bytes = 56;
constexpr std::uint64_t kCentralBytes = 46;
constexpr std::uint64_t kLocalBytes = 30;
constexpr std::uint32_t kEndMagic = 0x06054b50;
constexpr std::uint32_t kLocator64Magic = 0x07064b50;
constexpr std::uint32_t kEnd64Magic = 0x06064b50;
constexpr std::uint32_t kCentralMagic = 0x02014b50;
constexpr std::uint32_t kLocalMagic = 0x04034b50;
constexpr std::uint16_t kIn64 = 0xffff;
constexpr std::uint32_t kIn64Long = 0xffffffff;
constexpr std::uint16_t kEncrypted = 1;

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;
};

struct Member {
  std::string name;
  std::uint64_t header = 0;  // offset of the local header
  std::uint64_t data = 0;
  std::uint64_t bytes = 0;  // as stored
  bool plain = false;       // neither compressed nor encrypted
};

// The record of 64-bit places in front of the end record; `end` becomes its offset.
std::optional<Directory> read_directory64(const Source& source, std::uint64_t& end) {
  if (end < kLocator64Bytes) return std::nullopt;
  const auto locator = source.bytes(end - kLocator64Bytes, kLocator64Bytes);
  if (!locator) return std::nullopt;
  base::ByteReader in(*locator);
  if (in.u32() != kLocator64Magic || in.u32() != 0) return std::nullopt;
  const std::uint64_t at = in.u64();
  if (in.u32() != 1 || at > end - kLocator64Bytes) return std::nullopt;
  const auto record = source.bytes(at, kEnd64Bytes);
  if (!record) return std::nullopt;
  base::ByteReader fields(*record);
  if (fields.u32() != kEnd64Magic) return std::nullopt;
  fields.raw(8 + 2 + 2);
  if (fields.u32() != 0 || fields.u32() != 0) return std::nullopt;  // several disks
  const std::uint64_t entries_here = fields.u64();
  Directory directory;
  directory.entries = fields.u64();
  directory.bytes = fields.u64();
  directory.offset = fields.u64();
  if (entries_here != directory.entries) return std::nullopt;
  end = at;
  return directory;
}

std::optional<Directory> read_directory(const Source& source) {
  const std::uint64_t tail_bytes = std::min(source.file_bytes, kEndBytes + kMaxCommentBytes);
  const auto tail = source.bytes(source.file_bytes - tail_bytes, tail_bytes);
  if (!tail || tail->size() < kEndBytes) return std::nullopt;
  for (std::size_t at = tail->size() - kEndBytes + 1; at-- > 0;) {
    base::ByteReader in(base::ByteView(*tail).subspan(at));
    if (in.u32() != kEndMagic) continue;
    const std::uint32_t disks = in.u32();
    const std::uint16_t entries_here = in.u16();
    Directory directory{in.u16(), in.u32(), in.u32()};
    if (in.u16() != tail->size() - at - kEndBytes) continue;  // the comment ends the file
    std::uint64_t end = source.file_bytes - tail->size() + at;
    const bool in64 =
        directory.entries == kIn64 || directory.bytes == kIn64Long || directory.offset == kIn64Long;
    if (in64) {
      const auto wide = read_directory64(source, end);
      if (!wide) return std::nullopt;
      directory = *wide;
    } else if (disks != 0 || entries_here != directory.entries) {
      return std::nullopt;
    } else if (auto before = end; const auto wide = read_directory64(source, before)) {
      // PyTorch writes the wide record besides; it has to say the same.
      if (wide->entries != directory.entries || wide->bytes != directory.bytes ||
          wide->offset != directory.offset) {
        return std::nullopt;
      }
      end = before;
    }
    // Nothing before, between or behind that the directory does not know of.
    if (directory.offset > end || end - directory.offset != directory.bytes) return std::nullopt;
    return directory;
  }
  return std::nullopt;
}

// Sizes and offset that did not fit into 32 bits, in this order, those only.
bool read_extra64(base::ByteReader extra, std::uint64_t& plain, std::uint64_t& stored,
                  std::uint64_t& header) {
  const bool needed = plain == kIn64Long || stored == kIn64Long || header == kIn64Long;
  while (needed && extra.remaining() >= 4) {
    const std::uint16_t id = extra.u16();
    base::ByteReader field(extra.raw(extra.u16()));
    if (!extra.ok()) return false;
    if (id != 1) continue;
    for (std::uint64_t* value : {&plain, &stored, &header}) {
      if (*value == kIn64Long) *value = field.u64();
    }
    return field.ok();
  }
  return !needed;
}

std::optional<Member> read_member(base::ByteReader& in) {
  if (in.remaining() < kCentralBytes || in.u32() != kCentralMagic) return std::nullopt;
  in.raw(4);
  const std::uint16_t flags = in.u16();
  const std::uint16_t method = in.u16();
  in.raw(4 + 4);
  std::uint64_t stored = in.u32();
  std::uint64_t plain = in.u32();
  const std::uint16_t name_bytes = in.u16();
  const std::uint16_t extra_bytes = in.u16();
  const std::uint16_t comment_bytes = in.u16();
  const std::uint16_t disk = in.u16();
  in.raw(2 + 4);
  Member member;
  member.header = in.u32();
  member.name = base::text_of(in.raw(name_bytes));
  base::ByteReader extra(in.raw(extra_bytes));
  in.raw(comment_bytes);
  if (!in.ok() || disk != 0 || !read_extra64(extra, plain, stored, member.header)) {
    return std::nullopt;
  }
  member.bytes = stored;
  member.plain = method == 0 && (flags & kEncrypted) == 0;
  if (member.plain && stored != plain) return std::nullopt;
  return member;
}

// Sizes may stand behind the data only ("data descriptor"), so those of the directory count.
bool find_data(const Source& source, Member& member) {
  const auto local = source.bytes(member.header, kLocalBytes);
  if (!local) return false;
  base::ByteReader in(*local);
  if (in.u32() != kLocalMagic) return false;
  in.raw(22);
  const std::uint64_t name_bytes = in.u16();
  const std::uint64_t extra_bytes = in.u16();
  const auto name = source.bytes(member.header + kLocalBytes, name_bytes);
  if (!name || base::text_of(*name) != member.name) return false;
  member.data = member.header + kLocalBytes + name_bytes + extra_bytes;
  return member.data <= source.file_bytes && member.bytes <= source.file_bytes - member.data;
}

using Members = std::unordered_map<std::string, Member>;

std::optional<Members> read_members(const Source& source) {
  const auto directory = read_directory(source);
  if (!directory || directory->entries > kMaxStructureUnits) return std::nullopt;
  const auto bytes = source.bytes(directory->offset, directory->bytes);
  if (!bytes) return std::nullopt;
  base::ByteReader in(*bytes);
  Members members;
  for (std::uint64_t i = 0; i < directory->entries; ++i) {
    auto member = read_member(in);
    if (!member || !find_data(source, *member)) return std::nullopt;
    const std::string name = member->name;
    if (!members.emplace(name, *std::move(member)).second) return std::nullopt;
  }
  if (!in.done()) return std::nullopt;
  return members;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

Unit unit_of(const Member& member) { return {member.data, member.bytes, member.name, "", {}, {}}; }

// A PyTorch checkpoint: its pickle names the members "<root>data/<key>" and the tensors in them.
class TorchArchive {
 public:
  TorchArchive(const Source& source, const Members& members, const Member& pickle)
      : root_(pickle.name.substr(0, pickle.name.size() - std::strlen("data.pkl"))),
        members_(members) {
    if (const auto order = members.find(root_ + "byteorder"); order != members.end()) {
      const auto text = source.bytes(order->second.data, order->second.bytes);
      if (!text || base::text_of(*text) != "little") {
        source.note = "is a PyTorch checkpoint, but not of little-endian numbers";
        return;
      }
    }
    const auto bytes = source.bytes(pickle.data, pickle.bytes);
    auto content = bytes ? walk_torch_pickle(*bytes) : std::nullopt;
    if (content) {
      content_ = *std::move(content);
    } else {
      source.note = "is a PyTorch checkpoint, but its pickle is not one that is understood";
    }
  }

  // By the names of their members.
  void name_units(std::unordered_map<std::string, Unit>& units) const {
    for (const TorchStorage& storage : content_.storages) {
      const Member* const member = member_of(storage);
      if (member == nullptr || member->bytes == 0) continue;
      units.emplace(member->name, unit_of_storage(storage, *member));
    }
  }

  void add_tensors(std::vector<Unit>& tensors) const {
    std::vector<bool> seen(content_.storages.size());
    for (const TorchTensor& tensor : content_.tensors) {
      const Member* const member = member_of(content_.storages[tensor.storage]);
      const auto bytes = tensor_bytes(tensor.shape, tensor.type.item_bytes);
      std::uint64_t before = 0;
      if (member == nullptr || !bytes || tensor.type.item_bytes == 0 ||
          __builtin_mul_overflow(tensor.first, tensor.type.item_bytes, &before) ||
          before > member->bytes || *bytes > member->bytes - before) {
        continue;
      }
      seen[tensor.storage] = true;
      tensors.push_back({member->data + before, *bytes, tensor.name, std::string(tensor.type.dtype),
                         tensor.shape, tensor.type.element});
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (!seen[i]) add_storage(content_.storages[i], tensors);
    }
  }

 private:
  // Of which no tensor has its elements side by side.
  void add_storage(const TorchStorage& storage, std::vector<Unit>& tensors) const {
    const Member* const member = member_of(storage);
    if (member == nullptr) return;
    Unit unit = unit_of_storage(storage, *member);
    if (unit.dtype.empty()) return;
    unit.shape = {member->bytes / storage.type.item_bytes};
    tensors.push_back(std::move(unit));
  }

  [[nodiscard]] const Member* member_of(const TorchStorage& storage) const {
    const auto member = members_.find(root_ + "data/" + storage.key);
    return member == members_.end() || !member->second.plain ? nullptr : &member->second;
  }

  static Unit unit_of_storage(const TorchStorage& storage, const Member& member) {
    Unit unit = unit_of(member);
    const TorchType& type = storage.type;
    if (type.item_bytes == 0 || member.bytes % type.item_bytes != 0) return unit;
    if (!storage.name.empty()) unit.name = storage.name;
    unit.dtype = type.dtype;
    unit.shape = storage.shape;
    unit.element = type.element;
    return unit;
  }

  std::string root_;
  const Members& members_;
  TorchContent content_;
};

// An array of an npz, known to its users without the member's ".npy".
std::optional<Unit> npz_array(const Source& source, const Member& member) {
  constexpr std::string_view kEnd = ".npy";
  if (!member.plain || !ends_with(member.name, kEnd)) return std::nullopt;
  auto array = npy_array(source, member.data, member.bytes);
  if (array) array->name = member.name.substr(0, member.name.size() - kEnd.size());
  return array;
}

}  // namespace

std::optional<Structure> read_zip(const Source& source) {
  const auto members = read_members(source);
  if (!members) return std::nullopt;
  Structure out{FileType::kZip, {}};
  std::unordered_map<std::string, Unit> storages;
  for (const auto& [name, member] : *members) {
    if (!member.plain || !(name == "data.pkl" || ends_with(name, "/data.pkl"))) continue;
    out.type = FileType::kTorchZip;
    const TorchArchive archive(source, *members, member);
    archive.name_units(storages);
    archive.add_tensors(out.tensors);
  }
  for (const auto& [name, member] : *members) {
    if (member.bytes == 0) continue;
    auto array = npz_array(source, member);
    if (array && out.type == FileType::kZip) out.type = FileType::kNpz;
    if (array) out.tensors.push_back(*array);
    const auto storage = storages.find(name);
    if (array && array->bytes > 0) {
      out.units.push_back(*std::move(array));
    } else {
      out.units.push_back(storage != storages.end() ? storage->second : unit_of(member));
    }
  }
  return out;
}

}  // namespace cairn::chunk::detail
