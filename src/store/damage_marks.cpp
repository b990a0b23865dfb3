#include "store/damage_marks.hpp"

#include "base/file.hpp"
#include "store/sharing.hpp"

namespace cairn::store {

Result<DamageMarks> DamageMarks::load(const Layout& layout) {
  DamageMarks marks;
  const auto entries = base::list_directory(layout.at(kQuarantineFolder));
  if (!entries.ok()) {
    if (entries.error().code() == Code::kNotFound) return marks;
    return entries.error();
  }
  for (const base::DirEntry& entry : *entries) {
    if (const auto mark = parse_mark_name(entry.name)) marks.add(mark->first, mark->second);
  }
  return marks;
}

const std::set<std::uint32_t>* DamageMarks::of(const PackId& pack) const {
  const auto found = marks_.find(pack);
  return found == marks_.end() ? nullptr : &found->second;
}

bool DamageMarks::add(const PackId& pack, std::uint32_t record_offset) {
  return marks_[pack].insert(record_offset).second;
}

void DamageMarks::remove(const PackId& pack, std::uint32_t record_offset) {
  const auto found = marks_.find(pack);
  if (found == marks_.end()) return;
  found->second.erase(record_offset);
  if (found->second.empty()) marks_.erase(found);
}

void DamageMarks::merge(const DamageMarks& other) {
  for (const auto& [pack, offsets] : other.marks_)
    marks_[pack].insert(offsets.begin(), offsets.end());
}

Status write_damage_mark(const Layout& layout, const PackId& pack, std::uint32_t record_offset) {
  CAIRN_CHECK(make_store_folder(layout.at(kQuarantineFolder)));
  const std::string path = layout.mark_path(pack, record_offset);
  auto file = base::create_new(path, 0666);
  if (file.ok()) CAIRN_CHECK(settle_file(path));
  if (file.ok()) return base::close_file(*std::move(file), path);
  if (file.error().code() == Code::kExists) return {};
  return std::move(file).error();
}

Status erase_damage_mark(const Layout& layout, const PackId& pack, std::uint32_t record_offset) {
  return base::remove_file(layout.mark_path(pack, record_offset));
}

}  // namespace cairn::store
