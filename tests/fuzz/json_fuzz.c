/* SPDX-License-Identifier: MIT */
/* JSON of anybody: read whole or refused; what was read is written, read again
 * and written the same. */
#include <stdlib.h>

#include "base/edge/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    WRITTEN_MAX = 8 << 20
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json *json = NULL;
    struct json *again = NULL;
    struct buf once;
    struct buf twice;
    if (json_parse(bytes_of(data, size), &json) != ERR_OK) {
        return 0;
    }
    buf_init(&once, WRITTEN_MAX);
    buf_init(&twice, WRITTEN_MAX);
    json_print_canonical(json, &once);
    if (json_parse(buf_bytes(&once), &again) != ERR_OK) {
        abort();
    }
    json_print_canonical(again, &twice);
    if (!bytes_equal(buf_bytes(&once), buf_bytes(&twice))) {
        abort();
    }
    buf_fini(&once);
    buf_fini(&twice);
    json_free(again);
    json_free(json);
    return 0;
}
