/* SPDX-License-Identifier: MIT */
#include "memory/redact/personal.h"

enum {
    HOST_MAX = 253,
    CARD_DIGITS_MIN = 13,
    CARD_DIGITS_MAX = 19,
    PHONE_DIGITS_MAX = 15,
    EXTENSION_MAX = 6
};

/* Whether the bytes at ${at} have the form: d a digit, - a dash or a dot, the
 * same all over, anything else itself. */
static bool has_form(const struct window *window, size_t at, const char *form)
{
    uint8_t gap = 0;
    for (size_t i = 0; form[i]; i++) {
        uint8_t c = window_at(window, at + i);
        bool holds = c == (uint8_t)form[i];
        if (form[i] == 'd') {
            holds = alphabet_is(c, IS_DIGIT);
        } else if (form[i] == '-') {
            holds = gap ? c == gap : c == '-' || c == '.';
            gap = c;
        }
        if (!holds) {
            return false;
        }
    }
    return true;
}

/* ---- numbers ------------------------------------------------------------- */

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

static bool is_card(const char *digits, size_t count)
{
    return count >= CARD_DIGITS_MIN && is_card_range(digits, count) &&
           luhn_holds(digits, count);
}

/* Groups of digits with single blanks or dashes between, or dots, if they are
 * fours. A date or a code may follow, so every group can be the last one; of
 * several the longest number is meant. */
