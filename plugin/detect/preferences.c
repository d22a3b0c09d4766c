/* SPDX-License-Identifier: MIT */
/* The preferences detector: what a team chooses, counted by principals.
 *
 * Feeding counts the choices of every slot (votes.h), and which principals run
 * one configuration (cluster.h); collecting is choices.h. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/edge/hash.h"
#include "base/map.h"
#include "base/text/ascii.h"
#include "plugin/detect/ahead/ahead.h"
#include "plugin/detect/choices.h"
#include "plugin/detect/cluster.h"
#include "plugin/detect/votes.h"
#include "plugin/detector.h"

enum {
    SLOTS_PER_TEAM_MAX = 4096,
    SLOTS_MAX = 32768, /* of all teams, parts included */
    KEPT_USES_MAX = 98304,
    KEPT_WITNESSES_MAX = 49152,
    PART_SLOTS_PER_TEAM_MAX = 8192, /* of its repositories and roles */
    SLOT_KEY_MAX = 4 + TUPLE_NAME_MAX + PART_SUFFIX_MAX,
    NOVELTIES_MAX = 65536,       /* principals whose new slots are counted */
    NEW_SLOTS_PER_DAY_MAX = 512, /* of one principal; */
    NEW_SLOTS_WHEN_HALF_FULL = 64,
    IDLE_DAYS = 7,       /* after which a slot of one principal makes room */
    SOLE_SLOTS_MAX = 256 /* of one principal alone, when room is made */
};

/* How many slots a principal was the first at on its latest day. */
struct novelty {
    int64_t day;
    uint32_t slots;
};

/* The slots of one team where one of several programs is chosen: what a
 * directive "use X" can be a vote for. */
struct family_list {
    struct slot **slots;
    uint32_t count;
    uint32_t capacity;
};

struct preferences {
    const struct detector_setting *setting;
    struct map *partitions[PARTITIONS]; /* team and name -> struct slot */
    struct map *novelties; /* team and principal -> struct novelty */
    struct clusters *clusters;
    struct choices_memo memo;
    struct parts *parts;
    uint32_t part_slots_of_team[TEAMS_MAX];
    int64_t swept_day[TEAMS_MAX]; /* when room was made last */
    uint32_t slots_of_team[TEAMS_MAX];
    uint32_t slots;   /* of all teams */
    int64_t full_day; /* when room was made because that is at its maximum */
    struct votes_room room;
    struct family_list families[TEAMS_MAX];
    uint64_t slots_refused;  /* uses of slots beyond a maximum */
    uint64_t slots_dropped;  /* idle ones, to make room */
    uint64_t dropped_before; /* those when the next calls were looked up */
    struct ahead *ahead;
};

static void *create(const struct detector_setting *setting)
{
    struct preferences *state = mem_new(sizeof(*state));
    state->setting = setting;
    state->room = (struct votes_room){.uses = KEPT_USES_MAX,
                                      .witnesses = KEPT_WITNESSES_MAX,
                                      .witnesses_max = KEPT_WITNESSES_MAX,
                                      .uses_max = KEPT_USES_MAX,
                                      .holdings = holdings_new()};
    state->novelties = map_new(NOVELTIES_MAX, free);
    state->clusters = clusters_new();
    state->memo.bounds = baseline_memo_new();
    state->parts = parts_new();
    state->ahead = ahead_new();
    for (size_t i = 0; i < PARTITIONS; i++) {
        state->partitions[i] =
            map_new((size_t)SLOTS_PER_TEAM_MAX * TEAMS_MAX, slot_free);
    }
    return state;
}

static void destroy(void *value)
{
    struct preferences *state = value;
    if (!state) {
        return;
    }
    for (size_t i = 0; i < PARTITIONS; i++) {
        map_free(state->partitions[i]);
    }
    for (size_t i = 0; i < TEAMS_MAX; i++) {
        free(state->families[i].slots);
    }
    holdings_free(state->room.holdings);
    map_free(state->novelties);
    clusters_free(state->clusters);
    baseline_memo_free(state->memo.bounds);
    for (size_t form = 0; form < SLOT_FORM_COUNT; form++) {
        prior_free(state->memo.priors[form]);
        prior_free(state->memo.shares[form]);
    }
    parts_free(state->parts);
    ahead_free(state->ahead);
    free(state);
}

