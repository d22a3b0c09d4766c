/* SPDX-License-Identifier: MIT */
#include "plugin/plan/report.h"

#include <stdlib.h>
#include <string.h>

#include "memory/stats/stats.h"
#include "proto/messages.h"

enum {
    REASONS_SAID = 3
};

struct report {
    const struct candidate **order;
    size_t count;
    size_t at;
    uint64_t left_out;
    uint32_t proposed;
};

void funnel_add(struct funnel *funnel, const char *step, uint64_t count)
{
    assert(funnel->count < FUNNEL_MAX);
    funnel->steps[funnel->count++] = (struct funnel_step){step, count};
}

uint64_t funnel_count(const struct funnel *funnel, const char *step)
{
    for (size_t i = 0; i < funnel->count; i++) {
        if (strcmp(funnel->steps[i].step, step) == 0) {
            return funnel->steps[i].count;
        }
    }
    return 0;
}

/* How far a candidate came, as counters of the funnel. */
struct stages {
    uint64_t slots;
    uint64_t tested;
    uint64_t significant;
    uint64_t directives;
    uint64_t mistakes;
    uint64_t workflows;
    uint64_t hygiene;
    uint64_t with_tier;
    uint64_t reasons[REASON_COUNT];
};

static bool is_significant(const struct candidate *candidate)
{
    return candidate->kind == FINDING_KIND_PREFERENCE &&
           candidate->family > 0 &&
           candidate->reason != REASON_NOT_SIGNIFICANT &&
           candidate->reason != REASON_NOT_ROBUST;
}

static void count_stages(const struct candidates *list, struct stages *stages)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct candidate *candidate = &list->items[i];
        bool is_slot = candidate->kind == FINDING_KIND_PREFERENCE;
        stages->slots += is_slot;
        stages->tested += is_slot && candidate->family > 0;
        stages->significant += is_significant(candidate);
        stages->directives += candidate->kind == FINDING_KIND_DIRECTIVE;
        stages->mistakes += candidate->kind == FINDING_KIND_MISTAKE;
        stages->workflows += candidate->kind == FINDING_KIND_WORKFLOW;
        stages->hygiene += candidate->kind == FINDING_KIND_HYGIENE;
        stages->with_tier += candidate->tier != TIER_NONE;
        stages->reasons[candidate->reason]++;
    }
}

void funnel_of_candidates(const struct candidates *list, struct funnel *funnel)
{
    struct stages stages = {0};
    count_stages(list, &stages);
    funnel_add(funnel, "slots", stages.slots);
    funnel_add(funnel, "slots_tested", stages.tested);
    funnel_add(funnel, "slots_significant", stages.significant);
    funnel_add(funnel, "directives_stated", stages.directives);
    funnel_add(funnel, "mistakes_seen", stages.mistakes);
    funnel_add(funnel, "workflows_tested", stages.workflows);
    funnel_add(funnel, "memories_doubted", stages.hygiene);
    funnel_add(funnel, "candidates", list->count);
    funnel_add(funnel, "candidates_dropped", list->dropped);
    funnel_add(funnel, "passed", stages.with_tier);
    for (size_t i = 0; i < REASON_COUNT; i++) {
        if (stages.reasons[i] > 0 || i == REASON_PROPOSED) {
            funnel_add(funnel, reason_name((enum reason)i), stages.reasons[i]);
        }
    }
}

/* The reason, not said yet, for which most candidates ended; REASON_COUNT where
 * none is left. */
static size_t next_reason(const struct funnel *funnel, const bool *is_said,
                          uint64_t *out_count)
{
    size_t best = REASON_COUNT;
    *out_count = 0;
    for (size_t i = 0; i < REASON_COUNT; i++) {
        uint64_t count = funnel_count(funnel, reason_name((enum reason)i));
        if (!is_said[i] && count > *out_count) {
            best = i;
            *out_count = count;
        }
    }
    return best;
}

/* "12 one_principal, 3 constant": where most of them ended, at most three. */
static void add_reasons(const struct funnel *funnel, struct buf *out)
{
    bool is_said[REASON_COUNT] = {false};
    for (int shown = 0; shown < REASONS_SAID; shown++) {
        uint64_t count = 0;
        size_t reason = next_reason(funnel, is_said, &count);
        if (reason == REASON_COUNT) {
            return;
        }
        is_said[reason] = true;
        buf_add_format(out, "%s%llu %s", shown > 0 ? ", " : "",
                       (unsigned long long)count,
                       reason_name((enum reason)reason));
    }
}

