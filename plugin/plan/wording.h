/* SPDX-License-Identifier: MIT */
/* wording.h: the sentences that memories are made of.
 *
 * Fixed templates (README.md lists them) with escaped slots: a memory reads as
 * data about what was observed or stated, never as an instruction to its
 * reader. At most 1 KiB, no markup, no links, one fact per line.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_PLAN_WORDING_H
#define REVERIE_PLUGIN_PLAN_WORDING_H

#include "plugin/plan/candidate.h"

enum {
    WORDING_CONTENT_MAX = 1024,
    WORDING_TITLE_MAX = 160,
    WORDING_PATH_MAX = 128,
    WORDING_NAME_SHOWN = 100, /* bytes of a name, of an option */
    WORDING_OPTION_SHOWN = 120
};

/* Each appends to ${out}, which has room for the maximum above. */
void wording_title(const struct candidate *candidate, struct buf *out);
void wording_content(const struct candidate *candidate, struct buf *out);

/* "/preferences/<slug>-<8 hex digits>.md"; equal for all options of one
 * slot, and for one directive or mistake. */
void wording_path(const struct candidate *candidate, struct buf *out);

/* Appends ${text} so that it cannot leave its quotes: control characters
 * become spaces, quotes become apostrophes, invisible format characters go;
 * cut to ${max} bytes between characters, with "..." where it was cut. */
void wording_escape(struct bytes text, size_t max, struct buf *out);

/* The same between quotation marks. */
void wording_quote(struct bytes text, size_t max, struct buf *out);

/* The parts of directives; the name tells one from another in a path. */
void wording_directive_title(const struct candidate *candidate,
                             struct buf *out);
void wording_directive_content(const struct candidate *candidate,
                               struct buf *out);
struct bytes wording_directive_name(const struct candidate *candidate);
/* What wording_title and wording_content say of a mistake. */
void wording_mistake_title(const struct candidate *candidate, struct buf *out);
void wording_mistake_content(const struct candidate *candidate,
                             struct buf *out);

/* Why a memory of a mistake is no lesson any more. */
void wording_mistake_over(const struct candidate *candidate, struct buf *out);

/* The content of a preference. */
void wording_preference(const struct candidate *candidate, struct buf *out);

#endif
