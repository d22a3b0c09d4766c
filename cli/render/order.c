/* SPDX-License-Identifier: MIT */
/* In which order changes are shown: what waits for a human first, then by
 * store, and within a store what most people are behind. */
#include <stdlib.h>
#include <string.h>

#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "proto/messages.h"

static int compare_texts(const char *left, const char *right)
{
    return strcmp(left ? left : "", right ? right : "");
}

static int compare_counts(uint64_t left, uint64_t right)
{
    return (left < right) - (left > right);
}

static int compare_changes(const Reverie__V1__Change *left,
                           const Reverie__V1__Change *right)
{
    static const Reverie__V1__Numbers none = REVERIE__V1__NUMBERS__INIT;
    const Reverie__V1__Numbers *a = left->numbers ? left->numbers : &none;
    const Reverie__V1__Numbers *b = right->numbers ? right->numbers : &none;
    int order = compare_texts(left->store, right->store);
    order =
        order ? order : compare_counts(a->principals_for, b->principals_for);
    order = order ? order : compare_counts(a->sessions, b->sessions);
    return order ? order : compare_texts(left->path, right->path);
}

static int by_change(const void *left, const void *right)
{
    return compare_changes(*(const Reverie__V1__Change *const *)left,
                           *(const Reverie__V1__Change *const *)right);
}

static bool waits(const Reverie__V1__ReviewItem *item)
{
    return item->state == REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED;
}

static int by_item(const void *left, const void *right)
{
    const Reverie__V1__ReviewItem *a =
        *(const Reverie__V1__ReviewItem *const *)left;
    const Reverie__V1__ReviewItem *b =
        *(const Reverie__V1__ReviewItem *const *)right;
    int order = compare_counts(waits(a), waits(b));
    if (order == 0 && a->change && b->change) {
        order = compare_changes(a->change, b->change);
    }
    return order ? order : compare_counts(a->change != NULL, b->change != NULL);
}

void parts_sort_changes(void *changes, size_t count)
{
    if (count > 0) {
        qsort(changes, count, sizeof(void *), by_change);
    }
}

void render_sort_items(void *items, size_t count)
{
    if (count > 0) {
        qsort(items, count, sizeof(void *), by_item);
    }
}
