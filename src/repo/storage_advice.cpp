#include "repo/storage_advice.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/cpu_pool.hpp"
#include "base/file.hpp"
#include "repo/table_diff.hpp"
#include "repo/table_order.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"

namespace cairn::repo {
namespace {

constexpr std::uint64_t kLeastBytes = std::uint64_t{1} << 20;  // below, nothing is worth a word
constexpr std::size_t kFooterBytes = std::size_t{64} << 10;
// Of all tables together that are read to see the order of their rows.
constexpr std::uint64_t kMaxTableBytes = std::uint64_t{2} << 30;
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

// The versions before the staged ones, each looked for when it is asked for.
class EarlierVersions {
 public:
  EarlierVersions(const Repository& repository, const store::Store& store)
      : repository_(repository), store_(store) {}

  // The file of the same path in the version before `staged`; nothing: there is none, or it is not
  // to be had.
  std::optional<format::ManifestEntry> file(const Tracked& staged, const std::string& inside) {
    const auto pointer = before(staged);
    if (!pointer || pointer->kind != staged.pointer.kind) return std::nullopt;
    if (pointer->kind == format::Pointer::Kind::kFile) return file_entry(*pointer);
    auto found = find_entry(*pointer, store::page_fetch(store_), inside);
    const bool is_file = found.ok() && *found && (*found)->type == format::EntryType::kFile;
    return is_file ? *std::move(found) : std::nullopt;
  }

 private:
  std::optional<format::Pointer> before(const Tracked& staged) {
    if (path_ == staged.path) return pointer_;
    path_ = staged.path;
    pointer_ = std::nullopt;
    const auto log = repository_.git().pointer_log(pointer_path(path_), "HEAD", 1);
    if (!log.ok() || log->empty()) return pointer_;
    pointer_ = read(log->front().after);
    if (pointer_ && *pointer_ == staged.pointer) pointer_ = read(log->front().before);
    return pointer_;
  }

  std::optional<format::Pointer> read(const std::optional<std::string>& blob) {
    if (!blob) return std::nullopt;
    auto pointer = pointer_of_blob(repository_, *blob);
    return pointer.ok() ? *std::move(pointer) : std::nullopt;
  }

  const Repository& repository_;
  const store::Store& store_;
  std::string path_;  // of the one asked for last
  std::optional<format::Pointer> pointer_;
};

class Advisor {
 public:
  Advisor(const Context& context, const Repository& repository, const store::Store& store,
          std::size_t limit)
      : context_(context), store_(store), earlier_(repository, store), limit_(limit) {}

  Status look_at(const Tracked& tracked) {
    staged_ = &tracked;
    if (tracked.pointer.kind == format::Pointer::Kind::kFile)
      return look_at("", file_entry(tracked.pointer));
    const auto leaf = [&](const ChunkId&,
                          const std::vector<format::ManifestEntry>& entries) -> Status {
      for (const auto& entry : entries) CAIRN_CHECK(look_at(entry.path, entry));
      return base::check_stop(context_);
    };
    Status walked =
        format::walk_manifest(tracked.pointer.oid.as<ChunkId>(), store::page_fetch(store_), leaf);
    if (!walked.ok() && walked.error().code() == Code::kInterrupted) return walked;
    return {};
  }

  std::vector<StorageAdvice> take() { return std::move(found_); }

 private:
  Status look_at(const std::string& inside, const format::ManifestEntry& entry) {
    if (found_.size() == limit_ || entry.type != format::EntryType::kFile) return {};
    const auto path = inside.empty() ? staged_->path : base::join(staged_->path, inside);
    const bool table = table_kind(path) != TableKind::kNone;
    if (entry.size_bytes < kLeastBytes || !(table || may_be_costly(path))) return {};
    auto file = ChunkedFile::open(store_, entry);
    if (!file.ok()) return {};
    if (table) return look_at_table(inside, entry, *file, path);
    if (const auto form = costly_form(path, *file)) advise(path, *form, *file);
    return {};
  }

  Status look_at_table(const std::string& inside, const format::ManifestEntry& entry,
                       ChunkedFile& file, const std::string& path) {
    const auto older = earlier_.file(*staged_, inside);
    if (!older || older->file_id == entry.file_id) return {};
    if (table_bytes_ + older->size_bytes + entry.size_bytes > kMaxTableBytes) return {};
    auto before = ChunkedFile::open(store_, *older);
    if (!before.ok()) return {};
    table_bytes_ += older->size_bytes + entry.size_bytes;
    const auto reordered = is_reordered(context_, *before, file);
    if (!reordered.ok() && reordered.error().code() == Code::kInterrupted) return reordered.error();
    if (reordered.ok() && *reordered) advise(path, CostlyForm::kReorderedTable, file);
    return {};
  }

  void advise(const std::string& path, CostlyForm form, const ChunkedFile& file) {
    StorageAdvice advice{path, form, file.size_bytes()};
    advice.stored = file.stored_bytes(0, file.size_bytes()).value_or(file.size_bytes());
    advice.saving =
        static_cast<std::uint64_t>(expected_saving(form) * static_cast<double>(advice.stored));
    found_.push_back(std::move(advice));
  }

  const Context& context_;
  const store::Store& store_;
  EarlierVersions earlier_;
  const std::size_t limit_;
  const Tracked* staged_ = nullptr;  // that is looked at
  std::uint64_t table_bytes_ = 0;    // that were read
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
        return has_fixed_pages(file);
      case CostlyForm::kReorderedTable:
        break;  // not to be told from one version
    }
    return false;
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
      return "rows that are inserted or removed shift every page behind them";
    case CostlyForm::kReorderedTable:
      break;
  }
  return "it has the rows of the version before in another order";
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
      return "pyarrow 21 or later: write_table(..., use_content_defined_chunking=True)";
    case CostlyForm::kReorderedTable:
      break;
  }
  return "write the rows in one order each time, sorted by a key; then a version costs what "
         "changed";
}

// Measured: tables with up to 10,000 edits take 1/40 and less of a new one, weights one training
// step later a third; of Parquet without 1,000 rows patches find most of what shifted, and up to a
// fifth is left to save.
double expected_saving(CostlyForm form) {
  switch (form) {
    case CostlyForm::kGzipTable:
    case CostlyForm::kReorderedTable:
      return 0.97;
    case CostlyForm::kCompressedNpz:
    case CostlyForm::kPickle:
      return 0.65;
    case CostlyForm::kParquetPages:
      break;
  }
  return 0.2;
}

Result<std::vector<StorageAdvice>> storage_advice(const Context& context, Repository& repository,
                                                  std::size_t limit) {
  auto store = repository.store(context, store::Store::Access::kRead);
  if (!store.ok()) return std::vector<StorageAdvice>();
  CAIRN_TRY(const auto blobs, repository.git().pointers_in_index());
  CAIRN_TRY(const auto versions, read_pointers(repository, blobs, BadPointers::kSkip));
  Advisor advisor(context, repository, **store, limit);
  for (const Tracked& tracked : versions) CAIRN_CHECK(advisor.look_at(tracked));
  return advisor.take();
}

}  // namespace cairn::repo
