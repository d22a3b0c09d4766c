/* SPDX-License-Identifier: MIT */
#include "proto/address.h"

#include <string.h>

#include "base/text/ascii.h"
#include "proto/limits.h"

/* In the order of enum address_type. */
static const char *const prefixes[] = {"agent:", "role:", "team:", "topic:"};

/* C0, DEL, and C1 in its UTF-8 form. */
static bool has_control(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        bool is_c1 = byte == 0xc2 && i + 1 < text.len &&
                     text.data[i + 1] >= 0x80 && text.data[i + 1] <= 0x9f;
        if (byte < 0x20 || byte == 0x7f || is_c1) {
            return true;
        }
    }
    return false;
}

bool name_is_valid(struct bytes name)
{
    return name.len >= 1 && name.len <= NAME_MAX_BYTES && name.data[0] != ' ' &&
           name.data[name.len - 1] != ' ' &&
           !memchr(name.data, ':', name.len) && !has_control(name) &&
           bytes_is_utf8(name);
}

/* Takes the next level off ${rest}; false when there is none left. A text
 * that ends in '.' has a last, empty level. */
struct levels {
    struct bytes rest;
    bool is_done;
};

static bool next_level(struct levels *levels, struct bytes *out)
{
    if (levels->is_done) {
        return false;
    }
    size_t dot = bytes_find(levels->rest, BYTES_LITERAL("."), 0);
    levels->is_done = dot == SIZE_MAX;
    *out = bytes_slice(levels->rest, 0, dot);
    levels->rest = levels->is_done
                       ? bytes_of(NULL, 0)
                       : bytes_slice(levels->rest, dot + 1, SIZE_MAX);
    return true;
}

static bool is_wildcard(struct bytes level)
{
    return bytes_equal_text(level, "*") || bytes_equal_text(level, ">");
}

static bool has_wildcard(struct bytes level)
{
    return memchr(level.data, '*', level.len) ||
           memchr(level.data, '>', level.len);
}

static bool level_is_valid(struct bytes level, bool is_pattern, bool is_last)
{
    if (level.len == 0) {
        return false;
    }
    if (is_pattern && is_wildcard(level)) {
        return level.data[0] == '*' || is_last;
    }
    return !has_wildcard(level);
}

static bool levels_are_valid(struct bytes text, bool is_pattern)
{
    if (!name_is_valid(text) || text.len > TOPIC_MAX_BYTES) {
        return false;
    }
    struct levels levels = {.rest = text};
    struct bytes level;
    size_t count = 0;
    while (next_level(&levels, &level)) {
        if (!level_is_valid(level, is_pattern, levels.is_done)) {
            return false;
        }
        count++;
    }
    return count <= TOPIC_MAX_LEVELS;
}

bool topic_is_valid(struct bytes topic)
{
    return levels_are_valid(topic, false);
}

bool topic_pattern_is_valid(struct bytes pattern)
{
    return levels_are_valid(pattern, true);
}

bool topic_matches(struct bytes pattern, struct bytes topic)
{
    struct levels patterns = {.rest = pattern};
    struct levels topics = {.rest = topic};
    struct bytes wanted;
    struct bytes level;
    while (next_level(&patterns, &wanted)) {
        if (!next_level(&topics, &level)) {
            return false;
        }
        if (bytes_equal_text(wanted, ">")) {
            return true;
        }
        if (!bytes_equal_text(wanted, "*") && !bytes_equal(wanted, level)) {
            return false;
        }
    }
    return topics.is_done;
}

static bool is_kind_byte(uint8_t byte)
{
    return ascii_is_lower(byte) || ascii_is_digit(byte) || byte == '_';
}

bool kind_is_valid(struct bytes kind)
{
    bool in_word = false;
    for (size_t i = 0; i < kind.len; i++) {
        bool is_dot = kind.data[i] == '.';
        if (is_dot ? !in_word : !is_kind_byte(kind.data[i])) {
            return false;
        }
        in_word = !is_dot;
    }
    return in_word && kind.len <= KIND_MAX_BYTES;
}

bool kind_matches(struct bytes pattern, struct bytes kind)
{
    if (pattern.len > 0 && pattern.data[pattern.len - 1] == '*') {
        return bytes_starts_with(kind,
                                 bytes_slice(pattern, 0, pattern.len - 1));
    }
    return bytes_equal(pattern, kind);
}

enum err address_read(struct bytes text, struct address *out)
{
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        struct bytes prefix = bytes_of_text(prefixes[i]);
        if (!bytes_starts_with(text, prefix)) {
            continue;
        }
        struct bytes name = bytes_slice(text, prefix.len, SIZE_MAX);
        bool is_valid =
            i == ADDRESS_TOPIC ? topic_is_valid(name) : name_is_valid(name);
        if (!is_valid) {
            return ERR_INVALID;
        }
        *out = (struct address){.type = (enum address_type)i, .name = name};
        return ERR_OK;
    }
    return ERR_INVALID;
}

void address_write(const struct address *address, struct buf *out)
{
    buf_add_text(out, prefixes[address->type]);
    buf_add(out, address->name);
}
