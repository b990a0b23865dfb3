// Passage: the far side of one command that reads versions without fetching them first: what there
// is of lists, and whom it asks for the rest.
#pragma once

#include <string>
#include <vector>

#include "repo/fetch_order.hpp"
#include "repo/repository.hpp"
#include "sync/passing.hpp"

namespace cairn::repo {

enum class Keep { kNothing, kAll };
struct PullSource {
  ReadingOrder& order;
  Keep keep = Keep::kNothing;
};

class Passage {
 public:
  // `remote`: that was named; empty: those that reading asks.
  Passage(const Context& context, Repository& repository, std::string remote, bool offline);
  Passage(const Context& context, Repository& repository, const PullSource& from);
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  // A store that was never made has nothing.
  Status open();

  [[nodiscard]] sync::Holdings holdings() const;
  [[nodiscard]] const store::Store* store() const { return passing_.beside; }
  // What comes goes into the store.
  [[nodiscard]] bool keeps() const { return kept_in_ != nullptr; }
  // There is somebody to ask.
  [[nodiscard]] bool reachable() const { return reachable_; }

  // The lists of these versions that are not here.
  Status bring_lists(const std::vector<Tracked>& versions);
  // What `sink` lacks of the files of these versions that are wanted; empty `wants`: all.
  Status bring(const std::vector<Tracked>& versions, const sync::Wants& wants,
               sync::ChunkSink& sink);
  // bring() up to the first byte of data: fails where the far side has no such versions.
  Status plan(const std::vector<Tracked>& versions, const sync::Wants& wants,
              sync::ChunkSink& sink);

  // For a command that only reads, perhaps the same version several times: nothing is noted, and
  // locators are kept.
  void read_only() {
    read_only_ = true;
    passing_.locators = &locators_;
  }
  // From now on bring() fills them in.
  void note_places(sync::FarPlaces& places) { passing_.places = &places; }

  [[nodiscard]] const FetchCommandReport& fetched() const { return fetched_; }
  [[nodiscard]] bool asked() const { return asked_; }

 private:
  Status ask_for_data(const std::vector<Tracked>& versions, const sync::Wants& wants, bool dry_run,
                      sync::ChunkSink& sink);
  Status ask(const std::vector<sync::Version>& wanted, sync::FetchOptions how,
             sync::ChunkSink* sink);

  const Context& context_;
  Repository& repository_;
  const std::string remote_;
  const bool reachable_;
  const Keep keep_ = Keep::kNothing;
  bool read_only_ = false;
  ReadingOrder own_order_;
  ReadingOrder* order_ = nullptr;  // once somebody was asked
  store::Store* kept_in_ = nullptr;
  sync::PageKeep pages_, locators_;
  sync::Passing passing_{pages_};
  FetchCommandReport fetched_;
  bool asked_ = false;
};

// kMissing: `bytes` are not here, and nothing is asked for them.
Error nobody_to_ask(std::uint64_t bytes);

}  // namespace cairn::repo
