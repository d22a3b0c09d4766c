/* SPDX-License-Identifier: MIT */
/* The miner against counting by hand, on small random inputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/workflow/miner.h"

enum {
    SYMBOLS = 4,
    LENGTH = 4,
    CODES = 1 + SYMBOLS + 16 + 64 + 256 + 1024, /* base 4, with its length */
    SEQUENCES = 12,
    SYMBOLS_EACH = 14
};

struct tables {
    uint32_t sequences[CODES];
    uint32_t groups[CODES];
};

static size_t code_of(const uint16_t *symbols, uint32_t length)
{
    size_t code = 0;
    for (uint32_t i = 0; i < length; i++) {
        code = code * SYMBOLS + symbols[i] + 1;
    }
    return code;
}

static void note(void *context, const struct mined *found)
{
    struct tables *tables = context;
    size_t code = code_of(found->symbols, found->length);
    assert_int_equal(tables->sequences[code], 0);
    tables->sequences[code] = found->sequences;
    tables->groups[code] = found->groups;
    for (size_t i = 1; i < found->end_count; i++) {
        const struct occurrence *a = &found->ends[i - 1];
        const struct occurrence *b = &found->ends[i];
        assert_true(a->sequence < b->sequence ||
                    (a->sequence == b->sequence && a->position < b->position));
    }
}

/* Whether the pattern is in the sequence, by trying every way. */
static bool contains(const struct sequence *in, const uint16_t *pattern,
                     uint32_t length, uint32_t gap)
{
    bool ends[SYMBOLS_EACH] = {false};
    for (uint32_t p = 0; p < in->length; p++) {
        ends[p] = in->symbols[p] == pattern[0];
    }
    for (uint32_t k = 1; k < length; k++) {
        bool next[SYMBOLS_EACH] = {false};
        for (uint32_t p = 0; p < in->length; p++) {
            for (uint32_t q = p + 1; ends[p] && q < in->length; q++) {
                next[q] |= q - p - 1 <= gap && in->symbols[q] == pattern[k];
            }
        }
        memcpy(ends, next, sizeof(ends));
    }
    bool found = false;
    for (uint32_t p = 0; p < in->length; p++) {
        found |= ends[p];
    }
    return found;
}

static void count_by_hand(const struct sequence *sequences,
                          const uint16_t *pattern, uint32_t length,
                          uint32_t gap, uint32_t *out_sequences,
                          uint32_t *out_groups)
{
    uint32_t last = UINT32_MAX;
    *out_sequences = 0;
    *out_groups = 0;
    for (uint32_t s = 0; s < SEQUENCES; s++) {
        if (contains(&sequences[s], pattern, length, gap)) {
            ++*out_sequences;
            *out_groups += sequences[s].group != last;
            last = sequences[s].group;
        }
    }
}

/* Every pattern of up to LENGTH symbols. */
static void compare_all(const struct sequence *sequences,
                        const struct miner_setting *setting,
                        const struct tables *tables)
{
    for (uint32_t length = 1; length <= LENGTH; length++) {
        uint32_t all = 1;
        for (uint32_t i = 0; i < length; i++) {
            all *= SYMBOLS;
        }
        for (uint32_t number = 0; number < all; number++) {
            uint16_t pattern[LENGTH];
            uint32_t rest = number;
            for (uint32_t i = 0; i < length; i++) {
                pattern[i] = (uint16_t)(rest % SYMBOLS);
                rest /= SYMBOLS;
            }
            uint32_t by_sequence = 0;
            uint32_t by_group = 0;
            count_by_hand(sequences, pattern, length, setting->max_gap,
                          &by_sequence, &by_group);
            bool is_frequent = by_sequence >= setting->min_sequences &&
                               by_group >= setting->min_groups;
            size_t code = code_of(pattern, length);
            assert_int_equal(tables->sequences[code],
                             is_frequent ? by_sequence : 0);
            assert_int_equal(tables->groups[code], is_frequent ? by_group : 0);
        }
    }
}

static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (uint32_t)(*state >> 33) % below;
}

static void finds_what_counting_by_hand_finds(void **state)
{
    (void)state;
    uint64_t random = 7;
    static uint16_t symbols[SEQUENCES][SYMBOLS_EACH];
    static struct tables tables;
    for (int round = 0; round < 60; round++) {
        struct sequence sequences[SEQUENCES];
        for (uint32_t s = 0; s < SEQUENCES; s++) {
            sequences[s] = (struct sequence){
                symbols[s], draw(&random, SYMBOLS_EACH + 1), s / 3};
            for (uint32_t p = 0; p < sequences[s].length; p++) {
                symbols[s][p] = (uint16_t)draw(&random, SYMBOLS);
            }
        }
        struct miner_setting setting = {
            .symbols = SYMBOLS,
            .min_sequences = 1 + draw(&random, 4),
            .min_groups = 1 + draw(&random, 3),
            .max_gap = round % 4 == 0 ? MINER_GAP_ANY : draw(&random, 4),
            .max_length = LENGTH,
            .max_patterns = CODES,
        };
        memset(&tables, 0, sizeof(tables));
        assert_int_equal(mine(sequences, SEQUENCES, &setting, note, &tables),
                         ERR_OK);
        compare_all(sequences, &setting, &tables);
    }
}

static void count_only(void *context, const struct mined *found)
{
    *(size_t *)context += found->length > 0;
}

static void stops_at_its_maximum_of_patterns(void **state)
{
    (void)state;
    const uint16_t symbols[] = {0, 1, 2, 3, 0, 1, 2, 3};
    struct sequence sequence = {symbols, 8, 0};
    struct miner_setting setting = {.symbols = SYMBOLS,
                                    .min_sequences = 1,
                                    .min_groups = 1,
                                    .max_gap = MINER_GAP_ANY,
                                    .max_length = MINER_LENGTH_MAX,
                                    .max_patterns = 10};
    size_t seen = 0;
    assert_int_equal(mine(&sequence, 1, &setting, count_only, &seen), ERR_FULL);
    assert_int_equal(seen, 10);
}

static void takes_no_sequences_at_all(void **state)
{
    (void)state;
    struct miner_setting setting = {
        .min_sequences = 1, .max_length = 3, .max_patterns = 1};
    size_t seen = 0;
    assert_int_equal(mine(NULL, 0, &setting, count_only, &seen), ERR_OK);
    assert_int_equal(seen, 0);
}

static bool not_before_three(const void *context, const uint16_t pair[2])
{
    (void)context;
    return pair[1] != 3;
}

static void grows_nothing_that_was_not_nominated(void **state)
{
    (void)state;
    const uint16_t symbols[] = {0, 1, 2, 3};
    struct sequence sequence = {symbols, 4, 0};
    struct miner_setting setting = {.symbols = SYMBOLS,
                                    .min_sequences = 1,
                                    .min_groups = 1,
                                    .max_gap = 2,
                                    .max_length = 4,
                                    .max_patterns = 100,
                                    .may_be = not_before_three};
    size_t seen = 0;
    assert_int_equal(mine(&sequence, 1, &setting, count_only, &seen), ERR_OK);
    /* Four of one, and 01, 02, 12, 012: nothing longer ends with 3. */
    assert_int_equal(seen, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_counting_by_hand_finds),
        cmocka_unit_test(stops_at_its_maximum_of_patterns),
        cmocka_unit_test(takes_no_sequences_at_all),
        cmocka_unit_test(grows_nothing_that_was_not_nominated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
