/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/experiment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

struct run {
    const struct experiment *experiment;
    struct sample *samples; /* [seed][metric] */
};

static enum err one_seed(void *context, uint64_t seed, uint32_t index)
{
    const struct run *run = context;
    const struct experiment *experiment = run->experiment;
    return experiment->run(experiment->context, seed,
                           run->samples +
                               (size_t)index * experiment->metric_count);
}

static void measure(const struct metric *metric, double *part, double *whole,
                    uint32_t count, struct figure *figure)
{
    double sum = 0;
    double all = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += part[i];
        all += whole[i];
    }
    if (metric->measure == MEASURE_SHARE) {
        figure_share(figure, part, whole, count, metric->absent);
        snprintf(figure->note, sizeof(figure->note), "%.0f of %.0f", sum, all);
    } else if (metric->measure == MEASURE_SUM) {
        figure->value = sum;
        figure->seeds = count;
        snprintf(figure->note, sizeof(figure->note), "of %.0f", all);
    } else {
        for (uint32_t i = 0; i < count; i++) {
            part[i] = whole[i] > 0 ? part[i] / whole[i] : NAN;
        }
        figure_mean(figure, part, count);
    }
}

static enum err add_metric(const struct run *run, uint32_t index,
                           uint32_t count, struct figures *out)
{
    const struct experiment *experiment = run->experiment;
    const struct metric *metric = &experiment->metrics[index];
    char name[FIGURE_NAME_BYTES];
    double *part = mem_new_array(count, sizeof(*part));
    double *whole = mem_new_array(count, sizeof(*whole));
    for (uint32_t i = 0; i < count; i++) {
        const struct sample *sample =
            &run->samples[(size_t)i * experiment->metric_count + index];
        part[i] = sample->part;
        whole[i] = sample->whole;
    }
    snprintf(name, sizeof(name), "%s%s", metric->name,
             experiment->suffix ? experiment->suffix : "");
    struct figure figure =
        figure_of(experiment->group, name, 0, metric->sense, metric->target);
    measure(metric, part, whole, count, &figure);
    free(part);
    free(whole);
    return figures_add(out, &figure);
}

enum err experiment_run(const struct score_setting *setting,
                        const struct experiment *experiment,
                        struct figures *out)
{
    uint32_t count = score_seed_count(setting);
    struct run run = {.experiment = experiment};
    run.samples = mem_new_array((size_t)count * experiment->metric_count,
                                sizeof(*run.samples));
    enum err err = score_seeds(setting, experiment->what, one_seed, &run);
    for (uint32_t i = 0; err == ERR_OK && i < experiment->metric_count; i++) {
        err = add_metric(&run, i, count, out);
    }
    free(run.samples);
    return err;
}

enum err experiment_live(const struct lab_config *config, struct lab **out_lab)
{
    struct buf why;
    buf_init(&why, 4096);
    *out_lab = NULL;
    enum err err = lab_open(config, &why, out_lab);
    if (err == ERR_OK) {
        err = lab_live(*out_lab, &why);
    }
    if (err != ERR_OK) {
        log_line(LOG_ERROR, "LAB-FAILED", "err=%s why=\"%s\"", err_name(err),
                 buf_text(&why));
    }
    if (err == ERR_OK) {
        struct lab_counts counts = lab_counts(*out_lab);
        log_line(LOG_DEBUG, "LAB-LIVED",
                 "seed=%llu events=%llu dreams=%llu proposed=%llu applied=%llu "
                 "refused=%llu seconds=%.2f dreaming=%.2f",
                 (unsigned long long)config->world.seed,
                 (unsigned long long)counts.events,
                 (unsigned long long)counts.dreams,
                 (unsigned long long)counts.proposed,
                 (unsigned long long)counts.applied,
                 (unsigned long long)counts.refused, counts.seconds,
                 counts.dream_seconds);
    }
    buf_fini(&why);
    return err;
}
