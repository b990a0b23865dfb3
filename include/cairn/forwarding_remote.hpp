// ForwardingRemote: what decorators of a Remote have in common. What is known of the inner remote
// is known of them; each says itself what becomes of calls.
#pragma once

#include "cairn/remote.hpp"

namespace cairn {

class ForwardingRemote : public Remote {
 public:
  [[nodiscard]] std::string describe() const final { return inner_.describe(); }
  [[nodiscard]] unsigned requests_at_once() const final { return inner_.requests_at_once(); }
  [[nodiscard]] bool read_only() const final { return inner_.read_only(); }
  [[nodiscard]] bool sends_conditions() const final { return inner_.sends_conditions(); }
  [[nodiscard]] std::vector<RemoteFact> facts() const final { return inner_.facts(); }

 protected:
  // `inner` outlives the decorator.
  explicit ForwardingRemote(Remote& inner) : inner_(inner) {}
  [[nodiscard]] Remote& inner() const { return inner_; }

 private:
  Remote& inner_;
};

}  // namespace cairn
