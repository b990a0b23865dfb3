// BaseFetch: plain bytes of bases that have to come from the remote. Bases of neighbours are
// neighbours, so that what is needed next comes with the same request, and a record of several
// bases is decoded once.
#pragma once

#include <deque>
#include <stop_token>
#include <vector>

#include "cairn/remote.hpp"
#include "codec/codec.hpp"
#include "sync/record_reader.hpp"

namespace cairn::sync {

// For one thread; holds at most about 4 MiB.
class BaseFetch {
 public:
  BaseFetch(Remote& remote, std::stop_token stop) : remote_(remote), stop_(std::move(stop)) {}

  // Places that will be asked for soon; what was expected before is forgotten.
  void expect(std::vector<PlacedChunk> bases);

  // The chunk, from a record that has no base; its bytes have its hash. Valid until the next call.
  // kCorrupt, kNotFound, or what the remote gave.
  Result<base::ByteView> read(const PlacedChunk& base);

 private:
  struct Window {  // stored bytes of one pack
    PackId pack;
    std::uint64_t offset = 0;
    base::Bytes bytes;
  };
  struct Decoded {
    PackId pack;
    std::uint32_t offset = 0;
    base::Bytes plain;
  };
  Result<const Decoded*> decoded(const format::Place& place);
  Result<base::ByteView> stored(const format::Place& place);
  [[nodiscard]] std::uint64_t window_end(const format::Place& place) const;

  Remote& remote_;
  std::stop_token stop_;
  codec::Decoder decoder_;
  std::vector<format::Place> expected_;  // by pack and offset, each record once
  std::deque<Window> windows_;           // newest first
  std::deque<Decoded> decoded_;
};

}  // namespace cairn::sync
