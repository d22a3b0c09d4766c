/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/edge/json.h"

enum {
    ROW_BYTES_MAX = 1024
};

struct figures {
    struct figure *rows;
    size_t count;
};

/* ---- one figure ---------------------------------------------------------- */

struct figure figure_of(const char *group, const char *name, double value,
                        enum figure_sense sense, double target)
{
    struct figure figure = {.value = value,
                            .low = value,
                            .high = value,
                            .target = target,
                            .sense = sense};
    snprintf(figure.group, sizeof(figure.group), "%s", group);
    snprintf(figure.name, sizeof(figure.name), "%s", name);
    return figure;
}

/* Two-sided 95 % points of Student's t for 1 to 30 degrees of freedom. */
static const double student[] = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
};

static double student_point(uint32_t freedom)
{
    if (freedom == 0) {
        return 0;
    }
    return freedom <= ARRAY_LEN(student) ? student[freedom - 1] : 1.96;
}

static void set_interval(struct figure *figure, double low, double high)
{
    figure->low = low;
    figure->high = high;
    figure->has_interval = true;
}

void figure_mean(struct figure *figure, const double *values, uint32_t count)
{
    double sum = 0;
    double squares = 0;
    uint32_t known = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!isnan(values[i])) {
            sum += values[i];
            known++;
        }
    }
    double mean = known ? sum / known : NAN;
    for (uint32_t i = 0; i < count; i++) {
        if (!isnan(values[i])) {
            squares += (values[i] - mean) * (values[i] - mean);
        }
    }
    figure->value = mean;
    figure->seeds = count;
    if (known > 1) {
        double error = sqrt(squares / (known - 1) / known);
        double reach = student_point(known - 1) * error;
        set_interval(figure, mean - reach, mean + reach);
    }
}

/* Wilson, "Probable Inference, the Law of Succession, and Statistical
 * Inference", JASA 22, 1927. */
static void wilson(struct figure *figure, double share, double whole)
{
    const double z = 1.96;
    double scale = 1 + z * z / whole;
    double middle = (share + z * z / (2 * whole)) / scale;
    double reach =
        z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) /
        scale;
    set_interval(figure, fmax(0, middle - reach), fmin(1, middle + reach));
}

void figure_proportion(struct figure *figure, uint64_t part, uint64_t whole)
{
    figure->value = whole ? (double)part / (double)whole : NAN;
    if (whole) {
        wilson(figure, figure->value, (double)whole);
    }
}

void figure_share(struct figure *figure, const double *part,
                  const double *whole, uint32_t count, double absent)
{
    double parts = 0;
    double all = 0;
    double squares = 0;
    for (uint32_t i = 0; i < count; i++) {
        parts += part[i];
        all += whole[i];
    }
    figure->seeds = count;
    if (all <= 0) {
        figure->value = absent;
        return;
    }
    double share = parts / all;
    for (uint32_t i = 0; i < count; i++) {
        double off = part[i] - share * whole[i];
        squares += off * off;
    }
    figure->value = share;
    wilson(figure, share, all);
    if (count > 1) {
        double error = sqrt(squares * count / (count - 1)) / all;
        double reach = student_point(count - 1) * error;
        set_interval(figure, fmin(figure->low, fmax(0, share - reach)),
                     fmax(figure->high, fmin(1, share + reach)));
    }
}

bool figure_is_hit(const struct figure *figure)
{
    switch (figure->sense) {
    case FIGURE_REPORTED:
    case FIGURE_SKIPPED:
        return true;
    case FIGURE_AT_LEAST:
        return figure->value >= figure->target;
    case FIGURE_AT_MOST:
        return figure->value <= figure->target;
    case FIGURE_EQUAL:
        return fabs(figure->value - figure->target) < 1e-12;
    }
    return false;
}

/* ---- the table ----------------------------------------------------------- */

struct figures *figures_new(void)
{
    struct figures *figures = mem_new(sizeof(*figures));
    figures->rows = mem_new_array(FIGURES_MAX, sizeof(*figures->rows));
    return figures;
}

void figures_free(struct figures *figures)
{
    if (figures) {
        free(figures->rows);
        free(figures);
    }
}

enum err figures_add(struct figures *figures, const struct figure *figure)
{
    if (figures->count == FIGURES_MAX) {
        return ERR_FULL;
    }
    figures->rows[figures->count++] = *figure;
    return ERR_OK;
}

size_t figures_count(const struct figures *figures)
{
    return figures->count;
}

const struct figure *figures_at(const struct figures *figures, size_t index)
{
    return &figures->rows[index];
}

size_t figures_misses(const struct figures *figures)
{
    size_t misses = 0;
    for (size_t i = 0; i < figures->count; i++) {
        misses += !figure_is_hit(&figures->rows[i]);
    }
    return misses;
}

/* ---- printing ------------------------------------------------------------ */

/* What is counted, not measured: whole, and not a share that happens to be. */
static bool is_count(const struct figure *figure)
{
    return !figure->has_interval && figure->value == trunc(figure->value) &&
           (fabs(figure->value) >= 2 ||
            (figure->sense == FIGURE_EQUAL && figure->target != 1));
}

/* Four digits that matter: shares with three decimals, rates and counts without
 * any. */
static void add_value(struct buf *out, double value, int width, bool is_whole)
{
    char text[32];
    double size = fabs(value);
    if (isnan(value)) {
        snprintf(text, sizeof(text), "-");
    } else if (is_whole || size >= 1000) {
        snprintf(text, sizeof(text), "%.0f", value);
    } else {
        snprintf(text, sizeof(text), "%.*f", size >= 10 ? 1 : 3, value);
    }
    buf_add_format(out, "%*s", width, text);
}

