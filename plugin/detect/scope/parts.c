/* SPDX-License-Identifier: MIT */
#include "plugin/detect/scope/parts.h"

#include <stdlib.h>

#include "base/map.h"

enum {
    KEY_MAX = 4096 /* a session's name and two numbers; longer ones are cut */
};

/* The names stand behind it, in the same allocation. */
struct session_parts {
    struct bytes names[PART_KINDS];
};

/* Two generations: when the young one is full the old one goes. */
struct parts {
    struct map *young;
    struct map *old;
    struct buf key;
};

struct parts *parts_new(void)
{
    struct parts *parts = mem_new(sizeof(*parts));
    parts->young = map_new(PARTS_SESSIONS_MAX, free);
    parts->old = map_new(PARTS_SESSIONS_MAX, free);
    buf_init(&parts->key, KEY_MAX);
    return parts;
}

void parts_free(struct parts *parts)
{
    if (parts) {
        map_free(parts->young);
        map_free(parts->old);
        buf_fini(&parts->key);
        free(parts);
    }
}

static struct bytes key_of(struct parts *parts, uint32_t team,
                           uint32_t principal, struct bytes session)
{
    buf_reset(&parts->key);
    buf_add_u32(&parts->key, team);
    buf_add_u32(&parts->key, principal);
    buf_add(&parts->key, bytes_slice(session, 0, KEY_MAX - 8));
    return buf_bytes(&parts->key);
}

static void keep(struct parts *parts, struct bytes key,
                 struct session_parts *session)
{
    if (map_size(parts->young) == PARTS_SESSIONS_MAX) {
        map_free(parts->old);
        parts->old = parts->young;
        parts->young = map_new(PARTS_SESSIONS_MAX, free);
    }
    if (map_put(parts->young, key, session) != ERR_OK) {
        free(session);
    }
}

void parts_begin(struct parts *parts, uint32_t team, uint32_t principal,
                 const struct tuple *started)
{
    const struct bytes names[PART_KINDS] = {
        [PART_REPOSITORY] = started->session_start.repository,
        [PART_ROLE] = started->session_start.role,
    };
    size_t len = names[PART_REPOSITORY].len + names[PART_ROLE].len;
    if (len == 0) {
        return;
    }
    struct session_parts *session = mem_new(sizeof(*session) + len);
    uint8_t *room = (uint8_t *)(session + 1);
    for (size_t i = 0; i < PART_KINDS; i++) {
        session->names[i] = bytes_of(room, names[i].len);
        for (size_t k = 0; k < names[i].len; k++) {
            *room++ = names[i].data[k];
        }
    }
    keep(parts, key_of(parts, team, principal, started->session), session);
}

void parts_end(struct parts *parts, uint32_t team, uint32_t principal,
               struct bytes session)
{
    struct bytes key = key_of(parts, team, principal, session);
    map_remove(parts->young, key);
    map_remove(parts->old, key);
}

const struct bytes *parts_of(struct parts *parts, uint32_t team,
                             uint32_t principal, struct bytes session)
{
    if (map_size(parts->young) + map_size(parts->old) == 0) {
        return NULL;
    }
    struct bytes key = key_of(parts, team, principal, session);
    struct session_parts *known = map_get(parts->young, key);
    if (!known) {
        known = map_take(parts->old, key);
        if (known) {
            keep(parts, key, known);
            known = map_get(parts->young, key);
        }
    }
    return known ? known->names : NULL;
}

const char *part_kind_name(enum part_kind kind)
{
    return kind == PART_REPOSITORY ? "repository"
           : kind == PART_ROLE     ? "role"
                                   : "team";
}

void part_suffix(enum part_kind kind, struct bytes name, struct buf *out)
{
    buf_add_format(out, " in %s ", part_kind_name(kind));
    buf_add(out, name);
}
