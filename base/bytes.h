/* SPDX-License-Identifier: MIT */
/* bytes.h: borrowed views and owned, bounded buffers.
 *
 * `struct bytes` is a view: it owns nothing and is passed by value.
 * `struct buf` owns what it holds and never grows beyond the maximum it was
 * given at birth; its error is sticky, so a run of appends is checked once.
 * Numbers are written big-endian, so that byte order is numeric order.
 * Views are made everywhere, so what makes them is inline: 4 % of a dream.
 * Threads: an object belongs to one thread at a time. */
#ifndef REVERIE_BASE_BYTES_H
#define REVERIE_BASE_BYTES_H

#include <string.h>

#include "base/base.h"

struct bytes {
    const uint8_t *data;
    size_t len;
};

/* Views. bytes_of_text borrows a NUL-terminated string without its NUL;
 * NULL gives the empty view. */
static inline struct bytes bytes_of(const void *data, size_t len)
{
    return (struct bytes){.data = data, .len = len};
}

static inline struct bytes bytes_of_text(const char *text)
{
    return bytes_of(text, text ? strlen(text) : 0);
}

#define BYTES_LITERAL(text) bytes_of((text), sizeof(text) - 1)

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool bytes_equal_text(struct bytes a, const char *text)
{
    return bytes_equal(a, bytes_of_text(text));
}

/* Byte-wise order, a shorter prefix first: <0, 0 or >0. */
int bytes_compare(struct bytes a, struct bytes b);
bool bytes_starts_with(struct bytes a, struct bytes prefix);

/* Offset of ${needle} in ${hay} at or after ${from}; SIZE_MAX if absent. */
size_t bytes_find(struct bytes hay, struct bytes needle, size_t from);

/* The part of ${a} from ${from}, at most ${len} long; clamps to ${a}. */
static inline struct bytes bytes_slice(struct bytes a, size_t from, size_t len)
{
    if (from >= a.len) {
        return bytes_of(NULL, 0);
    }
    size_t rest = a.len - from;
    return bytes_of(a.data + from, len < rest ? len : rest);
}

/* ${a} without the bytes ${c} at both ends. */
struct bytes bytes_trim(struct bytes a, uint8_t c);

/* At most the first ${max} bytes of ${a}, without cutting a UTF-8 sequence. */
struct bytes bytes_clip(struct bytes a, size_t max);

/* Whether ${a} is valid UTF-8 (no surrogates, no overlong forms). */
bool bytes_is_utf8(struct bytes a);

/* Gives a NUL-terminated copy (free with free()). The caller has bounded
 * ${a} already. */
char *bytes_to_text(struct bytes a) MUST_CHECK;

struct buf {
    uint8_t *data;
    size_t len;
    size_t capacity;
    size_t max;
    enum err err;
};

/* An empty buffer that refuses to grow beyond ${max} bytes. Allocates
 * nothing until the first append. buf_fini accepts a zeroed buffer. */
void buf_init(struct buf *buf, size_t max);
void buf_fini(struct buf *buf);

/* Forgets the content and the error, keeps the allocation. */
void buf_reset(struct buf *buf);

/* Appends; beyond the maximum nothing is added and the error becomes, and
 * stays, ERR_TOO_BIG. */
void buf_add(struct buf *buf, struct bytes bytes);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_u8(struct buf *buf, uint8_t value);
void buf_add_u16(struct buf *buf, uint16_t value);
void buf_add_u32(struct buf *buf, uint32_t value);
void buf_add_u64(struct buf *buf, uint64_t value);
void buf_add_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Makes room for ${len} more bytes and lends the place to write them;
 * they count only after buf_commit. NULL beyond the maximum. */
uint8_t *buf_reserve(struct buf *buf, size_t len);
void buf_commit(struct buf *buf, size_t len);

/* The sticky error of everything appended so far. */
MUST_CHECK enum err buf_error(const struct buf *buf);

/* Lends the content until the next change of the buffer. */
struct bytes buf_bytes(const struct buf *buf);

/* Lends the content as text: a NUL follows it that does not count. */
const char *buf_text(struct buf *buf);

/* A reader over a view, with a sticky error: past the end every read gives
 * zero or an empty view and sets ERR_INVALID. */
struct reader {
    struct bytes rest;
    enum err err;
};

struct reader reader_of(struct bytes bytes);
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
struct bytes reader_take(struct reader *reader, size_t len);

#endif
