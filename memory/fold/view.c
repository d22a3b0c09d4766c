/* SPDX-License-Identifier: MIT */
#include "memory/fold/view.h"

#include <inttypes.h>

#include "memory/fold/rows.h"
#include "memory/rows.pb-c.h"
#include "proto/limits.h"
#include "proto/messages.h"

static enum err mount_get(const struct memory_table *table, const char *prefix,
                          struct bytes name, struct arena *arena,
                          struct view_mount *out)
{
    struct Reverie__V1__StoreRow row = REVERIE__V1__STORE_ROW__INIT;
    struct buf store;
    buf_init(&store, NAME_MAX_BYTES + 8);
    buf_add_text(&store, prefix);
    buf_add(&store, name);
    struct row_key key = key_store(buf_bytes(&store));
    enum err err = row_get_or_zero(
        table, &key, &reverie__v1__store_row__descriptor, arena, &row);
    out->version = row.version;
    out->store = row_key_text(buf_bytes(&store), 0, arena);
    buf_fini(&store);
    return err != ERR_OK ? err : out->store ? ERR_OK : ERR_TOO_BIG;
}

enum err view_mounts(const struct memory_table *table, struct bytes agent,
                     struct arena *arena, struct view_mount out[MOUNTS_MAX],
                     size_t *out_count)
{
    struct Reverie__V1__PeerJoined peer = REVERIE__V1__PEER_JOINED__INIT;
    struct row_key key = key_agent(agent);
    size_t count = 0;
    enum err err = row_get_or_zero(
        table, &key, &reverie__v1__peer_joined__descriptor, arena, &peer);
    struct bytes team = message_text(peer.team);
    if (err == ERR_OK && team.len) {
        out[count].path = "/team";
        err = mount_get(table, "team/", team, arena, &out[count++]);
    }
    if (err == ERR_OK) {
        out[count].path = "/me";
        err = mount_get(table, "agent/", agent, arena, &out[count++]);
    }
    *out_count = count;
    return err;
}

enum err memory_view_id(const struct memory_table *table, struct bytes agent,
                        struct buf *out)
{
    struct view_mount mounts[MOUNTS_MAX];
    struct arena arena;
    size_t count = 0;
    arena_init(&arena, 1 << 20);
    enum err err = view_mounts(table, agent, &arena, mounts, &count);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        buf_add_text(out, i ? "+" : "");
        buf_add_text(out, mounts[i].store);
        buf_add_format(out, "@%" PRIu64, mounts[i].version);
    }
    arena_fini(&arena);
    return err == ERR_OK ? buf_error(out) : err;
}
