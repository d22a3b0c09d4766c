/* SPDX-License-Identifier: MIT */
/* Dreams: the funnel, what they proposed, and every candidate with why it did
 * or did not become a change. */
#include <string.h>

#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/render/text.h"
#include "plugin/plan/candidate.h"
#include "proto/messages.h"

enum {
    LINE_TITLE_MAX = 60
};

/* "tool_calls" reads "tool calls". */
static void add_words(struct buf *out, const char *name)
{
    struct buf words;
    buf_init(&words, PARTS_QUOTE_MAX);
    parts_text(&words, name, PARTS_NAME_MAX);
    for (size_t i = 0; i < words.len; i++) {
        buf_add_u8(out, words.data[i] == '_' ? ' ' : words.data[i]);
    }
    buf_fini(&words);
}

/* What was counted and is not 0; whether anything was proposed is always
 * said. */
static void add_funnel(struct buf *out, Reverie__V1__FunnelStep *const *steps,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = steps[i]->step ? steps[i]->step : "";
        if (steps[i]->count == 0 && strcmp(name, "proposed") != 0) {
            continue;
        }
        buf_add_format(out, "  %10llu  ", (unsigned long long)steps[i]->count);
        add_words(out, steps[i]->step);
        buf_add_u8(out, '\n');
    }
}

static void add_sentence(struct buf *out, const char *sentence)
{
    if (sentence && sentence[0]) {
        parts_text(out, sentence, PARTS_QUOTE_MAX);
        buf_add_u8(out, '\n');
    }
}

static void add_change(struct buf *out, const Reverie__V1__Change *change)
{
    text_short_id(out, message_bytes(change->has_id, change->id), 12);
    buf_add_format(out, "  %s %s  ", render_word("ChangeOp", (int)change->op),
                   render_word("FindingKind", (int)change->kind));
    parts_text(out, change->store, PARTS_NAME_MAX);
    buf_add_text(out, ": ");
    parts_text(out, change->title, PARTS_QUOTE_MAX);
    buf_add_text(out, "\n  why: ");
    parts_numbers(out, change->numbers);
    buf_add_u8(out, '\n');
}

static void add_verdict(struct buf *out,
                        const Reverie__V1__ReviewProposeReply__Result *result)
{
    buf_add_text(out, "  gate: ");
    parts_text(out, result->verdict, PARTS_NAME_MAX);
    buf_add_text(out, " (");
    parts_text(out, result->reason, PARTS_NAME_MAX);
    buf_add_text(out, ") ");
    parts_text(out, result->sentence, PARTS_QUOTE_MAX);
    buf_add_u8(out, '\n');
}

/* What the gate said to ${change}; NULL: it was not asked. */
static const Reverie__V1__ReviewProposeReply__Result *
verdict_of(const Reverie__V1__DreamRunReply *run,
           const Reverie__V1__Change *change)
{
    for (size_t i = 0; i < run->n_results; i++) {
        const Reverie__V1__ReviewProposeReply__Result *result = run->results[i];
        if (bytes_equal(message_bytes(result->has_change, result->change),
                        message_bytes(change->has_id, change->id))) {
            return result;
        }
    }
    return NULL;
}

static void add_set(struct buf *out, const Reverie__V1__DreamRunReply *run,
                    const Reverie__V1__ChangeSet *set)
{
    parts_sort_changes(set->changes, set->n_changes);
    for (size_t i = 0; i < set->n_changes; i++) {
        const Reverie__V1__ReviewProposeReply__Result *result =
            verdict_of(run, set->changes[i]);
        add_change(out, set->changes[i]);
        if (result) {
            add_verdict(out, result);
        }
    }
}

enum err render_dream_run(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__DreamRunReply *run = NULL;
    enum err err = parts_unpack(&reverie__v1__dream_run_reply__descriptor,
                                reply, &arena, &run);
    if (err == ERR_OK) {
        buf_add_text(out, "dream ");
        parts_text(out, run->dream, PARTS_NAME_MAX);
        buf_add_u8(out, '\n');
        add_funnel(out, run->funnel, run->n_funnel);
    }
    for (size_t i = 0; err == ERR_OK && i < run->n_change_sets; i++) {
        add_set(out, run, run->change_sets[i]);
    }
    if (err == ERR_OK) {
        add_sentence(out, run->sentence);
        parts_policy(out, run->policy);
    }
    arena_fini(&arena);
    return err;
}

static void add_dream(struct buf *out,
                      const Reverie__V1__DreamListReply__Dream *dream)
{
    const Reverie__V1__DreamStarted *started = dream->started;
    const Reverie__V1__DreamFinished *finished = dream->finished;
    if (started) {
        parts_text(out, started->dream, PARTS_NAME_MAX);
        buf_add_text(out, "  ");
        text_time(out, dream->started_us);
        buf_add_format(out, "  read 0:%llu to 0:%llu",
                       (unsigned long long)started->from_seq,
                       (unsigned long long)started->to_seq);
    }
    if (finished) {
        buf_add_format(out, ", proposed %u\n  ", finished->proposed);
        add_sentence(out, finished->sentence ? finished->sentence : "-");
    } else {
        buf_add_text(out, ", not finished\n");
    }
}

