/* SPDX-License-Identifier: MIT */
/* How fast lines become templates, on one core. Three streams of the same
 * made-up log: "hits" repeats few templates, as logs do; "misses" gives every
 * line a template of its own, so that each goes through mask, cache and table;
 * "groups" is the tree and the merge pass over what the misses left. Prints CPU
 * time; medians of five runs with their spread. Asserts nothing.
 *
 *     template_bench           the made-up log
 *     template_bench FILE...   lines of files, repeated  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "plugin/template/line_miner.h"
#include "tests/bench/figures.h"

enum {
    RUNS = 5,
    LINES_HITS = 400000,
    LINES_MISSES = 60000, /* what a window holds without dropping any */
    TEXT_BYTES_MAX = 256 << 20,
    LINE_BYTES = 256
};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Lines one after the other, each with its end. */
struct text {
    struct buf buf;
    size_t lines;
};

static int format_line(char *out, struct rng *rng, const char *name)
{
    unsigned a = (unsigned)rng_below(rng, 100000);
    unsigned b = (unsigned)rng_below(rng, 255);
    switch (rng_below(rng, 6)) {
    case 0:
        return snprintf(out, LINE_BYTES,
                        "Accepted password for %s from 10.0.%u.7 port %u ssh2",
                        name, b, a);
    case 1:
        return snprintf(out, LINE_BYTES,
                        "Received block blk_%u%u of size %u from /10.1.%u.9 "
                        "for %s",
                        a, a, a, b, name);
    case 2:
        return snprintf(out, LINE_BYTES,
                        "2026-01-%02u 12:%02u:04,%u INFO worker-%u: finished "
                        "%s in %ums",
                        b % 28 + 1, b % 60, a, b, name, a);
    case 3:
        return snprintf(out, LINE_BYTES,
                        "error: cannot open '/var/lib/%u/x.json' of %s: No "
                        "such file or directory",
                        a, name);
    case 4:
        return snprintf(out, LINE_BYTES,
                        "request id=%u user=u%u path=/api/v1/items/%u status "
                        "%u took %u ms in %s",
                        a, b, a, 200 + b % 5, a, name);
    default:
        return snprintf(out, LINE_BYTES,
                        "Connection of %s closed by peer, %u bytes (%u KB) "
                        "sent, lifetime 00:%02u",
                        name, a, a / 1024, b % 60);
    }
}

/* A word for ${index} in letters only, which no mask takes out. */
static void name_of(uint64_t index, char out[16])
{
    size_t len = 0;
    do {
        out[len++] = (char)('a' + index % 26);
        index /= 26;
    } while (index > 0 && len < 15);
    out[len] = '\0';
}

static void make(struct text *text, size_t lines, uint64_t names)
{
    struct rng rng = rng_seeded(1, 1);
    char line[LINE_BYTES];
    char name[16];
    buf_init(&text->buf, TEXT_BYTES_MAX);
    text->lines = lines;
    for (size_t i = 0; i < lines; i++) {
        name_of(i % names, name);
        int len = format_line(line, &rng, name);
        buf_add(&text->buf, bytes_of(line, (size_t)len));
        buf_add_text(&text->buf, "\n");
    }
}

static void read_files(struct text *text, int count, char **paths)
{
    char line[65536];
    buf_init(&text->buf, TEXT_BYTES_MAX);
    text->lines = 0;
    for (int i = 0; i < count; i++) {
        FILE *file = fopen(paths[i], "rb");
        while (file && fgets(line, sizeof(line), file)) {
            buf_add_text(&text->buf, line);
            text->lines++;
        }
        if (file) {
            fclose(file);
        }
    }
}

static void feed(struct line_miner *miner, struct bytes rest)
{
    while (rest.len > 0) {
        const uint8_t *end = memchr(rest.data, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.data) : rest.len;
        line_miner_add(miner, bytes_of(rest.data, len));
        rest = bytes_slice(rest, len + 1, rest.len);
    }
}

static void measure_hits(const struct text *text)
{
    struct figure speed = {.count = 0};
    struct figure rate = {.count = 0};
    struct line_miner *miner = line_miner_new(TEMPLATE_LOGS);
    feed(miner, buf_bytes(&text->buf));
    for (int run = 0; run < RUNS; run++) {
        double begin = cpu_seconds();
        feed(miner, buf_bytes(&text->buf));
        double seconds = cpu_seconds() - begin;
        figure_add(&speed, (double)text->lines / seconds / 1e3);
        figure_add(&rate, (double)text->buf.len / seconds / 1e6);
    }
    struct line_miner_counts counts = line_miner_counts(miner);
    figure_print("hits", &speed, "k lines/s");
    figure_print("hits", &rate, "MB/s");
    printf("%-28s %10.1f %% of lines\n", "  found in the cache",
           100 * (double)counts.hits / (double)counts.lines);
    line_miner_free(miner);
}

static void measure_misses(const struct text *text)
{
    struct figure speed = {.count = 0};
    struct figure groups_ms = {.count = 0};
    struct figure both = {.count = 0};
    size_t groups = 0;
    for (int run = 0; run < RUNS; run++) {
        struct line_miner *miner = line_miner_new(TEMPLATE_LOGS);
        double begin = cpu_seconds();
        feed(miner, buf_bytes(&text->buf));
        double fed = cpu_seconds();
        struct line_miner_result *result = line_miner_groups(miner);
        double end = cpu_seconds();
        groups = template_groups_count(line_miner_result_groups(result));
        figure_add(&speed, (double)text->lines / (fed - begin) / 1e3);
        figure_add(&groups_ms, (end - fed) * 1e3);
        figure_add(&both, (double)text->lines / (end - begin) / 1e3);
        line_miner_result_free(result);
        line_miner_free(miner);
    }
    figure_print("misses", &speed, "k lines/s");
    figure_print("groups", &groups_ms, "ms");
    figure_print("misses with groups", &both, "k lines/s");
    printf("%-28s %10zu groups of %zu lines\n", "  found", groups, text->lines);
}

int main(int argc, char **argv)
{
    struct text text;
    if (argc > 1) {
        read_files(&text, argc - 1, argv + 1);
        measure_hits(&text);
        measure_misses(&text);
        buf_fini(&text.buf);
        return 0;
    }
    make(&text, LINES_HITS, 50);
    measure_hits(&text);
    buf_fini(&text.buf);
    make(&text, LINES_MISSES, UINT64_MAX);
    measure_misses(&text);
    buf_fini(&text.buf);
    return 0;
}
