/* SPDX-License-Identifier: MIT */
/* render.h: the replies of the broker's services, for people.
 *
 * Each function appends the text of one packed reply of services.proto, named
 * after it. Every text from the log or a peer passes text.h. The same replies
 * as JSON: json.h.
 * Pure. Threads: any. */
#ifndef REVERIE_CLI_RENDER_RENDER_H
#define REVERIE_CLI_RENDER_RENDER_H

#include "base/bytes.h"

/* ERR_INVALID: the bytes are not such a reply. */
typedef enum err (*render_reply)(struct bytes reply, struct buf *out);

MUST_CHECK enum err render_memory_list(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_memory_stores(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_memory_show(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_memory_history(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_memory_who(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_memory_verify(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_memory_write(struct bytes reply, struct buf *out);

MUST_CHECK enum err render_review_list(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_review_show(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_review_decide(struct bytes reply, struct buf *out);

MUST_CHECK enum err render_dream_run(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_dream_list(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_dream_show(struct bytes reply, struct buf *out);
/* Of the same reply, what the dream read and counted, and a line for each
 * change. */
MUST_CHECK enum err render_dream_head(struct bytes reply, struct buf *out);

/* Sorts pointers to ${count} unpacked ReviewItems as they are shown: what waits
 * for a human first, then by store, and there what most people are behind. */
void render_sort_items(void *items, size_t count);

MUST_CHECK enum err render_log_info(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_log_verify(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_log_erase(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_peers(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_info(struct bytes reply, struct buf *out);
MUST_CHECK enum err render_counters(struct bytes reply, struct buf *out);

/* The word of an enumeration of the schemas: ("ChangeOp", 1) is "add",
 * ("OutcomeEvaluated.Result", 1) "satisfied". Lends a constant; "unknown". */
const char *render_word(const char *type, int value);

#endif
