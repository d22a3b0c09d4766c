/* SPDX-License-Identifier: MIT */
#include "memory/redact/unescape.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/text/ascii.h"
#include "memory/redact/alphabet.h"

enum {
    BACKSLASHES_MAX = 16,
    COLOUR_MAX = 32,    /* bytes of a control sequence */
    HYPERLINK_MAX = 512 /* bytes of an operating system command */
};

/* From the plain byte `at` on, that byte is written as [from, to) and those
 * behind it as one byte each, up to the next seam. */
struct seam {
    size_t at;
    size_t from;
    size_t to;
};

/* What is written in several bytes. */
struct unit {
    size_t bytes;    /* 0: no such thing here */
    uint8_t byte;    /* what it stands for, */
    bool is_nothing; /* unless that is nothing */
};

static const struct unit no_unit = {0, 0, false};

static uint8_t byte_at(struct bytes text, size_t at)
{
    return at < text.len ? text.data[at] : 0;
}

/* The number of ${digits} hexadecimal digits, -1 if they are not. */
static int hex_number(struct bytes text, size_t at, size_t digits)
{
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        int digit = ascii_hex_value(byte_at(text, at + i));
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

static bool is_printable(int value)
{
    return value > ' ' && value < 0x7f;
}

/* ---- what a terminal does not show ----------------------------------------
 */

/* Behind the escape character: "[31m", or "]8;;...BEL". 0 if neither. */
static size_t control_end(struct bytes text, size_t at)
{
    if (byte_at(text, at) == '[') {
        size_t end = at + 1;
        while (end - at < COLOUR_MAX && byte_at(text, end) >= 0x20 &&
               byte_at(text, end) < 0x40) {
            end++;
        }
        uint8_t last = byte_at(text, end);
        return last >= 0x40 && last < 0x7f ? end + 1 : 0;
    }
    if (byte_at(text, at) != ']') {
        return 0;
    }
    struct bytes rest = bytes_slice(text, at, HYPERLINK_MAX);
    const uint8_t *bell =
        rest.len > 0 ? memchr(rest.data, '\a', rest.len) : NULL;
    return bell ? (size_t)(bell - text.data) + 1 : 0;
}

static struct unit read_control(struct bytes text, size_t at, size_t behind)
{
    size_t end = control_end(text, behind);
    return end ? (struct unit){end - at, 0, true} : no_unit;
}

static bool is_invisible(unsigned code)
{
    return code == 0xad || (code >= 0x200b && code <= 0x200f) ||
           code == 0x2060 || code == 0xfeff;
}

/* An invisible character in UTF-8. */
static struct unit read_invisible(struct bytes text, size_t at)
{
    unsigned a = byte_at(text, at);
    unsigned b = byte_at(text, at + 1) & 0x3f;
    unsigned c = byte_at(text, at + 2) & 0x3f;
    if (a == 0xc2) {
        return is_invisible(0x80 | b) ? (struct unit){2, 0, true} : no_unit;
    }
    return is_invisible((a & 15) << 12 | b << 6 | c) ? (struct unit){3, 0, true}
                                                     : no_unit;
}

/* ---- escapes ---------------------------------------------------------------
 */

/* "u0040" behind backslashes, at ${at} of a unit that starts at ${start}. */
static struct unit read_code(struct bytes text, size_t start, size_t at)
{
    int code = hex_number(text, at + 1, 4);
    size_t bytes = at + 5 - start;
    if (is_printable(code)) {
        return (struct unit){bytes, (uint8_t)code, false};
    }
    if (code == 0x1b) {
        return read_control(text, start, at + 5);
    }
    return code > 0 && is_invisible((unsigned)code)
               ? (struct unit){bytes, 0, true}
               : no_unit;
}

/* Texts in texts have several backslashes for one. */
static struct unit read_backslash(struct bytes text, size_t at)
{
    size_t end = at;
    while (byte_at(text, end) == '\\' && end - at < BACKSLASHES_MAX) {
        end++;
    }
    uint8_t c = byte_at(text, end);
    size_t bytes = end + 1 - at;
    switch (c) {
    case 'n':
    case 'r':
    case 't':
        return (struct unit){bytes, '\n', false};
    case '"':
    case '\'':
    case '/':
        return (struct unit){bytes, c, false};
    case 'u':
        return read_code(text, at, end);
    case 'e':
        return read_control(text, at, end + 1);
    case 'x':
    case '0': {
        int code = hex_number(text, end + 1, 2);
        bool is_escape = c == 'x' ? code == 0x1b : code == 0x33;
        return is_escape ? read_control(text, at, end + 3) : no_unit;
    }
    default:
        return no_unit;
    }
}

/* A blank becomes a dash: it ends a word, but not a value. */
static struct unit read_percent(struct bytes text, size_t at)
{
    int code = hex_number(text, at + 1, 2);
    if (code == ' ') {
        return (struct unit){3, '-', false};
    }
    return is_printable(code) ? (struct unit){3, (uint8_t)code, false}
                              : no_unit;
}

static struct unit read_unit(struct bytes text, size_t at)
{
    switch (text.data[at]) {
    case '\\':
        return read_backslash(text, at);
    case '%':
        return read_percent(text, at);
    case 0x1b:
        return read_control(text, at, at + 1);
    case 0xc2:
    case 0xe2:
    case 0xef:
        return read_invisible(text, at);
    default:
        return no_unit;
    }
}

/* ---- the whole -------------------------------------------------------------
 */

static const uint8_t is_start[UINT8_MAX + 1] = {
    ['\\'] = 1, ['%'] = 1, [0x1b] = 1, [0xc2] = 1, [0xe2] = 1, [0xef] = 1};

#ifdef __SSE2__
/* Goes on while none of sixteen bytes may start a unit; those beyond ASCII may,
 * for here. */
static size_t skip_plain(struct bytes text, size_t at)
{
    const __m128i slash = _mm_set1_epi8('\\');
    const __m128i percent = _mm_set1_epi8('%');
    const __m128i escape = _mm_set1_epi8(0x1b);
    while (text.len - at >= sizeof(__m128i)) {
        __m128i bytes = _mm_loadu_si128((const void *)(text.data + at));
        __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, slash),
                                     _mm_cmpeq_epi8(bytes, percent));
        found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, escape));
        found = _mm_or_si128(found, bytes);
        unsigned at_once = (unsigned)_mm_movemask_epi8(found);
        if (at_once != 0) {
            return at + bits_lowest(at_once);
        }
        at += sizeof(__m128i);
    }
    return at;
}
#else
static size_t skip_plain(struct bytes text, size_t at)
{
    (void)text;
    return at;
}
#endif

