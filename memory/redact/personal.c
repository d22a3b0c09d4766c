/* SPDX-License-Identifier: MIT */
#include "memory/redact/personal.h"

enum {
    HOST_MAX = 253
};

/* ---- numbers ------------------------------------------------------------- */

/* Digits of a number that may be grouped by single blanks or dashes. Returns
 * how many (at most ${max}); ${out_end} is behind the last one. */
static size_t grouped_digits(const struct window *window, size_t at, char *out,
                             size_t max, size_t *out_end)
{
    size_t count = 0;
    while (count < max && alphabet_is(window_at(window, at), IS_DIGIT)) {
        out[count++] = (char)window->data[at++];
        *out_end = at;
        uint8_t gap = window_at(window, at);
        if ((gap == ' ' || gap == '-') &&
            alphabet_is(window_at(window, at + 1), IS_DIGIT)) {
            at++;
        }
    }
    return count;
}

static bool luhn_holds(const char *digits, size_t count)
{
    int sum = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = digits[count - 1 - i] - '0';
        if (i % 2 == 1) {
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        }
        sum += digit;
    }
    return sum % 10 == 0;
}

/* The number ranges that are issued: Visa, Mastercard, American Express,
 * Discover, JCB. */
static bool is_card_range(const char *d, size_t count)
{
    int two = (d[0] - '0') * 10 + d[1] - '0';
    int four = two * 100 + (d[2] - '0') * 10 + d[3] - '0';
    if (count == 15) {
        return two == 34 || two == 37;
    }
    if (count != 16) {
        return d[0] == '4' && (count == 13 || count == 19);
    }
    return d[0] == '4' || (two >= 51 && two <= 55) ||
           (four >= 2221 && four <= 2720) || four == 6011 || two == 65 ||
           two == 35;
}

bool find_card(const struct window *window, size_t at, struct find *out)
{
    char digits[20] = "";
    size_t end = at;
    size_t count = grouped_digits(window, at, digits, sizeof(digits), &end);
    if (count < 13 || count > 19 ||
        alphabet_is(window_at(window, end), IS_WORD) ||
        !is_card_range(digits, count) || !luhn_holds(digits, count)) {
        return false;
    }
    *out = (struct find){"CARD", at, end};
    return true;
}

/* ISO 13616: the first four characters go to the end, letters count from 10,
 * and the whole is 1 modulo 97. */
static bool iban_holds(const uint8_t *chars, size_t count)
{
    unsigned rest = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t c = chars[(i + 4) % count];
        rest = alphabet_is(c, IS_DIGIT)
                   ? (rest * 10 + (unsigned)(c - '0')) % 97
                   : (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
    }
    return rest == 1;
}

bool find_iban(const struct window *window, size_t at, struct find *out)
{
    if (!alphabet_is(window_at(window, at + 1), IS_UPPER) ||
        !alphabet_is(window_at(window, at + 2), IS_DIGIT) ||
        !alphabet_is(window_at(window, at + 3), IS_DIGIT)) {
        return false;
    }
    uint8_t chars[34];
    size_t count = 0;
    size_t end = at;
    while (count < sizeof(chars) &&
           alphabet_is(window_at(window, end), IS_UPPER_DIGIT)) {
        chars[count++] = window->data[end++];
        if (count % 4 == 0 && window_at(window, end) == ' ' &&
            alphabet_is(window_at(window, end + 1), IS_UPPER_DIGIT)) {
            end++;
        }
    }
    if (count < 15 || alphabet_is(window_at(window, end), IS_WORD) ||
        !iban_holds(chars, count)) {
        return false;
    }
    *out = (struct find){"IBAN", at, end};
    return true;
}

