/* SPDX-License-Identifier: MIT */
/* One line of a trace: read whole, or refused with a reason. */
#include <stdlib.h>

#include "agents-sim/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buf why;
    struct trace_row row;
    arena_init(&arena, 16 << 20);
    buf_init(&why, 4096);
    enum err err = trace_row_read(bytes_of(data, size), &arena, &why, &row);
    if (err != ERR_OK && why.len == 0) {
        abort();
    }
    buf_fini(&why);
    arena_fini(&arena);
    return 0;
}
