/* SPDX-License-Identifier: MIT */
/* oracle.h: how early a preference that moves could be replaced at all.
 *
 * The oracle knows from the world who has moved, and when. It proposes what the
 * gate would take: whoever has moved and has shown it twice in the traffic
 * since is a supporter, everybody else of the team speaks against, and the
 * baseline is what the habits of the other teams are that day. Nobody can be
 * sooner, because nobody can cite what was not done yet.
 * Threads: belongs to one thread. */
#ifndef REVERIE_AGENTS_SIM_LAB_WORLDS_ORACLE_H
#define REVERIE_AGENTS_SIM_LAB_WORLDS_ORACLE_H

#include "agents-sim/lab/lab.h"

struct oracle;

/* Reads what ${lab} lived, from ${start_us} on; keeps its world. Gives the
 * oracle (oracle_free). */
struct oracle *oracle_new(struct lab *lab, int64_t start_us) MUST_CHECK;
void oracle_free(struct oracle *oracle);

/* Days from switch_day to the first dream, one every ${dream_days}, at which
 * preference ${number} could be replaced; 0: at none. */
double oracle_delay(const struct oracle *oracle, uint32_t number,
                    double dream_days);

/* The same where three in five have moved and have shown it, whatever the gate
 * asks for. */
double oracle_most_delay(const struct oracle *oracle, uint32_t number,
                         double dream_days);

#endif
