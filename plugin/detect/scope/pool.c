/* SPDX-License-Identifier: MIT */
#include "plugin/detect/scope/pool.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEPT_MAX = 4 * USE_DAYS /* witnesses of two uses, early and late */
};

/* The numbers that the options of one slot have in another. */
struct numbers {
    uint8_t of[OPTIONS_MAX + 1];
};

static struct numbers numbers_in(const struct slot *pool,
                                 const struct slot *slot)
{
    struct numbers numbers;
    memset(numbers.of, OPTION_NONE, sizeof(numbers.of));
    for (uint32_t k = 0; k < slot->option_count; k++) {
        numbers.of[k] = slot_find_option(pool, slot->options[k].text);
    }
    return numbers;
}

/* ---- witnesses ----------------------------------------------------------- */

struct kept {
    struct sighting *items[KEPT_MAX];
    int64_t keys[KEPT_MAX];
    int64_t moments[KEPT_MAX];
    uint8_t count;
};

/* By day; of one day the earlier stays. */
static void keep(struct kept *kept, struct sighting *item, int64_t key,
                 int64_t moment)
{
    uint8_t at = 0;
    while (at < kept->count && kept->keys[at] < key) {
        at++;
    }
    bool is_same = at < kept->count && kept->keys[at] == key;
    if (is_same && kept->moments[at] <= moment) {
        return;
    }
    for (uint8_t i = kept->count; !is_same && i > at; i--) {
        kept->items[i] = kept->items[i - 1];
        kept->keys[i] = kept->keys[i - 1];
        kept->moments[i] = kept->moments[i - 1];
    }
    kept->count += !is_same;
    kept->items[at] = item;
    kept->keys[at] = key;
    kept->moments[at] = moment;
}

static void keep_all(struct kept *kept, const struct witnesses *from)
{
    for (uint8_t i = 0; i < from->count; i++) {
        keep(kept, from->items[i], from->keys[i], from->moments[i]);
    }
}

static void take(struct witnesses *into, const struct kept *kept, uint8_t from,
                 uint8_t to)
{
    into->count = 0;
    for (uint8_t i = from; i < to; i++) {
        into->items[into->count] = kept->items[i];
        into->keys[into->count] = kept->keys[i];
        into->moments[into->count++] = kept->moments[i];
    }
}

/* The first days are early, of the others the last are late. */
static void merge_witnesses(struct use *into, const struct use *from)
{
    struct kept kept = {.count = 0};
    keep_all(&kept, &into->early);
    keep_all(&kept, use_late(into));
    keep_all(&kept, &from->early);
    keep_all(&kept, use_late(from));
    uint8_t early = kept.count < USE_DAYS ? kept.count : USE_DAYS;
    uint8_t rest = (uint8_t)(kept.count - early);
    uint8_t late = rest < USE_DAYS ? rest : USE_DAYS;
    take(&into->early, &kept, 0, early);
    if (late > 0 && !into->late) {
        into->late = mem_new(sizeof(*into->late));
    }
    if (late > 0) {
        take(into->late, &kept, (uint8_t)(kept.count - late), kept.count);
    }
}

/* ---- uses ---------------------------------------------------------------- */

static struct use *use_in(struct vote *vote, uint8_t option, bool is_told)
{
    for (uint8_t i = 0; i < vote->use_count; i++) {
        struct use *use = &vote->uses[i];
        if (use->option == option && use->is_told == is_told) {
            return use;
        }
    }
    vote->uses =
        mem_grow(vote->uses, (vote->use_count + 1U) * sizeof(*vote->uses));
    struct use *use = &vote->uses[vote->use_count++];
    *use = (struct use){.option = option,
                        .is_told = is_told,
                        .first_us = INT64_MAX,
                        .second_us = INT64_MAX};
    return use;
}

static void merge_moment(struct use *use, int64_t moment_us)
{
    if (moment_us < use->first_us) {
        use->second_us = use->first_us;
        use->first_us = moment_us;
    } else if (moment_us < use->second_us) {
        use->second_us = moment_us;
    }
}

static void merge_uses(struct vote *into, const struct vote *from,
                       const struct numbers *numbers)
{
    for (uint8_t i = 0; i < from->use_count; i++) {
        const struct use *more = &from->uses[i];
        uint8_t option = numbers->of[more->option];
        if (option == OPTION_NONE) {
            continue;
        }
        struct use *use = use_in(into, option, more->is_told);
        use->uses += more->uses;
        merge_moment(use, more->first_us);
        merge_moment(use, more->second_us);
        merge_witnesses(use, more);
    }
}

/* ---- days ---------------------------------------------------------------- */

static int compare_days(const void *a, const void *b)
{
    const struct day_use *x = a;
    const struct day_use *y = b;
    if (x->day != y->day) {
        return x->day < y->day ? -1 : 1;
    }
    int order = (int)x->option - (int)y->option;
    return order ? order : (int)x->is_told - (int)y->is_told;
}

