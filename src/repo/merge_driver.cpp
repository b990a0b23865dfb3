#include "repo/merge_driver.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxSideBytes = std::size_t{1} << 20;
// git makes the marks two longer for each level of common versions that it merges first (several
// merge bases), one longer for renames.
constexpr std::size_t kInnerMergeMarker = 9;

struct SideTexts {
  std::string base, ours, theirs;
};

Result<std::string> read_side_text(const Environment& environment, const std::string& file) {
  CAIRN_TRY(const auto bytes,
            base::read_file(base::path_from(environment.directory, file), kMaxSideBytes));
  return std::string(base::text_of(bytes));
}

std::string with_newline(std::string text) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

// As git writes a conflict with its base.
std::string marked(const SideTexts& texts, std::size_t size) {
  const auto mark = [&](char c, const char* label) {
    return std::string(size, c) + (*label != '\0' ? " " : "") + label + "\n";
  };
  return mark('<', "ours") + with_newline(texts.ours) + mark('|', "base") +
         with_newline(texts.base) + mark('=', "") + with_newline(texts.theirs) +
         mark('>', "theirs");
}

Result<std::optional<format::Pointer>> parse_side(const std::string& text, const char* side) {
  auto parsed = format::decode_pointer(text);
  if (!parsed) return std::move(parsed).error().with(std::string("the pointer of ") + side);
  return std::optional(std::move(parsed->pointer));
}

Result<MergeSides> parse_sides(const SideTexts& texts) {
  MergeSides sides;
  CAIRN_TRY(sides.ours, parse_side(texts.ours, "our side"));
  CAIRN_TRY(sides.theirs, parse_side(texts.theirs, "their side"));
  if (texts.base.empty()) return sides;
  auto base = format::decode_pointer(texts.base);
  if (base) sides.base = std::move(base->pointer);
  sides.base_unreadable = !base;
  return sides;
}

Status write_side_text(const Environment& environment, const std::string& file,
                       const std::string& text) {
  return base::write_file_atomic(base::path_from(environment.directory, file), base::view_of(text),
                                 0666, base::Durability::kCacheOnly);
}

Result<MergeDriverReport> merge_texts(const Context& context, const Environment& environment,
                                      const MergeDriverOptions& options, const SideTexts& texts) {
  MergeDriverReport report;
  report.path = path_of_pointer(options.pointer);
  CAIRN_TRY(const auto sides, parse_sides(texts));
  CAIRN_TRY(auto repository,
            Repository::open(context, environment, Repository::Setup::kAllowMissing));
  CAIRN_TRY(const auto merge, VersionMerge::compare(context, repository, report.path, sides));
  // The common version of several merge bases: what they disagree in is as in their own base, so
  // that the outer merge sees it as changed by both sides.
  const bool inner = options.marker_size >= kInnerMergeMarker;
  report.conflicts = merge.conflicts();
  if (!report.conflicts.empty() && !inner) return report;
  const std::vector<merge::Side> as_base(report.conflicts.size(), merge::Side::kBase);
  CAIRN_TRY(const auto merged, merge.write(context, repository, as_base));
  if (!merged.pointer) return report;
  report.conflicts.clear();
  report.clean = true;
  report.totals = merged.totals;
  CAIRN_CHECK(
      write_side_text(environment, options.ours_file, format::encode_pointer(*merged.pointer)));
  return report;
}

}  // namespace

Result<MergeDriverReport> merge_driver(const Context& context, const Environment& environment,
                                       const MergeDriverOptions& options) {
  if (!options.pointer.ends_with(".cairn") || path_of_pointer(options.pointer).empty()) {
    return Error(Code::kUsage,
                 "`" + base::printable(options.pointer) + "` is not a pointer's path");
  }
  SideTexts texts;
  CAIRN_TRY(texts.base, read_side_text(environment, options.base_file));
  CAIRN_TRY(texts.ours, read_side_text(environment, options.ours_file));
  CAIRN_TRY(texts.theirs, read_side_text(environment, options.theirs_file));
  auto report = merge_texts(context, environment, options, texts);
  if (report && report->clean) return report;
  CAIRN_CHECK(write_side_text(environment, options.ours_file, marked(texts, options.marker_size)));
  return report;
}

}  // namespace cairn::repo
