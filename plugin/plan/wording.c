/* SPDX-License-Identifier: MIT */
#include "plugin/plan/wording.h"

#include "base/id.h"
#include "base/text/ascii.h"
#include "plugin/plan/hygiene/change_hygiene.h"
#include "plugin/plan/workflow/wording_workflow.h"

enum {
    SLUG_MAX = 48,
    HASH_BYTES = 4,
    NAME_SHOWN = 100,
    OPTION_SHOWN = 120,
    QUOTE_SHOWN = 200
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

/* ---- titles -------------------------------------------------------------- */

void wording_title(const struct candidate *candidate, struct buf *out)
{
    switch (candidate->kind) {
    case FINDING_KIND_PREFERENCE:
        wording_escape(candidate->subject,
                       preference_scope(&candidate->preference)->part ==
                               PART_NONE
                           ? NAME_SHOWN / 2
                           : NAME_SHOWN,
                       out);
        buf_add_text(out, ": ");
        wording_escape(candidate->option, NAME_SHOWN / 2, out);
        break;
    case FINDING_KIND_DIRECTIVE:
        wording_directive_title(candidate, out);
        break;
    case FINDING_KIND_MISTAKE:
        wording_mistake_title(candidate, out);
        break;
    case FINDING_KIND_WORKFLOW:
        wording_workflow_title(candidate, out);
        break;
    case FINDING_KIND_HYGIENE:
        wording_hygiene_title(candidate->hygiene, out);
        break;
    }
}

/* ---- contents ------------------------------------------------------------ */

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
        wording_mistake_content(candidate, out);
        break;
    case FINDING_KIND_WORKFLOW:
        wording_workflow_content(candidate, out);
        break;
    case FINDING_KIND_HYGIENE:
        wording_hygiene_content(candidate->hygiene, out);
        break;
    }
}

/* ---- paths --------------------------------------------------------------- */

/* The lower case of a letter or digit, 0 for anything else. */
static uint8_t slug_byte(uint8_t c)
{
    return ascii_is_alnum(c) ? ascii_fold(c) : 0;
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
    case FINDING_KIND_WORKFLOW:
        buf_add_text(out, "/workflows/");
        add_slug(candidate->subject, out);
        /* One memory per way from a step to another: others revise it. */
        option = (struct bytes){NULL, 0};
        break;
    case FINDING_KIND_MISTAKE:
        buf_add_text(out, "/mistakes/");
        add_slug(candidate->mistake.values.len > 0 ? candidate->mistake.values
                                                   : candidate->subject,
                 out);
        break;
    case FINDING_KIND_HYGIENE:
        /* It is about a memory that has a path. */
        buf_add(out, candidate->hygiene->entry->path);
        return;
    }
    finding_id((uint32_t)candidate->kind, candidate->team_name,
               candidate->subject, option, key);
    buf_add_text(out, hex_text(bytes_of(key, HASH_BYTES), text));
    buf_add_text(out, ".md");
}
