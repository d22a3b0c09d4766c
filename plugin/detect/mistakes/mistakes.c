/* SPDX-License-Identifier: MIT */
/* The mistakes detector: errors that come back across principals.
 *
 * Two errors are the same mistake if tool, template and the values that
 * identify it are equal (tuple_error.key_id). Every session counts once.
 * An error that says a name does not exist goes to truth.h as well, which
 * makes one finding of all of a place.
 * Whether it is proposed is decided in plan/. */
#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/map.h"
#include "memory/option.h"
#include "plugin/detect/mistakes/episodes.h"
#include "plugin/detect/mistakes/mistake.h"
#include "plugin/detector.h"

enum {
    MISTAKES_PER_PARTITION_MAX = 1024,
    MISTAKES_MAX = 32768, /* of all partitions */
    EVICTED_PART = 16     /* of a partition, at least, when room is made */
};

struct mistakes {
    const struct detector_setting *setting;
    struct attempts *attempts;
    struct truth *truth;
    struct features *features;
    struct map *partitions[PARTITIONS]; /* team and key id -> struct mistake */
    uint64_t version;                   /* of the mistake that changed last */
    uint64_t placed[MISTAKE_SCOPES];    /* signatures of them, when places were
                                           found */
    size_t count;                       /* in all of them */
    uint64_t evicted;
    uint64_t refused; /* mistakes, and ways to correct one */
};

static void *create(const struct detector_setting *setting)
{
    struct mistakes *state = mem_new(sizeof(*state));
    state->setting = setting;
    state->attempts = attempts_new();
    state->truth = truth_new(setting);
    state->features = features_new();
    for (size_t i = 0; i < PARTITIONS; i++) {
        state->partitions[i] =
            map_new(MISTAKES_PER_PARTITION_MAX, mistake_free);
    }
    return state;
}

static void destroy(void *value)
{
    struct mistakes *state = value;
    if (!state) {
        return;
    }
    for (size_t i = 0; i < PARTITIONS; i++) {
        map_free(state->partitions[i]);
    }
    truth_free(state->truth);
    features_free(state->features);
    attempts_free(state->attempts);
    free(state);
}

/* A mistake that one principal alone made. */
struct lone {
    struct map *map;
    struct bytes key; /* the map's */
    uint64_t last_seq;
    uint64_t who; /* team and principal */
};

/* UINT32_MAX: more than one, and nobody that could be named comes to it. */
static uint32_t lone_principal(const struct mistake *mistake)
{
    const struct sightings *seen = &mistake->seen;
    for (uint32_t i = 1; i < seen->count; i++) {
        if (seen->items[i]->principal != seen->items[0]->principal) {
            return UINT32_MAX;
        }
    }
    return seen->count > 0 ? seen->items[0]->principal : UINT32_MAX - 1;
}

/* The oldest first. */
static int compare_age(const void *a, const void *b)
{
    const struct lone *x = a;
    const struct lone *y = b;
    if (x->last_seq != y->last_seq) {
        return x->last_seq < y->last_seq ? -1 : 1;
    }
    return bytes_compare(x->key, y->key);
}

/* By principal, the oldest first. */
static int compare_lone(const void *a, const void *b)
{
    const struct lone *x = a;
    const struct lone *y = b;
    if (x->who != y->who) {
        return x->who < y->who ? -1 : 1;
    }
    return compare_age(a, b);
}

/* The principal with most of them, [from, from + count). */
static size_t largest_run(const struct lone *lone, size_t count,
                          size_t *out_from)
{
    size_t most = 0;
    size_t from = 0;
    for (size_t i = 0; i < count; i++) {
        from = i > 0 && lone[i].who == lone[i - 1].who ? from : i;
        if (i + 1 - from > most) {
            most = i + 1 - from;
            *out_from = from;
        }
    }
    return most;
}

/* Adds the lone ones of ${map} to ${lone}; how many there are now. */
static size_t find_lone(struct map *map, struct lone *lone, size_t count)
{
    size_t cursor = 0;
    void *value = NULL;
    struct bytes key;
    while (map_next(map, &cursor, &key, &value)) {
        const struct mistake *mistake = value;
        uint32_t principal = lone_principal(mistake);
        if (principal != UINT32_MAX) {
            uint64_t who = (uint64_t)mistake->team << 32 | principal;
            lone[count++] = (struct lone){map, key, mistake->last_seq, who};
        }
    }
    return count;
}

/* Of all in the maps forgets the older half of what was made by one principal
 * alone, and of those principals the one with most: a flood pushes out its own.
 * Where nobody has many the oldest go, so many at once that looking is not done
 * for each. */
