/* SPDX-License-Identifier: MIT */
/* messages.h: the generated messages, and the only way in and out of them.
 *
 * Include this in .c files that speak the wire; never in a header of another
 * part. Generated structs are named Reverie__V1__Foo and initialised with
 * REVERIE__V1__FOO__INIT.
 * Threads: any; an arena belongs to one thread. */
#ifndef REVERIE_PROTO_MESSAGES_H
#define REVERIE_PROTO_MESSAGES_H

#include "base/arena.h"
#include "proto/events.pb-c.h"
#include "proto/memory.pb-c.h"
#include "proto/services.pb-c.h"
#include "proto/wire.pb-c.h"

/* Scans ${in} (codec/prescan.h) and unpacks it into ${arena}, which lends the
 * message until it is reset. No field points into ${in}.
 * ERR_INVALID, ERR_TOO_BIG (limits, or the arena is full). */
MUST_CHECK enum err message_unpack(const ProtobufCMessageDescriptor *type,
                                   struct bytes in, struct arena *arena,
                                   void *out_message);

/* Appends the encoding of ${message}: deterministic, fields in number order. */
void message_pack(const void *message, struct buf *out);

/* MESSAGE_UNPACK(hello, bytes, &arena, &hello) for Reverie__V1__Hello: the
 * lower-case generated name picks the descriptor. */
#define MESSAGE_UNPACK(type, in, arena, out_message)                           \
    message_unpack(&reverie__v1__##type##__descriptor, (in), (arena),          \
                   (out_message))

/* Views of generated fields. An absent text or bytes field is empty. */
struct bytes message_text(const char *text);
struct bytes message_bytes(bool has, ProtobufCBinaryData data);

/* For filling fields: borrows; the message must not outlive what it is given.
 * Generated structs hold texts, and lists of them, without const; nothing
 * writes through them. ${text} ends with a NUL, or is NULL. */
ProtobufCBinaryData message_binary(struct bytes bytes);

static inline char *message_field(const void *text)
{
    return (char *)(uintptr_t)text;
}

static inline char **message_fields(const char *const *list)
{
    return (char **)(uintptr_t)list;
}

/* The same of a copy that ${arena} lends; NULL when that is full. */
char *message_copy(struct arena *arena, struct bytes text);

#endif
