/* SPDX-License-Identifier: MIT */
/* Which of the classes that recur memory tells: the trace through dreams and
 * the gate. A memory belongs to a team, a class of the labels to all of them.
 */
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/traces/errors.h"
#include "agents-sim/lab/traces/retold.h"
#include "base/edge/hash.h"
#include "proto/messages.h"

enum {
    ROWS_MAX = 1 << 20
};

/* The trace through the whole engine: memories of mistakes, each a group of
 * the labelled errors that it cites. */
struct telling {
    struct errors *errors;
    struct recurring recurring;
    const struct sample **rows; /* by position in the log, from 1 */
    size_t row_count;
    uint64_t changes;
};

static bool on_row(void *context, struct trace_row *row)
{
    struct telling *telling = context;
    if (telling->row_count < ROWS_MAX) {
        telling->rows[telling->row_count++] =
            map_get(telling->errors->samples, row->source_id);
    }
    return true;
}

static void on_change(void *context, const struct retold_change *told)
{
    struct telling *telling = context;
    const struct Reverie__V1__Change *change = told->change;
    bool counts = change->kind == REVERIE__V1__FINDING_KIND__FINDING_MISTAKE &&
                  strcmp(told->verdict, "refuse") != 0;
    struct recurring_member *members =
        mem_new_array(change->n_witnesses + 1, sizeof(*members));
    size_t count = 0;
    telling->changes++;
    for (size_t i = 0; counts && i < change->n_witnesses; i++) {
        const struct Reverie__V1__Witness *witness = change->witnesses[i];
        const struct sample *sample =
            !witness->helps && witness->seq <= telling->row_count
                ? telling->rows[witness->seq - 1]
                : NULL;
        if (sample) {
            members[count++] =
                (struct recurring_member){telling->changes, sample->class,
                                          sample->person, sample->session};
        }
    }
    recurring_add(&telling->recurring, members, count);
    free(members);
}

/* Classes that a mistake can be of: where people refused, or nothing was said
 * at all, there is none to tell. Lends the words of errors->classes. */
static struct map *tellable(const struct errors *errors)
{
    struct map *classes = map_new(ERRORS_CLASSES_MAX, NULL);
    for (size_t i = 0; i < errors->count; i++) {
        const struct sample *sample = errors->list[i];
        struct bytes class = bytes_of_text(sample->class);
        void *recurs = map_get(errors->classes, class);
        bool is_said = sample->template_text.len > 0 &&
                       !bytes_starts_with(sample->template_text,
                                          BYTES_LITERAL(ERRORS_REJECTED));
        if (is_said && recurs) {
            err_ignore(map_put(classes, class, recurs),
                       "as many as errors->classes holds");
        }
    }
    return classes;
}

/* Those of ${classes} that people of one team met often enough: a memory
 * belongs to a team, and what each of two people in two teams does is told
 * neither. The others do not recur here. */
static struct map *of_one_team(const struct errors *errors,
                               const struct map *classes)
{
    static const char never[] = "0";
    struct map *own = map_new(ERRORS_CLASSES_MAX, NULL);
    struct recurring recurring;
    struct recurring_member *members =
        mem_new_array(errors->count + 1, sizeof(*members));
    size_t cursor = 0;
    struct bytes class;
    void *recurs;
    for (size_t i = 0; i < errors->count; i++) {
        const struct sample *sample = errors->list[i];
        uint64_t group =
            hash_bytes_seeded(bytes_of_text(sample->class), sample->team);
        members[i] = (struct recurring_member){group, sample->class,
                                               sample->person, sample->session};
    }
    recurring_init(&recurring, classes);
    recurring_add(&recurring, members, errors->count);
    while (map_next(classes, &cursor, &class, &recurs)) {
        bool is_own = map_get(recurring.found, class) != NULL;
        err_ignore(
            map_put(own, class, is_own ? recurs : (void *)(uintptr_t)never),
            "as many as classes holds");
    }
    recurring_fini(&recurring);
    free(members);
    return own;
}

/* What a team could be told at most, and what it was told of that. */
static enum err add_own(const struct errors *errors,
                        const struct recurring *told, struct figures *out)
{
    struct map *classes = of_one_team(errors, told->classes);
    const struct recurring own = {.classes = classes, .found = told->found};
    struct buf missed;
    size_t all = 0;
    size_t real = 0;
    size_t found = 0;
    buf_init(&missed, FIGURE_NOTE_BYTES - 1);
    recurring_count(told, &all, &found, &missed);
    buf_reset(&missed);
    found = 0;
    recurring_count(&own, &real, &found, &missed);
    enum err err =
        errors_add_share(out, "as told", false, "met by one team", real, all,
                         "the others by one person of each team");
    if (err == ERR_OK) {
        err = errors_add_share(out, "as told", true,
                               "recall of those met by one team", found, real,
                               buf_text(&missed));
    }
    buf_fini(&missed);
    map_free(classes);
    return err;
}

enum err errors_told(struct errors *errors, const char *path,
                     struct figures *out)
{
    struct map *classes = tellable(errors);
    struct telling telling = {
        .errors = errors,
        .rows = mem_new_array(ROWS_MAX, sizeof(struct sample *))};
    const struct retold_config config = {
        .path = path,
        .policy = POLICY_APPROVE_ALL_PROPOSALS,
        .on_row = on_row,
        .on_change = on_change,
        .context = &telling,
    };
    struct buf why;
    buf_init(&why, 4096);
    recurring_init(&telling.recurring, classes);
    enum err err = retold_run(&config, &why);
    if (err == ERR_OK) {
        err = errors_add_recurring(&telling.recurring, "as told", true, out);
    }
    if (err == ERR_OK) {
        err = add_own(errors, &telling.recurring, out);
    }
    recurring_fini(&telling.recurring);
    map_free(classes);
    buf_fini(&why);
    free(telling.rows);
    return err;
}
