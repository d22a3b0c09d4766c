/* SPDX-License-Identifier: MIT */
#include "plugin/detect/sighting.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/edge/hash.h"
#include "memory/stats/stats.h"
#include "plugin/detect/retelling.h"

enum {
    ID_LEN = 16,
    TALLY_SLOTS = 2 * SIGHTINGS_MAX
};

static struct bytes put(uint8_t **at, struct bytes text)
{
    struct bytes copy = bytes_of(*at, text.len);
    if (text.len > 0) {
        memcpy(*at, text.data, text.len);
    }
    *at += text.len;
    return copy;
}

static int64_t day_of(const struct tuple *tuple)
{
    return tuple->has_occurred ? clock_day(tuple->occurred_us) : 0;
}

size_t sighting_bytes(const struct tuple *tuple, struct bytes option)
{
    return sizeof(struct sighting) + tuple->agent.len + tuple->session.len +
           tuple->quote.len + option.len + tuple->view.len;
}

struct sighting *sighting_new(const struct tuple *tuple, uint32_t principal,
                              struct bytes option)
{
    return sighting_put(tuple, principal, option,
                        mem_grow(NULL, sighting_bytes(tuple, option)));
}

struct sighting *sighting_put(const struct tuple *tuple, uint32_t principal,
                              struct bytes option, void *room)
{
    struct sighting *sighting = room;
    uint8_t *at = (uint8_t *)(sighting + 1);
    *sighting = (struct sighting){
        .log = tuple->log,
        .seq = tuple->seq,
        .principal = principal,
        .origin = tuple->origin,
        .has_occurred = tuple->has_occurred,
        .occurred_us = tuple->occurred_us,
        .day = day_of(tuple),
        .has_view = tuple->view.len > 0,
        .session_hash = hash_bytes(tuple->session),
    };
    struct bytes root = tuple->root.len == ID_LEN ? tuple->root : tuple->id;
    if (tuple->id.len == ID_LEN) {
        memcpy(sighting->id, tuple->id.data, ID_LEN);
        memcpy(sighting->root, root.data, ID_LEN);
    }
    sighting->has_root = tuple->root.len == ID_LEN;
    sighting->is_root = memcmp(sighting->id, sighting->root, ID_LEN) == 0;
    sighting->agent = put(&at, tuple->agent);
    sighting->session = put(&at, tuple->session);
    sighting->quote = put(&at, tuple->quote);
    sighting->option = put(&at, option);
    sighting->view = put(&at, tuple->view);
    return sighting;
}

struct sighting *sighting_copy(const struct sighting *seen)
{
    size_t room = seen->agent.len + seen->session.len + seen->quote.len +
                  seen->option.len + seen->view.len;
    struct sighting *copy = mem_new(sizeof(*copy) + room);
    uint8_t *at = (uint8_t *)(copy + 1);
    *copy = *seen;
    copy->agent = put(&at, seen->agent);
    copy->session = put(&at, seen->session);
    copy->quote = put(&at, seen->quote);
    copy->option = put(&at, seen->option);
    copy->view = put(&at, seen->view);
    return copy;
}

static bool is_within_a_day(const struct sighting *a, const struct sighting *b)
{
    int64_t apart_us = a->occurred_us > b->occurred_us
                           ? a->occurred_us - b->occurred_us
                           : b->occurred_us - a->occurred_us;
    return !a->has_occurred || !b->has_occurred || apart_us <= US_PER_DAY;
}

bool sighting_repeats(const struct sighting *a, const struct sighting *b)
{
    return a->is_root && b->is_root && is_within_a_day(a, b) &&
           retelling_holds(a->quote, b->quote);
}

static void drop(struct sightings *set, uint32_t index)
{
    size_t behind = set->count - (size_t)index - 1;
    free(set->items[index]);
    memmove(&set->items[index], &set->items[index + 1],
            behind * sizeof(struct sighting *));
    memmove(&set->marks[index], &set->marks[index + 1],
            behind * sizeof(struct sighting_mark));
    set->count--;
}

void sightings_drop_echo(struct sightings *set, uint32_t index)
{
    drop(set, index);
    set->echoes++;
}

void sightings_init(struct sightings *set, uint32_t max)
{
    assert(max <= SIGHTINGS_MAX);
    *set = (struct sightings){.max = max};
}

void sightings_fini(struct sightings *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        free(set->items[i]);
    }
    free(set->items);
    free(set->marks);
    *set = (struct sightings){.max = set->max};
}

/* How often each of at most SIGHTINGS_MAX numbers occurs: a hash table with
 * linear probing that is never more than half full. */
struct tally {
    uint64_t keys[TALLY_SLOTS];
    uint32_t counts[TALLY_SLOTS];
};

static uint32_t *tally_at(struct tally *tally, uint64_t key)
{
    /* The upper bits of a multiplication by 2^64 / golden ratio. */
    size_t slot = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
    slot %= TALLY_SLOTS;
    while (tally->counts[slot] > 0 && tally->keys[slot] != key) {
        slot = (slot + 1) % TALLY_SLOTS;
    }
    tally->keys[slot] = key;
    return &tally->counts[slot];
}

