/* SPDX-License-Identifier: MIT */
#include "plugin/recount.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/change.h"
#include "proto/messages.h"

enum {
    TARGET_ARENA_MAX = 64 << 20,
    PLAN_ARENA_MAX = 256 << 20
};

/* A memory that is to be counted again. */
struct target {
    struct arena arena; /* of the history */
    const char *store;
    const Reverie__V1__Version *head;
    Reverie__V1__Witness *const *witnesses;
    size_t witness_count;
    uint64_t until;       /* 0: not to be counted */
    const char *obstacle; /* why it cannot be repeated; NULL: it can */
    bool is_judged;
    enum recount_verdict verdict;
    char sentence[RECOUNT_SENTENCE_BYTES];
};

struct recount {
    struct dream *dream;
    struct known *nothing; /* dreams as if memory held nothing */
    struct target **targets;
    size_t count;
    size_t capacity;
    uint64_t first_fed;
};

struct recount *recount_new(struct dream *dream)
{
    struct recount *recount = mem_new(sizeof(*recount));
    recount->dream = dream;
    recount->nothing = known_new();
    return recount;
}

void recount_free(struct recount *recount)
{
    if (!recount) {
        return;
    }
    for (size_t i = 0; i < recount->count; i++) {
        arena_fini(&recount->targets[i]->arena);
        free(recount->targets[i]);
    }
    free(recount->targets);
    known_free(recount->nothing);
    free(recount);
}

static void conclude(struct target *target, enum recount_verdict verdict,
                     const char *sentence)
{
    target->verdict = verdict;
    target->is_judged = true;
    snprintf(target->sentence, sizeof(target->sentence), "%s", sentence);
}

/* ---- what is to be counted ----------------------------------------------- */

/* Why a memory cannot be dreamed again as it was. */
static const char *obstacle(const struct recount *recount,
                            const Reverie__V1__Version *head)
{
    const Reverie__V1__Provenance *from = head->provenance;
    struct digest config = dream_config_digest(recount->dream);
    if (!from || !from->has_to_seq) {
        return "it does not say which events it was dreamed from";
    }
    return bytes_equal(
               message_bytes(from->has_config_digest, from->config_digest),
               bytes_of(config.bytes, DIGEST_BYTES))
               ? NULL
               : "it was computed with another configuration, or by another "
                 "worker";
}

static uint64_t last_witness(const struct target *target)
{
    uint64_t last = 0;
    for (size_t i = 0; i < target->witness_count; i++) {
        uint64_t seq = target->witnesses[i]->seq;
        last = seq > last ? seq : last;
    }
    return last;
}

/* How far its dream had read, and whether it can be repeated at all. What it
 * says of that is its proposer's word, so what cannot be repeated is still
 * looked at for people that were left out. */
static void aim(const struct recount *recount, struct target *target)
{
    const Reverie__V1__Provenance *from = target->head->provenance;
    uint64_t last = last_witness(target);
    target->obstacle = obstacle(recount, target->head);
    target->until = from && from->has_to_seq ? from->to_seq : last;
    if (from && from->erased > 0) {
        conclude(target, RECOUNT_IMPOSSIBLE, "cited events were erased");
    } else if (last > target->until) {
        conclude(target, RECOUNT_DIFFERS,
                 "it cites events behind those that it was dreamed from");
    } else if (target->until == 0) {
        conclude(target, RECOUNT_IMPOSSIBLE,
                 "it does not say which events it was dreamed from");
    }
}

static enum err copy_history(struct target *target,
                             const Reverie__V1__MemoryHistoryReply *history)
{
    struct buf packed;
    const void *copy = NULL;
    buf_init(&packed, TARGET_ARENA_MAX);
    message_pack(history, &packed);
    struct bytes kept = arena_copy(&target->arena, buf_bytes(&packed));
    buf_fini(&packed);
    enum err err =
        kept.data
            ? message_unpack(&reverie__v1__memory_history_reply__descriptor,
                             kept, &target->arena, &copy)
            : ERR_FULL;
    if (err != ERR_OK) {
        return err;
    }
    const Reverie__V1__MemoryHistoryReply *reply = copy;
    target->head = reply->versions[0];
    target->witnesses = reply->witnesses;
    target->witness_count = reply->n_witnesses;
    return ERR_OK;
}

