// The file: header (128 bytes), records of 80 bytes in path order, then the paths joined. Private
// to this machine and rebuildable, so host byte order is asserted little-endian elsewhere and the
// layout may change with the magic.
//   0 magic (8) · 8 CRC of bytes 16 to 127 (4) · 12 CRC of everything behind the header (4) · 16
//   flags, bit 0 partial (4) · 20 zero (4) · 24 records (8) · 32 bytes of paths (8) · 40 made_at_ns
//   (8) · 48 racy window in ns (8) · 56 oid (32) · zero record: 0 file id (32) · 32 size · 40 inode
//   · 48 mtime_ns · 56 ctime_ns (8 each) · 64 mode (4) · 68 zero (4) · 72 end of its path (8)
// Measured: 100,000 files of 25-byte paths load in 1.5 ms, most of it the CRC, and save in 9 ms.
#include "workdir/stat_cache.hpp"

#include <algorithm>

#include <sys/vfs.h>
#include <unistd.h>

#include "base/system.hpp"
#include "crypto/crc32c.hpp"
#include "crypto/sha256.hpp"
#include "workdir/temp_name.hpp"

namespace cairn::workdir {
namespace {

constexpr std::string_view kStatMagic = "CRNSTAT1";
constexpr std::size_t kStatHeaderBytes = 128;
constexpr std::size_t kStatRecordBytes = 80;
constexpr std::size_t kCrcFrom = 16;
constexpr std::size_t kFlagsAt = 16;
constexpr std::size_t kCountAt = 24;
constexpr std::size_t kPathBytesAt = 32;
constexpr std::size_t kMadeAt = 40;
constexpr std::size_t kWindowAt = 48;
constexpr std::size_t kOidAt = 56;

constexpr std::int64_t kFineWindowNs = 20'000'000;
constexpr std::int64_t kCoarseWindowNs = 2'000'000'000;

constexpr std::string_view kNamePrefix = "stat-";

std::string cache_path(const std::string& directory, const std::string& tracked) {
  const std::string name(kNamePrefix);
  return base::join(directory, name + crypto::sha256(base::view_of(tracked)).hex());
}

std::int64_t load_time(const std::uint8_t* at) {
  return static_cast<std::int64_t>(base::load_le<std::uint64_t>(at));
}

StatKey stat_of_record(const std::uint8_t* record) {
  StatKey stat;
  stat.size = base::load_le<std::uint64_t>(record + 32);
  stat.inode = base::load_le<std::uint64_t>(record + 40);
  stat.mtime_ns = load_time(record + 48);
  stat.ctime_ns = load_time(record + 56);
  stat.mode = base::load_le<std::uint32_t>(record + 64);
  return stat;
}

std::size_t path_end(base::ByteView records, std::size_t i) {
  return base::load_le<std::uint64_t>(records.data() + i * kStatRecordBytes + 72);
}

// Paths must follow each other within the string section; then every accessor is safe.
bool ends_ascend(base::ByteView records, std::size_t path_bytes) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < records.size() / kStatRecordBytes; ++i) {
    const std::size_t end = path_end(records, i);
    if (end < last) return false;
    last = end;
  }
  return last == path_bytes;
}

bool is_intact(base::ByteView file) {
  if (file.size() < kStatHeaderBytes || !base::text_of(file).starts_with(kStatMagic)) return false;
  const std::uint8_t* const header = file.data();
  const auto count = base::load_le<std::uint64_t>(header + kCountAt);
  const auto path_bytes = base::load_le<std::uint64_t>(header + kPathBytesAt);
  const std::uint64_t body = file.size() - kStatHeaderBytes;
  if (count > body / kStatRecordBytes || path_bytes != body - count * kStatRecordBytes)
    return false;
  if (crypto::crc32c(file.subspan(kCrcFrom, kStatHeaderBytes - kCrcFrom)) !=
      base::load_le<std::uint32_t>(header + 8)) {
    return false;
  }
  if (crypto::crc32c(file.subspan(kStatHeaderBytes)) != base::load_le<std::uint32_t>(header + 12))
    return false;
  return ends_ascend(file.subspan(kStatHeaderBytes, count * kStatRecordBytes), path_bytes);
}

bool has_fine_stamps(const std::vector<CachedFile>& files) {
  return std::any_of(files.begin(), files.end(), [](const CachedFile& file) {
    return file.stat.mtime_ns % 1000 != 0 || file.stat.ctime_ns % 1000 != 0;
  });
}

