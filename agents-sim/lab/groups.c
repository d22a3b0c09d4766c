/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/groups.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct score_group *score_group_find(const char *name)
{
    for (size_t i = 0; i < score_group_count; i++) {
        if (strcmp(score_groups[i].name, name) == 0) {
            return &score_groups[i];
        }
    }
    return NULL;
}

uint32_t score_seed_count(const struct score_setting *setting)
{
    return (uint32_t)(setting->seed_last - setting->seed_first + 1);
}

/* ---- seeds on threads ---------------------------------------------------- */

/* The seeds that are left to take, shared by the threads. */
struct pool {
    const struct score_setting *setting;
    const char *what;
    score_seed run;
    void *context;
    pthread_mutex_t lock;
    uint32_t taken;
    uint32_t done;
    uint32_t count;
    enum err *results;
};

static bool take(struct pool *pool, uint32_t *out_index)
{
    pthread_mutex_lock(&pool->lock);
    bool is_left = pool->taken < pool->count;
    *out_index = is_left ? pool->taken++ : 0;
    pthread_mutex_unlock(&pool->lock);
    return is_left;
}

static void tell(struct pool *pool)
{
    const struct score_setting *setting = pool->setting;
    pthread_mutex_lock(&pool->lock);
    pool->done++;
    if (setting->progress) {
        setting->progress(setting->context, pool->what, pool->done,
                          pool->count);
    }
    pthread_mutex_unlock(&pool->lock);
}

static void *work(void *argument)
{
    struct pool *pool = argument;
    uint32_t index;
    while (take(pool, &index)) {
        pool->results[index] =
            pool->run(pool->context, pool->setting->seed_first + index, index);
        tell(pool);
    }
    return NULL;
}

enum err score_seeds(const struct score_setting *setting, const char *what,
                     score_seed run, void *context)
{
    pthread_t threads[SCORE_JOBS_MAX];
    uint32_t started = 0;
    struct pool pool = {.setting = setting,
                        .what = what,
                        .run = run,
                        .context = context,
                        .count = score_seed_count(setting)};
    pool.results = mem_new_array(pool.count, sizeof(*pool.results));
    pthread_mutex_init(&pool.lock, NULL);
    while (started + 1 < setting->jobs && started < SCORE_JOBS_MAX &&
           pthread_create(&threads[started], NULL, work, &pool) == 0) {
        started++;
    }
    work(&pool);
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    for (uint32_t i = 0; err == ERR_OK && i < pool.count; i++) {
        err = pool.results[i];
    }
    pthread_mutex_destroy(&pool.lock);
    free(pool.results);
    return err;
}

/* ---- traces -------------------------------------------------------------- */

const char *score_folder(const struct score_setting *setting)
{
    return setting->traces ? setting->traces : ".";
}

bool score_trace(const struct score_setting *setting, const char *group,
                 const char *path, struct buf *out_path, struct figures *out)
{
    buf_reset(out_path);
    buf_add_format(out_path, "%s/%s", score_folder(setting), path);
    if (buf_error(out_path) == ERR_OK &&
        access(buf_text(out_path), R_OK) == 0) {
        return true;
    }
    score_skip(group, path, "no such file; --traces DIR", out);
    return false;
}

void score_skip(const char *group, const char *what, const char *why,
                struct figures *out)
{
    struct figure figure = figure_of(group, what, 0, FIGURE_SKIPPED, 0);
    snprintf(figure.note, sizeof(figure.note), "%s", why);
    err_ignore(figures_add(out, &figure), "a full table is said by the next");
}

const struct score_group score_groups[] = {
    {"preference", "planted preferences among 200 choices, by size of team",
     false, score_preference},
    {"null", "4,000 choices a team, none of them a preference", false,
     score_null},
    {"scope", "preferences of a repository, a role, a person", false,
     score_scope},
    {"said", "rules people state, and what only looks like one", false,
     score_said},
    {"mistakes", "faults with a fix, outages, checks switched off", false,
     score_mistakes},
    {"workflow", "orders of steps that help, do nothing, or harm", false,
     score_workflow},
    {"switch", "preferences that move while memory says the old one", false,
     score_switch},
    {"calibration", "whether stated probabilities come true", false,
     score_calibration},
    {"poison", "attacks by fewer than a third, and through tools", false,
     score_poison},
    {"hygiene", "notes that say the same, the opposite, or what is gone", false,
     score_hygiene},
    {"echo", "one message passed on by many; clones", false, score_echo},
    {"secrets", "secrets said everywhere, looked for in all that is derived",
     false, score_secrets},
    {"loglines", "lines of logs of open systems, grouped and as templates",
     true, score_loglines},
    {"errors", "failed tool calls of a recorded team, by class", true,
     score_errors},
    {"sqlteam", "errors over names that memories would have prevented", true,
     score_sqlteam},
    {"rules", "rules that people wrote down, and whether memory had them", true,
     score_rules},
    {"workflows", "orders of steps that helped recorded agents", true,
     score_workflows},
    {"inject", "instructions in tool results that reach memory", true,
     score_inject},
};
const size_t score_group_count = ARRAY_LEN(score_groups);
