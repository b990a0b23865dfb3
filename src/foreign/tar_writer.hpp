// A tar archive that depends on what it is given alone: no owner, no clock, no names of users. In
// the GNU form, which takes names as bytes; libarchive 3.6 needs a UTF-8 locale for those of pax.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "cairn/result.hpp"

namespace cairn::foreign {

class TarWriter {
 public:
  using Sink = std::function<Status(base::ByteView)>;
  // `mtime_s` is that of every member.
  static Result<TarWriter> create(Sink sink, std::int64_t mtime_s);
  TarWriter(TarWriter&&) noexcept;
  TarWriter& operator=(TarWriter&&) noexcept;
  ~TarWriter();

  // Then exactly `size_bytes` by data().
  Status file(const std::string& path, std::uint64_t size_bytes, bool executable);
  Status data(base::ByteView bytes);
  Status link(const std::string& path, const std::string& target);
  Status folder(const std::string& path);
  Status finish();

 private:
  struct State;
  explicit TarWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cairn::foreign
