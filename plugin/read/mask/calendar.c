/* SPDX-License-Identifier: MIT */
#include "plugin/read/mask/calendar.h"

#include <string.h>

#include "base/text/ascii.h"

/* Whether ${word}, of at least three letters, is one of the names or its first
 * three letters. */
static bool is_named(struct bytes word, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (word.data[0] == (uint8_t)names[i][0] &&
            memcmp(word.data, names[i], 3) == 0) {
            return word.len == 3 || bytes_equal_text(word, names[i]);
        }
    }
    return false;
}

static bool is_weekday(struct bytes word)
{
    static const char *const names[] = {"Monday",   "Tuesday", "Wednesday",
                                        "Thursday", "Friday",  "Saturday",
                                        "Sunday"};
    return is_named(word, names, ARRAY_LEN(names));
}

static bool is_month(struct bytes word)
{
    static const char *const names[] = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    return is_named(word, names, ARRAY_LEN(names));
}

/* Takes the next token if it is a word, and the comma behind a word. */
static bool take_word(struct token_reader *reader, struct bytes *out_word)
{
    struct token_reader ahead = *reader;
    struct token token;
    if (!token_next(&ahead, &token)) {
        return false;
    }
    bool is_comma = token.kind == TOKEN_MARK && token.text.data[0] == ',';
    if (is_comma && !token_next(&ahead, &token)) {
        return false;
    }
    if (token.kind != TOKEN_WORD) {
        return false;
    }
    *reader = ahead;
    *out_word = token.text;
    return true;
}

static bool is_digits(struct bytes word, size_t min, size_t max)
{
    for (size_t i = 0; i < word.len; i++) {
        if (!ascii_is_digit(word.data[i])) {
            return false;
        }
    }
    return word.len >= min && word.len <= max;
}

static bool is_zone(struct bytes word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (!ascii_is_upper(word.data[i])) {
            return false;
        }
    }
    return word.len >= 3 && word.len <= 4;
}

static void extend(struct bytes *date, struct bytes word)
{
    date->len = (size_t)(word.data + word.len - date->data);
}

static void take_time(struct token_reader *reader, struct bytes *date)
{
    struct token_reader ahead = *reader;
    struct bytes word;
    if (take_word(&ahead, &word) && token_classify(word) == MASK_TS) {
        extend(date, word);
        *reader = ahead;
    }
}

/* A year, with or without a zone before it; a zone alone could be anything. */
static void take_year(struct token_reader *reader, struct bytes *date)
{
    struct token_reader ahead = *reader;
    struct bytes word;
    if (!take_word(&ahead, &word) ||
        (is_zone(word) && !take_word(&ahead, &word))) {
        return;
    }
    if (is_digits(word, 4, 4)) {
        extend(date, word);
        *reader = ahead;
    }
}

bool calendar_take(struct token_reader *reader, struct bytes first,
                   struct bytes *out_date)
{
    enum {
        NAME_MIN = 3,
        NAME_MAX = 9
    };
    if (first.len < NAME_MIN || first.len > NAME_MAX ||
        !ascii_is_upper(first.data[0]) || !ascii_is_lower(first.data[1])) {
        return false;
    }
    struct token_reader ahead = *reader;
    struct bytes month = first;
    struct bytes day;
    if (is_weekday(first) && !take_word(&ahead, &month)) {
        return false;
    }
    if (month.len < NAME_MIN || !is_month(month) || !take_word(&ahead, &day) ||
        !is_digits(day, 1, 2)) {
        return false;
    }
    *out_date = first;
    extend(out_date, day);
    take_time(&ahead, out_date);
    take_year(&ahead, out_date);
    *reader = ahead;
    return true;
}
