/* SPDX-License-Identifier: MIT */
#include "plugin/plan/draft/operation.h"

#include <string.h>

#include "memory/change.h"
#include "plugin/plan/wording.h"
#include "proto/messages.h"

/* Once a finding was published, a witness of whom nobody knows what it had
 * been told supports it no more: the gate would refuse it. */
static bool has_unknown_view(const struct candidate *candidate)
{
    for (uint32_t i = 0; i < candidate->for_count; i++) {
        if (!candidate->witnesses[i]->has_view) {
            return true;
        }
    }
    return false;
}

/* Whether memory says this on this evidence. A text that differs in nothing
 * but how often it was seen is no reason to publish it again. */
static bool is_unchanged(const struct known_head *head,
                         const struct candidate *candidate,
                         const Reverie__V1__Change *change)
{
    return has_unknown_view(candidate) ||
           (!head->is_suspect && strcmp(head->content, change->content) == 0) ||
           (!head->is_suspect &&
            head->principals == change->numbers->principals &&
            head->principals_for == change->numbers->principals_for &&
            known_words((int)candidate->kind, bytes_of_text(head->content)) ==
                known_words((int)candidate->kind,
                            message_text(change->content)));
}

/* Retires what memory holds and most have left, once. */
static enum reason set_retirement(struct drafting *drafting,
                                  const struct candidate *candidate,
                                  Reverie__V1__Change *change)
{
    struct bytes store = bytes_of_text(change->store);
    const struct known_head *head =
        known_finding(drafting->known, store, candidate->finding);
    if (!head) {
        return candidate->kind == FINDING_KIND_MISTAKE ? candidate->mistake.over
                                                       : REASON_MOVED_ON;
    }
    if (known_retirement_waits(drafting->known, store, candidate->finding)) {
        return REASON_WAITING;
    }
    change->path = draft_text(drafting, bytes_of_text(head->path));
    /* A retired memory has no content: the sentence is why. */
    change->reason = change->content;
    if (candidate_over(candidate)) {
        buf_reset(&drafting->room);
        wording_mistake_over(candidate, &drafting->room);
        change->reason = draft_text(drafting, buf_bytes(&drafting->room));
    }
    change->content = NULL;
    change->has_op = true;
    change->op = REVERIE__V1__CHANGE_OP__CHANGE_RETIRE;
    change->has_base_version = true;
    change->base_version = head->number;
    return REASON_PROPOSED;
}

/* What hygiene does to the memory it is about. A change to what is there says
 * why in its reason; the text is one that is there. */
static enum reason set_hygiene(struct drafting *drafting,
                               const struct candidate *candidate,
                               Reverie__V1__Change *change)
{
    static const Reverie__V1__ChangeOp ops[] = {
        [HYGIENE_MERGE] = REVERIE__V1__CHANGE_OP__CHANGE_MERGE,
        [HYGIENE_RETIRE] = REVERIE__V1__CHANGE_OP__CHANGE_RETIRE,
        [HYGIENE_FLAG] = REVERIE__V1__CHANGE_OP__CHANGE_REVISE,
    };
    const struct hygiene_finding *finding = candidate->hygiene;
    size_t count =
        finding->action == HYGIENE_MERGE ? finding->other_count + 1 : 1;
    change->reason = change->content;
    change->content = finding->action == HYGIENE_RETIRE
                          ? NULL
                          : draft_text(drafting, finding->entry->content);
    change->has_op = true;
    change->op = ops[finding->action];
    change->has_base_version = true;
    change->base_version = finding->entry->version;
    change->replaces = draft_take(drafting, count * sizeof(*change->replaces));
    for (size_t i = 0; i < count; i++) {
        const struct hygiene_entry *entry =
            i == 0 ? finding->entry : finding->others[i - 1];
        const struct known_head *head =
            known_path(drafting->known, entry->store, entry->path);
        if (!head || !head->has_finding) {
            return REASON_NO_EVIDENCE;
        }
        change->replaces[change->n_replaces++] = message_binary(
            draft_copy(drafting, bytes_of(head->finding, FINDING_BYTES)));
    }
    return REASON_PROPOSED;
}

/* The memory whose place a finding takes that memory does not hold yet. */
static const struct known_head *head_before(struct drafting *drafting,
                                            const struct candidate *candidate,
                                            Reverie__V1__Change *change)
{
    struct bytes store = bytes_of_text(change->store);
    const struct known_head *part =
        rules_part(&drafting->rules, store, candidate);
    if (part) {
        change->path = draft_text(drafting, bytes_of_text(part->path));
        return part;
    }
    return known_path(drafting->known, store, bytes_of_text(change->path));
}

enum reason operation_set(struct drafting *drafting,
                          const struct candidate *candidate,
                          Reverie__V1__Change *change)
{
    struct bytes store = bytes_of_text(change->store);
    if (candidate_is_stale(candidate) || candidate_over(candidate)) {
        return set_retirement(drafting, candidate, change);
    }
    struct bytes content = message_text(change->content);
    const struct known_said said = {change->numbers->principals,
                                    change->numbers->principals_for,
                                    known_words((int)candidate->kind, content)};
    if (known_waits(drafting->known, store, candidate->finding, &said)) {
        return REASON_WAITING;
    }
    if (candidate->kind == FINDING_KIND_HYGIENE) {
        return set_hygiene(drafting, candidate, change);
    }
    const struct known_head *head =
        known_finding(drafting->known, store, candidate->finding);
    if (head) {
        if (is_unchanged(head, candidate, change)) {
            return REASON_UNCHANGED;
        }
        change->path = draft_text(drafting, bytes_of_text(head->path));
    } else if (rules_hold(&drafting->rules, store, candidate)) {
        return REASON_MERGED;
    } else {
        head = head_before(drafting, candidate, change);
    }
    change->has_op = true;
    change->op = head ? REVERIE__V1__CHANGE_OP__CHANGE_REVISE
                      : REVERIE__V1__CHANGE_OP__CHANGE_ADD;
    change->has_base_version = true;
    change->base_version = head ? head->number : 0;
    if (head && head->has_finding &&
        memcmp(head->finding, candidate->finding, FINDING_BYTES) != 0) {
        change->replaces = draft_take(drafting, sizeof(*change->replaces));
        change->replaces[0] = message_binary(
            draft_copy(drafting, bytes_of(head->finding, FINDING_BYTES)));
        change->n_replaces = 1;
    }
    return REASON_PROPOSED;
}
