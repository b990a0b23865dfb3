#include "repo/storage_advice.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/cpu_pool.hpp"
#include "base/file.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"

namespace cairn::repo {
namespace {

constexpr std::uint64_t kLeastBytes = std::uint64_t{1} << 20;  // below, nothing is worth a word
constexpr std::size_t kFooterBytes = std::size_t{64} << 10;
constexpr unsigned kFirstArrowWithCutPages = 21;  // use_content_defined_chunking

struct NameEnd {
  std::string_view end;
  CostlyForm form;
};
constexpr std::array<NameEnd, 10> kEnds = {{{".csv.gz", CostlyForm::kGzipTable},
                                            {".tsv.gz", CostlyForm::kGzipTable},
                                            {".json.gz", CostlyForm::kGzipTable},
                                            {".jsonl.gz", CostlyForm::kGzipTable},
                                            {".ndjson.gz", CostlyForm::kGzipTable},
                                            {".txt.gz", CostlyForm::kGzipTable},
                                            {".npz", CostlyForm::kCompressedNpz},
                                            {".pkl", CostlyForm::kPickle},
                                            {".pickle", CostlyForm::kPickle},
                                            {".parquet", CostlyForm::kParquetPages}}};

std::optional<CostlyForm> form_of_name(const std::string& path) {
  const auto known =
      std::ranges::find_if(kEnds, [&](const NameEnd& name) { return path.ends_with(name.end); });
  return known == kEnds.end() ? std::nullopt : std::optional(known->form);
}

std::string head_of(ChunkedFile& file, std::size_t count) {
  base::Bytes head(static_cast<std::size_t>(std::min<std::uint64_t>(count, file.size_bytes())));
  return file.read(0, head).ok() ? std::string(base::text_of(head)) : std::string();
}

// Members named like arrays that are none as they lie there.
bool has_compressed_arrays(ChunkedFile& file) {
  const auto structure = file.structure();
  if (!structure.ok() || !*structure) return false;
  return std::ranges::any_of((*structure)->units, [](const chunk::Unit& unit) {
    return unit.dtype.empty() && unit.name.ends_with(".npy");
  });
}

bool is_pickle(const std::string& head) {
  return head.size() == 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5;
}

// The footer names its writer; only Arrow of later releases can cut pages by content, and whether
// it did is not said.
bool has_fixed_pages(ChunkedFile& file) {
  if (head_of(file, 4) != "PAR1") return false;
  const std::uint64_t count = std::min<std::uint64_t>(file.size_bytes(), kFooterBytes);
  base::Bytes bytes(static_cast<std::size_t>(count));
  if (!file.read(file.size_bytes() - count, bytes).ok()) return false;
  const std::string_view footer = base::text_of(bytes);
  constexpr std::string_view kArrow = "parquet-cpp-arrow version ";
  if (const auto at = footer.rfind(kArrow); at != std::string_view::npos) {
    const std::string_view version = footer.substr(at + kArrow.size());
    unsigned major = 0;
    const auto read = std::from_chars(version.data(), version.data() + version.size(), major);
    return read.ec == std::errc() && major < kFirstArrowWithCutPages;
  }
  constexpr std::array<std::string_view, 4> kOthers = {"parquet-mr version", "fastparquet-python",
                                                       "DuckDB version", "parquet-rs version"};
  return std::ranges::any_of(
      kOthers, [&](auto writer) { return footer.find(writer) != std::string_view::npos; });
}

class Advisor {
 public:
  Advisor(const Context& context, const store::Store& store, std::size_t limit)
      : context_(context), store_(store), limit_(limit) {}

  Status look_at(const Tracked& tracked) {
    if (tracked.pointer.kind == format::Pointer::Kind::kFile)
      return look_at(tracked.path, file_entry(tracked.pointer));
    const auto leaf = [&](const ChunkId&,
                          const std::vector<format::ManifestEntry>& entries) -> Status {
      for (const auto& entry : entries)
        CAIRN_CHECK(look_at(base::join(tracked.path, entry.path), entry));
      return base::check_stop(context_);
    };
    const Status walked =
        format::walk_manifest(tracked.pointer.oid.as<ChunkId>(), store::page_fetch(store_), leaf);
    if (!walked.ok() && walked.error().code() == Code::kInterrupted) return walked;
    return {};
  }

  std::vector<StorageAdvice> take() { return std::move(found_); }

 private:
  Status look_at(const std::string& path, const format::ManifestEntry& entry) {
    if (found_.size() == limit_ || entry.type != format::EntryType::kFile) return {};
    if (entry.size_bytes < kLeastBytes || !may_be_costly(path)) return {};
    auto file = ChunkedFile::open(store_, entry);
    if (!file.ok()) return {};
    if (const auto form = costly_form(path, *file))
      found_.push_back({path, *form, entry.size_bytes});
    return {};
  }

  const Context& context_;
  const store::Store& store_;
  const std::size_t limit_;
  std::vector<StorageAdvice> found_;
};

}  // namespace

bool may_be_costly(const std::string& path) { return form_of_name(path).has_value(); }

std::optional<CostlyForm> costly_form(const std::string& path, ChunkedFile& file) {
  const auto form = form_of_name(path);
  if (!form) return std::nullopt;
  const auto is = [&]() -> bool {
    switch (*form) {
      case CostlyForm::kGzipTable:
        return head_of(file, 2) == "\x1f\x8b";
      case CostlyForm::kCompressedNpz:
        return has_compressed_arrays(file);
      case CostlyForm::kPickle:
        return is_pickle(head_of(file, 2));
      case CostlyForm::kParquetPages:
        break;
    }
    return has_fixed_pages(file);
  };
  return is() ? form : std::nullopt;
}

std::string why_costly(CostlyForm form) {
  switch (form) {
    case CostlyForm::kGzipTable:
      return "after an edit gzip writes other bytes up to the end";
    case CostlyForm::kCompressedNpz:
      return "compressed arrays share nothing with those of another version";
    case CostlyForm::kPickle:
      return "a pickle moves and mixes its values, and runs code when it is read";
    case CostlyForm::kParquetPages:
      break;
  }
  return "rows that are inserted or removed shift every page behind them";
}

std::string better_way(CostlyForm form) {
  switch (form) {
    case CostlyForm::kGzipTable:
      return "track it without gzip: cairn compresses, and a version costs what was edited";
    case CostlyForm::kCompressedNpz:
      return "numpy.savez instead of savez_compressed: cairn compresses arrays itself";
    case CostlyForm::kPickle:
      return "safetensors or npz for arrays, CSV or Parquet for tables";
    case CostlyForm::kParquetPages:
      break;
  }
  return "pyarrow 21 or later: write_table(..., use_content_defined_chunking=True)";
}

Result<std::vector<StorageAdvice>> storage_advice(const Context& context, Repository& repository,
                                                  std::size_t limit) {
  auto store = repository.store(context, store::Store::Access::kRead);
  if (!store.ok()) return std::vector<StorageAdvice>();
  CAIRN_TRY(const auto blobs, repository.git().pointers_in_index());
  CAIRN_TRY(const auto versions, read_pointers(repository, blobs, BadPointers::kSkip));
  Advisor advisor(context, **store, limit);
  for (const Tracked& tracked : versions) CAIRN_CHECK(advisor.look_at(tracked));
  return advisor.take();
}

}  // namespace cairn::repo
