/* SPDX-License-Identifier: MIT */
#include "broker/handover/group.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct group {
    atomic_uint holders;
    atomic_bool is_finished;
    uint32_t swarm;
    int64_t time_us;
    struct bell *done;
    struct arena arena;
    struct store_append *appends;
    size_t count;
    struct store_row *rows;
    size_t row_count;
    enum err error;
    uint64_t batch;
};

struct group *group_new(uint32_t swarm, int64_t time_us, struct bell *done)
{
    struct group *group = mem_new(sizeof(*group));

    atomic_init(&group->holders, 1);
    atomic_init(&group->is_finished, false);
    group->swarm = swarm;
    group->time_us = time_us;
    group->done = done;
    arena_init(&group->arena, GROUP_BYTES_MAX);
    return group;
}

void group_hold(struct group *group)
{
    atomic_fetch_add(&group->holders, 1);
}

void group_drop(struct group *group)
{
    if (group == NULL || atomic_fetch_sub(&group->holders, 1) > 1) {
        return;
    }
    arena_fini(&group->arena);
    free(group->appends);
    free(group->rows);
    free(group);
}

static bool copy(struct group *group, struct bytes from, struct bytes *out)
{
    if (from.len == 0) {
        *out = bytes_of(NULL, 0);
        return true;
    }
    *out = arena_copy(&group->arena, from);
    return out->data != NULL;
}

static struct store_append *grow(struct group *group)
{
    group->appends =
        mem_grow(group->appends, (group->count + 1) * sizeof(*group->appends));
    struct store_append *append = &group->appends[group->count];
    *append =
        (struct store_append){.swarm = group->swarm, .time_us = group->time_us};
    return append;
}

enum err group_add(struct group *group, const struct group_event *event)
{
    struct store_append *append = grow(group);

    append->log = event->log;
    if (!copy(group, event->claims, &append->claims) ||
        !copy(group, event->envelope, &append->envelope) ||
        !copy(group, event->body, &append->body) ||
        !copy(group, event->address, &append->address)) {
        return ERR_TOO_BIG;
    }
    group->count++;
    return ERR_OK;
}

enum err group_set_rows(struct group *group, const struct store_row *rows,
                        size_t count)
{
    assert(group->rows == NULL);
    group->rows = mem_new_array(count + 1, sizeof(*rows));
    for (size_t i = 0; i < count; i++) {
        group->rows[i] = rows[i];
        if (!copy(group, rows[i].key, &group->rows[i].key) ||
            !copy(group, rows[i].value, &group->rows[i].value)) {
            return ERR_TOO_BIG;
        }
    }
    group->row_count = count;
    if (group->count == 0 && count > 0) {
        (void)grow(group);
        group->count = 1;
    }
    if (group->count > 0) {
        group->appends[0].rows = group->rows;
        group->appends[0].row_count = count;
    }
    return ERR_OK;
}

bool group_is_empty(const struct group *group)
{
    return group->count == 0;
}

size_t group_count(const struct group *group)
{
    return group->count;
}

const struct store_append *group_appends(const struct group *group,
                                         size_t *out_count)
{
    *out_count = group->count;
    return group->appends;
}

void group_finish(struct group *group, enum err error,
                  const struct store_append *appends, uint64_t batch)
{
    for (size_t i = 0; error == ERR_OK && i < group->count; i++) {
        group->appends[i].outcome = appends[i].outcome;
        group->appends[i].seq = appends[i].seq;
        group->appends[i].epoch = appends[i].epoch;
    }
    group->error = error;
    group->batch = batch;
    atomic_store(&group->is_finished, true);
    bell_ring(group->done);
}

bool group_is_finished(const struct group *group)
{
    return atomic_load(&group->is_finished);
}

enum err group_error(const struct group *group)
{
    return group->error;
}

uint64_t group_batch(const struct group *group)
{
    return group->batch;
}
