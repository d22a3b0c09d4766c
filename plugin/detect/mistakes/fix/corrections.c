/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fix/corrections.h"

#include <stdlib.h>

#include "base/text/ascii.h"

void corrections_fini(struct corrections *corrections)
{
    for (uint32_t i = 0; i < corrections->count; i++) {
        sightings_fini(&corrections->items[i].seen);
    }
    free(corrections->items);
    *corrections = (struct corrections){.items = NULL};
}

bool correction_is(const struct tuple *tuple)
{
    const struct tuple_directive *said = &tuple->directive;
    bool is_person =
        tuple->origin == ORIGIN_OWNER || tuple->origin == ORIGIN_USER;
    return tuple->kind == TUPLE_DIRECTIVE && is_person &&
           said->strength == DIRECTIVE_CORRECTION &&
           said->polarity == DIRECTIVE_DO && said->object.len > 0;
}

static struct correction *correction_of(struct corrections *corrections,
                                        uint64_t key)
{
    struct correction *place = NULL;
    if (!corrections->items) { /* few mistakes are ever corrected */
        corrections->items =
            mem_new_array(CORRECTIONS_MAX, sizeof(*corrections->items));
    }
    for (uint32_t i = 0; i < corrections->count; i++) {
        struct correction *it = &corrections->items[i];
        if (it->key == key) {
            return it;
        }
        place = !place || it->key > place->key ? it : place;
    }
    if (corrections->count < CORRECTIONS_MAX) {
        place = &corrections->items[corrections->count++];
    } else if (key > place->key) {
        return NULL;
    } else {
        sightings_fini(&place->seen);
    }
    place->key = key;
    sightings_init(&place->seen, CORRECTION_SEEN_MAX);
    return place;
}

bool corrections_add(struct corrections *corrections, const struct tuple *tuple,
                     uint32_t principal)
{
    uint32_t before = corrections->count;
    bool is_full = before == CORRECTIONS_MAX;
    for (uint32_t i = 0; i < before && is_full; i++) {
        is_full = corrections->items[i].key != tuple->directive.key_id;
    }
    struct correction *it = correction_of(corrections, tuple->directive.key_id);
    if (it) {
        sightings_add(&it->seen, tuple, principal, tuple->directive.object);
    }
    return !is_full;
}

/* One way to correct a mistake, in one of its wordings. */
struct way {
    const struct correction *correction;
    size_t place; /* of the wording */
};

static int compare_ways(const void *a, const void *b)
{
    const struct way *x = a;
    const struct way *y = b;
    if (x->correction->key != y->correction->key) {
        return x->correction->key < y->correction->key ? -1 : 1;
    }
    return (x->place > y->place) - (x->place < y->place);
}

/* Who said so, each principal once. */
struct people {
    const struct sighting *seen[CORRECTION_PEOPLE_MAX];
    uint32_t count;
};

static void meet(struct people *people, const struct sighting *seen,
                 const struct citing *citing)
{
    bool is_new =
        !citing->exposures ||
        !exposures_told(citing->exposures, citing->finding, seen->view);
    for (uint32_t i = 0; i < people->count && is_new; i++) {
        is_new = people->seen[i]->principal != seen->principal;
    }
    if (is_new && people->count < CORRECTION_PEOPLE_MAX) {
        people->seen[people->count++] = seen;
    }
}

static void meet_all(struct people *people, const struct way *ways,
                     size_t count, const struct citing *citing)
{
    people->count = 0;
    for (size_t w = 0; w < count; w++) {
        const struct sightings *seen = &ways[w].correction->seen;
        for (uint32_t i = 0; i < seen->count; i++) {
            meet(people, seen->items[i], citing);
        }
    }
}

/* What was said, in the earliest words: those depend on no order. */
static struct bytes words_of(const struct way *ways, size_t count)
{
    struct bytes words = ways[0].correction->seen.items[0]->option;
    for (size_t w = 0; w < count; w++) {
        const struct sightings *seen = &ways[w].correction->seen;
        for (uint32_t i = 0; i < seen->count; i++) {
            struct bytes other = seen->items[i]->option;
            words = bytes_compare(other, words) < 0 ? other : words;
        }
    }
    return words;
}

static struct bytes quoted(struct bytes words, struct arena *arena)
{
    struct buf text;
    buf_init(&text, (size_t)TUPLE_QUOTE_MAX + 4);
    buf_add_u8(&text, '"');
    for (size_t i = 0; i < words.len && i < TUPLE_QUOTE_MAX; i++) {
        bool is_sign = words.data[i] < ' ' || words.data[i] == '"';
        buf_add_u8(&text, is_sign ? '\'' : words.data[i]);
    }
    buf_add_u8(&text, '"');
    struct bytes copy = arena_copy(arena, buf_bytes(&text));
    buf_fini(&text);
    return copy;
}

/* All ways of all wordings, those that say the same together. */
static struct way *ways_of(const struct corrections *const *all, size_t count,
                           size_t *out_count)
{
    struct way *ways =
        mem_new_array(count * CORRECTIONS_MAX + 1, sizeof(*ways));
    size_t found = 0;
    for (size_t place = 0; place < count; place++) {
        for (uint32_t i = 0; i < all[place]->count; i++) {
            ways[found] = (struct way){&all[place]->items[i], place};
            found += ways[found].correction->seen.count > 0;
        }
    }
    if (found > 0) {
        qsort(ways, found, sizeof(*ways), compare_ways);
    }
    *out_count = found;
    return ways;
}

static void tell(const struct way *ways, size_t count,
                 const struct people *people, struct arena *arena,
                 struct fix_figures *out)
{
    *out = (struct fix_figures){.tried = out->tried, .is_said = true};
    for (uint32_t i = 0; i < people->count && i < FIX_CITED_PEOPLE; i++) {
        out->cited[out->cited_count++] =
            (struct fix_citation){people->seen[i], 0};
    }
    out->principals = out->principals_worked = people->count;
    out->text = arena_copy(arena, words_of(ways, count));
    out->told = quoted(words_of(ways, count), arena);
}

bool corrections_find(const struct corrections *const *all, size_t count,
                      const struct citing *citing, struct arena *arena,
                      struct fix_figures *out)
{
    size_t ways_count;
    struct way *ways = ways_of(all, count, &ways_count);
    struct people people;
    uint32_t most = CORRECTION_PEOPLE_MIN - 1;
    size_t best = 0;
    size_t best_count = 0;
    for (size_t from = 0, to = 0; from < ways_count; from = to) {
        uint64_t key = ways[from].correction->key;
        while (to < ways_count && ways[to].correction->key == key) {
            to++;
        }
        meet_all(&people, &ways[from], to - from, citing);
        if (people.count > most) {
            best = from;
            best_count = to - from;
            most = people.count;
        }
    }
    if (best_count > 0) {
        meet_all(&people, &ways[best], best_count, citing);
        tell(&ways[best], best_count, &people, arena, out);
    }
    free(ways);
    return best_count > 0;
}
