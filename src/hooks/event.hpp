// The git hooks that cairn has a part in.
#pragma once

#include <optional>
#include <string_view>

namespace cairn::hooks {

enum class Event {
  kPreCommit,
  kPreMergeCommit,
  kPrePush,
  kPostCheckout,
  kPostMerge,
  kPostRewrite,
  kPostCommit,
};
inline constexpr Event kEvents[] = {
    Event::kPreCommit, Event::kPreMergeCommit, Event::kPrePush,   Event::kPostCheckout,
    Event::kPostMerge, Event::kPostRewrite,    Event::kPostCommit};

const char* name_of(Event event);  // "pre-commit", as git calls it
std::optional<Event> event_of(std::string_view name);
// Whether git goes on whatever the hook says.
bool is_afterwards(Event event);

}  // namespace cairn::hooks
