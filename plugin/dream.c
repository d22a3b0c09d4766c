/* SPDX-License-Identifier: MIT */
#include "plugin/dream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "plugin/detector.h"
#include "plugin/hygiene/budget.h"
#include "plugin/hygiene/hygiene.h"
#include "plugin/plan/decide.h"
#include "plugin/plan/directive/wishes.h"
#include "plugin/plan/hygiene/collect_hygiene.h"
#include "plugin/read/normaliser.h"

/* All detectors, in the order in which they see every tuple. */
static const struct detector *const detectors[] = {
    &preferences_detector,
    &directives_detector,
    &mistakes_detector,
    &workflows_detector,
};

enum {
    DETECTORS = ARRAY_LEN(detectors),
    DREAM_VERSION = 2,
    CONFIG_TEXT_MAX = (4 << 20)
};

struct dream {
    struct redact_key key;
    struct normaliser *normaliser;
    struct baseline_table *table;
    struct detector_setting setting;
    struct work work;
    struct plan_memo *memo;
    void *states[DETECTORS];
    struct watch *watch;
    uint64_t budget_tokens;
    struct dream_jobs jobs;
    struct stretches *stretches;   /* NULL: events are read one by one */
    struct detector_event *events; /* waiting, or of the batch being read */
    struct tuples waiting;         /* of the events, where nothing else is */
    size_t event_count;
    size_t event_capacity;
    struct digest config;
    uint64_t first_seq;
    uint64_t last_seq;
    uint64_t teamless;       /* tuples of agents without a team */
    uint64_t updates;        /* memory.update events that were understood */
    uint64_t updates_unread; /* and those that were not */
};

static struct digest digest_of_config(const struct dream *dream)
{
    struct buf text;
    buf_init(&text, CONFIG_TEXT_MAX);
    buf_add_format(&text, "dream=%d normaliser=%d redactor=%d", DREAM_VERSION,
                   NORMALISER_VERSION, REDACTOR_VERSION);
    for (size_t i = 0; i < DETECTORS; i++) {
        buf_add_format(&text, " %s=%u", detectors[i]->name,
                       detectors[i]->version);
    }
    buf_add_format(&text,
                   " alpha=%.17g,%.17g bound=%.17g likely=%.17g,%.17g "
                   "now=%.17g tested=%d users=%d hygiene=%d budget=%llu ",
                   DECIDE_ALPHA_AUTO, DECIDE_ALPHA_PROPOSAL, BASELINE_BOUND,
                   DECIDE_PROBABILITY_MIN, DECIDE_PROBABILITY_MOVED_MIN,
                   DECIDE_NOW_SHARE_MIN, DECIDE_TESTED_MIN,
                   DECIDE_DIRECTIVE_USERS, HYGIENE_VERSION,
                   (unsigned long long)dream->budget_tokens);
    buf_add(&text, baseline_table_text(dream->table));
    struct digest digest = digest_of(
        buf_bytes(&text), bytes_of(dream->key.bytes, REDACT_KEY_BYTES));
    buf_fini(&text);
    return digest;
}

enum err dream_new(const struct dream_config *config, struct buf *out_why,
                   struct dream **out_dream)
{
    struct dream *dream = mem_new(sizeof(*dream));
    dream->key = config->key;
    dream->budget_tokens =
        config->budget_tokens ? config->budget_tokens : BUDGET_TOKENS_DEFAULT;
    enum err err =
        baseline_table_read(config->defaults, out_why, &dream->table);
    if (err != ERR_OK) {
        dream_free(dream);
        return err;
    }
    dream->normaliser = normaliser_new(&config->key);
    dream->jobs = config->jobs;
    if (config->jobs.run) {
        dream->stretches = stretches_new(&config->jobs, &config->key);
    }
    tuples_init(&dream->waiting);
    dream->watch = watch_new();
    dream->memo = plan_memo_new();
    dream->setting.roster = roster_new();
    dream->setting.exposures = exposures_new();
    dream->setting.table = dream->table;
    dream->setting.work = &dream->work;
    for (size_t i = 0; i < DETECTORS; i++) {
        dream->states[i] = detectors[i]->create(&dream->setting);
    }
    dream->config = digest_of_config(dream);
    *out_dream = dream;
    return ERR_OK;
}

void dream_free(struct dream *dream)
{
    if (!dream) {
        return;
    }
    for (size_t i = 0; i < DETECTORS; i++) {
        detectors[i]->destroy(dream->states[i]);
    }
    plan_memo_free(dream->memo);
    watch_free(dream->watch);
    exposures_free(dream->setting.exposures);
    roster_free(dream->setting.roster);
    normaliser_free(dream->normaliser);
    stretches_free(dream->stretches);
    tuples_fini(&dream->waiting);
    free(dream->events);
    baseline_table_free(dream->table);
    free(dream);
}

struct digest dream_config_digest(const struct dream *dream)
{
    return dream->config;
}

const struct work *dream_work(const struct dream *dream)
{
    return &dream->work;
}

