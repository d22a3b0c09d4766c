/* SPDX-License-Identifier: MIT */
/* json.h (render): any message of the schemas as JSON.
 *
 * Members are named and ordered as in the .proto files; bytes are hexadecimal,
 * enumerations their names in lower case without the prefix they share, times
 * stay microseconds; absent fields are left out, lists are always there. So
 * the schemas document --json.
 * Pure. Threads: any. */
#ifndef REVERIE_CLI_RENDER_JSON_H
#define REVERIE_CLI_RENDER_JSON_H

#include "base/bytes.h"
#include "base/edge/json.h"

/* Gives the JSON of a packed message of type ${type} ("MemoryListReply").
 * ERR_NOT_FOUND: no such type here; ERR_INVALID: not such a message. */
MUST_CHECK enum err render_json_value(const char *type, struct bytes payload,
                                      struct json **out_json);

/* Appends ${json} on one line. What a terminal would obey or hide is \uXXXX in
 * it (base/text/glyph.h). */
void render_json_line(const struct json *json, struct buf *out);

/* Appends it on one line; with ${list}, each element of that member on a line
 * of its own instead. ${policy} (may be empty) is added to every object. */
MUST_CHECK enum err render_json(const char *type, struct bytes payload,
                                const char *list, const char *policy,
                                struct buf *out);

#endif
