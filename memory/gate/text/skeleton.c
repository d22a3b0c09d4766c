/* SPDX-License-Identifier: MIT */
#include "memory/gate/text/skeleton.h"

#include "base/text/ascii.h"

/* Letters that look like a Latin one. */
static const struct {
    uint16_t code;
    char latin;
} lookalikes[] = {
    /* Greek */
    {0x391, 'a'},
    {0x392, 'b'},
    {0x395, 'e'},
    {0x396, 'z'},
    {0x397, 'h'},
    {0x399, 'i'},
    {0x39a, 'k'},
    {0x39c, 'm'},
    {0x39d, 'n'},
    {0x39f, 'o'},
    {0x3a1, 'p'},
    {0x3a4, 't'},
    {0x3a5, 'y'},
    {0x3a7, 'x'},
    {0x3b1, 'a'},
    {0x3b9, 'i'},
    {0x3ba, 'k'},
    {0x3bd, 'v'},
    {0x3bf, 'o'},
    {0x3c1, 'p'},
    {0x3c4, 't'},
    {0x3c5, 'u'},
    {0x3c7, 'x'},
    {0x3f2, 'c'},
    {0x3f3, 'j'},
    /* Cyrillic */
    {0x405, 's'},
    {0x406, 'i'},
    {0x408, 'j'},
    {0x410, 'a'},
    {0x412, 'b'},
    {0x415, 'e'},
    {0x41a, 'k'},
    {0x41c, 'm'},
    {0x41d, 'h'},
    {0x41e, 'o'},
    {0x420, 'p'},
    {0x421, 'c'},
    {0x422, 't'},
    {0x423, 'y'},
    {0x425, 'x'},
    {0x430, 'a'},
    {0x435, 'e'},
    {0x43a, 'k'},
    {0x43c, 'm'},
    {0x43e, 'o'},
    {0x440, 'p'},
    {0x441, 'c'},
    {0x442, 't'},
    {0x443, 'y'},
    {0x445, 'x'},
    {0x455, 's'},
    {0x456, 'i'},
    {0x458, 'j'},
    {0x4bb, 'h'},
    {0x4cf, 'l'},
    {0x501, 'd'},
    {0x51b, 'q'},
    {0x51d, 'w'},
    /* Latin that is not ASCII, and Armenian */
    {0x131, 'i'},
    {0x251, 'a'},
    {0x261, 'g'},
    {0x269, 'i'},
    {0x57d, 'u'},
    {0x578, 'n'},
    {0x585, 'o'},
    /* punctuation */
    {0x2010, '-'},
    {0x2011, '-'},
    {0x2012, '-'},
    {0x2013, '-'},
    {0x2014, '-'},
    {0x2018, '\''},
    {0x2019, '\''},
    {0x201c, '"'},
    {0x201d, '"'},
    {0x2044, '/'},
    {0x2215, '/'},
    {0x2236, ':'},
    {0x2024, '.'},
    {0xa789, ':'},
    {0x2039, '<'},
    {0x203a, '>'},
    {0x3008, '<'},
    {0x3009, '>'},
};

/* A to Z without accents, from U+00C0 on; '?' is no letter or none of ours. */
static const char without_accents[] =
    "aaaaaa?ceeeeiiii?nooooo?ouuuuy?saaaaaa?ceeeeiiii?nooooo?ouuuuy?y";

static bool is_invisible(unsigned code)
{
    return code == 0xad || code == 0x34f || code == 0x61c || code == 0x115f ||
           code == 0x180e || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0x3164 ||
           code == 0xfeff || (code >= 0xe0000 && code <= 0xe007f);
}

/* The character at ${at} and its length; what is no UTF-8 is one byte. */
static unsigned read_code(struct bytes text, size_t at, size_t *out_len)
{
    uint8_t first = text.data[at];
    size_t len = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    unsigned code = len == 1 ? first : first & (0x7fU >> len);
    *out_len = 1;
    if (at + len > text.len) {
        return first;
    }
    for (size_t i = 1; i < len; i++) {
        if ((text.data[at + i] & 0xc0) != 0x80) {
            return first;
        }
        code = code << 6 | (text.data[at + i] & 0x3fU);
    }
    *out_len = len;
    return code;
}

/* Mathematical letters come in alphabets of 52, without gaps that matter. */
static char mathematical(unsigned code)
{
    unsigned letter = (code - 0x1d400) % 52;
    return (char)('a' + letter % 26);
}

static char latin_of(unsigned code)
{
    for (size_t i = 0; i < ARRAY_LEN(lookalikes); i++) {
        if (lookalikes[i].code == code) {
            return lookalikes[i].latin;
        }
    }
    if (code >= 0xff01 && code <= 0xff5e) {
        return (char)(code - 0xff01 + '!');
    }
    if (code >= 0x1d400 && code < 0x1d6a4) {
        return mathematical(code);
    }
    return '?';
}

static char lower(char c)
{
    return (char)ascii_fold((uint8_t)c);
}

static char plain(unsigned code)
{
    if (code < 0x80) {
        return lower((char)code);
    }
    if (code >= 0xc0 && code < 0x100) {
        return without_accents[code - 0xc0];
    }
    bool is_space = code == 0xa0 || code == 0x3000 || code == 0x202f ||
                    code == 0x205f || (code >= 0x2000 && code <= 0x200a);
    if (is_space) {
        return ' ';
    }
    return lower(latin_of(code));
}

/* The letters of a word so far. */
struct word {
    bool has_latin;
    bool has_other; /* one that looks Latin and is not */
};

static void look(struct word *word, unsigned code, char c)
{
    if (!ascii_is_lower((uint8_t)c)) {
        *word = (struct word){false, false};
        return;
    }
    word->has_latin = word->has_latin || code < 0x80;
    word->has_other = word->has_other || code >= 0x250;
}

static void add(char c, struct buf *out)
{
    bool is_blank = c == ' ' || c == '\t';
    bool follows = out->len > 0 && (out->data[out->len - 1] == ' ' ||
                                    out->data[out->len - 1] == '\n');
    if (!is_blank || !follows) {
        buf_add_u8(out, is_blank ? ' ' : (uint8_t)c);
    }
}

struct skeleton_signs skeleton(struct bytes text, struct buf *out)
{
    struct skeleton_signs signs = {false, false};
    struct word word = {false, false};
    size_t len = 1;
    for (size_t at = 0; at < text.len; at += len) {
        unsigned code = read_code(text, at, &len);
        if (is_invisible(code)) {
            signs.is_hidden = true;
            continue;
        }
        char c = plain(code);
        look(&word, code, c);
        signs.is_mixed = signs.is_mixed || (word.has_latin && word.has_other);
        add(c, out);
    }
    return signs;
}
