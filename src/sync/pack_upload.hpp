// PackUpload: makes new packs for one push and puts them. Records are appended on the calling
// thread; while pack k+1 fills, the ones before are on their way. A pack counts as uploaded only
// when its put was answered.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "cairn/context.hpp"
#include "cairn/remote.hpp"
#include "format/page.hpp"
#include "format/table.hpp"
#include "sync/journal.hpp"
#include "sync/plan.hpp"

namespace cairn::sync {

// Index objects of what was uploaded: one is put as soon as it is full, so that memory stays
// bounded. Packs come before.
class IndexUpload {
 public:
  IndexUpload(const Context& context, Remote& remote, Journal& journal)
      : context_(context), remote_(remote), journal_(journal) {}
  // A pack that is on the remote.
  Status add(const OwnPack& pack);
  Status flush();

 private:
  const Context& context_;
  Remote& remote_;
  Journal& journal_;
  format::TableBuilder table_;
  std::vector<PackId> packs_;
};

inline constexpr std::size_t kPackTargetBytes = std::size_t{64} << 20;
// No object that a push writes is larger: each goes up in one request, for which stores allow 5
// GiB, and whole again after a failure. Parts would not make a pack go on where it stopped, since
// the next push gives its own fresh names (PROTOCOL: no name is used twice).
inline constexpr std::size_t kLargestObjectBytes = std::size_t{256} << 20;
// How many packs so many bytes of records make.
inline std::uint64_t packs_for(std::uint64_t bytes) {
  return (bytes + kPackTargetBytes - 1) / kPackTargetBytes;
}

struct UploadTotals {
  std::uint64_t chunks = 0, plain_bytes = 0, pack_bytes = 0, packs = 0;
};

class PackUpload {
 public:
  // `names` gets the id of each pack when it is known.
  PackUpload(RemoteView& view, Journal& journal, PackNames& names);
  ~PackUpload();  // waits for what is under way
  PackUpload(const PackUpload&) = delete;
  PackUpload& operator=(const PackUpload&) = delete;

  struct Position {
    std::uint32_t pack = 0;  // number in PackNames
    std::uint32_t offset = 0;
  };
  // A whole record: header and payload in `parts`.
  Result<Position> append(format::PackKind kind, const format::RecordHeader& header,
                          std::span<const base::ByteView> parts,
                          std::span<const format::ChunkRef> chunks);
  // Seals the open data pack: its name is known then, and it is on its way.
  Status seal_data();
  // Seals and puts the open packs and waits for all of them: then all names are known.
  Status finish_packs();
  // P4: what is left of the index.
  Status finish_index() { return index_.flush(); }
  // Records of so many bytes are to come, about: progress expects them, and counts what is sent.
  void expect(std::uint64_t record_bytes);
  // A pack of an interrupted push that is used again: index it.
  Status adopt(const OwnPack& pack) { return index_.add(pack); }
  // Called between packs (the lease).
  std::function<Status()> between_packs;

  [[nodiscard]] const UploadTotals& totals() const { return totals_; }

 private:
  struct OpenPack;
  struct Sending;

  Status seal(std::unique_ptr<OpenPack> pack);
  Status wait_for(std::size_t most_under_way);
  Result<std::unique_ptr<OpenPack>> open(format::PackKind kind);
  std::unique_ptr<OpenPack>& slot(format::PackKind kind) {
    return kind == format::PackKind::kMeta ? meta_ : data_;
  }

  RemoteView& view_;
  Journal& journal_;
  PackNames& names_;
  IndexUpload index_;
  const std::size_t most_under_way_;
  std::unique_ptr<OpenPack> data_, meta_;
  std::deque<std::shared_ptr<Sending>> sending_;
  std::vector<base::Bytes> spare_buffers_;
  UploadTotals totals_;
  std::uint64_t expected_bytes_ = 0, record_bytes_ = 0;  // of records
};

}  // namespace cairn::sync