static uint16_t sum_of_uses(uint16_t a, uint16_t b)
{
    return a < UINT16_MAX - b ? (uint16_t)(a + b) : UINT16_MAX;
}

/* Sorts ${count} and puts together what is of one day, option and telling;
 * returns how many are left. */
static size_t settle_days(struct day_use *days, size_t count)
{
    size_t left = 0;
    if (count > 0) {
        qsort(days, count, sizeof(*days), compare_days);
    }
    for (size_t i = 0; i < count; i++) {
        if (left > 0 && compare_days(&days[left - 1], &days[i]) == 0) {
            days[left - 1].uses =
                sum_of_uses(days[left - 1].uses, days[i].uses);
        } else {
            days[left++] = days[i];
        }
    }
    return left;
}

/* The latest HISTORY_DAYS of both. */
static void merge_days(struct vote *into, const struct vote *from,
                       const struct numbers *numbers)
{
    struct day_use both[2 * HISTORY_DAYS];
    size_t count = into->day_count;
    if (count > 0) {
        memcpy(both, into->days, count * sizeof(*both));
    }
    for (uint8_t i = 0; i < from->day_count; i++) {
        both[count] = from->days[i];
        both[count].option = numbers->of[from->days[i].option];
        count += both[count].option != OPTION_NONE;
    }
    count = settle_days(both, count);
    size_t kept = count < HISTORY_DAYS ? count : HISTORY_DAYS;
    into->days = mem_grow(into->days, (kept + 1) * sizeof(*into->days));
    memcpy(into->days, both + count - kept, kept * sizeof(*both));
    into->day_count = into->day_capacity = (uint8_t)kept;
}

/* ---- votes --------------------------------------------------------------- */

struct pooling {
    struct slot *pool;
    const struct choice_row *parts;
    size_t count;
    const struct choice_row *without;
    struct numbers *numbers; /* of each part, and of the team last */
};

static void merge(struct vote *into, const struct vote *from,
                  const struct numbers *numbers)
{
    merge_uses(into, from, numbers);
    merge_days(into, from, numbers);
}

/* What the principal of ${whole}, its vote in the team, chose elsewhere. */
static void pool_vote(const struct pooling *pooling, const struct vote *whole)
{
    struct slot *pool = pooling->pool;
    struct vote *vote = mem_new(sizeof(*vote));
    bool is_known = whole->is_roaming;
    vote->principal = whole->principal;
    vote->is_roaming = whole->is_roaming;
    for (size_t i = 0; i < pooling->count && !whole->is_roaming; i++) {
        const struct choice_row *it = &pooling->parts[i];
        const struct vote *part =
            it->slot->part == pooling->without->slot->part
                ? slot_fetch_vote(it->slot, whole->principal)
                : NULL;
        is_known |= part != NULL;
        if (part && it != pooling->without) {
            merge(vote, part, &pooling->numbers[i]);
        }
    }
    if (!is_known) {
        merge(vote, whole, &pooling->numbers[pooling->count]);
    }
    pool->voters[pool->vote_count] = vote->principal;
    pool->votes[pool->vote_count++] = vote;
}

static void find_numbers(const struct pooling *pooling)
{
    for (size_t i = 0; i < pooling->count; i++) {
        pooling->numbers[i] = numbers_in(pooling->pool, pooling->parts[i].slot);
    }
    pooling->numbers[pooling->count] = numbers_in(pooling->pool, pooling->pool);
}

struct slot *pool_new(const struct choice_row *row,
                      const struct choice_row *parts, size_t count,
                      const struct choice_row *without)
{
    const struct slot *team = row->slot;
    struct slot *pool = mem_new(sizeof(*pool));
    const struct pooling pooling = {
        .pool = pool,
        .parts = parts,
        .count = count,
        .without = without,
        .numbers = mem_new_array(count + 1, sizeof(struct numbers)),
    };
    *pool = *team;
    pool->memo = NULL;
    pool->room = NULL;
    pool->vote_count = 0;
    pool->vote_capacity = team->vote_count;
    pool->votes =
        mem_new_array((size_t)team->vote_count + 1, sizeof(struct vote *));
    pool->voters =
        mem_new_array((size_t)team->vote_count + 1, sizeof(*pool->voters));
    find_numbers(&pooling);
    for (uint32_t i = 0; i < team->vote_count; i++) {
        pool_vote(&pooling, team->votes[i]);
    }
    free(pooling.numbers);
    return pool;
}

void pool_free(struct slot *pool)
{
    for (uint32_t i = 0; pool && i < pool->vote_count; i++) {
        for (uint8_t k = 0; k < pool->votes[i]->use_count; k++) {
            free(pool->votes[i]->uses[k].late);
        }
        free(pool->votes[i]->uses);
        free(pool->votes[i]->days);
        free(pool->votes[i]);
    }
    if (pool) {
        free(pool->votes);
        free(pool->voters);
        free(pool);
    }
}
