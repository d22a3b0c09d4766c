/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUF_FIRST_CAPACITY = 64
};

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool bytes_starts_with(struct bytes a, struct bytes prefix)
{
    return a.len >= prefix.len &&
           bytes_equal(bytes_of(a.data, prefix.len), prefix);
}

size_t bytes_find(struct bytes hay, struct bytes needle, size_t from)
{
    if (from > hay.len || needle.len > hay.len - from) {
        return SIZE_MAX;
    }
    if (needle.len == 0) {
        return from;
    }
    const uint8_t *hit =
        needle.len == 1
            ? memchr(hay.data + from, needle.data[0], hay.len - from)
            : memmem(hay.data + from, hay.len - from, needle.data, needle.len);
    return hit ? (size_t)(hit - hay.data) : SIZE_MAX;
}

/* Length of the UTF-8 sequence that ${lead} starts, 0 if it starts none. */
static size_t utf8_length(uint8_t lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        return 2;
    }
    if ((lead & 0xf0) == 0xe0) {
        return 3;
    }
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* Overlong forms, surrogates and code points above U+10FFFF differ from
 * valid text only in the second byte. */
static bool utf8_second_ok(uint8_t lead, uint8_t second)
{
    switch (lead) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second <= 0x9f;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second <= 0x8f;
    default:
        return true;
    }
}

static bool utf8_tail_ok(const uint8_t *sequence, size_t len)
{
    if (len > 1 && !utf8_second_ok(sequence[0], sequence[1])) {
        return false;
    }
    for (size_t i = 1; i < len; i++) {
        if ((sequence[i] & 0xc0) != 0x80) {
            return false;
        }
    }
    return true;
}

/* Offset of the first byte at or after ${from} that is not ASCII. Most text is
 * all ASCII, so it is looked at by the word. */
static size_t skip_ascii(struct bytes a, size_t from)
{
    size_t at = from;
    uint64_t word = 0;
    while (a.len - at >= sizeof(word)) {
        memcpy(&word, a.data + at, sizeof(word));
        if (word & UINT64_C(0x8080808080808080)) {
            break;
        }
        at += sizeof(word);
    }
    while (at < a.len && a.data[at] < 0x80) {
        at++;
    }
    return at;
}

struct bytes bytes_trim(struct bytes a, uint8_t c)
{
    while (a.len > 0 && a.data[0] == c) {
        a = bytes_slice(a, 1, a.len);
    }
    while (a.len > 0 && a.data[a.len - 1] == c) {
        a.len--;
    }
    return a;
}

struct bytes bytes_clip(struct bytes a, size_t max)
{
    if (a.len <= max) {
        return a;
    }
    size_t len = max;
    while (len > 0 && (a.data[len] & 0xC0) == 0x80) {
        len--;
    }
    return bytes_slice(a, 0, len);
}

bool bytes_is_utf8(struct bytes a)
{
    size_t at = skip_ascii(a, 0);
    while (at < a.len) {
        size_t len = utf8_length(a.data[at]);
        if (len == 0 || len > a.len - at || !utf8_tail_ok(a.data + at, len)) {
            return false;
        }
        at = skip_ascii(a, at + len);
    }
    return true;
}

char *bytes_to_text(struct bytes a)
{
    char *text = mem_new(a.len + 1);
    if (a.len) {
        memcpy(text, a.data, a.len);
    }
    return text;
}

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_fini(struct buf *buf)
{
    if (buf) {
        free(buf->data);
        *buf = (struct buf){.max = buf->max};
    }
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->err = ERR_OK;
}

/* One spare byte beyond the content, for the NUL of buf_text. */
static bool buf_make_room(struct buf *buf, size_t len)
{
    if (buf->err != ERR_OK) {
        return false;
    }
    if (len > buf->max || buf->len > buf->max - len) {
        buf->err = ERR_TOO_BIG;
        return false;
    }
    size_t need = buf->len + len + 1;
    if (need <= buf->capacity) {
        return true;
    }
    size_t capacity = buf->capacity ? buf->capacity : BUF_FIRST_CAPACITY;
    while (capacity < need) {
        capacity *= 2;
    }
    buf->data = mem_grow(buf->data, capacity);
    buf->capacity = capacity;
    return true;
}

void buf_add(struct buf *buf, struct bytes bytes)
{
    if (bytes.len && buf_make_room(buf, bytes.len)) {
        memcpy(buf->data + buf->len, bytes.data, bytes.len);
        buf->len += bytes.len;
    }
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, bytes_of_text(text));
}

static void buf_add_number(struct buf *buf, uint64_t value, size_t width)
{
    uint8_t data[8];
    for (size_t i = 0; i < width; i++) {
        data[width - 1 - i] = (uint8_t)(value >> (8 * i));
    }
    buf_add(buf, bytes_of(data, width));
}

void buf_add_u8(struct buf *buf, uint8_t value)
{
    if (buf_make_room(buf, 1)) {
        buf->data[buf->len++] = value;
    }
}

void buf_add_u16(struct buf *buf, uint16_t value)
{
    buf_add_number(buf, value, 2);
}

void buf_add_u32(struct buf *buf, uint32_t value)
{
    buf_add_number(buf, value, 4);
}

void buf_add_u64(struct buf *buf, uint64_t value)
{
    buf_add_number(buf, value, 8);
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    if (!buf_make_room(buf, (size_t)len)) {
        return;
    }
    va_start(args, format);
    vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

uint8_t *buf_reserve(struct buf *buf, size_t len)
{
    return buf_make_room(buf, len) ? buf->data + buf->len : NULL;
}

void buf_commit(struct buf *buf, size_t len)
{
    assert(len <= buf->capacity - buf->len);
    buf->len += len;
}

enum err buf_error(const struct buf *buf)
{
    return buf->err;
}

struct bytes buf_bytes(const struct buf *buf)
{
    return bytes_of(buf->data, buf->len);
}

const char *buf_text(struct buf *buf)
{
    if (!buf->data) {
        return "";
    }
    buf->data[buf->len] = 0;
    return (const char *)buf->data;
}

struct reader reader_of(struct bytes bytes)
{
    return (struct reader){.rest = bytes};
}

struct bytes reader_take(struct reader *reader, size_t len)
{
    if (reader->err != ERR_OK || len > reader->rest.len) {
        reader->err = ERR_INVALID;
        return bytes_of(NULL, 0);
    }
    struct bytes taken = bytes_of(reader->rest.data, len);
    reader->rest = bytes_of(reader->rest.data + len, reader->rest.len - len);
    return taken;
}

static uint64_t reader_number(struct reader *reader, size_t width)
{
    struct bytes taken = reader_take(reader, width);
    uint64_t value = 0;
    for (size_t i = 0; i < taken.len; i++) {
        value = value << 8 | taken.data[i];
    }
    return value;
}

uint8_t reader_u8(struct reader *reader)
{
    return (uint8_t)reader_number(reader, 1);
}

uint16_t reader_u16(struct reader *reader)
{
    return (uint16_t)reader_number(reader, 2);
}

uint32_t reader_u32(struct reader *reader)
{
    return (uint32_t)reader_number(reader, 4);
}

uint64_t reader_u64(struct reader *reader)
{
    return reader_number(reader, 8);
}
