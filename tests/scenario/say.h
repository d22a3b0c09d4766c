/* SPDX-License-Identifier: MIT */
/* say.h: messages of clients, made from the words of a scenario.
 *
 * Threads: one. */
#ifndef REVERIE_TESTS_SCENARIO_SAY_H
#define REVERIE_TESTS_SCENARIO_SAY_H

#include "base/id.h"
#include "tests/scenario/hear.h"
#include "tests/scenario/words.h"
#include "tests/scenario/world.h"

/* The id that a scenario calls ${number}; 0 is no id. */
struct id say_id(uint64_t number);

/* Sends the control message ${kind} with the packed ${message}. */
void say_control(struct world *world, const char *peer, bool is_local,
                 const char *kind, const void *message);

/* Carries the command out; false: there is no such command. The connection is
 * named by the second word. */
bool say_command(struct world *world, const struct words *words,
                 const struct hearing *heard);

#endif
