/* SPDX-License-Identifier: MIT */
#include "memory/stats/contrast.h"

#include <math.h>

#include "base/edge/json.h"

enum {
    GRID_POINTS = 16,
    COLUMNS = 4
};

static const double log_odds_most = 2.0794415416798357; /* log 8 */
static const double odds_most = 999;

bool contrast_is_telling(const struct contrast_row *row)
{
    uint32_t good = row->with_good + row->without_good;
    return row->with > 0 && row->without > 0 && good > 0 &&
           good < row->with + row->without;
}

struct contrast_row contrast_sum(const struct contrast_row *rows, size_t count)
{
    struct contrast_row sum = {0};
    for (size_t i = 0; i < count; i++) {
        sum.with += rows[i].with;
        sum.with_good += rows[i].with_good;
        sum.without += rows[i].without;
        sum.without_good += rows[i].without_good;
    }
    return sum;
}

/* Hypergeometric terms by the ratio of neighbours, the seen one being 1, so
 * that no factorial is needed. */
struct terms {
    double with;
    double without;
    double good;
};

/* term(x + 1) / term(x) */
static double ratio_up(const struct terms *terms, double x)
{
    return (terms->with - x) * (terms->good - x) /
           ((x + 1) * (terms->without - terms->good + x + 1));
}

/* A sum of terms that may grow beyond a double: sum * exp(scale). */
struct total {
    double sum;
    double term;
    double scale;
};

static void total_add(struct total *total, double ratio)
{
    const double most = 1e200;
    total->term *= ratio;
    total->sum += total->term;
    if (total->sum > most) {
        total->scale += log(total->sum);
        total->term /= total->sum;
        total->sum = 1;
    }
}

/* log of sum over x of term(x) / term(seen) * exp(theta (x - seen)): what the
 * likelihood of the seen number loses by being one of many. */
static double log_norm(const struct contrast_row *row, double theta)
{
    struct terms terms = {row->with, row->without,
                          (double)row->with_good + row->without_good};
    double seen = row->with_good;
    double most = fmin(terms.with, terms.good);
    double least = fmax(0, terms.good - terms.without);
    double odds = exp(theta);
    struct total up = {1, 1, 0};
    struct total down = {1, 1, 0};
    uint32_t above = (uint32_t)(most - seen);
    uint32_t below = (uint32_t)(seen - least);
    for (uint32_t i = 0; i < above; i++) {
        total_add(&up, ratio_up(&terms, seen + i) * odds);
    }
    for (uint32_t i = 1; i <= below; i++) {
        total_add(&down, 1 / (ratio_up(&terms, seen - i) * odds));
    }
    /* The seen term is in both. */
    double a = up.scale + log(up.sum);
    double b = down.scale + log(down.sum);
    double top = fmax(a, b);
    return top + log(exp(a - top) + exp(b - top) - exp(-top));
}

double contrast_log_e(const struct contrast_row *rows, size_t count)
{
    double points[GRID_POINTS] = {0};
    for (size_t i = 0; i < count; i++) {
        if (!contrast_is_telling(&rows[i])) {
            continue;
        }
        double even = log_norm(&rows[i], 0);
        for (int j = 0; j < GRID_POINTS; j++) {
            double theta = log_odds_most * (j + 0.5) / GRID_POINTS;
            points[j] += even - log_norm(&rows[i], theta);
        }
    }
    double top = points[0];
    for (int j = 1; j < GRID_POINTS; j++) {
        top = fmax(top, points[j]);
    }
    double sum = 0;
    for (int j = 0; j < GRID_POINTS; j++) {
        sum += exp(points[j] - top);
    }
    return top + log(sum / GRID_POINTS);
}

double contrast_odds(const struct contrast_row *rows, size_t count)
{
    double above = 0;
    double below = 0;
    for (size_t i = 0; i < count; i++) {
        double all = (double)rows[i].with + rows[i].without;
        if (contrast_is_telling(&rows[i])) {
            above += rows[i].with_good *
                     (double)(rows[i].without - rows[i].without_good) / all;
            below += (rows[i].with - rows[i].with_good) *
                     (double)rows[i].without_good / all;
        }
    }
    if (above == 0 && below == 0) {
        return 1;
    }
    return below * odds_most > above ? above / below : odds_most;
}

double contrast_uplift(const struct contrast_row *rows, size_t count)
{
    double above = 0;
    double below = 0;
    for (size_t i = 0; i < count; i++) {
        double with = rows[i].with;
        double without = rows[i].without;
        if (with > 0 && without > 0) {
            above +=
                (rows[i].with_good * without - rows[i].without_good * with) /
                (with + without);
            below += with * without / (with + without);
        }
    }
    return below > 0 ? above / below : 0;
}

void contrast_interval(uint32_t good, uint32_t count, double *out_low,
                       double *out_high)
{
    const double z = 1.959963984540054;
    *out_low = 0;
    *out_high = 1;
    if (count > 0) {
        double share = (double)good / count;
        double scale = 1 + z * z / count;
        double middle = (share + z * z / (2.0 * count)) / scale;
        double half =
            z / scale *
            sqrt(share * (1 - share) / count + z * z / (4.0 * count * count));
        *out_low = fmax(0, middle - half);
        *out_high = fmin(1, middle + half);
    }
}

static bool read_row(const struct json *json, struct contrast_row *out)
{
    uint32_t numbers[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        int64_t number = json_as_int(json_at(json, i), -1);
        if (number < 0 || number > CONTRAST_SESSIONS_MAX) {
            return false;
        }
        numbers[i] = (uint32_t)number;
    }
    *out =
        (struct contrast_row){numbers[0], numbers[1], numbers[2], numbers[3]};
    return json_len(json) == COLUMNS && out->with_good <= out->with &&
           out->without_good <= out->without;
}

enum err contrast_read(struct bytes detail_json, struct contrast_row *out_rows,
                       size_t *out_count)
{
    struct json *json = NULL;
    enum err err = json_parse(detail_json, &json);
    if (err != ERR_OK) {
        return ERR_INVALID;
    }
    const struct json *strata = json_get(json, "strata");
    size_t count = json_len(strata);
    if (json_kind(strata) != JSON_ARRAY) {
        err = ERR_INVALID;
    } else if (count > CONTRAST_ROWS_MAX) {
        err = ERR_TOO_BIG;
    }
    struct contrast_row rows[CONTRAST_ROWS_MAX];
    uint64_t sessions = 0;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        err = read_row(json_at(strata, i), &rows[i]) ? ERR_OK : ERR_INVALID;
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        sessions += (uint64_t)rows[i].with + rows[i].without;
        out_rows[i] = rows[i];
    }
    if (sessions > CONTRAST_SESSIONS_MAX) {
        err = ERR_TOO_BIG;
    }
    json_free(json);
    if (err == ERR_OK) {
        *out_count = count;
    }
    return err;
}
