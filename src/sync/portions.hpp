// Portions: how the records of one read_records() call are shared out among its threads.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sync/extents.hpp"
#include "sync/record_reader.hpp"

namespace cairn::sync {

// What the threads of one call share.
struct Reading {
  const Context& context;
  std::span<const WantedRecord> wanted;
  const ReadOptions& options;
  store::BlockPool& blocks;
  Extents& extents;
};

// Wanted records of one extent that are looked at together.
struct Portion {
  std::optional<std::size_t> extent;  // none: a place where no record can be
  std::vector<std::size_t> records;
  std::uint64_t plain_bytes = 0;           // at most, of what is known of the records
  std::vector<std::size_t> users_of = {};  // extents, each once
};

// Cuts the extents. In the order of the portions' first records in the list.
std::vector<Portion> portions_of(const Reading& reading);

// Places come from the remote: one that no record can have must not decide how much memory is
// taken.
bool can_be_record(std::uint32_t bytes);

}  // namespace cairn::sync