static void note_family(struct family_list *list, struct slot *slot)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 4;
        list->slots =
            mem_grow(list->slots, list->capacity * sizeof(struct slot *));
    }
    list->slots[list->count++] = slot;
}

/* The key of a slot: its team and name, which fits. */
static struct bytes slot_key(uint32_t team, struct bytes name, uint8_t *room)
{
    size_t len = name.len;
    assert(len <= SLOT_KEY_MAX - 4);
    for (int i = 0; i < 4; i++) {
        room[i] = (uint8_t)(team >> (24 - 8 * i));
    }
    memcpy(room + 4, name.data, len);
    return bytes_of(room, 4 + len);
}

/* The tool is what the slot's name begins with: the same slot may be filled by
 * several tools that run a shell. */
static struct map *partition_of(const struct preferences *state,
                                struct bytes key)
{
    size_t dot = bytes_find(key, BYTES_LITERAL("."), 4);
    size_t tool = dot < key.len ? dot : key.len;
    return state
        ->partitions[hash_bytes(bytes_slice(key, 0, tool)) % PARTITIONS];
}

/* Without times a day is a stretch of the log. */
static int64_t day_of(const struct tuple *tuple)
{
    return tuple->has_occurred ? clock_day(tuple->occurred_us)
                               : (int64_t)(tuple->seq >> 16);
}

/* Whether ${principal} may still name a choice that nobody made before: one
 * that does little else would fill the table with junk. */
static bool may_name_another(struct preferences *state,
                             const struct detector_event *event)
{
    const uint32_t key[] = {event->team, event->principal};
    struct bytes name = bytes_of(key, sizeof(key));
    int64_t day = day_of(event->tuple);
    struct novelty *novelty = map_get(state->novelties, name);
    if (!novelty) {
        novelty = mem_new(sizeof(*novelty));
        if (map_put(state->novelties, name, novelty) != ERR_OK) {
            free(novelty);
            return false;
        }
    }
    if (novelty->day != day) {
        *novelty = (struct novelty){.day = day};
    }
    bool is_half_full =
        state->slots_of_team[event->team] > SLOTS_PER_TEAM_MAX / 2;
    return novelty->slots++ <
           (is_half_full ? NEW_SLOTS_WHEN_HALF_FULL : NEW_SLOTS_PER_DAY_MAX);
}

/* A slot that nobody would miss much: one principal alone used it. */
struct spare {
    struct map *partition;
    struct slot *slot;
    uint32_t principal; /* UINT32_MAX: of nobody's votes */
};

/* What is used today may be in use right now. */
static bool is_spare(const struct slot *slot, uint32_t team, int64_t day)
{
    return slot->team == team && slot->vote_count <= 1 &&
           (slot->form != SLOT_FAMILY || slot->part != PART_NONE) &&
           slot->last_day < day;
}

/* By principal, the latest first. */
static int compare_spares(const void *a, const void *b)
{
    const struct spare *x = a;
    const struct spare *y = b;
    if (x->principal != y->principal) {
        return x->principal < y->principal ? -1 : 1;
    }
    if (x->slot->last_day != y->slot->last_day) {
        return x->slot->last_day > y->slot->last_day ? -1 : 1;
    }
    return bytes_compare(x->slot->name, y->slot->name);
}

static bool add_spare(struct map *partition, struct slot *slot, uint32_t team,
                      int64_t day, struct spare *out)
{
    if (!is_spare(slot, team, day)) {
        return false;
    }
    *out = (struct spare){partition, slot,
                          slot->vote_count ? slot->voters[0] : UINT32_MAX};
    return true;
}

static size_t find_spares(struct preferences *state, uint32_t team, int64_t day,
                          struct spare *out)
{
    size_t count = 0;
    for (size_t i = 0; i < PARTITIONS; i++) {
        size_t cursor = 0;
        void *value = NULL;
        while (map_next(state->partitions[i], &cursor, NULL, &value)) {
            count +=
                add_spare(state->partitions[i], value, team, day, &out[count]);
        }
    }
    if (count > 0) {
        qsort(out, count, sizeof(*out), compare_spares);
    }
    return count;
}

