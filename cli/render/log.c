/* SPDX-License-Identifier: MIT */
/* The log, the peers, and the broker itself. */
#include <string.h>

#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/render/text.h"
#include "proto/messages.h"

enum {
    HELD_COUNTED_MAX = 1000 /* services.proto: counted no further */
};

enum err render_log_info(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__LogInfoReply *info = NULL;
    enum err err = parts_unpack(&reverie__v1__log_info_reply__descriptor, reply,
                                &arena, &info);
    if (err == ERR_OK) {
        buf_add_format(out,
                       "log %u: positions %llu to %llu, on disk to %llu\n"
                       "epoch %llu, store %s, ",
                       info->log, (unsigned long long)info->first_seq,
                       (unsigned long long)info->last_seq,
                       (unsigned long long)info->durable_seq,
                       (unsigned long long)info->epoch,
                       info->store ? info->store : "-");
        text_bytes(out, info->bytes);
        buf_add_text(out, ", disk has ");
        text_bytes(out, info->free_bytes);
        buf_add_text(out, " left\n");
    }
    for (size_t i = 0; err == ERR_OK && i < info->n_epochs; i++) {
        const Reverie__V1__LogInfoReply__Epoch *epoch = info->epochs[i];
        buf_add_format(out, "  epoch %llu from %llu, started ",
                       (unsigned long long)epoch->epoch,
                       (unsigned long long)epoch->first_seq);
        text_time(out, epoch->started_us);
        buf_add_u8(out, '\n');
    }
    arena_fini(&arena);
    return err;
}

enum err render_log_verify(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__LogVerifyReply *verify = NULL;
    enum err err = parts_unpack(&reverie__v1__log_verify_reply__descriptor,
                                reply, &arena, &verify);
    for (size_t i = 0; err == ERR_OK && i < verify->n_faults; i++) {
        buf_add_text(out, "fault: ");
        parts_text(out, verify->faults[i], PARTS_QUOTE_MAX);
        buf_add_u8(out, '\n');
    }
    if (err == ERR_OK) {
        text_count(out, verify->events, "event", "events");
        buf_add_text(out, ", ");
        text_bytes(out, verify->checked_bytes);
        buf_add_text(out, ", ");
        text_count(out, verify->tombstones, "tombstone", "tombstones");
        buf_add_text(out, ": ");
        text_count(out, verify->fault_count, "fault", "faults");
        buf_add_u8(out, '\n');
    }
    arena_fini(&arena);
    return err;
}

static void add_list(struct buf *out, const char *label, char *const *list,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_text(out, label);
        parts_text(out, list[i], PARTS_QUOTE_MAX);
        buf_add_u8(out, '\n');
    }
}

enum err render_log_erase(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__LogEraseReply *erased = NULL;
    enum err err = parts_unpack(&reverie__v1__log_erase_reply__descriptor,
                                reply, &arena, &erased);
    if (err == ERR_OK) {
        buf_add_text(out, "erased; ");
        text_count(out, erased->n_affected_changes, "change", "changes");
        buf_add_text(out, " cited it, ");
        text_count(out, erased->n_affected_memories, "memory was",
                   "memories were");
        buf_add_format(out, " decided again, %zu of them suspect now\n",
                       erased->n_suspect_memories);
        add_list(out, "  suspect: ", erased->suspect_memories,
                 erased->n_suspect_memories);
    }
    arena_fini(&arena);
    return err;
}

enum err render_peers(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__PeersListReply *list = NULL;
    enum err err = parts_unpack(&reverie__v1__peers_list_reply__descriptor,
                                reply, &arena, &list);
    for (size_t i = 0; err == ERR_OK && i < list->n_peers; i++) {
        const Reverie__V1__PeersListReply__Peer *peer = list->peers[i];
        parts_text(out, peer->agent, PARTS_NAME_MAX);
        buf_add_text(out, "  team ");
        parts_text(out, peer->team ? peer->team : "-", PARTS_NAME_MAX);
        buf_add_text(out, ", principal ");
        parts_text(out, peer->principal, PARTS_NAME_MAX);
        buf_add_text(out, peer->connected ? ", here" : ", away");
        if (peer->inbox_held > 0) {
            buf_add_format(
                out, ", %llu%s waiting", (unsigned long long)peer->inbox_held,
                peer->inbox_held >= HELD_COUNTED_MAX ? " or more" : "");
        }
        if (peer->view && peer->view[0]) {
            buf_add_text(out, ", view ");
            parts_text(out, peer->view, PARTS_NAME_MAX);
        }
        buf_add_u8(out, '\n');
    }
    arena_fini(&arena);
    return err;
}

enum err render_info(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__AdminInfoReply *info = NULL;
    enum err err = parts_unpack(&reverie__v1__admin_info_reply__descriptor,
                                reply, &arena, &info);
    if (err == ERR_OK) {
        parts_text(out, info->server, PARTS_NAME_MAX);
        buf_add_format(out, ", process %llu, epoch %llu, started ",
                       (unsigned long long)info->pid,
                       (unsigned long long)info->epoch);
        text_time(out, info->started_us);
        buf_add_u8(out, '\n');
        add_list(out, "endpoint ", info->endpoints, info->n_endpoints);
        add_list(out, "service ", info->services, info->n_services);
        parts_policy(out, info->policy);
    }
    arena_fini(&arena);
    return err;
}

enum err render_counters(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__AdminCountersReply *list = NULL;
    enum err err = parts_unpack(&reverie__v1__admin_counters_reply__descriptor,
                                reply, &arena, &list);
    for (size_t i = 0; err == ERR_OK && i < list->n_counters; i++) {
        buf_add_format(out, "%14llu  ",
                       (unsigned long long)list->counters[i]->value);
        parts_text(out, list->counters[i]->name, PARTS_NAME_MAX);
        buf_add_u8(out, '\n');
    }
    arena_fini(&arena);
    return err;
}
