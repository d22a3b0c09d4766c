/* SPDX-License-Identifier: MIT */
/* The preferences detector: what a team chooses, counted by principals.
 *
 * Feeding counts the choices of every slot (votes.h); collecting compares each
 * team with the others and hands out one candidate per slot, its most voted
 * option. Whether that is a preference is decided in plan/decide.c. */
#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/map.h"
#include "plugin/detect/votes.h"
#include "plugin/detector.h"
#include "plugin/plan/baseline.h"
#include "plugin/plan/prior.h"

enum {
    SLOTS_PER_TEAM_MAX = 4096,
    SLOT_KEY_MAX = 4 + TUPLE_NAME_MAX,
    PRIOR_VOTERS_MIN = 3 /* fewer votes say nothing about shares */
};

#define PREFERENCE_SHARE 0.6 /* of stats.h: the share that is one */

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
    uint32_t slots_of_team[TEAMS_MAX];
    struct family_list families[TEAMS_MAX];
    uint64_t slots_refused; /* uses of slots beyond the maximum */
};

static void *create(const struct detector_setting *setting)
{
    struct preferences *state = mem_new(sizeof(*state));
    state->setting = setting;
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

static struct slot *slot_of(struct preferences *state, uint32_t team,
                            const struct tuple_slot *seen)
{
    uint8_t room[SLOT_KEY_MAX] = {(uint8_t)(team >> 24), (uint8_t)(team >> 16),
                                  (uint8_t)(team >> 8), (uint8_t)team};
    size_t len = seen->name.len < TUPLE_NAME_MAX ? seen->name.len
                                                 : (size_t)TUPLE_NAME_MAX;
    memcpy(room + 4, seen->name.data, len);
    /* The tool is what the slot's name begins with: the same slot may be
     * filled by several tools that run a shell. */
    size_t dot = bytes_find(seen->name, BYTES_LITERAL("."), 0);
    size_t tool = dot < len ? dot : len;
    struct map *map =
        state->partitions[hash_bytes(bytes_of(room, 4 + tool)) % PARTITIONS];
    struct bytes key = bytes_of(room, 4 + len);
    struct slot *slot = map_get(map, key);
    if (slot) {
        return slot;
    }
    if (state->slots_of_team[team] == SLOTS_PER_TEAM_MAX) {
        state->slots_refused++;
        return NULL;
    }
    slot = slot_new(team, bytes_of(room + 4, len), seen->form);
    if (map_put(map, key, slot) != ERR_OK) {
        slot_free(slot);
        state->slots_refused++;
        return NULL;
    }
    state->slots_of_team[team]++;
    if (seen->form == SLOT_FAMILY) {
        note_family(&state->families[team], slot);
    }
    return slot;
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

static void feed_slot(struct preferences *state,
                      const struct detector_event *event,
                      const struct tuple_slot *seen)
{
    if (seen->name.len == 0 || seen->option.len == 0) {
        return;
    }
    struct slot *slot = slot_of(state, event->team, seen);
    if (!slot) {
        return;
    }
    if (slot->form == SLOT_COMMAND) {
        slot->uses++;
        return;
    }
    uint8_t option = slot_option(slot, seen->option);
    slot_choose(slot,
                &(struct choice){
                    .tuple = event->tuple,
                    .principal = event->principal,
                    .option = option,
                    .is_told = is_told(state, slot, option, event->tuple->view),
                });
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool equal_folded(struct bytes a, struct bytes b)
{
    for (size_t i = 0; a.len == b.len && i < a.len; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return false;
        }
    }
    return a.len == b.len;
}

/* The option of ${slot} that ${object} names, or OPTION_NONE. */
static uint8_t option_said(const struct slot *slot, struct bytes object)
{
    for (uint32_t k = 0; k < slot->option_count; k++) {
        if (equal_folded(slot->options[k].text, object)) {
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

static void feed(void *value, const struct detector_event *event)
{
    struct preferences *state = value;
    const struct tuple *tuple = event->tuple;
    if (tuple->kind == TUPLE_DIRECTIVE) {
        feed_directive(state, event);
    }
    if (tuple->kind != TUPLE_TOOL_CALL) {
        return;
    }
    for (size_t i = 0; i < tuple->call.slot_count; i++) {
        feed_slot(state, event, &tuple->call.slots[i]);
    }
}

/* ---- collecting ---------------------------------------------------------- */

struct row {
    const struct slot *slot;
    struct tally tally;
    struct bytes team_name;
};

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    int order = bytes_compare(x->slot->name, y->slot->name);
    return order ? order : bytes_compare(x->team_name, y->team_name);
}

static size_t count_slots(const struct preferences *state)
{
    size_t count = 0;
    for (size_t i = 0; i < PARTITIONS; i++) {
        count += map_size(state->partitions[i]);
    }
    return count;
}

static size_t list_rows(const struct preferences *state, struct row *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < PARTITIONS; i++) {
        size_t cursor = 0;
        void *value = NULL;
        while (map_next(state->partitions[i], &cursor, NULL, &value)) {
            const struct slot *slot = value;
            rows[count++] = (struct row){
                .slot = slot,
                .tally = slot_tally(slot),
                .team_name =
                    roster_team_name(state->setting->roster, slot->team),
            };
        }
    }
    if (count > 0) {
        qsort(rows, count, sizeof(*rows), compare_rows);
    }
    return count;
}

/* Whether rows[at] is the first of its group to have option ${k}. */
static bool is_first_use(const struct row *rows, size_t at, uint32_t k)
{
    for (size_t i = 0; i < at; i++) {
        if (slot_find_option(rows[i].slot, rows[at].slot->options[k].text) !=
            OPTION_NONE) {
            return false;
        }
    }
    return true;
}

/* Distinct options of one slot in all teams; the rest counts as one more. */
static uint32_t count_options(const struct row *rows, size_t count)
{
    uint32_t options = 0;
    bool has_other = false;
    for (size_t i = 0; i < count; i++) {
        has_other |= rows[i].slot->other_uses > 0;
        for (uint32_t k = 0; k < rows[i].slot->option_count; k++) {
            options += is_first_use(rows, i, k);
        }
    }
    return options + has_other;
}

/* Ids, paths and free text: mostly values that were never seen before. */
static bool is_high_cardinality(const struct slot *slot)
{
    enum {
        DISTINCT_MIN = 8
    };
    return slot->other_uses * 2 > slot->uses ||
           (slot->option_count >= DISTINCT_MIN &&
            (uint64_t)slot->option_count * 2 > slot->uses);
}

static enum reason first_reason(const struct row *row, uint32_t options)
{
    const struct slot *slot = row->slot;
    if (slot->form == SLOT_COMMAND) {
        return REASON_CONTEXT;
    }
    if (is_high_cardinality(slot)) {
        return REASON_HIGH_CARDINALITY;
    }
    if (options < 2) {
        return REASON_CONSTANT;
    }
    if (row->tally.voters == 0) {
        return slot->exposed_uses > 0 ? REASON_EXPOSED : REASON_NO_VOTES;
    }
    return REASON_UNDECIDED;
}

/* What the shares of all options are like, by form of slot. */
struct priors {
    struct prior *by_form[SLOT_FORM_COUNT];
};

static struct priors priors_of(const struct row *rows, size_t count)
{
    struct priors priors;
    for (size_t form = 0; form < SLOT_FORM_COUNT; form++) {
        priors.by_form[form] = prior_new();
    }
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        for (uint32_t k = 0; k < row->slot->option_count; k++) {
            if (row->tally.voters >= PRIOR_VOTERS_MIN) {
                prior_add(priors.by_form[row->slot->form], row->tally.voters,
                          row->tally.frozen[k]);
            }
        }
    }
    for (size_t form = 0; form < SLOT_FORM_COUNT; form++) {
        prior_fit(priors.by_form[form]);
    }
    return priors;
}

static void priors_free(struct priors *priors)
{
    for (size_t form = 0; form < SLOT_FORM_COUNT; form++) {
        prior_free(priors->by_form[form]);
    }
}

/* A slot in all teams that have it. */
struct group {
    const struct baseline_table *table;
    const struct priors *priors;
    const struct row *rows;
    size_t count;
    uint32_t options; /* distinct ones */
};

static struct baseline baseline_of(const struct group *group, size_t at)
{
    const struct row *rows = group->rows;
    struct baseline_votes others[TEAMS_MAX];
    size_t other_count = 0;
    const struct slot *slot = rows[at].slot;
    struct bytes option = slot->options[rows[at].tally.top].text;
    for (size_t i = 0; i < group->count; i++) {
        uint8_t same = slot_find_option(rows[i].slot, option);
        if (i != at && rows[i].tally.voters > 0) {
            others[other_count++] = (struct baseline_votes){
                .voters = rows[i].tally.voters,
                .supporters =
                    same == OPTION_NONE ? 0 : rows[i].tally.frozen[same],
            };
        }
    }
    return baseline_find(group->table, slot->name, option, group->options,
                         others, other_count);
}

static void add_evidence(struct candidates *out, struct candidate *candidate,
                         const struct row *row)
{
    struct sighting *found[SIGHTINGS_MAX];
    uint32_t for_count = 0;
    uint32_t count =
        slot_witnesses(row->slot, row->tally.top, found, &for_count);
    candidate->witnesses =
        arena_take(&out->arena, (count + 1) * sizeof(struct sighting *));
    if (!candidate->witnesses) {
        candidate->reason = REASON_NO_EVIDENCE;
        return;
    }
    memcpy(candidate->witnesses, found, count * sizeof(struct sighting *));
    candidate->witness_count = count;
    candidate->for_count = for_count;
    candidate->counts = sightings_count(found, for_count);
    candidate->principals = sightings_count(found, count).principals;
}

static void add_candidate(struct candidates *out, const struct group *group,
                          size_t at)
{
    const struct row *row = &group->rows[at];
    const struct slot *slot = row->slot;
    struct candidate *candidate = candidates_add(out);
    if (!candidate) {
        return;
    }
    candidate->kind = FINDING_KIND_PREFERENCE;
    candidate->team = slot->team;
    candidate->team_name = row->team_name;
    candidate->subject = slot->name;
    candidate->reason = first_reason(row, group->options);
    candidate->left_out = slot->refused;
    candidate->preference = (struct preference_figures){
        .options = slot->option_count + (slot->other_uses > 0),
        .uses = slot->uses,
        .form = slot->form,
    };
    uint8_t top = row->tally.top;
    if (top != OPTION_NONE) {
        struct baseline baseline = baseline_of(group, at);
        candidate->option = slot->options[top].text;
        candidate->preference.voters = row->tally.voters;
        candidate->preference.supporters = row->tally.frozen[top];
        candidate->preference.now_voters = row->tally.now_voters;
        candidate->preference.now_supporters = row->tally.now[top];
        candidate->preference.baseline = baseline.share;
        candidate->preference.source = baseline.source;
        candidate->preference.probability =
            prior_above(group->priors->by_form[slot->form], row->tally.voters,
                        row->tally.frozen[top], PREFERENCE_SHARE);
        add_evidence(out, candidate, row);
    }
    candidate_name(candidate);
}

static void collect(void *value, struct candidates *out)
{
    struct preferences *state = value;
    size_t slots = count_slots(state);
    struct row *rows = mem_new_array(slots ? slots : 1, sizeof(*rows));
    size_t count = list_rows(state, rows);
    struct priors priors = priors_of(rows, count);
    size_t from = 0;
    while (from < count) {
        size_t to = from + 1;
        while (to < count &&
               bytes_equal(rows[to].slot->name, rows[from].slot->name)) {
            to++;
        }
        struct group group = {
            .table = state->setting->table,
            .priors = &priors,
            .rows = rows + from,
            .count = to - from,
            .options = count_options(rows + from, to - from),
        };
        for (size_t i = 0; i < group.count; i++) {
            add_candidate(out, &group, i);
        }
        from = to;
    }
    priors_free(&priors);
    free(rows);
}

const struct detector preferences_detector = {
    .name = "preferences",
    .version = 1,
    .create = create,
    .destroy = destroy,
    .feed = feed,
    .collect = collect,
};
