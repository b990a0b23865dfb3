// LandingFiles: the temporary files of a Landing. They stand in the deepest folder on the way to
// their place that is there already, so that a run that fails leaves nothing behind; the last used
// ones are kept open.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "workdir/folder_cursor.hpp"
#include "workdir/write_note.hpp"

namespace cairn::workdir::detail {

class LandingFiles {
 public:
  // Both outlive it.
  LandingFiles(const TreeRoot& root, const std::vector<const WriteItem*>& items, TempNames& names);
  ~LandingFiles();  // removes what was not published
  LandingFiles(const LandingFiles&) = delete;
  LandingFiles& operator=(const LandingFiles&) = delete;

  // Makes the folders `tops` where it can, and notes where files will stand.
  Status open(const std::vector<std::string>& tops, const std::string& notes);

  // --- from any thread ---
  Status write(std::uint32_t item, std::uint64_t offset, base::ByteView bytes);
  Status read(std::uint32_t item, std::uint64_t offset, std::span<std::uint8_t> out);
  // The items of which a part of an earlier run stands in their temporary file now; by open().
  [[nodiscard]] const std::vector<std::uint32_t>& taken_over() const { return taken_over_; }
  // After an interruption: what was written of these items is left to the next run.
  void keep_parts(const std::vector<std::uint32_t>& items);
  // Nothing more is written to it; kIo where bytes of any file were lost.
  Status close(std::uint32_t item);
  // Under its final name.
  Result<StatKey> publish(std::uint32_t item, FolderCursor& cursor);

 private:
  struct File;
  using FilePtr = std::shared_ptr<File>;
  using FolderPtr = std::shared_ptr<const base::Fd>;

  void find_homes();
  Status take_parts_over();
  Result<FolderPtr> home_of(std::uint32_t item);
  Result<FilePtr> file(std::uint32_t item);
  Result<base::Fd> open_file(std::uint32_t item, int flags);
  Status write_alone(std::uint32_t item, base::ByteView bytes);

  const TreeRoot& root_;
  const std::vector<const WriteItem*>& items_;
  TempNames& names_;
  std::vector<std::string> homes_;      // folders that were there, or were made
  std::vector<std::uint32_t> home_of_;  // by item
  std::vector<std::string> made_;       // folders
  std::vector<std::uint32_t> taken_over_;
  std::string notes_;  // where notes lie
  std::optional<WriteNote> note_;

  enum State : std::uint8_t { kNone, kThere, kPublished };
  std::mutex mutex_;                                          // of all below
  std::vector<std::uint8_t> states_;                          // by item
  std::vector<std::pair<std::uint32_t, FilePtr>> files_;      // the last used one comes last
  std::vector<std::pair<std::uint32_t, FolderPtr>> folders_;  // by home, likewise
  std::shared_ptr<std::atomic<int>> lost_;                    // errno of closing a file
};

}  // namespace cairn::workdir::detail