enum err recount_add(struct recount *recount, const char *store,
                     const struct Reverie__V1__MemoryHistoryReply *history,
                     size_t *out_index)
{
    if (recount->count == RECOUNT_MAX || history->n_versions == 0) {
        return ERR_FULL;
    }
    struct target *target = mem_new(sizeof(*target));
    arena_init(&target->arena, 2 * (size_t)TARGET_ARENA_MAX);
    struct bytes name =
        arena_copy(&target->arena, bytes_of_text(store ? store : ""));
    target->store = (const char *)name.data;
    enum err err = copy_history(target, history);
    if (err != ERR_OK) {
        arena_fini(&target->arena);
        free(target);
        return err;
    }
    aim(recount, target);
    if (recount->count == recount->capacity) {
        recount->capacity = recount->capacity ? 2 * recount->capacity : 64;
        recount->targets = mem_grow(
            recount->targets, recount->capacity * sizeof(*recount->targets));
    }
    *out_index = recount->count;
    recount->targets[recount->count++] = target;
    return ERR_OK;
}

void recount_erased(struct recount *recount, uint64_t ledger_seq, uint64_t seq)
{
    for (size_t i = 0; i < recount->count; i++) {
        struct target *target = recount->targets[i];
        if (!target->is_judged && seq <= target->until &&
            (!target->head->provenance ||
             ledger_seq > target->head->provenance->read_ledger_seq)) {
            conclude(target, RECOUNT_IMPOSSIBLE,
                     "events that its dream had read were erased since");
        }
    }
}

uint64_t recount_until(struct recount *recount)
{
    uint64_t until = 0;
    for (size_t i = 0; i < recount->count; i++) {
        const struct target *target = recount->targets[i];
        if (!target->is_judged && target->until > until) {
            until = target->until;
        }
    }
    return until;
}

/* ---- comparing ----------------------------------------------------------- */

static struct bytes finding_of(const struct target *target)
{
    return message_bytes(target->head->has_finding, target->head->finding);
}

/* Whether two witnesses are the same, quotes and all. */
static bool witness_equal(const Reverie__V1__Witness *a,
                          const Reverie__V1__Witness *b)
{
    struct buf x;
    struct buf y;
    Reverie__V1__Witness left = *a;
    Reverie__V1__Witness right = *b;
    /* An absent "against" says no, an empty quote is none. */
    left.has_against = right.has_against = true;
    left.quote = left.quote && *left.quote ? left.quote : NULL;
    right.quote = right.quote && *right.quote ? right.quote : NULL;
    buf_init(&x, 1 << 16);
    buf_init(&y, 1 << 16);
    message_pack(&left, &x);
    message_pack(&right, &y);
    bool same = bytes_equal(buf_bytes(&x), buf_bytes(&y));
    buf_fini(&x);
    buf_fini(&y);
    return same;
}

static const Reverie__V1__Witness *witness_at(Reverie__V1__Witness *const *list,
                                              size_t count, uint64_t seq)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i]->seq == seq) {
            return list[i];
        }
    }
    return NULL;
}

static void differ_at(struct target *target, const char *what, uint64_t seq)
{
    conclude(target, RECOUNT_DIFFERS, "");
    snprintf(target->sentence, sizeof(target->sentence), "%s: 0:%llu", what,
             (unsigned long long)seq);
}

