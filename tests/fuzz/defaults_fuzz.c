/* SPDX-License-Identifier: MIT */
/* A table of what everybody chooses: read, or refused with a reason. */
#include <stdlib.h>

#include "plugin/plan/baseline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf why;
    struct baseline_table *table = NULL;
    buf_init(&why, 4096);
    enum err err = baseline_table_read(bytes_of(data, size), &why, &table);
    if (err == ERR_OK) {
        baseline_table_text(table);
    } else if (why.len == 0) {
        abort();
    }
    baseline_table_free(table);
    buf_fini(&why);
    return 0;
}
