/* SPDX-License-Identifier: MIT */
/* plant.h: a team whose sessions hold planted workflows, as tuples.
 *
 * Every session is noise; with some probability the steps of a planted
 * sequence are woven into it in order. One helps, some are merely frequent,
 * one harms. Long sessions fail more often, whatever they hold. */
#ifndef REVERIE_TESTS_UNIT_PLUGIN_WORKFLOW_PLANT_H
#define REVERIE_TESTS_UNIT_PLUGIN_WORKFLOW_PLANT_H

#include "base/rng.h"
#include "tests/unit/plugin/tuples.h"

enum {
    PLANT_SEQUENCES = 5, /* 0 helps, 1 to 3 are useless, 4 harms */
    PLANT_STEPS = 4,
    PLANT_STEPS_MAX = 64,
    PLANT_NOISE = 12 /* other tools */
};

struct plant {
    uint64_t seed;
    int principals;
    int sessions;
    double share;  /* of sessions that hold a sequence, each */
    double uplift; /* of the first */
    double harm;   /* of the last */
    double base;   /* success of a session without any */
    int noise;     /* calls of a session besides, on average */
    double swap;   /* probability that a held sequence is in wrong order */
    double rise;   /* of success, from the first session to the last; then the
                      second sequence comes into order, too */
};

struct plant_session {
    int principal;
    int number;
    char steps[PLANT_STEPS_MAX][16];
    bool fails[PLANT_STEPS_MAX];
    int count;
    bool is_good;
};

static inline void plant_name(int sequence, int step, char *out, size_t size)
{
    snprintf(out, size, "s%d-%c", sequence, 'a' + step);
}

static inline void plant_insert(struct plant_session *session, int at,
                                const char *name)
{
    if (session->count == PLANT_STEPS_MAX) {
        return;
    }
    memmove(session->steps[at + 1], session->steps[at],
            (size_t)(session->count - at) * sizeof(session->steps[0]));
    snprintf(session->steps[at], sizeof(session->steps[at]), "%s", name);
    session->count++;
}

/* Adds a sequence, with at most one other step between two of its. */
static inline void plant_weave(struct plant_session *session, struct rng *rng,
                               int sequence, bool is_swapped)
{
    for (int i = 0; i < PLANT_STEPS; i++) {
        char name[16];
        int step = is_swapped ? PLANT_STEPS - 1 - i : i;
        plant_name(sequence, step, name, sizeof(name));
        plant_insert(session, session->count, name);
        if (rng_chance(rng, .3)) {
            snprintf(name, sizeof(name), "noise-%d",
                     (int)rng_below(rng, PLANT_NOISE));
            plant_insert(session, session->count, name);
        }
    }
}

/* How often a held sequence is in wrong order, at ${at} of all sessions. */
static inline double plant_swap(const struct plant *plant, int sequence,
                                double at)
{
    return sequence == 1 && plant->rise > 0 ? 1 - at : plant->swap;
}

static inline void plant_session_make(const struct plant *plant, int number,
                                      struct plant_session *out)
{
    struct rng rng = rng_seeded(plant->seed, (uint64_t)number);
    *out = (struct plant_session){
        .principal = (int)rng_below(&rng, (uint64_t)plant->principals),
        .number = number};
    int noise = 1 + (int)rng_below(&rng, 2 * (uint64_t)plant->noise);
    for (int i = 0; i < noise; i++) {
        char name[16];
        snprintf(name, sizeof(name), "noise-%d",
                 (int)rng_below(&rng, PLANT_NOISE));
        plant_insert(out, out->count, name);
    }
    double at = (double)number / plant->sessions;
    double good = plant->base - 0.01 * noise + plant->rise * (at - .5);
    for (int s = 0; s < PLANT_SEQUENCES; s++) {
        if (rng_unit(&rng) < plant->share) {
            bool is_swapped = rng_unit(&rng) < plant_swap(plant, s, at);
            plant_weave(out, &rng, s, is_swapped);
            good += s == 0 && !is_swapped ? plant->uplift : 0;
            good -= s == PLANT_SEQUENCES - 1 ? plant->harm : 0;
        }
    }
    for (int i = 0; i < out->count; i++) {
        out->fails[i] = rng_unit(&rng) < 0.05;
    }
    out->is_good = rng_unit(&rng) < good;
}

static inline void plant_feed_session(const struct plant_session *session,
                                      uint64_t *seq, struct bench *bench)
{
    struct made made;
    for (int i = 0; i < session->count; i++) {
        made_base(&made, TUPLE_TOOL_CALL, ++*seq, session->principal,
                  session->number);
        made.slot =
            (struct tuple_slot){BYTES_LITERAL("tool"),
                                bytes_of_text(session->steps[i]), SLOT_COMMAND};
        made.tuple.quote = bytes_of_text(session->steps[i]);
        made.tuple.call =
            (struct tuple_call){.tool = bytes_of_text(session->steps[i]),
                                .slots = &made.slot,
                                .slot_count = 1};
        made.tuple.occurred_us = (int64_t)session->number * US_PER_HOUR + i;
        bench_feed(bench, &made.tuple);
        if (session->fails[i]) {
            made.tuple.kind = TUPLE_TOOL_RESULT;
            made.tuple.result = (struct tuple_result){.is_error = true};
            made.tuple.seq = ++*seq;
            bench_feed(bench, &made.tuple);
        }
    }
    made_base(&made, TUPLE_OUTCOME, ++*seq, session->principal,
              session->number);
    made.tuple.occurred_us = (int64_t)session->number * US_PER_HOUR + 100;
    made.tuple.outcome.outcome =
        session->is_good ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
    bench_feed(bench, &made.tuple);
}

static inline void plant_feed(const struct plant *plant, struct bench *bench)
{
    uint64_t seq = 0;
    for (int i = 0; i < plant->sessions; i++) {
        struct plant_session session;
        plant_session_make(plant, i, &session);
        plant_feed_session(&session, &seq, bench);
    }
}

/* Which planted sequence a workflow is about: it holds at least two of its
 * steps and none of another; -1 for none. */
static inline int plant_sequence_of(const struct workflow_figures *figures)
{
    int found = -1;
    for (uint32_t i = 0; i < figures->step_count; i++) {
        struct bytes name = figures->steps[i];
        if (name.len > 2 && name.data[0] == 's' && name.data[2] == '-') {
            int sequence = name.data[1] - '0';
            if (found >= 0 && found != sequence) {
                return -1;
            }
            found = sequence;
        }
    }
    return found;
}

#endif