static void drop(struct preferences *state, const struct spare *spare)
{
    uint8_t room[SLOT_KEY_MAX];
    struct slot *slot = spare->slot;
    uint32_t *slots = slot->part == PART_NONE ? state->slots_of_team
                                              : state->part_slots_of_team;
    slots[slot->team]--;
    state->slots--;
    state->slots_dropped++;
    map_remove(spare->partition, slot_key(slot->team, slot->name, room));
}

/* Drops of the slots of ${team} that one principal alone used those that were
 * idle for a week, and of each principal all but its latest. Once a day: what
 * is refused until then is counted. */
static void make_room(struct preferences *state, uint32_t team, int64_t day)
{
    if (state->swept_day[team] == day) {
        return;
    }
    state->swept_day[team] = day;
    struct spare *spares =
        mem_new_array((size_t)state->slots + 1, sizeof(*spares));
    size_t count = find_spares(state, team, day, spares);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_next = i > 0 && spares[i].principal == spares[i - 1].principal;
        kept = is_next ? kept : 0;
        if (spares[i].slot->last_day < day - IDLE_DAYS ||
            kept == SOLE_SLOTS_MAX) {
            drop(state, &spares[i]);
            continue;
        }
        kept++;
    }
    free(spares);
}

/* Where a slot is looked for: the team's, or that of one of its parts. */
struct place {
    struct bytes name;
    struct bytes plain;
    enum part_kind part;
    enum slot_form form;
};

static uint32_t largest_team(const struct preferences *state)
{
    uint32_t largest = 0;
    for (uint32_t i = 1; i < TEAMS_MAX; i++) {
        if (state->slots_of_team[i] + state->part_slots_of_team[i] >
            state->slots_of_team[largest] +
                state->part_slots_of_team[largest]) {
            largest = i;
        }
    }
    return largest;
}

/* The slot of a part follows that of its team, which was counted already. */
static bool has_room(struct preferences *state,
                     const struct detector_event *event, enum part_kind part)
{
    bool is_part = part != PART_NONE;
    const uint32_t *slots =
        is_part ? state->part_slots_of_team : state->slots_of_team;
    uint32_t max = is_part ? PART_SLOTS_PER_TEAM_MAX : SLOTS_PER_TEAM_MAX;
    int64_t day = day_of(event->tuple);
    bool is_full = state->slots == SLOTS_MAX && state->full_day != day;
    if ((slots[event->team] == max || is_full) && event->tuple->has_occurred) {
        make_room(state, event->team, day);
        if (is_full) {
            make_room(state, largest_team(state), day);
            state->full_day = day;
        }
    }
    return slots[event->team] < max && state->slots < SLOTS_MAX &&
           (is_part || may_name_another(state, event));
}

static struct slot *slot_add(struct preferences *state, struct map *map,
                             struct bytes key, uint32_t team,
                             const struct place *place)
{
    struct slot *slot =
        slot_new(team, bytes_slice(key, 4, key.len), place->form);
    if (map_put(map, key, slot) != ERR_OK) {
        slot_free(slot);
        state->slots_refused++;
        return NULL;
    }
    slot->room = &state->room;
    state->slots++;
    if (place->part != PART_NONE) {
        slot_set_part(slot, place->part, place->plain.len);
        state->part_slots_of_team[team]++;
        return slot;
    }
    state->slots_of_team[team]++;
    if (place->form == SLOT_FAMILY) {
        note_family(&state->families[team], slot);
    }
    return slot;
}

/* So that it is not dropped while it is used. */
static struct slot *in_use(struct slot *slot,
                           const struct detector_event *event)
{
    int64_t day = day_of(event->tuple);
    if (slot->last_day < day) {
        slot->last_day = day;
    }
    return slot;
}

static struct slot *slot_of(struct preferences *state,
                            const struct detector_event *event,
                            const struct place *place)
{
    uint8_t room[SLOT_KEY_MAX];
    struct bytes key = slot_key(event->team, place->name, room);
    struct map *map = partition_of(state, key);
    struct slot *slot = map_get(map, key);
    if (!slot && !has_room(state, event, place->part)) {
        state->slots_refused++;
        return NULL;
    }
    if (!slot) {
        slot = slot_add(state, map, key, event->team, place);
    }
    return slot ? in_use(slot, event) : NULL;
}

