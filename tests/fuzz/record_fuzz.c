/* SPDX-License-Identifier: MIT */
/* Stored records: damaged bytes are ERR_CORRUPT, never a crash; a record that
 * reads writes back to the same bytes. */
#include <stdlib.h>

#include "base/edge/hash.h"
#include "store/format/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct record_place place = {.swarm = 1, .log = 0, .seq = 7};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record record;
    if (record_read(bytes_of(data, size), &place, &record) != ERR_OK) {
        return 0;
    }
    struct buf written;
    buf_init(&written, RECORD_MAX);
    if (record_write(&record, &place, &written) != ERR_OK ||
        !bytes_equal(buf_bytes(&written), bytes_of(data, size))) {
        abort();
    }
    buf_fini(&written);
    return 0;
}
