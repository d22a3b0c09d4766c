/* SPDX-License-Identifier: MIT */
#include "cli/render/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/text/ascii.h"
#include "base/text/glyph.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    ARENA_MAX = 4 * CONTROL_MAX,
    NAME_MAX_LEN = 128,
    LINE_MAX_BYTES = 64 << 20,
    REPLACEMENT = 0xfffd,
    PLANE = 0x10000 /* what does not fit one unit of UTF-16 */
};

/* Every type that --json prints. */
static const ProtobufCMessageDescriptor *const types[] = {
    &reverie__v1__message__descriptor,
    &reverie__v1__tool_use__descriptor,
    &reverie__v1__tool_result__descriptor,
    &reverie__v1__outcome_defined__descriptor,
    &reverie__v1__outcome_evaluated__descriptor,
    &reverie__v1__session_started__descriptor,
    &reverie__v1__session_ended__descriptor,
    &reverie__v1__session_error__descriptor,
    &reverie__v1__memory_update__descriptor,
    &reverie__v1__memory_ack__descriptor,
    &reverie__v1__peer_joined__descriptor,
    &reverie__v1__broker_started__descriptor,
    &reverie__v1__dream_started__descriptor,
    &reverie__v1__dream_candidates__descriptor,
    &reverie__v1__dream_finished__descriptor,
    &reverie__v1__memory_proposed__descriptor,
    &reverie__v1__memory_decided__descriptor,
    &reverie__v1__memory_gated__descriptor,
    &reverie__v1__memory_applied__descriptor,
    &reverie__v1__memory_reverted__descriptor,
    &reverie__v1__memory_published__descriptor,
    &reverie__v1__memory_acknowledged__descriptor,
    &reverie__v1__log_erased__descriptor,
    &reverie__v1__log_info_reply__descriptor,
    &reverie__v1__log_verify_reply__descriptor,
    &reverie__v1__log_erase_reply__descriptor,
    &reverie__v1__memory_stores_reply__descriptor,
    &reverie__v1__memory_list_reply__descriptor,
    &reverie__v1__memory_history_reply__descriptor,
    &reverie__v1__memory_write_reply__descriptor,
    &reverie__v1__memory_revert_reply__descriptor,
    &reverie__v1__memory_who_reply__descriptor,
    &reverie__v1__memory_verify_reply__descriptor,
    &reverie__v1__review_list_reply__descriptor,
    &reverie__v1__review_show_reply__descriptor,
    &reverie__v1__review_decide_reply__descriptor,
    &reverie__v1__dream_run_reply__descriptor,
    &reverie__v1__dream_list_reply__descriptor,
    &reverie__v1__dream_show_reply__descriptor,
    &reverie__v1__peers_list_reply__descriptor,
    &reverie__v1__admin_counters_reply__descriptor,
    &reverie__v1__admin_info_reply__descriptor,
    &reverie__v1__admin_drain_reply__descriptor,
};

static const ProtobufCMessageDescriptor *type_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (strcmp(types[i]->short_name, name) == 0) {
            return types[i];
        }
    }
    return NULL;
}

/* ---- values ----------------------------------------------------------------
 */

static struct json *object_of(const ProtobufCMessage *message);

/* Bytes that the names of an enumeration share, up to an underscore. */
static size_t shared_prefix(const ProtobufCEnumDescriptor *type)
{
    const char *first = type->values[0].name;
    size_t shared = strlen(first);
    for (unsigned i = 1; i < type->n_values; i++) {
        size_t same = 0;
        while (same < shared && type->values[i].name[same] == first[same]) {
            same++;
        }
        shared = same;
    }
    while (shared > 0 && first[shared - 1] != '_') {
        shared--;
    }
    return shared;
}

static void lower_case(const char *from, char out[NAME_MAX_LEN])
{
    size_t len = 0;
    for (; from[len] && len + 1 < NAME_MAX_LEN; len++) {
        out[len] = (char)ascii_fold((uint8_t)from[len]);
    }
    out[len] = '\0';
}

/* Unspecified, or a value of a later version: null. */
static void set_enum(struct json *parent, const char *name,
                     const ProtobufCEnumDescriptor *type, int number)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(type, number);
    char text[NAME_MAX_LEN];
    if (!value || strstr(value->name, "UNSPECIFIED")) {
        json_set_null(parent, name);
        return;
    }
    lower_case(value->name + shared_prefix(type), text);
    json_set_text(parent, name, text);
}

static void set_bytes(struct json *parent, const char *name,
                      const ProtobufCBinaryData *data)
{
    char *text = mem_new(2 * data->len + 1);
    json_set_text(parent, name,
                  hex_text(bytes_of(data->data, data->len), text));
    free(text);
}

/* These three call each other as messages nest, at most PROTO_DEPTH_MAX deep:
 * the pre-scan refuses the rest. */
/* NOLINTBEGIN(misc-no-recursion) */

