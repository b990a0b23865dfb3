// Pointers: a text that is accepted is the one that would be written again.
#include "format/pointer.hpp"

#include "fuzzing.hpp"

namespace {

using namespace cairn;

void decode(std::string_view text) {
  const auto parsed = format::decode_pointer(text);
  if (!parsed.ok()) return;
  const std::string again = format::encode_pointer(parsed->pointer);
  fuzz::require(parsed->had_crlf || again == text, "the same text");
  const auto back = format::decode_pointer(again);
  fuzz::require(back.ok() && back->pointer == parsed->pointer, "the same pointer");
  fuzz::require(format::looks_like_pointer(text), "its first line");
}

// With a check line that agrees, in place of the last line.
std::string checked(std::string_view text) {
  const std::size_t last = text.rfind("check ");
  std::string body(text.substr(0, last));
  if (last == std::string_view::npos && !body.ends_with('\n')) body += '\n';
  return body + "check " + crypto::sha256(base::view_of(body)).hex().substr(0, 32) + "\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view text = base::text_of({data, size_bytes});
  decode(text);
  decode(checked(text));
  return 0;
}
