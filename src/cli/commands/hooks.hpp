// What init and clone share with `cairn hooks`.
#pragma once

#include "cli/command.hpp"

namespace cairn::cli {

inline constexpr Flag kNoHooks{"no-hooks", 0, Flag::Kind::kSwitch, "",
                               "set up no git hooks, and remember that in this clone"};

// Installs the hooks of the repository in call.environment, unless --no-hooks says no or they were
// declined there before. What stands in their way is told in the text, and is no failure.
Result<Reply> set_up_hooks(const Invocation& call);

}  // namespace cairn::cli
