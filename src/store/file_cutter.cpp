#include "store/file_cutter.hpp"

#include <algorithm>

#include "crypto/crc32c.hpp"

namespace cairn::store::detail {

std::vector<std::uint32_t> guess_cuts(base::ByteView bytes, const chunk::GearParameters& gear) {
  std::vector<std::uint32_t> cuts = {0};
  for (std::size_t at = 0;;) {
    const std::size_t length = chunk::gear_cut(bytes.subspan(at), gear);
    at += length;
    // A cut at the very end may only be the end of what is there.
    if (at == bytes.size() && length < gear.max_bytes) return cuts;
    cuts.push_back(static_cast<std::uint32_t>(at));
  }
}

std::vector<std::uint32_t> piece_crcs(base::ByteView bytes, std::span<const std::uint32_t> cuts) {
  std::vector<std::uint32_t> crcs;
  for (std::size_t i = 1; i < cuts.size(); ++i)
    crcs.push_back(crypto::crc32c(bytes.subspan(cuts[i - 1], cuts[i] - cuts[i - 1])));
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
  }
  return at;
}

// 0: only more bytes can tell.
std::size_t FileCutter::next_length(base::ByteView rest, Part part) const {
  if (file_bytes_ <= gear_.single_bytes) return part == Part::kLast ? rest.size() : 0;
  const std::size_t length = chunk::gear_cut(rest, gear_);
  const bool is_final = part == Part::kLast || length < rest.size() || length == gear_.max_bytes;
  return is_final ? length : 0;
}

ChunkList::ChunkList(Cutting cutting, Session* session)
    : limit_(cutting == Cutting::kAlwaysRecipe ? 1 : format::kMaxInlineChunks), session_(session) {}

Status ChunkList::add(const format::ChunkRef& ref) {
  if (recipe_) return recipe_->add(ref);
  chunks_.push_back(ref);
  if (chunks_.size() <= limit_) return {};
  const auto drop = [](const ChunkId&, base::Bytes) -> Status { return {}; };
  recipe_.emplace(chunk::GearParameters{},
                  session_ != nullptr ? session_->page_sink() : format::PageSink(drop));
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
