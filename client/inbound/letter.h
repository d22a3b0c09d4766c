/* SPDX-License-Identifier: MIT */
/* letter.h: one received event as the caller sees it.
 *
 * Holds the frames of the event and the texts of its stamp and envelope with
 * NULs behind them; the message it lends points into both.
 * Pure. Threads: belongs to one client. */
#ifndef REVERIE_CLIENT_INBOUND_LETTER_H
#define REVERIE_CLIENT_INBOUND_LETTER_H

#include "client/inbound/arrivals.h"
#include "client/reverie.h"
#include "proto/limits.h"

enum {
    /* Every text of both, and a NUL for each. */
    LETTER_TEXT_BYTES = STAMP_MAX + RECORD_ENVELOPE_MAX + 32
};

struct letter {
    struct reverie_message message;
    struct arrival arrival;
    size_t used;
    char texts[LETTER_TEXT_BYTES];
};

/* Moves ${arrival} in and reads it; what the letter held is closed.
 * ERR_INVALID, ERR_TOO_BIG: not an event; the letter is empty. */
MUST_CHECK enum err letter_open(struct letter *letter, struct arrival *arrival);

/* Accepts a zeroed letter. */
void letter_close(struct letter *letter);

#endif
