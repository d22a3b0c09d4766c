/* SPDX-License-Identifier: MIT */
/* retelling.h: whether two texts are one that was passed on.
 *
 * People who pass a message on change its case and marks, put a few words
 * before or behind it ("fyi: ...") or leave an end away. So one text is the
 * other retold if its words are a part of the other's, in one piece, and the
 * rest is short. Other words are another text: "use A" does not retell "use
 * B". Knows nothing of who said it and when.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_DETECT_RETELLING_H
#define REVERIE_PLUGIN_DETECT_RETELLING_H

#include "base/bytes.h"

/* Texts of at most TUPLE_QUOTE_MAX bytes; what is beyond is not looked at. */
bool retelling_holds(struct bytes a, struct bytes b);

#endif
