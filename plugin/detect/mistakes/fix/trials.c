/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fix/trials.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"

void trials_fini(struct trials *trials)
{
    for (uint32_t i = 0; !trials->is_copy && i < trials->count; i++) {
        remedy_free(trials->items[i].remedy);
    }
    free(trials->items);
    free(trials->ranks);
    *trials = (struct trials){0};
}

static int compare_orders(const struct trial_order *a,
                          const struct trial_order *b)
{
    if (a->occurred_us != b->occurred_us) {
        return a->occurred_us < b->occurred_us ? -1 : 1;
    }
    if (a->session != b->session) {
        return a->session < b->session ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

static uint64_t signature_of(const struct delta *delta)
{
    return hash_bytes(
        bytes_of(delta->features, delta->count * sizeof(*delta->features)));
}

static uint64_t rank_of(uint64_t person, uint64_t signature)
{
    const uint64_t both[] = {person, signature};
    return hash_bytes(bytes_of(both, sizeof(both)));
}

/* The ranks stand for the trials, which are large: one of another rank is
 * another's. */
static struct trial *find(struct trials *trials, uint64_t rank, uint64_t person,
                          uint64_t signature)
{
    for (uint32_t i = 0; i < trials->count; i++) {
        struct trial *trial = &trials->items[i];
        if (trials->ranks[i] == rank && trial->person == person &&
            trial->signature == signature) {
            return trial;
        }
    }
    return NULL;
}

static struct trial *append(struct trials *trials, uint64_t rank)
{
    if (trials->count == trials->capacity) {
        trials->capacity = trials->capacity ? trials->capacity * 2 : 4;
        trials->items =
            mem_grow(trials->items, trials->capacity * sizeof(*trials->items));
        trials->ranks =
            mem_grow(trials->ranks, trials->capacity * sizeof(*trials->ranks));
    }
    trials->ranks[trials->count] = rank;
    trials->items[trials->count].remedy = NULL;
    return &trials->items[trials->count++];
}

/* The place for a new trial: a new one, or that of the one with the greatest
 * hash, if that is greater; NULL if it is not. */
static struct trial *make_room(struct trials *trials, uint64_t rank)
{
    if (trials->count < TRIALS_MAX) {
        return append(trials, rank);
    }
    uint32_t last = UINT32_MAX;
    uint64_t greatest = rank;
    trials->left_out++;
    for (uint32_t i = 0; i < trials->count; i++) {
        if (trials->ranks[i] > greatest) {
            greatest = trials->ranks[i];
            last = i;
        }
    }
    if (last == UINT32_MAX) {
        return NULL;
    }
    trials->ranks[last] = rank;
    if (!trials->is_copy) {
        remedy_free(trials->items[last].remedy);
    }
    return &trials->items[last];
}

static void set_first(struct trial *trial, const struct delta *delta,
                      const struct trial_order *order, bool worked)
{
    trial->order = *order;
    trial->worked = worked;
    trial->is_retry = delta->is_retry;
    trial->count = delta->count;
    memcpy(trial->features, delta->features, sizeof(trial->features));
}

struct trial *trials_add(struct trials *trials, uint64_t person,
                         const struct delta *delta,
                         const struct trial_order *order, bool worked)
{
    uint64_t signature = signature_of(delta);
    uint64_t rank = rank_of(person, signature);
    struct trial *trial = find(trials, rank, person, signature);
    if (!trial) {
        trial = make_room(trials, rank);
        if (!trial) {
            return NULL;
        }
        *trial = (struct trial){.person = person, .signature = signature};
        set_first(trial, delta, order, worked);
    } else if (compare_orders(order, &trial->order) < 0) {
        set_first(trial, delta, order, worked);
    }
    trial->times++;
    trial->times_worked += worked;
    return trial;
}

bool trial_wants_remedy(const struct trial *trial,
                        const struct trial_order *order)
{
    return !trial->remedy || compare_orders(order, &trial->remedy_order) < 0;
}

void trial_keep_remedy(struct trial *trial, const struct trial_order *order,
                       struct remedy *remedy)
{
    remedy_free(trial->remedy);
    trial->remedy = remedy;
    trial->remedy_order = *order;
}

static void set_from(struct trial *trial, const struct trial *from)
{
    struct trial before = *trial;
    *trial = *from;
    trial->times = before.times;
    trial->times_worked = before.times_worked;
    trial->remedy = before.remedy;
    trial->remedy_order = before.remedy_order;
}

/* Adds a copy of ${its}, where there is room. */
static void merge_one(struct trials *trials, const struct trial *its)
{
    uint64_t rank = rank_of(its->person, its->signature);
    struct trial *trial = find(trials, rank, its->person, its->signature);
    if (!trial) {
        trial = make_room(trials, rank);
        if (!trial) {
            return;
        }
        *trial = *its;
        return;
    }
    if (compare_orders(&its->order, &trial->order) < 0) {
        set_from(trial, its);
    }
    trial->times += its->times;
    trial->times_worked += its->times_worked;
    if (its->remedy && trial_wants_remedy(trial, &its->remedy_order)) {
        trial->remedy = its->remedy;
        trial->remedy_order = its->remedy_order;
    }
}

void trials_merge(struct trials *trials, const struct trials *from)
{
    assert(trials->is_copy || trials->count == 0);
    trials->is_copy = true;
    for (uint32_t i = 0; i < from->count; i++) {
        merge_one(trials, &from->items[i]);
    }
    trials->left_out += from->left_out;
}

bool trial_has(const struct trial *trial, uint64_t feature)
{
    for (uint32_t i = 0; i < trial->count; i++) {
        if (trial->features[i] == feature) {
            return true;
        }
    }
    return false;
}

static int compare_trials(const void *a, const void *b)
{
    const struct trial *x = a;
    const struct trial *y = b;
    if (x->person != y->person) {
        return x->person < y->person ? -1 : 1;
    }
    int order = compare_orders(&x->order, &y->order);
    return order
               ? order
               : (x->signature > y->signature) - (x->signature < y->signature);
}

void trials_sort(struct trials *trials)
{
    if (trials->count > 1) {
        qsort(trials->items, trials->count, sizeof(*trials->items),
              compare_trials);
    }
    for (uint32_t i = 0; i < trials->count; i++) {
        const struct trial *trial = &trials->items[i];
        trials->ranks[i] = rank_of(trial->person, trial->signature);
    }
}
