/* SPDX-License-Identifier: MIT */
/* The memories of findings that a change replaces, at other paths than its
 * own: they leave with it, unless a person keeps them. */
#include "memory/rows.pb-c.h"
#include "memory/service/step.h"
#include "proto/messages.h"

/* Where the ${i}-th finding that ${change} replaces lies; empty: nowhere, or
 * at the path of the change. */
static enum err place_of(struct memory *memory,
                         const struct Reverie__V1__Change *change, size_t i,
                         struct bytes *out_path)
{
    struct Reverie__V1__FindingRow row = REVERIE__V1__FINDING_ROW__INIT;
    struct row_key key = key_finding(message_text(change->store),
                                     message_bytes(true, change->replaces[i]));
    enum err err = row_get_or_zero(memory->table, &key,
                                   &reverie__v1__finding_row__descriptor,
                                   &memory->arena, &row);
    bool is_elsewhere =
        row.path && row.gone == 0 &&
        !bytes_equal(message_text(row.path), message_text(change->path));
    if (err == ERR_OK) {
        *out_path = is_elsewhere ? message_text(row.path) : bytes_of(NULL, 0);
    }
    return err;
}

enum err supersede_replaced(struct memory *memory,
                            const struct Reverie__V1__Change *change)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < change->n_replaces; i++) {
        struct bytes path = bytes_of(NULL, 0);
        err = place_of(memory, change, i, &path);
        if (err == ERR_OK && path.len > 0) {
            err = mark_head(memory, message_text(change->store), path,
                            REVERIE__V1__VERSION_STATE__VERSION_SUPERSEDED,
                            "replaced by another finding");
        }
    }
    return err;
}

enum err replaces_kept(struct memory *memory,
                       const struct Reverie__V1__Change *change, bool *out)
{
    bool is_kept = false;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < change->n_replaces; i++) {
        struct bytes path = bytes_of(NULL, 0);
        struct head head = {.live = false};
        err = place_of(memory, change, i, &path);
        if (err == ERR_OK && path.len > 0) {
            err = head_get(memory, message_text(change->store), path, &head);
        }
        is_kept |= err == ERR_OK && head.live &&
                   (head.version->pinned || path_is_protected(path));
    }
    if (err == ERR_OK) {
        *out = is_kept;
    }
    return err;
}
