/* SPDX-License-Identifier: MIT */
/* experiment.h: one lab per seed, and the figures over all of them.
 *
 * An experiment is a table of metrics and a function that lives one seed and
 * fills a sample per metric. What is added up, averaged and held against a
 * target is the same for all.
 * Threads: seeds run on several; a sample belongs to one. */
#ifndef REVERIE_AGENTS_SIM_LAB_EXPERIMENT_H
#define REVERIE_AGENTS_SIM_LAB_EXPERIMENT_H

#include "agents-sim/lab/groups.h"
#include "agents-sim/lab/lab.h"

enum measure {
    MEASURE_SHARE, /* sum of parts / sum of wholes */
    MEASURE_MEAN,  /* mean over seeds of part / whole */
    MEASURE_SUM    /* sum of parts; the note says of how many */
};

struct metric {
    const char *name;
    enum measure measure;
    enum figure_sense sense;
    double target;
    double absent; /* a share of nothing: 1 for precision, else NAN */
};

struct sample {
    double part;
    double whole;
};

struct experiment {
    const char *group;
    const char *what; /* for the progress line */
    const struct metric *metrics;
    uint32_t metric_count;
    /* Fills ${samples}, one per metric, zeroed before. */
    enum err (*run)(const void *context, uint64_t seed, struct sample *samples);
    const void *context;
    const char *suffix; /* appended to the names of figures, or NULL */
};

MUST_CHECK enum err experiment_run(const struct score_setting *setting,
                                   const struct experiment *experiment,
                                   struct figures *out);

/* Lives one lab; gives it (lab_close), also when it fails half-way, so that
 * whoever judges it may look. Says what went wrong on stderr. */
MUST_CHECK enum err experiment_live(const struct lab_config *config,
                                    struct lab **out_lab);

#endif
