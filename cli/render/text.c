/* SPDX-License-Identifier: MIT */
#include "cli/render/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/text/glyph.h"

enum {
    DIFF_LINES_MAX = 2000,
    DIFF_CONTEXT = 2
};

/* ---- lines -----------------------------------------------------------------
 */

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

void text_line(struct buf *out, struct bytes text, size_t max)
{
    bool owes_blank = false;
    size_t start = out->len;
    size_t at = 0;
    while (at < text.len) {
        size_t written = out->len - start;
        if (is_blank(text.data[at])) {
            owes_blank = written > 0;
            at++;
            continue;
        }
        if (written >= max) {
            buf_add_text(out, "...");
            return;
        }
        buf_add_text(out, owes_blank ? " " : "");
        owes_blank = false;
        struct glyph glyph = glyph_at(text, at);
        glyph_add(out, text, at, &glyph);
        at += glyph.len;
    }
}

static void add_clean(struct buf *out, struct bytes line)
{
    bool is_dos = line.len > 0 && line.data[line.len - 1] == '\r';
    line.len -= is_dos;
    for (size_t at = 0; at < line.len;) {
        struct glyph glyph = glyph_at(line, at);
        if (line.data[at] == '\t') {
            buf_add_text(out, "    ");
        } else {
            glyph_add(out, line, at, &glyph);
        }
        at += glyph.len;
    }
}

/* Takes the first line off ${rest}, without its newline. */
static struct bytes next_line(struct bytes *rest)
{
    size_t end = bytes_find(*rest, BYTES_LITERAL("\n"), 0);
    bool has_more = end != SIZE_MAX;
    struct bytes line = bytes_slice(*rest, 0, has_more ? end : rest->len);
    *rest =
        has_more ? bytes_slice(*rest, end + 1, rest->len) : bytes_of(NULL, 0);
    return line;
}

void text_block(struct buf *out, struct bytes text, const char *indent)
{
    while (text.len > 0) {
        buf_add_text(out, indent);
        add_clean(out, next_line(&text));
        buf_add_u8(out, '\n');
    }
}

/* ---- diff ------------------------------------------------------------------
 */

struct lines {
    struct bytes line[DIFF_LINES_MAX];
    size_t count;
};

/* False: there are too many. */
static bool split(struct bytes text, struct lines *out)
{
    out->count = 0;
    while (text.len > 0 && out->count < DIFF_LINES_MAX) {
        out->line[out->count++] = next_line(&text);
    }
    return text.len == 0;
}

/* Lengths of the longest common subsequences of the tails: the cell (i, j) is
 * about a[i..] and b[j..]. */
struct table {
    uint16_t *cells;
    size_t width;
};

static uint16_t *cell(const struct table *table, size_t i, size_t j)
{
    return &table->cells[i * table->width + j];
}

static struct table common(const struct lines *a, const struct lines *b)
{
    struct table table = {.width = b->count + 1};
    table.cells = mem_new_array((a->count + 1) * table.width, sizeof(uint16_t));
    for (size_t i = a->count; i-- > 0;) {
        for (size_t j = b->count; j-- > 0;) {
            uint16_t down = *cell(&table, i + 1, j);
            uint16_t right = *cell(&table, i, j + 1);
            bool is_same = bytes_equal(a->line[i], b->line[j]);
            uint16_t both = (uint16_t)(*cell(&table, i + 1, j + 1) + 1);
            uint16_t best = down > right ? down : right;
            *cell(&table, i, j) = is_same ? both : best;
        }
    }
    return table;
}

struct edit {
    char sign; /* '-', '+' or ' ' */
    struct bytes line;
};

static size_t edits_of(const struct lines *a, const struct lines *b,
                       struct edit *edits)
{
    struct table table = common(a, b);
    size_t count = 0;
    size_t i = 0;
    size_t j = 0;
    while (i < a->count || j < b->count) {
        bool can_both = i < a->count && j < b->count;
        if (can_both && bytes_equal(a->line[i], b->line[j])) {
            edits[count++] = (struct edit){' ', a->line[i]};
            i++;
            j++;
        } else if (j == b->count || (can_both && *cell(&table, i + 1, j) >=
                                                     *cell(&table, i, j + 1))) {
            edits[count++] = (struct edit){'-', a->line[i++]};
        } else {
            edits[count++] = (struct edit){'+', b->line[j++]};
        }
    }
    free(table.cells);
    return count;
}

static bool is_near_change(const struct edit *edits, size_t count, size_t at)
{
    size_t from = at > DIFF_CONTEXT ? at - DIFF_CONTEXT : 0;
    for (size_t i = from; i < count && i <= at + DIFF_CONTEXT; i++) {
        if (edits[i].sign != ' ') {
            return true;
        }
    }
    return false;
}

static void print_edits(struct buf *out, const struct edit *edits, size_t count,
                        const char *indent)
{
    bool was_left_out = false;
    for (size_t i = 0; i < count; i++) {
        bool is_near = is_near_change(edits, count, i);
        if (is_near) {
            buf_add_format(out, "%s%c ", indent, edits[i].sign);
            add_clean(out, edits[i].line);
            buf_add_u8(out, '\n');
        } else if (!was_left_out) {
            buf_add_format(out, "%s  ...\n", indent);
        }
        was_left_out = !is_near;
    }
}

void text_diff(struct buf *out, struct bytes before, struct bytes after,
               const char *indent)
{
    struct lines *lines = mem_new_array(2, sizeof(*lines));
    bool fits = split(before, &lines[0]) && split(after, &lines[1]);
    if (fits) {
        size_t most = lines[0].count + lines[1].count;
        struct edit *edits = mem_new_array(most + 1, sizeof(*edits));
        size_t count = edits_of(&lines[0], &lines[1], edits);
        print_edits(out, edits, count, indent);
        free(edits);
    } else {
        buf_add_format(out, "%sbefore:\n", indent);
        text_block(out, before, indent);
        buf_add_format(out, "%safter:\n", indent);
        text_block(out, after, indent);
    }
    free(lines);
}

/* ---- small things ----------------------------------------------------------
 */

void text_count(struct buf *out, uint64_t count, const char *one,
                const char *many)
{
    buf_add_format(out, "%llu %s", (unsigned long long)count,
                   count == 1 ? one : many);
}

void text_bytes(struct buf *out, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < ARRAY_LEN(units)) {
        value /= 1024;
        unit++;
    }
    buf_add_format(out, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

void text_time(struct buf *out, int64_t time_us)
{
    char text[CLOCK_TEXT_BYTES];
    if (time_us == 0) {
        buf_add_text(out, "-");
        return;
    }
    (void)clock_text(time_us, text);
    text[10] = ' ';
    text[19] = '\0';
    buf_add_text(out, text);
}

void text_short_id(struct buf *out, struct bytes id, size_t digits)
{
    char text[2 * 64 + 1];
    struct bytes part = bytes_slice(id, 0, digits / 2);
    assert(digits <= 128);
    buf_add_text(out, hex_text(part, text));
}
