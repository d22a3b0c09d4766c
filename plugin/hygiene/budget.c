/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/budget.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"

/* Weights make the order: uplift before support before recency. */
static const double uplift_weight = 100;
static const double support_weight = 1;
static const double recency_weight = 0.01;

/* Petrov's approximation of the base level for n uses since time t with
 * d = .5: ln(2 n / sqrt(t)), squeezed into (0, 1). */
static double recency_of(const struct hygiene_entry *entry, int64_t now_us)
{
    int64_t since = entry->last_us ? entry->last_us : entry->time_us;
    double days =
        now_us > since ? (double)(now_us - since) / (double)US_PER_DAY : 0;
    double uses = 1 + entry->sessions;
    double level = log(2 * uses / sqrt(1 + days));
    return 1 / (1 + exp(-level));
}

double budget_value(const struct hygiene_entry *entry, int64_t now_us)
{
    double value = recency_weight * recency_of(entry, now_us);
    value +=
        support_weight * (log1p(entry->people) + log1p(entry->sessions) / 10);
    return entry->has_uplift ? value + uplift_weight * entry->uplift : value;
}

/* ---- the choice ---------------------------------------------------------- */

struct item {
    const struct hygiene_entry *entry;
    size_t index;
    double value;
    double likeness; /* to the most alike of the first ${seen} kept ones */
    size_t seen;
    double rate; /* gain per token, as of ${seen} */
    uint64_t cost;
};

struct choice {
    struct item *heap; /* best rate first */
    size_t count;
    const struct hygiene_entry **kept;
    size_t kept_count;
    uint64_t left;
    double gained;
};

static double likeness_of(const struct hygiene_entry *a,
                          const struct hygiene_entry *b)
{
    return set_jaccard(a->note.grams, a->note.gram_count, b->note.grams,
                       b->note.gram_count);
}

static bool is_better(const struct item *a, const struct item *b)
{
    if (a->rate > b->rate || a->rate < b->rate) {
        return a->rate > b->rate;
    }
    return hygiene_place_compare(a->entry, b->entry) < 0;
}

/* The best of a place in the heap and the two below it. */
static size_t best_of(const struct choice *choice, size_t at)
{
    size_t best = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
        if (child < choice->count &&
            is_better(&choice->heap[child], &choice->heap[best])) {
            best = child;
        }
    }
    return best;
}

static void sink(struct choice *choice, size_t at)
{
    for (size_t best = best_of(choice, at); best != at;
         best = best_of(choice, at)) {
        struct item moved = choice->heap[at];
        choice->heap[at] = choice->heap[best];
        choice->heap[best] = moved;
        at = best;
    }
}

/* Compares with what was kept since it was last looked at. */
static void refresh(const struct choice *choice, struct item *item)
{
    for (; item->seen < choice->kept_count; item->seen++) {
        double likeness = likeness_of(item->entry, choice->kept[item->seen]);
        item->likeness = likeness > item->likeness ? likeness : item->likeness;
    }
    item->rate = item->value * (1 - item->likeness) / (double)item->cost;
}

static void keep_one(struct choice *choice, const struct item *item, bool *keep)
{
    keep[item->index] = true;
    choice->kept[choice->kept_count++] = item->entry;
    choice->gained += item->value * (1 - item->likeness);
    choice->left -= item->cost < choice->left ? item->cost : choice->left;
}

static void choose_greedily(struct choice *choice, bool *keep)
{
    for (size_t i = choice->count; i > 0; i--) {
        sink(choice, i - 1);
    }
    while (choice->count > 0) {
        struct item *top = &choice->heap[0];
        if (top->seen < choice->kept_count && top->cost <= choice->left) {
            refresh(choice, top);
            sink(choice, 0);
            continue;
        }
        if (top->cost <= choice->left && top->rate > 0) {
            keep_one(choice, top, keep);
        }
        choice->heap[0] = choice->heap[--choice->count];
        sink(choice, 0);
    }
}

/* One memory that is worth more than all that was chosen. */
static void try_single(const struct item *items, size_t count, uint64_t room,
                       const struct choice *choice, bool *keep)
{
    const struct item *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (items[i].cost <= room && items[i].value > choice->gained &&
            (!best || items[i].value > best->value)) {
            best = &items[i];
        }
    }
    for (size_t i = 0; best && i < count; i++) {
        keep[items[i].index] = &items[i] == best;
    }
}

static uint64_t total_of(const struct hygiene_entry *const *entries,
                         size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += hygiene_tokens(entries[i]);
    }
    return total;
}

bool budget_choose(const struct hygiene_entry *const *entries, size_t count,
                   uint64_t tokens, int64_t now_us, bool *keep)
{
    bool is_over = total_of(entries, count) > tokens;
    struct item *items = mem_new_array(count + 1, sizeof(*items));
    struct item *heap = mem_new_array(count + 1, sizeof(*heap));
    struct choice choice = {.heap = heap, .left = tokens};
    choice.kept = mem_new_array(count + 1, sizeof(*choice.kept));
    for (size_t i = 0; i < count; i++) {
        struct item item = {.entry = entries[i],
                            .index = i,
                            .value = budget_value(entries[i], now_us),
                            .cost = hygiene_tokens(entries[i])};
        item.rate = item.value / (double)item.cost;
        keep[i] = !is_over || hygiene_is_fixed(entries[i]);
        if (is_over && keep[i]) {
            keep_one(&choice, &item, keep);
            choice.gained = 0; /* not a choice */
        } else {
            items[choice.count++] = item;
        }
    }
    size_t free_count = choice.count;
    uint64_t room = choice.left;
    for (size_t i = 0; i < free_count; i++) {
        heap[i] = items[i];
    }
    if (is_over) {
        choose_greedily(&choice, keep);
        try_single(items, free_count, room, &choice, keep);
    }
    free(choice.kept);
    free(heap);
    free(items);
    return is_over;
}
