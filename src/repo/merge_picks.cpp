#include "repo/merge_picks.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"

namespace cairn::repo {

namespace {

using merge::Side;

constexpr std::size_t kMaxPicksBytes = std::size_t{256} << 20;
constexpr std::string_view kFirstLine = "cairn picks 1";

// Tracked paths may be nested, and longer than a name may be.
std::string picks_file(const Repository& repository, const std::string& pointer) {
  return base::join(repository.state_directory(),
                    "merge/" + crypto::sha256(base::view_of(pointer)).hex().substr(0, 32));
}

std::string name_of_merge(const git::PointerConflict& conflict) {
  return conflict.base.value_or("-") + " " + conflict.ours.value_or("-") + " " +
         conflict.theirs.value_or("-");
}

}  // namespace

const char* side_name(Side side) {
  switch (side) {
    case Side::kBase:
      return "base";
    case Side::kTheirs:
      return "theirs";
    case Side::kOurs:
      break;
  }
  return "ours";
}

std::optional<Side> side_of(std::string_view name) {
  for (const Side side : {Side::kBase, Side::kOurs, Side::kTheirs}) {
    if (name == side_name(side)) return side;
  }
  return std::nullopt;
}

// Lines end with NUL: a path may hold a line end.
Result<MergePicks> read_picks(const Repository& repository, const git::PointerConflict& conflict) {
  MergePicks picks{name_of_merge(conflict), {}};
  CAIRN_TRY(const auto bytes,
            base::read_file_if_exists(picks_file(repository, conflict.path), kMaxPicksBytes));
  if (!bytes) return picks;
  const auto lines = base::split(base::text_of(*bytes), '\0');
  if (lines.size() < 3 || lines[0] != kFirstLine || lines[1] != picks.merge) return picks;
  for (std::size_t i = 2; i + 1 < lines.size(); ++i) {
    const auto space = lines[i].find(' ');
    const auto side = side_of(lines[i].substr(0, space));
    if (side && space != std::string_view::npos)
      picks.sides[std::string(lines[i].substr(space + 1))] = *side;
  }
  return picks;
}

Status save_picks(const Repository& repository, const git::PointerConflict& conflict,
                  const MergePicks& picks) {
  const auto file = picks_file(repository, conflict.path);
  std::string text = std::string(kFirstLine) + '\0' + picks.merge + '\0';
  for (const auto& [path, side] : picks.sides)
    text += std::string(side_name(side)) + " " + path + '\0';
  CAIRN_CHECK(base::make_directories(base::parent_of(file)));
  return base::write_file_atomic(file, base::view_of(text), 0666, base::Durability::kSynced);
}

Status drop_picks(const Repository& repository, const std::string& pointer) {
  return base::remove_file(picks_file(repository, pointer));
}

}  // namespace cairn::repo
