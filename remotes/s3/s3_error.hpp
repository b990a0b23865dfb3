// What a final answer of the store means to a user: code, words, hint and slug.
#pragma once

#include <string>

#include "cairn/error.hpp"
#include "net/http.hpp"
#include "remotes/s3/xml.hpp"

namespace cairn::remotes::s3 {

// An answer after all retries.
struct Answer {
  net::Response http;
  ErrorDocument error;  // of a status of 300 and more, and of a 200 that holds an error
  bool may_have_happened =
      false;             // an earlier attempt ended without an answer: its effect may stand
  std::string identity;  // who asked, for messages; no secret

  [[nodiscard]] bool ok() const {
    return http.status >= 200 && http.status < 300 && error.code.empty();
  }
};

// The store calls the credentials expired, or does not know the key any more, as after a rotation:
// what their source says now may help.
bool refuses_credentials(const Answer& answer);

// The store says that there is no such object. Any other 404 (no such bucket or user, a code that
// is not known here) says nothing of objects.
bool says_absent(const Answer& answer);

// `doing` names the object and what was done with it: "reading `packs/ab/…`".
// kNotFound for an absent key; a 403 where the store hides whether there is one is
// kUnauthenticated, never "absent".
Error error_of(const Answer& answer, const std::string& doing);
// What answered is no store: a proxy, a login page.
Error web_page(const std::string& doing, int status);

}  // namespace cairn::remotes::s3
