/* SPDX-License-Identifier: MIT */
#include "plugin/plan/wording.h"

enum {
    NAME_SHOWN = 100,
    TEMPLATE_SHOWN = 280,
    VALUES_SHOWN = 160,
    FIX_SHOWN = 200,
    GOOD_SHOWN = 480,  /* bytes of the names that work */
    NAMES_SHOWN = 820, /* bytes of the text when all names are there */
    FILLED_MAX = 4096
};

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- templates with their values ---- */

static size_t count_of(struct bytes text, struct bytes part)
{
    size_t count = 0;
    for (size_t at = bytes_find(text, part, 0); at != SIZE_MAX;
         at = bytes_find(text, part, at + part.len)) {
        count++;
    }
    return count;
}

/* Appends the template with its identifying values in their places, as the
 * tool said it; false, and nothing appended, where there are not as many
 * values as places. */
static bool add_filled(const struct mistake_figures *figures, struct buf *out)
{
    const struct bytes place = BYTES_LITERAL("<IDENT>");
    const struct bytes between = BYTES_LITERAL(", ");
    struct bytes rest = figures->template_text;
    struct bytes values = figures->values;
    size_t places = count_of(rest, place);
    if (places == 0 || places != count_of(values, between) + 1) {
        return false;
    }
    while (places-- > 0) {
        size_t at = bytes_find(rest, place, 0);
        size_t end = bytes_find(values, between, 0);
        buf_add(out, bytes_slice(rest, 0, at));
        buf_add(out, bytes_slice(values, 0, end));
        rest = bytes_slice(rest, at + place.len, SIZE_MAX);
        values = end == SIZE_MAX
                     ? bytes_of(NULL, 0)
                     : bytes_slice(values, end + between.len, SIZE_MAX);
    }
    buf_add(out, rest);
    return true;
}

/* ---- errors -------------------------------------------------------------- */

static void error_title(const struct candidate *candidate, struct buf *out)
{
    const struct mistake_figures *figures = &candidate->mistake;
    struct buf filled;
    buf_init(&filled, FILLED_MAX);
    if (figures->label != MISTAKE_FAMILY && add_filled(figures, &filled)) {
        wording_escape(figures->tool, NAME_SHOWN / 3, out);
        buf_add_text(out, ": ");
        wording_escape(buf_bytes(&filled), NAME_SHOWN, out);
    } else {
        wording_escape(candidate->subject, NAME_SHOWN, out);
        if (figures->values.len > 0) {
            buf_add_text(out, ": ");
            wording_escape(figures->values, NAME_SHOWN / 3, out);
        }
    }
    buf_fini(&filled);
}

static void add_error(const struct mistake_figures *figures, struct buf *out)
{
    struct buf filled;
    buf_init(&filled, FILLED_MAX);
    if (add_filled(figures, &filled)) {
        wording_quote(buf_bytes(&filled), TEMPLATE_SHOWN + VALUES_SHOWN, out);
    } else {
        wording_quote(figures->template_text, TEMPLATE_SHOWN, out);
        if (figures->values.len > 0) {
            buf_add_text(out, " for ");
            wording_quote(figures->values, VALUES_SHOWN, out);
        }
    }
    buf_fini(&filled);
}

static void add_sightings(const struct candidate *candidate, struct buf *out)
{
    const struct mistake_figures *figures = &candidate->mistake;
    uint32_t users = figures->tool_users > figures->agents ? figures->tool_users
                                                           : figures->agents;
    buf_add_text(out, "observed: ");
    wording_escape(figures->tool, NAME_SHOWN, out);
    if (figures->label == MISTAKE_FAMILY && figures->family.len == 0) {
        buf_add_text(out, " all fail with ");
    } else if (figures->label == MISTAKE_FAMILY) {
        buf_add_format(out, " fails in %u ways of the family ",
                       figures->wordings);
        wording_quote(figures->family, NAME_SHOWN, out);
        buf_add_text(out, ", most often with ");
    } else {
        buf_add_text(out, " fails with ");
    }
    add_error(figures, out);
    buf_add_format(
        out, "; seen by %u of %u agent%s in %u%s session%s of team ",
        figures->agents, users, plural(users), candidate->counts.sessions,
        candidate->left_out > 0 ? "+" : "", plural(candidate->counts.sessions));
    wording_escape(candidate->team_name, NAME_SHOWN, out);
    buf_add_text(out, ".\n");
}

