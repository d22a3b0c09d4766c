/* SPDX-License-Identifier: MIT */
#include "plugin/read/call/json_walk.h"

#include <string.h>

#include "base/text/ascii.h"

/* An object or array that is open: what the path was before it. */
struct level {
    size_t path_len;
    bool is_object;
    bool has_member;
};

struct walk {
    struct bytes text;
    size_t at;
    struct level levels[JSON_WALK_DEPTH_MAX];
    size_t depth;
    char path[JSON_WALK_PATH_MAX];
    size_t path_len;
    struct buf *scratch;
    json_walk_visit visit;
    void *context;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_spaces(struct walk *walk)
{
    while (walk->at < walk->text.len && is_blank(walk->text.data[walk->at])) {
        walk->at++;
    }
}

static uint8_t peek(const struct walk *walk)
{
    return walk->at < walk->text.len ? walk->text.data[walk->at] : 0;
}

static bool take(struct walk *walk, uint8_t c)
{
    skip_spaces(walk);
    if (peek(walk) != c || walk->at >= walk->text.len) {
        return false;
    }
    walk->at++;
    return true;
}

/* ---- strings ------------------------------------------------------------- */

/* Four hex digits at ${at}; -1 if they are not. */
static int32_t hex4(struct bytes text, size_t at)
{
    int32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = at + i < text.len ? ascii_hex_value(text.data[at + i]) : -1;
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

static void add_utf8(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_add_u8(out, (uint8_t)c);
    } else if (c < 0x800) {
        buf_add_u8(out, (uint8_t)(0xC0 | c >> 6));
        buf_add_u8(out, (uint8_t)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        buf_add_u8(out, (uint8_t)(0xE0 | c >> 12));
        buf_add_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3F)));
        buf_add_u8(out, (uint8_t)(0x80 | (c & 0x3F)));
    } else {
        buf_add_u8(out, (uint8_t)(0xF0 | c >> 18));
        buf_add_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3F)));
        buf_add_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3F)));
        buf_add_u8(out, (uint8_t)(0x80 | (c & 0x3F)));
    }
}

/* A \u escape, with its second half where there is one; a half alone becomes
 * the replacement character. Gives the bytes read after "\u", 0 on error. */
static size_t add_unicode(struct bytes raw, size_t at, struct buf *out)
{
    int32_t high = hex4(raw, at);
    if (high < 0) {
        return 0;
    }
    if (high < 0xD800 || high > 0xDFFF) {
        add_utf8(out, (uint32_t)high);
        return 4;
    }
    bool has_pair =
        at + 5 < raw.len && raw.data[at + 4] == '\\' && raw.data[at + 5] == 'u';
    int32_t low = has_pair ? hex4(raw, at + 6) : -1;
    if (high > 0xDBFF || low < 0xDC00 || low > 0xDFFF) {
        add_utf8(out, 0xFFFD);
        return 4;
    }
    add_utf8(out, 0x10000U + (((uint32_t)high - 0xD800U) << 10) +
                      ((uint32_t)low - 0xDC00U));
    return 10;
}

/* The escape behind the backslash at ${at}; gives its length without the
 * backslash, 0 on error. */
static size_t add_escape(struct bytes raw, size_t at, struct buf *out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    uint8_t c = at + 1 < raw.len ? raw.data[at + 1] : 0;
    if (c == 'u') {
        size_t read = add_unicode(raw, at + 2, out);
        return read ? read + 1 : 0;
    }
    const char *hit = c ? strchr(from, c) : NULL;
    if (!hit) {
        return 0;
    }
    buf_add_u8(out, (uint8_t)to[hit - from]);
    return 1;
}

/* Length of what precedes the next escape of ${raw} at or after ${at}. */
static size_t plain_len(struct bytes raw, size_t at)
{
    const uint8_t *slash = memchr(raw.data + at, '\\', raw.len - at);
    return (slash ? (size_t)(slash - raw.data) : raw.len) - at;
}

static enum err unescape(struct bytes raw, struct buf *out)
{
    buf_reset(out);
    for (size_t at = 0; at < raw.len;) {
        size_t plain = plain_len(raw, at);
        buf_add(out, bytes_slice(raw, at, plain));
        at += plain;
        if (at == raw.len) {
            break;
        }
        size_t read = add_escape(raw, at, out);
        if (read == 0) {
            return ERR_INVALID;
        }
        at += read + 1;
    }
    return buf_error(out);
}

/* The place of ${sign} in [from, to) of the text; or ${to}. */
static size_t place_of(const struct walk *walk, uint8_t sign, size_t from,
                       size_t to)
{
    const uint8_t *data = walk->text.data;
    const uint8_t *hit =
        from < to ? memchr(data + from, sign, to - from) : NULL;
    return hit ? (size_t)(hit - data) : to;
}

/* The place of the closing quote of the string that walk->at is in; the length
 * of the text where there is none. */
static size_t string_end(const struct walk *walk, bool *out_has_escape)
{
    size_t len = walk->text.len;
    size_t at = walk->at;
    size_t quote = place_of(walk, '"', at, len);
    size_t slash = place_of(walk, '\\', at, quote);
    *out_has_escape = slash < quote;
    while (slash < quote) {
        at = slash + 2;
        quote = quote < at ? place_of(walk, '"', at, len) : quote;
        slash = place_of(walk, '\\', at, quote);
    }
    return quote;
}

