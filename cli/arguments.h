/* SPDX-License-Identifier: MIT */
/* arguments.h: the words behind a command, read against its table of options.
 *
 * "--name VALUE", "--name=VALUE", "-n VALUE", "-nVALUE", flags, words, and
 * "--" that ends the options. What is not in the table is refused with the
 * nearest name. A command may have a table of settings, too
 * (base/edge/settings.h); they are options of the same form.
 * Pure. Threads: belongs to one thread. */
#ifndef REVERIE_CLI_ARGUMENTS_H
#define REVERIE_CLI_ARGUMENTS_H

#include "base/bytes.h"
#include "base/edge/settings.h"

enum {
    ARGUMENTS_MAX = 256 /* words of one command line */
};

struct option {
    const char *name;  /* without the dashes */
    char letter;       /* or 0 */
    const char *value; /* what stands in help: "FILE"; NULL: a flag */
    const char *help;  /* one sentence */
};

struct argument {
    const char *name; /* of the option */
    const char *value;
};

struct arguments {
    struct argument options[ARGUMENTS_MAX];
    size_t option_count;
    const char *words[ARGUMENTS_MAX];
    size_t word_count;
    struct settings *settings;            /* or NULL; kept */
    struct argument given[ARGUMENTS_MAX]; /* settings, as they were typed */
    size_t given_count;
    char why[512]; /* the last failure, in words */
};

/* What may be given. */
struct argument_table {
    const struct option *options;
    size_t option_count;
    const struct setting *settings; /* or NULL */
    size_t setting_count;
    struct settings *values; /* where settings are set; NULL without them */
};

/* Reads ${argv} (borrowed as long as the arguments). ERR_INVALID, ERR_FULL:
 * ${out->why}. */
MUST_CHECK enum err arguments_read(struct arguments *out, int argc,
                                   const char *const *argv,
                                   const struct argument_table *known);

bool argument_is_set(const struct arguments *arguments, const char *name);

/* The last value, or ${absent}. */
const char *argument_text(const struct arguments *arguments, const char *name,
                          const char *absent);

/* All values of an option that may be repeated. Gives how many, at most
 * ${max}. */
size_t argument_list(const struct arguments *arguments, const char *name,
                     const char **out, size_t max);

/* A number; ERR_INVALID (why is set) unless it is within ${min}..${max}. */
MUST_CHECK enum err argument_number(struct arguments *arguments,
                                    const char *name, uint64_t min,
                                    uint64_t max, uint64_t *out);
MUST_CHECK enum err argument_real(struct arguments *arguments, const char *name,
                                  double *out);

/* Edits that turn one text into the other: insert, delete, replace, swap. */
size_t text_distance(const char *a, const char *b);

/* The nearest of ${count} names, if it is near enough to be meant; else
 * NULL. Lends one of them. */
const char *text_nearest(const char *word, const char *const *names,
                         size_t count);

#endif
