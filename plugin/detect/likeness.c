/* SPDX-License-Identifier: MIT */
#include "plugin/detect/likeness.h"

#include <stdlib.h>
#include <string.h>

/* One cluster of one team. */
struct group {
    uint32_t team;
    uint64_t cluster;
    double *excess; /* by slot */
    uint32_t count;
    uint32_t capacity;
};

struct likeness {
    struct group *groups;
    size_t count;
    size_t capacity;
    struct cluster_rho *rhos; /* of the team that was asked for last */
};

struct likeness *likeness_new(void)
{
    return mem_new(sizeof(struct likeness));
}

void likeness_free(struct likeness *likeness)
{
    if (!likeness) {
        return;
    }
    for (size_t i = 0; i < likeness->count; i++) {
        free(likeness->groups[i].excess);
    }
    free(likeness->groups);
    free(likeness->rhos);
    free(likeness);
}

static struct group *group_of(struct likeness *likeness, uint32_t team,
                              uint64_t cluster)
{
    for (size_t i = 0; i < likeness->count; i++) {
        if (likeness->groups[i].team == team &&
            likeness->groups[i].cluster == cluster) {
            return &likeness->groups[i];
        }
    }
    if (likeness->count == likeness->capacity) {
        likeness->capacity = likeness->capacity ? likeness->capacity * 2 : 16;
        likeness->groups = mem_grow(
            likeness->groups, likeness->capacity * sizeof(*likeness->groups));
    }
    struct group *group = &likeness->groups[likeness->count++];
    *group = (struct group){.team = team, .cluster = cluster};
    return group;
}

static void group_add(struct group *group, double excess)
{
    if (group->count == LIKENESS_SLOTS_MAX) {
        return;
    }
    if (group->count == group->capacity) {
        group->capacity = group->capacity ? group->capacity * 2 : 32;
        group->excess =
            mem_grow(group->excess, group->capacity * sizeof(*group->excess));
    }
    group->excess[group->count++] = excess;
}

/* Ballots by option text: slots of different teams number options as they
 * saw them first. */
struct ballots_by_text {
    struct bytes text[2 * OPTIONS_MAX];
    uint32_t votes[2 * OPTIONS_MAX];
    uint32_t kinds;
    uint32_t voters;
};

static void count_ballot(struct ballots_by_text *sum, struct bytes text)
{
    uint32_t at = 0;
    while (at < sum->kinds && !bytes_equal(sum->text[at], text)) {
        at++;
    }
    sum->voters++;
    if (at == ARRAY_LEN(sum->text)) {
        return; /* never seen twice: agrees with nobody */
    }
    sum->text[at] = text;
    sum->votes[at]++;
    sum->kinds += at == sum->kinds;
}

/* Counts the ballots of ${standing} that are not of ${without}; 0: all. */
static void count_ballots(struct ballots_by_text *sum,
                          const struct standing *standing, uint64_t without)
{
    for (uint32_t i = 0; i < standing->count; i++) {
        const struct ballot *ballot = &standing->ballots[i];
        if (without == 0 || ballot->cluster != without) {
            count_ballot(sum, slot_option_text(standing->slot, ballot->option));
        }
    }
}

/* How probable it is that two of those who are not in the cluster agree. */
static double expected(struct standing *const *standings, size_t count,
                       const struct standing *home, uint64_t cluster,
                       uint32_t options)
{
    struct ballots_by_text sum = {.kinds = 0};
    for (size_t i = 0; i < count; i++) {
        count_ballots(&sum, standings[i], standings[i] == home ? cluster : 0);
    }
    if (sum.voters < LIKENESS_VOTERS_MIN) {
        return 1.0 / (options > 2 ? options : 2);
    }
    /* In whole numbers: the kinds are in no order that may matter. */
    uint64_t agree = 0;
    for (uint32_t i = 0; i < sum.kinds; i++) {
        agree += (uint64_t)sum.votes[i] * sum.votes[i];
    }
    return (double)agree / ((double)sum.voters * sum.voters);
}

/* How many of the pairs of members agree; negative: there are no pairs. */
static double observed(const struct standing *standing, uint64_t cluster)
{
    uint32_t votes[OPTIONS_MAX + 1] = {0};
    uint32_t size = 0;
    double agree = 0;
    for (uint32_t i = 0; i < standing->count; i++) {
        if (standing->ballots[i].cluster == cluster) {
            votes[standing->ballots[i].option]++;
            size++;
        }
    }
    for (uint32_t k = 0; k <= OPTIONS_MAX; k++) {
        agree += votes[k] * (votes[k] - 1.0);
    }
    return size > 1 ? agree / (size * (size - 1.0)) : -1;
}

static bool is_first_of_cluster(const struct standing *standing, uint32_t at)
{
    uint64_t cluster = standing->ballots[at].cluster;
    for (uint32_t i = 0; i < at; i++) {
        if (standing->ballots[i].cluster == cluster) {
            return false;
        }
    }
    return cluster != 0;
}

/* One cluster at one slot. */
struct place {
    struct standing *const *standings; /* of the slot, in all teams */
    size_t count;
    const struct standing *home;
    uint64_t cluster;
    uint32_t options;
};

static void add_cluster(struct likeness *likeness, const struct place *place)
{
    const double nearly_all = 0.99;
    double seen = observed(place->home, place->cluster);
    double chance = expected(place->standings, place->count, place->home,
                             place->cluster, place->options);
    if (seen >= 0 && chance < nearly_all) {
        group_add(group_of(likeness, place->home->slot->team, place->cluster),
                  (seen - chance) / (1 - chance));
    }
}

static void add_clusters(struct likeness *likeness, struct place *place)
{
    for (uint32_t i = 0; i < place->home->count; i++) {
        place->cluster = place->home->ballots[i].cluster;
        if (is_first_of_cluster(place->home, i)) {
            add_cluster(likeness, place);
        }
    }
}

void likeness_add(struct likeness *likeness, struct standing *const *standings,
                  size_t count, uint32_t options)
{
    for (size_t i = 0; i < count; i++) {
        struct place place = {standings, count, standings[i], 0, options};
        add_clusters(likeness, &place);
    }
}

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double rho_of(const struct group *group)
{
    double values[LIKENESS_SLOTS_MAX + LIKENESS_DEFAULT_SLOTS];
    size_t count = group->count;
    memcpy(values, group->excess, count * sizeof(values[0]));
    for (int i = 0; i < LIKENESS_DEFAULT_SLOTS; i++) {
        values[count++] = LIKENESS_DEFAULT;
    }
    qsort(values, count, sizeof(values[0]), compare_reals);
    double median = values[count / 2];
    return median < 0 ? 0 : median > 1 ? 1 : median;
}

const struct cluster_rho *likeness_of(struct likeness *likeness, uint32_t team,
                                      size_t *out_count)
{
    size_t count = 0;
    likeness->rhos = mem_grow(likeness->rhos,
                              (likeness->count + 1) * sizeof(*likeness->rhos));
    for (size_t i = 0; i < likeness->count; i++) {
        const struct group *group = &likeness->groups[i];
        if (group->team == team) {
            likeness->rhos[count++] =
                (struct cluster_rho){group->cluster, rho_of(group)};
        }
    }
    *out_count = count;
    return likeness->rhos;
}
