#include "cli/inside_text.hpp"

#include <fmt/core.h>

#include "cli/format_reply.hpp"

namespace cairn::cli {
namespace {

using Kind = repo::TensorChange::Kind;

constexpr std::size_t kShown = 20;

std::string type_text(const std::string& dtype, const std::vector<std::uint64_t>& shape) {
  return shown(dtype) + " " + repo::shape_text(shape);
}

const char* kind_name(Kind kind) {
  if (kind == Kind::kAdded) return "added";
  return kind == Kind::kRemoved ? "removed" : "changed";
}

std::string change_text(const repo::TensorChange& change) {
  const std::string older = type_text(change.old_dtype, change.old_shape);
  const std::string newer = type_text(change.new_dtype, change.new_shape);
  if (change.kind == Kind::kAdded) return "+ " + shown(change.name) + "  " + newer;
  if (change.kind == Kind::kRemoved) return "- " + shown(change.name) + "  " + older;
  std::string out = "~ " + shown(change.name) + "  ";
  if (older != newer) return out + older + " -> " + newer;
  out += newer + ": " + base::human_count(change.changed_elements) + " of " +
         counted(change.elements, "element");
  if (change.compared_floats)
    out += fmt::format(", relative change at most {:.3g}, {:.3g} in the mean", change.largest,
                       change.mean);
  if (change.not_finite > 0) out += ", " + base::human_count(change.not_finite) + " not finite";
  return out;
}

std::string tensor_lines(const repo::TensorDiff& diff) {
  std::string out;
  for (std::size_t i = 0; i < diff.changes.size() && i < kShown; ++i)
    out += "      " + change_text(diff.changes[i]) + "\n";
  if (diff.changes.size() > kShown)
    out += "      and " + counted(diff.changes.size() - kShown, "tensor") + " more\n";
  return out + "      " + counted(diff.unchanged, "tensor") + " unchanged\n";
}

std::string columns_text(const std::vector<std::string>& columns) {
  std::string out;
  for (std::size_t i = 0; i < columns.size() && i < kShown; ++i) {
    out += i == 0 ? " " : ", ";
    out += columns[i].empty() ? "\"\"" : shown(columns[i]);
  }
  if (columns.size() > kShown)
    out += " and " + base::human_count(columns.size() - kShown) + " more";
  return out + "\n";
}

std::string table_lines(const repo::TableDiff& diff) {
  const bool columns = !diff.columns_added.empty() || !diff.columns_removed.empty();
  std::string out;
  if (diff.rows_added + diff.rows_removed == 0 && !columns && !diff.columns_moved)
    out = "      the same rows: only their order, line ends or empty lines changed\n";
  else
    out = "      rows +" + base::human_count(diff.rows_added) + " -" +
          base::human_count(diff.rows_removed) + "\n";
  if (!diff.columns_added.empty()) out += "      columns +" + columns_text(diff.columns_added);
  if (!diff.columns_removed.empty()) out += "      columns -" + columns_text(diff.columns_removed);
  if (diff.columns_moved) out += "      columns in another order\n";
  return out;
}

Json change_json(const repo::TensorChange& change) {
  Json row = {{"kind", kind_name(change.kind)}, {"name", change.name}};
  if (change.kind != Kind::kAdded) {
    row["old_dtype"] = change.old_dtype;
    row["old_shape"] = change.old_shape;
  }
  if (change.kind != Kind::kRemoved) {
    row["new_dtype"] = change.new_dtype;
    row["new_shape"] = change.new_shape;
  }
  if (change.elements > 0) {
    row["elements"] = change.elements;
    row["changed_elements"] = change.changed_elements;
  }
  if (change.compared_floats) {
    row["largest_relative_change"] = change.largest;
    row["mean_relative_change"] = change.mean;
    row["not_finite"] = change.not_finite;
  }
  return row;
}

}  // namespace

std::string tensors_text(const std::vector<repo::Tensor>& tensors) {
  std::string out;
  std::size_t width = 8;
  for (const repo::Tensor& tensor : tensors) width = std::max(width, shown(tensor.dtype).size());
  for (const repo::Tensor& tensor : tensors) {
    const std::string stored = tensor.stored ? std::to_string(*tensor.stored) : "-";
    const std::string name = tensor.name.empty() ? "" : shown(tensor.name) + " ";
    out += fmt::format("  {:<{}} {:>12} {:>12} {}{}\n", shown(tensor.dtype), width, tensor.bytes,
                       stored, name, repo::shape_text(tensor.shape));
  }
  return out;
}

Json tensors_json(const std::vector<repo::Tensor>& tensors) {
  Json rows = Json::array();
  for (const repo::Tensor& tensor : tensors) {
    rows.push_back({{"name", tensor.name},
                    {"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"offset", tensor.offset},
                    {"bytes", tensor.bytes},
                    {"stored_bytes", tensor.stored ? Json(*tensor.stored) : Json()}});
  }
  return rows;
}

std::string inside_text(const repo::InsideDiff& inside) {
  if (inside.not_here) return "      (its data is not here: `cairn fetch` brings it)\n";
  if (inside.tensors) return tensor_lines(*inside.tensors);
  return inside.table ? table_lines(*inside.table) : std::string();
}

Json inside_json(const repo::InsideDiff& inside) {
  Json out = {{"here", !inside.not_here}};
  if (inside.tensors) {
    out["unchanged_tensors"] = inside.tensors->unchanged;
    auto& rows = out["tensors"] = Json::array();
    for (const auto& change : inside.tensors->changes) rows.push_back(change_json(change));
  }
  if (inside.table) {
    out["rows_added"] = inside.table->rows_added;
    out["rows_removed"] = inside.table->rows_removed;
    out["columns_added"] = inside.table->columns_added;
    out["columns_removed"] = inside.table->columns_removed;
    out["columns_moved"] = inside.table->columns_moved;
  }
  return out;
}

}  // namespace cairn::cli
