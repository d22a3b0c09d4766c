/* SPDX-License-Identifier: MIT */
#include "proto/prescan.h"

#include <protobuf-c/protobuf-c.h>

#include "proto/field.h"
#include "proto/limits.h"

/* What is still allowed; the elements of a packed list count as fields, since
 * the unpacker gives each of them room. */
struct scan {
    uint32_t fields_left;
};

static enum err scan_message(struct scan *scan,
                             const ProtobufCMessageDescriptor *type,
                             struct bytes in, int depth_left);

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

static enum err scan_known(struct scan *scan,
                           const ProtobufCFieldDescriptor *known,
                           const struct field *field, int depth_left)
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
        return scan_message(scan, known->descriptor, field->bytes,
                            depth_left - 1);
    }
    return ERR_OK;
}

static enum err scan_field(struct scan *scan,
                           const ProtobufCMessageDescriptor *type,
                           const struct field *field, int depth_left)
{
    enum err err = count_field(scan);
    if (err != ERR_OK) {
        return err;
    }
    const ProtobufCFieldDescriptor *known =
        protobuf_c_message_descriptor_get_field(type, field->number);
    return known ? scan_known(scan, known, field, depth_left) : ERR_OK;
}

/* Recursion is at most PROTO_DEPTH_MAX deep. */
// NOLINTNEXTLINE(misc-no-recursion)
static enum err scan_message(struct scan *scan,
                             const ProtobufCMessageDescriptor *type,
                             struct bytes in, int depth_left)
{
    if (depth_left == 0) {
        return ERR_TOO_BIG;
    }
    while (in.len > 0) {
        struct field field;
        enum err err = field_take(&in, &field);
        if (err == ERR_OK) {
            err = scan_field(scan, type, &field, depth_left);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

enum err prescan(const struct ProtobufCMessageDescriptor *type, struct bytes in)
{
    struct scan scan = {.fields_left = PROTO_FIELDS_MAX};
    return scan_message(&scan, type, in, PROTO_DEPTH_MAX);
}