/* The slot of one part of the team; NULL when full. */
static struct slot *part_slot_of(struct preferences *state,
                                 const struct detector_event *event,
                                 const struct slot *slot, enum part_kind part,
                                 struct bytes part_name)
{
    struct buf name;
    buf_init(&name, TUPLE_NAME_MAX + PART_SUFFIX_MAX);
    buf_add(&name, slot->name);
    part_suffix(part, part_name, &name);
    const struct place place = {.name = buf_bytes(&name),
                                .plain = slot->name,
                                .part = part,
                                .form = slot->form};
    struct slot *found =
        buf_error(&name) == ERR_OK ? slot_of(state, event, &place) : NULL;
    buf_fini(&name);
    return found;
}

static bool is_told(const struct preferences *state, struct slot *slot,
                    uint8_t option, struct bytes view)
{
    static const uint8_t none[FINDING_BYTES];
    const struct detector_setting *setting = state->setting;
    if (option >= OPTIONS_MAX || !exposures_any(setting->exposures)) {
        return false;
    }
    struct option *chosen = &slot->options[option];
    if (memcmp(chosen->finding, none, sizeof(none)) == 0) {
        finding_id(FINDING_KIND_PREFERENCE,
                   roster_team_name(setting->roster, slot->team), slot->name,
                   chosen->text, chosen->finding);
    }
    return exposures_told(setting->exposures, chosen->finding, view);
}

/* The slots that one choice is a use of: the team's, and those of its parts. */
struct places {
    struct slot *slots[PART_KINDS];
    size_t count;
};

static void add_parts(struct preferences *state,
                      const struct detector_event *event,
                      const struct bytes *parts, struct places *places)
{
    bool is_choice = !places->slots[0]->is_wide;
    for (int part = PART_NONE + 1; parts && is_choice && part < PART_KINDS;
         part++) {
        struct slot *slot =
            parts[part].len > 0
                ? part_slot_of(state, event, places->slots[0],
                               (enum part_kind)part, parts[part])
                : NULL;
        if (slot) {
            places->slots[places->count++] = slot;
        }
    }
}

/* Who had been told for a part had been told, and the other way round. */
static void choose_all(struct preferences *state,
                       const struct detector_event *event,
                       const struct places *places, struct bytes option)
{
    uint8_t options[PART_KINDS];
    struct choice choice = {.tuple = event->tuple,
                            .principal = event->principal};
    for (size_t i = 0; i < places->count; i++) {
        options[i] = slot_option(places->slots[i], event->principal, option);
        choice.is_told |=
            is_told(state, places->slots[i], options[i], event->tuple->view);
    }
    for (size_t i = 0; i < places->count; i++) {
        choice.option = options[i];
        slot_choose(places->slots[i], &choice);
    }
}

/* ${known}: the slot, if it was found already. */
static void feed_slot(struct preferences *state,
                      const struct detector_event *event,
                      const struct bytes *parts, const struct tuple_slot *seen,
                      struct slot *known)
{
    if (seen->name.len == 0 || seen->option.len == 0) {
        return;
    }
    struct bytes name = bytes_slice(seen->name, 0, TUPLE_NAME_MAX);
    const struct place place = {
        .name = name, .plain = name, .part = PART_NONE, .form = seen->form};
    struct slot *slot =
        known ? in_use(known, event) : slot_of(state, event, &place);
    if (!slot) {
        return;
    }
    struct places places = {.slots = {slot}, .count = 1};
    if (slot->form == SLOT_COMMAND) {
        slot->uses++;
        slot->last_day = day_of(event->tuple);
        return;
    }
    add_parts(state, event, parts, &places);
    choose_all(state, event, &places, seen->option);
}

/* The option of ${slot} that ${object} names, or OPTION_NONE. */
static uint8_t option_said(const struct slot *slot, struct bytes object)
{
    for (uint32_t k = 0; k < slot->option_count; k++) {
        if (ascii_same(slot->options[k].text, object)) {
            return (uint8_t)k;
        }
    }
    return OPTION_NONE;
}