// Their clients keep attributes for a while, whatever the grain of the stamps.
bool is_network_file_system(const std::string& directory) {
  constexpr std::uint32_t kNfs = 0x6969, kSmb = 0x517b, kSmb2 = 0xfe534d42, kCifs = 0xff534d42,
                          kFuse = 0x65735546;
  constexpr std::uint32_t kCeph = 0x00c36400, kLustre = 0x0bd00bd0, kGpfs = 0x47504653,
                          kAfs = 0x5346414f, k9p = 0x01021997;
  struct ::statfs info {};
  if (::statfs(directory.c_str(), &info) != 0) return true;
  const auto type = static_cast<std::uint32_t>(info.f_type);
  const auto known = {kNfs, kSmb, kSmb2, kCifs, kFuse, kCeph, kLustre, kGpfs, kAfs, k9p};
  return std::find(known.begin(), known.end(), type) != known.end();
}

base::Bytes encode_cache(const WorkState& state, std::int64_t made_at_ns, std::int64_t window_ns,
                         std::size_t path_bytes) {
  base::Bytes file(kStatHeaderBytes + state.files.size() * kStatRecordBytes + path_bytes);
  const auto put = [&](std::size_t at, const auto& value) {
    std::memcpy(file.data() + at, &value, sizeof value);
  };
  std::size_t record = kStatHeaderBytes;
  std::size_t end = 0;
  const std::size_t paths_at = kStatHeaderBytes + state.files.size() * kStatRecordBytes;
  for (const CachedFile& cached : state.files) {
    std::memcpy(file.data() + paths_at + end, cached.path.data(), cached.path.size());
    end += cached.path.size();
    put(record, cached.id.bytes);
    put(record + 32, cached.stat.size);
    put(record + 40, cached.stat.inode);
    put(record + 48, cached.stat.mtime_ns);
    put(record + 56, cached.stat.ctime_ns);
    put(record + 64, cached.stat.mode);
    put(record + 72, std::uint64_t{end});
    record += kStatRecordBytes;
  }
  std::memcpy(file.data(), kStatMagic.data(), kStatMagic.size());
  put(kFlagsAt, std::uint32_t{state.partial ? 1U : 0U});
  put(kCountAt, std::uint64_t{state.files.size()});
  put(kPathBytesAt, std::uint64_t{path_bytes});
  put(kMadeAt, made_at_ns);
  put(kWindowAt, window_ns);
  put(kOidAt, state.oid.bytes);
  put(12, crypto::crc32c(base::ByteView(file).subspan(kStatHeaderBytes)));
  put(8, crypto::crc32c(base::ByteView(file).subspan(kCrcFrom, kStatHeaderBytes - kCrcFrom)));
  return file;
}

}  // namespace

StatCache StatCache::open(const std::string& path) {
  StatCache cache;
  auto map = base::MappedFile::open(path);
  // Whatever keeps it from being read costs a re-hash, nothing else.
  if (!map.ok() || !is_intact(map->view())) return cache;
  cache.map_ = *std::move(map);
  const base::ByteView file = cache.map_.view();
  const auto records_bytes =
      base::load_le<std::uint64_t>(file.data() + kCountAt) * kStatRecordBytes;
  cache.records_ = file.subspan(kStatHeaderBytes, records_bytes);
  cache.strings_ = file.subspan(kStatHeaderBytes + records_bytes);
  return cache;
}

Result<StatCache> StatCache::load(const std::string& directory, const std::string& tracked) {
  return open(cache_path(directory, tracked));
}

Result<StatCache> StatCache::find_moved(const std::string& directory, const Digest& oid,
                                        const std::vector<ScannedNode>& nodes) {
  auto files = base::list_directory(directory);
  if (!files.ok() && files.error().code() == Code::kNotFound) return StatCache();
  if (!files.ok()) return files.error();
  for (const auto& file : *files) {
    if (!file.name.starts_with(kNamePrefix)) continue;
    StatCache cache = open(base::join(directory, file.name));
    if (cache.oid() == oid && cache.lists_one_of(nodes)) return cache;
  }
  return StatCache();
}

bool StatCache::exists() const { return !map_.view().empty(); }

const Digest& StatCache::oid() const {
  static const Digest none{};
  static_assert(alignof(Digest) == 1 && sizeof(Digest) == 32);
  return exists() ? *reinterpret_cast<const Digest*>(map_.view().data() + kOidAt) : none;
}

