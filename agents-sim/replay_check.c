/* SPDX-License-Identifier: MIT */
#include "agents-sim/replay_check.h"

#include <stdlib.h>

#include "base/edge/hash.h"
#include "base/map.h"

enum {
    CHECK_SESSIONS_MAX = 1 << 20
};

struct session {
    uint64_t digest;
    uint64_t rows;
};

struct replay_check {
    struct map *sessions;
};

struct replay_check *replay_check_new(void)
{
    struct replay_check *check = mem_new(sizeof(*check));
    check->sessions = map_new(CHECK_SESSIONS_MAX, free);
    return check;
}

void replay_check_free(struct replay_check *check)
{
    if (check) {
        map_free(check->sessions);
        free(check);
    }
}

/* Each part is hashed with its length first, so that parts cannot run into
 * each other. */
static uint64_t mix(uint64_t digest, struct bytes part)
{
    uint64_t len = part.len;
    return hash_bytes_seeded(
        part, hash_bytes_seeded(bytes_of(&len, sizeof(len)), digest));
}

void replay_check_add(struct replay_check *check, const struct trace_row *row,
                      struct bytes from)
{
    struct session *session = map_get(check->sessions, row->session);
    if (!session) {
        session = mem_new(sizeof(*session));
        /* The reader of the trace holds sessions to the same maximum. */
        if (map_put(check->sessions, row->session, session) != ERR_OK) {
            free(session);
            return;
        }
    }
    int64_t occurred_us = row->has_occurred ? row->occurred_us : INT64_MIN;
    uint64_t digest = mix(session->digest, row->source_id);
    digest = mix(digest, from);
    digest = mix(digest, row->kind);
    digest = mix(digest, bytes_of(&occurred_us, sizeof(occurred_us)));
    session->digest = mix(digest, row->body);
    session->rows++;
}

size_t replay_check_sessions(const struct replay_check *check)
{
    return map_size(check->sessions);
}

size_t replay_check_equal(const struct replay_check *a,
                          const struct replay_check *b)
{
    size_t equal = 0;
    size_t cursor = 0;
    struct bytes name;
    void *value;
    while (map_next(a->sessions, &cursor, &name, &value)) {
        const struct session *left = value;
        const struct session *right = map_get(b->sessions, name);
        equal +=
            right && right->digest == left->digest && right->rows == left->rows;
    }
    return equal;
}
