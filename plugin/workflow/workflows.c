/* SPDX-License-Identifier: MIT */
/* The workflows detector: steps taken in order that go with success.
 *
 * Feeds sessions to workflow/ as strings of steps and, at a dream, makes
 * candidates of what was chosen there, with witnesses: sessions that took the
 * steps and succeeded, against sessions that did not and failed. A team whose
 * sessions did not change since the last dream is not looked at again.
 * Whether one is proposed is decided in plan/decide_workflow.c. */
#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "plugin/detector.h"
#include "plugin/plan/candidate.h"
#include "plugin/workflow/choose.h"

enum {
    FOR_MAX = 96,
    AGAINST_MAX = 48,
    TEXTS_MAX = 4 << 20
};

/* One workflow as it is handed on; texts are in the team's arena. */
struct told {
    struct candidate candidate;
    struct workflow_figures figures; /* the candidate's */
    struct sightings speak_for;
    struct sightings against;
    struct sighting **witnesses; /* both, each in log order */
};

struct team_state {
    struct alphabet *alphabet;
    uint64_t name_hash;
    bool is_read; /* found[] is what the versions below gave */
    uint64_t window_version;
    uint64_t exposure_version;
    struct arena texts;
    struct told *found;
    uint32_t found_count;
};

struct detector_state {
    const struct detector_setting *setting;
    struct window *window;
    struct nominations *nominations;
    struct team_state *teams;
    uint32_t team_count;
};

static void on_close(void *context, const struct session *session)
{
    struct detector_state *state = context;
    const struct team_state *team = &state->teams[session->team];
    pattern_nominate(state->nominations, team->alphabet, team->name_hash,
                     session);
}

static void *create(const struct detector_setting *setting)
{
    struct detector_state *state = mem_new(sizeof(*state));
    state->setting = setting;
    state->window = window_new(on_close, state);
    state->nominations = mem_new(sizeof(*state->nominations));
    return state;
}

static void forget(struct team_state *team)
{
    for (uint32_t i = 0; i < team->found_count; i++) {
        sightings_fini(&team->found[i].speak_for);
        sightings_fini(&team->found[i].against);
        free(team->found[i].witnesses);
    }
    free(team->found);
    team->found = NULL;
    team->found_count = 0;
    arena_fini(&team->texts);
    arena_init(&team->texts, TEXTS_MAX);
}

static void destroy(void *value)
{
    struct detector_state *state = value;
    if (!state) {
        return;
    }
    for (uint32_t t = 0; t < state->team_count; t++) {
        forget(&state->teams[t]);
        arena_fini(&state->teams[t].texts);
        alphabet_free(state->teams[t].alphabet);
    }
    free(state->teams);
    window_free(state->window);
    free(state->nominations);
    free(state);
}

/* ---- feeding ------------------------------------------------------------- */

static struct team_state *team_of(struct detector_state *state, uint32_t team)
{
    while (state->team_count <= team) {
        uint32_t count = state->team_count + 1;
        struct bytes name =
            roster_team_name(state->setting->roster, state->team_count);
        state->teams = mem_grow(state->teams, count * sizeof(*state->teams));
        state->teams[state->team_count] = (struct team_state){
            .alphabet = alphabet_new(),
            .name_hash = hash_bytes(name),
        };
        arena_init(&state->teams[state->team_count].texts, TEXTS_MAX);
        state->team_count = count;
    }
    return &state->teams[team];
}

/* Only what agents and people did: the origin a witness must have. */
static bool may_support(enum origin origin)
{
    return origin == ORIGIN_AGENT || origin == ORIGIN_USER ||
           origin == ORIGIN_OWNER;
}

static void feed_call(struct detector_state *state,
                      const struct detector_event *event)
{
    uint16_t steps[STEPS_PER_CALL_MAX];
    struct team_state *team = team_of(state, event->team);
    if (may_support(event->tuple->origin)) {
        size_t count = alphabet_read(team->alphabet, &event->tuple->call,
                                     event->tuple->quote, steps);
        window_call(state->window, event, steps, count);
    }
}

static void fetch(void *value, const struct detector_event *events,
                  size_t count)
{
    const struct detector_state *state = value;
    uint64_t keys[TOGETHER_MAX];
    size_t key_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (events[i].tuple->kind == TUPLE_TOOL_CALL) {
            keys[key_count++] = window_fetch(state->window, &events[i]);
        }
    }
    for (size_t i = 0; i < key_count; i++) {
        window_fetch_open(state->window, keys[i]);
    }
}

