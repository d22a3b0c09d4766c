/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "plugin/plan/prior.h"

static void without_choices_the_prior_is_uniform(void **state)
{
    (void)state;
    struct prior *prior = prior_new();
    prior_fit(prior, NULL);
    assert_float_equal(prior_above(prior, 0, 0, 0.6), 0.4, 1e-12);
    /* P(Beta(8, 4) >= 0.6) = P(Binomial(11, 0.6) <= 7) = 0.7037, by a sum. */
    assert_float_equal(prior_above(prior, 10, 7, 0.6), 0.7037, 5e-3);
    prior_free(prior);
}

static void more_votes_for_it_never_lower_the_probability(void **state)
{
    (void)state;
    struct prior *prior = prior_new();
    for (uint32_t i = 0; i < 300; i++) {
        prior_add(prior, 24, i % 10 ? 8 : 22);
    }
    prior_fit(prior, NULL);
    for (uint32_t x = 1; x <= 24; x++) {
        assert_true(prior_above(prior, 24, x, 0.6) >=
                    prior_above(prior, 24, x - 1, 0.6));
    }
    assert_true(prior_above(prior, 24, 24, 0.6) <= 1);
    prior_free(prior);
}

static uint32_t draw(struct rng *rng, uint32_t n, double share)
{
    uint32_t x = 0;
    for (uint32_t i = 0; i < n; i++) {
        x += rng_chance(rng, share);
    }
    return x;
}

/* Most options are chosen by a third, few by most: what is said about the best
 * of three options of a slot comes true as often as it says. */
static void probabilities_come_true_as_often_as_they_say(void **state)
{
    enum {
        SLOTS = 3000,
        N = 9,
        BINS = 5
    };
    (void)state;
    static uint32_t votes[SLOTS];
    static bool truth[SLOTS];
    struct rng rng = rng_seeded(3, 0);
    struct prior *prior = prior_new();
    for (int i = 0; i < SLOTS; i++) {
        for (int k = 0; k < 3; k++) {
            double share = k == 0 && i % 8 == 0 ? 0.85 : 0.33;
            uint32_t x = draw(&rng, N, share);
            prior_add(prior, N, x);
            if (k == 0 || x > votes[i]) {
                votes[i] = x;
                truth[i] = share > 0.6;
            }
        }
    }
    prior_fit(prior, NULL);
    double said[BINS] = {0};
    double came[BINS] = {0};
    for (int i = 0; i < SLOTS; i++) {
        double probability = prior_above(prior, N, votes[i], 0.6);
        int bin = probability < 1 ? (int)(probability * BINS) : BINS - 1;
        said[bin] += probability;
        came[bin] += truth[i];
    }
    double error = 0;
    for (int bin = 0; bin < BINS; bin++) {
        error += fabs(said[bin] - came[bin]) / SLOTS;
    }
    assert_true(error < 0.05);
    prior_free(prior);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_choices_the_prior_is_uniform),
        cmocka_unit_test(more_votes_for_it_never_lower_the_probability),
        cmocka_unit_test(probabilities_come_true_as_often_as_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
