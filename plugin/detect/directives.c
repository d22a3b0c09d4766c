/* SPDX-License-Identifier: MIT */
/* The directives detector: what owners and users said about how to work.
 *
 * Not statistics: one owner, or two independent people who said the same, make
 * it the team's (plan/decide.c). What was said for this time only is not
 * kept. */
#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/map.h"
#include "memory/option.h"
#include "plugin/detector.h"

enum {
    DIRECTIVES_PER_TEAM_MAX = 4096,
    DIRECTIVES_MAX = 8192,     /* of all teams */
    SOLE_DIRECTIVES_MAX = 512, /* of a team, that one principal alone said */
    DIRECTIVE_SIGHTINGS_MAX = 64,
    ALONE_MAX = DIRECTIVES_MAX, /* nobody is counted who said nothing */
    DIRECTIVE_KEY_BYTES = 12
};

struct directive {
    uint32_t team;
    uint32_t first;              /* principal that said it first, */
    bool is_shared;              /* and not alone */
    struct tuple_directive said; /* of the first; texts owned */
    uint8_t finding[FINDING_BYTES];
    struct sightings seen;
    uint64_t exposed;
};

struct directives {
    const struct detector_setting *setting;
    struct map *partitions[PARTITIONS]; /* team and key id -> directive */
    uint32_t of_team[TEAMS_MAX];
    struct map *alone; /* team and principal -> how many it alone said */
    uint32_t count;    /* of all teams */
    uint64_t once;     /* said for this time only */
    uint64_t refused;  /* beyond the maximum */
};

