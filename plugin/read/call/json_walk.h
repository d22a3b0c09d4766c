/* SPDX-License-Identifier: MIT */
/* json_walk.h: the scalars of a JSON text, each with its path.
 *
 * Reads once from front to back, allocates nothing and builds no tree: tool
 * arguments are most of what a dream reads. Paths are written with dots, an
 * array index as "[]": "passengers[].dob". Strict where it matters (structure,
 * UTF-8, depth); what it has visited before an error stays visited.
 * Not for configuration or the wire: that is base/edge/json.h.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_CALL_JSON_WALK_H
#define REVERIE_PLUGIN_READ_CALL_JSON_WALK_H

#include "base/bytes.h"

enum {
    JSON_WALK_DEPTH_MAX = 32,
    JSON_WALK_PATH_MAX = 512, /* a longer path is cut, and stays distinct
                               * enough */
    JSON_WALK_STRING_MAX = 1 << 20
};

enum json_walk_kind {
    JSON_WALK_STRING,
    JSON_WALK_NUMBER,
    JSON_WALK_TRUE,
    JSON_WALK_FALSE,
    JSON_WALK_NULL,
    JSON_WALK_EMPTY /* an object or array without members */
};

/* ${path} is empty for a text that is one scalar. Both are lent until the
 * return; strings are unescaped. */
typedef void (*json_walk_visit)(void *context, struct bytes path,
                                enum json_walk_kind kind, struct bytes value);

/* Walks ${text}. ${scratch} holds one unescaped string at a time.
 * ERR_INVALID: not JSON. ERR_TOO_BIG: deeper than JSON_WALK_DEPTH_MAX. */
MUST_CHECK enum err json_walk(struct bytes text, struct buf *scratch,
                              json_walk_visit visit, void *context);

#endif
