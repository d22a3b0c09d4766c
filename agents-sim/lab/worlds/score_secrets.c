/* SPDX-License-Identifier: MIT */
/* Twenty secrets a world, in arguments, options, errors, paths, queries, words
 * of people and agents, corrections and notes; looked for, byte by byte, in
 * everything that is derived: rows and ledger of memory, updates to agents,
 * candidates and change sets. */
#include <math.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"
#include "agents-sim/lab/rows.h"
#include "base/log.h"

enum {
    SECRETS = 20
};

enum {
    X_LEAKED,
    X_SEEN,
    X_COUNT
};

static const struct metric metrics[X_COUNT] = {
    [X_LEAKED] = {"secrets in derived state", MEASURE_SUM, FIGURE_EQUAL, 0, 0},
    [X_SEEN] = {"changes proposed in such worlds", MEASURE_SUM, FIGURE_REPORTED,
                0, 0},
};

struct watch {
    struct world *world;
    bool leaked[SECRETS];
    const char *where[SECRETS];
    double changes;
};

static void look(struct watch *watch, struct bytes in, const char *where)
{
    for (uint32_t i = 0; i < watch->world->secret_count; i++) {
        if (!watch->leaked[i] && bytes_hold(in, watch->world->secrets[i])) {
            watch->leaked[i] = true;
            watch->where[i] = where;
        }
    }
}

static void on_dream(void *context, double day,
                     const struct dream_result *result)
{
    (void)day;
    struct watch *watch = context;
    for (size_t i = 0; i < result->candidates.count; i++) {
        const struct candidate *it = &result->candidates.items[i];
        look(watch, it->subject, "a candidate's subject");
        look(watch, it->option, "a candidate's option");
    }
    for (size_t i = 0; i < result->plan.count; i++) {
        look(watch, buf_bytes(&result->plan.sets[i].packed), "a change set");
        watch->changes += result->plan.sets[i].changes;
    }
}

static void look_everywhere(struct watch *watch, struct lab *lab)
{
    const struct rows *rows = lab_rows(lab);
    struct tape *tape = lab_tape(lab);
    for (size_t i = 0; i < rows_count(rows); i++) {
        struct bytes key;
        struct bytes value;
        rows_at(rows, i, &key, &value);
        look(watch, key, "a row's key");
        look(watch, value, "a row");
    }
    look(watch, lab_ledger(lab), "the ledger");
    for (uint64_t seq = 1; seq <= tape_len(tape); seq++) {
        struct stamp stamp;
        struct envelope envelope;
        struct bytes body;
        tape_get(tape, seq, &stamp, &envelope, &body);
        if (bytes_equal_text(envelope.kind, "memory.update")) {
            look(watch, body, "an update");
        }
    }
}

static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {.policy = POLICY_APPROVE_ALL_PROPOSALS,
                                .dream_every_days = 5};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = 2;
    config.world.agents_per_team = 12;
    config.world.days = 15;
    config.world.secrets = SECRETS;
    return config;
}

static enum err one_seed(const void *context, uint64_t seed,
                         struct sample *samples)
{
    (void)context;
    struct lab_config config = world_of(seed);
    struct watch watch = {.world = world_new(&config.world)};
    struct lab *lab;
    config.on_dream = on_dream;
    config.context = &watch;
    enum err err = experiment_live(&config, &lab);
    if (err == ERR_OK) {
        look_everywhere(&watch, lab);
    }
    for (uint32_t i = 0; i < SECRETS; i++) {
        samples[X_LEAKED].part += watch.leaked[i];
        samples[X_LEAKED].whole++;
        if (watch.leaked[i]) {
            /* Made up, so it may be said. */
            log_line(LOG_DEBUG, "LAB-LEAK", "seed=%llu in=\"%s\" what=\"%s\"",
                     (unsigned long long)seed, watch.where[i],
                     watch.world->secrets[i]);
        }
    }
    samples[X_SEEN].part = watch.changes;
    samples[X_SEEN].whole = watch.changes;
    lab_close(lab);
    world_free(watch.world);
    return err;
}

enum err score_secrets(const struct score_setting *setting, struct figures *out)
{
    const struct experiment experiment = {.group = "secrets",
                                          .what = "worlds with secrets",
                                          .metrics = metrics,
                                          .metric_count = X_COUNT,
                                          .run = one_seed};
    return experiment_run(setting, &experiment, out);
}