/* Says which witness of ${a} is not in ${b}, or is another one there. */
static bool find_difference(Reverie__V1__Witness *const *a, size_t a_count,
                            Reverie__V1__Witness *const *b, size_t b_count,
                            const char *missing, struct target *target)
{
    for (size_t i = 0; i < a_count; i++) {
        const Reverie__V1__Witness *other = witness_at(b, b_count, a[i]->seq);
        if (!other) {
            differ_at(target, missing, a[i]->seq);
            return true;
        }
        if (!witness_equal(a[i], other)) {
            differ_at(target,
                      "counting again gives another quote, option or side of "
                      "a witness",
                      a[i]->seq);
            return true;
        }
    }
    return false;
}

static bool numbers_equal(const Reverie__V1__Numbers *a,
                          const Reverie__V1__Numbers *b)
{
    if (!a || !b) {
        return a == b;
    }
    struct buf x;
    struct buf y;
    Reverie__V1__Numbers left = *a;
    Reverie__V1__Numbers right = *b;
    /* The gate's word, not the dream's. */
    left.tier = right.tier = NULL;
    buf_init(&x, 4096);
    buf_init(&y, 4096);
    message_pack(&left, &x);
    message_pack(&right, &y);
    bool same = bytes_equal(buf_bytes(&x), buf_bytes(&y));
    buf_fini(&x);
    buf_fini(&y);
    return same;
}

static bool text_equal(const char *a, const char *b)
{
    return bytes_equal(message_text(a), message_text(b));
}

static void compare(struct target *target, const Reverie__V1__Change *again)
{
    if (find_difference(again->witnesses, again->n_witnesses, target->witnesses,
                        target->witness_count, "a witness was left out",
                        target) ||
        find_difference(target->witnesses, target->witness_count,
                        again->witnesses, again->n_witnesses,
                        "counting again does not find a witness", target)) {
        return;
    }
    if (!numbers_equal(target->head->numbers, again->numbers)) {
        conclude(target, RECOUNT_DIFFERS,
                 "counting again gives other numbers: the baseline, the "
                 "family or what was seen beside the witnesses");
    } else if (!text_equal(target->head->content, again->content) ||
               !text_equal(target->head->title, again->title)) {
        conclude(target, RECOUNT_DIFFERS, "counting again gives other words");
    } else {
        conclude(target, RECOUNT_EQUAL, "");
        snprintf(target->sentence, sizeof(target->sentence),
                 "dreaming over the log up to 0:%llu again gives the same "
                 "words, numbers and %zu witnesses",
                 (unsigned long long)target->until, target->witness_count);
    }
}

/* ---- dreaming again ------------------------------------------------------ */

/* The memory that ${change} would make, among those of ${until}. */
static struct target *target_of(struct recount *recount, uint64_t until,
                                const Reverie__V1__Change *change)
{
    struct bytes finding = message_bytes(change->has_finding, change->finding);
    for (size_t i = 0; i < recount->count; i++) {
        struct target *target = recount->targets[i];
        if (!target->is_judged && !target->obstacle && target->until == until &&
            text_equal(target->store, change->store) &&
            bytes_equal(finding_of(target), finding)) {
            return target;
        }
    }
    return NULL;
}

static void compare_set(struct recount *recount, uint64_t until,
                        const Reverie__V1__ChangeSet *set)
{
    for (size_t i = 0; i < set->n_changes; i++) {
        struct target *target = target_of(recount, until, set->changes[i]);
        if (target) {
            compare(target, set->changes[i]);
        }
    }
}

static void conclude_rest(struct recount *recount, uint64_t until,
                          enum recount_verdict verdict, const char *sentence)
{
    for (size_t i = 0; i < recount->count; i++) {
        struct target *target = recount->targets[i];
        if (!target->is_judged && target->until == until) {
            conclude(target, verdict, sentence);
        }
    }
}

static bool is_of_store(const struct target *target,
                        const struct candidate *candidate)
{
    struct bytes name = bytes_of(NULL, 0);
    struct bytes store = bytes_of_text(target->store);
    return store_name_is_valid(store, &name) && store_is_team(store) &&
           bytes_equal(name, candidate->team_name);
}

