/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/traces/partition.h"

#include <stdlib.h>
#include <string.h>

struct pair {
    uint64_t a;
    uint64_t b;
};

/* Things that share a group and a class. */
struct cell {
    uint64_t group;
    uint64_t class;
    size_t count;
    size_t group_count;
    size_t class_count;
};

struct cells {
    struct cell *at;
    size_t count;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *x = left;
    const struct pair *y = right;
    int order = compare_numbers(x->a, y->a);
    return order ? order : compare_numbers(x->b, y->b);
}

static int by_class(const void *left, const void *right)
{
    const struct cell *x = left;
    const struct cell *y = right;
    int order = compare_numbers(x->class, y->class);
    return order ? order : compare_numbers(x->group, y->group);
}

static int by_group(const void *left, const void *right)
{
    const struct cell *x = left;
    const struct cell *y = right;
    int order = compare_numbers(x->group, y->group);
    return order ? order : compare_numbers(x->class, y->class);
}

static void count_cells(struct cells *cells, const struct pair *pairs,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_new = i == 0 || compare_pairs(&pairs[i - 1], &pairs[i]) != 0;
        if (is_new) {
            cells->at[cells->count++] =
                (struct cell){.group = pairs[i].a, .class = pairs[i].b};
        }
        cells->at[cells->count - 1].count++;
    }
}

/* Fills group_count; cells are sorted by group. Gives the number of groups. */
static size_t sum_groups(struct cells *cells)
{
    size_t groups = 0;
    for (size_t from = 0, to = 0; from < cells->count; from = to) {
        size_t sum = 0;
        while (to < cells->count &&
               cells->at[to].group == cells->at[from].group) {
            sum += cells->at[to++].count;
        }
        for (size_t i = from; i < to; i++) {
            cells->at[i].group_count = sum;
        }
        groups++;
    }
    return groups;
}

static size_t sum_classes(struct cells *cells)
{
    size_t classes = 0;
    for (size_t from = 0, to = 0; from < cells->count; from = to) {
        size_t sum = 0;
        while (to < cells->count &&
               cells->at[to].class == cells->at[from].class) {
            sum += cells->at[to++].count;
        }
        for (size_t i = from; i < to; i++) {
            cells->at[i].class_count = sum;
        }
        classes++;
    }
    return classes;
}

/* Cells sorted by group, with all sums. */
static struct cells cells_of(const uint64_t *groups, const uint64_t *classes,
                             size_t count, struct partition *out)
{
    struct pair *pairs = mem_new_array(count, sizeof(*pairs));
    struct cells cells = {.at = mem_new_array(count, sizeof(*cells.at))};
    for (size_t i = 0; i < count; i++) {
        pairs[i] = (struct pair){groups[i], classes[i]};
    }
    qsort(pairs, count, sizeof(*pairs), compare_pairs);
    count_cells(&cells, pairs, count);
    free(pairs);
    qsort(cells.at, cells.count, sizeof(*cells.at), by_class);
    out->classes = sum_classes(&cells);
    qsort(cells.at, cells.count, sizeof(*cells.at), by_group);
    out->groups = sum_groups(&cells);
    return cells;
}

static double pairs_of(size_t count)
{
    return (double)count * ((double)count - 1) / 2;
}

static double f1_of(size_t right, size_t made, size_t real)
{
    return made + real ? 2 * (double)right / (double)(made + real) : 0;
}

/* Sums over one side of the table of pairs. */
static double pairs_of_groups(const struct cells *cells)
{
    double sum = 0;
    for (size_t i = 0; i < cells->count; i++) {
        if (i == 0 || cells->at[i].group != cells->at[i - 1].group) {
            sum += pairs_of(cells->at[i].group_count);
        }
    }
    return sum;
}

static double pairs_of_classes(struct cells *cells)
{
    qsort(cells->at, cells->count, sizeof(*cells->at), by_class);
    double sum = 0;
    for (size_t i = 0; i < cells->count; i++) {
        if (i == 0 || cells->at[i].class != cells->at[i - 1].class) {
            sum += pairs_of(cells->at[i].class_count);
        }
    }
    return sum;
}

static size_t main_classes(const struct cells *cells)
{
    size_t sum = 0;
    size_t best = 0;
    for (size_t i = 0; i < cells->count; i++) {
        bool is_new = i == 0 || cells->at[i].group != cells->at[i - 1].group;
        sum += is_new ? best : 0;
        best = is_new || cells->at[i].count > best ? cells->at[i].count : best;
    }
    return sum + best;
}

struct partition partition_compare(const uint64_t *groups,
                                   const uint64_t *classes, size_t count)
{
    struct partition result = {.things = count};
    if (count == 0) {
        return result;
    }
    struct cells cells = cells_of(groups, classes, count, &result);
    size_t right = 0;
    size_t right_groups = 0;
    double both = 0;
    for (size_t i = 0; i < cells.count; i++) {
        const struct cell *cell = &cells.at[i];
        bool is_right = cell->count == cell->group_count &&
                        cell->count == cell->class_count;
        right += is_right ? cell->count : 0;
        right_groups += is_right;
        both += pairs_of(cell->count);
    }
    result.grouping_accuracy = (double)right / (double)count;
    result.group_f1 = f1_of(right_groups, result.groups, result.classes);
    result.purity = (double)main_classes(&cells) / (double)count;
    double a = pairs_of_groups(&cells);
    double b = pairs_of_classes(&cells);
    double expected = count > 1 ? a * b / pairs_of(count) : 0;
    double most = (a + b) / 2;
    result.rand_index =
        most > expected ? (both - expected) / (most - expected) : 1;
    free(cells.at);
    return result;
}

double partition_named_f1(const uint64_t *names, const uint64_t *classes,
                          size_t count)
{
    struct partition sums = {.things = count};
    struct cells cells = cells_of(names, classes, count, &sums);
    size_t right = 0;
    for (size_t i = 0; i < cells.count; i++) {
        right += cells.at[i].group == cells.at[i].class &&
                 cells.at[i].count == cells.at[i].group_count;
    }
    free(cells.at);
    return f1_of(right, sums.groups, sums.classes);
}