static void bytes_free(struct bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

static struct bytes copy(struct bytes text)
{
    return bytes_of(bytes_to_text(text), text.len);
}

static void directive_free(void *value)
{
    struct directive *directive = value;
    sightings_fini(&directive->seen);
    bytes_free(directive->said.key);
    bytes_free(directive->said.object);
    bytes_free(directive->said.instead);
    free(directive);
}

static void *create(const struct detector_setting *setting)
{
    struct directives *state = mem_new(sizeof(*state));
    state->setting = setting;
    state->alone = map_new(ALONE_MAX, free);
    for (size_t i = 0; i < PARTITIONS; i++) {
        state->partitions[i] = map_new(
            (size_t)DIRECTIVES_PER_TEAM_MAX * TEAMS_MAX, directive_free);
    }
    return state;
}

static void destroy(void *value)
{
    struct directives *state = value;
    if (!state) {
        return;
    }
    for (size_t i = 0; i < PARTITIONS; i++) {
        map_free(state->partitions[i]);
    }
    map_free(state->alone);
    free(state);
}

/* How many directives of the team ${principal} alone said. */
static uint32_t *alone_of(struct directives *state, uint32_t team,
                          uint32_t principal)
{
    const uint32_t key[] = {team, principal};
    struct bytes name = bytes_of(key, sizeof(key));
    uint32_t *count = map_get(state->alone, name);
    if (!count) {
        count = mem_new(sizeof(*count));
        if (map_put(state->alone, name, count) != ERR_OK) {
            free(count);
            return NULL;
        }
    }
    return count;
}

static struct directive *directive_new(const struct directives *state,
                                       uint32_t team,
                                       const struct tuple_directive *said)
{
    struct directive *directive = mem_new(sizeof(*directive));
    directive->team = team;
    directive->said = *said;
    directive->said.key = copy(said->key);
    directive->said.object = copy(said->object);
    directive->said.instead = copy(said->instead);
    sightings_init(&directive->seen, DIRECTIVE_SIGHTINGS_MAX);
    finding_id(FINDING_KIND_DIRECTIVE,
               roster_team_name(state->setting->roster, team),
               directive->said.key, directive->said.object, directive->finding);
    return directive;
}

static struct directive *directive_add(struct directives *state,
                                       struct map *map, struct bytes key,
                                       const struct detector_event *event)
{
    uint32_t team = event->team;
    bool is_full = state->of_team[team] == DIRECTIVES_PER_TEAM_MAX ||
                   state->count == DIRECTIVES_MAX;
    /* Whoever is refused is not counted among those who said something. */
    uint32_t *alone = is_full ? NULL : alone_of(state, team, event->principal);
    if (!alone || *alone == SOLE_DIRECTIVES_MAX) {
        state->refused++;
        return NULL;
    }
    struct directive *directive =
        directive_new(state, team, &event->tuple->directive);
    if (map_put(map, key, directive) != ERR_OK) {
        directive_free(directive);
        state->refused++;
        return NULL;
    }
    directive->first = event->principal;
    ++*alone;
    state->of_team[team]++;
    state->count++;
    return directive;
}

static struct directive *directive_of(struct directives *state,
                                      const struct detector_event *event)
{
    uint8_t key[DIRECTIVE_KEY_BYTES];
    uint32_t team = event->team;
    const struct tuple_directive *said = &event->tuple->directive;
    for (size_t i = 0; i < 4; i++) {
        key[i] = (uint8_t)(team >> (24 - 8 * i));
    }
    for (size_t i = 0; i < 8; i++) {
        key[4 + i] = (uint8_t)(said->key_id >> (56 - 8 * i));
    }
    /* A directive has no tool: the team alone says which partition. */
    struct map *map =
        state->partitions[hash_bytes(bytes_of(key, 4)) % PARTITIONS];
    struct bytes view = bytes_of(key, sizeof(key));
    struct directive *directive = map_get(map, view);
    if (!directive) {
        return directive_add(state, map, view, event);
    }
    if (!directive->is_shared && directive->first != event->principal) {
        uint32_t *alone = alone_of(state, team, directive->first);
        assert(alone && *alone > 0); /* counted when it was added */
        directive->is_shared = true;
        --*alone;
    }
    return directive;
}

/* The newest sighting is no witness if someone said nearly the same within a
 * day and neither answers anything: one of them repeats a broadcast. */
static void drop_repeat(struct sightings *seen)
{
    uint32_t newest = seen->count - 1;
    for (uint32_t i = 0; i < newest; i++) {
        if (seen->items[i]->principal != seen->items[newest]->principal &&
            sighting_repeats(seen->items[i], seen->items[newest])) {
            sightings_drop_echo(seen, newest);
            return;
        }
    }
}

static void feed(void *value, const struct detector_event *event)
{
    struct directives *state = value;
    const struct tuple *tuple = event->tuple;
    if (tuple->kind != TUPLE_DIRECTIVE) {
        return;
    }
    const struct tuple_directive *said = &tuple->directive;
    if (said->strength == DIRECTIVE_ONCE || said->scope == SCOPE_SESSION) {
        state->once++;
        return;
    }
    struct directive *directive = directive_of(state, event);
    if (!directive) {
        return;
    }
    if (exposures_told(state->setting->exposures, directive->finding,
                       tuple->view)) {
        directive->exposed++;
    } else if (option_occurs(directive->said.object, tuple->quote) &&
               sightings_add(&directive->seen, tuple, event->principal,
                             said->object)) {
        drop_repeat(&directive->seen);
    }
}

static bool is_by_owner(const struct sightings *seen)
{
    for (uint32_t i = 0; i < seen->count; i++) {
        if (seen->items[i]->origin == ORIGIN_OWNER) {
            return true;
        }
    }
    return false;
}

static void add_candidate(const struct directives *state,
                          const struct directive *directive,
                          struct candidates *out)
{
    struct candidate *candidate = candidates_add(out);
    if (!candidate) {
        return;
    }
    const struct sightings *seen = &directive->seen;
    candidate->kind = FINDING_KIND_DIRECTIVE;
    candidate->team = directive->team;
    candidate->team_name =
        roster_team_name(state->setting->roster, directive->team);
    candidate->subject = directive->said.key;
    candidate->option = directive->said.object;
    candidate->witnesses = seen->items;
    candidate->witness_count = seen->count;
    candidate->for_count = seen->count;
    candidate->counts = sightings_count(seen->items, seen->count);
    candidate->principals = candidate->counts.principals;
    candidate->left_out = seen->left_out;
    candidate->directive = (struct directive_figures){
        .said = directive->said, .by_owner = is_by_owner(seen)};
    if (seen->count == 0) {
        candidate->reason =
            directive->exposed > 0 ? REASON_EXPOSED : REASON_NO_EVIDENCE;
    }
    candidate_name(candidate);
}

static void collect(void *value, struct candidates *out)
{
    const struct directives *state = value;
    for (size_t i = 0; i < PARTITIONS; i++) {
        size_t cursor = 0;
        void *directive = NULL;
        while (map_next(state->partitions[i], &cursor, NULL, &directive)) {
            add_candidate(state, directive, out);
        }
    }
    out->left_out += state->refused;
}

const struct detector directives_detector = {
    .name = "directives",
    .version = 2,
    .create = create,
    .destroy = destroy,
    .feed = feed,
    .collect = collect,
};
