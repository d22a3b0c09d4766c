/* SPDX-License-Identifier: MIT */
/* personal.h: finders of numbers and addresses of people.
 *
 * Each says whether what it looks for starts at ${at} of the window, and fills
 * ${out} if so. find.h knows where to ask.
 * Pure. Threads: a window belongs to one thread. */
#ifndef REVERIE_MEMORY_REDACT_PERSONAL_H
#define REVERIE_MEMORY_REDACT_PERSONAL_H

#include "memory/redact/find.h"

/* At the first digit or letter, or the plus; nothing is joined to it. */
bool find_card(const struct window *window, size_t at, struct find *out);
bool find_iban(const struct window *window, size_t at, struct find *out);
bool find_phone(const struct window *window, size_t at, struct find *out);
bool find_national_phone(const struct window *window, size_t at,
                         struct find *out);
bool find_bracketed_phone(const struct window *window, size_t at,
                          struct find *out);
bool find_dialled_phone(const struct window *window, size_t at,
                        struct find *out);

/* At the value of a name that says it is a phone number. */
bool find_named_phone(const struct window *window, size_t at, struct find *out);

/* The first e-mail address whose '@' is at or behind ${at}. It lies in the
 * window and starts as far to the left as can be. */
bool find_mail(const struct window *window, size_t at, struct find *out);

/* Cuts off what of the address ${mail} lies before the window; false if what
 * is left is none. */
bool find_mail_rest(const struct window *window, struct find *mail);

#endif
