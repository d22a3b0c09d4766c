/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "plugin/plan/wording.h"

enum {
    NAME_SHOWN = 100,
    OBJECT_TITLED = 80,
    INSTEAD_TITLED = 32,
    OPTION_SHOWN = 120,
    QUOTE_SHOWN = 200
};

static bool is_request(const struct candidate *candidate)
{
    return candidate->directive.said.strength == DIRECTIVE_REQUEST;
}

struct bytes wording_directive_name(const struct candidate *candidate)
{
    return is_request(candidate) ? candidate->subject : candidate->option;
}

/* ---- contents ------------------------------------------------------------ */

static void add_verb(const struct tuple_directive *said, struct buf *out)
{
    static const char *const verbs[] = {
        [VERB_OTHER] = "",          [VERB_USE] = "use ",
        [VERB_RUN] = "run ",        [VERB_WRITE] = "write ",
        [VERB_CHANGE] = "change ",  [VERB_ASK] = "ask about ",
        [VERB_COMMIT] = "commit: ", [VERB_READ] = "read ",
        [VERB_TEST] = "test: ",
    };
    if (said->polarity == DIRECTIVE_DONT) {
        buf_add_text(out, "not to ");
    }
    buf_add_text(out, verbs[said->verb]);
}

static void add_request(const struct tuple_directive *said, struct buf *out)
{
    add_verb(said, out);
    wording_quote(said->object, OPTION_SHOWN, out);
    if (said->instead.len > 0) {
        buf_add_text(out, " instead of ");
        wording_quote(said->instead, OPTION_SHOWN, out);
    }
}

void wording_directive_title(const struct candidate *candidate, struct buf *out)
{
    const struct tuple_directive *said = &candidate->directive.said;
    if (is_request(candidate)) {
        buf_add_text(out, "asked for repeatedly: ");
        wording_escape(candidate->subject, NAME_SHOWN, out);
        return;
    }
    buf_add_text(out, "stated: ");
    add_verb(said, out);
    wording_escape(candidate->option, OBJECT_TITLED, out);
    if (said->instead.len > 0) {
        buf_add_text(out, " instead of ");
        wording_escape(said->instead, INSTEAD_TITLED, out);
    }
}

static void add_people(const struct candidate *candidate, struct buf *out)
{
    uint32_t people = candidate->counts.principals;
    buf_add_format(out, "%u %s of team ", people,
                   people == 1 ? "person" : "people");
    wording_escape(candidate->team_name, NAME_SHOWN, out);
}

static void add_stated(const struct candidate *candidate, struct buf *out)
{
    buf_add_text(out, "stated: ");
    if (candidate->directive.by_owner) {
        buf_add_text(out, "an owner among ");
    }
    add_people(candidate, out);
    buf_add_text(out, " asked agents ");
    if (candidate->directive.said.polarity == DIRECTIVE_DO) {
        buf_add_text(out, "to ");
    }
    add_request(&candidate->directive.said, out);
    buf_add_text(out, ".\n");
}

/* The key of a request is the practice in our own words. */
static void add_asked(const struct candidate *candidate, struct buf *out)
{
    buf_add_text(out, "repeated request, no stated rule: ");
    add_people(candidate, out);
    buf_add_format(out, " asked in %u sessions to ",
                   candidate->counts.sessions);
    wording_escape(candidate->subject, NAME_SHOWN, out);
    buf_add_text(out, ".\n");
}

static bool is_earlier(const struct sighting *a, const struct sighting *b)
{
    if (a->occurred_us != b->occurred_us) {
        return a->occurred_us < b->occurred_us;
    }
    return memcmp(a->id, b->id, sizeof(a->id)) < 0;
}

/* The earliest witness that is not of ${other}'s (NULL: nobody's) principal:
 * texts do not depend on the order in which sessions came. */
static const struct sighting *earliest(const struct candidate *candidate,
                                       const struct sighting *other)
{
    const struct sighting *first = NULL;
    for (uint32_t i = 0; i < candidate->for_count; i++) {
        const struct sighting *item = candidate->witnesses[i];
        if ((!other || item->principal != other->principal) &&
            (!first || is_earlier(item, first))) {
            first = item;
        }
    }
    return first;
}

static void add_words(const char *whose, const struct sighting *witness,
                      struct buf *out)
{
    buf_add_text(out, whose);
    wording_quote(witness->quote, QUOTE_SHOWN, out);
    buf_add_text(out, "\n");
}

void wording_directive_content(const struct candidate *candidate,
                               struct buf *out)
{
    if (is_request(candidate)) {
        add_asked(candidate, out);
    } else {
        add_stated(candidate, out);
    }
    if (candidate->for_count == 0) {
        return;
    }
    const struct sighting *one = earliest(candidate, NULL);
    const struct sighting *other = earliest(candidate, one);
    add_words("in the words of one: ", one, out);
    if (other) {
        add_words("in the words of another: ", other, out);
    }
}
