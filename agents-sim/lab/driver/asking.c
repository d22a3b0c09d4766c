/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/driver/asking.h"

#include <stdlib.h>

#include "proto/messages.h"

enum {
    PAGE = 500,
    ARENA_MAX = 1 << 30
};

static enum err add_memories(const struct asking *asking, struct known *known)
{
    struct bytes next = {NULL, 0};
    char *after = NULL;
    enum err err;
    do {
        Reverie__V1__MemoryListRequest list =
            REVERIE__V1__MEMORY_LIST_REQUEST__INIT;
        list.after = after;
        list.has_limit = true;
        list.limit = PAGE;
        err = asking->ask(asking->context, "memory", "list", &list);
        if (err == ERR_OK) {
            err = known_add(known, buf_bytes(asking->reply), &next);
        }
        free(after);
        after = err == ERR_OK && next.len ? bytes_to_text(next) : NULL;
    } while (after);
    return err;
}

static enum err add_waiting(const struct asking *asking, struct known *known)
{
    struct bytes next = {NULL, 0};
    char *after = NULL;
    enum err err;
    do {
        Reverie__V1__ReviewListRequest list =
            REVERIE__V1__REVIEW_LIST_REQUEST__INIT;
        list.has_state = true;
        list.state = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED;
        list.after = after;
        list.has_limit = true;
        list.limit = PAGE;
        err = asking->ask(asking->context, "review", "list", &list);
        if (err == ERR_OK) {
            err = known_add_waiting(known, buf_bytes(asking->reply), &next);
        }
        free(after);
        after = err == ERR_OK && next.len ? bytes_to_text(next) : NULL;
    } while (after);
    return err;
}

enum err asking_known(const struct asking *asking, struct known *known)
{
    enum err err = add_memories(asking, known);
    return err == ERR_OK ? add_waiting(asking, known) : err;
}

/* Results come in the order of the changes. */
enum err asking_propose(const struct asking *asking,
                        const struct plan_set *planned)
{
    Reverie__V1__ReviewProposeRequest request =
        REVERIE__V1__REVIEW_PROPOSE_REQUEST__INIT;
    Reverie__V1__ReviewProposeReply *reply = NULL;
    struct arena arena;
    arena_init(&arena, ARENA_MAX);
    enum err err = MESSAGE_UNPACK(change_set, buf_bytes(&planned->packed),
                                  &arena, &request.change_set);
    if (err == ERR_OK) {
        err = asking->ask(asking->context, "review", "propose", &request);
    }
    if (err == ERR_OK) {
        err = MESSAGE_UNPACK(review_propose_reply, buf_bytes(asking->reply),
                             &arena, &reply);
    }
    if (err == ERR_OK && reply->n_results != request.change_set->n_changes) {
        buf_add_text(asking->why, "not every change was answered");
        err = ERR_CORRUPT;
    }
    for (size_t i = 0; err == ERR_OK && i < reply->n_results; i++) {
        asking->tell(asking->context, request.change_set->changes[i],
                     reply->results[i]);
    }
    arena_fini(&arena);
    return err;
}
