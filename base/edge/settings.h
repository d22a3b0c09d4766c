/* SPDX-License-Identifier: MIT */
/* settings.h: one table row per setting, for the file, the flags and the
 * manual.
 *
 * A program declares its settings once, as an array of `struct setting`. The
 * same table reads the YAML file (libcyaml; unknown key = error with file and
 * line), the environment (REVERIE_NAME), the flags (--name value), prints
 * `--help`, `reverie config print` and the manual. Later sources win: default,
 * file, environment, flag. Secrets are given by path to a file, never as a
 * value.
 * Threads: read at start, constant afterwards. */
#ifndef REVERIE_BASE_EDGE_SETTINGS_H
#define REVERIE_BASE_EDGE_SETTINGS_H

#include "base/bytes.h"

enum setting_type {
    SETTING_TEXT,     /* char * */
    SETTING_INTEGER,  /* int64_t, within min..max */
    SETTING_BYTES,    /* int64_t; accepts 64KiB, 1MiB, 2GiB */
    SETTING_DURATION, /* int64_t microseconds; accepts 10ms, 30s, 5m, 24h, 7d */
    SETTING_REAL,     /* double, within min..max */
    SETTING_BOOL,     /* bool */
    SETTING_CHOICE,   /* char *, one of `choices` ("a|b|c") */
    SETTING_LIST      /* char *: comma-separated; a YAML sequence of texts, none
                         of which is empty or holds a comma */
};

struct setting {
    const char *name; /* "lease-ms": words joined by '-' */
    enum setting_type type;
    const char *fallback; /* the default, as it would be typed */
    double min; /* inclusive; numbers, bytes and durations (us); the same
                   as max: no range */
    double max;
    const char *choices;
    const char *help; /* one sentence */
};

struct settings;

/* All settings of ${table} at their defaults. Keeps the table. */
struct settings *settings_new(const struct setting *table, size_t count);
void settings_free(struct settings *settings);

/* Why the last call failed, naming file, line, key and what is allowed. Lends
 * the text until the next call. */
const char *settings_why(const struct settings *settings);

/* Reads a YAML mapping of name: value, of at most 1 MiB, without aliases. On
 * failure, values before the fault may be set. ERR_NOT_FOUND, ERR_INVALID. */
MUST_CHECK enum err settings_read_file(struct settings *settings,
                                       const char *path);

/* Reads the text of such a file; ${name} stands for it in messages. */
MUST_CHECK enum err settings_read_text(struct settings *settings,
                                       const char *name, struct bytes text);

/* Takes REVERIE_LEASE_MS and its like for every row. */
MUST_CHECK enum err settings_read_environment(struct settings *settings);

/* Sets one, as typed. ERR_NOT_FOUND (with the nearest name), ERR_INVALID. */
MUST_CHECK enum err settings_set(struct settings *settings, const char *name,
                                 const char *value);

/* The value; the row must exist and have that type (asserted). Text is lent
 * until the setting changes. */
const char *settings_text(const struct settings *settings, const char *name);
int64_t settings_integer(const struct settings *settings, const char *name);
double settings_real(const struct settings *settings, const char *name);
bool settings_bool(const struct settings *settings, const char *name);

/* Where the value came from: "default", "FILE:LINE", "environment", "flag". */
const char *settings_source(const struct settings *settings, const char *name);

/* Appends every setting as YAML that reads back, with help and source as
 * comments. */
void settings_print(const struct settings *settings, struct buf *out);

/* Appends a row of a help page: ${left}, and in a column behind it ${right},
 * broken between words where a line would have more than 80 columns. */
void settings_help_row(const char *left, const char *right, struct buf *out);

/* Appends the flags with their help, defaults and ranges, for --help. */
void settings_print_help(const struct settings *settings, struct buf *out);

#endif
