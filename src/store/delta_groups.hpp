// DeltaGroups: how many versions are based on one chunk, and what they take: when a new one would
// take more than the mean of its group, a new group is begun. A file of the store that may be lost,
// old or written by two processes at once: then choices are less good, and nothing else.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/bytes.hpp"

namespace cairn::store {

// Thread-safe. Read at first use.
class DeltaGroups {
 public:
  explicit DeltaGroups(std::string path) : path_(std::move(path)) {}

  struct Group {
    std::uint32_t versions = 0;      // with that of the chunk itself
    std::uint32_t stored_bytes = 0;  // of all of them
    std::uint32_t saved = 0;         // counts up with each save(): the last one that changed it
  };
  [[nodiscard]] std::optional<Group> find(const ChunkId& base);
  void set(const ChunkId& base, const Group& group);
  // Takes in what others saved meanwhile; of too many groups the oldest go. Failures are passed
  // over.
  void save();

 private:
  using Groups = std::unordered_map<ChunkId, Group>;
  [[nodiscard]] Groups read_file(std::uint32_t& saves) const;
  void load_once();

  const std::string path_;
  std::mutex mutex_;
  bool loaded_ = false;
  std::uint32_t saves_ = 0;
  Groups groups_;
  Groups changed_;
};

}  // namespace cairn::store
