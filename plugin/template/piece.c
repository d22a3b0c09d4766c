/* SPDX-License-Identifier: MIT */
#include "plugin/template/piece.h"

#include <string.h>

#include "base/edge/hash.h"
#include "base/text/ascii.h"

size_t piece_mask_len(struct bytes text, size_t at)
{
    size_t end = at + 1;
    if (at >= text.len || text.data[at] != '<') {
        return 0;
    }
    while (end < text.len && ascii_is_upper(text.data[end])) {
        end++;
    }
    bool has_name = end >= at + 2;
    if (has_name && end < text.len && text.data[end] == ':') {
        while (end < text.len && text.data[end] != '>' &&
               text.data[end] != ' ') {
            end++;
        }
    }
    if (!has_name || end >= text.len || text.data[end] != '>') {
        return 0;
    }
    end++;
    return (end < text.len && text.data[end] == '+' ? end + 1 : end) - at;
}

/* Where the mask ${mask} comes again behind a comma or spaces; 0 if not. */
static size_t repeats_at(struct bytes text, size_t at, struct bytes mask)
{
    size_t next = at;
    while (next < text.len &&
           (text.data[next] == ' ' || text.data[next] == ',')) {
        next++;
    }
    bool is_again =
        next > at && bytes_starts_with(bytes_slice(text, next, mask.len), mask);
    return is_again ? next + mask.len : 0;
}

static size_t skip_run(struct bytes text, size_t at, struct bytes mask)
{
    size_t next;
    while ((next = repeats_at(text, at, mask)) != 0) {
        at = next + (next < text.len && text.data[next] == '+');
    }
    return at;
}

size_t piece_canonical(struct bytes text, char *out_text)
{
    size_t len = 0;
    size_t at = 0;
    while (at < text.len) {
        size_t mask = text.data[at] == '<' ? piece_mask_len(text, at) : 0;
        if (mask > 0) {
            bool is_run = text.data[at + mask - 1] == '+';
            struct bytes bare = bytes_slice(text, at, mask - is_run);
            memcpy(out_text + len, bare.data, bare.len);
            len += bare.len;
            at = skip_run(text, at + mask, bare);
            continue;
        }
        char c = (char)text.data[at++];
        bool is_second_gap = c == ' ' && (len == 0 || out_text[len - 1] == ' ');
        if (!is_second_gap) {
            out_text[len++] = c;
        }
    }
    while (len > 0 && out_text[len - 1] == ' ') {
        len--;
    }
    return len;
}

static size_t count_of(struct bytes text, char c)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == (uint8_t)c;
    }
    return count;
}

/* A quotation mark between letters is an apostrophe. */
static size_t count_quotes(struct bytes text, char c)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool is_inside = i > 0 && i + 1 < text.len && text.data[i - 1] >= 'A' &&
                         text.data[i + 1] >= 'A';
        count += text.data[i] == (uint8_t)c && !is_inside;
    }
    return count;
}

/* Whether the last byte of ${text} closes what was never opened. */
static bool closes_nothing(struct bytes text)
{
    static const char pairs[] = "()[]{}";
    char last = (char)text.data[text.len - 1];
    for (size_t i = 0; pairs[i]; i += 2) {
        if (last == pairs[i + 1]) {
            return count_of(text, last) > count_of(text, pairs[i]);
        }
    }
    return (last == '"' || last == '\'') && count_quotes(text, last) % 2 == 1;
}

struct bytes piece_trim(struct bytes text)
{
    while (text.len > 1 && closes_nothing(text)) {
        text.len--;
    }
    return text;
}

/* What a piece is made of, seen once. */
struct traits {
    bool has_angle;
    bool has_digit;
    bool has_capitals; /* "ENOENT", "action:SCREEN_ON", "(HTTPS)", "E0308": a
                        * part of at least two capitals, no small letter */
};

