/* SPDX-License-Identifier: MIT */
#include "plugin/template/line_miner.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/edge/hash.h"

enum {
    WAYS = 2,
    ROOM =
        2 * LINE_MINER_TEMPLATES_MAX, /* entries until the table is trimmed */
    SLOTS = 2 * ROOM,                 /* of the table's index; a power of two */
    NOBODY = 0                        /* entry 0 is none */
};

struct entry {
    uint64_t hash;
    uint64_t count;
    struct bytes text;
};

struct line_miner {
    enum template_rule rule;
    struct mask_result masked;
    struct line_miner_counts counts;
    struct arena texts;
    struct entry *entries; /* [1, size] */
    uint32_t *slots;
    size_t size;
    uint64_t limit; /* templates whose hash is not below are not kept */
    uint32_t cache[LINE_MINER_CACHE_SETS][WAYS];
};

struct line_miner_result {
    struct template_groups *groups;
    uint64_t *hashes; /* sorted; the index is the one of the groups */
    size_t count;
};

/* ---- the table ------------------------------------------------------------
 */

struct line_miner *line_miner_new(enum template_rule rule)
{
    struct line_miner *miner = mem_new(sizeof(*miner));
    miner->rule = rule;
    miner->limit = UINT64_MAX;
    arena_init(&miner->texts, SIZE_MAX);
    miner->entries = mem_new_array(ROOM + 1, sizeof(*miner->entries));
    miner->slots = mem_new_array(SLOTS, sizeof(*miner->slots));
    return miner;
}

void line_miner_free(struct line_miner *miner)
{
    if (miner) {
        arena_fini(&miner->texts);
        free(miner->entries);
        free(miner->slots);
        free(miner);
    }
}

static bool is_entry(const struct line_miner *miner, uint32_t at, uint64_t hash,
                     struct bytes text)
{
    const struct entry *entry = &miner->entries[at];
    return entry->hash == hash && bytes_equal(entry->text, text);
}

/* The slot of a template, or the free one where it belongs. */
static uint32_t *slot_of(struct line_miner *miner, uint64_t hash,
                         struct bytes text)
{
    size_t at = hash & (SLOTS - 1);
    while (miner->slots[at] != NOBODY &&
           !is_entry(miner, miner->slots[at], hash, text)) {
        at = (at + 1) & (SLOTS - 1);
    }
    return &miner->slots[at];
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return bytes_compare(a->text, b->text);
}

/* Drops the entries beyond ${kept} and copies the texts of the others. */
static void drop(struct line_miner *miner, size_t kept)
{
    struct arena texts;
    arena_init(&texts, SIZE_MAX);
    miner->limit = miner->entries[kept + 1].hash;
    miner->counts.evicted += miner->size - kept;
    miner->size = kept;
    for (size_t i = 1; i <= kept; i++) {
        struct entry *entry = &miner->entries[i];
        entry->text = arena_copy(&texts, entry->text);
    }
    arena_fini(&miner->texts);
    miner->texts = texts;
}

/* Sorts the table and keeps the templates with the smallest hashes. One that is
 * dropped never comes back, so that the count of one that stays is complete. */
static void trim(struct line_miner *miner)
{
    qsort(miner->entries + 1, miner->size, sizeof(*miner->entries),
          compare_entries);
    if (miner->size > LINE_MINER_TEMPLATES_MAX) {
        drop(miner, LINE_MINER_TEMPLATES_MAX);
    }
    memset(miner->slots, 0, SLOTS * sizeof(*miner->slots));
    memset(miner->cache, 0, sizeof(miner->cache));
    for (uint32_t i = 1; i <= miner->size; i++) {
        size_t at = miner->entries[i].hash & (SLOTS - 1);
        while (miner->slots[at] != NOBODY) {
            at = (at + 1) & (SLOTS - 1);
        }
        miner->slots[at] = i;
    }
}

/* The entry of a template, NOBODY if it is not kept. */
static uint32_t entry_of(struct line_miner *miner, uint64_t hash,
                         struct bytes text)
{
    uint32_t *slot = slot_of(miner, hash, text);
    if (*slot != NOBODY) {
        return *slot;
    }
    if (miner->size == ROOM) {
        trim(miner);
        slot = slot_of(miner, hash, text);
    }
    if (hash >= miner->limit) {
        miner->counts.evicted++;
        return NOBODY;
    }
    uint32_t at = (uint32_t)++miner->size;
    miner->entries[at] =
        (struct entry){.hash = hash, .text = arena_copy(&miner->texts, text)};
    *slot = at;
    return at;
}

/* ---- lines ----------------------------------------------------------------
 */

/* The last found of a set is its first way. */
static uint32_t cached(struct line_miner *miner, uint64_t hash,
                       struct bytes text)
{
    uint32_t *ways = miner->cache[(hash >> 40) & (LINE_MINER_CACHE_SETS - 1)];
    for (size_t i = 0; i < WAYS; i++) {
        uint32_t at = ways[i];
        if (at != NOBODY && is_entry(miner, at, hash, text)) {
            ways[i] = ways[0];
            ways[0] = at;
            miner->counts.hits++;
            return at;
        }
    }
    uint32_t at = entry_of(miner, hash, text);
    if (at != NOBODY) {
        ways[1] = ways[0];
        ways[0] = at;
    }
    return at;
}

uint64_t line_miner_add_template(struct line_miner *miner, struct bytes text)
{
    uint64_t hash = hash_bytes(text);
    miner->counts.lines++;
    uint32_t at = cached(miner, hash, text);
    if (at != NOBODY) {
        miner->entries[at].count++;
    }
    return hash;
}

uint64_t line_miner_add(struct line_miner *miner, struct bytes line)
{
    if (miner->rule == TEMPLATE_LOGS) {
        mask_init_log(&miner->masked);
    } else {
        mask_init(&miner->masked);
    }
    mask_add(&miner->masked, line);
    return line_miner_add_template(miner, mask_text(&miner->masked));
}

struct line_miner_counts line_miner_counts(const struct line_miner *miner)
{
    return miner->counts;
}

/* ---- groups ---------------------------------------------------------------
 */

struct line_miner_result *line_miner_groups(struct line_miner *miner)
{
    trim(miner);
    struct line_miner_result *result = mem_new(sizeof(*result));
    struct template_seen *seen = mem_new_array(miner->size, sizeof(*seen));
    result->count = miner->size;
    result->hashes = mem_new_array(miner->size, sizeof(*result->hashes));
    for (size_t i = 0; i < miner->size; i++) {
        const struct entry *entry = &miner->entries[i + 1];
        seen[i] =
            (struct template_seen){.text = entry->text, .count = entry->count};
        result->hashes[i] = entry->hash;
    }
    result->groups = template_groups_build(seen, miner->size, miner->rule);
    free(seen);
    return result;
}

void line_miner_result_free(struct line_miner_result *result)
{
    if (result) {
        template_groups_free(result->groups);
        free(result->hashes);
        free(result);
    }
}

static int compare_hashes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

const struct template_group *
line_miner_result_of(const struct line_miner_result *result, uint64_t hash)
{
    const uint64_t *found = bsearch(&hash, result->hashes, result->count,
                                    sizeof(*result->hashes), compare_hashes);
    return found ? template_groups_of(result->groups,
                                      (size_t)(found - result->hashes))
                 : NULL;
}

const struct template_groups *
line_miner_result_groups(const struct line_miner_result *result)
{
    return result->groups;
}
