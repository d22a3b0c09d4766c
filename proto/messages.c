/* SPDX-License-Identifier: MIT */
#include "proto/messages.h"

#include <string.h>

#include "proto/codec/prescan.h"

struct source {
    struct arena *arena;
    bool is_full;
};

static void *take(void *data, size_t size)
{
    struct source *source = data;
    void *taken = arena_take(source->arena, size);
    source->is_full = source->is_full || !taken;
    return taken;
}

/* The arena frees everything at once. */
static void give_back(void *data, void *taken)
{
    (void)data;
    (void)taken;
}

enum err message_unpack(const ProtobufCMessageDescriptor *type, struct bytes in,
                        struct arena *arena, void *out_message)
{
    enum err err = prescan(type, in);
    if (err != ERR_OK) {
        return err;
    }
    struct source source = {.arena = arena};
    ProtobufCAllocator allocator = {
        .alloc = take, .free = give_back, .allocator_data = &source};
    ProtobufCMessage *message =
        protobuf_c_message_unpack(type, &allocator, in.len, in.data);
    if (!message) {
        return source.is_full ? ERR_TOO_BIG : ERR_INVALID;
    }
    memcpy(out_message, &message, sizeof(void *));
    return ERR_OK;
}

void message_pack(const void *message, struct buf *out)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *place = buf_reserve(out, len);
    if (place) {
        buf_commit(out, protobuf_c_message_pack(message, place));
    }
}

struct bytes message_text(const char *text)
{
    return bytes_of_text(text);
}

struct bytes message_bytes(bool has, ProtobufCBinaryData data)
{
    return has ? bytes_of(data.data, data.len) : bytes_of(NULL, 0);
}

/* protobuf-c's field is not const, but packing only reads it. */
ProtobufCBinaryData message_binary(struct bytes bytes)
{
    ProtobufCBinaryData data = {.len = bytes.len};
    memcpy(&data.data, &bytes.data, sizeof(data.data));
    return data;
}

char *message_copy(struct arena *arena, struct bytes text)
{
    /* arena_copy puts a NUL behind the copy. */
    return message_field(arena_copy(arena, text).data);
}
