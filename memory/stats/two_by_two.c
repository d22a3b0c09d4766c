/* SPDX-License-Identifier: MIT */
#include "memory/stats/two_by_two.h"

#include <math.h>

enum {
    ODDS = 15 /* ratios that are mixed */
};

static bool is_sound(const struct two_by_two *table)
{
    return table->with_worked <= table->with &&
           table->without_worked <= table->without;
}

double two_by_two_log_odds(const struct two_by_two *table)
{
    assert(is_sound(table));
    double a = table->with_worked + 0.5;
    double b = table->with - table->with_worked + 0.5;
    double c = table->without_worked + 0.5;
    double d = table->without - table->without_worked + 0.5;
    return log(a * d / (b * c));
}

static double log_choose(uint32_t n, uint32_t k)
{
    int sign = 0;
    return lgamma_r(n + 1.0, &sign) - lgamma_r(k + 1.0, &sign) -
           lgamma_r((double)n - k + 1.0, &sign);
}

/* How many of ${table}'s successes could be with, given its margins. */
static uint32_t fewest(const struct two_by_two *table)
{
    uint32_t x = table->with_worked + table->without_worked;
    return x > table->without ? x - table->without : 0;
}

static uint32_t most(const struct two_by_two *table)
{
    uint32_t x = table->with_worked + table->without_worked;
    return x < table->with ? x : table->with;
}

/* The sums, for every odds ratio, of all tables with these margins, each
 * weighed by that ratio to the power of its successes with, over this one's. */
static void sum_tables(const struct two_by_two *table, const double *log_ratios,
                       double sums[ODDS + 1])
{
    uint32_t x = table->with_worked + table->without_worked;
    double here = log_choose(table->with, table->with_worked) +
                  log_choose(table->without, table->without_worked);
    for (uint32_t k = fewest(table); k <= most(table); k++) {
        double steps = (double)k - table->with_worked;
        double ways = log_choose(table->with, k) +
                      log_choose(table->without, x - k) - here;
        for (int i = 0; i <= ODDS; i++) {
            sums[i] += exp(ways + steps * log_ratios[i]);
        }
    }
}

double two_by_two_log_e(const struct two_by_two *table)
{
    assert(is_sound(table));
    double log_ratios[ODDS + 1] = {0}; /* the last one is even */
    double sums[ODDS + 1] = {0};
    for (int i = 0; i < ODDS; i++) {
        log_ratios[i] = 0.5 + 0.25 * i;
    }
    sum_tables(table, log_ratios, sums);
    double even = log(sums[ODDS]);
    double sum = 0;
    for (int i = 0; i < ODDS; i++) {
        sum += exp(even - log(sums[i]));
    }
    return log(sum / ODDS);
}

double two_by_two_mid_p(const struct two_by_two *table)
{
    assert(is_sound(table));
    uint32_t n = table->with + table->without;
    uint32_t x = table->with_worked + table->without_worked;
    uint32_t most = table->with < x ? table->with : x;
    double all = log_choose(n, x);
    double sum = 0;
    for (uint32_t k = table->with_worked; k <= most; k++) {
        double p = exp(log_choose(table->with, k) +
                       log_choose(table->without, x - k) - all);
        sum += k == table->with_worked ? p / 2 : p;
    }
    return sum < 1 ? sum : 1;
}

double two_by_two_ochiai(const struct two_by_two *table)
{
    assert(is_sound(table));
    double worked = (double)table->with_worked + table->without_worked;
    double scale = sqrt(worked * table->with);
    return scale > 0 ? table->with_worked / scale : 0;
}
