/* SPDX-License-Identifier: MIT */
/* Proposed changes: what, why, who says so, who disagrees, what became of
 * them. */
#include <string.h>

#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/render/text.h"
#include "proto/messages.h"

enum {
    SHORT_ID = 12
};

static void add_head(struct buf *out, const Reverie__V1__Change *change)
{
    text_short_id(out, message_bytes(change->has_id, change->id), SHORT_ID);
    buf_add_format(out, "  %s %s  ", render_word("ChangeOp", (int)change->op),
                   render_word("FindingKind", (int)change->kind));
    parts_text(out, change->store, PARTS_NAME_MAX);
    buf_add_u8(out, ' ');
    parts_text(out, change->path, PARTS_NAME_MAX);
    buf_add_text(out, "\n  ");
    parts_text(out, change->title, PARTS_QUOTE_MAX);
    buf_add_u8(out, '\n');
}

static void add_line(struct buf *out, const char *label, const char *text)
{
    if (text && text[0]) {
        buf_add_format(out, "  %s: ", label);
        parts_text(out, text, PARTS_QUOTE_MAX);
        buf_add_u8(out, '\n');
    }
}

/* Whether ${title} holds ${text}: no need to say it twice. */
static bool says(const char *title, const char *text)
{
    return title && text && strstr(title, text) != NULL;
}

static void add_why(struct buf *out, const Reverie__V1__Change *change)
{
    if (change->numbers) {
        buf_add_text(out, "  why: ");
        parts_numbers(out, change->numbers);
        buf_add_u8(out, '\n');
    }
    if (!says(change->title, change->subject)) {
        add_line(out, "about", change->subject);
    }
    if (!says(change->title, change->option)) {
        add_line(out, "choice", change->option);
    }
}

/* Where it stands: its risk, its state, and the reasons of planner and gate. */
static void add_standing(struct buf *out, const Reverie__V1__ReviewItem *item)
{
    const Reverie__V1__Change *change = item->change;
    buf_add_format(out, "  risk: %s\n",
                   render_word("RiskClass", (int)change->risk));
    buf_add_format(out, "  state: %s",
                   render_word("ChangeState", (int)item->state));
    if (item->reason && item->reason[0]) {
        buf_add_text(out, " (");
        parts_text(out, item->reason, PARTS_NAME_MAX);
        buf_add_u8(out, ')');
    }
    if (item->sentence && item->sentence[0]) {
        buf_add_text(out, ": ");
        parts_text(out, item->sentence, PARTS_QUOTE_MAX);
    }
    buf_add_u8(out, '\n');
    if (change->reason && strcmp(change->reason, "proposed") != 0) {
        add_line(out, "proposed because", change->reason);
    }
    add_line(out, "proposer", item->proposer);
    add_line(out, "reviewer", item->reviewer);
    add_line(out, "dream", item->dream);
}

/* What it changes: of a change that is decided, what it says. */
static void add_content(struct buf *out, const Reverie__V1__ReviewItem *item)
{
    const Reverie__V1__Change *change = item->change;
    bool retires = change->op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE;
    struct bytes before = message_text(item->current_content);
    struct bytes after = message_text(retires ? NULL : change->content);
    if (bytes_equal(before, after)) {
        buf_add_text(out, "  what it says, and memory holds now:\n");
        text_block(out, after, "      ");
        return;
    }
    buf_add_text(out, "  what changes:\n");
    text_diff(out, before, after, "    ");
}

static void add_replaced(struct buf *out, const Reverie__V1__ReviewItem *item)
{
    bool is_new = item->change->base_version == 0;
    buf_add_text(out, "  replaces: ");
    if (!is_new) {
        buf_add_format(out, "version %llu of this memory",
                       (unsigned long long)item->change->base_version);
    }
    for (size_t i = 0; i < item->n_replaced; i++) {
        buf_add_text(out, i > 0 || !is_new ? ", " : "");
        parts_text(out, item->replaced[i], PARTS_NAME_MAX);
    }
    buf_add_text(out, is_new && item->n_replaced == 0 ? "nothing\n" : "\n");
    if (item->change->has_pin) {
        buf_add_format(out, "  pin: it %s\n",
                       item->change->pin ? "is pinned with it"
                                         : "loses its pin");
    }
}

static void add_next_steps(struct buf *out, const Reverie__V1__ReviewItem *item)
{
    if (item->state != REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED) {
        return;
    }
    buf_add_text(out, "decide: reverie review approve ");
    text_short_id(out, message_bytes(item->change->has_id, item->change->id),
                  SHORT_ID);
    buf_add_text(out, " (or reject, edit)\n");
}

enum err render_review_list(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__ReviewListReply *list = NULL;
    enum err err = parts_unpack(&reverie__v1__review_list_reply__descriptor,
                                reply, &arena, &list);
    if (err == ERR_OK) {
        render_sort_items(list->items, list->n_items);
    }
    for (size_t i = 0; err == ERR_OK && i < list->n_items; i++) {
        const Reverie__V1__ReviewItem *item = list->items[i];
        if (item->change) {
            add_head(out, item->change);
            add_why(out, item->change);
            buf_add_format(out, "  risk: %s\n",
                           render_word("RiskClass", (int)item->change->risk));
        }
    }
    arena_fini(&arena);
    return err;
}

enum err render_review_show(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__ReviewShowReply *show = NULL;
    enum err err = parts_unpack(&reverie__v1__review_show_reply__descriptor,
                                reply, &arena, &show);
    const Reverie__V1__ReviewItem *item = err == ERR_OK ? show->item : NULL;
    if (item && item->change) {
        const Reverie__V1__Change *change = item->change;
        add_head(out, change);
        add_content(out, item);
        add_why(out, change);
        parts_witnesses(out, (const void *const *)change->witnesses,
                        change->n_witnesses);
        add_replaced(out, item);
        add_standing(out, item);
        add_next_steps(out, item);
    }
    arena_fini(&arena);
    return err;
}

enum err render_review_decide(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__ReviewDecideReply *decided = NULL;
    enum err err = parts_unpack(&reverie__v1__review_decide_reply__descriptor,
                                reply, &arena, &decided);
    if (err == ERR_OK) {
        if (decided->verdict && decided->verdict[0]) {
            buf_add_text(out, "gate: ");
            parts_text(out, decided->verdict, PARTS_NAME_MAX);
        } else {
            buf_add_text(out, "the decision is recorded; nothing is applied");
        }
        if (decided->reason && decided->reason[0]) {
            buf_add_text(out, " (");
            parts_text(out, decided->reason, PARTS_NAME_MAX);
            buf_add_text(out, ") ");
            parts_text(out, decided->sentence, PARTS_QUOTE_MAX);
        }
        buf_add_u8(out, '\n');
        if (decided->has_number && decided->number > 0) {
            buf_add_format(out, "applied as version %llu\n",
                           (unsigned long long)decided->number);
        }
        if (decided->has_change) {
            buf_add_text(out, "the edited change is ");
            text_short_id(out, message_bytes(true, decided->change), SHORT_ID);
            buf_add_u8(out, '\n');
        }
    }
    arena_fini(&arena);
    return err;
}
