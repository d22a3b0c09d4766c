/* SPDX-License-Identifier: MIT */
#include "memory/gate/numbers.h"

#include <math.h>

#include "memory/stats/contrast.h"
#include "proto/messages.h"

static const double number_slack = 1e-9;

static bool count_differs(bool has, uint32_t claimed, uint32_t truth)
{
    return has && claimed != truth;
}

static bool real_differs(bool has, double claimed, double truth)
{
    double slack = number_slack * fmax(1, fabs(truth));
    return has && !(fabs(claimed - truth) <= slack);
}

void numbers_read_contrast(const struct Reverie__V1__Change *change,
                           struct evidence *out)
{
    struct contrast_row rows[CONTRAST_ROWS_MAX];
    size_t count = 0;
    if (change->kind == REVERIE__V1__FINDING_KIND__FINDING_WORKFLOW &&
        contrast_read(message_text(change->detail_json), rows, &count) ==
            ERR_OK) {
        out->has_contrast = true;
        out->log_e = contrast_log_e(rows, count);
        out->uplift = contrast_uplift(rows, count);
    }
}

bool numbers_differ(const struct Reverie__V1__Numbers *claimed,
                    const struct evidence *evidence)
{
    const struct witness_count *count = &evidence->count;
    struct Reverie__V1__Numbers truth = REVERIE__V1__NUMBERS__INIT;
    if (!claimed || !claimed->has_principals || !claimed->has_principals_for) {
        return true;
    }
    truth.has_baseline = claimed->has_baseline;
    truth.baseline = claimed->baseline;
    numbers_derive(count, &truth);
    if (evidence->has_contrast) {
        truth.has_log_e = true;
        truth.log_e = evidence->log_e;
    }
    return claimed->principals != truth.principals ||
           claimed->principals_for != truth.principals_for ||
           count_differs(claimed->has_sessions, claimed->sessions,
                         truth.sessions) ||
           count_differs(claimed->has_days, claimed->days, truth.days) ||
           count_differs(claimed->has_events, claimed->events, truth.events) ||
           (claimed->has_no_time && claimed->no_time != truth.no_time) ||
           real_differs(claimed->has_share, claimed->share, truth.share) ||
           real_differs(claimed->has_posterior, claimed->posterior,
                        truth.posterior) ||
           real_differs(claimed->has_log_e,
                        truth.has_log_e ? claimed->log_e : NAN, truth.log_e);
}
