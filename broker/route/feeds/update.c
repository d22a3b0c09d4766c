/* SPDX-License-Identifier: MIT */
#include "broker/route/feeds/update.h"

#include "broker/route/core/rows.h"
#include "proto/field.h"

enum {
    /* Field numbers of MemoryUpdate in memory.proto. */
    UPDATE_STORE = 1,
    UPDATE_TO_VERSION = 3
};

bool update_is_kind(struct bytes kind)
{
    return bytes_equal_text(kind, "memory.update");
}

/* Reads the two fields by hand: an update may be megabytes of diffs. */
static bool read_update(struct bytes body, struct bytes *out_store,
                        uint64_t *out_version)
{
    struct bytes store = {NULL, 0};
    while (body.len > 0) {
        struct field field;
        if (field_take(&body, &field) != ERR_OK) {
            return false;
        }
        if (field.number == UPDATE_STORE && field.type == WIRE_BYTES) {
            store = field.bytes;
        } else if (field.number == UPDATE_TO_VERSION &&
                   field.type == WIRE_VARINT) {
            *out_version = field.value;
        }
    }
    *out_store = store;
    return store.len > 0;
}

void update_told(struct route *route, struct agent *agent,
                 const struct route_body *body)
{
    struct bytes store;
    uint64_t version = 0;
    if (body && read_update(body->bytes, &store, &version) &&
        view_raise(&agent->view, store, version)) {
        rows_save_view(route, agent);
    }
}
