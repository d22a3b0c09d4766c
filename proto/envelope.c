/* SPDX-License-Identifier: MIT */
#include "proto/envelope.h"

#include "proto/field.h"
#include "proto/limits.h"

/* How a field travels and what it is in the struct. */
enum form {
    FORM_TEXT,  /* struct bytes, UTF-8 */
    FORM_BYTES, /* struct bytes */
    FORM_U32,
    FORM_U64,
    FORM_I64, /* zigzag */
    FORM_BOOL,
    FORM_ORIGIN,
    FORM_IDENTITY
};

/* One field of a message: where it is, and where its presence is noted (0:
 * nowhere, absence is the empty value). No presence flag is a first member. */
struct row {
    uint32_t number;
    enum form form;
    size_t at;
    size_t has_at;
};

#define ENVELOPE(number, form, name)                                           \
    {                                                                          \
        number, FORM_##form, offsetof(struct envelope, name), 0                \
    }
#define STAMP(number, form, name)                                              \
    {                                                                          \
        number, FORM_##form, offsetof(struct stamp, name), 0                   \
    }

static const struct row envelope_rows[] = {
    ENVELOPE(1, U32, version),
    ENVELOPE(2, BYTES, id),
    ENVELOPE(3, TEXT, to),
    ENVELOPE(4, TEXT, from),
    ENVELOPE(5, TEXT, team),
    ENVELOPE(6, TEXT, session),
    ENVELOPE(7, TEXT, thread),
    ENVELOPE(8, BYTES, parent),
    ENVELOPE(9, TEXT, kind),
    ENVELOPE(10, ORIGIN, origin),
    {11, FORM_I64, offsetof(struct envelope, occurred_us),
     offsetof(struct envelope, has_occurred)},
    ENVELOPE(12, TEXT, content_type),
    ENVELOPE(13, BOOL, lossy),
    ENVELOPE(14, TEXT, swarm),
    ENVELOPE(15, TEXT, principal),
    ENVELOPE(16, TEXT, source),
    ENVELOPE(17, TEXT, source_id),
};

static const struct row stamp_rows[] = {
    STAMP(1, U32, version),       STAMP(2, U32, log),
    STAMP(3, U64, seq),           STAMP(4, U64, epoch),
    STAMP(5, I64, time_us),       STAMP(6, TEXT, principal),
    STAMP(7, IDENTITY, identity), STAMP(8, TEXT, via),
    STAMP(9, BYTES, root),        STAMP(10, TEXT, view),
    STAMP(11, ORIGIN, origin),    STAMP(12, TEXT, from),
    STAMP(13, TEXT, team),        STAMP(14, TEXT, swarm),
    STAMP(15, BOOL, erased),
};

enum {
    PLACE_ROWS = 5 /* those of the place; the others are claims */
};

static const struct row delivery_rows[] = {
    {100, FORM_U32, offsetof(struct stamp, stream),
     offsetof(struct stamp, has_stream)},
    STAMP(101, BOOL, again),
};

const char *origin_name(enum origin origin)
{
    switch (origin) {
    case ORIGIN_NONE:
        return "none";
    case ORIGIN_OWNER:
        return "owner";
    case ORIGIN_USER:
        return "user";
    case ORIGIN_AGENT:
        return "agent";
    case ORIGIN_TOOL:
        return "tool";
    case ORIGIN_EXTERNAL:
        return "external";
    }
    return "unknown";
}

const char *identity_name(enum identity identity)
{
    switch (identity) {
    case IDENTITY_NONE:
        return "none";
    case IDENTITY_KEY:
        return "key";
    case IDENTITY_TOKEN:
        return "token";
    case IDENTITY_ASSERTED:
        return "asserted";
    }
    return "unknown";
}

static enum err read_bytes(const struct row *row, const struct field *field,
                           void *at)
{
    if (field->type != WIRE_BYTES ||
        (row->form == FORM_TEXT && !field_is_text(field->bytes))) {
        return ERR_INVALID;
    }
    *(struct bytes *)at = field->bytes;
    return ERR_OK;
}

/* Enumerations are claims that rights depend on: a value this version does
 * not know is refused rather than dropped. */
