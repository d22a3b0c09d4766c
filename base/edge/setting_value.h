/* SPDX-License-Identifier: MIT */
/* setting_value.h: the values of settings, as typed and as meant.
 *
 * What settings.c is made of: reads one typed value against its row, and says
 * in words what a row allows. Pure. Threads: any. */
#ifndef REVERIE_BASE_EDGE_SETTING_VALUE_H
#define REVERIE_BASE_EDGE_SETTING_VALUE_H

#include "base/edge/settings.h"

/* What a typed value means; which member counts depends on the type. */
struct setting_value {
    int64_t integer; /* integers, bytes, durations in microseconds */
    double real;
    bool flag;
};

/* Reads ${text} as ${row} says. ERR_INVALID: not such a value, or outside the
 * range; see setting_value_allowed. */
MUST_CHECK enum err setting_value_read(const struct setting *row,
                                       const char *text,
                                       struct setting_value *out);

/* Appends what the row allows: "a duration such as 10ms, from 1s to 5m". */
void setting_value_allowed(const struct setting *row, struct buf *out);

/* Appends ${text} as a value of a YAML file that reads back as ${text}. */
void setting_value_yaml(const struct setting *row, const char *text,
                        struct buf *out);

/* Number of single-character insertions, removals and replacements that turn
 * one name into the other; names are cut at 64 bytes. */
size_t setting_name_distance(const char *a, const char *b);

/* The line of the YAML ${text}, from 1, where ${key} is set for the ${nth}
 * time; 0 if it shares its line with another. libcyaml does not keep lines. */
unsigned setting_line(struct bytes text, const char *key, unsigned nth);

#endif
