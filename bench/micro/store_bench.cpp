// Look-ups, appends, commits and page reads of the local store, in $TMPDIR: place it on the disk
// that is to be measured.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "base/cpu_pool.hpp"
#include "base/system.hpp"
#include "crypto/sha256.hpp"
#include "store/chunk_reader.hpp"
#include "store/session.hpp"

namespace cairn::store {
namespace {

struct BenchStore {
  BenchStore() {
    std::string name = (std::filesystem::temp_directory_path() / "cairn-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    directory = name;
    if (!Store::create(directory).ok()) std::abort();
    auto opened = Store::open(context, directory, Store::Access::kWrite);
    if (!opened.ok()) std::abort();
    store = *std::move(opened);
  }
  ~BenchStore() {
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }

  std::string directory;
  base::SystemClock clock;
  base::SystemEntropy entropy;
  base::NullLog log;
  base::NullProgress progress;
  CpuPool pool{0};
  Context context{clock, entropy, log, progress, pool, {}};
  std::unique_ptr<Store> store;
};

// Ids need only be spread like digests.
ChunkId bench_id(std::uint64_t number) {
  ChunkId id;
  for (std::size_t i = 0; i < 32; i += 8) {
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u + 0x9e3779b97f4a7c15u;
    std::memcpy(&id.bytes[i], &number, 8);
  }
  return id;
}

EncodedRecord bench_record(std::uint64_t first, std::uint32_t chunks, std::uint32_t chunk_bytes) {
  static codec::Encoder encoder;
  const auto plain =
      std::make_shared<base::Bytes>(std::size_t{chunks} * chunk_bytes, std::uint8_t{7});
  std::vector<format::ChunkRef> refs;
  for (std::uint32_t i = 0; i < chunks; ++i) refs.push_back({bench_id(first + i), chunk_bytes});
  return encode_record(encoder, refs, *plain, plain, codec::Effort::kFast);
}

constexpr std::uint64_t kBenchChunks = std::uint64_t{1} << 20;

// A store of `chunks` chunks, in one segment.
BenchStore& filled_store(std::uint64_t chunks) {
  static std::map<std::uint64_t, std::unique_ptr<BenchStore>> stores;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  auto& bench = stores[chunks];
  if (bench) return *bench;
  bench = std::make_unique<BenchStore>();
  const auto session = Session::begin(bench->context, *bench->store);
  for (std::uint64_t at = 0; at < chunks; at += 1024) {
    if (!(*session)->append(format::PackKind::kData, bench_record(at, 1024, 1000)).ok())
      std::abort();
  }
  if (!(*session)->commit().ok()) std::abort();
  return *bench;
}

// Ids in random order: with 2^20 chunks every look-up misses the processor's caches.
void BM_StoreFindHit(benchmark::State& state) {
  const auto chunks = static_cast<std::uint64_t>(state.range(0));
  const Store& store = *filled_store(chunks).store;
  std::uint64_t at = static_cast<std::uint64_t>(state.thread_index()) * 7919;
  for (auto _ : state) {
    benchmark::DoNotOptimize(store.find(bench_id(at)));
    at = (at + 514'229) % chunks;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_StoreFindHit)->Arg(1 << 13)->Arg(1 << 20)->Threads(1)->Threads(2)->UseRealTime();

void BM_StoreFindMiss(benchmark::State& state) {
  const auto chunks = static_cast<std::uint64_t>(state.range(0));
  const Store& store = *filled_store(chunks).store;
  std::uint64_t at = chunks + static_cast<std::uint64_t>(state.thread_index()) * 104'729;
  for (auto _ : state) benchmark::DoNotOptimize(store.find(bench_id(at++)));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_StoreFindMiss)->Arg(1 << 13)->Arg(1 << 20)->Threads(1)->Threads(2)->UseRealTime();

void BM_StoreClaim(benchmark::State& state) {
  BenchStore& bench = filled_store(kBenchChunks);
  const auto session = Session::begin(bench.context, *bench.store);
  std::uint64_t at = kBenchChunks;
  for (auto _ : state) benchmark::DoNotOptimize((*session)->claim(bench_id(at++)));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_StoreClaim);

void BM_StoreOpen(benchmark::State& state) {
  BenchStore& bench = filled_store(static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(Store::open(bench.context, bench.directory, Store::Access::kRead));
  }
}
BENCHMARK(BM_StoreOpen)->Arg(1 << 13)->Arg(1 << 20)->Unit(benchmark::kMicrosecond);

// Raw records of 512 KiB in chunks of 64 KiB into the page cache, packs sealed at 64 MiB, never
// committed.
void BM_StoreAppend(benchmark::State& state) {
  BenchStore bench;
  const auto session = Session::begin(bench.context, *bench.store);
  constexpr std::uint32_t kBytes = 512 << 10;
  const auto plain = std::make_shared<base::Bytes>(kBytes, std::uint8_t{7});
  EncodedRecord record;
  record.header.plain_bytes = kBytes;
  record.header.chunk_lengths.assign(8, kBytes / 8);
  for (std::uint64_t i = 0; i < 8; ++i) record.chunks.push_back({bench_id(i), kBytes / 8});
  record.payload = *plain;
  record.owner = plain;
  record.header_bytes = format::encode_record_header(record.header, *plain);
  for (auto _ : state) {
    if (!(*session)->append(format::PackKind::kData, record).ok())
      state.SkipWithError("append failed");
  }
  state.SetBytesProcessed(state.iterations() * std::int64_t{kBytes});
}
BENCHMARK(BM_StoreAppend)->Iterations(1000)->Unit(benchmark::kMicrosecond);

void BM_StoreSmallCommit(benchmark::State& state) {
  BenchStore bench;
  std::uint64_t at = 0;
  for (auto _ : state) {
    const auto session = Session::begin(bench.context, *bench.store);
    const bool ok = (*session)->append(format::PackKind::kData, bench_record(at++, 1, 1000)).ok();
    if (!ok || !(*session)->commit().ok()) state.SkipWithError("commit failed");
  }
}
BENCHMARK(BM_StoreSmallCommit)->Iterations(100)->Unit(benchmark::kMicrosecond);

// Pages of about 8 KiB in records of their own, as a walk over a large manifest reads them.
void BM_StoreReadPages(benchmark::State& state) {
  BenchStore bench;
  std::vector<ChunkId> ids;
  {
    const auto session = Session::begin(bench.context, *bench.store);
    for (std::uint64_t i = 0; i < 2000; ++i) {
      base::ByteWriter page;
      while (page.size() < 8192) page.id(bench_id(i * 1000 + page.size()));
      ids.push_back(crypto::sha256(page.view()).as<ChunkId>());
      if (!(*session)->put_page(ids.back(), std::move(page).take()).ok()) std::abort();
    }
    if (!(*session)->commit().ok()) std::abort();
  }
  const auto fetch = page_fetch(*bench.store);
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(fetch(ids[at]));
    at = (at + 1) % ids.size();
  }
  state.SetBytesProcessed(state.iterations() * 8192);
}
BENCHMARK(BM_StoreReadPages);

}  // namespace
}  // namespace cairn::store
