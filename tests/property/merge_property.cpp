// Editing a manifest gives the tree that building it anew gives; merging folders by pages gives
// what a merge of plain maps gives.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "crypto/sha256.hpp"
#include "format/tree.hpp"
#include "merge/folder_merge.hpp"

namespace cairn::merge {
namespace {

using format::EntryType;
using format::ManifestEdit;
using format::ManifestEntry;
using Entries = std::map<std::string, ManifestEntry>;
using Pages = std::map<ChunkId, base::Bytes>;

// Few contents, so that both sides often do the same.
ManifestEntry any_entry(const std::string& path) {
  ManifestEntry entry;
  entry.path = path;
  const int shape = *rc::gen::inRange(0, 8);
  if (shape == 0) {
    entry.type = EntryType::kEmptyFolder;
  } else if (shape == 1) {
    entry.type = EntryType::kLink;
    entry.target = *rc::gen::element<std::string>("x", "y");
  } else {
    entry.size_bytes = static_cast<std::uint64_t>(*rc::gen::inRange(1, 4));
    entry.file_id = crypto::sha256(base::view_of(std::to_string(entry.size_bytes))).as<FileId>();
    entry.executable = *rc::gen::element(false, false, true);
  }
  return entry;
}

// Short components, so that files often stand where the other side has folders.
std::string any_path() {
  std::string path;
  for (int parts = *rc::gen::inRange(1, 4); parts > 0; --parts) {
    if (!path.empty()) path += '/';
    path += *rc::gen::element<std::string>("a", "b", "a-", "a.b", "c");
  }
  return path;
}

bool fits_into(const Entries& entries, const std::string& path) {
  for (std::size_t slash = 0; (slash = path.find('/', slash)) != std::string::npos; ++slash) {
    if (entries.count(path.substr(0, slash)) != 0) return false;
  }
  const auto below = entries.lower_bound(path + "/");
  return below == entries.end() || !below->first.starts_with(path + "/");
}

// Many files with numbers for names: several levels of pages.
Entries bulk(int count) {
  Entries entries;
  for (int i = 0; i < count; ++i) {
    ManifestEntry entry;
    entry.path = "bulk/" + std::to_string(i * 7919 % 100'003);
    entry.size_bytes = 1;
    entry.file_id = crypto::sha256(base::view_of("1")).as<FileId>();
    entries[entry.path] = entry;
  }
  return entries;
}

void change(Entries& entries, int changes) {
  for (; changes > 0; --changes) {
    const bool in_bulk = *rc::gen::inRange(0, 3) == 0;
    const auto path =
        in_bulk ? "bulk/" + std::to_string(*rc::gen::inRange(0, 100'003)) : any_path();
    const int what = *rc::gen::inRange(0, 4);
    if (what == 0) {
      entries.erase(path);
    } else if (what == 1) {  // a whole folder goes
      const auto first = entries.lower_bound(path + "/");
      entries.erase(first, in_bulk ? first : entries.lower_bound(path + "0"));
    } else if (fits_into(entries, path)) {
      entries[path] = any_entry(path);
    }
  }
}

ChunkId build(const Entries& entries, Pages& pages) {
  format::ManifestBuilder builder([&](const ChunkId& id, base::Bytes page) -> Status {
    pages[id] = std::move(page);
    return {};
  });
  for (const auto& [path, entry] : entries) RC_ASSERT(builder.add(entry).ok());
  const auto top = builder.finish();
  RC_ASSERT(top.ok());
  return top->id;
}

format::PageSink sink_of(Pages& pages) {
  return [&](const ChunkId& id, base::Bytes page) -> Status {
    pages[id] = std::move(page);
    return {};
  };
}
format::PageFetch fetch_of(const Pages& pages) {
  return [&](const ChunkId& id) -> Result<base::Bytes> { return pages.at(id); };
}

// ---- the model ----
const ManifestEntry* find(const Entries& entries, const std::string& path) {
  const auto at = entries.find(path);
  return at == entries.end() ? nullptr : &at->second;
}
bool same(const ManifestEntry* a, const ManifestEntry* b) {
  return a && b ? a->same_content(*b) : a == b;
}

struct Model {
  Entries merged;
  std::set<std::string> conflicts;
};

Model model_merge(const Entries& base, const Entries& ours, const Entries& theirs, Side choice) {
  std::set<std::string> paths, conflicts, units;
  for (const auto* side : {&base, &ours, &theirs}) {
    for (const auto& [path, unused] : *side) paths.insert(path);
  }
  std::map<std::string, const ManifestEntry*> result;
  std::set<std::string> possible;
  const auto chosen = [&](const std::string& path) {
    return find(choice == Side::kBase ? base : choice == Side::kOurs ? ours : theirs, path);
  };
  for (const auto& path : paths) {
    const auto *b = find(base, path), *o = find(ours, path), *t = find(theirs, path);
    const bool conflict = !same(o, t) && !same(b, o) && !same(b, t);
    if (conflict) conflicts.insert(path);
    result[path] = conflict ? chosen(path) : same(b, o) ? t : o;
    if (conflict ? o || t : result[path] != nullptr) possible.insert(path);
  }
  for (const auto& path : possible) {
    const auto *o = find(ours, path), *t = find(theirs, path);
    const bool file =
        (o && o->type != EntryType::kEmptyFolder) || (t && t->type != EntryType::kEmptyFolder);
    const auto below = possible.lower_bound(path + "/");
    if (file && below != possible.end() && below->starts_with(path + "/")) units.insert(path);
  }
  for (const auto& unit : units) {
    for (const auto& path : paths) {
      if (path != unit && !path.starts_with(unit + "/")) continue;
      conflicts.erase(path);
      result[path] = chosen(path);
    }
  }
  conflicts.insert(units.begin(), units.end());
  Model model;
  for (const auto& [path, entry] : result) {
    if (entry) model.merged[path] = *entry;
  }
  std::erase_if(model.merged, [&](const auto& item) {
    const auto below = result.lower_bound(item.first + "/");
    bool filled = false;
    for (auto at = below; at != result.end() && at->first.starts_with(item.first + "/"); ++at)
      filled = filled || at->second != nullptr;
    return item.second.type == EntryType::kEmptyFolder && filled;
  });
  model.conflicts = std::move(conflicts);
  return model;
}

struct Three {
  Entries base, ours, theirs;
};
Three any_three() {
  Three three;
  three.base = bulk(*rc::gen::element(0, 0, 0, 300, 3000));
  change(three.base, *rc::gen::inRange(0, 15));
  three.ours = three.theirs = three.base;
  change(three.ours, *rc::gen::inRange(0, 12));
  change(three.theirs, *rc::gen::inRange(0, 12));
  return three;
}

std::set<std::string> paths_of(const std::vector<Conflict>& conflicts) {
  std::set<std::string> out;
  for (const auto& conflict : conflicts) out.insert(conflict.path);
  RC_ASSERT(out.size() == conflicts.size());
  return out;
}

RC_GTEST_PROP(ManifestEditProperty, GivesTheTreeThatIsBuiltAnew, ()) {
  Pages pages;
  Entries before = bulk(*rc::gen::element(0, 5, 300, 3000));
  change(before, *rc::gen::inRange(0, 10));
  Entries after = before;
  change(after, *rc::gen::inRange(0, 10));
  std::vector<ManifestEdit> edits;
  std::set<std::string> paths;
  for (const auto* side : {&before, &after}) {
    for (const auto& [path, unused] : *side) paths.insert(path);
  }
  for (const auto& path : paths) {
    const auto* entry = find(after, path);
    if (!same(entry, find(before, path)))
      edits.push_back({path, entry ? std::optional(*entry) : std::nullopt});
  }
  const auto edited =
      format::edit_manifest(build(before, pages), edits, fetch_of(pages), sink_of(pages));
  RC_ASSERT(edited.ok());
  RC_ASSERT(edited->id == build(after, pages));
}

RC_GTEST_PROP(FolderMergeProperty, DoesAsPlainMapsDo, ()) {
  const Three three = any_three();
  Pages pages;
  const auto ours = build(three.ours, pages);
  const auto merge = FolderMerge::compare(
      {build(three.base, pages), ours, build(three.theirs, pages)}, fetch_of(pages));
  RC_ASSERT(merge.ok());
  for (const Side side : {Side::kOurs, Side::kTheirs, Side::kBase}) {
    const auto model = model_merge(three.base, three.ours, three.theirs, side);
    RC_ASSERT(paths_of(merge->conflicts()) == model.conflicts);
    const auto merged =
        merge->write([&](const Conflict&) { return side; }, fetch_of(pages), sink_of(pages));
    RC_ASSERT(merged.ok());
    RC_ASSERT(merged->top.id == build(model.merged, pages));
  }
}

RC_GTEST_PROP(FolderMergeProperty, IsSymmetricAndKeepsWhatOneSideDid, ()) {
  const Three three = any_three();
  Pages pages;
  const auto base = build(three.base, pages), ours = build(three.ours, pages),
             theirs = build(three.theirs, pages);
  const auto merged = [&](const ChunkId& from, const ChunkId& left, const ChunkId& right,
                          Side side) {
    const auto merge = FolderMerge::compare({from, left, right}, fetch_of(pages));
    RC_ASSERT(merge.ok());
    const auto done =
        merge->write([&](const Conflict&) { return side; }, fetch_of(pages), sink_of(pages));
    RC_ASSERT(done.ok());
    return done->top.id;
  };
  RC_ASSERT(merged(base, ours, theirs, Side::kOurs) == merged(base, theirs, ours, Side::kTheirs));
  RC_ASSERT(merged(base, ours, base, Side::kTheirs) == ours);
  RC_ASSERT(merged(base, base, theirs, Side::kOurs) == theirs);
  RC_ASSERT(merged(base, ours, ours, Side::kBase) == ours);
}

RC_GTEST_PROP(FolderMergeProperty, WithoutABaseBothSidesAreJoined, ()) {
  const Three three = any_three();
  Pages pages;
  const auto merge = FolderMerge::compare(
      {std::nullopt, build(three.ours, pages), build(three.theirs, pages)}, fetch_of(pages));
  RC_ASSERT(merge.ok());
  const auto model = model_merge({}, three.ours, three.theirs, Side::kOurs);
  RC_ASSERT(paths_of(merge->conflicts()) == model.conflicts);
  const auto merged =
      merge->write([](const Conflict&) { return Side::kOurs; }, fetch_of(pages), sink_of(pages));
  RC_ASSERT(merged.ok());
  RC_ASSERT(merged->top.id == build(model.merged, pages));
}

}  // namespace
}  // namespace cairn::merge
