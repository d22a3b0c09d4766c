/* SPDX-License-Identifier: MIT */
/* line_miner.h: many lines in, few templates out.
 *
 * Every line is masked and looked up exactly: first in a cache of fixed size,
 * then in the table of distinct templates. Grouping (template_groups.h) looks
 * at that table alone, when it is asked for.
 *
 * The table keeps at most LINE_MINER_TEMPLATES_MAX templates, those with the
 * smallest hashes: which ones are kept, and what they count, depends on the
 * set of lines, not on their order. What it does not keep is counted.
 * Threads: a miner belongs to one thread at a time. */
#ifndef REVERIE_PLUGIN_TEMPLATE_LINE_MINER_H
#define REVERIE_PLUGIN_TEMPLATE_LINE_MINER_H

#include "plugin/read/text/mask.h"
#include "plugin/template/template_groups.h"

enum {
    LINE_MINER_TEMPLATES_MAX = TEMPLATE_GROUPS_MAX,
    LINE_MINER_CACHE_SETS = 32768, /* of two ways each */
};

struct line_miner;

struct line_miner_counts {
    uint64_t lines;
    uint64_t hits;    /* of the cache */
    uint64_t evicted; /* templates that the table had no room for */
};

/* What the lines are: messages of errors or lines of logs (mask.h). */
struct line_miner *line_miner_new(enum template_rule rule) MUST_CHECK;
void line_miner_free(struct line_miner *miner);

/* Masks a line and counts its template; gives the template's hash. */
uint64_t line_miner_add(struct line_miner *miner, struct bytes line);

/* Counts a template that is masked already. */
uint64_t line_miner_add_template(struct line_miner *miner, struct bytes text);

struct line_miner_counts line_miner_counts(const struct line_miner *miner);

/* Groups what was added; gives, release with line_miner_result_free. */
struct line_miner_result;
struct line_miner_result *
line_miner_groups(struct line_miner *miner) MUST_CHECK;
void line_miner_result_free(struct line_miner_result *result);

/* The group of a template by the hash that line_miner_add gave; NULL for one
 * that is not kept. */
const struct template_group *
line_miner_result_of(const struct line_miner_result *result, uint64_t hash);

/* Lends the groups. */
const struct template_groups *
line_miner_result_groups(const struct line_miner_result *result);

#endif