/* "+49 30 1234567": international, with at least one gap, 8 to 15 digits. */
bool find_phone(const struct window *window, size_t at, struct find *out)
{
    if (!alphabet_is(window_at(window, at + 1), IS_DIGIT)) {
        return false;
    }
    size_t digits = 0;
    size_t gaps = 0;
    size_t end = at + 1;
    for (size_t i = at + 1; digits <= 15; i++) {
        uint8_t c = window_at(window, i);
        if (alphabet_is(c, IS_DIGIT)) {
            digits++;
            end = i + 1;
        } else if (alphabet_is(c, IS_PHONE_GAP) && i - end < 2) {
            gaps++;
        } else {
            break;
        }
    }
    if (digits < 8 || digits > 15 || gaps == 0 ||
        alphabet_is(window_at(window, end), IS_WORD)) {
        return false;
    }
    *out = (struct find){"PHONE", at, end};
    return true;
}

/* ddd-ddd-dddd with boundaries, the common national form. */
bool find_national_phone(const struct window *window, size_t at,
                         struct find *out)
{
    static const char form[] = "ddd-ddd-dddd";
    for (size_t i = 0; i + 1 < sizeof(form); i++) {
        uint8_t c = window_at(window, at + i);
        if (form[i] == 'd' ? !alphabet_is(c, IS_DIGIT) : c != '-') {
            return false;
        }
    }
    size_t end = at + sizeof(form) - 1;
    uint8_t behind = window_at(window, end);
    if (alphabet_is(behind, IS_WORD) ||
        (alphabet_is(behind, IS_JOINED) &&
         alphabet_is(window_at(window, end + 1), IS_DIGIT))) {
        return false;
    }
    *out = (struct find){"PHONE", at, end};
    return true;
}

/* ---- addresses ----------------------------------------------------------- */

/* Labels of letters and digits joined by single dots and dashes. */
static size_t host_end(const struct window *window, size_t at)
{
    size_t last = at + HOST_MAX;
    while (at < last) {
        uint8_t c = window_at(window, at);
        bool is_joint = (c == '.' || c == '-') &&
                        alphabet_is(window_at(window, at + 1), IS_ALNUM);
        if (!is_joint && !alphabet_is(c, IS_ALNUM)) {
            break;
        }
        at++;
    }
    return at;
}

/* The end of the longest part of [from, end) that ends in a dot and at least
 * two letters; 0 if there is none. */
static size_t domain_end(const struct window *window, size_t from, size_t end)
{
    for (size_t dot = end; dot-- > from + 1;) {
        if (window->data[dot] != '.') {
            continue;
        }
        size_t letters = window_run_end(window, dot + 1, IS_ALPHA);
        if (letters >= dot + 3 &&
            !alphabet_is(window_at(window, letters), IS_WORD)) {
            return letters;
        }
    }
    return 0;
}

/* Whether [start, sign) can be the name of an address. */
static bool is_mailbox(const struct window *window, size_t start, size_t sign)
{
    return start < sign &&
           !bytes_equal(window_part(window, start, sign), BYTES_LITERAL("git"));
}

bool find_mail(const struct window *window, size_t at, struct find *out)
{
    for (;; at++) {
        struct bytes rest = window_part(window, at, window->to);
        const uint8_t *hit =
            rest.len > 0 ? memchr(rest.data, '@', rest.len) : NULL;
        if (!hit) {
            return false;
        }
        at = (size_t)(hit - window->data);
        size_t start = at;
        while (start > window->from &&
               alphabet_is(window->data[start - 1], IS_MAIL)) {
            start--;
        }
        if (!is_mailbox(window, start, at)) {
            continue;
        }
        size_t end = domain_end(window, at + 1, host_end(window, at + 1));
        if (end != 0) {
            *out = (struct find){"EMAIL", start, end};
            return true;
        }
    }
}

bool find_mail_rest(const struct window *window, struct find *mail)
{
    if (mail->start >= window->from) {
        return true;
    }
    struct bytes rest = window_part(window, window->from, mail->end);
    size_t sign = bytes_find(rest, BYTES_LITERAL("@"), 0);
    mail->start = window->from;
    return sign != SIZE_MAX &&
           is_mailbox(window, window->from, window->from + sign);
}
