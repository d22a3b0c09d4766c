/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agents-sim/lab/figures.h"
#include "agents-sim/lab/groups.h"
#include "agents-sim/lab/lab.h"
#include "agents-sim/lab/rows.h"
#include "agents-sim/lab/tally.h"
#include "base/edge/hash.h"

static void a_share_of_all_is_not_taken_for_certainty(void **state)
{
    (void)state;
    const double part[] = {10, 10};
    const double whole[] = {10, 10};
    struct figure figure = figure_of("g", "n", 0, FIGURE_AT_LEAST, .97);
    figure_share(&figure, part, whole, 2, 1);
    assert_true(figure_is_hit(&figure));
    assert_true(fabs(figure.value - 1) < 1e-12);
    assert_true(figure.low > .8 && figure.low < .9);
}

static void seeds_that_disagree_widen_the_interval(void **state)
{
    (void)state;
    const double part[] = {100, 0};
    const double whole[] = {100, 100};
    struct figure figure = figure_of("g", "n", 0, FIGURE_AT_MOST, .1);
    figure_share(&figure, part, whole, 2, 1);
    assert_true(fabs(figure.value - .5) < 1e-12);
    assert_true(figure.low < .01 && figure.high > .99);
    assert_false(figure_is_hit(&figure));
}

static void a_mean_has_students_interval(void **state)
{
    (void)state;
    const double values[] = {1, 2, 3, NAN};
    struct figure figure = figure_of("g", "n", 0, FIGURE_REPORTED, 0);
    figure_mean(&figure, values, 4);
    assert_true(fabs(figure.value - 2) < 1e-12);
    assert_true(fabs(figure.high - 2 - 4.303 / sqrt(3)) < 1e-3);
}

static void what_cannot_be_measured_is_no_miss_and_says_so(void **state)
{
    (void)state;
    struct figures *figures = figures_new();
    struct score_setting setting = {.traces = "/nowhere"};
    struct buf text;
    buf_init(&text, 4096);
    assert_false(score_trace(&setting, "g", "x.jsonl", &text, figures));
    assert_int_equal(figures_misses(figures), 0);
    buf_reset(&text);
    figures_print(figures, &text);
    assert_non_null(strstr(buf_text(&text), "skipped"));
    buf_reset(&text);
    figures_print_json(figures, &text);
    assert_non_null(strstr(buf_text(&text), "\"skipped\""));
    buf_fini(&text);
    figures_free(figures);
}

static void every_group_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < score_group_count; i++) {
        assert_ptr_equal(score_group_find(score_groups[i].name),
                         &score_groups[i]);
    }
    assert_null(score_group_find("nothing"));
}

static enum err count_seed(void *context, uint64_t seed, uint32_t index)
{
    ((uint64_t *)context)[index] = seed;
    return seed == 7 ? ERR_IO : ERR_OK;
}

static void seeds_keep_their_places_on_any_number_of_threads(void **state)
{
    (void)state;
    uint64_t seeds[5] = {0};
    struct score_setting setting = {.seed_first = 5, .seed_last = 9, .jobs = 3};
    assert_int_equal(score_seeds(&setting, "x", count_seed, seeds), ERR_IO);
    for (uint64_t i = 0; i < ARRAY_LEN(seeds); i++) {
        assert_int_equal(seeds[i], 5 + i);
    }
}

static void a_child_has_the_root_of_its_parent(void **state)
{
    (void)state;
    struct tape *tape = tape_new(3);
    struct tape_event event = {.agent = BYTES_LITERAL("a"),
                               .occurred_us = 5000000,
                               .kind = BYTES_LITERAL("agent.message")};
    event.parent = tape_append(tape, &event);
    event.parent = tape_append(tape, &event);
    uint64_t third = tape_append(tape, &event);
    event.is_parent_hidden = true;
    uint64_t fourth = tape_append(tape, &event);
    struct stamp stamp;
    struct envelope envelope;
    struct bytes body;
    tape_get(tape, 1, &stamp, &envelope, &body);
    uint8_t first[16];
    memcpy(first, stamp.root.data, sizeof(first));
    tape_get(tape, third, &stamp, &envelope, &body);
    assert_memory_equal(stamp.root.data, first, sizeof(first));
    tape_get(tape, fourth, &stamp, &envelope, &body);
    assert_memory_not_equal(stamp.root.data, first, sizeof(first));
    assert_int_equal(envelope.parent.len, 0);
    tape_free(tape);
}

static struct lab_config small(void)
{
    struct lab_config config = {.policy = POLICY_APPROVE_ALL_PROPOSALS,
                                .dream_every_days = 5};
    config.world = world_config_default();
    config.world.days = 12;
    config.world.seed = 4;
    return config;
}

static uint64_t digest_of_rows(const struct rows *rows)
{
    uint64_t digest = 0;
    for (size_t i = 0; i < rows_count(rows); i++) {
        struct bytes key;
        struct bytes value;
        rows_at(rows, i, &key, &value);
        digest = hash_bytes_seeded(key, digest);
        digest = hash_bytes_seeded(value, digest);
    }
    return digest;
}

static void a_lab_finds_what_is_planted_and_does_so_again(void **state)
{
    (void)state;
    uint64_t digests[2];
    for (size_t i = 0; i < 2; i++) {
        struct lab_config config = small();
        struct world *world = world_new(&config.world);
        struct tally tally;
        struct lab *lab = NULL;
        struct buf why;
        buf_init(&why, 1024);
        tally_init(&tally, world);
        config.on_change = tally_change;
        config.context = &tally;
        assert_int_equal(lab_open(&config, &why, &lab), ERR_OK);
        assert_int_equal(lab_live(lab, &why), ERR_OK);
        assert_true(score_row(tally.applied, SCORE_PREFERENCE).right > 3);
        assert_true(lab_life(lab).sessions > 100);
        assert_true(lab_counts(lab).applied > 3);
        digests[i] = digest_of_rows(lab_rows(lab));
        lab_close(lab);
        tally_fini(&tally);
        world_free(world);
        buf_fini(&why);
    }
    assert_true(digests[0] == digests[1]);
}

static void agents_of_a_lab_heed_what_they_are_told(void **state)
{
    (void)state;
    struct life_counts counts[2];
    for (size_t i = 0; i < 2; i++) {
        struct lab_config config = small();
        struct lab *lab = NULL;
        struct buf why;
        buf_init(&why, 1024);
        config.world.days = 20;
        config.tells_nobody = i == 1;
        assert_int_equal(lab_open(&config, &why, &lab), ERR_OK);
        assert_int_equal(lab_live(lab, &why), ERR_OK);
        counts[i] = lab_life(lab);
        lab_close(lab);
        buf_fini(&why);
    }
    assert_true(counts[0].preferred > counts[1].preferred);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_of_all_is_not_taken_for_certainty),
        cmocka_unit_test(seeds_that_disagree_widen_the_interval),
        cmocka_unit_test(a_mean_has_students_interval),
        cmocka_unit_test(what_cannot_be_measured_is_no_miss_and_says_so),
        cmocka_unit_test(every_group_has_a_name_of_its_own),
        cmocka_unit_test(seeds_keep_their_places_on_any_number_of_threads),
        cmocka_unit_test(a_child_has_the_root_of_its_parent),
        cmocka_unit_test(a_lab_finds_what_is_planted_and_does_so_again),
        cmocka_unit_test(agents_of_a_lab_heed_what_they_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
