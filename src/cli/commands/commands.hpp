// One function per command, each in its own file: the row with its run function.
#pragma once

#include "cli/command.hpp"

namespace cairn::cli {

Command init_command();
Command clone_command();
Command import_dvc_command();
Command import_lfs_command();
Command import_git_command();
Command import_archive_command();
Command get_command();
Command update_command();
Command export_command();
Command add_command();
Command status_command();
Command diff_command();
Command ls_command();
Command cat_command();
Command log_command();
Command checkout_command();
Command restore_command();
Command rm_command();
Command mv_command();
Command remote_add_command();
Command remote_list_command();
Command remote_set_command();
Command remote_rm_command();
Command remote_check_command();
Command trust_command();
Command push_command();
Command fetch_command();
Command pull_command();
Command ci_command();
Command ci_key_command();
Command check_command();
Command verify_command();
Command fsck_command();
Command gc_command();
Command cache_command();
Command cache_prune_command();
Command du_command();
Command hooks_install_command();
Command hooks_uninstall_command();
Command hooks_status_command();
Command hook_command();
Command doctor_command();
Command config_command();
Command completion_command();
Command merge_command();
Command merge_driver_command();
Command textconv_command();
Command help_command();
Command version_command();

}  // namespace cairn::cli
