/* SPDX-License-Identifier: MIT */
#include "memory/service/diff.h"

#include <stdlib.h>

struct lines {
    struct bytes *line; /* with their newline */
    size_t count;
};

static struct lines lines_of(struct bytes text)
{
    struct lines lines = {mem_new_array(text.len + 1, sizeof(struct bytes)), 0};
    size_t from = 0;
    while (from < text.len) {
        size_t end = bytes_find(text, BYTES_LITERAL("\n"), from);
        end = end == SIZE_MAX ? text.len : end + 1;
        lines.line[lines.count++] = bytes_slice(text, from, end - from);
        from = end;
    }
    return lines;
}

static void add_line(struct buf *out, const char *sign, struct bytes line)
{
    buf_add_text(out, sign);
    buf_add(out, line);
    if (line.len == 0 || line.data[line.len - 1] != '\n') {
        buf_add_text(out, "\n");
    }
}

static void add_lines(struct buf *out, const char *sign,
                      const struct lines *lines, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        add_line(out, sign, lines->line[i]);
    }
}

/* Lines [a_from, a_to) of a became [b_from, b_to) of b. */
struct middle {
    size_t a_from, a_to, b_from, b_to;
};

static struct middle middle_of(const struct lines *a, const struct lines *b)
{
    struct middle m = {0, a->count, 0, b->count};
    while (m.a_from < m.a_to && m.b_from < m.b_to &&
           bytes_equal(a->line[m.a_from], b->line[m.b_from])) {
        m.a_from++;
        m.b_from++;
    }
    while (m.a_from < m.a_to && m.b_from < m.b_to &&
           bytes_equal(a->line[m.a_to - 1], b->line[m.b_to - 1])) {
        m.a_to--;
        m.b_to--;
    }
    return m;
}

/* common[i * (cols + 1) + j]: lines in common of the rests from i and j. */
static uint32_t *common_table(const struct lines *a, const struct lines *b,
                              struct middle m)
{
    size_t rows = m.a_to - m.a_from;
    size_t cols = m.b_to - m.b_from;
    size_t width = cols + 1;
    uint32_t *common = mem_new_array((rows + 1) * width, sizeof(*common));
    for (size_t i = rows; i-- > 0;) {
        for (size_t j = cols; j-- > 0;) {
            uint32_t down = common[(i + 1) * width + j];
            uint32_t right = common[i * width + j + 1];
            bool same =
                bytes_equal(a->line[m.a_from + i], b->line[m.b_from + j]);
            uint32_t best = down > right ? down : right;
            common[i * width + j] =
                same ? common[(i + 1) * width + j + 1] + 1 : best;
        }
    }
    return common;
}

static void add_edits(struct buf *out, const struct lines *a,
                      const struct lines *b, struct middle m)
{
    size_t rows = m.a_to - m.a_from;
    size_t cols = m.b_to - m.b_from;
    if (rows > 0 && cols > DIFF_CELLS_MAX / rows) {
        add_lines(out, "-", a, m.a_from, m.a_to);
        add_lines(out, "+", b, m.b_from, m.b_to);
        return;
    }
    uint32_t *common = common_table(a, b, m);
    size_t width = cols + 1;
    size_t i = 0;
    size_t j = 0;
    while (i < rows || j < cols) {
        struct bytes left =
            i < rows ? a->line[m.a_from + i] : (struct bytes){0};
        struct bytes right =
            j < cols ? b->line[m.b_from + j] : (struct bytes){0};
        if (i < rows && j < cols && bytes_equal(left, right)) {
            add_line(out, " ", left);
            i++;
            j++;
        } else if (j == cols || (i < rows && common[(i + 1) * width + j] >=
                                                 common[i * width + j + 1])) {
            add_line(out, "-", left);
            i++;
        } else {
            add_line(out, "+", right);
            j++;
        }
    }
    free(common);
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void add_hunk(struct buf *out, const struct lines *a,
                     const struct lines *b, struct middle m)
{
    size_t lead = at_most(m.a_from, DIFF_CONTEXT_LINES);
    size_t tail = at_most(a->count - m.a_to, DIFF_CONTEXT_LINES);
    size_t a_lines = m.a_to - m.a_from + lead + tail;
    size_t b_lines = m.b_to - m.b_from + lead + tail;
    buf_add_format(out, "@@ -%zu,%zu +%zu,%zu @@\n",
                   m.a_from - lead + (a_lines > 0), a_lines,
                   m.b_from - lead + (b_lines > 0), b_lines);
    add_lines(out, " ", a, m.a_from - lead, m.a_from);
    add_edits(out, a, b, m);
    add_lines(out, " ", a, m.a_to, m.a_to + tail);
}

/* Cuts behind a whole line, so that the text stays UTF-8. */
static void add_cut(struct buf *out, struct bytes diff)
{
    size_t len = at_most(diff.len, DIFF_OUT_MAX);
    while (len < diff.len && len > 0 && diff.data[len - 1] != '\n') {
        len--;
    }
    buf_add(out, bytes_of(diff.data, len));
    if (len < diff.len) {
        buf_add_text(out, "\\ the rest of the difference is not shown\n");
    }
}

void diff_lines(struct bytes before, struct bytes after, struct buf *out)
{
    if (bytes_equal(before, after)) {
        return;
    }
    struct lines a = lines_of(before);
    struct lines b = lines_of(after);
    struct buf diff;
    buf_init(&diff, 2 * (before.len + after.len) + 1024);
    add_hunk(&diff, &a, &b, middle_of(&a, &b));
    add_cut(out, buf_bytes(&diff));
    buf_fini(&diff);
    free(a.line);
    free(b.line);
}
