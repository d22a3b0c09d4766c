/* SPDX-License-Identifier: MIT */
/* vendor.h: finders of keys whose form a vendor promises.
 *
 * Each says whether what it looks for lies around ${at} of the window, and
 * fills ${out} if so. find.h knows where to ask.
 * Pure. Threads: a window belongs to one thread. */
#ifndef REVERIE_MEMORY_REDACT_VENDOR_H
#define REVERIE_MEMORY_REDACT_VENDOR_H

#include "memory/redact/find.h"

/* "ghp_...", "sk-...", "SG....": at the first '_', '-' or '.' of the prefix,
 * which starts a word. Found before ${at}, but never before the window. */
bool find_prefixed(struct window *window, size_t at, struct find *out);

/* "AKIA...": at a word's start. */
bool find_cloud_key(struct window *window, size_t at, struct find *out);

/* A JSON web token, eyJ... . eyJ... . signature; at a word's start. */
bool find_jwt(struct window *window, size_t at, struct find *out);

/* Whether the last six of ${token}'s characters are the checksum of those
 * before: CRC-32 in base 62, as GitHub's tokens have it. */
bool vendor_checksum_holds(struct bytes token);

#endif
