/* SPDX-License-Identifier: MIT */
/* errors.h: labelled errors of a recorded team, as score_errors.c reads them
 * and errors_told.c holds memories against them.
 * Threads: belong to one. */
#ifndef REVERIE_AGENTS_SIM_LAB_TRACES_ERRORS_H
#define REVERIE_AGENTS_SIM_LAB_TRACES_ERRORS_H

#include "agents-sim/lab/figures.h"
#include "agents-sim/lab/traces/recurring.h"
#include "base/arena.h"

enum {
    ERRORS_CLASSES_MAX = 1024
};

/* How the template of an error begins that is no error: somebody refused. */
#define ERRORS_REJECTED "rejected "

/* One labelled error. */
struct sample {
    char *class;
    struct bytes tool;
    struct bytes template_text;
    uint64_t person;
    uint64_t team;
    uint64_t session;
    bool is_read; /* the event was in the trace */
};

struct errors {
    struct map *samples; /* "session#seq" -> struct sample; owns */
    struct map *classes; /* class -> "1" where it is recurring, else "0" */
    struct arena texts;
    struct sample *now;
    const struct sample **list;
    uint64_t *keys; /* of the groups looked at, beside list */
    uint64_t *labels;
    size_t count;
};

/* A row of a share, with the target of all recurring classes if it ${is_target}
 * for them. */
MUST_CHECK enum err errors_add_share(struct figures *out, const char *what,
                                     bool is_target, const char *name,
                                     size_t part, size_t whole,
                                     const char *note);

/* Precision and recall; ${what} they are groups of. */
MUST_CHECK enum err errors_add_recurring(const struct recurring *recurring,
                                         const char *what, bool is_target,
                                         struct figures *out);

/* The trace at ${path} through the whole engine: its memories against
 * ${errors}. */
MUST_CHECK enum err errors_told(struct errors *errors, const char *path,
                                struct figures *out);

#endif
