/* SPDX-License-Identifier: MIT */
/* compose.h: what a client sends, as frames.
 *
 * Puts an envelope in front of a control body or of an agent's message. Checks
 * the lengths that the wire limits, not what the broker decides by right.
 * Pure. Threads: any. */
#ifndef REVERIE_CLIENT_CORE_COMPOSE_H
#define REVERIE_CLIENT_CORE_COMPOSE_H

#include "base/id.h"
#include "client/reverie.h"
#include "proto/bus.h"

enum {
    COMPOSE_FRAMES = 2
};

/* Packs ${message}, a generated message, under ${kind} ("control.ping").
 * Gives the frames. ERR_TOO_BIG: above CONTROL_MAX. */
MUST_CHECK enum err compose_control(const char *kind, const void *message,
                                    struct frame out_frames[COMPOSE_FRAMES]);

/* An ordinary message under ${id}. Gives the frames. ERR_INVALID: no kind or
 * address, or a parent without 16 bytes; ERR_TOO_BIG: texts above the size of
 * an envelope. */
MUST_CHECK enum err compose_message(const struct reverie_message *message,
                                    const struct id *id,
                                    struct frame out_frames[COMPOSE_FRAMES]);

/* Bytes as credit counts them: over all frames. */
size_t compose_bytes(struct frame *frames, size_t count);

void compose_close(struct frame *frames, size_t count);

#endif
