/* SPDX-License-Identifier: MIT */
#include "base/text/glyph.h"

struct range {
    unsigned from;
    unsigned to; /* inclusive */
};

/* Controls, what turns text around, and what has no shape of its own: nobody
 * sees that it is there. */
static const struct range unprinted[] = {
    {0x0, 0x1f},        {0x7f, 0x9f},       {0xad, 0xad},
    {0x34f, 0x34f},     {0x61c, 0x61c},     {0x115f, 0x1160},
    {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},
    {0x2028, 0x202e},   {0x2060, 0x206f},   {0x2800, 0x2800},
    {0x3164, 0x3164},   {0xd800, 0xf8ff},   {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
    {0xfffe, 0xffff},   {0x13430, 0x1345f}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
};

/* Two columns. */
static const struct range wide[] = {
    {0x1100, 0x115e}, {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff}, {0xfe30, 0xfe6f},   {0xff00, 0xff60},
    {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd},
};

/* Drawn over the one before. */
static const struct range combining[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x64b, 0x65f},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f},
};

static bool is_in(const struct range *ranges, size_t count, unsigned code)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].from && code <= ranges[i].to) {
            return true;
        }
    }
    return false;
}

static size_t length_of(uint8_t first)
{
    return first < 0x80   ? 1
           : first < 0xc2 ? 0
           : first < 0xe0 ? 2
           : first < 0xf0 ? 3
           : first < 0xf5 ? 4
                          : 0;
}

/* The code point of the ${len} bytes at ${data}; UINT32_MAX: they are none, or
 * too many for it. */
static unsigned code_of(const uint8_t *data, size_t len)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned code = data[0] & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return UINT32_MAX;
        }
        code = code << 6 | (data[i] & 0x3fU);
    }
    bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < least[len] || is_surrogate ? UINT32_MAX : code;
}

struct glyph glyph_at(struct bytes text, size_t at)
{
    assert(text.data && at < text.len);
    uint8_t first = text.data[at];
    struct glyph byte = {.code = first, .len = 1, .is_byte = true};
    size_t len = length_of(first);
    if (len == 1) {
        bool is_printed = first >= ' ' && first != 0x7f;
        return (struct glyph){.code = first,
                              .len = 1,
                              .columns = is_printed ? 1 : 0,
                              .is_printed = is_printed};
    }
    if (len == 0 || at + len > text.len) {
        return byte;
    }
    unsigned code = code_of(text.data + at, len);
    if (code > 0x10ffff) {
        return byte;
    }
    return (struct glyph){
        .code = code,
        .len = len,
        .columns = is_in(wide, ARRAY_LEN(wide), code)             ? 2
                   : is_in(combining, ARRAY_LEN(combining), code) ? 0
                                                                  : 1,
        .is_printed = !is_in(unprinted, ARRAY_LEN(unprinted), code),
    };
}

void glyph_add(struct buf *out, struct bytes text, size_t at,
               const struct glyph *glyph)
{
    if (glyph->is_printed) {
        buf_add(out, bytes_slice(text, at, glyph->len));
    } else if (glyph->is_byte || glyph->code < 0x80) {
        buf_add_format(out, "\\x%02x", glyph->code);
    } else {
        buf_add_format(out, "\\u{%04x}", glyph->code);
    }
}

void glyph_add_all(struct buf *out, struct bytes text)
{
    for (size_t at = 0; at < text.len;) {
        struct glyph glyph = glyph_at(text, at);
        glyph_add(out, text, at, &glyph);
        at += glyph.len;
    }
}
