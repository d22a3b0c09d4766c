/* SPDX-License-Identifier: MIT */
/* screen.h: words that a human should see before agents do.
 *
 * Screens look for text that tries to act as an instruction to the reader or
 * that hides something; sensitive words name what is never changed without a
 * human. A hit asks a human and never drops anything, and no hit is never a
 * reason to trust: evidence is (evidence.h). Words are looked for in the
 * skeleton of a text, so that letters that only look alike do not hide them.
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_GATE_TEXT_SCREEN_H
#define REVERIE_MEMORY_GATE_TEXT_SCREEN_H

#include "base/bytes.h"

/* The first screen that ${text} trips: "screen_override", "screen_role",
 * "screen_hidden", "screen_blob", "screen_exfiltration", "screen_tool_call",
 * "screen_shell". NULL if none. Lends a constant. */
const char *screen_text(struct bytes text);

/* The same, and the word of the screen's list that was found, "" where it goes
 * by form. */
const char *screen_word(struct bytes text, const char **out_word);

/* Whether ${text} speaks of permissions, authentication, network
 * destinations, payment, deletion, disabled checks, security settings or
 * package sources. */
bool text_is_sensitive(struct bytes text);

/* The first such word, NULL if there is none. Lends a constant. */
const char *sensitive_word(struct bytes text);

#endif