uint64_t dream_position(const struct dream *dream)
{
    return dream->last_seq;
}

/* Looks the names of ${tuple} up; false if it is nobody's, or beyond what the
 * roster holds. */
static bool enrol(struct dream *dream, const struct tuple *tuple,
                  struct detector_event *out)
{
    struct roster *roster = dream->setting.roster;
    if (tuple->team.len == 0) {
        /* Nobody's store: there is nothing to propose to. */
        dream->teamless++;
        return false;
    }
    uint32_t team = roster_team(roster, tuple->team);
    if (team == ROSTER_NONE) {
        return false;
    }
    uint32_t principal = roster_principal(roster, team, tuple->principal);
    if (principal == ROSTER_NONE) {
        return false;
    }
    if (tuple->kind == TUPLE_TOOL_CALL) {
        roster_use(roster, team, tuple->call.tool, tuple->agent);
    }
    *out = (struct detector_event){
        .tuple = tuple, .team = team, .principal = principal};
    return true;
}

/* ---- many events at once ------------------------------------------------- */

static void add_event(struct dream *dream, const struct detector_event *event)
{
    if (dream->event_count == dream->event_capacity) {
        dream->event_capacity =
            dream->event_capacity ? dream->event_capacity * 2 : TOGETHER_MAX;
        dream->events = mem_grow(dream->events, dream->event_capacity *
                                                    sizeof(*dream->events));
    }
    dream->events[dream->event_count++] = *event;
}

static void keep_event(void *context, const struct tuple *tuple)
{
    struct detector_event event;
    if (enrol(context, tuple, &event)) {
        add_event(context, &event);
    }
}

static void feed_watch(struct dream *dream)
{
    for (size_t i = 0; i < dream->event_count; i++) {
        watch_feed(dream->watch, dream->events[i].tuple);
    }
}

static void feed_together(const struct detector *detector, void *state,
                          const struct detector_event *events, size_t count)
{
    if (detector->fetch) {
        detector->fetch(state, events, count);
    }
    for (size_t i = 0; i < count; i++) {
        detector->feed(state, &events[i]);
    }
}

/* Detectors, and the watch behind them, share nothing that changes while they
 * are fed. */
static void feed_detector(void *state, size_t index)
{
    struct dream *dream = state;
    if (index == DETECTORS) {
        feed_watch(dream);
        return;
    }
    for (size_t at = 0; at < dream->event_count; at += TOGETHER_MAX) {
        size_t rest = dream->event_count - at;
        feed_together(detectors[index], dream->states[index],
                      &dream->events[at],
                      rest < TOGETHER_MAX ? rest : TOGETHER_MAX);
    }
}

static void feed_detectors(struct dream *dream)
{
    for (size_t i = 0; i <= DETECTORS; i++) {
        feed_detector(dream, i);
    }
    dream->event_count = 0;
}

/* Each detector takes in all that waits before the next one does: its code and
 * its tables are then near. */
static void feed_waiting(struct dream *dream)
{
    for (size_t i = 0; i < dream->event_count; i++) {
        dream->events[i].tuple = &dream->waiting.items[i];
    }
    feed_detectors(dream);
    tuples_reset(&dream->waiting);
}

/* A tuple that is too large to wait is taken in at once, behind those that
 * do. */
static void feed_tuple(void *context, const struct tuple *tuple)
{
    struct dream *dream = context;
    struct detector_event event;
    if (!enrol(dream, tuple, &event)) {
        return;
    }
    if (!tuples_keep(&dream->waiting, tuple)) {
        feed_waiting(dream);
        add_event(dream, &event);
        feed_detectors(dream);
        return;
    }
    add_event(dream, &event);
    if (dream->event_count == TOGETHER_MAX) {
        feed_waiting(dream);
    }
}

/* Takes in what waits, alone or in a batch. */
static void feed_batch(struct dream *dream)
{
    feed_waiting(dream);
    if (!dream->stretches) {
        return;
    }
    stretches_read(dream->stretches, keep_event, dream);
    if (dream->event_count > 0) {
        dream->jobs.run(dream->jobs.context, feed_detector, dream,
                        DETECTORS + 1);
        dream->event_count = 0;
    }
}

static void read_event(struct dream *dream, const struct stamp *stamp,
                       const struct envelope *envelope, struct bytes body)
{
    if (dream->stretches) {
        if (stretches_add(dream->stretches, stamp, envelope, body)) {
            return;
        }
        feed_batch(dream);
        if (stretches_add(dream->stretches, stamp, envelope, body)) {
            return;
        }
    }
    normaliser_read(dream->normaliser, stamp, envelope, body, feed_tuple,
                    dream);
}

/* What is told from here on changes what counts: it waits for what came
 * before. */
static void take_update(struct dream *dream, struct bytes body)
{
    feed_batch(dream);
    bool is_read = exposures_update(dream->setting.exposures, body) == ERR_OK;
    dream->updates += is_read;
    dream->updates_unread += !is_read;
}

