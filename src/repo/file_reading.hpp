// FileReading: one file of a version that somebody typed the path of, from the store and, where
// that lacks something, from a remote. Nothing of it is kept.
#pragma once

#include <memory>
#include <string>

#include "repo/chunked_file.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

struct FileName {
  std::string revision;  // empty: of the pointers in the tree
  std::string typed;
  std::string remote;    // the one that is asked; empty: those that reading asks
  bool offline = false;  // nobody is asked
};

// What is tracked in a revision; of the tree where that is empty, as far as `paths` need it.
Result<std::vector<Tracked>> tracked_in(const Repository& repository, const std::string& revision,
                                        const std::vector<std::string>& paths);

// For one thread. Context and repository outlive it.
class FileReading {
 public:
  // Reads the pages on the way to the file. kUsage: no such path, more than one, a folder, a link.
  // kMissing: the pages are nowhere.
  static Result<FileReading> open(const Context& context, Repository& repository,
                                  const FileName& name);
  FileReading(FileReading&&) noexcept;
  ~FileReading();

  [[nodiscard]] const std::string& path() const;  // from the repository root
  [[nodiscard]] const format::ManifestEntry& entry() const;
  // Null: there is none.
  [[nodiscard]] const store::Store* store() const;
  // There is somebody to ask for what the store lacks.
  [[nodiscard]] bool reachable() const;

  // What chunks() takes where it is stored is known of all of it, also of what is only far away.
  void note_places();
  // Chunks come from the remote when they are read; this outlives it.
  Result<ChunkedFile> chunks();

  // An error as the user should read it; says in the log what was asked of remotes.
  Error explain(Error error) const;
  void tell_traffic() const;

 private:
  struct State;
  explicit FileReading(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cairn::repo