static void feed(void *value, const struct detector_event *event)
{
    struct detector_state *state = value;
    switch (event->tuple->kind) {
    case TUPLE_TOOL_CALL:
        feed_call(state, event);
        break;
    case TUPLE_TOOL_RESULT:
        window_result(state->window, event);
        break;
    case TUPLE_SESSION_END:
        window_end(state->window, event);
        break;
    case TUPLE_OUTCOME:
        window_outcome(state->window, event);
        break;
    case TUPLE_SESSION_START:
    case TUPLE_ERROR:
    case TUPLE_REJECTED:
    case TUPLE_DIRECTIVE:
        break;
    }
}

/* ---- collecting ---------------------------------------------------------- */

/* What one team is looked at with. */
struct look {
    struct detector_state *state;
    struct team_state *team;
    struct workflows found;
    uint32_t number;
};

static struct bytes keep_text(struct look *look, struct buf *text)
{
    struct bytes kept = arena_copy(&look->team->texts, buf_bytes(text));
    buf_fini(text);
    return kept;
}

static struct bytes option_of(struct look *look, const struct pattern *pattern)
{
    struct buf text;
    buf_init(&text, OPTION_MAX_BYTES);
    variant_name(pattern->symbols, pattern->length, look->team->alphabet,
                 &text);
    return keep_text(look, &text);
}

static struct bytes step_name(const struct look *look, uint16_t symbol)
{
    return alphabet_name(look->team->alphabet, symbol / 2U);
}

/* Where it starts and where it gets to. */
static struct bytes subject_of(struct look *look, const struct pattern *pattern)
{
    struct buf text;
    buf_init(&text, SUBJECT_MAX_BYTES);
    buf_add(&text, step_name(look, pattern->symbols[0]));
    buf_add_text(&text, " to ");
    buf_add(&text, step_name(look, pattern->symbols[pattern->length - 1]));
    return keep_text(look, &text);
}

static void finding_of(struct look *look, const struct pattern *pattern,
                       uint8_t out[FINDING_BYTES])
{
    struct bytes team =
        roster_team_name(look->state->setting->roster, look->number);
    finding_id(FINDING_KIND_WORKFLOW, team, subject_of(look, pattern),
               option_of(look, pattern), out);
}

/* A finding that was ever published has been told to unknown views. */
static bool is_published(void *context, const struct pattern *pattern)
{
    struct look *look = context;
    const struct exposures *exposures = look->state->setting->exposures;
    uint8_t finding[FINDING_BYTES];
    if (!exposures_any(exposures)) {
        return false;
    }
    finding_of(look, pattern, finding);
    return exposures_told(exposures, finding, bytes_of(NULL, 0));
}

static bool is_told(void *context, const struct pattern *pattern,
                    const struct session *session)
{
    struct look *look = context;
    uint8_t finding[FINDING_BYTES];
    finding_of(look, pattern, finding);
    return exposures_told(look->state->setting->exposures, finding,
                          session->view);
}

static const struct session_place *place_of_step(const struct session *session,
                                                 uint32_t step)
{
    for (uint32_t i = 0; i < session->place_count; i++) {
        if (session->places[i].step == step) {
            return &session->places[i];
        }
    }
    return NULL;
}

/* The event of the earliest of the pattern's steps that was kept, or NULL. */
static const struct session_place *place_of(const struct session *session,
                                            const struct pattern *pattern)
{
    const struct session_place *place = NULL;
    for (uint32_t s = 0; !place && s < pattern->length; s++) {
        place = place_of_step(session, pattern->symbols[s] / 2U);
    }
    return place;
}

static void cite(struct sightings *set, const struct session *session,
                 const struct pattern *pattern, struct bytes option)
{
    const struct session_place *place = place_of(session, pattern);
    if (!place) {
        return;
    }
    struct tuple tuple = {
        .log = place->log,
        .seq = place->seq,
        .id = bytes_of(place->id, sizeof(place->id)),
        .agent = session->agent,
        .session = session->session,
        .view = session->view,
        .origin = place->origin,
        .has_occurred = place->has_occurred,
        .occurred_us = place->occurred_us,
        .quote = place->quote,
    };
    if (place->has_root) {
        tuple.root = bytes_of(place->root, sizeof(place->root));
    }
    (void)sightings_add(set, &tuple, session->principal, option);
}