bool find_card(const struct window *window, size_t at, struct find *out)
{
    char digits[CARD_DIGITS_MAX] = "";
    size_t count = 0;
    size_t found = 0;
    bool is_in_fours = has_form(window, at, "dddd-dddd-dddd-dddd");
    for (size_t i = at; count < CARD_DIGITS_MAX; i++) {
        if (!alphabet_is(window_at(window, i), IS_DIGIT)) {
            break;
        }
        digits[count++] = (char)window->data[i];
        uint8_t behind = window_at(window, i + 1);
        if (!alphabet_is(behind, IS_ALNUM) && is_card(digits, count)) {
            found = i + 1;
        }
        if (behind == ' ' || behind == '-' || (behind == '.' && is_in_fours)) {
            i++;
        }
    }
    if (found) {
        *out = (struct find){"CARD", at, found};
    }
    return found > 0;
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

/* A number to dial. */
struct dialled {
    size_t digits;
    size_t gaps;
    size_t end; /* behind the last digit */
};

/* Digits with at most two bytes of blanks, dashes, dots and brackets between.
 * More than 15 are no number. */
static struct dialled dialled_at(const struct window *window, size_t at)
{
    struct dialled found = {0, 0, at};
    for (size_t i = at; found.digits <= PHONE_DIGITS_MAX; i++) {
        uint8_t c = window_at(window, i);
        if (alphabet_is(c, IS_DIGIT)) {
            found.digits++;
            found.end = i + 1;
        } else if (alphabet_is(c, IS_PHONE_GAP) && i - found.end < 2) {
            found.gaps++;
        } else {
            break;
        }
    }
    return found;
}

/* The same, of whole groups: one that makes it too long is another number, and
 * so is one with a sign. */
static struct dialled dialled_groups_at(const struct window *window, size_t at)
{
    struct dialled found = {0, 0, at};
    size_t next = at;
    while (alphabet_is(window_at(window, next), IS_DIGIT)) {
        size_t end = window_run_end(window, next, IS_DIGIT);
        if (found.digits + end - next > PHONE_DIGITS_MAX ||
            alphabet_is(window_at(window, end), IS_WORD)) {
            break;
        }
        found.gaps += next > at;
        found.digits += end - next;
        found.end = end;
        next = end;
        if (window_has_text(window, end, BYTES_LITERAL(" -"))) {
            break; /* a sign */
        }
        while (next < end + 2 &&
               alphabet_is(window_at(window, next), IS_PHONE_GAP)) {
            next++;
        }
    }
    return found;
}

static bool is_phone(const struct window *window, const struct dialled *found,
                     size_t digits_min)
{
    return found->digits >= digits_min && found->digits <= PHONE_DIGITS_MAX &&
           !alphabet_is(window_at(window, found->end), IS_WORD);
}

/* "+442071234567": a country, and as many digits as its numbers have. In North
 * America that is ten, the first from 2 to 9. */
static bool is_one_group(const struct window *window, size_t at, size_t digits)
{
    uint8_t first = window_at(window, at);
    if (first == '1') {
        return digits == 11 && window_at(window, at + 1) >= '2';
    }
    return first != '0' && digits >= 10;
}

/* An added line may begin with a day. */
static bool is_day(const struct window *window, size_t at)
{
    return has_form(window, at, "dddd-dd-dd") &&
           (window_has_text(window, at, BYTES_LITERAL("19")) ||
            window_has_text(window, at, BYTES_LITERAL("20")));
}

/* "+49 30 1234567": international, 8 to 15 digits with a gap. */
bool find_phone(const struct window *window, size_t at, struct find *out)
{
    struct dialled found = dialled_groups_at(window, at + 1);
    bool holds = found.gaps > 0 ? found.digits >= 8 && !is_day(window, at + 1)
                                : is_one_group(window, at + 1, found.digits);
    if (holds) {
        *out = (struct find){"PHONE", at, found.end};
    }
    return holds;
}

/* "0049 30 1234567": the same with the usual dialling prefix. A country's
 * number does not start with 0, and the gap comes behind it. */
bool find_dialled_phone(const struct window *window, size_t at,
                        struct find *out)
{
    if (window_at(window, at) != '0' || window_at(window, at + 1) != '0' ||
        !alphabet_is(window_at(window, at + 2), IS_DIGIT) ||
        window_at(window, at + 2) == '0') {
        return false;
    }
    bool is_group = at >= window->from + 2 &&
                    alphabet_is(window->data[at - 1], IS_PHONE_GAP) &&
                    alphabet_is(window->data[at - 2], IS_DIGIT);
    struct dialled found = dialled_at(window, at);
    size_t head = window_run_end(window, at, IS_DIGIT);
    if (!is_phone(window, &found, 10) || found.gaps < 2 || is_group ||
        head > at + 5 || window_at(window, head) == '.') {
        return false;
    }
    *out = (struct find){"PHONE", at, found.end};
    return true;
}

bool find_named_phone(const struct window *window, size_t at, struct find *out)
{
    uint8_t first = window_at(window, at);
    struct dialled found =
        dialled_at(window, first == '+' || first == '(' ? at + 1 : at);
    if (!is_phone(window, &found, 7)) {
        return false;
    }
    *out = (struct find){"PHONE", at, found.end};
    return true;
}

/* Whether nothing is joined to what ends at ${end}. */
static bool is_end(const struct window *window, size_t end)
{
    uint8_t behind = window_at(window, end);
    return !alphabet_is(behind, IS_WORD) &&
           !(alphabet_is(behind, IS_JOINED) &&
             alphabet_is(window_at(window, end + 1), IS_DIGIT));
}

/* Whether one of the forms is at ${at}, with an extension ("x123") or without,
 * and nothing joined to it. */
static bool find_form(const struct window *window, size_t at,
                      const char *const *forms, struct find *out)
{
    for (; *forms; forms++) {
        if (!has_form(window, at, *forms)) {
            continue;
        }
        size_t end = at + strlen(*forms);
        size_t extension = window_at(window, end) == 'x'
                               ? window_run_end(window, end + 1, IS_DIGIT)
                               : end;
        if (extension > end + 1 && extension <= end + 1 + EXTENSION_MAX) {
            end = extension;
        }
        if (is_end(window, end)) {
            *out = (struct find){"PHONE", at, end};
            return true;
        }
    }
    return false;
}

/* The common national form, with boundaries. With blanks between it would be
 * three columns of a table as well. */
bool find_national_phone(const struct window *window, size_t at,
                         struct find *out)
{
    static const char *const forms[] = {"ddd-ddd-dddd", "d-ddd-ddd-dddd", NULL};
    return find_form(window, at, forms, out);
}

/* "(555) 010-4477" */
bool find_bracketed_phone(const struct window *window, size_t at,
                          struct find *out)
{
    static const char *const forms[] = {"(ddd) ddd-dddd", "(ddd)ddd-dddd",
                                        NULL};
    return find_form(window, at, forms, out);
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
