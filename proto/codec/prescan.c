/* SPDX-License-Identifier: MIT */
#include "proto/codec/prescan.h"

#include <protobuf-c/protobuf-c.h>

#include "proto/field.h"
#include "proto/limits.h"

/* A message that is being walked, and the messages it stands in. */
struct level {
    const ProtobufCMessageDescriptor *type;
    struct bytes rest;
};

/* The elements of a packed list count as fields, since the unpacker gives
 * each of them room. */
struct scan {
    uint32_t fields_left;
    size_t depth;
    struct level levels[PROTO_DEPTH_MAX];
};

static enum err count_field(struct scan *scan)
{
    if (scan->fields_left == 0) {
        return ERR_TOO_BIG;
    }
    scan->fields_left--;
    return ERR_OK;
}

static enum wire_type wire_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_FIXED32;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_FIXED64;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_BYTES;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        break;
    }
    return WIRE_VARINT;
}

static enum err scan_packed_varints(struct scan *scan, struct bytes in)
{
    while (in.len > 0) {
        uint64_t value;
        enum err err = field_take_varint(&in, &value);
        if (err == ERR_OK) {
            err = count_field(scan);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

static enum err scan_packed(struct scan *scan, enum wire_type element,
                            struct bytes in)
{
    if (element == WIRE_VARINT) {
        return scan_packed_varints(scan, in);
    }
    size_t width = element == WIRE_FIXED32 ? 4 : 8;
    if (in.len % width != 0) {
        return ERR_INVALID;
    }
    if (in.len / width > scan->fields_left) {
        return ERR_TOO_BIG;
    }
    scan->fields_left -= (uint32_t)(in.len / width);
    return ERR_OK;
}

static enum err enter(struct scan *scan, const ProtobufCMessageDescriptor *type,
                      struct bytes in)
{
    if (scan->depth == PROTO_DEPTH_MAX) {
        return ERR_TOO_BIG;
    }
    scan->levels[scan->depth++] = (struct level){.type = type, .rest = in};
    return ERR_OK;
}

static enum err scan_known(struct scan *scan,
                           const ProtobufCFieldDescriptor *known,
                           const struct field *field)
{
    enum wire_type expected = wire_of(known->type);
    if (field->type == WIRE_BYTES && expected != WIRE_BYTES &&
        known->label == PROTOBUF_C_LABEL_REPEATED) {
        return scan_packed(scan, expected, field->bytes);
    }
    if (field->type != expected) {
        return ERR_INVALID;
    }
    if (known->type == PROTOBUF_C_TYPE_STRING) {
        return field_is_text(field->bytes) ? ERR_OK : ERR_INVALID;
    }
    if (known->type == PROTOBUF_C_TYPE_MESSAGE) {
        return enter(scan, known->descriptor, field->bytes);
    }
    return ERR_OK;
}

static enum err scan_field(struct scan *scan, struct level *level)
{
    struct field field;
    enum err err = field_take(&level->rest, &field);
    if (err == ERR_OK) {
        err = count_field(scan);
    }
    if (err != ERR_OK) {
        return err;
    }
    const ProtobufCFieldDescriptor *known =
        protobuf_c_message_descriptor_get_field(level->type, field.number);
    return known ? scan_known(scan, known, &field) : ERR_OK;
}

enum err prescan(const struct ProtobufCMessageDescriptor *type, struct bytes in)
{
    struct scan scan = {.fields_left = PROTO_FIELDS_MAX};
    enum err err = enter(&scan, type, in);
    while (err == ERR_OK && scan.depth > 0) {
        struct level *level = &scan.levels[scan.depth - 1];
        if (level->rest.len == 0) {
            scan.depth--;
        } else {
            err = scan_field(&scan, level);
        }
    }
    return err;
}
