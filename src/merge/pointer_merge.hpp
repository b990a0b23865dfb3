// Three-way merge of pointers, as far as they decide it without the lists that they name.
#pragma once

#include <optional>

#include "format/pointer.hpp"

namespace cairn::merge {

struct Pointers {
  std::optional<format::Pointer> base;  // nothing: both sides added it
  format::Pointer ours, theirs;
};

struct PointerVerdict {
  enum class Kind {
    kDecided,   // `pointer` is the answer
    kFolders,   // both are folders: merge their files into what `pointer` says beside them
    kConflict,  // one side or the other, as a whole
  };
  Kind kind = Kind::kConflict;
  format::Pointer pointer;
};

// What is a file's content, its executable bit and each unknown key is merged on its own.
PointerVerdict merge_pointers(const Pointers& pointers);

// The same version: kind, content, executable bit, unknown keys; not how a file was cut.
bool same_version(const format::Pointer& a, const format::Pointer& b);

}  // namespace cairn::merge
