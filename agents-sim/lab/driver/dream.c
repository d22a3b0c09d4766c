/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/driver/state.h"
#include "base/clock.h"
#include "proto/messages.h"

static double day_of(const struct lab *lab)
{
    return (double)(lab->now_us - lab->config.start_us) / (double)US_PER_DAY;
}

static enum err add_memories(struct lab *lab, struct known *known)
{
    struct bytes next = {NULL, 0};
    char *after = NULL;
    enum err err;
    do {
        Reverie__V1__MemoryListRequest list =
            REVERIE__V1__MEMORY_LIST_REQUEST__INIT;
        list.after = after;
        list.has_limit = true;
        list.limit = LAB_PAGE;
        err = lab_must(lab, "memory", "list", &list);
        if (err == ERR_OK) {
            err = known_add(known, buf_bytes(&lab->reply), &next);
        }
        free(after);
        after = err == ERR_OK && next.len ? bytes_to_text(next) : NULL;
    } while (after);
    return err;
}

static enum err add_waiting(struct lab *lab, struct known *known)
{
    struct bytes next = {NULL, 0};
    char *after = NULL;
    enum err err;
    do {
        Reverie__V1__ReviewListRequest list =
            REVERIE__V1__REVIEW_LIST_REQUEST__INIT;
        list.has_state = true;
        list.state = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED;
        list.after = after;
        list.has_limit = true;
        list.limit = LAB_PAGE;
        err = lab_must(lab, "review", "list", &list);
        if (err == ERR_OK) {
            err = known_add_waiting(known, buf_bytes(&lab->reply), &next);
        }
        free(after);
        after = err == ERR_OK && next.len ? bytes_to_text(next) : NULL;
    } while (after);
    return err;
}

static void tell_change(struct lab *lab, struct Reverie__V1__Change *change,
                        const Reverie__V1__ReviewProposeReply__Result *result)
{
    const char *tier = change->numbers ? change->numbers->tier : NULL;
    struct lab_change told = {
        .day = day_of(lab),
        .change = change,
        .verdict = result->verdict ? result->verdict : "",
        .reason = result->reason ? result->reason : "",
        .sentence = result->sentence ? result->sentence : "",
        .is_auto = tier && strcmp(tier, "auto") == 0,
    };
    told.is_applied = strcmp(told.verdict, "apply") == 0;
    told.is_refused = strcmp(told.verdict, "refuse") == 0;
    lab->counts.proposed++;
    lab->counts.applied += told.is_applied;
    lab->counts.refused += told.is_refused;
    if (lab->config.on_change) {
        lab->config.on_change(lab->config.context, &told);
    }
}

/* Results come in the order of the changes. */
static enum err propose(struct lab *lab, const struct plan_set *planned)
{
    Reverie__V1__ReviewProposeRequest ask =
        REVERIE__V1__REVIEW_PROPOSE_REQUEST__INIT;
    Reverie__V1__ReviewProposeReply *reply = NULL;
    struct arena arena;
    arena_init(&arena, LAB_ARENA_MAX);
    enum err err = MESSAGE_UNPACK(change_set, buf_bytes(&planned->packed),
                                  &arena, &ask.change_set);
    if (err == ERR_OK) {
        err = lab_must(lab, "review", "propose", &ask);
    }
    if (err == ERR_OK) {
        err = MESSAGE_UNPACK(review_propose_reply, buf_bytes(&lab->reply),
                             &arena, &reply);
    }
    if (err == ERR_OK && reply->n_results != ask.change_set->n_changes) {
        buf_add_text(lab->why, "not every change was answered");
        err = ERR_CORRUPT;
    }
    for (size_t i = 0; err == ERR_OK && i < reply->n_results; i++) {
        tell_change(lab, ask.change_set->changes[i], reply->results[i]);
    }
    arena_fini(&arena);
    return err;
}

static enum err propose_all(struct lab *lab, const struct known *known)
{
    const struct dream_question question = {.known = known,
                                            .ledger_seq = lab->ledger_seq};
    struct dream_result result;
    enum err err = ERR_OK;
    int64_t begun_us = clock_monotonic_us();
    dream_finish(lab->dream, &question, &result);
    lab->counts.dream_seconds +=
        (double)(clock_monotonic_us() - begun_us) / (double)US_PER_SECOND;
    lab->counts.dreams++;
    if (lab->config.on_dream) {
        lab->config.on_dream(lab->config.context, day_of(lab), &result);
    }
    for (size_t i = 0; err == ERR_OK && i < result.plan.count; i++) {
        err = propose(lab, &result.plan.sets[i]);
    }
    dream_result_fini(&result);
    return err;
}

enum err lab_dream(struct lab *lab)
{
    uint64_t applied = lab->counts.applied;
    struct known *known = known_new();
    enum err err = add_memories(lab, known);
    if (err == ERR_OK) {
        err = add_waiting(lab, known);
    }
    if (err == ERR_OK) {
        err = propose_all(lab, known);
    }
    known_free(known);
    if (err == ERR_OK && lab->counts.applied > applied) {
        err = lab_tell_everybody(lab);
    }
    return err;
}
