/* SPDX-License-Identifier: MIT */
#include "memory/redact/find.h"

#include "memory/redact/personal.h"
#include "memory/redact/secret.h"
#include "memory/redact/vendor.h"

size_t find_start(const struct window *window, size_t at, size_t until)
{
    /* The last byte of a window starts nothing: everything is longer. */
    size_t last = window->to > 0 ? window->to - 1 : 0;
    size_t end = until < last ? until : last;
    const uint8_t *data = window->data;
    unsigned before = alphabet_befores[window_before(window, at)];
    for (; at < end; at++) {
        if (alphabet_starts[data[at]] & before &
            alphabet_behinds[data[at + 1]]) {
            return at;
        }
        before = alphabet_befores[data[at]];
    }
    return until;
}

bool find_key(struct window *window, size_t at, struct find *out)
{
    uint8_t c = window->data[at];
    if (c == '-' && window_at(window, at + 1) == '-') {
        return find_private_key(window, at, out) || find_flag(window, at, out);
    }
    if (c == '-' || c == '_' || c == '.') {
        return find_prefixed(window, at, out);
    }
    if (c == ':') {
        return alphabet_is(window_before(window, at), IS_ALNUM) &&
               find_login(window, at, out);
    }
    if (!alphabet_is(c, IS_ALPHA) || !window_starts(window, at, IS_WORD)) {
        return false;
    }
    return c == 'e' ? find_jwt(window, at, out)
                    : find_cloud_key(window, at, out);
}

/* Whether what begins at ${at} goes on with a number, as 5 does in 1.5. */
static bool goes_on(const struct window *window, size_t at, uint8_t joint)
{
    return window_before(window, at) == joint && at >= window->from + 2 &&
           alphabet_is(window->data[at - 2], IS_DIGIT);
}

bool find_datum(struct window *window, size_t at, struct find *out)
{
    uint8_t c = window->data[at];
    if (c == '=' || c == ':') {
        return find_named(window, at, out);
    }
    if (alphabet_is(c, IS_UPPER)) {
        return window_starts(window, at, IS_WORD) && find_iban(window, at, out);
    }
    if (!window_starts(window, at, IS_ALNUM) || goes_on(window, at, '.')) {
        return false;
    }
    /* A check digit tells it from the groups of a UUID or of a day. */
    if (alphabet_is(c, IS_DIGIT) && find_card(window, at, out)) {
        return true;
    }
    if (goes_on(window, at, '-')) {
        return false;
    }
    if (c == '+') {
        return find_phone(window, at, out);
    }
    if (c == '(') {
        return find_bracketed_phone(window, at, out);
    }
    return alphabet_is(c, IS_DIGIT) && (find_national_phone(window, at, out) ||
                                        find_dialled_phone(window, at, out));
}
