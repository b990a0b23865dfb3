// What a second version costs: a checkpoint of safetensors after some steps of fine-tuning, cut by
// its tensors, and a table with scattered edits, cut by Gear. The counters are shares of the plain
// bytes: "first" version, "second" with its bases, "alone" without.
#include <benchmark/benchmark.h>

#include <functional>
#include <map>
#include <random>
#include <string>

#include "chunk/structure_cuts.hpp"
#include "codec/codec.hpp"
#include "crypto/sha256.hpp"
#include "tests/unit/codec/codec_samples.hpp"

namespace cairn {
namespace {

using base::Bytes;
using base::ByteView;

struct Piece {
  std::uint64_t offset = 0;
  ByteView bytes;
  const chunk::Unit* unit = nullptr;
};

constexpr std::size_t kTensorBytes = (std::size_t{5} << 20) + 12'288;
constexpr std::size_t kTensors = 8;
constexpr std::size_t kIdBytes = 32;

Bytes safetensors(const char* dtype, std::size_t width,
                  const std::function<Bytes(std::size_t)>& tensor) {
  std::string header;
  for (std::size_t i = 0; i < kTensors; ++i) {
    header += (i == 0 ? "{\"t" : ",\"t") + std::to_string(i) + R"(":{"dtype":")" + dtype +
              R"(","shape":[)" + std::to_string(kTensorBytes / width) + R"(],"data_offsets":[)" +
              std::to_string(i * kTensorBytes) + "," + std::to_string((i + 1) * kTensorBytes) +
              "]}";
  }
  header += "}";
  base::ByteWriter out;
  out.u64(header.size());
  out.text(header);
  for (std::size_t i = 0; i < kTensors; ++i) out.raw(tensor(i));
  return std::move(out).take();
}

chunk::StructureCuts cuts_of(const Bytes& file) {
  const auto read = [&](std::uint64_t offset, std::span<std::uint8_t> out) {
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return true;
  };
  return {chunk::read_structure(read, file.size()).value(), file.size(), {}};
}

std::vector<Piece> pieces_of(const chunk::StructureCuts& cuts, const Bytes& file) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < file.size(); at += pieces.back().bytes.size()) {
    const std::size_t length = cuts.next_length(at, ByteView(file).subspan(at));
    pieces.push_back({at, ByteView(file).subspan(at, length), cuts.unit_of(at, length)});
  }
  return pieces;
}

std::size_t stored_bytes(codec::Encoder& encoder, ByteView plain, const codec::EncodeHints& hints) {
  const auto encoded = encoder.encode(plain, codec::Effort::kNormal, hints);
  std::size_t bytes = encoded.codec == codec::CodecId::kRaw ? plain.size() : encoded.payload.size();
  if (encoded.codec == codec::CodecId::kDifference) bytes += kIdBytes;
  if (encoded.codec == codec::CodecId::kPatch) bytes += kIdBytes * hints.bases.size();
  return bytes;
}

void set_share(benchmark::State& state, const char* name, std::size_t stored, std::size_t plain) {
  state.counters[name] = static_cast<double>(stored) / static_cast<double>(plain);
}

// Slices stand at the same places of the same tensors, so the base is the slice of the same number.
void fine_tune(benchmark::State& state, const Bytes& before, const Bytes& after,
               codec::WordShape shape) {
  const auto old_cuts = cuts_of(before);
  const auto new_cuts = cuts_of(after);
  const auto old_pieces = pieces_of(old_cuts, before);
  const auto new_pieces = pieces_of(new_cuts, after);
  codec::Encoder encoder;
  std::size_t first = 0;
  std::size_t alone = 0;
  std::size_t second = 0;
  for (const Piece& piece : old_pieces)
    first += stored_bytes(encoder, piece.bytes, {.words = shape});
  for (const Piece& piece : new_pieces)
    alone += stored_bytes(encoder, piece.bytes, {.words = shape});
  for (auto _ : state) {
    second = 0;
    for (std::size_t i = 0; i < new_pieces.size(); ++i) {
      codec::EncodeHints hints{.words = shape};
      if (old_pieces[i].bytes.size() == new_pieces[i].bytes.size())
        hints.twin = old_pieces[i].bytes;
      second += stored_bytes(encoder, new_pieces[i].bytes, hints);
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(after.size()));
  set_share(state, "first", first, before.size());
  set_share(state, "alone", alone, after.size());
  set_share(state, "second", second, after.size());
}

void BM_FineTuneBf16(benchmark::State& state) {
  const auto weights = [](std::size_t i) { return codec::sample_weights(kTensorBytes / 2, i); };
  const Bytes before =
      safetensors("BF16", 2, [&](std::size_t i) { return codec::bf16_bytes(weights(i)); });
  const Bytes after = safetensors("BF16", 2, [&](std::size_t i) {
    return codec::bf16_bytes(codec::trained_on(weights(i), 0.002F, 100 + i));
  });
  fine_tune(state, before, after, {2, 0, true});
}

void BM_FineTuneFp32(benchmark::State& state) {
  const auto weights = [](std::size_t i) { return codec::sample_weights(kTensorBytes / 4, i); };
  const Bytes before =
      safetensors("F32", 4, [&](std::size_t i) { return codec::fp32_bytes(weights(i)); });
  const Bytes after = safetensors("F32", 4, [&](std::size_t i) {
    return codec::fp32_bytes(codec::trained_on(weights(i), 0.0001F, 100 + i));
  });
  fine_tune(state, before, after, {4, 0, true});
}

std::vector<Piece> gear_pieces(const Bytes& file) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < file.size(); at += pieces.back().bytes.size()) {
    const std::size_t length = chunk::gear_cut(ByteView(file).subspan(at), {});
    pieces.push_back({at, ByteView(file).subspan(at, length)});
  }
  return pieces;
}

