/* SPDX-License-Identifier: MIT */
/* Whole sessions that come in another order change which events are cited, and
 * nothing else: findings, reasons, numbers and texts stay. Over simulated
 * worlds and recorded traffic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "plugin/dream.h"
#include "proto/messages.h"
#include "tests/unit/plugin/traffic.h"

enum {
    TRACE_EVENTS = 12000,
    WORLD_EVENTS = 12000,
    WORLDS = 3,
    SHUFFLES = 2,
    TEXT_MAX = 64 << 20,
    LINE_SHOWN = 300,
    DIFFERENCES_SHOWN = 6
};

/* ---- orders ---------------------------------------------------------------
 */

/* A session's events in order, and where the session comes. */
struct run {
    uint64_t session; /* hash of team, agent and session */
    uint64_t key;
    size_t index;
};

static int compare_runs(const void *a, const void *b)
{
    const struct run *x = a;
    const struct run *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

/* Gives the indices of the events, sessions one after the other in an order
 * that ${seed} says; 0: as they are. */
static size_t *order_new(const struct traffic *traffic, uint64_t seed)
{
    size_t *order = mem_new_array(traffic->count + 1, sizeof(*order));
    struct run *runs = mem_new_array(traffic->count + 1, sizeof(*runs));
    for (size_t i = 0; i < traffic->count; i++) {
        struct envelope envelope;
        assert_int_equal(
            envelope_read(buf_bytes(&traffic->events[i].envelope), &envelope),
            ERR_OK);
        uint64_t session = hash_bytes(envelope.session);
        session = hash_bytes_seeded(envelope.team, session);
        runs[i].index = i;
        runs[i].key = seed ? hash_bytes_seeded(bytes_of(&session, 8), seed) : 0;
    }
    qsort(runs, traffic->count, sizeof(*runs), compare_runs);
    for (size_t i = 0; i < traffic->count; i++) {
        order[i] = runs[i].index;
    }
    free(runs);
    return order;
}

/* ---- what must stay -------------------------------------------------------
 */

static void add_candidate(const struct candidate *candidate, struct buf *out)
{
    buf_add_format(out, "candidate %d team=", (int)candidate->kind);
    buf_add(out, candidate->team_name);
    buf_add_text(out, " subject=");
    buf_add(out, candidate->subject);
    buf_add_text(out, " option=");
    buf_add(out, candidate->option);
    static const struct preference_figures none;
    const struct preference_figures *votes =
        candidate->kind == FINDING_KIND_PREFERENCE ? &candidate->preference
                                                   : &none;
    buf_add_format(
        out,
        " %s tier=%d for=%u principals=%u/%u sessions=%u days=%u log_e=%.12g "
        "family=%u rank=%u n=%u x=%u uses=%llu q=%.12g\n",
        reason_name(candidate->reason), (int)candidate->tier,
        candidate->for_count, candidate->counts.principals,
        candidate->principals, candidate->counts.sessions,
        candidate->counts.days, candidate->log_e, candidate->family,
        candidate->rank, votes->voters, votes->supporters,
        (unsigned long long)votes->uses, votes->baseline);
}

static void add_change(Reverie__V1__Change *change, struct buf *out)
{
    buf_add_format(out, "change %d %s %s %s\n", (int)change->op, change->store,
                   change->path, change->title);
    buf_add_text(out, change->content);
    buf_add_format(out, "detail %s\n",
                   change->detail_json ? change->detail_json : "");
    struct buf packed;
    buf_init(&packed, 1 << 20);
    if (change->numbers) {
        message_pack(change->numbers, &packed);
    }
    for (size_t i = 0; i < packed.len; i++) {
        buf_add_format(out, "%02x", packed.data[i]);
    }
    buf_add_format(out, " numbers, %zu witnesses\n", change->n_witnesses);
    buf_fini(&packed);
}

static void add_sets(const struct plan *plan, struct buf *out)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct arena arena;
        Reverie__V1__ChangeSet *set = NULL;
        arena_init(&arena, 256 << 20);
        assert_int_equal(MESSAGE_UNPACK(change_set,
                                        buf_bytes(&plan->sets[i].packed),
                                        &arena, &set),
                         ERR_OK);
        for (size_t k = 0; k < set->n_changes; k++) {
            add_change(set->changes[k], out);
        }
        arena_fini(&arena);
    }
}

