#include "hooks/event.hpp"

#include "cairn/result.hpp"

namespace cairn::hooks {

const char* name_of(Event event) {
  switch (event) {
    case Event::kPreCommit:
      return "pre-commit";
    case Event::kPreMergeCommit:
      return "pre-merge-commit";
    case Event::kPrePush:
      return "pre-push";
    case Event::kPostCheckout:
      return "post-checkout";
    case Event::kPostMerge:
      return "post-merge";
    case Event::kPostRewrite:
      return "post-rewrite";
    case Event::kPostCommit:
      break;
  }
  return "post-commit";
}

std::optional<Event> event_of(std::string_view name) {
  for (const auto event : kEvents) {
    if (name == name_of(event)) return event;
  }
  return std::nullopt;
}

bool is_afterwards(Event event) { return std::string_view(name_of(event)).starts_with("post-"); }

}  // namespace cairn::hooks
