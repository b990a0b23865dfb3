// Marks of damaged records (quarantine/): which there are, in memory, and writing them. Not
// synchronised: the catalogue guards it.
#pragma once

#include <cstdint>
#include <set>
#include <unordered_map>

#include "store/store_layout.hpp"

namespace cairn::store {

class DamageMarks {
 public:
  // Every mark on disk. An absent folder holds none.
  static Result<DamageMarks> load(const Layout& layout);

  // The marked offsets of a pack, or null when it has none.
  [[nodiscard]] const std::set<std::uint32_t>* of(const PackId& pack) const;
  bool add(const PackId& pack, std::uint32_t record_offset);  // false: was there
  void remove(const PackId& pack, std::uint32_t record_offset);
  // Takes in marks that `other` has and this has not.
  void merge(const DamageMarks& other);

 private:
  std::unordered_map<PackId, std::set<std::uint32_t>> marks_;
};

Status write_damage_mark(const Layout& layout, const PackId& pack, std::uint32_t record_offset);
Status erase_damage_mark(const Layout& layout, const PackId& pack, std::uint32_t record_offset);

}  // namespace cairn::store
