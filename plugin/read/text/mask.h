/* SPDX-License-Identifier: MIT */
/* mask.h: a text without what varies in it.
 *
 * One pass over the bytes, no regular expressions, no backtracking: cost is
 * linear for any input. What is masked stays available as values, in order,
 * because in many errors the quoted identifier is the mistake. Classes,
 * protected words and the form of templates are in ../README.md.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_TEXT_MASK_H
#define REVERIE_PLUGIN_READ_TEXT_MASK_H

#include "plugin/read/tuple.h"

enum {
    MASK_TEXT_MAX = 4096, /* bytes of a text that are looked at */
    MASK_TOKENS_MAX = 64,
    MASK_LONG_BYTES = 64 /* a quoted string beyond this names nothing */
};

/* "UUID", "PATH", ...; lends a string constant. */
const char *mask_name(enum mask mask);

/* A template under construction, and what was taken out of it. */
struct mask_result {
    char text[TUPLE_TEMPLATE_MAX];
    size_t len;
    struct tuple_value values[TUPLE_VALUES_MAX];
    size_t value_count;
    size_t tokens;
    enum mask run; /* the last thing written was this mask ... */
    bool is_run;   /* ... and its "+" is written already */
    bool is_log;   /* a line of a log, see mask_init_log */
    bool is_cut;   /* tokens, values or bytes beyond a maximum were left out */
};

/* For the message of an error: names from code are its values, because they
 * tell which mistake it was; lists of any length have one template. */
void mask_init(struct mask_result *result);

/* For a line of a log: names from code stay, because a program wrote them,
 * unless they carry a number; words behind "name=" go; codes vary, too; lists
 * keep their length. */
void mask_init_log(struct mask_result *result);

/* Masks ${text} and appends. Values borrow ${text}; their key is the text. */
void mask_add(struct mask_result *result, struct bytes text);

/* Appends constant text as it is. */
void mask_add_constant(struct mask_result *result, struct bytes text);

/* Appends one mask and keeps its value. */
void mask_add_value(struct mask_result *result, struct tuple_value value);

/* Keeps a value that the template does not show. */
void mask_keep_value(struct mask_result *result, struct tuple_value value);

/* Lends the template. */
struct bytes mask_text(const struct mask_result *result);

#endif