/* What anybody chose does not depend on how it was decided: whatever its
 * proposer computed with, it must count all who chose. */
static void find_left_out(struct target *target,
                          const struct candidates *candidates)
{
    const Reverie__V1__Version *head = target->head;
    uint32_t counted = head->numbers ? head->numbers->principals : 0;
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *it = &candidates->items[i];
        if (head->kind == REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE &&
            it->kind == FINDING_KIND_PREFERENCE && it->agent.len == 0 &&
            is_of_store(target, it) &&
            bytes_equal(it->subject, message_text(head->subject)) &&
            it->preference.voters > counted) {
            conclude(target, RECOUNT_DIFFERS, "");
            snprintf(target->sentence, sizeof(target->sentence),
                     "a witness was left out: by 0:%llu %u principals had "
                     "chosen, it counts %u",
                     (unsigned long long)target->until, it->preference.voters,
                     counted);
            return;
        }
    }
}

static void compare_sets(struct recount *recount, uint64_t until,
                         const struct plan *plan, bool *out_is_whole)
{
    struct arena arena;
    *out_is_whole = plan->changes < PLAN_CHANGES_MAX;
    arena_init(&arena, PLAN_ARENA_MAX);
    for (size_t i = 0; i < plan->count; i++) {
        const void *set = NULL;
        arena_reset(&arena);
        if (message_unpack(&reverie__v1__change_set__descriptor,
                           buf_bytes(&plan->sets[i].packed), &arena,
                           &set) == ERR_OK) {
            compare_set(recount, until, set);
        } else {
            *out_is_whole = false;
        }
    }
    arena_fini(&arena);
}

/* ${why_not}: why no memory of ${until} can be repeated, or NULL. */
static void dream_again(struct recount *recount, uint64_t until,
                        const char *why_not)
{
    const struct dream_question question = {.known = recount->nothing};
    struct dream_result result;
    bool is_whole = false;
    dream_finish(recount->dream, &question, &result);
    if (!why_not) {
        compare_sets(recount, until, &result.plan, &is_whole);
    }
    for (size_t i = 0; i < recount->count; i++) {
        struct target *target = recount->targets[i];
        bool is_due = !target->is_judged && target->until == until;
        const char *reason = target->obstacle ? target->obstacle : why_not;
        if (is_due && reason) {
            find_left_out(target, &result.candidates);
        }
        if (is_due && reason && !target->is_judged) {
            conclude(target, RECOUNT_IMPOSSIBLE, reason);
        }
    }
    dream_result_fini(&result);
    conclude_rest(recount, until,
                  is_whole ? RECOUNT_DIFFERS : RECOUNT_IMPOSSIBLE,
                  is_whole ? "counting again does not find it"
                           : "there are too many findings to repeat");
}

/* The least position below ${seq} at which a dream is to be repeated. */
static uint64_t next_until(const struct recount *recount, uint64_t seq)
{
    uint64_t next = 0;
    for (size_t i = 0; i < recount->count; i++) {
        const struct target *target = recount->targets[i];
        bool is_due = !target->is_judged && target->until < seq;
        if (is_due && (next == 0 || target->until < next)) {
            next = target->until;
        }
    }
    return next;
}

void recount_reach(struct recount *recount, uint64_t seq)
{
    recount->first_fed = recount->first_fed ? recount->first_fed : seq;
    uint64_t until = next_until(recount, seq);
    while (until != 0) {
        bool is_there =
            recount->first_fed == 1 && dream_position(recount->dream) == until;
        dream_again(recount, until,
                    is_there ? NULL
                             : "the log does not hold all its dream had read");
        until = next_until(recount, seq);
    }
}

enum recount_verdict recount_result(const struct recount *recount, size_t index,
                                    const char **out_sentence)
{
    const struct target *target = recount->targets[index];
    *out_sentence =
        target->is_judged ? target->sentence : "the log was not read so far";
    return target->is_judged ? target->verdict : RECOUNT_IMPOSSIBLE;
}