static const char *sense_sign(enum figure_sense sense)
{
    switch (sense) {
    case FIGURE_AT_LEAST:
        return ">=";
    case FIGURE_AT_MOST:
        return "<=";
    case FIGURE_EQUAL:
        return "=";
    case FIGURE_REPORTED:
    case FIGURE_SKIPPED:
        break;
    }
    return "";
}

static const char *verdict(const struct figure *figure)
{
    if (figure->sense == FIGURE_SKIPPED) {
        return "skipped";
    }
    if (figure->sense == FIGURE_REPORTED) {
        return "";
    }
    return figure_is_hit(figure) ? "hit" : "MISS";
}

static void add_interval(const struct figure *figure, struct buf *out)
{
    if (figure->has_interval) {
        buf_add_text(out, "  [");
        add_value(out, figure->low, 8, false);
        add_value(out, figure->high, 9, false);
        buf_add_text(out, "]");
    } else {
        buf_add_format(out, "%*s", 21, "");
    }
}

static void add_row(const struct figure *figure, int width, struct buf *out)
{
    bool is_whole = is_count(figure);
    buf_add_format(out, "  %-*s", width, figure->name);
    add_value(out, figure->sense == FIGURE_SKIPPED ? NAN : figure->value, 10,
              is_whole);
    add_interval(figure, out);
    buf_add_format(out, "  %2s", sense_sign(figure->sense));
    if (*sense_sign(figure->sense)) {
        add_value(out, figure->target, 8, is_whole);
    } else {
        buf_add_format(out, "%8s", "");
    }
    buf_add_format(out, "  %-7s", verdict(figure));
    if (figure->seeds) {
        buf_add_format(out, " %2" PRIu32 " seeds", figure->seeds);
    }
    buf_add_format(out, "%s%s", *figure->note ? "  " : "", figure->note);
}

static void print_row(const struct figure *figure, int width, struct buf *out)
{
    struct buf row;
    buf_init(&row, ROW_BYTES_MAX);
    add_row(figure, width, &row);
    struct bytes text = buf_bytes(&row);
    while (text.len > 0 && text.data[text.len - 1] == ' ') {
        text.len--;
    }
    buf_add(out, text);
    buf_add_text(out, "\n");
    buf_fini(&row);
}

static size_t widest_name(const struct figures *figures)
{
    size_t widest = 0;
    for (size_t i = 0; i < figures->count; i++) {
        size_t len = strlen(figures->rows[i].name);
        widest = len > widest ? len : widest;
    }
    return widest;
}

/* A long table ends with what one looks for in it. */
static void print_end(const struct figures *figures, struct buf *out)
{
    size_t skipped = 0;
    for (size_t i = 0; i < figures->count; i++) {
        skipped += figures->rows[i].sense == FIGURE_SKIPPED;
    }
    buf_add_format(out, "\n%zu figures, %zu missed their target",
                   figures->count, figures_misses(figures));
    if (skipped > 0) {
        buf_add_format(out, ", %zu skipped", skipped);
    }
    buf_add_text(out, "\n");
    for (size_t i = 0; i < figures->count; i++) {
        const struct figure *figure = &figures->rows[i];
        if (!figure_is_hit(figure)) {
            buf_add_format(out, "missed: %s, %s\n", figure->group,
                           figure->name);
        }
    }
}

void figures_print(const struct figures *figures, struct buf *out)
{
    int width = (int)widest_name(figures);
    const char *group = "";
    for (size_t i = 0; i < figures->count; i++) {
        const struct figure *figure = &figures->rows[i];
        if (strcmp(group, figure->group) != 0) {
            group = figure->group;
            buf_add_format(out, "%s%s\n", i ? "\n" : "", group);
        }
        print_row(figure, width, out);
    }
    print_end(figures, out);
}

static void set_number(struct json *row, const char *name, double value)
{
    if (isfinite(value)) {
        json_set_real(row, name, value);
    } else {
        json_set_null(row, name);
    }
}

static struct json *row_json(const struct figure *figure)
{
    static const char *const names[] = {
        [FIGURE_REPORTED] = "none",   [FIGURE_AT_LEAST] = "at_least",
        [FIGURE_AT_MOST] = "at_most", [FIGURE_EQUAL] = "equal",
        [FIGURE_SKIPPED] = "skipped",
    };
    struct json *row = json_new_object();
    json_set_text(row, "group", figure->group);
    json_set_text(row, "name", figure->name);
    set_number(row, "value", figure->value);
    if (figure->has_interval) {
        set_number(row, "low", figure->low);
        set_number(row, "high", figure->high);
    }
    json_set_text(row, "sense", names[figure->sense]);
    if (*sense_sign(figure->sense)) {
        set_number(row, "target", figure->target);
        json_set_bool(row, "hit", figure_is_hit(figure));
    }
    if (figure->seeds) {
        json_set_int(row, "seeds", figure->seeds);
    }
    if (*figure->note) {
        json_set_text(row, "note", figure->note);
    }
    return row;
}

void figures_print_json(const struct figures *figures, struct buf *out)
{
    struct json *json = json_new_object();
    struct json *rows = json_new_array();
    json_set_int(json, "version", 1);
    for (size_t i = 0; i < figures->count; i++) {
        json_set(rows, NULL, row_json(&figures->rows[i]));
    }
    json_set(json, "figures", rows);
    json_set_int(json, "misses", (int64_t)figures_misses(figures));
    json_print(json, out);
    buf_add_text(out, "\n");
    json_free(json);
}
