// The files of one output of DVC: where each of them is, and opening it only when its bytes are
// those that DVC recorded.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "foreign/dvc_file.hpp"
#include "repo/build_version.hpp"
#include "repo/dvc_project.hpp"
#include "workdir/scan.hpp"

namespace cairn::repo {

class DvcOutputFiles {
 public:
  enum class Look { kEverywhere, kNotInTree };
  // Asked for the remote when something is nowhere else; null: there is none. Thread-safe.
  using AskRemote = std::function<Result<Remote*>()>;
  // The output and its project outlive this.
  DvcOutputFiles(const Context& context, const Repository& repository, const DvcProject& project,
                 AskRemote remote, const foreign::DvcOutput& output, Look look);

  // Reads the list of a folder, from the cache or the remote, and looks for every file by name and
  // size alone. kMissing, with the first of them, where some are nowhere.
  Status locate();
  // After locate(): that some files have to come from; null: none, as far as it is known.
  [[nodiscard]] Remote* needed_remote() const { return needed_; }

  [[nodiscard]] const std::vector<foreign::DvcEntry>& entries() const { return entries_; }
  [[nodiscard]] std::vector<SourceNode> nodes() const;

  // Thread-safe. The tree's file where it is the one, else the cache's, else the remote's.
  Result<base::Fd> open(std::size_t i);

  // What open(i) holds goes.
  void release(std::size_t i) { files_[i].kept.reset(); }

  // After open(i): what the file of the tree was like when it was found right; nothing where the
  // bytes came from elsewhere.
  [[nodiscard]] const std::optional<workdir::StatKey>& in_tree(std::size_t i) const;
  struct Counts {
    std::uint64_t tree = 0, cache = 0, remote = 0, links = 0, damaged = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  enum class Place : std::uint8_t { kUnknown, kTree, kCache, kRemote };
  struct File {
    std::uint64_t size_bytes = 0;
    bool tree = false, cache = false, link = false, executable = false;
    Place place = Place::kUnknown;
    std::optional<workdir::StatKey> stamp;  // of the tree's file
    base::Fd kept;                          // a large one that was downloaded
  };
  Status read_list();
  void look_for(std::size_t i);
  Result<std::optional<base::Fd>> open_in_tree(std::size_t i);
  Result<std::optional<base::Fd>> open_in_cache(std::size_t i);
  Result<base::Fd> open_on_remote(std::size_t i);
  [[nodiscard]] std::string tree_path(std::size_t i) const;
  [[nodiscard]] Error missing(const std::vector<std::size_t>& which) const;

  const Context& context_;
  const Repository& repository_;
  const DvcProject& project_;
  AskRemote remote_;
  Remote* needed_ = nullptr;
  const foreign::DvcOutput& output_;
  Look look_;
  std::vector<foreign::DvcEntry> entries_;  // of a file on its own: one, without a path
  std::vector<File> files_;
  std::atomic<std::uint64_t> damaged_ = 0;
};

}  // namespace cairn::repo