void dream_feed(struct dream *dream, const struct stamp *stamp,
                const struct envelope *envelope, struct bytes body)
{
    if (stamp->seq <= dream->last_seq) {
        return;
    }
    dream->first_seq = dream->first_seq ? dream->first_seq : stamp->seq;
    dream->last_seq = stamp->seq;
    if (bytes_equal_text(envelope->kind, "memory.update") && !stamp->erased) {
        take_update(dream, body);
    }
    read_event(dream, stamp, envelope, body);
}

/* ---- finishing ----------------------------------------------------------- */

/* The dream is named by what it is computed from. */
static void name_dream(const struct dream *dream,
                       const struct dream_question *question, char *out)
{
    struct buf text;
    buf_init(&text, CONFIG_TEXT_MAX);
    buf_add(&text, bytes_of(dream->config.bytes, DIGEST_BYTES));
    buf_add_u64(&text, dream->first_seq);
    buf_add_u64(&text, dream->last_seq);
    buf_add_u64(&text, question->ledger_seq);
    for (size_t i = 0; i < question->team_count; i++) {
        buf_add_text(&text, question->teams[i]);
        buf_add_u8(&text, 0);
    }
    struct digest digest = digest_of(buf_bytes(&text), (struct bytes){NULL, 0});
    out[0] = 'd';
    out[1] = '-';
    hex_text(bytes_of(digest.bytes, ID_BYTES), out + 2);
    buf_fini(&text);
}

static void count_input(const struct dream *dream, uint64_t left_out,
                        struct funnel *funnel)
{
    struct normaliser_counts sum = *normaliser_counts(dream->normaliser);
    const struct normaliser_counts *counts = &sum;
    if (dream->stretches) {
        stretches_counts(dream->stretches, &sum);
    }
    funnel_add(funnel, "events", counts->events);
    funnel_add(funnel, "ignored", counts->ignored);
    funnel_add(funnel, "erased", counts->erased);
    funnel_add(funnel, "malformed", counts->malformed + dream->updates_unread);
    funnel_add(funnel, "redactions", counts->redactions);
    funnel_add(funnel, "tool_calls", counts->tool_calls);
    funnel_add(funnel, "tool_results", counts->tool_results);
    funnel_add(funnel, "errors", counts->errors);
    funnel_add(funnel, "rejected", counts->rejected);
    funnel_add(funnel, "directives", counts->directives);
    funnel_add(funnel, "teams", roster_teams(dream->setting.roster));
    funnel_add(funnel, "teamless", dream->teamless);
    funnel_add(funnel, "left_out",
               counts->cut + roster_refused(dream->setting.roster) + left_out +
                   watch_dropped(dream->watch));
}

static bool is_asked(const struct dream_question *question, struct bytes team)
{
    bool is_asked = question->team_count == 0;
    for (size_t i = 0; i < question->team_count; i++) {
        is_asked |= bytes_equal_text(team, question->teams[i]);
    }
    return is_asked;
}

static void keep_asked(const struct dream_question *question,
                       struct candidates *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (is_asked(question, list->items[i].team_name)) {
            list->items[kept++] = list->items[i];
        }
    }
    list->count = kept;
}

void dream_finish(struct dream *dream, const struct dream_question *question,
                  struct dream_result *out_result)
{
    struct dream_result *result = out_result;
    feed_batch(dream);
    *result = (struct dream_result){.from_seq = dream->first_seq,
                                    .to_seq = dream->last_seq,
                                    .config = dream->config};
    name_dream(dream, question, result->name);
    candidates_init(&result->candidates);
    /* Mistakes take most room beside their candidates: before preferences are
     * there. The list is sorted after all. */
    for (size_t i = DETECTORS; i-- > 0;) {
        detectors[i]->collect(dream->states[i], &result->candidates);
    }
    keep_asked(question, &result->candidates);
    candidates_sort(&result->candidates);
    wishes_unite(&result->candidates, dream->setting.exposures);
    decide(&result->candidates);
    const struct collect_hygiene hygiene = {
        .known = question->known,
        .watch = dream->watch,
        .roster = dream->setting.roster,
        .budget_tokens = dream->budget_tokens,
    };
    uint64_t left_out = collect_hygiene(&hygiene, &result->candidates);
    left_out += result->candidates.left_out;
    keep_asked(question, &result->candidates);
    struct plan_range range = {
        .dream = bytes_of_text(result->name),
        .from_seq = dream->first_seq,
        .to_seq = dream->last_seq,
        .ledger_seq = question->ledger_seq,
        .config = dream->config,
    };
    plan_make(&result->candidates, dream->setting.roster, question->known,
              &range, dream->memo, &result->plan);
    dream->work.changes = plan_memo_made(dream->memo);
    count_input(dream, left_out, &result->funnel);
    funnel_of_candidates(&result->candidates, &result->funnel);
}

void dream_result_fini(struct dream_result *result)
{
    plan_fini(&result->plan);
    candidates_fini(&result->candidates);
}