static void evict(struct mistakes *state, struct map *const *maps,
                  size_t map_count)
{
    size_t all = 0;
    for (size_t i = 0; i < map_count; i++) {
        all += map_size(maps[i]);
    }
    struct lone *lone = mem_new_array(all + 1, sizeof(*lone));
    size_t count = 0;
    size_t from = 0;
    for (size_t i = 0; i < map_count; i++) {
        count = find_lone(maps[i], lone, count);
    }
    if (count > 0) {
        qsort(lone, count, sizeof(*lone), compare_lone);
    }
    size_t most = largest_run(lone, count, &from);
    size_t gone = (most + 1) / 2;
    size_t least = all / EVICTED_PART < count ? all / EVICTED_PART : count;
    if (gone < least) {
        qsort(lone, count, sizeof(*lone), compare_age);
        from = 0;
        gone = least;
    }
    for (size_t i = from; i < from + gone; i++) {
        map_remove(lone[i].map, lone[i].key);
        state->count--;
        state->evicted++;
    }
    free(lone);
}

/* ${tool}: a hash. */
static struct map *partition_of(const struct mistakes *state, uint32_t team,
                                uint64_t tool)
{
    return state->partitions[(tool ^ team) % PARTITIONS];
}

/* Team and key of the error. */
struct mistake_key {
    uint8_t bytes[sizeof(uint32_t) + sizeof(uint64_t)];
};

static struct mistake_key key_of(uint32_t team, uint64_t error)
{
    struct mistake_key key;
    memcpy(key.bytes, &team, sizeof(team));
    memcpy(key.bytes + sizeof(team), &error, sizeof(error));
    return key;
}

static struct mistake *mistake_of(struct mistakes *state, uint32_t team,
                                  const struct tuple_error *error,
                                  struct bytes tool)
{
    struct map *map = partition_of(state, team, hash_bytes(error->tool));
    const struct mistake_key key = key_of(team, error->key_id);
    struct bytes name = bytes_of(key.bytes, sizeof(key.bytes));
    struct mistake *mistake = map_get(map, name);
    if (mistake) {
        return mistake;
    }
    if (map_size(map) == MISTAKES_PER_PARTITION_MAX) {
        evict(state, &map, 1);
    } else if (state->count == MISTAKES_MAX) {
        evict(state, state->partitions, PARTITIONS);
    }
    if (state->count == MISTAKES_MAX) {
        state->refused++;
        return NULL;
    }
    mistake = mistake_new(state->setting, team, error, tool);
    if (map_put(map, name, mistake) != ERR_OK) {
        mistake_free(mistake);
        state->refused++;
        return NULL;
    }
    mistake->born = ++state->version;
    mistake->scope =
        (uint32_t)((hash_bytes(mistake->tool) ^ team) % MISTAKE_SCOPES);
    state->count++;
    return mistake;
}

static void note_sighting(struct mistakes *state, struct mistake *mistake,
                          const struct detector_event *event)
{
    const struct tuple *tuple = event->tuple;
    mistake->version = ++state->version;
    mistake->last_seq = tuple->seq;
    mistake->occurrences++;
    if (exposures_told(state->setting->exposures, mistake->finding,
                       tuple->view)) {
        mistake->exposed++;
    } else if (!option_occurs(mistake->option, tuple->quote)) {
        mistake->unquotable++;
    } else {
        sightings_add(&mistake->seen, tuple, event->principal, mistake->option);
    }
}

static void note_denial(struct mistake *mistake,
                        const struct truth_denial *denial)
{
    for (uint32_t i = 0; i < mistake->denial_count; i++) {
        if (mistake->denials[i].name == denial->name) {
            return;
        }
    }
    if (mistake->denial_count == MISTAKE_DENIALS_MAX) {
        mistake->has_more_denials = true;
        return;
    }
    if (mistake->denial_count == mistake->denial_capacity) {
        mistake->denial_capacity =
            mistake->denial_capacity ? mistake->denial_capacity * 2 : 4;
        mistake->denials =
            mem_grow(mistake->denials,
                     mistake->denial_capacity * sizeof(*mistake->denials));
    }
    mistake->denials[mistake->denial_count++] = *denial;
}

/* The attempt that the error of ${event} ended, if it is remembered whole. */
static struct attempt *failed_attempt(struct live *live)
{
    struct attempt *attempt = live ? live_attempt(live, live->result) : NULL;
    bool has_failed = attempt && attempt->state == ATTEMPT_FAILED;
    return has_failed && attempt->copy ? attempt : NULL;
}

