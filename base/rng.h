/* SPDX-License-Identifier: MIT */
/* rng.h: reproducible randomness from a seed.
 *
 * xoshiro256** seeded through splitmix64 (Blackman and Vigna, "Scrambled
 * Linear Pseudorandom Number Generators", ACM TOMS 47:4, 2021). For
 * simulations, tests and jitter; never for secrets (edge/crypto.h).
 * Threads: an rng belongs to one thread at a time. */
#ifndef REVERIE_BASE_RNG_H
#define REVERIE_BASE_RNG_H

#include "base/base.h"

struct rng {
    uint64_t state[4];
};

/* The generator for (${seed}, ${stream}): streams of one seed are
 * independent, so that adding a consumer does not disturb the others. */
struct rng rng_seeded(uint64_t seed, uint64_t stream);

uint64_t rng_next(struct rng *rng);

/* Uniform in [0, bound), without modulo bias; ${bound} > 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

/* Uniform in [0, 1) with 53 bits. */
double rng_unit(struct rng *rng);

/* True with probability ${p}. */
bool rng_chance(struct rng *rng, double p);

/* Exponentially distributed with mean ${mean}. */
double rng_exponential(struct rng *rng, double mean);

#endif
