// Kept parts: large files of which a run that was broken off had written some, under a name that
// tells their content: `.cairn-tmp-part-<file id>`, where their temporary file stood. The next run
// that wants such a file takes its part over, and trusts nothing in it; any other run that writes
// to the same root removes it. `.cairn-tmp-part.kept`, where write notes lie, lists their folders.
#pragma once

#include <set>
#include <string>

#include "base/fd.hpp"
#include "workdir/materialise.hpp"
#include "workdir/tree_root.hpp"

namespace cairn::workdir::detail {

bool worth_keeping(const format::ManifestEntry& entry);

// Gives the temporary file `name` in this folder the name of a part of the file.
bool keep_part(const base::Fd& folder, const std::string& name, const FileId& file);
// Where a part of this item is there that nobody else can write to: makes it the temporary file
// `name` in `folder`.
bool take_part_over(const TreeRoot& root, const WriteItem& item, const base::Fd& folder,
                    const std::string& name);
// What the part of a file takes on disk already, in bytes.
std::uint64_t part_bytes(const TreeRoot& root, const WriteItem& item);

// Adds to the list in `directory`.
Status note_parts(const std::string& directory, const std::set<std::string>& folders);
// Removes listed parts and the list. What cannot be removed now stays.
void forget_parts(const TreeRoot& root, const std::string& directory);

}  // namespace cairn::workdir::detail