static void feed_error(struct mistakes *state,
                       const struct detector_event *event, struct live *live)
{
    const struct tuple_error *error = &event->tuple->error;
    struct attempt *attempt = failed_attempt(live);
    bool is_named = error->tool.len > 0 || !attempt;
    struct bytes tool = is_named ? error->tool : attempt->copy->tool;
    /* Text that may be anybody's names nothing and teaches nothing. */
    struct mistake *mistake =
        error->is_bare ? NULL : mistake_of(state, event->team, error, tool);
    struct truth_denial denials[TRUTH_DENIALS_MAX];
    size_t count = 0;
    if (attempt && !live->has_changed_schema) {
        count = truth_failed(state->truth, event, attempt, denials);
    }
    if (!mistake) {
        return;
    }
    if (attempt) {
        episodes_open(live, event->tuple, attempt->number);
    }
    note_sighting(state, mistake, event);
    mistake->unplaced += count != 1;
    for (size_t i = 0; i < count; i++) {
        note_denial(mistake, &denials[i]);
    }
}

static bool makes_names(const struct tuple_slot *slot)
{
    static const char *const statements[] = {"create", "alter", "drop", "use"};
    if (!bytes_equal_text(slot->name, "sql.statement")) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        if (bytes_equal_text(slot->option, statements[i])) {
            return true;
        }
    }
    return false;
}

/* Names that a session made itself say nothing about anybody else's. */
static bool changes_schema(const struct tuple_call *call)
{
    bool changes = false;
    for (size_t i = 0; i < call->slot_count && !changes; i++) {
        changes = makes_names(&call->slots[i]);
    }
    return changes;
}

static void feed_call(const struct detector_event *event, struct live *live)
{
    live_call(live, event->tuple, event->principal);
    live->has_changed_schema |= changes_schema(&event->tuple->call);
}

/* What a trial is added to. */
struct trying {
    struct mistakes *state;
    const struct detector_event *event;
    struct live *live;
    const struct attempt *attempt;
};

static void add_trial(void *opaque, const struct episode *episode,
                      const struct delta *delta, bool worked)
{
    const struct trying *trying = opaque;
    const struct tuple *tuple = trying->event->tuple;
    const struct mistake_key key =
        key_of(trying->event->team, episode->mistake);
    struct mistake *mistake =
        map_get(partition_of(trying->state, trying->event->team, episode->tool),
                bytes_of(key.bytes, sizeof(key.bytes)));
    const struct trial_order order = {
        .occurred_us = tuple->has_occurred ? tuple->occurred_us : 0,
        .session = trying->live->session_hash,
        .number = trying->attempt->number};
    bool is_told = mistake && exposures_told(trying->state->setting->exposures,
                                             mistake->finding, tuple->view);
    if (!mistake || is_told) {
        return;
    }
    mistake->version = ++trying->state->version;
    struct trial *trial = trials_add(
        &mistake->trials, hash_bytes(tuple->principal), delta, &order, worked);
    if (trial && worked && trial_wants_remedy(trial, &order)) {
        trial_keep_remedy(trial, &order,
                          remedy_new(trying->live, trying->attempt,
                                     episode->last, tuple->seq));
    }
}

static void end_attempt(struct mistakes *state,
                        const struct detector_event *event, struct live *live,
                        struct attempt *attempt)
{
    struct trying trying = {state, event, live, attempt};
    bool is_open = episodes_are_open(live);
    if (is_open && attempt->state == ATTEMPT_WORKED) {
        delta_set_deeds(state->features, attempt);
    }
    if (is_open && attempt->state != ATTEMPT_REJECTED) {
        episodes_note(live, event->tuple, attempt, state->features, add_trial,
                      &trying);
    }
    if (attempt->state == ATTEMPT_WORKED && !live->has_changed_schema) {
        truth_worked(state->truth, event, attempt);
    }
    if (attempt->state != ATTEMPT_FAILED) {
        attempt->result_seq = event->tuple->seq;
        attempt_drop(attempt, is_open && attempt->state == ATTEMPT_WORKED);
    }
}

static void feed_result(struct mistakes *state,
                        const struct detector_event *event, struct live *live)
{
    const struct tuple_result *result = &event->tuple->result;
    struct attempt *attempt = live_find(live, result->call, result->tool);
    live->events++;
    live->result = 0;
    if (!attempt) {
        return;
    }
    live->result = attempt->number;
    attempt->state = result->is_error      ? ATTEMPT_FAILED
                     : result->is_rejected ? ATTEMPT_REJECTED
                                           : ATTEMPT_WORKED;
    end_attempt(state, event, live, attempt);
}

/* What a person says right after an attempt that failed is about that. */
static void feed_correction(struct mistakes *state,
                            const struct detector_event *event)
{
    struct live *live = attempts_find(state->attempts, event->team,
                                      event->principal, event->tuple);
    for (size_t i = 0; live && i < EPISODES_MAX; i++) {
        const struct episode *episode = &live->episodes[i];
        const struct mistake_key key = key_of(event->team, episode->mistake);
        bool is_next = episode->mistake != 0 && episode->last == live->numbers;
        struct mistake *mistake =
            is_next ? map_get(partition_of(state, event->team, episode->tool),
                              bytes_of(key.bytes, sizeof(key.bytes)))
                    : NULL;
        if (mistake) {
            mistake->version = ++state->version;
            state->refused += !corrections_add(&mistake->corrections,
                                               event->tuple, event->principal);
        }
    }
}

