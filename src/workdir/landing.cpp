#include "workdir/landing.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "base/cpu_pool.hpp"
#include "crypto/sha256.hpp"
#include "store/block_pool.hpp"
#include "store/reuse.hpp"
#include "workdir/landing_files.hpp"
#include "workdir/landing_spots.hpp"
#include "workdir/write_run.hpp"

namespace cairn::workdir {
namespace {

using detail::FolderCursor;
using detail::LandingFiles;
using detail::LandingSpots;
using detail::Spot;

constexpr std::size_t kLocalBatchBytes = std::size_t{1} << 20;
constexpr std::size_t kPublishBatch = 256;
constexpr std::uint64_t kReadAgainBytes = std::uint64_t{1} << 20;

// The hash of a file so far, and what lies beyond it already.
struct Hashing {
  crypto::Sha256 hash;
  std::uint64_t at = 0;
  std::map<std::uint64_t, std::uint32_t> ahead;  // offset -> length

  // What was hashed is read again, when the bytes behind it are right.
  void start_again() {
    for (std::uint64_t from = 0; from < at; from += kReadAgainBytes)
      ahead[from] = static_cast<std::uint32_t>(std::min<std::uint64_t>(kReadAgainBytes, at - from));
    at = 0;
    hash = crypto::Sha256();
  }
};

bool has_content(const WriteItem& item) {
  return item.entry.type == format::EntryType::kFile && item.entry.size_bytes > 0;
}

// Its only chunk has the id of the file.
bool is_one_chunk(const WriteItem& item) {
  return !item.entry.has_recipe && item.entry.chunks.empty();
}

struct LocalBatch {
  std::vector<Spot> chunks;
  store::BlockPtr block;
  std::vector<bool> good;
};

struct Published {
  std::size_t first = 0;
  std::vector<StatKey> stats;
};

}  // namespace

struct Landing::State {
  State(const Context& with, const TreeRoot& into, std::vector<const WriteItem*> what,
        LandingSpots where)
      : context(with),
        root(into),
        items(std::move(what)),
        spots(std::move(where)),
        names(with.entropy),
        files(into, items, names),
        complete(items.size(), false),
        hashing(items.size()),
        cursors([this] { return std::make_unique<FolderCursor>(root); }) {}

  Result<StatKey> place(std::size_t i, FolderCursor& cursor);
  [[nodiscard]] bool of_one_chunk(const Spot& spot) const {
    return is_one_chunk(*items[spot.item]);
  }
  [[nodiscard]] bool hashes(std::span<const Spot> chunk) const;
  [[nodiscard]] bool is_covered(std::span<const Spot> chunk) const;
  bool hash_with_file(std::span<const Spot> chunk, base::ByteView bytes);
  Hashing& hashing_of(std::uint32_t item);
  Status advance(const Spot& spot, base::ByteView bytes);
  Status catch_up(std::uint32_t item, Hashing& at);
  Result<bool> compare(std::uint32_t item, Hashing& at);
  Status look_for_wrong_chunks(std::uint32_t item);
  void hash_again(std::uint32_t item);
  void take_back(std::span<const Spot> chunk);
  using ReadLocal = std::function<Result<bool>(const Spot& spot, std::span<std::uint8_t> out)>;
  Status land_from_parts(Landing& landing);
  Status land_local(Landing& landing, std::vector<Spot> local, const ReadLocal& read);
  static Status read_batch(LocalBatch& batch, const ReadLocal& read, store::BlockPool& blocks);