/* In words with what was done in quotation marks, else as one quotation. */
static void add_told(struct bytes told, struct bytes text, struct buf *out)
{
    if (told.len > 0) {
        buf_add(out, told);
    } else {
        wording_quote(text, FIX_SHOWN, out);
    }
}

/* Only what is sure enough is said to be the remedy. */
static void add_fix(const struct fix_figures *fix, enum mistake_label label,
                    struct buf *out)
{
    if (fix->is_said) {
        buf_add_text(out, "people said to do instead: ");
        add_told(fix->told, fix->text, out);
        buf_add_format(out, " (%u people).\n", fix->principals);
        return;
    }
    buf_add_text(out, label == MISTAKE_FIX ? "what worked instead: "
                                           : "seen to work, not yet sure: ");
    add_told(fix->told, fix->text, out);
    if (fix->condition.len > 0) {
        buf_add_text(out, " where ");
        add_told(fix->told_condition, fix->condition, out);
    }
    buf_add_format(out, " (%u of %u attempt%s, %u of %u %s; plain retry: ",
                   fix->attempts_worked, fix->attempts, plural(fix->attempts),
                   fix->principals_worked, fix->principals,
                   fix->principals == 1 ? "person" : "people");
    if (fix->retry_principals > 0) {
        buf_add_format(out, "%u of %u).\n", fix->retry_worked,
                       fix->retry_principals);
    } else {
        buf_add_text(out, "not tried).\n");
    }
    if (fix->is_suppressor) {
        buf_add_text(out, "it silences a check rather than mending what the "
                          "check found.\n");
    }
}

static void error_content(const struct candidate *candidate, struct buf *out)
{
    const struct mistake_figures *figures = &candidate->mistake;
    add_sightings(candidate, out);
    if (mistake_fix(figures)->text.len > 0) {
        add_fix(mistake_fix(figures), figures->label, out);
    }
}

/* ---- names --------------------------------------------------------------- */

static const char *noun_of(enum ref_kind kind)
{
    return kind == REF_TABLE ? "table" : "column";
}

static void names_title(const struct candidate *candidate, struct buf *out)
{
    const struct place_figures *place = mistake_place(&candidate->mistake);
    wording_escape(candidate->mistake.tool, NAME_SHOWN / 3, out);
    buf_add_format(out, ": which %ss", noun_of(place->kind));
    if (place->owner.len > 0) {
        buf_add_text(out, " of ");
        wording_escape(place->owner, NAME_SHOWN / 2, out);
    }
    buf_add_text(out, " exist");
}

/* As many of ${names} as fit, a comma before each but the first of the line's
 * list; how many. */
static uint32_t list_names(const struct place_name *names, uint32_t count,
                           size_t end, bool is_first, struct buf *out)
{
    uint32_t shown = 0;
    while (shown < count && out->len + names[shown].text.len + 4 <= end) {
        buf_add_text(out, is_first && shown == 0 ? "" : ", ");
        wording_escape(names[shown].text, TUPLE_REF_MAX, out);
        shown++;
    }
    return shown;
}

/* "a, b, c" in quotation marks, as many as fit ${max} bytes; how many. */
static uint32_t add_names(const struct place_name *names, uint32_t count,
                          size_t max, struct buf *out)
{
    size_t end = out->len + max;
    buf_add_u8(out, '"');
    uint32_t shown = list_names(names, count, end, true, out);
    buf_add_u8(out, '"');
    return shown;
}

