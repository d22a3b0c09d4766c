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
#include "plugin/detect/mistakes/attempts.h"
#include "plugin/detect/mistakes/truth.h"
#include "plugin/detector.h"

enum {
    MISTAKES_PER_PARTITION_MAX = 1024,
    MISTAKE_TEXT_MAX = 512,
    TOOL_BYTES_MAX = 255
};

struct mistake {
    uint32_t team;
    struct bytes tool; /* these five are owned */
    struct bytes template_text;
    struct bytes values;  /* "a, b": for people */
    struct bytes option;  /* "a|b", or the template: occurs in every quote */
    struct bytes subject; /* "tool: template" */
    uint8_t finding[FINDING_BYTES];
    struct sightings seen;
    uint64_t last_seq;
    uint64_t occurrences;
    uint64_t exposed;
    uint64_t unquotable;
    /* Where it says that a name does not exist. Lent by the truth. */
    struct truth_place *places[TRUTH_DENIALS_MAX];
    uint32_t place_count;
    uint64_t unplaced; /* occurrences that say so of no known place */
};

struct mistakes {
    const struct detector_setting *setting;
    struct attempts *attempts;
    struct truth *truth;
    struct map *partitions[PARTITIONS]; /* team and key id -> struct mistake */
    uint64_t evicted;
    uint64_t refused;
};

