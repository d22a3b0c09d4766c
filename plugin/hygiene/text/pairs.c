/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/text/pairs.h"

#include <stdlib.h>
#include <string.h>

/* A word of a note. */
struct posting {
    uint64_t word;
    uint32_t entry;
};

struct index {
    struct posting *postings; /* ascending by word, then entry */
    size_t count;
};

static int compare_postings(const void *a, const void *b)
{
    const struct posting *x = a;
    const struct posting *y = b;
    if (x->word != y->word) {
        return x->word < y->word ? -1 : 1;
    }
    return (x->entry > y->entry) - (x->entry < y->entry);
}

static void index_add(struct index *index, const struct note *note,
                      uint32_t entry)
{
    for (size_t w = 0; w < note->word_count; w++) {
        if (note->words[w].kind != NOTE_NUMBER) {
            index->postings[index->count++] =
                (struct posting){note->words[w].hash, entry};
        }
    }
}

static struct index index_of(const struct hygiene_entry *entries, size_t count)
{
    struct index index = {NULL, 0};
    size_t words = 0;
    for (size_t i = 0; i < count; i++) {
        words += entries[i].note.word_count;
    }
    index.postings = mem_new_array(words + 1, sizeof(*index.postings));
    for (size_t i = 0; i < count; i++) {
        index_add(&index, &entries[i].note, (uint32_t)i);
    }
    qsort(index.postings, index.count, sizeof(*index.postings),
          compare_postings);
    return index;
}

/* Where the notes with a word stand. */
struct range {
    size_t from;
    size_t count;
};

/* The first posting of ${word}, or, with ${is_behind}, the first one behind all
 * of it. */
static size_t edge_of(const struct index *index, uint64_t word, bool is_behind)
{
    size_t low = 0;
    size_t high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint64_t found = index->postings[middle].word;
        if (found < word || (is_behind && found == word)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct range range_of(const struct index *index, uint64_t word)
{
    size_t from = edge_of(index, word, false);
    return (struct range){from, edge_of(index, word, true) - from};
}

static int compare_ranges(const void *a, const void *b)
{
    const struct range *x = a;
    const struct range *y = b;
    if (x->count != y->count) {
        return x->count < y->count ? -1 : 1;
    }
    return (x->from > y->from) - (x->from < y->from);
}

static bool may_tell(const struct hygiene_entry *a,
                     const struct hygiene_entry *b)
{
    return a->is_team || b->is_team || bytes_equal(a->store, b->store);
}

static void add(struct pairs *pairs, size_t *capacity, uint32_t a, uint32_t b)
{
    if (pairs->count == PAIRS_MAX) {
        pairs->dropped++;
        return;
    }
    if (pairs->count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 256;
        pairs->items =
            mem_grow(pairs->items, *capacity * sizeof(*pairs->items));
    }
    pairs->items[pairs->count++] =
        a < b ? (struct pair){a, b} : (struct pair){b, a};
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a;
    const struct pair *y = b;
    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    return (x->b > y->b) - (x->b < y->b);
}

static void sort(struct pairs *pairs)
{
    size_t kept = 0;
    if (pairs->count > 0) {
        qsort(pairs->items, pairs->count, sizeof(*pairs->items), compare_pairs);
    }
    for (size_t i = 0; i < pairs->count; i++) {
        if (kept == 0 ||
            compare_pairs(&pairs->items[kept - 1], &pairs->items[i]) != 0) {
            pairs->items[kept++] = pairs->items[i];
        }
    }
    pairs->count = kept;
}

/* Every other entry of one word that it may be told with. */
static void add_sharing(const struct index *index,
                        const struct hygiene_entry *entries, uint32_t at,
                        const struct range *range, struct pairs *pairs,
                        size_t *capacity)
{
    for (size_t i = 0; i < range->count && i < PAIRS_POSTING_MAX; i++) {
        uint32_t other = index->postings[range->from + i].entry;
        if (other != at && may_tell(&entries[at], &entries[other])) {
            add(pairs, capacity, at, other);
        }
    }
}

/* What one entry shares a rare word with. */
static void add_of(const struct index *index,
                   const struct hygiene_entry *entries, uint32_t at,
                   struct pairs *pairs, size_t *capacity)
{
    struct range ranges[NOTE_WORDS_MAX];
    const struct note *note = &entries[at].note;
    size_t count = 0;
    for (size_t w = 0; w < note->word_count; w++) {
        struct range range = range_of(index, note->words[w].hash);
        if (range.count >= 2) {
            ranges[count++] = range;
        }
    }
    qsort(ranges, count, sizeof(*ranges), compare_ranges);
    for (size_t r = 0; r < count && r < PAIRS_RAREST; r++) {
        add_sharing(index, entries, at, &ranges[r], pairs, capacity);
    }
}

struct pairs pairs_of(const struct hygiene_entry *entries, size_t count)
{
    struct pairs pairs = {NULL, 0, 0};
    struct index index = index_of(entries, count);
    size_t capacity = 0;
    for (size_t i = 0; i < count; i++) {
        add_of(&index, entries, (uint32_t)i, &pairs, &capacity);
    }
    sort(&pairs);
    free(index.postings);
    return pairs;
}

void pairs_fini(struct pairs *pairs)
{
    free(pairs->items);
    *pairs = (struct pairs){NULL, 0, 0};
}
