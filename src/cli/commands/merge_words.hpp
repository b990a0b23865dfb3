// Words for conflicts, shared by `cairn merge` and the driver.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "repo/merge_version.hpp"

namespace cairn::cli {

const char* conflict_name(merge::Conflict::Kind kind);
std::string conflict_line(const std::string& tracked, const repo::MergeConflict& conflict);
std::string totals_text(const merge::FolderMerge::Totals& totals);
Json to_json(const repo::MergeConflict& conflict);

}  // namespace cairn::cli
