/* SPDX-License-Identifier: MIT */
/* recall.h: what an agent of a world makes of the memories it reads.
 *
 * Stands for a model that reads its memory files: a text that names a choice
 * point is taken to recommend the first of its options that the text names; a
 * text that names a wrong table is taken as a warning of it; one that names
 * what fails and what helps, as that; one that names three steps of a workflow
 * in order, as advice to follow it. It knows nothing of how memories are worded
 * beyond that.
 * Pure. Threads: one. */
#ifndef REVERIE_AGENTS_SIM_WORLD_RECALL_H
#define REVERIE_AGENTS_SIM_WORLD_RECALL_H

#include "agents-sim/world/world.h"

struct recall;

/* Nothing remembered yet. Keeps the world. */
struct recall *recall_new(const struct world *world) MUST_CHECK;
void recall_free(struct recall *recall);

/* Forgets everything; then reads one memory after the other. */
void recall_reset(struct recall *recall);
void recall_read(struct recall *recall, struct bytes content);

/* The option for ${slot}, or -1. */
int recall_choice(const struct recall *recall, uint32_t slot);
bool recall_warned(const struct recall *recall, uint32_t mistake);
bool recall_helped(const struct recall *recall, uint32_t fault);
bool recall_led(const struct recall *recall, uint32_t workflow);

#endif
