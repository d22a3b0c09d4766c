/* SPDX-License-Identifier: MIT */
/* parts.h: what several renderings of memory share. Inside render/ only.
 *
 * Messages are passed as the unpacked structs that proto/messages.h names;
 * headers of ours do not show them.
 * Pure. Threads: any. */
#ifndef REVERIE_CLI_RENDER_PARTS_H
#define REVERIE_CLI_RENDER_PARTS_H

#include "base/arena.h"
#include "base/bytes.h"

enum {
    PARTS_NAME_MAX = 120,
    PARTS_QUOTE_MAX = 300
};

/* Unpacks ${reply} into ${arena}, which it makes; arena_fini it. */
MUST_CHECK enum err parts_unpack(const void *descriptor, struct bytes reply,
                                 struct arena *arena, void *out_message);

/* One line of ${text} (may be NULL). */
void parts_text(struct buf *out, const char *text, size_t max);

/* Sorts pointers to ${count} unpacked Changes by store, and there by how many
 * people are behind them. */
void parts_sort_changes(void *changes, size_t count);

/* What another wrote, in quotation marks if it has none of its own. */
void parts_quote(struct buf *out, const char *text);

/* A message Numbers in words: "5 of 6 people, 41 calls, 9 days; other teams
 * 31 %". Empty for NULL. */
void parts_numbers(struct buf *out, const void *message);

/* Witnesses of a message list: the best quotes with their positions, from
 * different people where there are; then who disagrees. */
void parts_witnesses(struct buf *out, const void *const *messages,
                     size_t count);

/* The note that stands in every output under approve-all-proposals. */
void parts_policy(struct buf *out, const char *policy);

#endif
