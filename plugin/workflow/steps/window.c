/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/steps/window.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/edge/hash.h"
#include "base/table.h"

static const int64_t silence_us = INT64_C(30) * 60 * 1000000;

/* A session that is kept, and what it is compared by: the session itself is far
 * away in memory. */
struct kept {
    uint64_t rank;
    uint64_t content;
    struct session *session;
};

/* What a team keeps: a heap, lowest rank first. */
struct team_window {
    struct kept *heap;
    uint32_t count;
    uint32_t capacity;
    uint64_t version;
    bool has_time;
    int64_t last_us;
};

struct window {
    struct table *open;   /* key -> struct session_open */
    struct table *closed; /* key -> the latest closed session that is kept */
    struct session_open *oldest;
    struct session_open *newest;
    struct session_open *spare; /* closed ones, for the next */
    struct session_open *last;  /* looked up most recently; NULL: none */
    struct team_window *teams;
    uint32_t team_count;
    uint32_t quota;
    void (*on_close)(void *context, const struct session *session);
    void *context;
};

struct window *window_new(void (*on_close)(void *context,
                                           const struct session *session),
                          void *context)
{
    struct window *window = mem_new(sizeof(*window));
    window->open = table_new(WINDOW_OPEN_MAX);
    window->closed = table_new(2 * WINDOW_SESSIONS_MAX);
    window->on_close = on_close;
    window->context = context;
    window->quota = WINDOW_TEAM_MAX;
    return window;
}

static void free_list(struct session_open *open)
{
    while (open) {
        struct session_open *next = open->newer;
        session_open_free(open);
        open = next;
    }
}

void window_free(struct window *window)
{
    if (!window) {
        return;
    }
    free_list(window->oldest);
    free_list(window->spare);
    for (uint32_t t = 0; t < window->team_count; t++) {
        for (uint32_t i = 0; i < window->teams[t].count; i++) {
            free(window->teams[t].heap[i].session);
        }
        free(window->teams[t].heap);
    }
    free(window->teams);
    table_free(window->open);
    table_free(window->closed);
    free(window);
}

uint32_t window_quota(uint32_t teams)
{
    uint32_t power = 1;
    while (power < teams) {
        power *= 2;
    }
    uint32_t quota = WINDOW_SESSIONS_MAX / power;
    quota = quota < WINDOW_TEAM_MAX ? quota : WINDOW_TEAM_MAX;
    return quota > WINDOW_TEAM_MIN ? quota : WINDOW_TEAM_MIN;
}

