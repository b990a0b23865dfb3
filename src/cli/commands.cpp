#include "cli/commands/commands.hpp"

namespace cairn::cli {

const std::vector<Command>& all_commands() {
  static const std::vector<Command> rows = {
      init_command(),
      clone_command(),
      add_command(),
      status_command(),
      diff_command(),
      ls_command(),
      cat_command(),
      log_command(),
      checkout_command(),
      restore_command(),
      rm_command(),
      mv_command(),
      merge_command(),
      remote_add_command(),
      remote_list_command(),
      remote_set_command(),
      remote_rm_command(),
      remote_check_command(),
      trust_command(),
      push_command(),
      fetch_command(),
      pull_command(),
      ci_command(),
      ci_key_command(),
      check_command(),
      verify_command(),
      fsck_command(),
      gc_command(),
      cache_command(),
      cache_prune_command(),
      du_command(),
      doctor_command(),
      config_command(),
      completion_command(),
      hooks_install_command(),
      hooks_uninstall_command(),
      hooks_status_command(),
      hook_command(),
      merge_driver_command(),
      textconv_command(),
      help_command(),
      version_command(),
  };
  return rows;
}

}  // namespace cairn::cli
