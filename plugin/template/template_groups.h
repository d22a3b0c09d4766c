/* SPDX-License-Identifier: MIT */
/* template_groups.h: which templates of a window say the same thing.
 *
 * A mask takes out of a message what varies by its form. What varies without
 * showing it (a user's name, a test's name in prose) still splits templates;
 * here they come together. The grouping is a pure function of the set of
 * (scope, text): build it when a window is read, over everything the window
 * has. Order and duplicates do not matter: counts of duplicates are added.
 *
 *     struct template_seen seen[] = {{tool, template_text, sessions}, ...};
 *     struct template_groups *groups =
 *         template_groups_build(seen, count, TEMPLATE_ERRORS);
 *     const struct template_group *group = template_groups_of(groups, i);
 *     ... group->id where the key of a mistake had template_id ...
 *     ... group->text where people read the template ...
 *     template_groups_free(groups);
 *
 * A detector that has keyed by (tool, template, values) adds up what has the
 * same (group->id, values). Templates keep their own ids (template_id) for
 * ever; a group is an alias from the ids of its members to one of them.
 * Threads: a result may be read by any one thread at a time. */
#ifndef REVERIE_PLUGIN_TEMPLATE_TEMPLATE_GROUPS_H
#define REVERIE_PLUGIN_TEMPLATE_TEMPLATE_GROUPS_H

#include "plugin/template/piece.h"

enum {
    TEMPLATE_GROUPS_MAX = 65536, /* templates in one call */
    TEMPLATE_TEXT_MAX = 1024     /* bytes of a template; the rest is ignored */
};

/* One template. ${scope}: only templates of one scope come together (a tool, a
 * file; may be empty). */
struct template_seen {
    struct bytes scope;
    struct bytes text;
    uint64_t count;
};

struct template_group {
    uint64_t id;       /* the smallest template_id of its members */
    struct bytes text; /* what is common to them: "user <*> from <IP>" */
    struct bytes most; /* the member seen most often, verbatim */
    uint64_t count;    /* sum over its members */
    size_t members;    /* different templates */
};

struct template_groups;

/* The id of a template: a hash of its scope and text, stable for ever. */
uint64_t template_id(struct bytes scope, struct bytes text);

/* Borrows ${seen}, at most TEMPLATE_GROUPS_MAX: the caller's table has its own
 * maximum and its own policy. Gives the groups; release with
 * template_groups_free. */
struct template_groups *
template_groups_build(const struct template_seen *seen, size_t count,
                      enum template_rule rule) MUST_CHECK;
void template_groups_free(struct template_groups *groups);

/* The group of ${seen}[${index}]; lends. */
const struct template_group *
template_groups_of(const struct template_groups *groups, size_t index);

/* All groups, ordered by id. */
size_t template_groups_count(const struct template_groups *groups);
const struct template_group *
template_groups_at(const struct template_groups *groups, size_t index);

/* Templates that found their leaf of the tree full (TREE_LEAF_CLUSTERS_MAX)
 * and were compared with its latest clusters only. */
uint64_t template_groups_crowded(const struct template_groups *groups);

#endif
