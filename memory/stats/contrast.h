/* SPDX-License-Identifier: MIT */
/* contrast.h: does success go with doing it, among sessions that are alike?
 *
 * A table of sessions with and without a habit, good and bad, in strata of
 * sessions that are alike. The dream worker and the gate both call these
 * functions, so a number that was computed honestly is always confirmed.
 * Associated is not caused: nothing here says why.
 * Pure: the same arguments give the same bits. Threads: any. */
#ifndef REVERIE_MEMORY_CONTRAST_H
#define REVERIE_MEMORY_CONTRAST_H

#include "base/bytes.h"

enum {
    CONTRAST_ROWS_MAX = 256,
    /* Sessions of all strata: contrast_log_e takes time in proportion. */
    CONTRAST_SESSIONS_MAX = 1 << 16
};

/* Sessions of one stratum. */
struct contrast_row {
    uint32_t with;
    uint32_t with_good; /* <= with */
    uint32_t without;
    uint32_t without_good; /* <= without */
};

/* Whether a stratum can say anything: both habits and both results occur. */
bool contrast_is_telling(const struct contrast_row *row);

struct contrast_row contrast_sum(const struct contrast_row *rows, size_t count);

/* Natural logarithm of the e-value for "success is more likely with it in some
 * stratum and less likely in none". In each stratum the margins are given and
 * the number of good sessions with it is hypergeometric; the alternatives are
 * a mixture of 16 odds ratios above 1, up to 8, common to all strata. Its
 * expectation is at most 1 while no odds ratio is above 1. It does not depend
 * on the order of sessions. Strata that tell nothing contribute nothing. */
double contrast_log_e(const struct contrast_row *rows, size_t count);

/* The pooled odds ratio and difference of success of Cochran, Mantel and
 * Haenszel. The ratio is at most 999; 1, and 0, where nothing tells. */
double contrast_odds(const struct contrast_row *rows, size_t count);
double contrast_uplift(const struct contrast_row *rows, size_t count);

/* Wilson's interval of ${good} of ${count} at 95 %; 0 to 1 for none. */
void contrast_interval(uint32_t good, uint32_t count, double *out_low,
                       double *out_high);

/* The strata in ${detail_json}: {"strata": [[with, with_good, without,
 * without_good], ...], ...}, at most CONTRAST_ROWS_MAX into ${out_rows}.
 * ERR_INVALID: it is not JSON of that form. ERR_TOO_BIG: too many, or more
 * than CONTRAST_SESSIONS_MAX sessions in them. */
MUST_CHECK enum err contrast_read(struct bytes detail_json,
                                  struct contrast_row *out_rows,
                                  size_t *out_count);

#endif
