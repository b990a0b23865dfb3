// What the tests of sync share: a clock, entropy and stores of their own, a remote in memory, and
// folders to push.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/cpu_pool.hpp"
#include "base/system.hpp"
#include "remotes/mem/mem_remote.hpp"
#include "store/chunk_reader.hpp"
#include "store/session.hpp"
#include "sync/transfer.hpp"

namespace cairn::sync::test {

class FakeClock final : public Clock {
 public:
  std::int64_t now_ms() override { return now; }
  std::atomic<std::int64_t> now = 1'700'000'000'000;
};

class SeededEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::mutex mutex_;
  std::uint64_t state_ = 1;
};

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  [[nodiscard]] std::string at(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }

 private:
  std::string path_;
};

using Files = std::map<std::string, base::Bytes>;

// Bytes that do not compress, the same for the same seed.
base::Bytes noise(std::size_t size, std::uint64_t seed);
// Text that compresses, about `size` bytes.
base::Bytes text(std::size_t size, std::uint64_t seed);
// `count` small files of text and a few large ones.
Files sample_files(std::size_t count, std::uint64_t seed);

// Every chunk of every pack of a remote, decoded and hashed.
struct RemoteChunk {
  PackId pack;
  format::TableRecord record;
  std::uint32_t offset = 0;
  base::Bytes plain;
};
using RemoteChunks = std::multimap<ChunkId, RemoteChunk>;
RemoteChunks remote_chunks(Remote& remote);

// From a remote that is opened for this one fetch.
Result<FetchReport> fetch_versions(const Context& context, store::Store& store, Remote& remote,
                                   const std::vector<Version>& versions,
                                   const FetchOptions& options);

struct World {
  World();
  ~World();

  std::unique_ptr<store::Store> new_store();
  // Stores the files as a folder, or one file on its own, and returns its version.
  Version add_folder(store::Store& store, const std::string& path, const Files& files);
  Version add_file(store::Store& store, const std::string& path, const base::Bytes& bytes);
  // The files of a version, every chunk hashed; an error names what is missing.
  Result<Files> read_back(const store::Store& store, const Version& version) const;

  Result<PushReport> push(const store::Store& store, Remote& remote,
                          const std::vector<Version>& versions);
  Result<FetchReport> fetch(store::Store& store, Remote& remote,
                            const std::vector<Version>& versions);
  // Fetches into a new store and compares every byte.
  void expect_complete(Remote& remote, const Version& version, const Files& files);

  // Every object, by key.
  std::map<std::string, base::Bytes> objects(Remote& remote) const;
  std::vector<std::string> keys(Remote& remote, const std::string& prefix) const;
  void put(Remote& remote, const std::string& key, base::ByteView bytes) const;
  void condemn(Remote& remote, const std::vector<PackId>& packs, const std::string& id) const;
  std::vector<PackId> packs(Remote& remote) const;
  // What a collection does in the end: condemned packs go, and the index no longer names them.
  void sweep(Remote& remote, const std::vector<PackId>& packs) const;

  TempDir directory;
  FakeClock clock;
  SeededEntropy entropy;
  base::NullLog log;
  base::NullProgress progress;
  CpuPool cpu;
  Context context;
  remotes::MemRemote remote;
  PushOptions options;
  std::string journal;
  int stores = 0;
};

}  // namespace cairn::sync::test
