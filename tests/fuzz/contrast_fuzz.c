/* SPDX-License-Identifier: MIT */
/* The figures of a workflow as a proposer writes them: read or refused, and
 * whatever is read has an e-value and an uplift that are numbers. */
#include <math.h>
#include <stdlib.h>

#include "memory/stats/contrast.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct contrast_row rows[CONTRAST_ROWS_MAX];
    size_t count = 0;
    if (contrast_read(bytes_of(data, size), rows, &count) != ERR_OK) {
        return 0;
    }
    double uplift = contrast_uplift(rows, count);
    double odds = contrast_odds(rows, count);
    bool is_sane = isfinite(contrast_log_e(rows, count)) && uplift >= -1 &&
                   uplift <= 1 && odds >= 0 && isfinite(odds);
    if (!is_sane) {
        abort();
    }
    return 0;
}
