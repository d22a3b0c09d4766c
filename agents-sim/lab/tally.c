/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/tally.h"

#include "proto/messages.h"

void tally_init(struct tally *tally, const struct world *world)
{
    tally->proposed = score_new(world);
    tally->applied = score_new(world);
}

void tally_fini(struct tally *tally)
{
    score_free(tally->proposed);
    score_free(tally->applied);
}

static bool kind_of(Reverie__V1__FindingKind kind, enum score_kind *out_kind)
{
    if (kind == REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE) {
        *out_kind = SCORE_PREFERENCE;
        return true;
    }
    if (kind == REVERIE__V1__FINDING_KIND__FINDING_MISTAKE) {
        *out_kind = SCORE_MISTAKE;
        return true;
    }
    return false;
}

void tally_change(void *context, const struct lab_change *it)
{
    struct tally *tally = context;
    const struct Reverie__V1__Change *change = it->change;
    struct bytes store = message_text(change->store);
    struct bytes prefix = BYTES_LITERAL("team/");
    struct score_memory memory = {
        .team = bytes_slice(store, prefix.len, SIZE_MAX),
        .subject = message_text(change->subject),
        .option = message_text(change->option),
        .content = message_text(change->content),
        .principals = change->numbers ? change->numbers->principals_for : 0,
        .sessions = change->numbers ? change->numbers->sessions : 0,
        .day = it->day,
    };
    if (it->is_refused || !bytes_starts_with(store, prefix) ||
        change->op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE ||
        !kind_of(change->kind, &memory.kind)) {
        return;
    }
    score_add(tally->proposed, &memory);
    if (it->is_applied) {
        score_add(tally->applied, &memory);
    }
}