static void add_rest(uint32_t count, uint32_t shown, struct buf *out)
{
    if (shown < count) {
        buf_add_format(out, " and %u more", count - shown);
    }
}

/* Names that do not exist, those last that failed for one person: these only
 * where a human looks at it. */
static void add_bad(const struct candidate *candidate, struct buf *out)
{
    const struct place_figures *place = mistake_place(&candidate->mistake);
    uint32_t once = candidate->tier != TIER_AUTO ? place->bad_once_count : 0;
    if (place->bad_count + once == 0) {
        return;
    }
    buf_add_format(out, "; no such %s: \"", noun_of(place->kind));
    uint32_t shown =
        list_names(place->bad, place->bad_count, NAMES_SHOWN, true, out);
    uint32_t last =
        shown == place->bad_count
            ? list_names(place->bad_once, once, NAMES_SHOWN, shown == 0, out)
            : 0;
    buf_add_u8(out, '"');
    if (last > 0) {
        buf_add_format(out, " (the last %u by one person alone)", last);
    }
    add_rest(place->bad_count + once, shown + last, out);
}

/* A place tells few sessions apart; of more, witnesses know better. */
static void add_failures(const struct candidate *candidate, struct buf *out)
{
    const struct place_figures *place = mistake_place(&candidate->mistake);
    bool is_more = candidate->counts.sessions > place->sessions;
    uint32_t sessions = is_more ? candidate->counts.sessions : place->sessions;
    buf_add_format(out, "%u session%s of %u people of team ", sessions,
                   plural(sessions), place->people);
    wording_escape(candidate->team_name, NAME_SHOWN, out);
    buf_add_text(out, " failed over such names");
    if (!is_more) {
        buf_add_format(out, " %u times", place->failures);
    }
    buf_add_text(out, ".\n");
}

/* The first line holds names alone: what it says changes with what is known,
 * not with how often it was seen. */
static void names_content(const struct candidate *candidate, struct buf *out)
{
    const struct place_figures *place = mistake_place(&candidate->mistake);
    const char *noun = noun_of(place->kind);
    buf_add_text(out, "observed: in ");
    wording_escape(candidate->mistake.tool, NAME_SHOWN / 2, out);
    if (place->owner.len > 0) {
        buf_add_text(out, ", table ");
        wording_quote(place->owner, TUPLE_REF_MAX, out);
    }
    uint32_t shown = 0;
    if (place->good_count > 0) {
        buf_add_format(out, ", %ss known to work: ", noun);
        shown = add_names(place->good, place->good_count, GOOD_SHOWN, out);
        add_rest(place->good_count, shown, out);
    }
    if (place->once_count > 0 && candidate->tier != TIER_AUTO) {
        buf_add_format(out, "; %ss that worked for one person: ", noun);
        shown = add_names(place->once, place->once_count, GOOD_SHOWN / 2, out);
        add_rest(place->once_count, shown, out);
    }
    add_bad(candidate, out);
    buf_add_text(out, ".\n");
    add_failures(candidate, out);
}

void wording_mistake_title(const struct candidate *candidate, struct buf *out)
{
    if (candidate->mistake.label == MISTAKE_NAMES) {
        names_title(candidate, out);
    } else {
        error_title(candidate, out);
    }
}

void wording_mistake_content(const struct candidate *candidate, struct buf *out)
{
    if (candidate->mistake.label == MISTAKE_NAMES) {
        names_content(candidate, out);
    } else {
        error_content(candidate, out);
    }
}

void wording_mistake_over(const struct candidate *candidate, struct buf *out)
{
    const struct fix_figures *fix = mistake_fix(&candidate->mistake);
    buf_add_text(out, reason_text(candidate->mistake.over));
    if (candidate->mistake.over == REASON_TRANSIENT &&
        fix->retry_principals > 0) {
        buf_add_format(out, " (it did for %u of %u people)", fix->retry_worked,
                       fix->retry_principals);
    }
}
