// Landing: files of a version whose chunks come in any order and from many threads, without a store
// to keep them. Each is written at its places in temporary files. The whole is either put in place
// by publish(), or leaves nothing behind.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workdir/materialise.hpp"

namespace cairn::workdir {

class Landing {
 public:
  // `root` and what `items` point to outlive it; `pages` gives the lists of large files. Nothing is
  // written yet.
  static Result<std::unique_ptr<Landing>> plan(const Context& context, const TreeRoot& root,
                                               std::vector<const WriteItem*> items,
                                               const format::PageFetch& pages);
  ~Landing();

  struct Lacking {
    std::uint64_t chunks = 0, bytes = 0;
  };
  // Chunks that have not landed and are not in `store`, if one is given.
  [[nodiscard]] Lacking lacking(const store::Store* store = nullptr) const;
  [[nodiscard]] bool lacks(const ChunkId& id) const;  // from any thread
  // Files whose content is not whole yet; progress is told of each that is.
  [[nodiscard]] std::uint64_t files_to_come() const;

  // Nobody keeps the chunks by their ids: what comes for a file is covered by the hash of that file
  // alone, and only where that is wrong are its chunks looked at. Before open().
  void cover_by_files();
  // Before the first chunk; takes what an earlier run had kept of large files, as far as it has the
  // bytes that the lists name. `tops`: folders to make so that the temporary files stand in them;
  // `notes` as in WriteOptions.
  Status open(const std::vector<std::string>& tops, const std::string& notes);
  // Takes what the store has. What it has damaged is left out.
  Status land_from(const store::Store& store);
  // True when settle() hashes the chunk, with its file: land() takes bytes that nobody has looked
  // at. From any thread.
  [[nodiscard]] bool hashes(const ChunkId& id) const;
  // Writes a chunk to all its places. From many threads, once each.
  Status land(const ChunkId& id, base::ByteView bytes);
  // Afterwards, on one thread, in any order but fastest in that of the files: hashes whole files,
  // each compared when its last chunk is there (kCorrupt). False where hashes(id), and the bytes
  // are not the chunk's: it is lacking again, with others of the file perhaps if files cover them.
  Result<bool> settle(const ChunkId& id, base::ByteView bytes);

  // When everything has landed: items [first, last) under their final names; `visit` as in
  // write_items(). Folders and links come too.
  Status publish(std::size_t first, std::size_t last, const WrittenVisit& visit);
  Status sync();
  // After an interruption: files that are complete are put in place, and of large ones what has
  // come is left to the next run (kept_parts.hpp), so that it need not come again.
  void keep_what_came();

 private:
  struct State;
  explicit Landing(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cairn::workdir