/* What a principal and a day add to a set that has them so often already: 2 a
 * principal, 1 a day, 0 nothing. Sessions are distinct by construction. */
static int worth(bool has_principal, bool has_day)
{
    return has_principal ? !has_day : 2;
}

static int worth_of_newcomer(const struct sightings *set, uint32_t principal,
                             int64_t day)
{
    bool has_principal = false;
    bool has_day = false;
    for (uint32_t i = 0; i < set->count && !has_principal; i++) {
        has_principal = set->marks[i].principal == principal;
    }
    for (uint32_t i = 0; i < set->count && has_principal && !has_day; i++) {
        has_day = set->marks[i].day == day;
    }
    return worth(has_principal, has_day);
}

/* The last sighting that is worth less than ${gain}, or set->count. */
static uint32_t last_worth_less(const struct sightings *set, int gain)
{
    struct tally principals = {.counts = {0}};
    struct tally days = {.counts = {0}};
    for (uint32_t i = 0; i < set->count; i++) {
        ++*tally_at(&principals, set->marks[i].principal);
        ++*tally_at(&days, (uint32_t)set->marks[i].day);
    }
    for (uint32_t i = set->count; i-- > 0;) {
        const struct sighting_mark *mark = &set->marks[i];
        if (worth(*tally_at(&principals, mark->principal) > 1,
                  *tally_at(&days, (uint32_t)mark->day) > 1) < gain) {
            return i;
        }
    }
    return set->count;
}

/* The set is full: removes the last sighting that is worth less than a
 * newcomer of ${gain}; false if there is none. */
static bool make_room(struct sightings *set, int gain)
{
    set->left_out++;
    if (gain <= set->least) {
        return false;
    }
    uint32_t at = last_worth_less(set, gain);
    if (at == set->count) {
        set->least = gain;
        return false;
    }
    drop(set, at);
    return true;
}

/* Of all its bytes: which of them vary is up to whoever makes ids. */
static uint32_t root_mark(const uint8_t *root)
{
    return (uint32_t)hash_bytes(bytes_of(root, ID_LEN));
}

/* A day of a time in microseconds fits. */
static struct sighting_mark mark_of(uint32_t principal, uint64_t session,
                                    const uint8_t *root, int64_t day)
{
    return (struct sighting_mark){.session = session,
                                  .root = root ? root_mark(root) : 0,
                                  .principal = principal,
                                  .day = (int32_t)day};
}

/* Whether items[index] is of the same root. */
static bool is_echo(struct sightings *set, uint32_t index, struct bytes root)
{
    bool is_echo = root.len == ID_LEN &&
                   memcmp(set->items[index]->root, root.data, ID_LEN) == 0;
    set->echoes += is_echo;
    return is_echo;
}

static bool is_known(struct sightings *set, const struct tuple *tuple,
                     uint32_t principal)
{
    uint64_t session = hash_bytes(tuple->session);
    struct bytes root = tuple->root.len == ID_LEN ? tuple->root : tuple->id;
    const struct sighting_mark mark =
        mark_of(principal, session, root.len == ID_LEN ? root.data : NULL, 0);
    for (uint32_t i = 0; i < set->count; i++) {
        const struct sighting_mark *known = &set->marks[i];
        if ((known->session == session && known->principal == principal) ||
            (known->root == mark.root && is_echo(set, i, root))) {
            return true;
        }
    }
    return false;
}

bool sightings_add(struct sightings *set, const struct tuple *tuple,
                   uint32_t principal, struct bytes option)
{
    if (is_known(set, tuple, principal)) {
        return false;
    }
    if (set->count == set->max &&
        !make_room(set, worth_of_newcomer(set, principal, day_of(tuple)))) {
        return false;
    }
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? set->capacity * 2 : 2;
        set->items = mem_grow(set->items, set->capacity * sizeof(*set->items));
        set->marks = mem_grow(set->marks, set->capacity * sizeof(*set->marks));
    }
    struct sighting *seen = sighting_new(tuple, principal, option);
    set->marks[set->count] =
        mark_of(principal, seen->session_hash, seen->root, seen->day);
    set->items[set->count++] = seen;
    set->least = 0;
    return true;
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint32_t count_distinct(uint64_t *values, size_t count)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof(*values), compare_u64);
    uint32_t distinct = 1;
    for (size_t i = 1; i < count; i++) {
        distinct += values[i] != values[i - 1];
    }
    return distinct;
}

struct visit {
    uint64_t principal;
    uint64_t session;
};

static int compare_visits(const void *a, const void *b)
{
    const struct visit *x = a;
    const struct visit *y = b;
    int order = (x->principal > y->principal) - (x->principal < y->principal);
    return order ? order
                 : (x->session > y->session) - (x->session < y->session);
}

