/* SPDX-License-Identifier: MIT */
/* rights.h: rights as words, for keys, settings and the command line.
 *
 * The rights themselves are `enum route_right` (broker/route/route.h).
 * Pure. Threads: any. */
#ifndef REVERIE_BROKER_AUTH_RIGHTS_H
#define REVERIE_BROKER_AUTH_RIGHTS_H

#include "base/bytes.h"

/* The bit of the right called ${name} ("speak_for"). ERR_INVALID. */
MUST_CHECK enum err right_read(struct bytes name, uint32_t *out_right);

/* A list of them, "propose,review"; "all" for every one, empty for none.
 * ERR_INVALID. */
MUST_CHECK enum err rights_read(struct bytes list, uint32_t *out_rights);

/* Appends such a list. */
void rights_write(uint32_t rights, struct buf *out);

#endif
