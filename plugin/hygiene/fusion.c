/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/fusion.h"

#include <stdlib.h>

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

struct fusion fusion_of(const struct hygiene_entry *entry)
{
    struct fusion fusion = {.count = 1, .kept = entry};
    fusion.parts = mem_new(sizeof(*fusion.parts));
    fusion.parts[0] = entry;
    return fusion;
}

struct fusion fusion_join(const struct fusion *a, const struct fusion *b)
{
    struct fusion fusion = {.count = 0};
    fusion.parts = mem_new_array(a->count + b->count, sizeof(*fusion.parts));
    size_t i = 0;
    size_t j = 0;
    while (i < a->count || j < b->count) {
        int order = i == a->count ? 1
                    : j == b->count
                        ? -1
                        : hygiene_place_compare(a->parts[i], b->parts[j]);
        fusion.parts[fusion.count++] = order <= 0 ? a->parts[i] : b->parts[j];
        i += order <= 0;
        j += order >= 0;
    }
    fusion.kept = fusion_prefers(a->kept, b->kept) <= 0 ? a->kept : b->kept;
    return fusion;
}

void fusion_fini(struct fusion *fusion)
{
    free(fusion->parts);
    *fusion = (struct fusion){0};
}
