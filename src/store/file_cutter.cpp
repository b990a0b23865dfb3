#include "store/file_cutter.hpp"

#include <algorithm>

#include "crypto/crc32c.hpp"

namespace cairn::store::detail {

namespace {

// 0: only more bytes can tell.
std::size_t gear_length(base::ByteView rest, const chunk::GearParameters& gear) {
  const std::size_t length = chunk::gear_cut(rest, gear);
  // A cut at the very end may only be the end of what is there.
  return length == rest.size() && length < gear.max_bytes ? 0 : length;
}

}  // namespace

GuessedCuts guess_cuts(base::ByteView bytes, std::uint64_t file_offset,
                       const chunk::StructureCuts* structure) {
  GuessedCuts guess;
  std::size_t at = 0;
  if (structure != nullptr) {
    const std::uint64_t from = structure->likely_cut(file_offset) - file_offset;
    at = static_cast<std::size_t>(std::min<std::uint64_t>(from, bytes.size()));
  }
  const chunk::GearParameters gear;
  for (;;) {
    guess.cuts.push_back(static_cast<std::uint32_t>(at));
    if (at == bytes.size()) return guess;
    const auto rest = bytes.subspan(at);
    const std::size_t length = structure != nullptr ? structure->next_length(file_offset + at, rest)
                                                    : gear_length(rest, gear);
    if (length == 0) return guess;
    at += length;
  }
}

std::vector<std::uint32_t> piece_crcs(base::ByteView bytes, const GuessedCuts& guess) {
  std::vector<std::uint32_t> crcs;
  for (std::size_t i = 1; i < guess.cuts.size(); ++i) {
    const std::uint32_t start = guess.cuts[i - 1];
    crcs.push_back(crypto::crc32c(bytes.subspan(start, guess.cuts[i] - start)));
  }
  return crcs;
}

std::size_t FileCutter::cut(base::ByteView bytes, Part part, const GuessedCuts& guess,
                            std::vector<Cut>& out) {
  std::size_t at = 0;
  std::size_t next_guess = 0;
  while (at < bytes.size()) {
    while (next_guess < guess.cuts.size() && guess.offset + guess.cuts[next_guess] < at)
      ++next_guess;
    const bool met = next_guess + 1 < guess.cuts.size() &&
                     guess.offset + guess.cuts[next_guess] == at &&
                     file_bytes_ > gear_.single_bytes;
    const std::size_t length = met ? guess.cuts[next_guess + 1] - guess.cuts[next_guess]
                                   : next_length(bytes.subspan(at), part);
    if (length == 0) break;
    Cut cut;
    cut.bytes = bytes.subspan(at, length);
    cut.ref.length = static_cast<std::uint32_t>(length);
    Digest digest;
    hash_.update_with(cut.bytes, cut.bytes, digest);
    cut.ref.id = digest.as<ChunkId>();
    if (met && next_guess < guess.crcs.size()) cut.crc = guess.crcs[next_guess];
    out.push_back(cut);
    at += length;
    offset_ += length;
  }
  return at;
}

// 0: only more bytes can tell.
std::size_t FileCutter::next_length(base::ByteView rest, Part part) const {
  if (file_bytes_ <= gear_.single_bytes) return part == Part::kLast ? rest.size() : 0;
  if (structure_ != nullptr) return structure_->next_length(offset_, rest);
  const std::size_t length = gear_length(rest, gear_);
  return length == 0 && part == Part::kLast ? rest.size() : length;
}

ChunkList::ChunkList(const IngestOptions& options, OpenSink open_sink)
    : limit_(options.cutting == Cutting::kAlwaysRecipe ? 1 : format::kMaxInlineChunks),
      chunker_(options.chunker),
      open_sink_(std::move(open_sink)) {}

Status ChunkList::add(const format::ChunkRef& ref) {
  if (recipe_) return recipe_->add(ref);
  chunks_.push_back(ref);
  if (chunks_.size() <= limit_) return {};
  recipe_.emplace(chunk::GearParameters{}, open_sink_(), chunker_);
  for (const format::ChunkRef& early : chunks_) CAIRN_CHECK(recipe_->add(early));
  chunks_.clear();
  return {};
}

Status ChunkList::finish(StoredFile& file) {
  file.chunks = std::move(chunks_);
  if (!recipe_) return {};
  CAIRN_TRY(const format::TreeTop top, recipe_->finish());
  file.recipe = top.id;
  return {};
}

}  // namespace cairn::store::detail