Bytes table(std::size_t size) {
  std::mt19937_64 random(1);
  std::string text;
  while (text.size() < size) {
    text += std::to_string(random() % 100'000) + ",station-" + std::to_string(random() % 50) + ",";
    text += std::to_string(random() % 1'000) + "." + std::to_string(random() % 100) + "\n";
  }
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

// A cell in every `range` bytes gets another digit: bases lie at the same offsets.
void BM_EditedTable(benchmark::State& state) {
  const Bytes before = table(std::size_t{32} << 20);
  Bytes after = before;
  for (std::size_t at = 1'000; at < after.size(); at += static_cast<std::size_t>(state.range(0))) {
    while (after[at] < '0' || after[at] > '8') ++at;
    ++after[at];
  }
  const auto old_pieces = gear_pieces(before);
  std::map<Digest, bool> known;
  for (const Piece& piece : old_pieces) known[crypto::sha256(piece.bytes)] = true;
  codec::Encoder encoder;
  std::size_t alone = 0;
  std::size_t second = 0;
  std::size_t fresh = 0;
  for (auto _ : state) {
    alone = second = fresh = 0;
    for (const Piece& piece : gear_pieces(after)) {
      if (known.count(crypto::sha256(piece.bytes)) != 0) continue;
      std::vector<ByteView> bases;
      for (const Piece& old : old_pieces) {
        const bool overlaps = old.offset < piece.offset + piece.bytes.size() &&
                              piece.offset < old.offset + old.bytes.size();
        if (overlaps && bases.size() < 8) bases.push_back(old.bytes);
      }
      fresh += piece.bytes.size();
      second += stored_bytes(encoder, piece.bytes, {.bases = bases});
      alone += stored_bytes(encoder, piece.bytes, {});
    }
  }
  state.counters["new_bytes"] = static_cast<double>(fresh);
  state.counters["alone_bytes"] = static_cast<double>(alone);
  state.counters["patch_bytes"] = static_cast<double>(second);
}

BENCHMARK(BM_FineTuneBf16)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_FineTuneFp32)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_EditedTable)->Arg(1 << 20)->Arg(100'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cairn
