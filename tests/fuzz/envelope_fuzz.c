/* SPDX-License-Identifier: MIT */
/* Envelopes and stamps: what is read writes back to something that reads the
 * same; what is accepted is also what the generated code accepts. */
#include <stdlib.h>

#include "proto/address.h"
#include "proto/codec/prescan.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    ARENA_MAX = 8 << 20
};

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void read_envelope(struct bytes in)
{
    struct envelope envelope;
    if (envelope_read(in, &envelope) != ERR_OK) {
        return;
    }
    struct address address;
    err_ignore(address_read(envelope.to, &address), "any answer will do");
    kind_is_valid(envelope.kind);
    struct buf written;
    buf_init(&written, 2 * RECORD_ENVELOPE_MAX);
    envelope_write(&envelope, &written);
    struct envelope again;
    check(envelope_read(buf_bytes(&written), &again) == ERR_OK);
    check(bytes_equal(again.id, envelope.id));
    check(bytes_equal(again.to, envelope.to));
    check(bytes_equal(again.kind, envelope.kind));
    check(bytes_equal(again.source_id, envelope.source_id));
    check(again.has_occurred == envelope.has_occurred);
    check(again.occurred_us == envelope.occurred_us);
    check(prescan(&reverie__v1__envelope__descriptor, buf_bytes(&written)) ==
          ERR_OK);
    buf_fini(&written);
}

/* Read by hand, and by the generated code. */
static void read_stamp(struct bytes in)
{
    struct stamp stamp;
    struct arena arena;
    Reverie__V1__Stamp *message = NULL;
    if (stamp_read(in, &stamp) != ERR_OK) {
        return;
    }
    arena_init(&arena, ARENA_MAX);
    check(MESSAGE_UNPACK(stamp, in, &arena, &message) == ERR_OK);
    check(stamp.seq == message->seq);
    check(stamp.time_us == message->time_us);
    check(bytes_equal(stamp.principal, message_text(message->principal)));
    check(bytes_equal(stamp.view, message_text(message->view)));
    check(bytes_equal(stamp.root,
                      message_bytes(message->has_root, message->root)));
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_envelope(bytes_of(data, size));
    read_stamp(bytes_of(data, size));
    return 0;
}