void report_sentence(const struct funnel *funnel, struct buf *out)
{
    unsigned long long proposed = funnel_count(funnel, "proposed");
    unsigned long long unchanged = funnel_count(funnel, "unchanged");
    unsigned long long candidates = funnel_count(funnel, "candidates");
    if (proposed > 0) {
        buf_add_format(out, "%llu change%s proposed of %llu candidates",
                       proposed, proposed == 1 ? "" : "s", candidates);
    } else if (candidates == 0) {
        buf_add_text(out, "nothing changed because nothing was noticed");
    } else {
        buf_add_format(out, "nothing changed: of %llu candidate%s ", candidates,
                       candidates == 1 ? "" : "s");
        add_reasons(funnel, out);
    }
    buf_add_format(out, "; %llu known already.", unchanged);
}

/* ---- candidates ---------------------------------------------------------- */

/* What became a change first; then by principals, then by id. */
static int compare(const void *a, const void *b)
{
    const struct candidate *x = *(const struct candidate *const *)a;
    const struct candidate *y = *(const struct candidate *const *)b;
    int order = (int)y->tier - (int)x->tier;
    if (order == 0) {
        order = (x->counts.principals < y->counts.principals) -
                (x->counts.principals > y->counts.principals);
    }
    if (order == 0) {
        order = (x->counts.sessions < y->counts.sessions) -
                (x->counts.sessions > y->counts.sessions);
    }
    return order ? order : memcmp(x->finding, y->finding, FINDING_BYTES);
}

struct report *report_new(const struct candidates *list)
{
    struct report *report = mem_new(sizeof(*report));
    report->order = mem_new_array(list->count + 1, sizeof(*report->order));
    for (size_t i = 0; i < list->count; i++) {
        report->order[i] = &list->items[i];
        report->proposed += list->items[i].reason == REASON_PROPOSED;
    }
    if (list->count > 0) {
        qsort(report->order, list->count, sizeof(struct candidate *), compare);
    }
    report->count = list->count < REPORT_CANDIDATES_MAX
                        ? list->count
                        : (size_t)REPORT_CANDIDATES_MAX;
    report->left_out = list->count - report->count + list->dropped;
    return report;
}

void report_free(struct report *report)
{
    if (report) {
        free(report->order);
        free(report);
    }
}

uint64_t report_left_out(const struct report *report)
{
    return report->left_out;
}

static char *text_of(struct arena *arena, struct bytes text)
{
    struct bytes copy = arena_copy(arena, text);
    return copy.data ? message_field(copy.data) : arena_take(arena, 1);
}

static void set_numbers(const struct candidate *from,
                        Reverie__V1__Numbers *numbers)
{
    static const struct preference_figures none;
    bool is_slot = from->kind == FINDING_KIND_PREFERENCE;
    const struct preference_figures *votes =
        is_slot ? &from->preference : &none;
    numbers->has_principals = true;
    numbers->principals = is_slot ? votes->voters : from->principals;
    numbers->has_principals_for = true;
    numbers->principals_for =
        is_slot ? votes->supporters : from->counts.principals;
    numbers->has_sessions = true;
    numbers->sessions = from->counts.sessions;
    numbers->has_days = true;
    numbers->days = from->counts.days;
    numbers->has_events = true;
    numbers->events = from->counts.events;
    numbers->has_share = true;
    numbers->share = stats_share(numbers->principals, numbers->principals_for);
    numbers->has_no_time = true;
    numbers->no_time = from->counts.no_time;
    numbers->tier = message_field(tier_name(from->tier));
    if (from->family > 0) {
        numbers->has_baseline = votes->source != BASELINE_NONE;
        numbers->baseline = votes->baseline;
        numbers->has_log_e = true;
        numbers->log_e = from->log_e;
        numbers->has_alpha = true;
        numbers->alpha = from->alpha;
        numbers->has_family = true;
        numbers->family = from->family;
        numbers->has_rank = true;
        numbers->rank = from->rank;
        numbers->has_posterior = true;
        numbers->posterior = from->posterior;
        numbers->has_probability = true;
        numbers->probability = votes->probability;
    }
}

