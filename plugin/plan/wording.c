/* SPDX-License-Identifier: MIT */
#include "plugin/plan/wording.h"

#include "base/id.h"

enum {
    SLUG_MAX = 48,
    HASH_BYTES = 4,
    NAME_SHOWN = 100,
    OPTION_SHOWN = 120,
    TEMPLATE_SHOWN = 280,
    VALUES_SHOWN = 160,
    QUOTE_SHOWN = 200,
    FILLED_MAX = 4096
};

static size_t character_length(uint8_t first)
{
    return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* U+200B..U+200F, U+202A..U+202E, U+2060..U+206F and U+FEFF, which show
 * nothing or turn text around; C1 controls. */
static bool is_invisible(struct bytes c)
{
    const uint8_t *at = c.data;
    if (c.len == 2) {
        return at[0] == 0xc2 && at[1] < 0xa0;
    }
    if (c.len != 3) {
        return false;
    }
    bool general =
        at[0] == 0xe2 && at[1] == 0x80 &&
        ((at[2] >= 0x8b && at[2] <= 0x8f) || (at[2] >= 0xa8 && at[2] <= 0xae));
    bool more = at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa0;
    return general || more || (at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf);
}

static void add_character(struct bytes c, struct buf *out)
{
    uint8_t first = c.data[0];
    if (is_invisible(c)) {
        return;
    }
    if (first < 0x20 || first == 0x7f) {
        buf_add_u8(out, ' ');
    } else if (first == '"' || first == '`') {
        buf_add_u8(out, '\'');
    } else {
        buf_add(out, c);
    }
}

void wording_escape(struct bytes text, size_t max, struct buf *out)
{
    size_t at = 0;
    while (at < text.len) {
        struct bytes c = bytes_slice(text, at, character_length(text.data[at]));
        if (at + c.len > max) {
            buf_add_text(out, "...");
            return;
        }
        add_character(c, out);
        at += c.len;
    }
}

void wording_quote(struct bytes text, size_t max, struct buf *out)
{
    buf_add_u8(out, '"');
    wording_escape(text, max, out);
    buf_add_u8(out, '"');
}

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

/* ---- titles -------------------------------------------------------------- */

static void mistake_title(const struct candidate *candidate, struct buf *out)
{
    const struct mistake_figures *figures = &candidate->mistake;
    struct buf filled;
    buf_init(&filled, FILLED_MAX);
    if (add_filled(figures, &filled)) {
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

void wording_title(const struct candidate *candidate, struct buf *out)
{
    switch (candidate->kind) {
    case FINDING_KIND_PREFERENCE:
        wording_escape(candidate->subject, NAME_SHOWN / 2, out);
        buf_add_text(out, ": ");
        wording_escape(candidate->option, NAME_SHOWN / 2, out);
        break;
    case FINDING_KIND_DIRECTIVE:
        wording_directive_title(candidate, out);
        break;
    case FINDING_KIND_MISTAKE:
        mistake_title(candidate, out);
        break;
    }
}

/* ---- contents ------------------------------------------------------------ */

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

static void mistake_content(const struct candidate *candidate, struct buf *out)
{
    const struct mistake_figures *figures = &candidate->mistake;
    uint32_t users = figures->tool_users > figures->agents ? figures->tool_users
                                                           : figures->agents;
    buf_add_text(out, "observed: ");
    wording_escape(figures->tool, NAME_SHOWN, out);
    buf_add_text(out, " fails with ");
    add_error(figures, out);
    buf_add_format(
        out, "; seen by %u of %u agent%s in %u%s session%s of team ",
        figures->agents, users, plural(users), candidate->counts.sessions,
        candidate->left_out > 0 ? "+" : "", plural(candidate->counts.sessions));
    wording_escape(candidate->team_name, NAME_SHOWN, out);
    buf_add_text(out, ".\n");
}

void wording_content(const struct candidate *candidate, struct buf *out)
{
    switch (candidate->kind) {
    case FINDING_KIND_PREFERENCE:
        wording_preference(candidate, out);
        break;
    case FINDING_KIND_DIRECTIVE:
        wording_directive_content(candidate, out);
        break;
    case FINDING_KIND_MISTAKE:
        mistake_content(candidate, out);
        break;
    }
}

/* ---- paths --------------------------------------------------------------- */

/* The lower case of a letter or digit, 0 for anything else. */
static uint8_t slug_byte(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return (uint8_t)(c + ('a' - 'A'));
    }
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : 0;
}

/* Letters and digits in lower case, everything else one '-'. */
static void add_slug(struct bytes text, struct buf *out)
{
    size_t end = out->len + SLUG_MAX;
    bool gap = false;
    for (size_t i = 0; i < text.len && out->len < end; i++) {
        uint8_t c = slug_byte(text.data[i]);
        if (c && gap) {
            buf_add_u8(out, '-');
        }
        if (c) {
            buf_add_u8(out, c);
        }
        gap = !c && out->len + SLUG_MAX > end; /* never leading */
    }
    if (out->len + SLUG_MAX > end) {
        buf_add_u8(out, '-');
    }
}

void wording_path(const struct candidate *candidate, struct buf *out)
{
    char text[2 * HASH_BYTES + 1];
    uint8_t key[FINDING_BYTES];
    struct bytes option = candidate->option;
    switch (candidate->kind) {
    case FINDING_KIND_PREFERENCE:
        buf_add_text(out, "/preferences/");
        add_slug(candidate->subject, out);
        /* One memory per slot: another option revises it. */
        option = (struct bytes){NULL, 0};
        break;
    case FINDING_KIND_DIRECTIVE:
        buf_add_text(out, "/directives/");
        add_slug(wording_directive_name(candidate), out);
        break;
    case FINDING_KIND_MISTAKE:
        buf_add_text(out, "/mistakes/");
        add_slug(candidate->mistake.values.len > 0 ? candidate->mistake.values
                                                   : candidate->subject,
                 out);
        break;
    }
    finding_id((uint32_t)candidate->kind, candidate->team_name,
               candidate->subject, option, key);
    buf_add_text(out, hex_text(bytes_of(key, HASH_BYTES), text));
    buf_add_text(out, ".md");
}
