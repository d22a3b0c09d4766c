/* SPDX-License-Identifier: MIT */
#include "cli/render/terminal/wrap.h"

#include "base/text/glyph.h"

enum {
    INDENT_MAX = WRAP_COLUMNS / 2,
    INDENT_MORE = 2
};

static size_t blanks_at(struct bytes line, size_t at)
{
    size_t count = 0;
    while (at + count < line.len && line.data[at + count] == ' ') {
        count++;
    }
    return count;
}

/* The word at ${at}, and how many columns it takes. */
static struct bytes word_at(struct bytes line, size_t at, size_t *out_columns)
{
    size_t end = at;
    *out_columns = 0;
    while (end < line.len && line.data[end] != ' ') {
        struct glyph glyph = glyph_at(line, end);
        *out_columns += glyph.columns;
        end += glyph.len;
    }
    return bytes_slice(line, at, end - at);
}

static void add_blanks(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_u8(out, ' ');
    }
}

static void wrap_line(struct buf *out, struct bytes line)
{
    size_t indent = blanks_at(line, 0);
    size_t further = (indent < INDENT_MAX ? indent : INDENT_MAX) + INDENT_MORE;
    size_t used = 0;
    size_t at = 0;
    while (at < line.len) {
        size_t columns = 0;
        size_t blanks = blanks_at(line, at);
        struct bytes word = word_at(line, at + blanks, &columns);
        bool is_first = used <= indent;
        if (!is_first && used + blanks + columns > WRAP_COLUMNS) {
            buf_add_u8(out, '\n');
            used = 0;
            blanks = further;
        }
        add_blanks(out, blanks);
        buf_add(out, word);
        used += blanks + columns;
        at = (size_t)(word.data - line.data) + word.len;
    }
}

void wrap(struct buf *out, struct bytes text)
{
    while (text.len > 0) {
        size_t end = bytes_find(text, BYTES_LITERAL("\n"), 0);
        wrap_line(out, bytes_slice(text, 0, end));
        if (end == SIZE_MAX) {
            return;
        }
        buf_add_u8(out, '\n');
        text = bytes_slice(text, end + 1, SIZE_MAX);
    }
}