/* Reads a string whose opening quote is next. Lends it from the text or, if
 * it has escapes, from the scratch buffer. */
static enum err read_string(struct walk *walk, struct bytes *out)
{
    if (!take(walk, '"')) {
        return ERR_INVALID;
    }
    size_t start = walk->at;
    bool has_escape = false;
    walk->at = string_end(walk, &has_escape);
    if (walk->at >= walk->text.len) {
        return ERR_INVALID;
    }
    struct bytes raw = bytes_slice(walk->text, start, walk->at - start);
    walk->at++;
    if (!has_escape) {
        *out = raw;
        return ERR_OK;
    }
    enum err err = unescape(raw, walk->scratch);
    *out = buf_bytes(walk->scratch);
    return err;
}

/* ---- paths --------------------------------------------------------------- */

static void path_add(struct walk *walk, struct bytes part)
{
    struct bytes fits = bytes_clip(part, sizeof(walk->path) - walk->path_len);
    if (fits.len) {
        memcpy(walk->path + walk->path_len, fits.data, fits.len);
    }
    walk->path_len += fits.len;
}

static void visit(struct walk *walk, enum json_walk_kind kind,
                  struct bytes value)
{
    walk->visit(walk->context, bytes_of(walk->path, walk->path_len), kind,
                value);
}

/* ---- values -------------------------------------------------------------- */

static enum err open_level(struct walk *walk, bool is_object)
{
    if (walk->depth == JSON_WALK_DEPTH_MAX) {
        return ERR_TOO_BIG;
    }
    walk->levels[walk->depth++] =
        (struct level){.path_len = walk->path_len, .is_object = is_object};
    return ERR_OK;
}

static enum err read_word(struct walk *walk)
{
    static const struct {
        const char *text;
        enum json_walk_kind kind;
    } words[] = {{"true", JSON_WALK_TRUE},
                 {"false", JSON_WALK_FALSE},
                 {"null", JSON_WALK_NULL}};
    struct bytes rest = bytes_slice(walk->text, walk->at, 5);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct bytes word = bytes_of_text(words[i].text);
        if (bytes_starts_with(rest, word)) {
            walk->at += word.len;
            visit(walk, words[i].kind, word);
            return ERR_OK;
        }
    }
    return ERR_INVALID;
}

static enum err read_number(struct walk *walk)
{
    size_t start = walk->at;
    while (walk->at < walk->text.len &&
           (ascii_is_digit(peek(walk)) || ascii_in(peek(walk), "+-.eE"))) {
        walk->at++;
    }
    visit(walk, JSON_WALK_NUMBER,
          bytes_slice(walk->text, start, walk->at - start));
    return ERR_OK;
}

/* A scalar, or the opening of an object or array. */
static enum err read_value(struct walk *walk)
{
    skip_spaces(walk);
    uint8_t c = peek(walk);
    if (c == '{' || c == '[') {
        walk->at++;
        return open_level(walk, c == '{');
    }
    if (c == '"') {
        struct bytes value;
        enum err err = read_string(walk, &value);
        if (err == ERR_OK) {
            visit(walk, JSON_WALK_STRING, value);
        }
        return err;
    }
    if (c == '-' || ascii_is_digit(c)) {
        return read_number(walk);
    }
    return read_word(walk);
}

static enum err close_level(struct walk *walk, const struct level *level)
{
    walk->path_len = level->path_len;
    if (!level->has_member) {
        visit(walk, JSON_WALK_EMPTY, bytes_of(NULL, 0));
    }
    walk->depth--;
    return ERR_OK;
}

/* The next member of the innermost level, or its end. */
static enum err step(struct walk *walk)
{
    struct level *level = &walk->levels[walk->depth - 1];
    walk->path_len = level->path_len;
    if (take(walk, level->is_object ? '}' : ']')) {
        return close_level(walk, level);
    }
    if (level->has_member && !take(walk, ',')) {
        return ERR_INVALID;
    }
    level->has_member = true;
    if (!level->is_object) {
        path_add(walk, BYTES_LITERAL("[]"));
        return read_value(walk);
    }
    struct bytes name;
    enum err err = read_string(walk, &name);
    if (err != ERR_OK) {
        return err;
    }
    if (walk->path_len) {
        path_add(walk, BYTES_LITERAL("."));
    }
    path_add(walk, name);
    return take(walk, ':') ? read_value(walk) : ERR_INVALID;
}

enum err json_walk(struct bytes text, struct buf *scratch,
                   json_walk_visit visit_scalar, void *context)
{
    struct walk walk = {.text = text,
                        .scratch = scratch,
                        .visit = visit_scalar,
                        .context = context};
    if (!bytes_is_utf8(text)) {
        return ERR_INVALID;
    }
    enum err err = read_value(&walk);
    while (err == ERR_OK && walk.depth > 0) {
        err = step(&walk);
    }
    if (err != ERR_OK) {
        return err;
    }
    skip_spaces(&walk);
    return walk.at == text.len ? ERR_OK : ERR_INVALID;
}