static uint64_t key_of(uint32_t team, uint64_t content)
{
    return content ^ ((team + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

/* ---- closed sessions ----------------------------------------------------- */

static struct kept kept_of(struct session *session)
{
    return (struct kept){session->rank, session->content, session};
}

static void swap(struct kept *a, struct kept *b)
{
    struct kept kept = *a;
    *a = *b;
    *b = kept;
}

static bool is_less(const struct kept *a, const struct kept *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->content < b->content;
}

static void sift_down(struct team_window *team, uint32_t at)
{
    for (;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1;
             child <= 2 * at + 2 && child < team->count; child++) {
            least =
                is_less(&team->heap[child], &team->heap[least]) ? child : least;
        }
        if (least == at) {
            return;
        }
        swap(&team->heap[at], &team->heap[least]);
        at = least;
    }
}

static void push(struct team_window *team, struct session *session)
{
    if (team->count == team->capacity) {
        team->capacity = team->capacity ? 2 * team->capacity : 16;
        team->heap = mem_grow(team->heap, team->capacity * sizeof(*team->heap));
    }
    uint32_t at = team->count++;
    team->heap[at] = kept_of(session);
    while (at > 0 && is_less(&team->heap[at], &team->heap[(at - 1) / 2])) {
        swap(&team->heap[at], &team->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void drop_least(struct window *window, struct team_window *team)
{
    struct session *least = team->heap[0].session;
    uint64_t key = key_of(least->team, least->content);
    team->heap[0] = team->heap[--team->count];
    sift_down(team, 0);
    if (table_get(window->closed, key) == least) {
        table_remove(window->closed, key);
    }
    free(least);
}

/* Makes the team known; more teams leave less to each. */
static struct team_window *team_of(struct window *window, uint32_t team)
{
    if (team < window->team_count) {
        return &window->teams[team];
    }
    uint32_t count = team + 1;
    window->teams = mem_grow(window->teams, count * sizeof(*window->teams));
    memset(window->teams + window->team_count, 0,
           (count - window->team_count) * sizeof(*window->teams));
    window->team_count = count;
    window->quota = window_quota(count);
    for (uint32_t t = 0; t < count; t++) {
        while (window->teams[t].count > window->quota) {
            drop_least(window, &window->teams[t]);
            window->teams[t].version++;
        }
    }
    return &window->teams[team];
}

static void keep(struct window *window, struct session *session)
{
    struct team_window *team = team_of(window, session->team);
    const struct kept kept = kept_of(session);
    if (team->count == window->quota && is_less(&kept, &team->heap[0])) {
        free(session);
        return;
    }
    uint64_t key = key_of(session->team, session->content);
    bool is_put = table_put(window->closed, key, session);
    assert(is_put); /* larger than all windows together */
    team->version++;
    push(team, session);
    if (team->count > window->quota) {
        drop_least(window, team);
    }
}

/* ---- open sessions ------------------------------------------------------- */

static void unlink_open(struct window *window, struct session_open *open)
{
    *(open->older ? &open->older->newer : &window->oldest) = open->newer;
    *(open->newer ? &open->newer->older : &window->newest) = open->older;
}

static void link_newest(struct window *window, struct session_open *open)
{
    open->older = window->newest;
    open->newer = NULL;
    *(window->newest ? &window->newest->newer : &window->oldest) = open;
    window->newest = open;
}

static void close_open(struct window *window, struct session_open *open)
{
    unlink_open(window, open);
    table_remove(window->open, open->key);
    if (window->last == open) {
        window->last = NULL;
    }
    struct session *session = session_close(open);
    open->newer = window->spare;
    window->spare = open;
    window->on_close(window->context, session);
    keep(window, session);
}

/* The open session of a tuple, or NULL. */
static struct session_open *find_open(struct window *window, uint64_t key)
{
    if (!window->last || window->last->key != key) {
        window->last = table_get(window->open, key);
    }
    return window->last;
}

static struct session_open *begin(struct window *window,
                                  const struct detector_event *event,
                                  uint64_t content, uint64_t principal_hash)
{
    if (table_size(window->open) == WINDOW_OPEN_MAX) {
        close_open(window, window->oldest);
    }
    struct session_open *open = window->spare;
    window->spare = open ? open->newer : NULL;
    open = open ? open : session_open_new();
    session_open_begin(open, event, content, principal_hash);
    open->key = key_of(event->team, content);
    bool is_put = table_put(window->open, open->key, open);
    assert(is_put); /* there is room */
    link_newest(window, open);
    window->last = open;
    return open;
}

static bool is_silent(const struct session_open *open, int64_t now_us)
{
    return open->known.has_time && now_us - open->known.last_us > silence_us;
}

/* Notes the time of a tuple; false where a session fell silent before it. */
static bool note_time(struct session_open *open, const struct tuple *tuple)
{
    struct session *known = &open->known;
    if (!tuple->has_occurred) {
        return true;
    }
    if (is_silent(open, tuple->occurred_us)) {
        return false;
    }
    if (!known->has_time) {
        known->has_time = true;
        known->first_us = tuple->occurred_us;
        known->last_us = tuple->occurred_us;
    }
    known->last_us = tuple->occurred_us > known->last_us ? tuple->occurred_us
                                                         : known->last_us;
    return true;
}

static void note_team_time(struct window *window,
                           const struct detector_event *event)
{
    struct team_window *team = team_of(window, event->team);
    if (event->tuple->has_occurred &&
        (!team->has_time || event->tuple->occurred_us > team->last_us)) {
        team->has_time = true;
        team->last_us = event->tuple->occurred_us;
    }
}

static uint64_t content_of(const struct detector_event *event,
                           uint64_t *out_principal_hash)
{
    *out_principal_hash = hash_bytes(event->tuple->principal);
    return session_content(event->tuple->session, *out_principal_hash);
}

uint64_t window_fetch(const struct window *window,
                      const struct detector_event *event)
{
    uint64_t principal_hash = 0;
    uint64_t key = key_of(event->team, content_of(event, &principal_hash));
    table_fetch(window->open, key);
    return key;
}

void window_fetch_open(const struct window *window, uint64_t key)
{
    const struct session_open *open = table_get(window->open, key);
    if (open) {
        mem_prefetch(open);
    }
}

void window_call(struct window *window, const struct detector_event *event,
                 const uint16_t *steps, size_t count)
{
    const struct tuple *tuple = event->tuple;
    if (tuple->session.len == 0 || count == 0) {
        return;
    }
    uint64_t principal_hash = 0;
    uint64_t content = content_of(event, &principal_hash);
    note_team_time(window, event);
    struct session_open *open = find_open(window, key_of(event->team, content));
    if (open && !note_time(open, tuple)) {
        close_open(window, open);
        open = NULL;
    }
    if (!open) {
        open = begin(window, event, content, principal_hash);
    } else if (window->newest != open) {
        unlink_open(window, open);
        link_newest(window, open);
    }
    session_open_call(open, tuple, steps, count);
}

static struct session_open *open_of(struct window *window,
                                    const struct detector_event *event)
{
    uint64_t principal_hash = 0;
    uint64_t content = content_of(event, &principal_hash);
    return find_open(window, key_of(event->team, content));
}

void window_result(struct window *window, const struct detector_event *event)
{
    const struct tuple_result *result = &event->tuple->result;
    if (!result->is_error && !result->is_rejected) {
        return;
    }
    struct session_open *open = open_of(window, event);
    if (open && note_time(open, event->tuple)) {
        session_open_result(open, event->tuple);
    }
}

void window_end(struct window *window, const struct detector_event *event)
{
    struct session_open *open = open_of(window, event);
    if (open) {
        close_open(window, open);
    }
}

void window_outcome(struct window *window, const struct detector_event *event)
{
    uint64_t principal_hash = 0;
    uint64_t content = content_of(event, &principal_hash);
    uint64_t key = key_of(event->team, content);
    enum outcome outcome = event->tuple->outcome.outcome;
    struct session_open *open = find_open(window, key);
    if (open) {
        open->known.outcome = outcome;
        close_open(window, open);
        return;
    }
    struct session *closed = table_get(window->closed, key);
    if (closed && closed->outcome == OUTCOME_UNKNOWN) {
        closed->outcome = outcome;
        window->teams[closed->team].version++;
    }
}

/* ---- listing ------------------------------------------------------------- */

uint64_t window_version(const struct window *window, uint32_t team)
{
    if (team >= window->team_count) {
        return 0;
    }
    const struct team_window *state = &window->teams[team];
    /* A silent session that closes must not look as if nothing happened. */
    uint64_t version = state->version * WINDOW_OPEN_MAX;
    for (const struct session_open *open = window->oldest; open;
         open = open->newer) {
        version += open->known.team == team && state->has_time &&
                   is_silent(open, state->last_us);
    }
    return version;
}

/* What sessions are sorted by, side by side: most comparisons touch nothing
 * else. */
struct listed {
    uint64_t principal_hash;
    uint64_t content;
    const struct session *session;
};

static int compare_listed(const void *a, const void *b)
{
    const struct listed *x = a;
    const struct listed *y = b;
    if (x->principal_hash != y->principal_hash) {
        return x->principal_hash < y->principal_hash ? -1 : 1;
    }
    if (x->content != y->content) {
        return x->content < y->content ? -1 : 1;
    }
    return (x->session->rank > y->session->rank) -
           (x->session->rank < y->session->rank);
}

static void sort_sessions(struct window_list *list)
{
    struct listed *sorted =
        mem_new_array((size_t)list->count + 1, sizeof(*sorted));
    for (uint32_t i = 0; i < list->count; i++) {
        const struct session *session = list->items[i];
        sorted[i] =
            (struct listed){session->principal_hash, session->content, session};
    }
    if (list->count > 0) {
        qsort(sorted, list->count, sizeof(*sorted), compare_listed);
    }
    for (uint32_t i = 0; i < list->count; i++) {
        list->items[i] = sorted[i].session;
    }
    free(sorted);
}

/* Whether the causal root of a session is another principal's already.
 * ${roots}: hash of a root -> the first session under it. */
static bool is_echo(struct table *roots, const struct session *session)
{
    if (session->place_count == 0 || !session->places[0].has_root) {
        return false;
    }
    uint64_t root = hash_bytes(
        bytes_of(session->places[0].root, sizeof(session->places[0].root)));
    const struct session *first = table_get(roots, root);
    if (first) {
        return first->principal_hash != session->principal_hash;
    }
    bool is_put = table_put(roots, root, (void *)(uintptr_t)session);
    assert(is_put); /* as large as the list */
    return false;
}

static void drop_echoes(struct window_list *list)
{
    struct table *roots = table_new(list->count + 1);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!is_echo(roots, list->items[i])) {
            list->items[kept++] = list->items[i];
        }
    }
    list->count = kept;
    table_free(roots);
}

void window_list(const struct window *window, uint32_t team,
                 struct window_list *out)
{
    *out = (struct window_list){0};
    if (team >= window->team_count) {
        return;
    }
    const struct team_window *state = &window->teams[team];
    size_t most = state->count + table_size(window->open) + 1;
    out->items = mem_new_array(most, sizeof(struct session *));
    out->made = mem_new_array(most, sizeof(struct session *));
    for (uint32_t i = 0; i < state->count; i++) {
        out->items[out->count++] = state->heap[i].session;
    }
    for (const struct session_open *open = window->oldest; open;
         open = open->newer) {
        if (open->known.team == team && state->has_time &&
            is_silent(open, state->last_us)) {
            struct session *made = session_close(open);
            out->made[out->made_count++] = made;
            out->items[out->count++] = made;
        }
    }
    sort_sessions(out);
    drop_echoes(out);
}

void window_list_fini(struct window_list *list)
{
    for (uint32_t i = 0; i < list->made_count; i++) {
        free(list->made[i]);
    }
    free(list->made);
    free((void *)list->items);
    *list = (struct window_list){0};
}