bool StatCache::partial() const {
  return exists() && (base::load_le<std::uint32_t>(map_.view().data() + kFlagsAt) & 1U) != 0;
}

std::size_t StatCache::size() const { return records_.size() / kStatRecordBytes; }

std::string_view StatCache::path(std::size_t i) const {
  const std::size_t start = i == 0 ? 0 : path_end(records_, i - 1);
  return base::text_of(strings_).substr(start, path_end(records_, i) - start);
}

FileId StatCache::id(std::size_t i) const {
  FileId id;
  std::memcpy(id.bytes.data(), records_.data() + i * kStatRecordBytes, id.bytes.size());
  return id;
}

std::uint32_t StatCache::mode(std::size_t i) const {
  return stat_of_record(records_.data() + i * kStatRecordBytes).mode;
}

bool StatCache::knows(std::string_view wanted, std::size_t& hint) const {
  if (hint < size() && path(hint) == wanted) return true;
  if (hint + 1 < size() && path(hint + 1) == wanted) {
    ++hint;
    return true;
  }
  std::size_t first = 0;
  for (std::size_t count = size(); count > 0;) {
    const std::size_t half = count / 2;
    if (path(first + half) < wanted) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  hint = first;
  return first < size() && path(first) == wanted;
}

// A move of a folder leaves the stamps of what is in it; a copy or another link does not.
bool StatCache::lists_one_of(const std::vector<ScannedNode>& nodes) const {
  std::size_t hint = 0;
  return std::ranges::any_of(nodes, [&](const ScannedNode& node) {
    return node.type == NodeType::kFile && knows(node.path, hint) &&
           stat_of_record(records_.data() + hint * kStatRecordBytes) == node.stat;
  });
}

std::optional<FileId> StatCache::lookup(std::string_view wanted, const StatKey& stat,
                                        std::size_t& hint) const {
  if (!knows(wanted, hint)) return std::nullopt;
  if (stat_of_record(records_.data() + hint * kStatRecordBytes) != stat) return std::nullopt;
  const std::int64_t made_at_ns = load_time(map_.view().data() + kMadeAt);
  const std::int64_t window_ns = load_time(map_.view().data() + kWindowAt);
  if (window_ns < 0 || made_at_ns < window_ns) return std::nullopt;
  // Written too shortly before it was read: a later write may carry the same stamp.
  if (std::max(stat.mtime_ns, stat.ctime_ns) > made_at_ns - window_ns) return std::nullopt;
  return id(hint);
}

Status StatCache::save(const std::string& directory, const std::string& tracked,
                       const WorkState& state, std::int64_t made_at_ns) {
  std::size_t path_bytes = 0;
  for (const CachedFile& file : state.files) path_bytes += file.path.size();
  CAIRN_CHECK(base::make_directories(directory));
  const bool fine = has_fine_stamps(state.files) && !is_network_file_system(directory);
  const auto file =
      encode_cache(state, made_at_ns, fine ? kFineWindowNs : kCoarseWindowNs, path_bytes);
  return base::write_file_atomic(cache_path(directory, tracked), file, 0666,
                                 base::Durability::kCacheOnly);
}

Status StatCache::remove(const std::string& directory, const std::string& tracked) {
  return base::remove_file(cache_path(directory, tracked));
}

Status StatCache::move(const std::string& directory, const std::string& from,
                       const std::string& to) {
  Status moved = base::rename_replace(cache_path(directory, from), cache_path(directory, to));
  if (!moved.ok() && moved.error().code() == Code::kNotFound) return {};
  return moved;
}

Result<std::int64_t> StatCache::filesystem_now_ns(const std::string& directory) {
  base::SystemEntropy entropy;
  const std::string path = base::join(directory, TempNames(entropy).next());
  CAIRN_TRY(const base::Fd fd, base::create_new(path, 0600));
  ::unlink(path.c_str());  // at once, so that nothing is left behind; the descriptor keeps the file
  const std::uint8_t byte = 0;
  CAIRN_CHECK(base::pwrite_all(fd, {&byte, 1}, 0, path));
  struct ::stat info {};
  if (::fstat(fd.get(), &info) != 0) return base::errno_error("stat", path, errno);
  return stat_key(info).mtime_ns;
}

}  // namespace cairn::workdir
