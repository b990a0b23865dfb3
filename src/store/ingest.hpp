// Ingest: files -> chunks -> records of a session. The hot path of `cairn add`: each byte is read
// once; hashing, cutting and encoding run on the CPU pool; records are appended in path order.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "chunk/structure_cuts.hpp"
#include "format/page.hpp"
#include "store/parent_file.hpp"
#include "store/session.hpp"

namespace cairn::store {

struct SourceFile {
  std::string path;              // for messages
  std::uint64_t size_bytes = 0;  // as scanned; decides batching, not correctness
};

// The files of one call. A million paths are not built for messages that never come: they are asked
// for one by one, as the sizes are.
struct SourceList {
  SourceList(std::size_t count_of_files, std::function<std::uint64_t(std::size_t)> size_bytes_of,
             std::function<std::string(std::size_t)> path_of)
      : count(count_of_files), size_bytes(std::move(size_bytes_of)), path(std::move(path_of)) {}
  // Of a list that outlives this one.
  SourceList(const std::vector<SourceFile>& files)
      : SourceList(
            files.size(), [&files](std::size_t i) { return files[i].size_bytes; },
            [&files](std::size_t i) { return files[i].path; }) {}

  std::size_t count;
  std::function<std::uint64_t(std::size_t)> size_bytes;
  std::function<std::string(std::size_t)> path;
};

// How one file's content is named and cut.
struct StoredFile {
  FileId id;
  std::uint64_t size_bytes = 0;
  std::vector<format::ChunkRef> chunks;  // 1..16, else empty
  std::optional<ChunkId> recipe;         // more than 16, or more than 1 with Cutting::kAlwaysRecipe
  std::string note;              // what the headers of a file of a known structure don't tell
  struct ::stat fingerprint {};  // fstat of the descriptor after reading, equal to the one before
};

enum class Cutting {
  kInlineUpTo16,  // files inside a folder
  kAlwaysRecipe,  // a file tracked on its own
};

// The version that file i had before: what is new in it may be stored as a patch of that. Null:
// none. Thread-safe, and valid as long as the call.
using ParentOf = std::function<const FileVersion*(std::size_t index)>;

struct IngestOptions {
  Cutting cutting = Cutting::kInlineUpTo16;
  std::uint16_t chunker = chunk::kGear1;  // or kStructure1
  codec::Effort effort = codec::Effort::kNormal;
  bool store = true;  // false: only hash and cut (status, verify, add -n); nothing is appended
  ParentOf parent = {};
};

// Opens file i for reading, never through a link (the caller owns path safety).
using OpenSource = std::function<Result<base::Fd>(std::size_t index)>;
// Called on the calling thread, in index order.
using StoredVisit = std::function<Status(std::size_t index, const StoredFile& stored)>;

// A file that changes while it is read is read again once, then it is a kConflict error (slug
// "file-changed") naming it. After an error the session must not be committed: chunks were claimed
// in it that were not stored.
Status ingest_files(const Context& context, const Store& store, Session* session,
                    const SourceList& files, const IngestOptions& options, const OpenSource& open,
                    const StoredVisit& visit);

// A new phase, with the bytes and files that it will go through.
void begin_progress(const Context& context, std::string_view phase, const SourceList& files);

// SHA-256 of whole files only (status, verify): same batching, no cutting.
Status hash_files(const Context& context, const SourceList& files, const OpenSource& open,
                  const StoredVisit& visit);

}  // namespace cairn::store
