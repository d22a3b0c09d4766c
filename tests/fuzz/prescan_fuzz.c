/* SPDX-License-Identifier: MIT */
/* The pre-scan: whatever it lets through, the unpacker must survive within
 * the arena. The first byte picks the message. */
#include "proto/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ProtobufCMessageDescriptor *const types[] = {
    &reverie__v1__hello__descriptor,
    &reverie__v1__stream_open__descriptor,
    &reverie__v1__done__descriptor,
    &reverie__v1__request__descriptor,
    &reverie__v1__change_set__descriptor,
    &reverie__v1__memory_update__descriptor,
    &reverie__v1__dream_report_request__descriptor,
    &reverie__v1__dream_run_reply__descriptor,
    &reverie__v1__tool_result__descriptor,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct arena arena;
    arena_init(&arena, 16 << 20);
    void *message;
    err_ignore(message_unpack(types[data[0] % ARRAY_LEN(types)],
                              bytes_of(data + 1, size - 1), &arena, &message),
               "no crash is enough");
    arena_fini(&arena);
    return 0;
}
