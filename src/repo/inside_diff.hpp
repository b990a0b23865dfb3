// What changed inside of a file that two versions have: tensors of a model, rows of a table.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "repo/table_diff.hpp"
#include "repo/tensors.hpp"

namespace cairn::repo {

struct InsideDiff {
  bool not_here = false;  // its data is not in the store
  std::optional<TensorDiff> tensors;
  std::optional<TableDiff> table;
};
// True for names of files that may have an inside.
bool may_have_inside(const std::string& path);
// Null for a file that is neither.
Result<std::shared_ptr<const InsideDiff>> diff_inside(const Context& context,
                                                      const store::Store& store,
                                                      const std::string& path,
                                                      const format::ManifestEntry& before,
                                                      const format::ManifestEntry& after);

}  // namespace cairn::repo
