/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/miner.h"

#include <stdlib.h>

/* One place where a pattern can be continued. */
struct step {
    uint16_t symbol;
    struct occurrence at;
};

/* What is counted of one symbol while the steps of a pattern are listed. */
struct tally {
    uint32_t sequences;
    uint32_t groups;
    uint32_t ends;
    uint32_t last_sequence; /* one more than its index */
    uint32_t last_group;    /* one more than the group */
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

struct miner {
    const struct sequence *sequences;
    uint32_t count;
    const struct miner_setting *setting;
    struct tally *tallies;
    uint16_t *touched; /* symbols with a tally */
    size_t touched_count;
    struct step *steps;
    size_t step_count;
    size_t step_capacity;
    struct level levels[MINER_LENGTH_MAX];
    uint16_t pattern[MINER_LENGTH_MAX];
};

static void add_step(struct miner *miner, uint32_t sequence, uint32_t position)
{
    const struct sequence *in = &miner->sequences[sequence];
    uint16_t symbol = in->symbols[position];
    struct tally *tally = &miner->tallies[symbol];
    if (tally->ends == 0) {
        miner->touched[miner->touched_count++] = symbol;
    }
    tally->ends++;
    if (tally->last_sequence != sequence + 1) {
        tally->last_sequence = sequence + 1;
        tally->sequences++;
    }
    if (tally->last_group != in->group + 1) {
        tally->last_group = in->group + 1;
        tally->groups++;
    }
    if (miner->step_count == miner->step_capacity) {
        miner->step_capacity =
            miner->step_capacity ? 2 * miner->step_capacity : 1024;
        miner->steps =
            mem_grow(miner->steps, miner->step_capacity * sizeof(struct step));
    }
    miner->steps[miner->step_count++] =
        (struct step){symbol, {sequence, position}};
}

/* Every place is a continuation of the empty pattern. */
static void list_all(struct miner *miner)
{
    for (uint32_t s = 0; s < miner->count; s++) {
        for (uint32_t p = 0; p < miner->sequences[s].length; p++) {
            add_step(miner, s, p);
        }
    }
}

/* The places behind ${ends} within the gap. Windows of one sequence overlap;
 * as their starts only grow, each place is listed once. */
static void list_behind(struct miner *miner, const struct occurrence *ends,
                        size_t count)
{
    uint32_t gap = miner->setting->max_gap;
    uint32_t listed = 0; /* places of this sequence below it are done */
    for (size_t i = 0; i < count; i++) {
        uint32_t length = miner->sequences[ends[i].sequence].length;
        bool is_new = i == 0 || ends[i].sequence != ends[i - 1].sequence;
        uint32_t from = ends[i].position + 1;
        uint32_t to = gap < length - from ? from + gap + 1 : length;
        from = is_new || from > listed ? from : listed;
        for (uint32_t p = from; p < to; p++) {
            add_step(miner, ends[i].sequence, p);
        }
        listed = to;
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
 * say where the places of its symbol go: one more than the offset, 0 none. */
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
            tally->last_sequence = 0;
            continue;
        }
        level->branches[level->branch_count++] = (struct branch){
            symbol, tally->sequences, tally->groups, ends, tally->ends};
        tally->last_sequence = (uint32_t)ends + 1;
        ends += tally->ends;
    }
    return ends;
}

/* Turns the listed steps into the branches of a level; clears the list. */
static void settle(struct miner *miner, struct level *level, uint32_t length)
{
    if (miner->touched_count > 0) {
        qsort(miner->touched, miner->touched_count, sizeof(uint16_t),
              compare_symbols);
    }
    size_t ends = make_branches(miner, level, length);
    reserve(level, 0, ends);
    for (size_t i = 0; ends > 0 && i < miner->step_count; i++) {
        struct tally *tally = &miner->tallies[miner->steps[i].symbol];
        if (tally->last_sequence > 0) {
            level->ends[tally->last_sequence++ - 1] = miner->steps[i].at;
        }
    }
    for (size_t i = 0; i < miner->touched_count; i++) {
        miner->tallies[miner->touched[i]] = (struct tally){0};
    }
    miner->touched_count = 0;
    miner->step_count = 0;
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
    list_all(miner);
    settle(miner, &miner->levels[0], 1);
    while (climb(miner, &depth)) {
        if (found++ == setting->max_patterns) {
            return ERR_FULL;
        }
        struct mined mined = visit(miner, depth, sink, context);
        if (depth + 1 < setting->max_length) {
            list_behind(miner, mined.ends, mined.end_count);
            depth++;
            settle(miner, &miner->levels[depth], depth + 1);
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
    *miner = (struct miner){
        .sequences = sequences, .count = count, .setting = setting};
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
    free(miner->steps);
    free(miner);
    return err;
}