static enum err read_number(const struct row *row, const struct field *field,
                            void *at)
{
    uint32_t low = (uint32_t)field->value;
    if (field->type != WIRE_VARINT ||
        (row->form == FORM_ORIGIN && low > ORIGIN_EXTERNAL) ||
        (row->form == FORM_IDENTITY && low > IDENTITY_ASSERTED)) {
        return ERR_INVALID;
    }
    switch (row->form) {
    case FORM_U32:
        *(uint32_t *)at = low;
        break;
    case FORM_U64:
        *(uint64_t *)at = field->value;
        break;
    case FORM_I64:
        *(int64_t *)at = field_zigzag(field->value);
        break;
    case FORM_BOOL:
        *(bool *)at = field->value != 0;
        break;
    case FORM_ORIGIN:
        *(enum origin *)at = (enum origin)low;
        break;
    case FORM_IDENTITY:
        *(enum identity *)at = (enum identity)low;
        break;
    case FORM_TEXT:
    case FORM_BYTES:
        break;
    }
    return ERR_OK;
}

static enum err read_field(const struct row *row, const struct field *field,
                           uint8_t *base)
{
    if (row->has_at) {
        *(bool *)(void *)(base + row->has_at) = true;
    }
    void *at = base + row->at;
    return row->form == FORM_TEXT || row->form == FORM_BYTES
               ? read_bytes(row, field, at)
               : read_number(row, field, at);
}

/* Number and wire type in one byte, as in nearly all fields, and what such a
 * field may hold in the row. */
enum {
    SHORT_NUMBER_MAX = 15,
    SHORT_LENGTH_MAX = 127
};

/* The rows of a message: those numbered from 1 on, and a few from ${more[0]}
 * on. Both are dense, so finding one is arithmetic. */
struct rows {
    const struct row *rows;
    const struct row *more;
    uint32_t count;
    uint32_t more_count;
};

static const struct rows envelope_message = {.rows = envelope_rows,
                                             .count = ARRAY_LEN(envelope_rows)};

static const struct rows stamp_message = {.rows = stamp_rows,
                                          .more = delivery_rows,
                                          .count = ARRAY_LEN(stamp_rows),
                                          .more_count =
                                              ARRAY_LEN(delivery_rows)};

static const struct row *row_of(const struct rows *rows, uint32_t number)
{
    if (number <= rows->count) {
        return &rows->rows[number - 1];
    }
    bool is_more = rows->more_count > 0 && number >= rows->more[0].number &&
                   number - rows->more[0].number < rows->more_count;
    return is_more ? &rows->more[number - rows->more[0].number] : NULL;
}

/* Takes a text, or bytes, whose length is one byte. */
static bool take_short_bytes(struct bytes *rest, const struct row *row,
                             uint8_t *base)
{
    size_t len = rest->data[1];
    if (len > SHORT_LENGTH_MAX || len > rest->len - 2) {
        return false;
    }
    struct bytes bytes = bytes_of(rest->data + 2, len);
    if (row->form == FORM_TEXT && !field_is_text(bytes)) {
        return false;
    }
    *(struct bytes *)(void *)(base + row->at) = bytes;
    *rest = bytes_of(rest->data + 2 + len, rest->len - 2 - len);
    return true;
}

static bool take_short_number(struct bytes *rest, const struct row *row,
                              uint8_t *base)
{
    struct bytes behind = bytes_of(rest->data + 1, rest->len - 1);
    struct field field = {.type = WIRE_VARINT, .value = behind.data[0]};
    if (field.value < 0x80) {
        behind = bytes_of(behind.data + 1, behind.len - 1);
    } else if (!field_take_varint_short(&behind, &field.value)) {
        return false;
    }
    if (read_field(row, &field, base) != ERR_OK) {
        return false;
    }
    *rest = behind;
    return true;
}

/* Takes a field that is as nearly all are: known, of the type it should have,
 * with a tag of one byte. False, and nothing taken, for any other, good or
 * bad. */
