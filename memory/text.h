/* SPDX-License-Identifier: MIT */
/* text.h: the text of an event, as quotes cite it.
 *
 * One definition for whoever quotes and whoever checks a quote: all text
 * fields of a typed body in the order of their numbers, joined by a newline;
 * the body itself where it is opaque and UTF-8; nothing otherwise. A quote is
 * a byte-exact part of this text with each field redacted by itself.
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_TEXT_H
#define REVERIE_MEMORY_TEXT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "memory/redact.h"

/* Appends the text of the body of an event of ${kind}. ${arena} holds the
 * unpacked body and is not reset. */
void event_text(struct bytes kind, struct bytes body, struct arena *arena,
                struct buf *out);

/* The same, each field redacted. */
void event_text_redacted(const struct redact_key *key, struct bytes kind,
                         struct bytes body, struct arena *arena,
                         struct buf *out);

#endif