/* The first byte at or after ${at} that may start a unit. */
static size_t next_start(struct bytes text, size_t at)
{
    at = skip_plain(text, at);
    while (at < text.len && !is_start[text.data[at]]) {
        at++;
    }
    return at;
}

/* Where the first unit begins; the length of the text where there is none. */
static size_t first_unit(struct bytes text)
{
    size_t at = next_start(text, 0);
    while (at < text.len && !read_unit(text, at).bytes) {
        at = next_start(text, at + 1);
    }
    return at;
}

static void add_seam(struct unescaped *text, size_t from, size_t to)
{
    struct seam seam = {text->owned.len, from, to};
    buf_add(&text->seams, bytes_of(&seam, sizeof(seam)));
}

/* Copies [from, to) as it is; it follows a gap if ${is_shifted}. */
static void copy_plain(struct unescaped *text, size_t from, size_t to,
                       bool is_shifted)
{
    if (from == to) {
        return;
    }
    if (is_shifted) {
        add_seam(text, from, from + 1);
    }
    buf_add(&text->owned, bytes_slice(text->written, from, to - from));
}

/* ${first}: where the first unit begins. */
static void unescape(struct unescaped *text, size_t first)
{
    struct bytes written = text->written;
    size_t from = 0;
    bool is_shifted = false;
    (void)buf_reserve(&text->owned, written.len); /* once; all of it fits */
    for (size_t at = first; at < written.len; at = next_start(written, at)) {
        struct unit unit = read_unit(written, at);
        if (!unit.bytes) {
            at++;
            continue;
        }
        copy_plain(text, from, at, is_shifted);
        is_shifted = unit.is_nothing;
        if (!unit.is_nothing) {
            add_seam(text, at, at + unit.bytes);
            buf_add_u8(&text->owned, unit.byte);
        }
        at += unit.bytes;
        from = at;
    }
    copy_plain(text, from, written.len, is_shifted);
    text->plain = buf_bytes(&text->owned);
}

void unescape_init(struct unescaped *text, struct bytes written)
{
    *text = (struct unescaped){.plain = written, .written = written};
    buf_init(&text->owned, written.len);
    buf_init(&text->seams, (written.len + 1) * sizeof(struct seam));
    size_t first = first_unit(written);
    if (first < written.len) {
        unescape(text, first);
    }
}

void unescape_fini(struct unescaped *text)
{
    buf_fini(&text->owned);
    buf_fini(&text->seams);
}

static struct seam seam_at(const struct unescaped *text, size_t index)
{
    struct seam seam;
    memcpy(&seam, text->seams.data + index * sizeof(seam), sizeof(seam));
    return seam;
}

/* The seam that holds for ${at}; false in front of the first one. */
static bool find_seam(struct unescaped *text, size_t at, struct seam *out)
{
    size_t count = text->seams.len / sizeof(struct seam);
    if (count == 0 || seam_at(text, 0).at > at) {
        return false;
    }
    while (text->seam + 1 < count && seam_at(text, text->seam + 1).at <= at) {
        text->seam++;
    }
    *out = seam_at(text, text->seam);
    return true;
}

size_t unescape_from(struct unescaped *text, size_t at)
{
    struct seam seam;
    if (!find_seam(text, at, &seam)) {
        return at;
    }
    return at == seam.at ? seam.from : seam.to + (at - seam.at - 1);
}

size_t unescape_to(struct unescaped *text, size_t at)
{
    struct seam seam;
    if (!find_seam(text, at, &seam)) {
        return at + 1;
    }
    return seam.to + (at - seam.at);
}
