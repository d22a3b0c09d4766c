/* SPDX-License-Identifier: MIT */
/* text.h: texts of others, made fit for a terminal, and what they differ in.
 *
 * Everything that came over the wire is untrusted here: what a terminal would
 * obey, turn around or hide (base/text/glyph.h) is shown in signs instead.
 * Pure. Threads: any. */
#ifndef REVERIE_CLI_RENDER_TEXT_H
#define REVERIE_CLI_RENDER_TEXT_H

#include "base/bytes.h"

/* Appends ${text} on one line: runs of white space become one blank; what is
 * longer than ${max} bytes is cut at a character and ends in "...". */
void text_line(struct buf *out, struct bytes text, size_t max);

/* Appends ${text} with its lines behind ${indent}, a newline at the end. */
void text_block(struct buf *out, struct bytes text, const char *indent);

/* Appends what turns ${before} into ${after}, line by line: "- ", "+ " or
 * "  " behind ${indent}, with two lines of context. Texts of more than 2,000
 * lines are shown whole, before and after. */
void text_diff(struct buf *out, struct bytes before, struct bytes after,
               const char *indent);

/* "3 agents", "1 agent". */
void text_count(struct buf *out, uint64_t count, const char *one,
                const char *many);

/* "512 B", "1.5 MiB". */
void text_bytes(struct buf *out, uint64_t bytes);

/* The time in UTC, "2026-01-05 12:17:31"; "-" for 0. */
void text_time(struct buf *out, int64_t time_us);

/* The first ${digits} hexadecimal digits of ${id}. */
void text_short_id(struct buf *out, struct bytes id, size_t digits);

#endif
