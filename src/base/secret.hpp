// A text that must never be shown: it has no conversion, no stream operator, and is wiped when it
// goes.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace cairn::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
  Secret& operator=(Secret other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~Secret() { wipe(text_); }

  // For the one place that signs or sends it; never for a message.
  [[nodiscard]] std::string_view reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  bool operator==(const Secret&) const = default;

  // Overwrites the bytes of a text that held a secret, and empties it.
  static void wipe(std::string& text);

 private:
  std::string text_;
};

}  // namespace cairn::base
