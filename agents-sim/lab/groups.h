/* SPDX-License-Identifier: MIT */
/* groups.h: what `reverie score` can measure: a table of groups of figures.
 *
 * A group is a function in a file of its own, score_GROUP.c, that adds its rows
 * to the table; a new one is a file, a declaration here and a row in groups.c.
 * Seeds 1 to 10 are for choosing thresholds, 11 to 30 for reporting.
 * Threads: a group runs on the caller's thread and may spread its seeds over
 * ${jobs} others with score_seeds. */
#ifndef REVERIE_AGENTS_SIM_LAB_GROUPS_H
#define REVERIE_AGENTS_SIM_LAB_GROUPS_H

#include "agents-sim/lab/figures.h"

enum {
    SCORE_SEED_FIRST = 11,
    SCORE_SEED_LAST = 30,
    SCORE_SEEDS_MAX = 1000,
    SCORE_JOBS_MAX = 64
};

struct score_setting {
    uint64_t seed_first;
    uint64_t seed_last;
    const char *traces; /* folder of recorded traces; may not be there; NULL:
                           where the program was started */
    uint32_t jobs;
    /* May be NULL: ${done} of ${total} parts of ${what} are done. Any thread,
     * one at a time. */
    void (*progress)(void *context, const char *what, uint32_t done,
                     uint32_t total);
    void *context;
};

struct score_group {
    const char *name;
    const char *summary; /* one line */
    bool needs_traces;
    enum err (*run)(const struct score_setting *setting, struct figures *out);
};

extern const struct score_group score_groups[];
extern const size_t score_group_count;

/* The group called ${name}, or NULL. */
const struct score_group *score_group_find(const char *name);

uint32_t score_seed_count(const struct score_setting *setting);

/* Runs ${run} for every seed, ${index} from 0, on up to ${setting->jobs}
 * threads; results belong to places by index, so that nothing depends on the
 * order. Ends with the error of the lowest seed that failed. */
typedef enum err (*score_seed)(void *context, uint64_t seed, uint32_t index);
MUST_CHECK enum err score_seeds(const struct score_setting *setting,
                                const char *what, score_seed run,
                                void *context);

/* Opens ${path} of the traces' folder: fills ${out_path}; false where it is not
 * there, having added a row to ${out} that says so. */
bool score_trace(const struct score_setting *setting, const char *group,
                 const char *path, struct buf *out_path, struct figures *out);

/* The folder itself. */
const char *score_folder(const struct score_setting *setting);

/* Adds a row that says that ${what} could not be measured, and why. */
void score_skip(const char *group, const char *what, const char *why,
                struct figures *out);

/* The groups. ERR_FULL: too many rows; else what stopped them. */
enum err score_sqlteam(const struct score_setting *setting,
                       struct figures *out);
enum err score_rules(const struct score_setting *setting, struct figures *out);
enum err score_inject(const struct score_setting *setting, struct figures *out);
enum err score_preference(const struct score_setting *setting,
                          struct figures *out);
enum err score_scope(const struct score_setting *setting, struct figures *out);
enum err score_null(const struct score_setting *setting, struct figures *out);
enum err score_said(const struct score_setting *setting, struct figures *out);
enum err score_mistakes(const struct score_setting *setting,
                        struct figures *out);
enum err score_workflow(const struct score_setting *setting,
                        struct figures *out);
enum err score_workflows(const struct score_setting *setting,
                         struct figures *out);
enum err score_switch(const struct score_setting *setting, struct figures *out);
enum err score_calibration(const struct score_setting *setting,
                           struct figures *out);
enum err score_poison(const struct score_setting *setting, struct figures *out);
/* Parts of the last one. */
enum err score_siege(const struct score_setting *setting, struct figures *out);
enum err score_insiders(const struct score_setting *setting,
                        struct figures *out);
enum err score_churn(const struct score_setting *setting, struct figures *out);
enum err score_hygiene(const struct score_setting *setting,
                       struct figures *out);
enum err score_typed(const struct score_setting *setting, struct figures *out);
enum err score_echo(const struct score_setting *setting, struct figures *out);
enum err score_secrets(const struct score_setting *setting,
                       struct figures *out);
enum err score_errors(const struct score_setting *setting, struct figures *out);
enum err score_loglines(const struct score_setting *setting,
                        struct figures *out);

#endif
