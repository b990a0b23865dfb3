// Encoding (with the decode-and-compare that it always does) and decoding, in plain bytes per
// second of one core. The argument is the record's plain size; "stored" is the share that remains.
#include <benchmark/benchmark.h>

#include <random>
#include <string>

#include "codec/codec.hpp"
#include "codec/words.hpp"
#include "tests/unit/codec/codec_samples.hpp"

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

// ---- weights: one chunk of 1 MiB, and the same a little later
// ----------------------------------------

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

struct Weights {
  Bytes plain;
  Bytes twin;
  WordShape shape;
};
Weights bf16_chunk() {
  const auto before = sample_weights(kChunkBytes / 2, 1);
  return {bf16_bytes(trained_on(before, 0.002F, 2)), bf16_bytes(before), {2, 0, true}};
}
Weights fp32_chunk() {
  const auto before = sample_weights(kChunkBytes / 4, 1);
  return {fp32_bytes(trained_on(before, 0.002F, 2)), fp32_bytes(before), {4, 0, true}};
}

void encode_weights(benchmark::State& state, const Weights& weights, const EncodeHints& hints) {
  Encoder encoder;
  std::size_t stored = 0;
  for (auto _ : state)
    stored = encoder.encode(weights.plain, Effort::kNormal, hints).payload.size();
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kChunkBytes));
  state.counters["stored"] = static_cast<double>(stored) / static_cast<double>(kChunkBytes);
}

void decode_weights(benchmark::State& state, const Weights& weights, const EncodeHints& hints) {
  const Encoded encoded = Encoder().encode(weights.plain, Effort::kNormal, hints);
  Decoder decoder;
  Bytes out(kChunkBytes);
  const base::ByteView base(weights.twin);
  const std::span<const base::ByteView> bases(&base, hints.twin ? 1 : 0);
  for (auto _ : state) {
    const auto codec = static_cast<std::uint8_t>(encoded.codec);
    if (!decoder.decode(codec, encoded.payload, out, bases).ok())
      return state.SkipWithError("refused");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kChunkBytes));
}

EncodeHints direct(const Weights& weights) { return {.words = weights.shape}; }
EncodeHints later(const Weights& weights) {
  return {.words = weights.shape, .twin = base::ByteView(weights.twin)};
}

void BM_EncodePlanesBf16(benchmark::State& state) {
  const Weights weights = bf16_chunk();
  encode_weights(state, weights, direct(weights));
}
void BM_EncodePlanesFp32(benchmark::State& state) {
  const Weights weights = fp32_chunk();
  encode_weights(state, weights, direct(weights));
}
void BM_EncodeDifferenceBf16(benchmark::State& state) {
  const Weights weights = bf16_chunk();
  encode_weights(state, weights, later(weights));
}
void BM_EncodeDifferenceFp32(benchmark::State& state) {
  const Weights weights = fp32_chunk();
  encode_weights(state, weights, later(weights));
}
void BM_DecodePlanesBf16(benchmark::State& state) {
  const Weights weights = bf16_chunk();
  decode_weights(state, weights, direct(weights));
}
void BM_DecodePlanesFp32(benchmark::State& state) {
  const Weights weights = fp32_chunk();
  decode_weights(state, weights, direct(weights));
}
void BM_DecodeDifferenceBf16(benchmark::State& state) {
  const Weights weights = bf16_chunk();
  decode_weights(state, weights, later(weights));
}
void BM_DecodeDifferenceFp32(benchmark::State& state) {
  const Weights weights = fp32_chunk();
  decode_weights(state, weights, later(weights));
}

// A table with an edit in every 20 KiB, against what it was.
void BM_EncodePatchTable(benchmark::State& state) {
  const Bytes base = table_bytes(record_bytes(state));
  Bytes plain = base;
  for (std::size_t at = 5'000; at < plain.size(); at += 20'000) plain[at] ^= 1;
  const base::ByteView bases[] = {base};
  Encoder encoder;
  std::size_t stored = 0;
  for (auto _ : state)
    stored = encoder.encode(plain, Effort::kNormal, {.bases = bases}).payload.size();
  state.SetBytesProcessed(state.iterations() * state.range(0));
  state.counters["stored"] = static_cast<double>(stored) / static_cast<double>(plain.size());
}

// The split alone: 0 is the best kernel, 1 vectors of 16 bytes, 2 word by word.
void BM_SplitFp32(benchmark::State& state) {
  const Weights weights = fp32_chunk();
  Bytes planes(kChunkBytes);
  PlanesOut out{};
  for (std::size_t k = 0; k < 4; ++k) out[k] = planes.data() + k * kChunkBytes / 4;
  const WordRun run{4, WordChange::kRotate, kChunkBytes / 4, nullptr};
  for (auto _ : state) {
    split_words(run, weights.plain.data(), out, WordKernel(state.range(0)));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kChunkBytes));
}

BENCHMARK(BM_EncodePlanesBf16);
BENCHMARK(BM_EncodePlanesFp32);
BENCHMARK(BM_EncodeDifferenceBf16);
BENCHMARK(BM_EncodeDifferenceFp32);
BENCHMARK(BM_DecodePlanesBf16);
BENCHMARK(BM_DecodePlanesFp32);
BENCHMARK(BM_DecodeDifferenceBf16);
BENCHMARK(BM_DecodeDifferenceFp32);
BENCHMARK(BM_EncodePatchTable)->Arg(65'536)->Arg(524'288);
BENCHMARK(BM_SplitFp32)->DenseRange(0, 2);
BENCHMARK(BM_EncodeTableFast)->Arg(524'288);
BENCHMARK(BM_EncodeTable)->Arg(65'536)->Arg(524'288);
BENCHMARK(BM_EncodeTableRepack)->Arg(524'288);
BENCHMARK(BM_EncodeNoise)->Arg(16'384)->Arg(65'536)->Arg(524'288);
BENCHMARK(BM_DecodeTable)->Arg(65'536)->Arg(524'288);

}  // namespace
}  // namespace cairn::codec
