/* SPDX-License-Identifier: MIT */
/* calendar.h: dates in words, "Sat Jul  9 12:16:49 UTC 2005".
 *
 * English names, as programs print them. Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_MASK_CALENDAR_H
#define REVERIE_PLUGIN_READ_MASK_CALENDAR_H

#include "plugin/read/text/token.h"

/* Whether ${first}, which ${reader} has just read, begins a date: a month with
 * a day behind it and a weekday, time, zone and year around them. If so the
 * reader stands behind it and ${out_date} is all of it. */
bool calendar_take(struct token_reader *reader, struct bytes first,
                   struct bytes *out_date);

#endif
