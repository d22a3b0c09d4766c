/* SPDX-License-Identifier: MIT */
#include "memory/two_by_two.h"

#include <math.h>

enum {
    RATES = 16
};

static bool is_sound(const struct two_by_two *table)
{
    return table->with_worked <= table->with &&
           table->without_worked <= table->without;
}

/* Logarithm of the likelihood of x of n at rate p. */
static double log_rate(uint32_t n, uint32_t x, double p)
{
    double worked = x > 0 ? x * log(p) : 0;
    double failed = n > x ? (double)(n - x) * log1p(-p) : 0;
    return worked + failed;
}

double two_by_two_log_e(const struct two_by_two *table)
{
    assert(is_sound(table));
    uint32_t n = table->with + table->without;
    uint32_t x = table->with_worked + table->without_worked;
    double terms[RATES * (RATES - 1) / 2];
    double top = -INFINITY;
    size_t count = 0;
    for (int i = 1; i < RATES; i++) {
        for (int j = 0; j < i; j++) {
            terms[count] =
                log_rate(table->with, table->with_worked, (i + 0.5) / RATES) +
                log_rate(table->without, table->without_worked,
                         (j + 0.5) / RATES);
            top = terms[count] > top ? terms[count] : top;
            count++;
        }
    }
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += exp(terms[i] - top);
    }
    double null = n > 0 ? log_rate(n, x, (double)x / n) : 0;
    return top + log(sum / (double)count) - null;
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
