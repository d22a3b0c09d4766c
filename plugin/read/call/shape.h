/* SPDX-License-Identifier: MIT */
/* shape.h: a value as an option: itself where it can be a choice, a shape
 * where it is one of very many.
 *
 * "Content" becomes "content"; "/a/b.go" becomes "<PATH:.go>"; "2026-01-13"
 * becomes "9999-99-99"; a paragraph becomes "<TEXT>".
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_CALL_SHAPE_H
#define REVERIE_PLUGIN_READ_CALL_SHAPE_H

#include "base/arena.h"
#include "plugin/read/tuple.h"

struct shape {
    char text[TUPLE_OPTION_MAX];
    size_t len;
    enum slot_form form;
};

/* The option that ${value} is. */
void shape_of(struct bytes value, struct shape *out);

/* The form of a commit message by its first line: "type(scope): text",
 * "type: text", "Text", "text", "[tag] text". */
void shape_of_message(struct bytes message, struct shape *out);

/* Lends the option as bytes. */
struct bytes shape_text(const struct shape *shape);

#endif
