/* SPDX-License-Identifier: MIT */
#include "proto/codec/tool_body.h"

#include <string.h>

#include "proto/field.h"
#include "proto/limits.h"

/* Field numbers of events.proto. */
enum {
    USE_CALL = 1,
    USE_TOOL = 2,
    USE_ARGUMENTS_JSON = 3,
    RESULT_CALL = 1,
    RESULT_TOOL = 2,
    RESULT_IS_ERROR = 3,
    RESULT_TEXT = 4,
    RESULT_EXIT_CODE = 5,
    RESULT_REWARD = 6
};

static enum err read_text(const struct field *field, struct bytes *out)
{
    if (field->type != WIRE_BYTES || !field_is_text(field->bytes)) {
        return ERR_INVALID;
    }
    *out = field->bytes;
    return ERR_OK;
}

static enum err read_bool(const struct field *field, bool *out_has, bool *out)
{
    if (field->type != WIRE_VARINT) {
        return ERR_INVALID;
    }
    *out_has = true;
    *out = field->value != 0;
    return ERR_OK;
}

/* Of more than 32 bits the lower ones count. */
static enum err read_sint32(const struct field *field, bool *out_has,
                            int32_t *out)
{
    if (field->type != WIRE_VARINT) {
        return ERR_INVALID;
    }
    *out_has = true;
    *out = (int32_t)field_zigzag(field->value & UINT32_MAX);
    return ERR_OK;
}

static enum err read_double(const struct field *field, bool *out_has,
                            double *out)
{
    uint64_t bits = 0;
    if (field->type != WIRE_FIXED64) {
        return ERR_INVALID;
    }
    for (size_t i = 0; i < sizeof(bits); i++) {
        bits |= (uint64_t)field->bytes.data[i] << (8 * i);
    }
    *out_has = true;
    memcpy(out, &bits, sizeof(*out));
    return ERR_OK;
}

static enum err use_field(const struct field *field, void *message)
{
    struct tool_use_body *use = message;
    switch (field->number) {
    case USE_CALL:
        return read_text(field, &use->call);
    case USE_TOOL:
        return read_text(field, &use->tool);
    case USE_ARGUMENTS_JSON:
        return read_text(field, &use->arguments_json);
    default: /* of a later version */
        return ERR_OK;
    }
}

static enum err result_field(const struct field *field, void *message)
{
    struct tool_result_body *result = message;
    switch (field->number) {
    case RESULT_CALL:
        return read_text(field, &result->call);
    case RESULT_TOOL:
        return read_text(field, &result->tool);
    case RESULT_IS_ERROR:
        return read_bool(field, &result->has_is_error, &result->is_error);
    case RESULT_TEXT:
        return read_text(field, &result->text);
    case RESULT_EXIT_CODE:
        return read_sint32(field, &result->has_exit_code, &result->exit_code);
    case RESULT_REWARD:
        return read_double(field, &result->has_reward, &result->reward);
    default: /* of a later version */
        return ERR_OK;
    }
}

static enum err read_fields(struct bytes in,
                            enum err (*read)(const struct field *field,
                                             void *message),
                            void *message)
{
    for (uint32_t fields = 0; in.len > 0; fields++) {
        struct field field;
        enum err err = field_take(&in, &field);
        if (err == ERR_OK && fields == PROTO_FIELDS_MAX) {
            err = ERR_TOO_BIG;
        }
        if (err == ERR_OK) {
            err = read(&field, message);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

enum err tool_use_read(struct bytes in, struct tool_use_body *out)
{
    struct tool_use_body read = {0};
    enum err err = read_fields(in, use_field, &read);
    if (err == ERR_OK) {
        *out = read;
    }
    return err;
}

enum err tool_result_read(struct bytes in, struct tool_result_body *out)
{
    struct tool_result_body read = {0};
    enum err err = read_fields(in, result_field, &read);
    if (err == ERR_OK) {
        *out = read;
    }
    return err;
}
