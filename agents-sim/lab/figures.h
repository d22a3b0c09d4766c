/* SPDX-License-Identifier: MIT */
/* figures.h: the table that a score ends in.
 *
 * One row per figure: what was measured, between which bounds it lies with
 * 95 % confidence, and what it should be. The table says hit or miss and prints
 * itself as text or JSON; it measures nothing.
 * Threads: a table belongs to one thread at a time. */
#ifndef REVERIE_AGENTS_SIM_LAB_FIGURES_H
#define REVERIE_AGENTS_SIM_LAB_FIGURES_H

#include "base/bytes.h"

enum {
    FIGURES_MAX = 2000,
    FIGURE_GROUP_BYTES = 32,
    FIGURE_NAME_BYTES = 96,
    FIGURE_NOTE_BYTES = 256
};

/* How a value is held against its target. */
enum figure_sense {
    FIGURE_REPORTED, /* no target */
    FIGURE_AT_LEAST,
    FIGURE_AT_MOST,
    FIGURE_EQUAL,
    FIGURE_SKIPPED /* could not be measured here; the note says why */
};

struct figure {
    char group[FIGURE_GROUP_BYTES];
    char name[FIGURE_NAME_BYTES];
    double value;
    bool has_interval;
    double low; /* 95 % confidence interval */
    double high;
    double target;
    enum figure_sense sense;
    uint32_t seeds; /* worlds it is over; 0: none were simulated */
    char note[FIGURE_NOTE_BYTES];
};

/* A figure without interval, note and seeds. Texts that are too long are
 * cut. */
struct figure figure_of(const char *group, const char *name, double value,
                        enum figure_sense sense, double target);

/* Sets the value to the mean of ${values}, one per seed, with Student's
 * interval, and the seeds to ${count}. NaN values are left out. */
void figure_mean(struct figure *figure, const double *values, uint32_t count);

/* Sets the value to sum(part) / sum(whole), one pair per seed: the interval is
 * the wider of Wilson's over all and the one that takes seeds as clusters.
 * Where sum(whole) is 0 the value is ${absent}. */
void figure_share(struct figure *figure, const double *part,
                  const double *whole, uint32_t count, double absent);

/* Sets the value to ${part} of ${whole} with Wilson's interval. */
void figure_proportion(struct figure *figure, uint64_t part, uint64_t whole);

/* True without target; a value that is not a number misses every target. */
bool figure_is_hit(const struct figure *figure);

struct figures;

struct figures *figures_new(void) MUST_CHECK;
void figures_free(struct figures *figures);

/* Copies. ERR_FULL beyond FIGURES_MAX. */
MUST_CHECK enum err figures_add(struct figures *figures,
                                const struct figure *figure);
size_t figures_count(const struct figures *figures);

/* Lends row ${index} until the next figures_add. */
const struct figure *figures_at(const struct figures *figures, size_t index);
size_t figures_misses(const struct figures *figures);

/* Appends the table for people; as one JSON object (version 1). */
void figures_print(const struct figures *figures, struct buf *out);
void figures_print_json(const struct figures *figures, struct buf *out);

#endif
