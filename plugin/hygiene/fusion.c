/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/fusion.h"

static int first_of(bool a, bool b)
{
    return (int)b - (int)a;
}

static int less(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int more_specific(const struct hygiene_entry *a,
                         const struct hygiene_entry *b)
{
    int order = less(b->note.names, a->note.names);
    order = order ? order : less(b->note.numbers, a->note.numbers);
    return order ? order : less(b->note.word_count, a->note.word_count);
}

int fusion_prefers(const struct hygiene_entry *a, const struct hygiene_entry *b)
{
    int order = first_of(a->is_team, b->is_team);
    if (order == 0) {
        order = first_of(a->kind != ENTRY_AUTHORED, b->kind != ENTRY_AUTHORED);
    }
    if (order == 0) {
        order = first_of(a->is_pinned || a->is_protected,
                         b->is_pinned || b->is_protected);
    }
    order = order ? order : more_specific(a, b);
    if (order == 0) {
        order = (a->time_us > b->time_us) - (a->time_us < b->time_us);
    }
    return order ? order : hygiene_place_compare(a, b);
}