/* Sessions of each principal, in ascending order of how many; their number. */
static size_t sessions_each(struct sighting *const *items, size_t count,
                            uint64_t *out_sessions)
{
    struct visit *visits = mem_new_array(count ? count : 1, sizeof(*visits));
    size_t principals = 0;
    for (size_t i = 0; i < count; i++) {
        visits[i] = (struct visit){items[i]->principal, items[i]->session_hash};
    }
    qsort(visits, count, sizeof(*visits), compare_visits);
    for (size_t i = 0; i < count; i++) {
        bool is_new = i == 0 || visits[i].principal != visits[i - 1].principal;
        if (is_new) {
            out_sessions[principals++] = 0;
        }
        out_sessions[principals - 1] +=
            is_new || visits[i].session != visits[i - 1].session;
    }
    free(visits);
    qsort(out_sessions, principals, sizeof(*out_sessions), compare_u64);
    return principals;
}

/* As witnesses_count, which the gate counts with. */
static uint32_t robust_sessions(struct sighting *const *items, size_t count,
                                uint32_t sessions)
{
    uint64_t *each = mem_new_array(count ? count : 1, sizeof(*each));
    size_t principals = sessions_each(items, count, each);
    uint32_t margin = stats_margin((uint32_t)principals, STATS_TIER_AUTO);
    uint64_t left = sessions;
    for (size_t i = principals - margin; i < principals; i++) {
        left -= each[i] < left ? each[i] : left;
    }
    free(each);
    return (uint32_t)left;
}

struct sighting_counts sightings_count(struct sighting *const *items,
                                       size_t count)
{
    struct sighting_counts counts = {.events = (uint32_t)count};
    uint64_t *values = mem_new_array(count ? count : 1, sizeof(*values));
    for (size_t i = 0; i < count; i++) {
        values[i] = items[i]->principal;
    }
    counts.principals = count_distinct(values, count);
    for (size_t i = 0; i < count; i++) {
        values[i] = items[i]->session_hash;
    }
    counts.sessions = count_distinct(values, count);
    size_t days = 0;
    for (size_t i = 0; i < count; i++) {
        counts.no_time |= !items[i]->has_occurred;
        if (items[i]->has_occurred) {
            values[days++] = (uint64_t)items[i]->day;
        }
    }
    counts.days = count_distinct(values, days);
    free(values);
    counts.robust_sessions = robust_sessions(items, count, counts.sessions);
    return counts;
}

struct stats_mistake sightings_mistake(const struct sighting_counts *counts)
{
    return (struct stats_mistake){
        .principals = counts->principals,
        .sessions = counts->sessions,
        .robust_sessions = counts->robust_sessions,
        .days = counts->days,
        .no_time = counts->no_time,
    };
}

uint32_t sightings_agents(struct sighting *const *items, size_t count)
{
    uint32_t agents = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_new = true;
        for (size_t j = 0; j < i && is_new; j++) {
            is_new = !bytes_equal(items[i]->agent, items[j]->agent);
        }
        agents += is_new;
    }
    return agents;
}

bool sightings_echo(struct sighting *const *items, size_t count,
                    const struct sighting *seen)
{
    for (size_t i = 0; i < count; i++) {
        const struct sighting *other = items[i];
        if ((other->principal == seen->principal &&
             other->session_hash == seen->session_hash) ||
            memcmp(other->root, seen->root, sizeof(seen->root)) == 0) {
            return true;
        }
    }
    return false;
}

static int compare_time(const void *a, const void *b)
{
    const struct sighting *x = *(struct sighting *const *)a;
    const struct sighting *y = *(struct sighting *const *)b;
    int order =
        (x->occurred_us > y->occurred_us) - (x->occurred_us < y->occurred_us);
    return order ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

/* Whether items[from..to) are of at least two principals. */
static bool is_plural(struct sighting *const *items, size_t from, size_t to)
{
    for (size_t i = from + 1; i < to; i++) {
        if (items[i]->principal != items[from]->principal) {
            return true;
        }
    }
    return false;
}

bool sightings_are_burst(struct sighting *const *items, size_t count)
{
    enum {
        BURST_PERCENT = 60
    };
    const int64_t burst_us = 6 * US_PER_HOUR;
    bool is_burst = false;
    struct sighting **sorted =
        mem_new_array(count ? count : 1, sizeof(struct sighting *));
    for (size_t i = 0; i < count; i++) {
        sorted[i] = items[i];
    }
    qsort(sorted, count, sizeof(*sorted), compare_time);
    bool no_time = sightings_count(items, count).no_time;
    size_t from = 0;
    for (size_t to = 1; !no_time && to <= count; to++) {
        while (sorted[to - 1]->occurred_us - sorted[from]->occurred_us >
               burst_us) {
            from++;
        }
        is_burst |= (to - from) * 100 >= count * BURST_PERCENT &&
                    is_plural(sorted, from, to);
    }
    free(sorted);
    return is_burst;
}
