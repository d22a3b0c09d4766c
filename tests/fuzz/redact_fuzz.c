/* SPDX-License-Identifier: MIT */
/* The redactor: within its bound, and what it has redacted stays as it is. */
#include <stdlib.h>

#include "memory/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct redact_key key = {{1, 2, 3}};
    struct buf once;
    struct buf twice;
    buf_init(&once, 2 * size + 64);
    buf_init(&twice, 4 * size + 192);
    redact(&key, bytes_of(data, size), &once);
    redact(&key, buf_bytes(&once), &twice);
    if (buf_error(&once) != ERR_OK ||
        !bytes_equal(buf_bytes(&once), buf_bytes(&twice))) {
        abort();
    }
    buf_fini(&once);
    buf_fini(&twice);
    return 0;
}