static void bytes_free(struct bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

static void mistake_free(void *value)
{
    struct mistake *mistake = value;
    sightings_fini(&mistake->seen);
    bytes_free(mistake->tool);
    bytes_free(mistake->template_text);
    bytes_free(mistake->values);
    bytes_free(mistake->option);
    bytes_free(mistake->subject);
    free(mistake);
}

static void *create(const struct detector_setting *setting)
{
    struct mistakes *state = mem_new(sizeof(*state));
    state->setting = setting;
    state->attempts = attempts_new();
    state->truth = truth_new(setting);
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
    attempts_free(state->attempts);
    free(state);
}

static struct bytes copy(struct bytes text)
{
    return bytes_of(bytes_to_text(text), text.len);
}

/* Cuts to ${max} bytes without splitting a character. */
static struct bytes cut(struct bytes text, size_t max)
{
    size_t len = text.len < max ? text.len : max;
    while (len < text.len && len > 0 && (text.data[len] & 0xc0) == 0x80) {
        len--;
    }
    return bytes_slice(text, 0, len);
}

/* The identifying values, joined by ${between}. Owned. */
static struct bytes join(const struct tuple_error *error, const char *between,
                         bool keys)
{
    struct buf joined;
    buf_init(&joined, (size_t)2 * MISTAKE_TEXT_MAX);
    for (size_t i = 0; i < error->value_count; i++) {
        const struct tuple_value *value = &error->values[i];
        if (value->identifies && value->text.len > 0) {
            size_t room = MISTAKE_TEXT_MAX / TUPLE_VALUES_MAX;
            buf_add_text(&joined, joined.len > 0 ? between : "");
            buf_add(&joined,
                    cut(keys ? value->key : value->text,
                        error->value_count > 1 ? room : MISTAKE_TEXT_MAX));
        }
    }
    struct bytes text = copy(buf_bytes(&joined));
    buf_fini(&joined);
    return text;
}

static struct mistake *mistake_new(const struct mistakes *state, uint32_t team,
                                   const struct tuple_error *error)
{
    struct mistake *mistake = mem_new(sizeof(*mistake));
    mistake->team = team;
    mistake->tool = copy(error->tool);
    mistake->template_text = copy(error->template_text);
    mistake->values = join(error, ", ", false);
    mistake->option = join(error, "|", true);
    if (mistake->option.len == 0) {
        bytes_free(mistake->option);
        mistake->option = copy(cut(error->template_text, MISTAKE_TEXT_MAX));
    }
    struct buf subject;
    buf_init(&subject, SUBJECT_MAX_BYTES);
    buf_add(&subject, cut(error->tool, SUBJECT_MAX_BYTES / 4));
    buf_add_text(&subject, ": ");
    buf_add(&subject, cut(error->template_text, SUBJECT_MAX_BYTES / 2));
    mistake->subject = copy(buf_bytes(&subject));
    buf_fini(&subject);
    sightings_init(&mistake->seen, SIGHTINGS_MAX);
    finding_id(FINDING_KIND_MISTAKE,
               roster_team_name(state->setting->roster, team), mistake->subject,
               mistake->option, mistake->finding);
    return mistake;
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool is_single(const struct mistake *mistake)
{
    return mistake->seen.count < 2;
}

/* Forgets the older half of what was seen in one session only. */
static void evict(struct mistakes *state, struct map *map)
{
    uint64_t *seqs = mem_new_array(map_size(map) + 1, sizeof(*seqs));
    size_t count = 0;
    size_t cursor = 0;
    void *value = NULL;
    struct bytes key;
    while (map_next(map, &cursor, NULL, &value)) {
        if (is_single(value)) {
            seqs[count++] = ((struct mistake *)value)->last_seq;
        }
    }
    if (count > 0) {
        qsort(seqs, count, sizeof(*seqs), compare_u64);
    }
    uint64_t limit = count > 0 ? seqs[count / 2] : 0;
    cursor = 0;
    while (map_next(map, &cursor, &key, &value)) {
        if (is_single(value) && ((struct mistake *)value)->last_seq <= limit) {
            map_remove(map, key);
            state->evicted++;
        }
    }
    free(seqs);
}

static struct mistake *mistake_of(struct mistakes *state, uint32_t team,
                                  const struct tuple_error *error)
{
    struct buf key;
    buf_init(&key, 64 + TOOL_BYTES_MAX);
    buf_add_u32(&key, team);
    buf_add(&key, cut(error->tool, TOOL_BYTES_MAX));
    struct map *map =
        state->partitions[hash_bytes(buf_bytes(&key)) % PARTITIONS];
    buf_reset(&key);
    buf_add_u32(&key, team);
    buf_add_u64(&key, error->key_id);
    struct mistake *mistake = map_get(map, buf_bytes(&key));
    if (!mistake) {
        if (map_size(map) == MISTAKES_PER_PARTITION_MAX) {
            evict(state, map);
        }
        mistake = mistake_new(state, team, error);
        if (map_put(map, buf_bytes(&key), mistake) != ERR_OK) {
            mistake_free(mistake);
            mistake = NULL;
            state->refused++;
        }
    }
    buf_fini(&key);
    return mistake;
}

static void note_sighting(struct mistakes *state, struct mistake *mistake,
                          const struct detector_event *event)
{
    const struct tuple *tuple = event->tuple;
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

static void note_place(struct mistake *mistake, struct truth_place *place)
{
    for (uint32_t i = 0; i < mistake->place_count; i++) {
        if (mistake->places[i] == place) {
            return;
        }
    }
    if (mistake->place_count == TRUTH_DENIALS_MAX) {
        mistake->unplaced++;
        return;
    }
    mistake->places[mistake->place_count++] = place;
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
    /* Text that may be anybody's names nothing and teaches nothing. */
    struct mistake *mistake =
        event->tuple->error.is_bare
            ? NULL
            : mistake_of(state, event->team, &event->tuple->error);
    struct attempt *attempt = failed_attempt(live);
    struct truth_place *places[TRUTH_DENIALS_MAX];
    size_t count = 0;
    if (attempt && !live->has_changed_schema) {
        count = truth_failed(state->truth, event, attempt, places);
    }
    if (!mistake) {
        return;
    }
    note_sighting(state, mistake, event);
    mistake->unplaced += count == 0;
    for (size_t i = 0; i < count; i++) {
        note_place(mistake, places[i]);
    }
}

/* Names that a session made itself say nothing about anybody else's. */
static bool changes_schema(const struct tuple_call *call)
{
    static const char *const statements[] = {"create", "alter", "drop", "use"};
    for (size_t i = 0; i < call->slot_count; i++) {
        const struct tuple_slot *slot = &call->slots[i];
        bool is_one = bytes_equal_text(slot->name, "sql.statement");
        for (size_t j = 0; is_one && j < ARRAY_LEN(statements); j++) {
            if (bytes_equal_text(slot->option, statements[j])) {
                return true;
            }
        }
    }
    return false;
}

static void feed_call(const struct detector_event *event, struct live *live)
{
    live_call(live, event->tuple, event->principal);
    live->has_changed_schema |= changes_schema(&event->tuple->call);
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
    if (attempt->state == ATTEMPT_WORKED && !live->has_changed_schema) {
        truth_worked(state->truth, event, attempt);
    }
    if (attempt->state != ATTEMPT_FAILED) {
        attempt_drop(attempt);
    }
}

static void feed(void *value, const struct detector_event *event)
{
    struct mistakes *state = value;
    enum tuple_kind kind = event->tuple->kind;
    struct live *live = NULL;
    if (kind == TUPLE_TOOL_CALL || kind == TUPLE_TOOL_RESULT ||
        kind == TUPLE_ERROR) {
        live = attempts_of(state->attempts, event->team, event->principal,
                           event->tuple);
    }
    if (kind == TUPLE_ERROR) {
        feed_error(state, event, live);
    } else if (kind == TUPLE_TOOL_CALL && live) {
        feed_call(event, live);
    } else if (kind == TUPLE_TOOL_RESULT && live) {
        feed_result(state, event, live);
    } else if (kind == TUPLE_SESSION_END) {
        attempts_end(state->attempts, event->team, event->principal,
                     event->tuple);
    }
}

static uint32_t count_agents(const struct sightings *seen)
{
    uint32_t agents = 0;
    for (uint32_t i = 0; i < seen->count; i++) {
        bool is_new = true;
        for (uint32_t j = 0; j < i && is_new; j++) {
            is_new = !bytes_equal(seen->items[i]->agent, seen->items[j]->agent);
        }
        agents += is_new;
    }
    return agents;
}

/* Whether memories say which names exist wherever this one does not, nearly
 * always. */
static bool is_covered(const struct mistake *mistake)
{
    enum {
        UNPLACED_SHARE = 4 /* one in four may be of no known place */
    };
    bool all_told = mistake->place_count > 0 &&
                    mistake->unplaced * UNPLACED_SHARE <= mistake->occurrences;
    for (uint32_t i = 0; i < mistake->place_count && all_told; i++) {
        all_told = truth_is_told(mistake->places[i]);
    }
    return all_told;
}

static enum reason first_reason(const struct mistake *mistake)
{
    if (is_covered(mistake)) {
        return REASON_COVERED;
    }
    if (mistake->seen.count == 0) {
        return mistake->exposed > 0 ? REASON_EXPOSED : REASON_NO_EVIDENCE;
    }
    if (sightings_are_burst(mistake->seen.items, mistake->seen.count)) {
        return REASON_INCIDENT;
    }
    return REASON_UNDECIDED;
}

static void add_candidate(const struct mistakes *state,
                          const struct mistake *mistake, struct candidates *out)
{
    struct candidate *candidate = candidates_add(out);
    if (!candidate) {
        return;
    }
    const struct roster *roster = state->setting->roster;
    candidate->kind = FINDING_KIND_MISTAKE;
    candidate->team = mistake->team;
    candidate->team_name = roster_team_name(roster, mistake->team);
    candidate->subject = mistake->subject;
    candidate->option = mistake->option;
    candidate->reason = first_reason(mistake);
    candidate->witnesses = mistake->seen.items;
    candidate->witness_count = mistake->seen.count;
    candidate->for_count = mistake->seen.count;
    candidate->counts =
        sightings_count(mistake->seen.items, mistake->seen.count);
    candidate->principals = candidate->counts.principals;
    candidate->left_out = mistake->seen.left_out;
    candidate->mistake = (struct mistake_figures){
        .tool = mistake->tool,
        .template_text = mistake->template_text,
        .values = mistake->values,
        .tool_users = roster_users(roster, mistake->team, mistake->tool),
        .agents = count_agents(&mistake->seen),
        .occurrences = mistake->occurrences,
    };
    candidate_name(candidate);
}

static void collect(void *value, struct candidates *out)
{
    const struct mistakes *state = value;
    for (size_t i = 0; i < PARTITIONS; i++) {
        size_t cursor = 0;
        void *mistake = NULL;
        while (map_next(state->partitions[i], &cursor, NULL, &mistake)) {
            add_candidate(state, mistake, out);
        }
    }
    truth_collect(state->truth, out);
}

const struct detector mistakes_detector = {
    .name = "mistakes",
    .version = 2,
    .create = create,
    .destroy = destroy,
    .feed = feed,
    .collect = collect,
};
