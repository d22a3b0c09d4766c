/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/miner.h"

#include <stdlib.h>
#include <string.h>

/* What is counted of one symbol while the continuations of a pattern are. */
struct tally {
    uint32_t ends;
    uint32_t sequences;
    uint32_t groups;
    uint32_t last_sequence; /* one more than its index */
    uint32_t last_group;    /* one more than the group */
    size_t to; /* where its next place goes, one more; 0: it is not frequent */
};

/* A frequent continuation: its places are ends[from..from + count) of its
 * level. */
struct branch {
    uint16_t symbol;
    uint32_t sequences;
    uint32_t groups;
    size_t from;
    size_t count;
};

/* The continuations of one pattern, and which of them comes next. */
struct level {
    struct branch *branches;
    size_t branch_count;
    size_t branch_capacity;
    size_t next;
    struct occurrence *ends;
    size_t end_capacity;
};

/* All sequences lie behind each other: what is read most stands together. */
struct miner {
    const struct miner_setting *setting;
    uint32_t count;
    uint16_t *symbols;
    size_t *starts; /* of each sequence, and where the last one ends */
    uint32_t *groups;
    struct tally *tallies;
    uint16_t *touched; /* symbols with a tally */
    size_t touched_count;
    struct level levels[MINER_LENGTH_MAX];
    uint16_t pattern[MINER_LENGTH_MAX];
};

static void lay_out(struct miner *miner, const struct sequence *sequences)
{
    size_t all = 0;
    for (uint32_t s = 0; s < miner->count; s++) {
        all += sequences[s].length;
    }
    miner->symbols = mem_new_array(all + 1, sizeof(*miner->symbols));
    miner->starts =
        mem_new_array((size_t)miner->count + 1, sizeof(*miner->starts));
    miner->groups =
        mem_new_array((size_t)miner->count + 1, sizeof(*miner->groups));
    size_t at = 0;
    for (uint32_t s = 0; s < miner->count; s++) {
        uint32_t length = sequences[s].length;
        if (length > 0) {
            memcpy(miner->symbols + at, sequences[s].symbols,
                   length * sizeof(*miner->symbols));
        }
        miner->starts[s] = at;
        miner->groups[s] = sequences[s].group;
        at += length;
    }
    miner->starts[miner->count] = at;
}

static uint32_t length_of(const struct miner *miner, uint32_t sequence)
{
    return (uint32_t)(miner->starts[sequence + 1] - miner->starts[sequence]);
}

/* ---- the places behind a pattern ----------------------------------------- */

/* Some places of one sequence. */
struct stretch {
    uint32_t sequence;
    uint32_t from;
    uint32_t to;
};

static void count_places(struct miner *miner, const struct stretch *stretch)
{
    uint32_t sequence = stretch->sequence + 1;
    uint32_t group = miner->groups[stretch->sequence] + 1;
    const uint16_t *symbols = miner->symbols + miner->starts[stretch->sequence];
    for (uint32_t p = stretch->from; p < stretch->to; p++) {
        struct tally *tally = &miner->tallies[symbols[p]];
        if (tally->ends++ == 0) {
            miner->touched[miner->touched_count++] = symbols[p];
        }
        tally->sequences += tally->last_sequence != sequence;
        tally->groups += tally->last_group != group;
        tally->last_sequence = sequence;
        tally->last_group = group;
    }
}

/* Puts those of frequent symbols into ${level}. */
static void put_places(struct miner *miner, const struct stretch *stretch,
                       struct level *level)
{
    const uint16_t *symbols = miner->symbols + miner->starts[stretch->sequence];
    for (uint32_t p = stretch->from; p < stretch->to; p++) {
        struct tally *tally = &miner->tallies[symbols[p]];
        if (tally->to > 0) {
            level->ends[tally->to++ - 1] =
                (struct occurrence){stretch->sequence, p};
        }
    }
}

/* Counts the places, or, where ${level} is not NULL, keeps them there. */
static void take_places(struct miner *miner, const struct stretch *stretch,
                        struct level *level)
{
    if (level) {
        put_places(miner, stretch, level);
    } else {
        count_places(miner, stretch);
    }
}

/* The places behind ${ends} within the gap. Windows of one sequence overlap;
 * as their starts only grow, each place is taken once. */
static void take_behind(struct miner *miner, const struct mined *pattern,
                        struct level *level)
{
    uint32_t gap = miner->setting->max_gap;
    uint32_t done = 0; /* places of this sequence below it are */
    for (size_t i = 0; i < pattern->end_count; i++) {
        const struct occurrence *end = &pattern->ends[i];
        uint32_t length = length_of(miner, end->sequence);
        bool is_new = i == 0 || end->sequence != end[-1].sequence;
        uint32_t from = end->position + 1;
        uint32_t to = gap < length - from ? from + gap + 1 : length;
        from = is_new || from > done ? from : done;
        take_places(miner, &(struct stretch){end->sequence, from, to}, level);
        done = to;
    }
}

/* Behind the empty pattern, NULL, is every place. */
static void take(struct miner *miner, const struct mined *pattern,
                 struct level *level)
{
    if (pattern) {
        take_behind(miner, pattern, level);
        return;
    }
    for (uint32_t s = 0; s < miner->count; s++) {
        take_places(miner, &(struct stretch){s, 0, length_of(miner, s)}, level);
    }
}