static struct bytes other_way(struct look *look, const struct session *session,
                              const struct pattern *pattern)
{
    struct variant variant = variant_of(session, pattern);
    struct buf text;
    buf_init(&text, OPTION_MAX_BYTES);
    buf_add_text(&text, "without: ");
    variant_name(variant.symbols, variant.length, look->team->alphabet, &text);
    return keep_text(look, &text);
}

static int compare_places(const void *a, const void *b)
{
    const struct sighting *x = *(const struct sighting *const *)a;
    const struct sighting *y = *(const struct sighting *const *)b;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static void sort_places(struct sighting **items, uint32_t count)
{
    if (count > 0) {
        qsort(items, count, sizeof(*items), compare_places);
    }
}

static bool has_bit(const uint64_t *set, uint32_t at)
{
    return set && (set[at / 64] >> (at % 64) & 1) != 0;
}

/* Good sessions with it for, bad ones without it against. */
static void cite_all(struct look *look, const struct workflow *workflow,
                     struct told *told)
{
    const struct window_list *sessions = &look->found.sessions;
    struct bytes option = told->candidate.option;
    sightings_init(&told->speak_for, FOR_MAX);
    sightings_init(&told->against, AGAINST_MAX);
    for (uint32_t i = 0; i < sessions->count; i++) {
        const struct session *session = sessions->items[i];
        bool has = pattern_has(workflow->pattern, i);
        if (has_bit(workflow->told, i)) {
            told->figures.exposed++;
        } else if (has && session->outcome == OUTCOME_SUCCESS) {
            cite(&told->speak_for, session, workflow->pattern, option);
        } else if (!has && pattern_reached(workflow->pattern, i) &&
                   session->outcome == OUTCOME_FAILURE &&
                   told->against.count < AGAINST_MAX) {
            cite(&told->against, session, workflow->pattern,
                 other_way(look, session, workflow->pattern));
        }
    }
    struct sightings *a = &told->speak_for;
    struct sightings *b = &told->against;
    told->witnesses = mem_new_array((size_t)a->count + b->count + 1,
                                    sizeof(struct sighting *));
    for (uint32_t i = 0; i < a->count; i++) {
        told->witnesses[i] = a->items[i];
    }
    for (uint32_t i = 0; i < b->count; i++) {
        told->witnesses[a->count + i] = b->items[i];
    }
    sort_places(told->witnesses, a->count);
    sort_places(told->witnesses + a->count, b->count);
}

static void set_strata(struct look *look, const struct workflow *workflow,
                       struct workflow_figures *out)
{
    struct contrast_row rows[CONTRAST_ROWS_MAX];
    const struct strata *strata = &workflow->strata;
    strata_count(strata, &look->found.sessions, workflow->pattern, rows);
    struct contrast_row *kept = arena_take(&look->team->texts, sizeof(rows));
    for (uint32_t i = 0; kept && i < strata->count; i++) {
        if (contrast_is_telling(&rows[i])) {
            kept[out->stratum_count++] = rows[i];
        }
    }
    out->strata = kept;
    out->classes = strata->classes;
    out->lengths = strata->lengths;
    out->times = strata->times;
}

static void set_steps(struct look *look, const struct pattern *pattern,
                      struct workflow_figures *out)
{
    struct variant_option options[OPTIONAL_MAX];
    out->step_count = pattern->length;
    for (uint32_t i = 0; i < pattern->length; i++) {
        out->steps[i] = step_name(look, pattern->symbols[i]);
    }
    out->optional_count =
        variant_options(&look->found.patterns, pattern, options);
    for (uint32_t i = 0; i < out->optional_count; i++) {
        out->optional[i].after = options[i].after;
        out->optional[i].share = options[i].share;
        out->optional[i].step = step_name(look, options[i].symbol);
    }
}

static void set_failing(struct look *look, const struct workflow *workflow,
                        struct workflow_figures *out)
{
    const struct pattern *pattern = workflow->pattern;
    struct variant_count failing;
    if (variant_failing(&workflow->strata, &look->found.sessions, pattern,
                        look->team->alphabet, &failing)) {
        struct buf text;
        buf_init(&text, OPTION_MAX_BYTES);
        variant_name(failing.variant.symbols, failing.variant.length,
                     look->team->alphabet, &text);
        out->failing = keep_text(look, &text);
        out->failing_total.with = failing.sessions;
        out->failing_total.with_good = failing.good;
    }
    uint32_t lowered =
        variant_lowers(&look->found.sessions, pattern, look->team->alphabet);
    if (lowered > 0) {
        out->lowers = alphabet_name(look->team->alphabet, lowered);
    }
}

static void set_figures(struct look *look, const struct workflow *workflow,
                        struct workflow_figures *out)
{
    struct trend trend =
        variant_trend(&look->found.principals, &look->found.sessions,
                      workflow->pattern, workflow->told);
    *out = (struct workflow_figures){
        .total = workflow->total,
        .tested = look->found.tested,
        .kind_log_e = workflow->kind_log_e,
        .left = workflow->left,
        .robust_log_e = workflow->robust_log_e,
        .odds = workflow->odds,
        .uplift = workflow->uplift,
        .adoption = trend_label_name(trend.label),
        .adoption_first = trend.first,
        .adoption_last = trend.last,
        .adoption_p = trend.p,
        .adoption_log_e = trend.log_e,
    };
    set_strata(look, workflow, out);
    set_steps(look, workflow->pattern, out);
    set_failing(look, workflow, out);
}

static void keep_workflow(struct look *look, const struct workflow *workflow,
                          struct told *told)
{
    struct candidate *candidate = &told->candidate;
    const struct roster *roster = look->state->setting->roster;
    *candidate = (struct candidate){
        .kind = FINDING_KIND_WORKFLOW,
        .team = look->number,
        .team_name = roster_team_name(roster, look->number),
        .subject = subject_of(look, workflow->pattern),
        .option = option_of(look, workflow->pattern),
        .log_e = workflow->log_e,
    };
    set_figures(look, workflow, &told->figures);
    candidate->workflow = &told->figures;
    cite_all(look, workflow, told);
    candidate->witnesses = told->witnesses;
    candidate->for_count = told->speak_for.count;
    candidate->witness_count = told->speak_for.count + told->against.count;
    candidate->counts = sightings_count(told->witnesses, told->speak_for.count);
    candidate->principals =
        sightings_count(told->witnesses, candidate->witness_count).principals;
    candidate->left_out = told->speak_for.left_out;
    candidate->reason =
        told->speak_for.count > 0 ? REASON_UNDECIDED : REASON_NO_EVIDENCE;
    candidate_name(candidate);
}

static void read_team(struct detector_state *state, uint32_t number)
{
    struct team_state *team = &state->teams[number];
    struct look look = {.state = state, .team = team, .number = number};
    const struct workflow_exposure exposure = {is_published, is_told, &look};
    forget(team);
    workflows_find(state->window, number, team->alphabet, state->nominations,
                   team->name_hash, &exposure, &look.found);
    team->found =
        mem_new_array((size_t)look.found.count + 1, sizeof(*team->found));
    team->found_count = look.found.count;
    for (uint32_t i = 0; i < look.found.count; i++) {
        keep_workflow(&look, &look.found.items[i], &team->found[i]);
    }
    workflows_fini(&look.found);
}

/* Reads a team again if anything changed. */
static void refresh(struct detector_state *state, uint32_t number)
{
    struct team_state *team = &state->teams[number];
    uint64_t version = window_version(state->window, number);
    uint64_t exposure = exposures_version(state->setting->exposures);
    if (!team->is_read || team->window_version != version ||
        team->exposure_version != exposure) {
        state->setting->work->workflows++;
        read_team(state, number);
        team->is_read = true;
        team->window_version = version;
        team->exposure_version = exposure;
    }
}

static void hand_on(const struct team_state *team, struct candidates *out)
{
    for (uint32_t i = 0; i < team->found_count; i++) {
        struct candidate *candidate = candidates_add(out);
        if (candidate) {
            *candidate = team->found[i].candidate;
        }
    }
}

static void collect(void *value, struct candidates *out)
{
    struct detector_state *state = value;
    for (uint32_t t = 0; t < state->team_count; t++) {
        refresh(state, t);
        hand_on(&state->teams[t], out);
    }
}

const struct detector workflows_detector = {
    .name = "workflows",
    .version = 3,
    .create = create,
    .destroy = destroy,
    .fetch = fetch,
    .feed = feed,
    .collect = collect,
};
