/* SPDX-License-Identifier: MIT */
/* commands.h: the rows of the table, each defined beside what it runs. */
#ifndef REVERIE_CLI_COMMANDS_COMMANDS_H
#define REVERIE_CLI_COMMANDS_COMMANDS_H

#include "cli/command.h"
#include "memory/redact.h"

extern const struct command up_command;
extern const struct command broker_command;
extern const struct command dream_run_command;
extern const struct command dream_worker_command;
extern const struct command dream_list_command;
extern const struct command dream_show_command;
extern const struct command dream_explain_command;
extern const struct command review_list_command;
extern const struct command review_show_command;
extern const struct command review_approve_command;
extern const struct command review_reject_command;
extern const struct command review_edit_command;
extern const struct command review_defer_command;
extern const struct command memory_list_command;
extern const struct command memory_stores_command;
extern const struct command memory_show_command;
extern const struct command memory_history_command;
extern const struct command memory_diff_command;
extern const struct command memory_write_command;
extern const struct command memory_revert_command;
extern const struct command memory_who_command;
extern const struct command memory_verify_command;
extern const struct command tail_command;
extern const struct command watch_command;
extern const struct command pub_command;
extern const struct command replay_command;
extern const struct command sim_command;
extern const struct command score_command;
extern const struct command peers_command;
extern const struct command status_command;
extern const struct command keys_add_command;
extern const struct command keys_list_command;
extern const struct command keys_revoke_command;
extern const struct command log_info_command;
extern const struct command log_verify_command;
extern const struct command log_erase_command;
extern const struct command bench_command;
extern const struct command config_print_command;
extern const struct command config_check_command;

/* What shapes a dream, by the options redact-key, defaults and budget.
 * Initialises the table of defaults (buf_fini) in any case. */
struct dream_shape {
    struct redact_key key;
    struct buf defaults;
    uint64_t budget_tokens; /* 0: the default */
};
enum exit_code command_dream_shape(struct context *context,
                                   struct dream_shape *out_shape);

/* Appends a line for each setting that is set and that only `reverie up` has a
 * use for: it hands them to its worker. */
void command_unused_settings(const struct settings *settings, struct buf *out);

/* Of the settings that only `reverie up` has a use for, which hands them to its
 * worker: appends what to know about the ${nth} that is set. False: there are
 * no more. */
bool command_idle_setting(const struct settings *settings, size_t nth,
                          struct buf *out);

/* log verify --data. */
enum exit_code log_check(struct context *context, const char *data);

/* Reads "123", "0:123" or "1:123". ERR_INVALID. */
MUST_CHECK enum err command_position(const char *text, uint32_t *log,
                                     uint64_t *out_seq);

#endif