static bool take_short(struct bytes *rest, const struct rows *rows,
                       uint8_t *base)
{
    if (rest->len < 2) {
        return false;
    }
    uint32_t number = rest->data[0] >> 3U;
    uint32_t type = rest->data[0] & 7U;
    bool is_short = number > 0 && number <= SHORT_NUMBER_MAX;
    const struct row *row = is_short ? row_of(rows, number) : NULL;
    if (!row) {
        return false;
    }
    if (row->form == FORM_TEXT || row->form == FORM_BYTES) {
        return type == WIRE_BYTES && take_short_bytes(rest, row, base);
    }
    return type == WIRE_VARINT && take_short_number(rest, row, base);
}

static enum err read_rows(struct bytes in, const struct rows *rows,
                          uint8_t *base)
{
    while (in.len > 0) {
        if (take_short(&in, rows, base)) {
            continue;
        }
        struct field field;
        enum err err = field_take(&in, &field);
        if (err != ERR_OK) {
            return err;
        }
        const struct row *row = row_of(rows, field.number);
        if (row) {
            err = read_field(row, &field, base);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

enum err envelope_read(struct bytes in, struct envelope *out)
{
    if (in.len > RECORD_ENVELOPE_MAX) {
        return ERR_TOO_BIG;
    }
    struct envelope read = {0};
    enum err err = read_rows(in, &envelope_message, (uint8_t *)&read);
    if (err != ERR_OK) {
        return err;
    }
    if (read.version != ENVELOPE_VERSION) {
        return ERR_UNSUPPORTED;
    }
    *out = read;
    return ERR_OK;
}

enum err stamp_read(struct bytes in, struct stamp *out)
{
    if (in.len > STAMP_MAX) {
        return ERR_TOO_BIG;
    }
    struct stamp read = {0};
    enum err err = read_rows(in, &stamp_message, (uint8_t *)&read);
    if (err != ERR_OK) {
        return err;
    }
    if (read.version != 0 && read.version != STAMP_VERSION) {
        return ERR_UNSUPPORTED;
    }
    *out = read;
    return ERR_OK;
}

static uint64_t row_number(const struct row *row, const void *at)
{
    switch (row->form) {
    case FORM_U32:
        return *(const uint32_t *)at;
    case FORM_U64:
        return *(const uint64_t *)at;
    case FORM_BOOL:
        return *(const bool *)at;
    case FORM_ORIGIN:
        return *(const enum origin *)at;
    case FORM_IDENTITY:
        return *(const enum identity *)at;
    case FORM_I64:
        return (uint64_t) * (const int64_t *)at;
    case FORM_TEXT:
    case FORM_BYTES:
        break;
    }
    return 0;
}

static void write_row(const struct row *row, const uint8_t *base,
                      struct buf *out)
{
    const void *at = base + row->at;
    bool must = row->has_at && *(const bool *)(base + row->has_at);
    if (row->form == FORM_TEXT || row->form == FORM_BYTES) {
        struct bytes bytes = *(const struct bytes *)at;
        if (bytes.len) {
            field_add_bytes(out, row->number, bytes);
        }
        return;
    }
    uint64_t value = row_number(row, at);
    if (row->has_at ? !must : value == 0) {
        return;
    }
    if (row->form == FORM_I64) {
        field_add_zigzag(out, row->number, (int64_t)value);
    } else {
        field_add_number(out, row->number, value);
    }
}

static void write_rows(const struct row *rows, size_t count, const void *base,
                       struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        write_row(&rows[i], base, out);
    }
}

void envelope_write(const struct envelope *envelope, struct buf *out)
{
    write_rows(envelope_rows, ARRAY_LEN(envelope_rows), envelope, out);
}

void stamp_write_claims(const struct stamp *stamp, struct buf *out)
{
    write_rows(stamp_rows + PLACE_ROWS, ARRAY_LEN(stamp_rows) - PLACE_ROWS,
               stamp, out);
}

void stamp_write_place(const struct stamp *stamp, struct buf *out)
{
    write_rows(stamp_rows, PLACE_ROWS, stamp, out);
}

void stamp_write_delivery(const struct stamp *stamp, struct buf *out)
{
    write_rows(delivery_rows, ARRAY_LEN(delivery_rows), stamp, out);
}
