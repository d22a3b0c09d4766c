/* SPDX-License-Identifier: MIT */
#include "agents-sim/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"

enum {
    TRACE_ARENA_MAX = 4 * TRACE_LINE_MAX,
    TRACE_SESSIONS_MAX = 1 << 20
};

/* Where a row is in the file, and what it is sorted by. */
struct place {
    int64_t time_us; /* running maximum of `ts` within the session */
    const struct session *session;
    uint64_t offset;
    uint32_t bytes;
    uint32_t line;
};

struct trace {
    FILE *file;
    char *path;
    struct map *sessions; /* by name; owns the struct session */
    struct place *places;
    size_t len;
    size_t capacity;
    uint8_t *line;
    struct arena arena;
};

/* What is known of a session while its rows are read. */
struct session {
    uint64_t last_seq;
    int64_t time_us;
    struct bytes team; /* as its first row that names one says; owned */
};

/* Prefixes what is wrong with where it is. */
static void name_line(struct trace *trace, size_t line, const char *problem,
                      struct buf *out_why)
{
    buf_reset(out_why);
    buf_add_format(out_why, "%s:%zu: %s", trace->path, line, problem);
}

static void session_free(void *value)
{
    struct session *session = value;
    free((void *)(uintptr_t)session->team.data);
    free(session);
}

static struct session *session_of(struct map *sessions, struct bytes name)
{
    struct session *session = map_get(sessions, name);
    if (session) {
        return session;
    }
    session = mem_new(sizeof(*session));
    session->last_seq = UINT64_MAX;
    session->time_us = INT64_MIN;
    if (map_put(sessions, name, session) != ERR_OK) {
        free(session);
        return NULL;
    }
    return session;
}

static void add_place(struct trace *trace, struct place place)
{
    if (trace->len == trace->capacity) {
        trace->capacity = trace->capacity ? 2 * trace->capacity : 1024;
        trace->places =
            mem_grow(trace->places, trace->capacity * sizeof(*trace->places));
    }
    trace->places[trace->len++] = place;
}

/* Learns order from one row: rows of a session must come in order of seq. */
static enum err index_row(struct trace *trace, struct bytes line,
                          struct place place, struct buf *why)
{
    struct trace_row row;
    arena_reset(&trace->arena);
    enum err err = trace_row_read(line, &trace->arena, why, &row);
    if (err != ERR_OK) {
        return err;
    }
    struct session *session = session_of(trace->sessions, row.session);
    if (!session || trace->len == TRACE_ROWS_MAX) {
        buf_add_text(why, "the trace has too many sessions or rows");
        return ERR_TOO_BIG;
    }
    if (session->last_seq != UINT64_MAX && row.seq <= session->last_seq) {
        buf_add_text(why, "key \"seq\" does not grow within its session");
        return ERR_INVALID;
    }
    session->last_seq = row.seq;
    if (row.names_team && session->team.len == 0) {
        session->team = bytes_of(bytes_to_text(row.team), row.team.len);
    }
    if (row.has_occurred && row.occurred_us > session->time_us) {
        session->time_us = row.occurred_us;
    }
    place.time_us = session->time_us;
    place.session = session;
    add_place(trace, place);
    return ERR_OK;
}

static int compare_places(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    if (left->time_us != right->time_us) {
        return left->time_us < right->time_us ? -1 : 1;
    }
    return (left->line > right->line) - (left->line < right->line);
}

/* Reads the whole file once. A last line without its newline counts. */
static enum err index_file(struct trace *trace, struct buf *why)
{
    char *text = NULL;
    size_t capacity = 0;
    uint64_t offset = 0;
    uint32_t number = 0;
    enum err err = ERR_OK;
    ssize_t len;
    while (err == ERR_OK &&
           (len = getline(&text, &capacity, trace->file)) > 0) {
        size_t bytes = (size_t)len - (text[len - 1] == '\n' ? 1 : 0);
        struct place place = {
            .offset = offset, .bytes = (uint32_t)bytes, .line = ++number};
        offset += (uint64_t)len;
        if (bytes > TRACE_LINE_MAX) {
            buf_add_text(why, "the line is longer than 4 MiB");
            err = ERR_TOO_BIG;
        } else if (bytes > 0) {
            err = index_row(trace, bytes_of(text, bytes), place, why);
        }
    }
    if (err != ERR_OK) {
        char *problem = mem_string(buf_text(why));
        name_line(trace, number, problem, why);
        free(problem);
    } else if (ferror(trace->file)) {
        name_line(trace, number, strerror(errno), why);
        err = ERR_IO;
    }
    free(text);
    return err;
}

enum err trace_open(const char *path, struct buf *out_why,
                    struct trace **out_trace)
{
    FILE *file = fopen(path, "rbe");
    if (!file) {
        buf_add_format(out_why, "%s: %s", path, strerror(errno));
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    struct trace *trace = mem_new(sizeof(*trace));
    trace->file = file;
    trace->path = mem_string(path);
    trace->line = mem_new(TRACE_LINE_MAX);
    trace->sessions = map_new(TRACE_SESSIONS_MAX, session_free);
    arena_init(&trace->arena, TRACE_ARENA_MAX);
    enum err err = index_file(trace, out_why);
    if (err != ERR_OK) {
        trace_close(trace);
        return err;
    }
    if (trace->len) {
        qsort(trace->places, trace->len, sizeof(*trace->places),
              compare_places);
    }
    *out_trace = trace;
    return ERR_OK;
}

void trace_close(struct trace *trace)
{
    if (!trace) {
        return;
    }
    fclose(trace->file);
    arena_fini(&trace->arena);
    map_free(trace->sessions);
    free(trace->places);
    free(trace->line);
    free(trace->path);
    free(trace);
}

size_t trace_len(const struct trace *trace)
{
    return trace->len;
}

enum err trace_at(struct trace *trace, size_t index, struct buf *out_why,
                  struct trace_row *out_row)
{
    assert(index < trace->len);
    const struct place *place = &trace->places[index];
    if (fseeko(trace->file, (off_t)place->offset, SEEK_SET) != 0 ||
        fread(trace->line, 1, place->bytes, trace->file) != place->bytes) {
        name_line(trace, place->line, "the file changed while it was read",
                  out_why);
        return ERR_IO;
    }
    arena_reset(&trace->arena);
    enum err err = trace_row_read(bytes_of(trace->line, place->bytes),
                                  &trace->arena, out_why, out_row);
    if (err == ERR_OK && !out_row->names_team && place->session->team.len > 0) {
        out_row->team = place->session->team;
    }
    return err;
}
