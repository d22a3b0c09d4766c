/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fix/remedy.h"

#include <stdlib.h>
#include <string.h>

static void set_deed(const struct attempt *attempt, struct remedy_call *out)
{
    out->seen = sighting_copy(attempt->seen);
    out->result_seq = attempt->result_seq;
    out->deed_count = attempt->deed_count;
    memcpy(out->deeds, attempt->deeds, sizeof(out->deeds));
}

struct remedy *remedy_new(struct live *live, const struct attempt *attempt,
                          uint64_t from, uint64_t result_seq)
{
    if (!attempt->copy || attempt->copy->seen->log != 0) {
        return NULL;
    }
    struct remedy *remedy = mem_new(sizeof(*remedy));
    remedy->call.seen = sighting_copy(attempt->copy->seen);
    remedy->call.result_seq = result_seq;
    for (uint64_t number = attempt->number - 1;
         number > from && remedy->deed_count < REMEDY_DEEDS_MAX; number--) {
        const struct attempt *deed = live_attempt(live, number);
        if (deed && deed->state == ATTEMPT_WORKED && deed->seen) {
            set_deed(deed, &remedy->deeds[remedy->deed_count++]);
        }
    }
    return remedy;
}

void remedy_free(struct remedy *remedy)
{
    if (!remedy) {
        return;
    }
    free(remedy->call.seen);
    for (uint32_t i = 0; i < remedy->deed_count; i++) {
        free(remedy->deeds[i].seen);
    }
    free(remedy);
}

static bool has_done(const struct remedy_call *call, uint64_t deed)
{
    for (uint32_t i = 0; i < call->deed_count; i++) {
        if (call->deeds[i] == deed) {
            return true;
        }
    }
    return false;
}

const struct remedy_call *remedy_deed(const struct remedy *remedy,
                                      uint64_t deed)
{
    for (uint32_t i = 0; i < remedy->deed_count; i++) {
        if (has_done(&remedy->deeds[i], deed)) {
            return &remedy->deeds[i];
        }
    }
    return NULL;
}
