/* SPDX-License-Identifier: MIT */
/* world.h: the router with pretended edges around it.
 *
 * An array stands for writer, syncer and readers; time stands still until it
 * is moved; nothing the router asks for happens until the test says so. What
 * the router sends is handed to a callback.
 * Threads: one. */
#ifndef REVERIE_TESTS_SCENARIO_WORLD_H
#define REVERIE_TESTS_SCENARIO_WORLD_H

#include "base/map.h"
#include "base/rng.h"
#include "broker/route/route.h"
#include "proto/limits.h"

enum {
    WORLD_SWARM = 1,
    WORLD_QUEUE_MAX = 65536
};

struct world_event {
    uint64_t seq;
    uint64_t epoch;
    struct bytes stamp; /* owned, as the rest */
    struct bytes envelope;
    struct bytes body;
    struct bytes address;
    struct bytes principal;
    struct bytes id;
};

struct world_log {
    struct world_event *events; /* by seq - 1 */
    uint64_t logged;
    uint64_t durable;
    size_t capacity;
};

/* A request the router asked of a service. */
struct world_question {
    uint64_t tag;
    char text[256]; /* "service=log method=info agent=ada" */
};

/* Something for the writer: of the router (tag), or the broker's own. */
struct world_append {
    struct route_append append;
    bool is_own;
    uint16_t log;
    struct bytes envelope; /* owned; the broker's own only */
    struct bytes body;
};

struct world {
    struct route_config config;
    struct route *route;
    int64_t now_us;
    struct rng rng;
    struct world_log logs[LOG_COUNT];
    struct store_epoch epochs[16]; /* newest first */
    size_t epoch_count;
    struct map *rows[STORE_TABLE_COUNT]; /* key -> struct buf */
    struct map *ids;                     /* principal + id -> seq, as text */
    struct world_append *appends;
    size_t append_first;
    size_t append_count;
    struct route_read *reads;
    size_t read_first;
    size_t read_count;
    struct route_seek *seeks;
    size_t seek_count;
    struct world_question *questions;
    size_t question_first;
    size_t question_count;
    bool is_disk_full;
    uint64_t joined;
    uint64_t trims;
    size_t bodies; /* alive */
    void (*on_send)(void *context, const struct route_send *send);
    void *context;
};

/* A world at epoch 1 with an empty log. */
struct world *world_new(const struct route_config *config, uint64_t seed);
void world_free(struct world *world);

/* One step of the router; its effects are queued or handed to on_send. */
void world_step(struct world *world, struct route_event *event);

/* A message from a connection. ${frame_count} is usually 2. */
void world_frames(struct world *world, struct bytes peer, bool is_local,
                  size_t frame_count, struct bytes envelope, struct bytes body);

/* The writer appends up to ${max} of what is queued; returns how many. */
size_t world_write(struct world *world, size_t max);

/* The syncer: everything logged is durable. */
void world_sync(struct world *world);

/* A reader answers the oldest READ, and every SEEK; false: there was none. */
bool world_read(struct world *world);

/* Everything until nothing is left to do. */
void world_settle(struct world *world);

/* Time passes, then a TICK. */
void world_pass(struct world *world, int64_t us);

/* The broker's own event, queued for the writer. */
void world_own(struct world *world, uint16_t log, struct bytes envelope,
               struct bytes body);

/* The broker ends and starts again on the same log; ${is_power_cut}: without
 * what was not durable. */
void world_restart(struct world *world, bool is_power_cut);

/* The value of a counter of the router. */
uint64_t world_count(const struct world *world, const char *name);

/* Lends an event of a log, or NULL. */
const struct world_event *world_event(const struct world *world, uint16_t log,
                                      uint64_t seq);

#endif
