/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fix/corrections.h"

#include <stdlib.h>

#include "plugin/read/text/ascii.h"

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

void corrections_add(struct corrections *corrections, const struct tuple *tuple,
                     uint32_t principal)
{
    struct correction *it = correction_of(corrections, tuple->directive.key_id);
    if (it) {
        sightings_add(&it->seen, tuple, principal, tuple->directive.object);
    }
}

/* Cites the first of each principal; how many there are. */
static uint32_t cite(const struct correction *correction,
                     const struct citing *citing, struct fix_figures *out)
{
    uint32_t people = 0;
    for (uint32_t i = 0; i < correction->seen.count; i++) {
        const struct sighting *seen = correction->seen.items[i];
        bool is_new =
            !citing->exposures ||
            !exposures_told(citing->exposures, citing->finding, seen->view);
        for (uint32_t j = 0; j < out->cited_count && is_new; j++) {
            is_new = out->cited[j].seen->principal != seen->principal;
        }
        people += is_new;
        if (is_new && out->cited_count < FIX_CITED_PEOPLE) {
            out->cited[out->cited_count++] = (struct fix_citation){seen, 0};
        }
    }
    return people;
}

/* What was said, in the earliest words: those depend on no order. */
static struct bytes words_of(const struct correction *correction)
{
    struct bytes words = correction->seen.items[0]->option;
    for (uint32_t i = 1; i < correction->seen.count; i++) {
        struct bytes other = correction->seen.items[i]->option;
        words = bytes_compare(other, words) < 0 ? other : words;
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

bool corrections_find(const struct corrections *corrections,
                      const struct citing *citing, struct arena *arena,
                      struct fix_figures *out)
{
    const struct correction *best = NULL;
    uint32_t most = CORRECTION_PEOPLE_MIN - 1;
    for (uint32_t i = 0; i < corrections->count; i++) {
        const struct correction *it = &corrections->items[i];
        struct fix_figures none = {.cited_count = 0};
        uint32_t people = cite(it, citing, &none);
        bool is_better =
            people > most || (best && people == most && it->key < best->key);
        best = is_better ? it : best;
        most = is_better ? people : most;
    }
    if (!best) {
        return false;
    }
    *out = (struct fix_figures){.tried = out->tried, .is_said = true};
    out->principals = out->principals_worked = cite(best, citing, out);
    out->text = arena_copy(arena, words_of(best));
    out->told = quoted(words_of(best), arena);
    return true;
}