enum err render_dream_list(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__DreamListReply *list = NULL;
    enum err err = parts_unpack(&reverie__v1__dream_list_reply__descriptor,
                                reply, &arena, &list);
    for (size_t i = 0; err == ERR_OK && i < list->n_dreams; i++) {
        add_dream(out, list->dreams[i]);
    }
    arena_fini(&arena);
    return err;
}

/* Why, in a sentence. */
static void add_reason(struct buf *out, const char *name)
{
    const char *text = name ? reason_text_of(name) : "";
    if (text[0]) {
        buf_add_format(out, "\n  because %s", text);
    }
}

static void add_candidate(struct buf *out,
                          const Reverie__V1__Candidate *candidate)
{
    parts_text(out, candidate->reason, PARTS_NAME_MAX);
    buf_add_format(out, "  %s, team ",
                   render_word("FindingKind", (int)candidate->kind));
    parts_text(out, candidate->team, PARTS_NAME_MAX);
    buf_add_text(out, ": ");
    parts_text(out, candidate->subject, PARTS_QUOTE_MAX);
    /* A mistake or request is named by its subject. */
    bool is_said =
        (int)candidate->kind != REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE &&
        candidate->subject && candidate->option &&
        strstr(candidate->subject, candidate->option);
    if (candidate->option && candidate->option[0] && !is_said) {
        buf_add_text(out, " = ");
        parts_text(out, candidate->option, PARTS_QUOTE_MAX);
    }
    add_reason(out, candidate->reason);
    buf_add_text(out, "\n  ");
    parts_numbers(out, candidate->numbers);
    buf_add_u8(out, '\n');
    if (candidate->quote && candidate->quote[0]) {
        buf_add_format(out, "  %u:%llu ", candidate->example_log,
                       (unsigned long long)candidate->example_seq);
        parts_quote(out, candidate->quote);
        buf_add_u8(out, '\n');
    }
}

static void add_item(struct buf *out, const Reverie__V1__ReviewItem *item)
{
    if (item->change) {
        add_change(out, item->change);
        buf_add_format(out, "  state: %s",
                       render_word("ChangeState", (int)item->state));
        buf_add_text(out, item->reason && item->reason[0] ? ", " : "");
        parts_text(out, item->reason, PARTS_NAME_MAX);
        buf_add_u8(out, '\n');
    }
}

static void add_candidates(struct buf *out,
                           const Reverie__V1__DreamShowReply *show)
{
    for (size_t i = 0; i < show->n_candidates; i++) {
        add_candidate(out, show->candidates[i]);
    }
    if (show->candidates_total > 0) {
        buf_add_format(out, "%zu of %llu candidates shown\n",
                       show->n_candidates,
                       (unsigned long long)show->candidates_total);
    }
}

static void add_dream_head(struct buf *out,
                           const Reverie__V1__DreamShowReply *show)
{
    if (!show->dream) {
        return;
    }
    add_dream(out, show->dream);
    if (show->dream->finished) {
        add_funnel(out, show->dream->finished->funnel,
                   show->dream->finished->n_funnel);
    }
}

/* One change in one line. */
static void add_line(struct buf *out, const Reverie__V1__ReviewItem *item)
{
    const Reverie__V1__Change *change = item->change;
    const Reverie__V1__Numbers *numbers = change->numbers;
    text_short_id(out, message_bytes(change->has_id, change->id), 12);
    buf_add_format(out, "  %-8s  %-10s",
                   render_word("ChangeState", (int)item->state),
                   render_word("FindingKind", (int)change->kind));
    buf_add_format(out, " %3u people %4u sessions  ",
                   numbers ? numbers->principals_for : 0,
                   numbers ? numbers->sessions : 0);
    parts_text(out, change->title, LINE_TITLE_MAX);
    buf_add_u8(out, '\n');
}

/* A line for each change, under the store it is for. */
static void add_overview(struct buf *out,
                         const Reverie__V1__DreamShowReply *show)
{
    const char *store = "";
    render_sort_items(show->items, show->n_items);
    for (size_t i = 0; i < show->n_items; i++) {
        const Reverie__V1__Change *change = show->items[i]->change;
        if (!change) {
            continue;
        }
        if (change->store && strcmp(store, change->store) != 0) {
            store = change->store;
            parts_text(out, store, PARTS_NAME_MAX);
            buf_add_text(out, "\n");
        }
        buf_add_text(out, "  ");
        add_line(out, show->items[i]);
    }
}

enum err render_dream_head(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__DreamShowReply *show = NULL;
    enum err err = parts_unpack(&reverie__v1__dream_show_reply__descriptor,
                                reply, &arena, &show);
    if (err == ERR_OK) {
        add_dream_head(out, show);
        add_overview(out, show);
    }
    arena_fini(&arena);
    return err;
}

enum err render_dream_show(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__DreamShowReply *show = NULL;
    enum err err = parts_unpack(&reverie__v1__dream_show_reply__descriptor,
                                reply, &arena, &show);
    if (err == ERR_OK) {
        add_dream_head(out, show);
        render_sort_items(show->items, show->n_items);
    }
    for (size_t i = 0; err == ERR_OK && i < show->n_items; i++) {
        add_item(out, show->items[i]);
    }
    if (err == ERR_OK) {
        add_candidates(out, show);
    }
    arena_fini(&arena);
    return err;
}
