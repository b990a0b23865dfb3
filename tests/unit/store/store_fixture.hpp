// What the tests of the store share: a store in a directory of its own, a context whose parts can
// be set, and packs written record by record, so that they can lie.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/cpu_pool.hpp"
#include "base/system.hpp"
#include "codec/codec.hpp"
#include "crypto/crc32c.hpp"
#include "crypto/sha256.hpp"
#include "format/pack.hpp"
#include "format/table.hpp"
#include "store/check.hpp"
#include "store/chunk_reader.hpp"
#include "store/session.hpp"
#include "store/store.hpp"

namespace cairn::store {

namespace fs = std::filesystem;

inline base::Bytes to_bytes(std::string_view text) { return {text.begin(), text.end()}; }
inline std::string to_text(base::ByteView bytes) { return std::string(base::text_of(bytes)); }
inline ChunkId id_of(base::ByteView bytes) { return crypto::sha256(bytes).as<ChunkId>(); }
inline ChunkId id_of(std::string_view text) { return id_of(base::view_of(text)); }

// Reproducible bytes that no codec makes smaller.
inline base::Bytes noise(std::size_t count, std::uint64_t seed) {
  base::Bytes out(count);
  std::uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  for (auto& byte : out) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    byte = static_cast<std::uint8_t>(state >> 32);
  }
  return out;
}
// And bytes that zstd does make smaller.
inline base::Bytes words(std::size_t count, std::uint64_t seed) {
  std::string out;
  while (out.size() < count)
    out += "line " + std::to_string(seed++ % 10'000) + " of a log that repeats itself\n";
  out.resize(count);
  return to_bytes(out);
}

inline base::Bytes get_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
// Replaces the file: packs are read-only and may be mapped.
inline void put_file(const std::string& path, base::ByteView bytes) {
  fs::remove(path);
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << base::text_of(bytes);
}
inline void flip_bit(const std::string& path, std::size_t at, unsigned bit = 0) {
  auto bytes = get_file(path);
  bytes.at(at) = static_cast<std::uint8_t>(bytes.at(at) ^ (1u << bit));
  put_file(path, bytes);
}
// Regular files below, sorted.
inline std::vector<std::string> files_below(const std::string& path) {
  std::vector<std::string> files;
  if (!fs::exists(path)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class FakeClock final : public Clock {
 public:
  std::int64_t now_ms() override { return now; }
  std::atomic<std::int64_t> now = base::SystemClock().now_ms();
};

class KeptLog final : public Log {
 public:
  void note(std::string_view text) override { add(text); }
  void warn(std::string_view text) override { add(text); }
  void verbose(std::string_view text) override { add(text); }
  [[nodiscard]] std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  void add(std::string_view text) {
    const std::lock_guard lock(mutex_);
    text_.append(text).append("\n");
  }
  std::mutex mutex_;
  std::string text_;
};

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    std::string name = (fs::temp_directory_path() / "cairn-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    scratch = name;
    directory = scratch + "/cairn";
    EXPECT_TRUE(Store::create(directory).ok());
  }
  ~StoreTest() override {
    std::error_code ignored;
    fs::remove_all(scratch, ignored);
  }

  std::unique_ptr<Store> open(Store::Access access = Store::Access::kWrite) {
    auto store = Store::open(context, directory, access);
    EXPECT_TRUE(store.ok()) << (store.ok() ? "" : store.error().message());
    return store.ok() ? *std::move(store) : nullptr;
  }
  std::unique_ptr<Session> begin(Store& store) {
    auto session = Session::begin(context, store, 2000);
    EXPECT_TRUE(session.ok()) << (session.ok() ? "" : session.error().message());
    return session.ok() ? *std::move(session) : nullptr;
  }

  // One record of these chunks, whether they are claimed or not.
  static Status append(Session& session, const std::vector<base::Bytes>& chunks,
                       format::PackKind kind = format::PackKind::kData) {
    const auto plain = std::make_shared<base::Bytes>();
    std::vector<format::ChunkRef> refs;
    for (const auto& chunk : chunks) {
      plain->insert(plain->end(), chunk.begin(), chunk.end());
      refs.push_back({id_of(chunk), static_cast<std::uint32_t>(chunk.size())});
    }
    codec::Encoder encoder;
    return session.append(kind,
                          encode_record(encoder, refs, *plain, plain, codec::Effort::kNormal));
  }
  // Adds a record in a session of its own.
  void add(Store& store, const std::vector<base::Bytes>& chunks) {
    const auto session = begin(store);
    EXPECT_TRUE(append(*session, chunks).ok());
    const Status status = session->commit();
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message());
  }

  // The chunk by a fresh reader, or the code of the error in brackets.
  static std::string read(const Store& store, const ChunkId& id, Verify verify = Verify::kChunk) {
    ChunkReader reader(store);
    const auto bytes = reader.read(id, verify);
    return bytes.ok() ? to_text(*bytes)
                      : "[" + std::to_string(static_cast<int>(bytes.error().code())) + "]";
  }
  static std::string failed(Code code) {
    return "[" + std::to_string(static_cast<int>(code)) + "]";
  }

  [[nodiscard]] std::vector<std::string> packs() const { return files_below(directory + "/packs"); }
  [[nodiscard]] std::vector<std::string> segments() const {
    return files_below(directory + "/index");
  }
  [[nodiscard]] std::vector<std::string> marks() const {
    return files_below(directory + "/quarantine");
  }
  // Files of tmp/ but its lock.
  [[nodiscard]] std::vector<std::string> leftovers() const {
    auto files = files_below(directory + "/tmp");
    std::erase(files, directory + "/tmp/LOCK");
    return files;
  }

  std::string scratch;
  std::string directory;
  FakeClock clock;
  base::SystemEntropy entropy;
  KeptLog log;
  base::NullProgress progress;
  CpuPool pool{2};
  std::stop_source stop;
  Context context{clock, entropy, log, progress, pool, stop.get_token()};
};

// A pack made of given records; header and footer are right, whatever the records say.
class CraftedPack {
 public:
  explicit CraftedPack(format::PackKind kind = format::PackKind::kData) {
    format::PackHeader header;
    header.kind = kind;
    base::SystemEntropy().fill(header.salt);
    bytes_ = format::encode_pack_header(header);
  }

  // `listed` is what the footer says of the record.
  CraftedPack& add(format::RecordHeader header, base::ByteView payload,
                   const std::vector<format::ChunkRef>& listed) {
    const auto header_bytes = format::encode_record_header(header, payload);
    format::TableRecord record;
    record.offset = static_cast<std::uint32_t>(bytes_.size());
    record.record_bytes = static_cast<std::uint32_t>(header_bytes.size() + payload.size());
    record.plain_bytes = header.plain_bytes;
    record.crc = header.crc;
    record.chunk_count = static_cast<std::uint32_t>(listed.size());
    record.codec = header.codec;
    table_.add_record(record, header.bases);
    std::uint32_t offset = 0;
    for (const auto& chunk : listed) {
      table_.add_chunk(chunk.id, offset, chunk.length);
      offset += chunk.length;
    }
    bytes_.insert(bytes_.end(), header_bytes.begin(), header_bytes.end());
    bytes_.insert(bytes_.end(), payload.begin(), payload.end());
    return *this;
  }
  // A raw record of one chunk, listed under `id`.
  CraftedPack& add_raw(base::ByteView plain, const ChunkId& id) {
    const auto length = static_cast<std::uint32_t>(plain.size());
    return add(header_of(0, length, {length}), plain, {{id, length}});
  }

  static format::RecordHeader header_of(unsigned codec, std::uint32_t plain_bytes,
                                        std::vector<std::uint32_t> lengths) {
    format::RecordHeader header;
    header.codec = static_cast<std::uint8_t>(codec);
    header.plain_bytes = plain_bytes;
    header.chunk_lengths = std::move(lengths);
    return header;
  }

  // Seals the pack and puts it into a store without any index; its path.
  std::string write_to(const std::string& directory) {
    const auto footer = table_.encode();
    const auto footer_bytes = static_cast<std::uint32_t>(footer.size());
    const PackId id =
        format::pack_id_of(base::ByteView(bytes_).first(format::kPackHeaderBytes), footer);
    const auto trailer = format::encode_pack_trailer({footer_bytes, crypto::crc32c(footer)});
    bytes_.insert(bytes_.end(), footer.begin(), footer.end());
    bytes_.insert(bytes_.end(), trailer.begin(), trailer.end());
    const std::string path = directory + "/packs/" + id.hex().substr(0, 2) + "/" + id.hex();
    put_file(path, bytes_);
    return path;
  }

 private:
  base::Bytes bytes_;
  format::TableBuilder table_;
};

}  // namespace cairn::store
