// Giving files of tmp/ their final names, in the order of cairn-store(5): synced, renamed, folder
// synced.
#pragma once

#include <vector>

#include "store/pack_writer.hpp"
#include "store/segment.hpp"
#include "store/temp_space.hpp"

namespace cairn::store {

// Segments written together: tables are staged and synced one by one, then all are renamed and
// index/ is synced once.
class SegmentPublisher {
 public:
  SegmentPublisher(const Layout& layout, TempSpace& temp) : layout_(layout), temp_(temp) {}
  Status stage(base::Bytes table);
  // The segments, mapped; their files have the final names.
  Result<std::vector<std::shared_ptr<Segment>>> publish();

 private:
  const Layout& layout_;
  TempSpace& temp_;
  std::vector<std::pair<std::string, Digest>> staged_;  // temporary path, name
};

// Names the packs, then writes the segments that list them; all is durable when it returns. Between
// the two a crash leaves packs without an index, which the next writer indexes from their footers.
Result<std::vector<std::shared_ptr<Segment>>> publish_packs(const Layout& layout, TempSpace& temp,
                                                            std::span<SealedPack> packs);

}  // namespace cairn::store
