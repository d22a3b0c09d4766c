/* SPDX-License-Identifier: MIT */
/* Every command, in the order of the overview. */
#include "cli/commands/commands.h"

const struct command *const command_table[] = {
    &up_command,
    &broker_command,
    &status_command,
    &peers_command,
    &pub_command,
    &tail_command,
    &watch_command,
    &dream_run_command,
    &dream_worker_command,
    &dream_list_command,
    &dream_show_command,
    &dream_explain_command,
    &review_list_command,
    &review_show_command,
    &review_approve_command,
    &review_reject_command,
    &review_edit_command,
    &memory_list_command,
    &memory_stores_command,
    &memory_show_command,
    &memory_history_command,
    &memory_diff_command,
    &memory_write_command,
    &memory_revert_command,
    &memory_who_command,
    &memory_verify_command,
    &replay_command,
    &sim_command,
    &keys_add_command,
    &keys_list_command,
    &keys_revoke_command,
    &log_info_command,
    &log_verify_command,
    &log_erase_command,
    &config_print_command,
    &config_check_command,
};

const size_t command_count = ARRAY_LEN(command_table);
