/* SPDX-License-Identifier: MIT */
/* secret.h: finders of private keys, logins and named values.
 *
 * Each says whether what it looks for starts at ${at} of the window, and fills
 * ${out} if so. find.h knows where to ask.
 * Pure. Threads: a window belongs to one thread. */
#ifndef REVERIE_MEMORY_REDACT_SECRET_H
#define REVERIE_MEMORY_REDACT_SECRET_H

#include "memory/redact/find.h"

/* -----BEGIN ... PRIVATE KEY----- to the end of its END line, or of the text
 * where that was cut off; at the first dash. */
bool find_private_key(struct window *window, size_t at, struct find *out);

/* scheme://user:password@host: user and password; at the colon. */
bool find_login(struct window *window, size_t at, struct find *out);

/* name = value, name: value, "name": "value", name: Scheme value: the value; at
 * the sign. */
bool find_named(struct window *window, size_t at, struct find *out);

/* --name value: the value; at the first dash. */
bool find_flag(struct window *window, size_t at, struct find *out);

#endif
