/* SPDX-License-Identifier: MIT */
#include "memory/service/step.h"
#include "memory/witnesses.h"
#include "proto/messages.h"

static bool is_finding(const struct Reverie__V1__Version *version,
                       struct bytes finding)
{
    return bytes_equal(message_bytes(version->has_finding, version->finding),
                       finding);
}

/* The evidence of the change stands: most have left what the head holds, or
 * chose another since. */
bool casts_doubt(const struct Reverie__V1__Change *change,
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
                     REVERIE__V1__VERSION_STATE__VERSION_SUSPECT,
                     "by now most choose something else");
}

enum err trust_head(struct memory *memory,
                    const struct Reverie__V1__Change *change)
{
    struct head head;
    bool stands = false;
    struct bytes store = message_text(change->store);
    struct bytes path = message_text(change->path);
    if (change->kind != REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE) {
        return ERR_OK;
    }
    enum err err = head_get(memory, store, path, &head);
    if (err != ERR_OK || !head.live || !head.version->has_change ||
        head.version->state != REVERIE__V1__VERSION_STATE__VERSION_SUSPECT) {
        return err;
    }
    err = head_stands(memory, &head, &stands);
    return err == ERR_OK && stands
               ? mark_head(memory, store, path,
                           REVERIE__V1__VERSION_STATE__VERSION_ACTIVE,
                           "a review kept it")
               : err;
}