static void dream_in_order(const struct traffic *traffic, const size_t *order,
                           struct buf *out)
{
    struct dream_config config = {.key = {{1, 2, 3}}};
    struct dream *dream = NULL;
    struct dream_result result;
    struct known *known = known_new();
    const struct dream_question question = {.known = known};
    buf_init(out, TEXT_MAX);
    assert_int_equal(dream_new(&config, out, &dream), ERR_OK);
    for (size_t i = 0; i < traffic->count; i++) {
        struct stamp stamp;
        struct envelope envelope;
        const struct event *event = &traffic->events[order[i]];
        assert_int_equal(stamp_read(buf_bytes(&event->stamp), &stamp), ERR_OK);
        assert_int_equal(envelope_read(buf_bytes(&event->envelope), &envelope),
                         ERR_OK);
        stamp.seq = i + 1;
        dream_feed(dream, &stamp, &envelope, buf_bytes(&event->body));
    }
    dream_finish(dream, &question, &result);
    for (size_t i = 0; i < result.candidates.count; i++) {
        add_candidate(&result.candidates.items[i], out);
    }
    add_sets(&result.plan, out);
    dream_result_fini(&result);
    dream_free(dream);
    known_free(known);
}

static struct bytes line_at(const struct buf *text, size_t at)
{
    struct bytes all = buf_bytes(text);
    size_t end = bytes_find(all, BYTES_LITERAL("\n"), at);
    return bytes_slice(all, at, (end < all.len ? end : all.len) - at);
}

static bool is_same(const struct buf *a, const struct buf *b)
{
    size_t at_a = 0;
    size_t at_b = 0;
    size_t shown = 0;
    while ((at_a < a->len || at_b < b->len) && shown < DIFFERENCES_SHOWN) {
        struct bytes x = line_at(a, at_a);
        struct bytes y = line_at(b, at_b);
        if (!bytes_equal(x, y)) {
            shown++;
            print_message("- %.*s\n+ %.*s\n",
                          (int)(x.len < LINE_SHOWN ? x.len : LINE_SHOWN),
                          (const char *)x.data,
                          (int)(y.len < LINE_SHOWN ? y.len : LINE_SHOWN),
                          (const char *)y.data);
        }
        at_a += x.len + 1;
        at_b += y.len + 1;
    }
    return shown == 0;
}

static void check_orders(const struct traffic *traffic, const char *name)
{
    struct buf straight;
    size_t *order = order_new(traffic, 0);
    bool is_equal = true;
    dream_in_order(traffic, order, &straight);
    assert_true(straight.len > 1000);
    free(order);
    for (uint64_t seed = 1; seed <= SHUFFLES; seed++) {
        struct buf shuffled;
        order = order_new(traffic, seed);
        dream_in_order(traffic, order, &shuffled);
        if (!is_same(&straight, &shuffled)) {
            print_message("%s: order %u differs\n", name, (unsigned)seed);
            is_equal = false;
        }
        free(order);
        buf_fini(&shuffled);
    }
    buf_fini(&straight);
    assert_true(is_equal);
}

static void sessions_of_simulated_worlds_may_come_in_any_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct traffic traffic;
        traffic_simulate(&traffic, seed, WORLD_EVENTS);
        check_orders(&traffic, "world");
        traffic_free(&traffic);
    }
}

static void check_trace(const char *set)
{
    struct traffic traffic;
    if (!traffic_read(&traffic, set, TRACE_EVENTS)) {
        skip();
    }
    check_orders(&traffic, set);
    traffic_free(&traffic);
}

static void sessions_of_codeteam_may_come_in_any_order(void **state)
{
    (void)state;
    check_trace("codeteam");
}

static void sessions_of_sqlteam_may_come_in_any_order(void **state)
{
    (void)state;
    check_trace("sqlteam");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_of_simulated_worlds_may_come_in_any_order),
        cmocka_unit_test(sessions_of_codeteam_may_come_in_any_order),
        cmocka_unit_test(sessions_of_sqlteam_may_come_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
