/* SPDX-License-Identifier: MIT */
/* known.h: what memory holds now, and what waits for a review, for the planner
 * to compare with.
 *
 * Pure. Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_PLAN_KNOWN_H
#define REVERIE_PLUGIN_PLAN_KNOWN_H

#include "base/bytes.h"
#include "memory/change.h"

enum {
    KNOWN_MAX = 1 << 20
};

/* The head of one memory. */
struct known_head {
    uint64_t number; /* of the version */
    uint8_t finding[FINDING_BYTES];
    bool has_finding;
    bool is_suspect; /* shown with a warning: evidence may make it whole */
    bool is_pinned;
    bool by_owner; /* a directive that owners alone stated */
    int kind;      /* of its finding */
    uint32_t principals;
    uint32_t principals_for;
    uint32_t sessions;
    double log_e;
    int64_t time_us; /* when the version was written */
    int64_t last_us; /* of its newest witness; 0: unknown */
    char *path;
    char *content;
    char *subject; /* "" where it has none */
    char *option;
};

struct known;

struct known *known_new(void) MUST_CHECK;
void known_free(struct known *known);

/* How many heads there are; walks them in the order in which they were added:
 * start with *cursor = 0; false at the end. Lends all. */
size_t known_count(const struct known *known);
bool known_next(const struct known *known, size_t *cursor,
                struct bytes *out_store, const struct known_head **out_head);

/* Takes in a packed MemoryListReply; *out_next is the place to go on from,
 * lent until the next call, empty at the end.
 * ERR_INVALID, ERR_TOO_BIG: it does not decode. ERR_FULL. */
MUST_CHECK enum err known_add(struct known *known, struct bytes reply,
                              struct bytes *out_next);

/* The same for a packed ReviewListReply of changes that wait for a review. */
MUST_CHECK enum err known_add_waiting(struct known *known, struct bytes reply,
                                      struct bytes *out_next);

/* What a memory says but for its numbers, as one number. Of kinds whose words
 * follow from the finding it is 0; what a mistake says helps may change. */
uint64_t known_words(int kind, struct bytes content);

/* Whether a change for this finding, on this many principals for and against
 * and with these words, waits for a review. */
struct known_said {
    uint32_t principals;
    uint32_t principals_for;
    uint64_t words;
};
bool known_waits(const struct known *known, struct bytes store,
                 const uint8_t finding[FINDING_BYTES],
                 const struct known_said *said);

/* Whether a change that retires this finding waits for a review. */
bool known_retirement_waits(const struct known *known, struct bytes store,
                            const uint8_t finding[FINDING_BYTES]);

/* Lend the memory of ${store} that holds a finding, or that is at a path;
 * NULL if there is none. */
const struct known_head *known_finding(const struct known *known,
                                       struct bytes store,
                                       const uint8_t finding[FINDING_BYTES]);
const struct known_head *known_path(const struct known *known,
                                    struct bytes store, struct bytes path);

#endif
