/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "memory/service/step.h"
#include "proto/messages.h"

static const char doubted[] = "by now most choose something else";
static const char trusted[] = "a review kept it";

static bool is_finding(const struct Reverie__V1__Version *version,
                       struct bytes finding)
{
    return bytes_equal(message_bytes(version->has_finding, version->finding),
                       finding);
}

/* Whether the change, whose evidence stands, says that the preference the head
 * holds is one no more: most have left it, or chose another since. */
static bool casts_doubt(const struct Reverie__V1__Change *change,
                        const struct judgement *judgement)
{
    const struct witness_count *count = &judgement->evidence.count;
    const struct head *head = &judgement->head;
    if (!head->live ||
        change->kind != REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE ||
        head->version->kind != change->kind) {
        return false;
    }
    bool is_same = is_finding(
        head->version, message_bytes(change->has_finding, change->finding));
    if (change->op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE) {
        return is_same &&
               stats_is_stale(count->principals, count->principals_for);
    }
    return change->op == REVERIE__V1__CHANGE_OP__CHANGE_REVISE && !is_same;
}

enum err doubt_head(struct memory *memory,
                    const struct Reverie__V1__Change *change,
                    const struct judgement *judgement)
{
    if (judgement->verdict.answer != GATE_ASK ||
        !casts_doubt(change, judgement)) {
        return ERR_OK;
    }
    return mark_head(memory, message_text(change->store),
                     message_text(change->path),
                     REVERIE__V1__VERSION_STATE__VERSION_SUSPECT, doubted);
}

enum err trust_head(struct memory *memory,
                    const struct Reverie__V1__Change *change)
{
    struct head head;
    struct bytes store = message_text(change->store);
    struct bytes path = message_text(change->path);
    enum err err = head_get(memory, store, path, &head);
    bool is_doubted =
        err == ERR_OK && head.live &&
        head.version->state == REVERIE__V1__VERSION_STATE__VERSION_SUSPECT &&
        bytes_equal_text(message_text(head.version->reason), doubted);
    return is_doubted
               ? mark_head(memory, store, path,
                           REVERIE__V1__VERSION_STATE__VERSION_ACTIVE, trusted)
               : err;
}