static Reverie__V1__Candidate *candidate_of(const struct candidate *from,
                                            struct arena *arena)
{
    Reverie__V1__Candidate *candidate = arena_take(arena, sizeof(*candidate));
    reverie__v1__candidate__init(candidate);
    candidate->has_finding = true;
    candidate->finding = message_binary(bytes_of(from->finding, FINDING_BYTES));
    candidate->has_kind = true;
    candidate->kind = (Reverie__V1__FindingKind)from->kind;
    candidate->team = text_of(arena, from->team_name);
    candidate->subject = text_of(arena, from->subject);
    candidate->option = text_of(arena, from->option);
    candidate->reason =
        text_of(arena, bytes_of_text(reason_name(from->reason)));
    candidate->numbers = arena_take(arena, sizeof(*candidate->numbers));
    reverie__v1__numbers__init(candidate->numbers);
    set_numbers(from, candidate->numbers);
    if (from->witness_count > 0) {
        const struct sighting *example = from->witnesses[0];
        candidate->quote = text_of(arena, example->quote);
        candidate->has_example_log = true;
        candidate->example_log = example->log;
        candidate->has_example_seq = true;
        candidate->example_seq = example->seq;
    }
    return candidate;
}

bool report_next(struct report *report, struct bytes dream, struct buf *out)
{
    enum {
        PART_MAX = 512, /* candidates; a witness-free one has at most 1 KiB
                         * apart from its texts */
        ARENA_MAX = 16 << 20,
        STAMP_ROOM = 4096
    };
    if (report->at == report->count) {
        return false;
    }
    struct arena arena;
    arena_init(&arena, ARENA_MAX);
    Reverie__V1__Candidate *items[PART_MAX];
    Reverie__V1__DreamCandidates part = REVERIE__V1__DREAM_CANDIDATES__INIT;
    part.dream = text_of(&arena, dream);
    part.candidates = items;
    size_t bytes = 0;
    while (report->at < report->count && part.n_candidates < PART_MAX) {
        Reverie__V1__Candidate *next =
            candidate_of(report->order[report->at], &arena);
        bytes += protobuf_c_message_get_packed_size(&next->base) + 8;
        if (bytes > REPORT_CHUNK_BYTES - STAMP_ROOM && part.n_candidates > 0) {
            break;
        }
        items[part.n_candidates++] = next;
        report->at++;
    }
    Reverie__V1__DreamReportRequest request =
        REVERIE__V1__DREAM_REPORT_REQUEST__INIT;
    request.candidates = &part;
    message_pack(&request, out);
    arena_fini(&arena);
    return true;
}

void report_finished(const struct report *report, const struct funnel *funnel,
                     struct bytes dream, struct buf *out)
{
    Reverie__V1__FunnelStep steps[FUNNEL_MAX];
    Reverie__V1__FunnelStep *pointers[FUNNEL_MAX];
    for (size_t i = 0; i < funnel->count; i++) {
        reverie__v1__funnel_step__init(&steps[i]);
        steps[i].step = message_field(funnel->steps[i].step);
        steps[i].has_count = true;
        steps[i].count = funnel->steps[i].count;
        pointers[i] = &steps[i];
    }
    struct buf sentence;
    buf_init(&sentence, REPORT_SENTENCE_MAX);
    report_sentence(funnel, &sentence);
    char *name = bytes_to_text(dream);
    Reverie__V1__DreamFinished finished = REVERIE__V1__DREAM_FINISHED__INIT;
    finished.dream = name;
    finished.funnel = pointers;
    finished.n_funnel = funnel->count;
    finished.has_proposed = true;
    finished.proposed = report->proposed;
    finished.sentence = message_field(buf_text(&sentence));
    finished.has_candidates_dropped = true;
    finished.candidates_dropped = report->left_out;
    Reverie__V1__DreamReportRequest request =
        REVERIE__V1__DREAM_REPORT_REQUEST__INIT;
    request.finished = &finished;
    message_pack(&request, out);
    buf_fini(&sentence);
    free(name);
}
