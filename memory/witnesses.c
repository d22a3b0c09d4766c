/* SPDX-License-Identifier: MIT */
#include "memory/witnesses.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "memory/stats/stats.h"
#include "proto/limits.h"
#include "proto/messages.h"

struct bytes principal_owner(struct bytes principal)
{
    size_t slash = bytes_find(principal, BYTES_LITERAL("/"), 0);
    return slash == SIZE_MAX || slash == 0 ? principal
                                           : bytes_slice(principal, 0, slash);
}

/* A principal: its first witness, and the sessions it is for it in. */
struct voter {
    const struct Reverie__V1__Witness *first;
    uint32_t sessions;
};

struct counter {
    struct map *roots;      /* root -> first witness that has it */
    struct map *principals; /* principal -> its voter */
    struct map *sessions;
    struct map *visits; /* principal, NUL, session */
    struct map *owners;
    struct map *days;
    struct voter *voters;
    struct buf visit;
    struct witness_count count;
};

static void counter_init(struct counter *counter, size_t max)
{
    *counter = (struct counter){
        .roots = map_new(max, NULL),
        .principals = map_new(max, NULL),
        .sessions = map_new(max, NULL),
        .visits = map_new(max, NULL),
        .owners = map_new(max, NULL),
        .days = map_new(max, NULL),
        .voters = mem_new_array(max, sizeof(struct voter)),
    };
    buf_init(&counter->visit, 4 * (size_t)NAME_MAX_BYTES);
}

static void counter_fini(struct counter *counter)
{
    map_free(counter->roots);
    map_free(counter->principals);
    map_free(counter->sessions);
    map_free(counter->visits);
    map_free(counter->owners);
    map_free(counter->days);
    free(counter->voters);
    buf_fini(&counter->visit);
}

static void set_add(struct map *set, struct bytes key, void *value)
{
    enum err err = map_put(set, key, value);
    assert(err == ERR_OK); /* sized for all witnesses */
}

static bool is_echo(struct counter *counter,
                    struct Reverie__V1__Witness *witness)
{
    struct bytes root = message_bytes(witness->has_root, witness->root);
    if (root.len == 0) {
        return false;
    }
    const struct Reverie__V1__Witness *first = map_get(counter->roots, root);
    if (!first) {
        set_add(counter->roots, root, witness);
        return false;
    }
    return !bytes_equal(message_text(first->principal),
                        message_text(witness->principal));
}

static struct voter *voter_of(struct counter *counter,
                              struct Reverie__V1__Witness *witness)
{
    struct bytes principal = message_text(witness->principal);
    struct voter *voter = map_get(counter->principals, principal);
    if (voter) {
        counter->count.contradictory |=
            voter->first->against != witness->against;
        return voter;
    }
    voter = &counter->voters[counter->count.principals++];
    voter->first = witness;
    set_add(counter->principals, principal, voter);
    counter->count.principals_for += !witness->against;
    return voter;
}

static int64_t utc_day(int64_t time_us)
{
    const int64_t day_us = INT64_C(86400000000);
    return time_us >= 0 ? time_us / day_us : -((-time_us - 1) / day_us) - 1;
}

static void count_session(struct counter *counter, struct voter *voter,
                          struct Reverie__V1__Witness *witness)
{
    struct bytes session = message_text(witness->session);
    set_add(counter->sessions, session, witness);
    buf_reset(&counter->visit);
    buf_add(&counter->visit, message_text(witness->principal));
    buf_add_u8(&counter->visit, 0);
    buf_add(&counter->visit, session);
    if (!map_get(counter->visits, buf_bytes(&counter->visit))) {
        set_add(counter->visits, buf_bytes(&counter->visit), witness);
        voter->sessions++;
    }
}

static void count_time(struct counter *counter,
                       struct Reverie__V1__Witness *witness)
{
    struct witness_count *count = &counter->count;
    if (!witness->has_occurred_us) {
        count->no_time = true;
        return;
    }
    bool is_first = map_size(counter->days) == 0;
    int64_t day = utc_day(witness->occurred_us);
    set_add(counter->days, bytes_of(&day, sizeof(day)), witness);
    if (is_first || witness->occurred_us < count->first_us) {
        count->first_us = witness->occurred_us;
    }
    if (is_first || witness->occurred_us > count->last_us) {
        count->last_us = witness->occurred_us;
    }
}

static void count_support(struct counter *counter, struct voter *voter,
                          struct Reverie__V1__Witness *witness)
{
    counter->count.events++;
    set_add(counter->owners, principal_owner(message_text(witness->principal)),
            witness);
    count_session(counter, voter, witness);
    count_time(counter, witness);
}

static int compare_sessions(const void *a, const void *b)
{
    const struct voter *x = a;
    const struct voter *y = b;
    return (x->sessions < y->sessions) - (x->sessions > y->sessions);
}

/* Sessions may be shared, so this is a lower bound. */
static uint32_t robust_sessions(struct counter *counter)
{
    uint32_t left = (uint32_t)map_size(counter->sessions);
    uint32_t margin =
        stats_margin(counter->count.principals_for, STATS_TIER_AUTO);
    qsort(counter->voters, counter->count.principals, sizeof(*counter->voters),
          compare_sessions);
    for (uint32_t i = 0; i < margin; i++) {
        uint32_t most = counter->voters[i].sessions;
        left = left > most ? left - most : 0;
    }
    return left;
}

struct witness_count
witnesses_count(struct Reverie__V1__Witness *const *witnesses, size_t count,
                const bool *skip)
{
    struct counter counter;
    counter_init(&counter, count + 1);
    for (size_t i = 0; i < count; i++) {
        if ((skip && skip[i]) || witnesses[i]->helps ||
            is_echo(&counter, witnesses[i])) {
            continue;
        }
        struct voter *voter = voter_of(&counter, witnesses[i]);
        if (!witnesses[i]->against) {
            count_support(&counter, voter, witnesses[i]);
        }
    }
    counter.count.sessions = (uint32_t)map_size(counter.sessions);
    counter.count.owners = (uint32_t)map_size(counter.owners);
    counter.count.robust_sessions = robust_sessions(&counter);
    counter.count.days = (uint32_t)map_size(counter.days);
    counter_fini(&counter);
    return counter.count;
}

void numbers_derive(const struct witness_count *count,
                    struct Reverie__V1__Numbers *numbers)
{
    uint32_t n = count->principals;
    uint32_t x = count->principals_for;
    numbers->has_principals = true;
    numbers->principals = n;
    numbers->has_principals_for = true;
    numbers->principals_for = x;
    numbers->has_sessions = true;
    numbers->sessions = count->sessions;
    numbers->has_days = true;
    numbers->days = count->days;
    numbers->has_events = true;
    numbers->events = count->events;
    numbers->has_share = true;
    numbers->share = stats_share(n, x);
    numbers->has_posterior = true;
    numbers->posterior = stats_posterior(n, x);
    numbers->has_no_time = true;
    numbers->no_time = count->no_time;
    numbers->has_log_e =
        numbers->has_baseline && numbers->baseline > 0 && numbers->baseline < 1;
    numbers->log_e =
        numbers->has_log_e ? stats_log_e(n, x, numbers->baseline) : 0;
}
