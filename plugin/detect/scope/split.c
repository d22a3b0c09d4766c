/* SPDX-License-Identifier: MIT */
#include "plugin/detect/scope/split.h"

#include <math.h>

/* By Q(a + 1, y) = Q(a, y) + y^a e^-y / Gamma(a + 1), from Q(1/2, y) or
 * Q(1, y); y = x / 2. */
double split_chi_squared(double x, uint32_t degrees)
{
    assert(degrees > 0);
    double y = x / 2;
    if (y <= 0) {
        return 1;
    }
    bool is_odd = degrees % 2 == 1;
    double a = is_odd ? 0.5 : 1;
    double p = is_odd ? erfc(sqrt(y)) : exp(-y);
    for (; 2 * a < degrees; a++) {
        int sign = 0;
        p += exp(a * log(y) - y - lgamma_r(a + 1, &sign));
    }
    return p < 1 ? p : 1;
}

/* Observed times the logarithm of observed over expected. */
static double term(double observed, double expected)
{
    return observed > 0 ? observed * log(observed / expected) : 0;
}

double split_p(const struct split_part *parts, size_t count)
{
    uint32_t kept = 0;
    double voters = 0;
    double supporters = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].voters >= SPLIT_VOTERS_MIN) {
            kept++;
            voters += parts[i].voters;
            supporters += parts[i].supporters;
        }
    }
    if (kept < 2) {
        return 1;
    }
    double g = 0;
    double share = supporters / voters;
    for (size_t i = 0; i < count; i++) {
        double n = parts[i].voters;
        double x = parts[i].supporters;
        if (parts[i].voters >= SPLIT_VOTERS_MIN) {
            g += 2 * (term(x, n * share) + term(n - x, n * (1 - share)));
        }
    }
    return split_chi_squared(g, kept - 1);
}

bool split_agrees(const struct split_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parts[i].voters >= SPLIT_VOTERS_MIN &&
            parts[i].supporters < SPLIT_SHARE_MIN * parts[i].voters) {
            return false;
        }
    }
    return split_p(parts, count) > SPLIT_P;
}