/* The value at ${place}; ${name} NULL: appended to an array. */
static void set_value(struct json *parent, const char *name,
                      const ProtobufCFieldDescriptor *field, const void *place)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        json_set_int(parent, name, *(const int32_t *)place);
        return;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        json_set_int(parent, name, *(const uint32_t *)place);
        return;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        json_set_int(parent, name, *(const int64_t *)place);
        return;
    case PROTOBUF_C_TYPE_FLOAT:
        json_set_real(parent, name, (double)*(const float *)place);
        return;
    case PROTOBUF_C_TYPE_DOUBLE:
        json_set_real(parent, name, *(const double *)place);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        json_set_bool(parent, name, *(const protobuf_c_boolean *)place != 0);
        return;
    case PROTOBUF_C_TYPE_ENUM:
        set_enum(parent, name, field->descriptor, *(const int *)place);
        return;
    case PROTOBUF_C_TYPE_STRING:
        json_set_text(parent, name, *(char *const *)place);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        set_bytes(parent, name, place);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        json_set(parent, name, object_of(*(ProtobufCMessage *const *)place));
        return;
    }
}

static size_t element_bytes(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(int);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return 4;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    return 8;
}

static void set_list(struct json *parent, const ProtobufCFieldDescriptor *field,
                     const uint8_t *message)
{
    size_t count =
        *(const size_t *)(const void *)(message + field->quantifier_offset);
    const uint8_t *list =
        *(const uint8_t *const *)(const void *)(message + field->offset);
    struct json *array = json_new_array();
    for (size_t i = 0; i < count; i++) {
        set_value(array, NULL, field, list + i * element_bytes(field));
    }
    json_set(parent, field->name, array);
}

static bool is_present(const ProtobufCFieldDescriptor *field,
                       const uint8_t *message)
{
    const uint8_t *place = message + field->offset;
    if (field->type == PROTOBUF_C_TYPE_STRING ||
        field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const void *value = *(const void *const *)(const void *)place;
        return value && value != field->default_value;
    }
    return *(const protobuf_c_boolean
                 *)(const void *)(message + field->quantifier_offset) != 0;
}

static struct json *object_of(const ProtobufCMessage *message)
{
    struct json *object = json_new_object();
    const ProtobufCMessageDescriptor *type = message->descriptor;
    const uint8_t *start = (const uint8_t *)message;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            set_list(object, field, start);
        } else if (is_present(field, start)) {
            set_value(object, field->name, field, start + field->offset);
        }
    }
    return object;
}

/* NOLINTEND(misc-no-recursion) */

/* ---- messages --------------------------------------------------------------
 */

enum err render_json_value(const char *type, struct bytes payload,
                           struct json **out_json)
{
    const ProtobufCMessageDescriptor *descriptor = type_named(type);
    if (!descriptor) {
        return ERR_NOT_FOUND;
    }
    struct arena arena;
    ProtobufCMessage *message = NULL;
    arena_init(&arena, ARENA_MAX);
    enum err err = message_unpack(descriptor, payload, &arena, &message);
    if (err == ERR_OK) {
        *out_json = object_of(message);
    }
    arena_fini(&arena);
    return err;
}

static void add_unit(struct buf *out, unsigned unit)
{
    buf_add_format(out, "\\u%04x", unit);
}

/* Outside of ASCII all is inside of strings. */
static void add_escaped(struct buf *out, const struct glyph *glyph)
{
    if (glyph->is_byte) {
        add_unit(out, REPLACEMENT);
    } else if (glyph->code < PLANE) {
        add_unit(out, glyph->code);
    } else {
        add_unit(out, 0xd800 + ((glyph->code - PLANE) >> 10));
        add_unit(out, 0xdc00 + ((glyph->code - PLANE) & 0x3ff));
    }
}

void render_json_line(const struct json *json, struct buf *out)
{
    struct buf text;
    buf_init(&text, LINE_MAX_BYTES);
    json_print(json, &text);
    struct bytes line = buf_bytes(&text);
    for (size_t at = 0; at < line.len;) {
        struct glyph glyph = glyph_at(line, at);
        if (glyph.is_printed) {
            glyph_add(out, line, at, &glyph);
        } else {
            add_escaped(out, &glyph);
        }
        at += glyph.len;
    }
    buf_add_u8(out, '\n');
    buf_fini(&text);
}

static void print_line(struct json *json, const char *policy, struct buf *out)
{
    if (policy[0] && json_kind(json) == JSON_OBJECT &&
        !json_get(json, "policy")) {
        json_set_text(json, "policy", policy);
    }
    render_json_line(json, out);
}

enum err render_json(const char *type, struct bytes payload, const char *list,
                     const char *policy, struct buf *out)
{
    struct json *json = NULL;
    enum err err = render_json_value(type, payload, &json);
    if (err != ERR_OK) {
        return err;
    }
    struct json *items = list ? json_get(json, list) : NULL;
    for (size_t i = 0; i < json_len(items); i++) {
        print_line(json_at(items, i), policy, out);
    }
    if (!list) {
        print_line(json, policy, out);
    }
    json_free(json);
    return buf_error(out);
}
