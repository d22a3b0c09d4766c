/* SPDX-License-Identifier: MIT */
#include "cli/render/parts.h"

#include <math.h>
#include <string.h>

#include "base/map.h"
#include "cli/render/render.h"
#include "cli/render/text.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    ARENA_MAX = 4 * CONTROL_MAX,
    QUOTES_MAX = 3, /* for, and against */
    PEOPLE_MAX = 4096
};

enum err parts_unpack(const void *descriptor, struct bytes reply,
                      struct arena *arena, void *out_message)
{
    arena_init(arena, ARENA_MAX);
    return message_unpack(descriptor, reply, arena, out_message);
}

void parts_text(struct buf *out, const char *text, size_t max)
{
    text_line(out, message_text(text), max);
}

void parts_quote(struct buf *out, const char *text)
{
    bool has_marks = text && text[0] == '"';
    buf_add_text(out, has_marks ? "" : "\"");
    parts_text(out, text, PARTS_QUOTE_MAX);
    buf_add_text(out, has_marks ? "" : "\"");
}

/* ---- numbers ---------------------------------------------------------------
 */

static void add_baseline(struct buf *out, const Reverie__V1__Numbers *numbers)
{
    const char *source =
        numbers->baseline_source ? numbers->baseline_source : "";
    if (!numbers->has_baseline) {
        /* Mistakes have no baseline, and name none. */
        bool is_missing = strcmp(source, "none") == 0;
        buf_add_text(out, is_missing ? "; nothing to compare with" : "");
        return;
    }
    bool is_teams = strcmp(source, "teams") == 0;
    buf_add_format(out, "; %s %.0f %%",
                   is_teams ? "other teams" : "usual elsewhere",
                   numbers->baseline * 100);
}

/* An e-value is how much better the finding explains the choices than chance
 * at the baseline does. */
static void add_strength(struct buf *out, const Reverie__V1__Numbers *numbers)
{
    if (!numbers->has_log_e) {
        return;
    }
    double log10_e = numbers->log_e / log(10);
    if (log10_e >= 4) {
        buf_add_format(out, "; explains it 10^%.0f times better than chance",
                       floor(log10_e));
    } else if (log10_e >= log10(2)) {
        /* Two digits: more are not meant. */
        double unit = pow(10, fmax(floor(log10_e) - 1, 0));
        buf_add_format(out, "; explains it %.0f times better than chance",
                       floor(pow(10, log10_e) / unit) * unit);
    } else {
        buf_add_text(out, "; explains it no better than chance");
    }
}

void parts_numbers(struct buf *out, const void *message)
{
    const Reverie__V1__Numbers *numbers = message;
    if (!numbers) {
        return;
    }
    if (numbers->principals > numbers->principals_for) {
        buf_add_format(out, "%u of %u people", numbers->principals_for,
                       numbers->principals);
    } else {
        text_count(out, numbers->principals_for, "person", "people");
    }
    /* One event in each session: once is enough. */
    if (numbers->events != numbers->sessions) {
        buf_add_text(out, ", ");
        bool is_choice = numbers->has_share != 0;
        text_count(out, numbers->events, is_choice ? "call" : "event",
                   is_choice ? "calls" : "events");
    }
    if (numbers->sessions > 0) {
        buf_add_text(out, ", ");
        text_count(out, numbers->sessions, "session", "sessions");
    }
    if (numbers->days > 0) {
        buf_add_text(out, ", ");
        text_count(out, numbers->days, "day", "days");
    }
    if (numbers->has_share || numbers->has_baseline) {
        add_baseline(out, numbers);
    }
    add_strength(out, numbers);
    if (numbers->no_time) {
        buf_add_text(out, "; times unknown");
    }
}

/* ---- witnesses -------------------------------------------------------------
 */

/* Longer quotes say more, up to a line; owners' and users' words weigh most. */
static size_t weight(const Reverie__V1__Witness *witness)
{
    size_t len = witness->quote ? strlen(witness->quote) : 0;
    size_t weight = len > 80 ? 80 : len;
    if (witness->origin == REVERIE__V1__ORIGIN__ORIGIN_OWNER ||
        witness->origin == REVERIE__V1__ORIGIN__ORIGIN_USER) {
        weight += 100;
    }
    return weight;
}

static struct bytes person(const Reverie__V1__Witness *witness)
{
    return message_text(witness->principal);
}

/* The heaviest witness of ${against} whose person was not quoted yet. */
static const Reverie__V1__Witness *
best(const Reverie__V1__Witness *const *witnesses, size_t count, bool against,
     const struct map *quoted)
{
    const Reverie__V1__Witness *found = NULL;
    for (size_t i = 0; i < count; i++) {
        const Reverie__V1__Witness *witness = witnesses[i];
        bool is_against = witness->against != 0;
        if (is_against != against || map_get(quoted, person(witness)) ||
            !witness->quote) {
            continue;
        }
        if (!found || weight(witness) > weight(found)) {
            found = witness;
        }
    }
    return found;
}

static void add_quote(struct buf *out, const Reverie__V1__Witness *witness)
{
    buf_add_format(out, "    %u:%llu ", witness->log,
                   (unsigned long long)witness->seq);
    parts_text(out, witness->principal, PARTS_NAME_MAX);
    buf_add_text(out, ": ");
    parts_quote(out, witness->quote);
    buf_add_u8(out, '\n');
}

static void add_quotes(struct buf *out,
                       const Reverie__V1__Witness *const *witnesses,
                       size_t count, bool against)
{
    static char is_quoted[] = "quoted";
    struct map *quoted = map_new(PEOPLE_MAX, NULL);
    const Reverie__V1__Witness *witness = NULL;
    for (size_t i = 0;
         i < QUOTES_MAX && (witness = best(witnesses, count, against, quoted));
         i++) {
        if (i == 0) {
            buf_add_text(out, against ? "  who disagrees:\n" : "  quotes:\n");
        }
        add_quote(out, witness);
        err_ignore(map_put(quoted, person(witness), is_quoted),
                   "at most a handful");
    }
    map_free(quoted);
}

void parts_witnesses(struct buf *out, const void *const *messages, size_t count)
{
    const Reverie__V1__Witness *const *witnesses =
        (const Reverie__V1__Witness *const *)messages;
    size_t against = 0;
    for (size_t i = 0; i < count; i++) {
        against += witnesses[i]->against ? 1 : 0;
    }
    if (count > 0) {
        buf_add_text(out, "  evidence: ");
        text_count(out, count - against, "event for", "events for");
        if (against > 0) {
            buf_add_format(out, ", %zu against\n", against);
        } else {
            buf_add_text(out, " it; nobody disagrees\n");
        }
    }
    add_quotes(out, witnesses, count, false);
    add_quotes(out, witnesses, count, true);
}

void parts_policy(struct buf *out, const char *policy)
{
    if (policy && strcmp(policy, "approve-all-proposals") == 0) {
        buf_add_text(out, "policy: approve-all-proposals (for experiments: "
                          "what passes the gate is applied without a "
                          "human)\n");
    } else if (policy && policy[0]) {
        buf_add_text(out, "policy: ");
        parts_text(out, policy, PARTS_NAME_MAX);
        buf_add_u8(out, '\n');
    }
}
