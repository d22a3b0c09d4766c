/* SPDX-License-Identifier: MIT */
/* mirror.h: a copy of the agent's view of memory.
 *
 * Loaded whole from a memory.view reply, then kept current by memory.update
 * events in the order of store versions. An update that does not fit onto the
 * version held says that something was missed: load again.
 * Pure. Threads: belongs to one client. */
#ifndef REVERIE_CLIENT_INBOUND_MIRROR_H
#define REVERIE_CLIENT_INBOUND_MIRROR_H

#include "base/bytes.h"
#include "client/reverie.h"

struct mirror;

enum mirror_result {
    MIRROR_CHANGED, /* *out_mount is now at a newer version */
    MIRROR_OLD,     /* known already */
    MIRROR_BEHIND,  /* versions between are missing, or the store is new */
    MIRROR_BROKEN   /* not a memory.update */
};

struct mirror_mount {
    const char *path;       /* "/team" */
    const char *store;      /* "team/blue" */
    uint64_t version;       /* held */
    uint64_t applied;       /* the agent works with; outlives a load */
    uint64_t said_received; /* acknowledged since the last load */
    uint64_t said_applied;
};

struct mirror *mirror_new(void) MUST_CHECK;
void mirror_free(struct mirror *mirror);

/* Replaces the content by a MemoryViewReply. ERR_INVALID, ERR_TOO_BIG: it
 * stays as it was. */
MUST_CHECK enum err mirror_load(struct mirror *mirror, struct bytes reply);

/* Applies a MemoryUpdate. ${out_mount} is lent until the next load. */
enum mirror_result mirror_update(struct mirror *mirror, struct bytes update,
                                 struct mirror_mount **out_mount);

/* Whether an update that was seen is newer than what is held. */
bool mirror_is_behind(const struct mirror *mirror);

/* "team/blue@12+agent/ada@3"; "" before the first load. Lent until the next
 * change. */
const char *mirror_id(const struct mirror *mirror);
size_t mirror_size(const struct mirror *mirror);
bool mirror_at(const struct mirror *mirror, size_t index,
               struct reverie_memory *out_memory);
bool mirror_find(const struct mirror *mirror, const char *path,
                 struct reverie_memory *out_memory);

/* The mounts, in mount order; NULL past the end. */
struct mirror_mount *mirror_mount_at(struct mirror *mirror, size_t index);

#endif
