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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stamp stamp;
    read_envelope(bytes_of(data, size));
    err_ignore(stamp_read(bytes_of(data, size), &stamp), "no crash is enough");
    return 0;
}