static bool is_frequent(struct miner *miner, uint32_t length, uint16_t symbol)
{
    const struct miner_setting *setting = miner->setting;
    const struct tally *tally = &miner->tallies[symbol];
    if (tally->sequences < setting->min_sequences ||
        tally->groups < setting->min_groups) {
        return false;
    }
    miner->pattern[length - 1] = symbol;
    return !setting->may_be || length < 2 ||
           setting->may_be(setting->may_context, miner->pattern + length - 2);
}

static int compare_symbols(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static void reserve(struct level *level, size_t branches, size_t ends)
{
    if (level->branch_capacity < branches) {
        level->branch_capacity = branches;
        level->branches =
            mem_grow(level->branches, branches * sizeof(struct branch));
    }
    if (level->end_capacity < ends) {
        level->end_capacity = ends;
        level->ends = mem_grow(level->ends, ends * sizeof(struct occurrence));
    }
}

/* Makes the branches of a level of the frequent symbols, and lets each tally
 * say where the places of its symbol go. */
static size_t make_branches(struct miner *miner, struct level *level,
                            uint32_t length)
{
    size_t ends = 0;
    level->branch_count = 0;
    level->next = 0;
    reserve(level, miner->touched_count, 0);
    for (size_t i = 0; i < miner->touched_count; i++) {
        uint16_t symbol = miner->touched[i];
        struct tally *tally = &miner->tallies[symbol];
        if (!is_frequent(miner, length, symbol)) {
            continue;
        }
        level->branches[level->branch_count++] = (struct branch){
            symbol, tally->sequences, tally->groups, ends, tally->ends};
        tally->to = ends + 1;
        ends += tally->ends;
    }
    return ends;
}

/* Makes a level of the frequent continuations of ${pattern}, which has
 * ${length} - 1 symbols. Most continuations are not frequent: what is counted
 * first need not be kept. */
static void extend(struct miner *miner, const struct mined *pattern,
                   struct level *level, uint32_t length)
{
    take(miner, pattern, NULL);
    if (miner->touched_count > 0) {
        qsort(miner->touched, miner->touched_count, sizeof(uint16_t),
              compare_symbols);
    }
    size_t ends = make_branches(miner, level, length);
    reserve(level, 0, ends);
    if (ends > 0) {
        take(miner, pattern, level);
    }
    for (size_t i = 0; i < miner->touched_count; i++) {
        miner->tallies[miner->touched[i]] = (struct tally){0};
    }
    miner->touched_count = 0;
}

/* Hands the next continuation of a level on and gives what it is. */
static struct mined visit(struct miner *miner, uint32_t depth, miner_sink sink,
                          void *context)
{
    struct level *level = &miner->levels[depth];
    const struct branch *branch = &level->branches[level->next++];
    miner->pattern[depth] = branch->symbol;
    struct mined mined = {
        .symbols = miner->pattern,
        .length = depth + 1,
        .sequences = branch->sequences,
        .groups = branch->groups,
        .ends = level->ends + branch->from,
        .end_count = branch->count,
    };
    sink(context, &mined);
    return mined;
}

/* Back to the last level with a continuation left; false: there is none. */
static bool climb(const struct miner *miner, uint32_t *depth)
{
    while (miner->levels[*depth].next == miner->levels[*depth].branch_count) {
        if (*depth == 0) {
            return false;
        }
        --*depth;
    }
    return true;
}

/* Depth first, without recursion: levels[d] holds the continuations of the
 * pattern of d symbols. */
static enum err walk(struct miner *miner, miner_sink sink, void *context)
{
    const struct miner_setting *setting = miner->setting;
    size_t found = 0;
    uint32_t depth = 0;
    extend(miner, NULL, &miner->levels[0], 1);
    while (climb(miner, &depth)) {
        if (found++ == setting->max_patterns) {
            return ERR_FULL;
        }
        struct mined mined = visit(miner, depth, sink, context);
        if (depth + 1 < setting->max_length) {
            depth++;
            extend(miner, &mined, &miner->levels[depth], depth + 1);
        }
    }
    return ERR_OK;
}

enum err mine(const struct sequence *sequences, uint32_t count,
              const struct miner_setting *setting, miner_sink sink,
              void *context)
{
    assert(setting->max_length >= 1 && setting->max_length <= MINER_LENGTH_MAX);
    struct miner *miner = mem_new(sizeof(*miner));
    *miner = (struct miner){.count = count, .setting = setting};
    lay_out(miner, sequences);
    size_t symbols = setting->symbols ? setting->symbols : 1;
    miner->tallies = mem_new_array(symbols, sizeof(struct tally));
    miner->touched = mem_new_array(symbols, sizeof(uint16_t));
    enum err err = walk(miner, sink, context);
    for (size_t i = 0; i < MINER_LENGTH_MAX; i++) {
        free(miner->levels[i].branches);
        free(miner->levels[i].ends);
    }
    free(miner->tallies);
    free(miner->touched);
    free(miner->symbols);
    free(miner->starts);
    free(miner->groups);
    free(miner);
    return err;
}
