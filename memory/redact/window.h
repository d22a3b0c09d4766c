/* SPDX-License-Identifier: MIT */
/* window.h: the part of a text that the redactor looks at.
 *
 * Both ends of a window are boundaries: nothing outside counts, as if a
 * placeholder stood there. Positions count from the beginning of the text. A
 * window only moves forward or narrows while it is used, and remembers the
 * runs it has measured, so that overlapping ones cost linear time.
 * Pure. Threads: a window belongs to one thread. */
#ifndef REVERIE_MEMORY_REDACT_WINDOW_H
#define REVERIE_MEMORY_REDACT_WINDOW_H

#include <string.h>

#include "base/bytes.h"
#include "memory/redact/alphabet.h"

/* From any position in [from, to) the run goes on until `to`. */
struct window_run {
    size_t from;
    size_t to;
};

struct window {
    const uint8_t *data; /* of the whole text */
    size_t from;
    size_t to;
    struct window_run tokens;
    struct window_run values;
    struct window_run no_digits;
};

/* The byte at ${at}, or before it; 0, which is in no class, outside. */
static inline uint8_t window_at(const struct window *window, size_t at)
{
    return at < window->to ? window->data[at] : 0;
}

static inline uint8_t window_before(const struct window *window, size_t at)
{
    return at > window->from ? window->data[at - 1] : 0;
}

/* Whether no byte of the class comes before ${at}. */
static inline bool window_starts(const struct window *window, size_t at,
                                 unsigned class_bits)
{
    return !alphabet_is(window_before(window, at), class_bits);
}

/* First position at or after ${at} whose byte is not of the class. */
static inline size_t window_run_end(const struct window *window, size_t at,
                                    unsigned class_bits)
{
    while (at < window->to && alphabet_is(window->data[at], class_bits)) {
        at++;
    }
    return at;
}

/* The same, remembered in ${run}, which is one class's. */
static inline size_t window_measured_end(const struct window *window, size_t at,
                                         unsigned class_bits,
                                         struct window_run *run)
{
    if (at < run->from || at >= run->to) {
        run->from = at;
        run->to = window_run_end(window, at, class_bits);
    }
    return run->to < window->to ? run->to : window->to;
}

/* Lends [from, to), clamped to the end of the window. */
static inline struct bytes window_part(const struct window *window, size_t from,
                                       size_t to)
{
    size_t end = to < window->to ? to : window->to;
    return from < end ? bytes_of(window->data + from, end - from)
                      : bytes_of(NULL, 0);
}

static inline bool window_has_text(const struct window *window, size_t at,
                                   struct bytes text)
{
    return at < window->to && text.len <= window->to - at &&
           bytes_equal(bytes_of(window->data + at, text.len), text);
}

static inline bool window_has_digit(struct window *window, size_t from,
                                    size_t to)
{
    return window_measured_end(window, from, IS_NO_DIGIT, &window->no_digits) <
           to;
}

#endif