/* "Use X", where X is a known option of a family, is a vote for it. */
static void feed_directive(struct preferences *state,
                           const struct detector_event *event)
{
    const struct tuple_directive *said = &event->tuple->directive;
    if (said->polarity != DIRECTIVE_DO || said->strength == DIRECTIVE_ONCE ||
        said->strength == DIRECTIVE_REQUEST ||
        (said->verb != VERB_USE && said->verb != VERB_RUN)) {
        return;
    }
    const struct family_list *list = &state->families[event->team];
    for (uint32_t i = 0; i < list->count; i++) {
        struct slot *slot = list->slots[i];
        uint8_t option = option_said(slot, said->object);
        if (option != OPTION_NONE) {
            slot_choose(slot, &(struct choice){
                                  .tuple = event->tuple,
                                  .principal = event->principal,
                                  .option = option,
                                  .is_stated = true,
                                  .is_told = is_told(state, slot, option,
                                                     event->tuple->view),
                              });
        }
    }
}

static void feed_session_start(struct preferences *state,
                               const struct detector_event *event)
{
    const struct tuple *tuple = event->tuple;
    if (tuple->session_start.configuration != 0) {
        clusters_note(state->clusters, event->team, event->principal,
                      tuple->session_start.configuration);
    }
    parts_begin(state->parts, event->team, event->principal, tuple);
}

static struct slot *find_slot(const void *context, uint32_t team,
                              struct bytes name)
{
    uint8_t room[SLOT_KEY_MAX];
    const struct preferences *state = context;
    struct bytes key = slot_key(team, name, room);
    return map_get(partition_of(state, key), key);
}

static void fetch(void *value, const struct detector_event *events,
                  size_t count)
{
    struct preferences *state = value;
    state->dropped_before = state->slots_dropped;
    ahead_fetch(state->ahead, events, count, find_slot, state);
}

static void feed_call(struct preferences *state,
                      const struct detector_event *event)
{
    const struct tuple *tuple = event->tuple;
    const struct bytes *parts =
        parts_of(state->parts, event->team, event->principal, tuple->session);
    struct slot *const *found = ahead_take(state->ahead, tuple);
    for (size_t i = 0; i < tuple->call.slot_count; i++) {
        /* A new slot may have pushed out one that was found. */
        bool is_found = found && state->slots_dropped == state->dropped_before;
        feed_slot(state, event, parts, &tuple->call.slots[i],
                  is_found ? found[i] : NULL);
    }
}

static void feed(void *value, const struct detector_event *event)
{
    struct preferences *state = value;
    switch (event->tuple->kind) {
    case TUPLE_DIRECTIVE:
        feed_directive(state, event);
        break;
    case TUPLE_SESSION_START:
        feed_session_start(state, event);
        break;
    case TUPLE_SESSION_END:
        parts_end(state->parts, event->team, event->principal,
                  event->tuple->session);
        break;
    case TUPLE_TOOL_CALL:
        feed_call(state, event);
        break;
    case TUPLE_TOOL_RESULT:
    case TUPLE_ERROR:
    case TUPLE_REJECTED:
    case TUPLE_OUTCOME:
        break;
    }
}

/* ---- collecting ---------------------------------------------------------- */

static struct slot *settled(struct slot *slot)
{
    if (slot->version != slot->memo_version) {
        slot_settle(slot);
    }
    return slot;
}

static void collect(void *value, struct candidates *out)
{
    struct preferences *state = value;
    size_t count = 0;
    for (size_t i = 0; i < PARTITIONS; i++) {
        count += map_size(state->partitions[i]);
    }
    struct slot **slots = mem_new_array(count + 1, sizeof(struct slot *));
    size_t at = 0;
    for (size_t i = 0; i < PARTITIONS; i++) {
        size_t cursor = 0;
        void *kept = NULL;
        while (map_next(state->partitions[i], &cursor, NULL, &kept)) {
            slots[at++] = settled(kept);
        }
    }
    choices_collect(state->setting, state->clusters, &state->memo, slots, count,
                    out);
    out->left_out += state->slots_refused;
    free(slots);
}

const struct detector preferences_detector = {
    .name = "preferences",
    .version = 6,
    .create = create,
    .destroy = destroy,
    .fetch = fetch,
    .feed = feed,
    .collect = collect,
};