  const Context& context;
  const TreeRoot& root;
  const std::vector<const WriteItem*> items;
  LandingSpots spots;
  TempNames names;
  LandingFiles files;
  bool by_files = false;                          // as cover_by_files() says
  bool in_doubt = false;                          // a file was wrong: chunks are looked at
  std::vector<bool> complete;                     // for settle() and what comes after it
  std::vector<std::unique_ptr<Hashing>> hashing;  // of files that are not complete
  base::Bytes back;                               // read again
  store::Reuse<FolderCursor> cursors;
};

Landing::Landing(std::unique_ptr<State> state) : state_(std::move(state)) {}
Landing::~Landing() = default;

Result<std::unique_ptr<Landing>> Landing::plan(const Context& context, const TreeRoot& root,
                                               std::vector<const WriteItem*> items,
                                               const format::PageFetch& pages) {
  for (const WriteItem* item : items) CAIRN_CHECK(detail::check_item_path(*item));
  CAIRN_TRY(auto spots, LandingSpots::of(items, pages));
  auto state = std::make_unique<State>(context, root, std::move(items), std::move(spots));
  return std::unique_ptr<Landing>(new Landing(std::move(state)));  // NOLINT: private constructor
}

Landing::Lacking Landing::lacking(const store::Store* store) const {
  Lacking out;
  state_->spots.for_each_chunk_lacking([&](const Spot& spot) {
    if (store && store->has(spot.id)) return;
    ++out.chunks;
    out.bytes += spot.length;
  });
  return out;
}

std::uint64_t Landing::files_to_come() const {
  std::uint64_t files = 0;
  for (std::size_t i = 0; i < state_->items.size(); ++i)
    files += has_content(*state_->items[i]) && !state_->complete[i] ? 1 : 0;
  return files;
}

bool Landing::lacks(const ChunkId& id) const {
  const auto spots = state_->spots.find(id);
  return !spots.empty() && !state_->spots.landed(spots);
}

void Landing::cover_by_files() { state_->by_files = true; }

Status Landing::open(const std::vector<std::string>& tops, const std::string& notes) {
  CAIRN_CHECK(state_->files.open(tops, notes));
  return state_->land_from_parts(*this);
}

Status Landing::land(const ChunkId& id, base::ByteView bytes) {
  const auto spots = state_->spots.find(id);
  if (spots.empty() || !state_->spots.claim(spots)) return {};
  for (const Spot& spot : spots) {
    if (spot.length != bytes.size()) {
      return Error(Code::kCorrupt, "chunk " + id.short_hex() +
                                       " has another length than the list of `" +
                                       state_->items[spot.item]->path + "` says");
    }
    CAIRN_CHECK(state_->files.write(spot.item, spot.offset, bytes));
  }
  state_->spots.set_landed(spots);
  return {};
}

bool Landing::hashes(const ChunkId& id) const { return state_->hashes(state_->spots.find(id)); }

// Beside the file only where one thread hashes two streams nearly as fast as one: it would hold up
// the others elsewhere.
bool Landing::State::hashes(std::span<const Spot> chunk) const {
  return (by_files || crypto::has_sha_extensions()) &&
         std::ranges::any_of(chunk, [&](const Spot& spot) { return !of_one_chunk(spot); });
}

// A file of one chunk has no other hash than that chunk's.
bool Landing::State::is_covered(std::span<const Spot> chunk) const {
  return by_files && !in_doubt &&
         std::ranges::none_of(chunk, [&](const Spot& spot) { return of_one_chunk(spot); });
}

Result<bool> Landing::settle(const ChunkId& id, base::ByteView bytes) {
  const auto spots = state_->spots.find(id);
  const bool covered = state_->is_covered(spots);
  if (!covered && state_->hashes(spots) && !state_->hash_with_file(spots, bytes)) {
    state_->take_back(spots);
    return false;
  }
  for (const Spot& spot : spots) {
    if (state_->of_one_chunk(spot)) {
      state_->complete[spot.item] = true;
      state_->context.progress.add_files(1);
    } else {
      CAIRN_CHECK(state_->advance(spot, bytes));
    }
  }
  return !covered || state_->spots.landed(spots);
}

Hashing& Landing::State::hashing_of(std::uint32_t item) {
  auto& at = hashing[item];
  if (!at) at = std::make_unique<Hashing>();
  return *at;
}

// Whether the bytes are the chunk's. The first file that has come to it goes on by the way; when
// that was wrong, it is read again from its start.
bool Landing::State::hash_with_file(std::span<const Spot> chunk, base::ByteView bytes) {
  const auto next = std::ranges::find_if(chunk, [&](const Spot& spot) {
    return !of_one_chunk(spot) && !complete[spot.item] && hashing_of(spot.item).at == spot.offset;
  });
  const ChunkId& id = chunk.front().id;
  if (next == chunk.end()) return crypto::sha256(bytes).as<ChunkId>() == id;
  Hashing& at = hashing_of(next->item);
  Digest digest;
  at.hash.update_with(bytes, bytes, digest);
  if (digest.as<ChunkId>() != id) {
    at.start_again();
    return false;
  }
  at.at += next->length;
  return true;
}

// Bytes that the file has been hashed with already change nothing.
Status Landing::State::advance(const Spot& spot, base::ByteView bytes) {
  if (complete[spot.item]) return {};
  Hashing& at = hashing_of(spot.item);
  if (spot.offset > at.at) {
    at.ahead[spot.offset] = spot.length;
  } else if (spot.offset == at.at) {
    at.hash.update(bytes);
    at.at += spot.length;
  }
  CAIRN_CHECK(catch_up(spot.item, at));
  if (at.at < items[spot.item]->entry.size_bytes) return {};
  CAIRN_TRY(const bool right, compare(spot.item, at));
  if (right) hashing[spot.item].reset();
  return {};
}

Status Landing::State::catch_up(std::uint32_t item, Hashing& at) {
  at.ahead.erase(at.ahead.begin(), at.ahead.lower_bound(at.at));  // settled meanwhile
  while (!at.ahead.empty() && at.ahead.begin()->first == at.at) {
    const std::uint32_t length = at.ahead.begin()->second;
    at.ahead.erase(at.ahead.begin());
    back.resize(length);
    CAIRN_CHECK(files.read(item, at.at, back));
    at.hash.update(back);
    at.at += length;
  }
  return {};
}

// False: some of its chunks were wrong, and are lacking again.
Result<bool> Landing::State::compare(std::uint32_t item, Hashing& at) {
  if (at.hash.finish().as<FileId>() != items[item]->entry.file_id) {
    CAIRN_CHECK(look_for_wrong_chunks(item));
    return false;
  }
  complete[item] = true;
  context.progress.add_files(1);
  CAIRN_CHECK(files.close(item));
  return true;
}

// kCorrupt where there are none: then the list does not give the file.
Status Landing::State::look_for_wrong_chunks(std::uint32_t item) {
  const WriteItem& file = *items[item];
  std::set<std::uint32_t> users;
  for (const Spot& spot : by_files ? spots.of_item(item) : std::vector<Spot>()) {
    back.resize(spot.length);
    CAIRN_CHECK(files.read(item, spot.offset, back));
    if (crypto::sha256(back).as<ChunkId>() == spot.id) continue;
    const auto places = spots.find(spot.id);
    spots.reopen(places);
    for (const Spot& place : places) users.insert(place.item);
  }
  // Bytes that made another file right are right: this one cannot be read back.
  const bool unreadable =
      std::ranges::any_of(users, [&](std::uint32_t user) { return complete[user]; });
  if (users.empty() || unreadable) return detail::wrong_content(file.path, file.entry.file_id);
  in_doubt = true;
  for (const std::uint32_t user : users) hash_again(user);
  return {};
}

// From its start, once all that is not there now has come.
void Landing::State::hash_again(std::uint32_t item) {
  Hashing& at = hashing_of(item);
  at = Hashing();
  for (const Spot& spot : spots.of_item(item)) {
    if (spots.landed(spots.find(spot.id))) at.ahead[spot.offset] = spot.length;
  }
}

// A wrong chunk. Files that are hashed again may have counted on it since it landed.
void Landing::State::take_back(std::span<const Spot> chunk) {
  spots.reopen(chunk);
  for (const Spot& spot : chunk) {
    const auto& at = hashing[spot.item];
    if (!at) continue;
    at->ahead.erase(spot.offset);
    if (at->at > spot.offset) hash_again(spot.item);
  }
}

Status Landing::State::read_batch(LocalBatch& batch, const ReadLocal& read,
                                  store::BlockPool& blocks) {
  std::size_t bytes = 0;
  for (const Spot& spot : batch.chunks) bytes += spot.length;
  batch.block = blocks.get(bytes);
  std::size_t at = 0;
  for (const Spot& spot : batch.chunks) {
    CAIRN_TRY(const bool good, read(spot, std::span(batch.block.get() + at, spot.length)));
    batch.good.push_back(good);
    at += spot.length;
  }
  return {};
}

// Chunks that are on this machine, by `read` (from many threads; false: not there after all), in
// the order of the files.
Status Landing::State::land_local(Landing& landing, std::vector<Spot> local,
                                  const ReadLocal& read) {
  std::ranges::sort(local, [](const Spot& a, const Spot& b) {
    return std::tie(a.item, a.offset) < std::tie(b.item, b.offset);
  });
  const auto blocks = store::BlockPool::make(context.memory_bytes / 8);
  std::size_t at = 0;
  const auto next = [&]() -> Result<std::optional<LocalBatch>> {
    if (at == local.size()) return std::optional<LocalBatch>();
    LocalBatch batch;
    for (std::size_t bytes = 0; at < local.size() && bytes < kLocalBatchBytes; ++at) {
      bytes += local[at].length;
      batch.chunks.push_back(local[at]);
    }
    return std::optional(std::move(batch));
  };
  const auto for_good = [&](const LocalBatch& batch, auto take) -> Status {
    std::size_t offset = 0;
    for (std::size_t i = 0; i < batch.chunks.size(); ++i) {
      const Spot& spot = batch.chunks[i];
      const base::ByteView bytes(batch.block.get() + offset, spot.length);
      if (batch.good[i]) CAIRN_CHECK(take(spot.id, bytes));
      offset += spot.length;
    }
    return {};
  };
  const auto work = [&](LocalBatch& batch) -> Result<LocalBatch> {
    CAIRN_CHECK(read_batch(batch, read, *blocks));
    CAIRN_CHECK(for_good(
        batch, [&](const ChunkId& id, base::ByteView bytes) { return landing.land(id, bytes); }));
    return std::move(batch);
  };
  const auto commit = [&](LocalBatch& batch) {
    const auto settle_one = [&](const ChunkId& id, base::ByteView bytes) -> Status {
      const auto right = landing.settle(id, bytes);  // one that is not comes from elsewhere
      return right.ok() ? Status() : right.error();
    };
    return for_good(batch, settle_one);
  };
  return base::run_ordered<LocalBatch, LocalBatch>(context, 4 * std::size_t{context.cpu.threads()},
                                                   next, work, commit);
}

Status Landing::land_from(const store::Store& store) {
  std::vector<Spot> local;
  state_->spots.for_each_chunk_lacking([&](const Spot& spot) {
    if (store.has(spot.id)) local.push_back(spot);
  });
  store::Reuse<store::ChunkReader> readers(
      [&] { return std::make_unique<store::ChunkReader>(store); });
  const auto read = [&](const Spot& spot, std::span<std::uint8_t> out) -> Result<bool> {
    const auto verify = hashes(spot.id) ? store::Verify::kCallerHashes : store::Verify::kChunk;
    const Status status = readers.take()->read_into(spot.id, out, verify);
    const bool lost = !status.ok() && (status.error().code() == Code::kCorrupt ||
                                       status.error().code() == Code::kMissing);
    if (!status.ok() && !lost) return status.error();
    return status.ok();  // a damaged one comes from elsewhere
  };
  return state_->land_local(*this, std::move(local), read);
}

// Whoever had written them may have been stopped at any byte.
Status Landing::State::land_from_parts(Landing& landing) {
  if (files.taken_over().empty()) return {};
  std::vector<Spot> local;
  spots.for_each_chunk_lacking_in(files.taken_over(),
                                  [&](const Spot& spot) { local.push_back(spot); });
  const auto read = [&](const Spot& spot, std::span<std::uint8_t> out) -> Result<bool> {
    return files.read(spot.item, spot.offset, out).ok() &&
           crypto::sha256(out).as<ChunkId>() == spot.id;
  };
  return land_local(landing, std::move(local), read);
}

Result<StatKey> Landing::State::place(std::size_t i, FolderCursor& cursor) {
  const WriteItem& item = *items[i];
  if (item.entry.type == format::EntryType::kEmptyFolder) return detail::place_folder(cursor, item);
  if (item.entry.type == format::EntryType::kLink) return detail::place_link(cursor, names, item);
  const auto number = static_cast<std::uint32_t>(i);
  if (!has_content(item)) {
    CAIRN_CHECK(files.write(number, 0, {}));
  } else if (!complete[i]) {
    return Error(Code::kMissing, "not all of `" + item.path + "` has come");
  }
  return files.publish(number, cursor);
}

Status Landing::publish(std::size_t first, std::size_t last, const WrittenVisit& visit) {
  state_->spots = LandingSpots();  // all has come
  std::size_t at = first;
  const auto next = [&]() -> Result<std::optional<std::size_t>> {
    if (at >= last) return std::optional<std::size_t>();
    return std::optional(std::exchange(at, at + kPublishBatch));
  };
  const auto work = [&](std::size_t& begin) -> Result<Published> {
    const auto cursor = state_->cursors.take();
    Published done{begin, {}};
    for (std::size_t i = begin; i < std::min(begin + kPublishBatch, last); ++i) {
      CAIRN_TRY(const StatKey stat, state_->place(i, *cursor));
      done.stats.push_back(stat);
    }
    return done;
  };
  const auto commit = [&](Published& done) -> Status {
    for (std::size_t i = 0; i < done.stats.size(); ++i)
      CAIRN_CHECK(visit(done.first + i, done.stats[i]));
    return {};
  };
  return base::run_ordered<std::size_t, Published>(
      state_->context, 4 * std::size_t{state_->context.cpu.threads()}, next, work, commit);
}

Status Landing::sync() {
  return base::sync_filesystem(state_->root.fd(), state_->root.directory());
}

void Landing::keep_what_came() {
  FolderCursor cursor(state_->root);
  std::vector<std::uint32_t> incomplete;
  for (std::uint32_t i = 0; i < state_->complete.size(); ++i) {
    // What can't be put in place now is left to the next run.
    if (state_->complete[i])
      (void)state_->files.publish(i, cursor);
    else
      incomplete.push_back(i);
  }
  state_->files.keep_parts(incomplete);
}

}  // namespace cairn::workdir
