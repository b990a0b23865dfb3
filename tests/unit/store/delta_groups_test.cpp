#include "store/delta_groups.hpp"

#include <gtest/gtest.h>

#include "unit/base/scratch.hpp"

namespace cairn::store {
namespace {

ChunkId id_of(std::uint8_t first) {
  ChunkId id;
  id.bytes[0] = first;
  return id;
}

TEST(DeltaGroups, AreThereInTheNextSession) {
  const base::Scratch scratch;
  DeltaGroups one(scratch / "groups");
  EXPECT_FALSE(one.find(id_of(1)));
  one.set(id_of(1), {2, 1'500, 0});
  one.save();
  DeltaGroups two(scratch / "groups");
  ASSERT_TRUE(two.find(id_of(1)));
  EXPECT_EQ(two.find(id_of(1))->versions, 2U);
  EXPECT_EQ(two.find(id_of(1))->stored_bytes, 1'500U);
}

TEST(DeltaGroups, OfTwoProcessesAreJoined) {
  const base::Scratch scratch;
  DeltaGroups one(scratch / "groups"), two(scratch / "groups");
  one.set(id_of(1), {2, 1, 0});
  two.set(id_of(2), {3, 1, 0});
  one.save();
  two.save();
  DeltaGroups all(scratch / "groups");
  EXPECT_TRUE(all.find(id_of(1)));
  EXPECT_TRUE(all.find(id_of(2)));
}

TEST(DeltaGroups, DamagedAreNone) {
  const base::Scratch scratch;
  for (const std::string& text : {std::string(), std::string("CRNGRP1\n"), std::string(60, 'x')}) {
    base::put_file(scratch / "groups", text);
    DeltaGroups groups(scratch / "groups");
    EXPECT_FALSE(groups.find(id_of(1)));
    groups.set(id_of(1), {2, 1, 0});
    groups.save();
    EXPECT_TRUE(DeltaGroups(scratch / "groups").find(id_of(1)));
  }
}

}  // namespace
}  // namespace cairn::store
