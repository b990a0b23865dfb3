// SHA-256 and CRC-32C in bytes per second of one core. "Pair" and "FileAndChunk" count every byte
// hashed, so compare them with "Evp" of the same size; the argument is the message size.
#include <benchmark/benchmark.h>

#include "crypto/crc32c.hpp"
#include "crypto/crc32c_detail.hpp"
#include "crypto/sha256.hpp"
#include "crypto/sha256_detail.hpp"
#include "crypto/sha256_evp.hpp"

namespace cairn::crypto {
namespace {

base::Bytes counting_bytes(benchmark::State& state) {
  base::Bytes bytes(static_cast<std::size_t>(state.range(0)));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 131 >> 3);
  return bytes;
}

void count_bytes(benchmark::State& state, std::int64_t messages) {
  state.SetBytesProcessed(state.iterations() * messages * state.range(0));
  state.SetLabel(has_sha_extensions() ? "SHA extensions" : "EVP only");
}

void BM_Sha256Evp(benchmark::State& state) {
  const auto bytes = counting_bytes(state);
  for (auto _ : state) benchmark::DoNotOptimize(detail::evp_sha256(bytes));
  count_bytes(state, 1);
}

void BM_Sha256(benchmark::State& state) {
  const auto bytes = counting_bytes(state);
  for (auto _ : state) benchmark::DoNotOptimize(sha256(bytes));
  count_bytes(state, 1);
}

void BM_Sha256Pair(benchmark::State& state) {
  const auto a = counting_bytes(state);
  const auto b = a;
  Digest digest_a, digest_b;
  for (auto _ : state) {
    sha256_pair(a, b, digest_a, digest_b);
    benchmark::DoNotOptimize(digest_a);
    benchmark::DoNotOptimize(digest_b);
  }
  count_bytes(state, 2);
}

// `kernel` also for the fallback: what a processor without SHA extensions would do, here with
// OpenSSL's own use of them.
void sha256_file_and_chunk(benchmark::State& state, detail::Kernel kernel) {
  detail::choose_kernel(kernel);
  const auto chunk = counting_bytes(state);
  Sha256 file;
  Digest digest;
  for (auto _ : state) {
    file.update_with(chunk, chunk, digest);
    benchmark::DoNotOptimize(digest);
  }
  count_bytes(state, 2);
  detail::choose_kernel(detail::Kernel::kBest);
}

void BM_Sha256FileAndChunk(benchmark::State& state) {
  sha256_file_and_chunk(state, detail::Kernel::kBest);
}

void BM_Sha256FileAndChunkFallback(benchmark::State& state) {
  sha256_file_and_chunk(state, detail::Kernel::kEvpOnly);
}

void BM_Crc32c(benchmark::State& state) {
  const auto bytes = counting_bytes(state);
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void BM_Crc32cTable(benchmark::State& state) {
  const auto bytes = counting_bytes(state);
  for (auto _ : state) benchmark::DoNotOptimize(detail::crc32c_extend_by_table(0, bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(BM_Sha256Evp)->Arg(64)->Arg(256)->Arg(1024)->Arg(4096)->Arg(65'536);
BENCHMARK(BM_Sha256)->Arg(64)->Arg(256)->Arg(1024)->Arg(4096)->Arg(65'536);
BENCHMARK(BM_Sha256Pair)->Arg(64)->Arg(256)->Arg(1024)->Arg(4096)->Arg(65'536);
BENCHMARK(BM_Sha256FileAndChunk)->Arg(65'536);
BENCHMARK(BM_Sha256FileAndChunkFallback)->Arg(65'536);
BENCHMARK(BM_Crc32c)->Arg(64)->Arg(4096)->Arg(65'536);
BENCHMARK(BM_Crc32cTable)->Arg(65'536);

}  // namespace
}  // namespace cairn::crypto
