/* SPDX-License-Identifier: MIT */
/* parts.h: which parts of its team a session belongs to.
 *
 * A part is a repository or a role, as session.started said it; a session that
 * did not say belongs to none. Sessions are told apart by their principal,
 * too, so that nobody speaks for another's. Of the sessions that were not seen
 * for PARTS_SESSIONS_MAX others some are forgotten: they belong to no part.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_SCOPE_PARTS_H
#define REVERIE_PLUGIN_DETECT_SCOPE_PARTS_H

#include "plugin/detect/roster.h"
#include "plugin/read/tuple.h"

enum part_kind {
    PART_NONE, /* the team itself */
    PART_REPOSITORY,
    PART_ROLE,
    PART_KINDS
};

enum {
    PARTS_SESSIONS_MAX = 32768,
    /* " in repository " and a name */
    PART_SUFFIX_MAX = 16 + TUPLE_PART_MAX
};

struct parts;

struct parts *parts_new(void) MUST_CHECK;
void parts_free(struct parts *parts);

/* What a session of ${principal} said at its start, and that it ended. */
void parts_begin(struct parts *parts, uint32_t team, uint32_t principal,
                 const struct tuple *started);
void parts_end(struct parts *parts, uint32_t team, uint32_t principal,
               struct bytes session);

/* The names of the parts of a session, by kind, empty where it belongs to
 * none; lent until the next call. NULL: it said nothing. */
const struct bytes *parts_of(struct parts *parts, uint32_t team,
                             uint32_t principal, struct bytes session);

/* "repository", "role". */
const char *part_kind_name(enum part_kind kind);

/* Appends what the subject of a part's choices ends in:
 * " in repository NAME". */
void part_suffix(enum part_kind kind, struct bytes name, struct buf *out);

#endif
