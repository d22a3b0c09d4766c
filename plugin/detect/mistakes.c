/* SPDX-License-Identifier: MIT */
/* The mistakes detector: errors that come back across principals.
 *
 * Two errors are the same mistake if tool, template and the values that
 * identify it are equal (tuple_error.key_id). Every session counts once.
 * Whether it is proposed is decided in plan/decide.c. */
#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/map.h"
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
};

struct mistakes {
    const struct detector_setting *setting;
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

static void feed(void *value, const struct detector_event *event)
{
    struct mistakes *state = value;
    const struct tuple *tuple = event->tuple;
    if (tuple->kind != TUPLE_ERROR) {
        return;
    }
    struct mistake *mistake = mistake_of(state, event->team, &tuple->error);
    if (!mistake) {
        return;
    }
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

static enum reason first_reason(const struct mistake *mistake)
{
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
}

const struct detector mistakes_detector = {
    .name = "mistakes",
    .version = 1,
    .create = create,
    .destroy = destroy,
    .feed = feed,
    .collect = collect,
};
