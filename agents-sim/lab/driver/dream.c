/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/driver/asking.h"
#include "agents-sim/lab/driver/state.h"
#include "base/clock.h"
#include "proto/messages.h"

static double day_of(const struct lab *lab)
{
    return (double)(lab->now_us - lab->config.start_us) / (double)US_PER_DAY;
}

static enum err ask(void *context, const char *service, const char *method,
                    const void *message)
{
    return lab_must(context, service, method, message);
}

static void tell_change(void *context, Reverie__V1__Change *change,
                        const Reverie__V1__ReviewProposeReply__Result *result)
{
    struct lab *lab = context;
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

static enum err propose_all(struct lab *lab, const struct asking *asking,
                            const struct known *known)
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
        err = asking_propose(asking, &result.plan.sets[i]);
    }
    dream_result_fini(&result);
    return err;
}

enum err lab_dream(struct lab *lab)
{
    uint64_t applied = lab->counts.applied;
    struct known *known = known_new();
    const struct asking asking = {.ask = ask,
                                  .tell = tell_change,
                                  .context = lab,
                                  .reply = &lab->reply,
                                  .why = lab->why};
    enum err err = asking_known(&asking, known);
    if (err == ERR_OK) {
        err = propose_all(lab, &asking, known);
    }
    known_free(known);
    if (err == ERR_OK && lab->counts.applied > applied) {
        err = lab_tell_everybody(lab);
    }
    return err;
}
