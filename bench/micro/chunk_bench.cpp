// Gear in bytes of file per second of one core, the skipped minimum of each chunk included.
#include <benchmark/benchmark.h>

#include <random>

#include "chunk/gear.hpp"

namespace cairn::chunk {
namespace {

void cut_everything(benchmark::State& state, const base::Bytes& bytes) {
  std::int64_t chunks = 0;
  for (auto _ : state) {
    for (base::ByteView rest = bytes; !rest.empty(); ++chunks) {
      rest = rest.subspan(gear_cut(rest, GearParameters()));
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
  state.counters["mean_chunk"] = static_cast<double>(state.iterations()) *
                                 static_cast<double>(bytes.size()) / static_cast<double>(chunks);
}

void BM_GearRandom(benchmark::State& state) {
  std::mt19937_64 random(1);
  base::Bytes bytes(std::size_t{8} << 20);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  cut_everything(state, bytes);
}

// No cut before the maximum: the longest scan.
void BM_GearZeros(benchmark::State& state) {
  cut_everything(state, base::Bytes(std::size_t{8} << 20));
}

BENCHMARK(BM_GearRandom);
BENCHMARK(BM_GearZeros);

}  // namespace
}  // namespace cairn::chunk
