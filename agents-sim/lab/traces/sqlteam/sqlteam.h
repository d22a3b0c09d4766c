/* SPDX-License-Identifier: MIT */
/* sqlteam.h: what the files of score_sqlteam share: names that memories state,
 * and errors over names.
 * Threads: belong to one. */
#ifndef REVERIE_AGENTS_SIM_LAB_TRACES_SQLTEAM_SQLTEAM_H
#define REVERIE_AGENTS_SIM_LAB_TRACES_SQLTEAM_SQLTEAM_H

#include "agents-sim/lab/traces/retold.h"
#include "base/arena.h"
#include "base/map.h"

struct json;

enum {
    SQLTEAM_OWNERS_MAX = 16
};

/* What one memory says of the names of a place. */
struct stated {
    char *team;
    bool is_column;
    char *owner; /* the table, for columns; NULL: of no one table */
    char *good;  /* ", a, b, " or NULL */
    char *once;  /* worked for one person */
    char *bad;
    int64_t rank; /* failures of the past that it is about */
    bool counts;  /* within the budget */
    bool has_good;
    bool is_complete; /* it lists all that the schema has */
};

/* One error of the future. */
struct failure {
    struct bytes team;
    bool is_column;
    struct bytes said;
    struct bytes owners[SQLTEAM_OWNERS_MAX];
    struct bytes name;
    size_t owner_count;
};

enum sqlteam_measure {
    TOLD_WRONG,    /* the memory says that the name does not exist */
    TOLD_COMPLETE, /* or it lists all names there are */
    TOLD_KNOWN     /* or it lists names known to work */
};

struct sqlteam {
    const char *folder;
    struct arena arena;
    struct map *halves;  /* session -> "past" or "future" */
    struct map *queries; /* session -> its last statement */
    struct map *pairs;   /* of the future, seen already */
    struct map *past;    /* name that failed -> the agent that used it first */
    struct map *twice;   /* those that another agent used, too */
    struct json *schemas;
    struct stated *stated;
    size_t count;
    size_t capacity;
    size_t unknown; /* memories of databases that have no schema */
    size_t pairs_total;
    size_t recurring; /* over a name that two agents got wrong in the past */
    size_t strict;
    size_t complete;
    size_t known;
    size_t claims;
    size_t claims_true;
    size_t columns_true; /* of tables that have a memory */
    size_t columns_stated;
    struct buf *why;
};

/* Copies ${text}; lives as long as the run. */
char *sqlteam_text(struct sqlteam *run, struct bytes text);

/* The text of a member; empty where there is none. */
struct bytes sqlteam_field(const struct json *row, const char *name);

/* Sets a text; what does not fit is not counted. */
void sqlteam_put(struct sqlteam *run, struct map *map, struct bytes key,
                 struct bytes value);

/* Takes what a memory states, if it is applied: a retold_config.on_change. */
void sqlteam_take_change(void *context, const struct retold_change *told);

/* Chooses what is within the budget and holds it against the schemas. */
void sqlteam_check_claims(struct sqlteam *run);

/* Whether one memory says that the failure would happen. */
bool sqlteam_says(const struct stated *stated, const struct failure *failure,
                  enum sqlteam_measure measure);

/* Takes a row of a session of the past, or of the future. */
void sqlteam_read_past(struct sqlteam *run, const struct json *row);
void sqlteam_read_future(struct sqlteam *run, const struct json *row);

#endif