/* Whether an event is looked up by its session. */
static bool is_tried(enum tuple_kind kind)
{
    return kind == TUPLE_TOOL_CALL || kind == TUPLE_TOOL_RESULT ||
           kind == TUPLE_ERROR;
}

static void fetch(void *value, const struct detector_event *events,
                  size_t count)
{
    struct mistakes *state = value;
    uint64_t keys[TOGETHER_MAX];
    size_t key_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_tried(events[i].tuple->kind)) {
            keys[key_count++] =
                attempts_fetch(state->attempts, events[i].team,
                               events[i].principal, events[i].tuple);
        }
    }
    for (size_t i = 0; i < key_count; i++) {
        attempts_fetch_live(state->attempts, keys[i]);
    }
}

static void feed(void *value, const struct detector_event *event)
{
    struct mistakes *state = value;
    enum tuple_kind kind = event->tuple->kind;
    struct live *live = NULL;
    if (is_tried(kind)) {
        live = attempts_of(state->attempts, event->team, event->principal,
                           event->tuple);
    }
    if (kind == TUPLE_ERROR) {
        feed_error(state, event, live);
    } else if (kind == TUPLE_TOOL_CALL && live) {
        feed_call(event, live);
    } else if (kind == TUPLE_TOOL_RESULT && live) {
        feed_result(state, event, live);
    } else if (correction_is(event->tuple)) {
        feed_correction(state, event);
    } else if (kind == TUPLE_SESSION_END) {
        attempts_end(state->attempts, event->team, event->principal,
                     event->tuple);
    }
}

/* Which mistakes there are, in whatever order. */
static uint64_t signature_of(struct mistake *const *items, size_t count)
{
    uint64_t sum = count;
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = items[i]->born * UINT64_C(0x9fb21c651e98df25);
        sum += hash ^ (hash >> 32);
    }
    return sum;
}

/* All mistakes by scope: those of scope s are items[starts[s]..starts[s + 1]).
 */
struct scopes {
    struct mistake **items;
    size_t starts[MISTAKE_SCOPES + 1];
};

static bool next_mistake(const struct mistakes *state, size_t *partition,
                         size_t *cursor, struct mistake **out)
{
    void *value = NULL;
    while (*partition < PARTITIONS) {
        if (map_next(state->partitions[*partition], cursor, NULL, &value)) {
            *out = value;
            return true;
        }
        ++*partition;
        *cursor = 0;
    }
    return false;
}

static void sort_scopes(const struct mistakes *state, struct scopes *out)
{
    struct mistake *mistake = NULL;
    size_t at[MISTAKE_SCOPES];
    size_t partition = 0;
    size_t cursor = 0;
    *out = (struct scopes){.items = NULL};
    while (next_mistake(state, &partition, &cursor, &mistake)) {
        out->starts[mistake->scope + 1]++;
    }
    for (size_t s = 0; s < MISTAKE_SCOPES; s++) {
        out->starts[s + 1] += out->starts[s];
        at[s] = out->starts[s];
    }
    out->items = mem_new_array(out->starts[MISTAKE_SCOPES] + 1,
                               sizeof(struct mistake *));
    partition = 0;
    cursor = 0;
    while (next_mistake(state, &partition, &cursor, &mistake)) {
        out->items[at[mistake->scope]++] = mistake;
    }
}

static void collect_scope(struct mistakes *state, size_t scope,
                          struct mistake *const *items, size_t count,
                          struct candidates *out)
{
    uint64_t signature = signature_of(items, count);
    if (count > 0 && state->placed[scope] != signature) {
        mistakes_order(items, count);
        state->placed[scope] = signature;
    }
    mistakes_gather(state->setting, state->features, items, count, out);
}

static void collect(void *value, struct candidates *out)
{
    struct mistakes *state = value;
    struct scopes scopes;
    sort_scopes(state, &scopes);
    for (size_t s = 0; s < MISTAKE_SCOPES; s++) {
        collect_scope(state, s, scopes.items + scopes.starts[s],
                      scopes.starts[s + 1] - scopes.starts[s], out);
    }
    mistakes_relate(state->setting, state->features, scopes.items,
                    scopes.starts[MISTAKE_SCOPES], out);
    free(scopes.items);
    truth_collect(state->truth, out);
    out->left_out += state->evicted + state->refused +
                     truth_refused(state->truth) +
                     features_refused(state->features);
}

const struct detector mistakes_detector = {
    .name = "mistakes",
    .version = 4,
    .create = create,
    .destroy = destroy,
    .fetch = fetch,
    .feed = feed,
    .collect = collect,
};