static struct traits traits_of(struct bytes text)
{
    struct traits traits = {.has_angle = false};
    size_t uppers = 0;
    bool is_small = false;
    for (size_t at = 0; at < text.len; at++) {
        uint8_t c = text.data[at];
        traits.has_angle = traits.has_angle || c == '<';
        traits.has_digit = traits.has_digit || ascii_is_digit(c);
        uppers = ascii_is_word(c) ? uppers + ascii_is_upper(c) : 0;
        is_small = ascii_is_word(c) &&
                   (is_small || (ascii_is_letter(c) && !ascii_is_upper(c)));
        bool is_last = at + 1 == text.len || !ascii_is_word(text.data[at + 1]);
        traits.has_capitals =
            traits.has_capitals || (is_last && uppers >= 2 && !is_small);
    }
    return traits;
}

/* A piece without its masks and digits, each of which becomes "*". */
struct skeleton {
    uint8_t text[128];
    size_t len;
    size_t masks;
    size_t letters;
    uint64_t name;
};

static void skeleton_add(struct skeleton *skeleton, uint8_t c)
{
    if (c == '=' && skeleton->name == 0) {
        skeleton->name = hash_bytes(bytes_of(skeleton->text, skeleton->len));
    }
    if (skeleton->len < sizeof(skeleton->text)) {
        skeleton->text[skeleton->len++] = c;
    }
}

static void skeleton_of(struct bytes text, struct skeleton *out)
{
    out->len = 0;
    out->masks = 0;
    out->letters = 0;
    out->name = 0;
    size_t at = 0;
    while (at < text.len) {
        uint8_t c = text.data[at];
        size_t mask = c == '<' ? piece_mask_len(text, at) : 0;
        bool was_digit = at > 0 && ascii_is_digit(text.data[at - 1]);
        out->masks += mask > 0;
        out->letters += ascii_is_letter(c);
        if (mask > 0 || (ascii_is_digit(c) && !was_digit)) {
            skeleton_add(out, '*');
        } else if (!ascii_is_digit(c)) {
            skeleton_add(out, c);
        }
        at += mask ? mask : 1;
    }
}

static struct piece variable_of(const struct skeleton *skeleton)
{
    uint8_t bare[sizeof(skeleton->text)];
    size_t len = 0;
    for (size_t i = 0; i < skeleton->len; i++) {
        if (skeleton->text[i] != '*') {
            bare[len++] = skeleton->text[i];
        }
    }
    return (struct piece){
        .kind = PIECE_VARIABLE,
        .hash = hash_bytes(bytes_of(skeleton->text, skeleton->len)),
        .bare = hash_bytes(bytes_of(bare, len)),
        .name = skeleton->name,
        .has_letters = skeleton->letters > 0};
}

static struct piece piece_of(struct bytes text, enum template_rule rule)
{
    struct traits traits = traits_of(text);
    bool is_code =
        traits.has_capitals || (traits.has_digit && rule == TEMPLATE_ERRORS);
    bool may_vary = traits.has_angle || (traits.has_digit && !is_code);
    if (may_vary) {
        struct skeleton skeleton;
        skeleton_of(text, &skeleton);
        if (skeleton.masks > 0 || (traits.has_digit && !is_code)) {
            return variable_of(&skeleton);
        }
    }
    uint64_t hash = hash_bytes(text);
    return (struct piece){
        .kind = is_code ? PIECE_CODE : PIECE_WORD, .hash = hash, .bare = hash};
}

struct bytes piece_text(struct bytes canonical, size_t *at, size_t index)
{
    size_t end = *at;
    while (end < canonical.len &&
           (canonical.data[end] != ' ' || index + 1 == PIECES_MAX)) {
        end++;
    }
    struct bytes text = bytes_slice(canonical, *at, end - *at);
    *at = end + 1;
    return text;
}

size_t piece_split(struct bytes canonical, enum template_rule rule, size_t max,
                   struct piece *out_pieces)
{
    size_t count = 0;
    size_t at = 0;
    while (at < canonical.len && count < PIECES_MAX) {
        struct bytes text = piece_text(canonical, &at, count);
        if (count < max) {
            out_pieces[count] = piece_of(text, rule);
        }
        count++;
    }
    return count;
}
