// Encoding (with the decode-and-compare that it always does) and decoding, in plain bytes per
// second of one core. The argument is the record's plain size; "stored" is the share that remains.
#include <benchmark/benchmark.h>

#include <random>
#include <string>

#include "codec/codec.hpp"

namespace cairn::codec {
namespace {

using base::Bytes;

// A table as people keep them: counters, names from a short list, a measured value.
Bytes table_bytes(std::size_t size) {
  std::mt19937_64 random(1);
  std::string text;
  while (text.size() < size) {
    text += std::to_string(random() % 100'000) + ",station-" + std::to_string(random() % 50) + ",";
    text += std::to_string(random() % 1'000) + "." + std::to_string(random() % 100) + "\n";
  }
  text.resize(size);
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

Bytes noise_bytes(std::size_t size) {
  std::mt19937_64 random(2);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

void encode_record(benchmark::State& state, const Bytes& plain, Effort effort) {
  Encoder encoder;
  std::size_t stored = 0;
  for (auto _ : state) {
    const Encoded encoded = encoder.encode(plain, effort);
    stored = encoded.codec == CodecId::kRaw ? plain.size() : encoded.payload.size();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
  state.counters["stored"] = static_cast<double>(stored) / static_cast<double>(plain.size());
}

std::size_t record_bytes(benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

void BM_EncodeTableFast(benchmark::State& state) {
  encode_record(state, table_bytes(record_bytes(state)), Effort::kFast);
}
void BM_EncodeTable(benchmark::State& state) {
  encode_record(state, table_bytes(record_bytes(state)), Effort::kNormal);
}
void BM_EncodeTableRepack(benchmark::State& state) {
  encode_record(state, table_bytes(record_bytes(state)), Effort::kRepack);
}
void BM_EncodeNoise(benchmark::State& state) {
  encode_record(state, noise_bytes(record_bytes(state)), Effort::kNormal);
}

void BM_DecodeTable(benchmark::State& state) {
  const Bytes plain = table_bytes(record_bytes(state));
  const Encoded encoded = Encoder().encode(plain, Effort::kNormal);
  const auto codec = static_cast<std::uint8_t>(encoded.codec);
  Decoder decoder;
  Bytes out(plain.size());
  for (auto _ : state) {
    if (!decoder.decode(codec, encoded.payload, out).ok()) return state.SkipWithError("refused");
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(BM_EncodeTableFast)->Arg(524'288);
BENCHMARK(BM_EncodeTable)->Arg(65'536)->Arg(524'288);
BENCHMARK(BM_EncodeTableRepack)->Arg(524'288);
BENCHMARK(BM_EncodeNoise)->Arg(16'384)->Arg(65'536)->Arg(524'288);
BENCHMARK(BM_DecodeTable)->Arg(65'536)->Arg(524'288);

}  // namespace
}  // namespace cairn::codec
