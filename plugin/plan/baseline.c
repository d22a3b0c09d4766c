/* SPDX-License-Identifier: MIT */
#include "plugin/plan/baseline.h"

#include <math.h>
#include <stdlib.h>

#include "base/edge/json.h"
#include "memory/stats/stats.h"

enum {
    FRACTION_STEPS = 200,
    BISECTION_STEPS = 60,
    MEMO_ROWS = 4096
};

struct baseline_table {
    struct json *json;
    struct buf text;
};

static enum err check_slot(const char *slot, const struct json *shares,
                           struct buf *out_why)
{
    void *cursor = NULL;
    const char *option = NULL;
    struct json *share = NULL;
    if (json_kind(shares) != JSON_OBJECT) {
        buf_add_format(out_why, "%s: not an object of option: share", slot);
        return ERR_INVALID;
    }
    while (json_next(shares, &cursor, &option, &share)) {
        double value = json_as_real(share, (double)json_as_int(share, -1));
        if (!(value > 0 && value < 1)) {
            buf_add_format(out_why, "%s: %s: not a share between 0 and 1", slot,
                           option);
            return ERR_INVALID;
        }
    }
    return ERR_OK;
}

static enum err check(const struct json *json, struct buf *out_why)
{
    void *cursor = NULL;
    const char *slot = NULL;
    struct json *shares = NULL;
    if (json_kind(json) != JSON_OBJECT) {
        buf_add_text(out_why, "not an object of slot: {option: share}");
        return ERR_INVALID;
    }
    while (json_next(json, &cursor, &slot, &shares)) {
        enum err err = check_slot(slot, shares, out_why);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

enum err baseline_table_read(struct bytes text, struct buf *out_why,
                             struct baseline_table **out_table)
{
    struct baseline_table *table = mem_new(sizeof(*table));
    buf_init(&table->text, (size_t)2 * BASELINE_TABLE_BYTES_MAX);
    enum err err = ERR_TOO_BIG;
    if (text.len > BASELINE_TABLE_BYTES_MAX) {
        buf_add_text(out_why, "longer than 1 MiB");
        goto fail;
    }
    err = json_parse(text.len ? text : BYTES_LITERAL("{}"), &table->json);
    if (err != ERR_OK) {
        buf_add_text(out_why, "not JSON");
        goto fail;
    }
    err = check(table->json, out_why);
    if (err != ERR_OK) {
        goto fail;
    }
    json_print_canonical(table->json, &table->text);
    *out_table = table;
    return ERR_OK;
fail:
    baseline_table_free(table);
    return err;
}

void baseline_table_free(struct baseline_table *table)
{
    if (!table) {
        return;
    }
    json_free(table->json);
    buf_fini(&table->text);
    free(table);
}

struct bytes baseline_table_text(const struct baseline_table *table)
{
    return buf_bytes(&table->text);
}

/* Continued fraction of the incomplete beta function, by the modified Lentz
 * method; a fixed number of steps, so that equal arguments give equal bits. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1;
    double d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double result = d;
    for (int m = 1; m <= FRACTION_STEPS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        result *= d * c;
        double odd =
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        result *= d * c;
    }
    return result;
}

/* P(Beta(a, b) <= x). */
static double beta_below(double a, double b, double x)
{
    if (x <= 0 || x >= 1) {
        return x >= 1;
    }
    int sign = 0;
    double front = exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) -
                       lgamma_r(b, &sign) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2)) {
        return front * beta_fraction(a, b, x) / a;
    }
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double baseline_upper(double a, double b, double probability)
{
    assert(a > 0 && b > 0);
    double low = 0;
    double high = 1;
    for (int i = 0; i < BISECTION_STEPS; i++) {
        double middle = (low + high) / 2;
        if (middle <= low || middle >= high) {
            break; /* neighbours: nothing moves any more */
        }
        if (beta_below(a, b, middle) < probability) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

static double clamp(double share)
{
    return share < 0.01 ? 0.01 : share > 0.99 ? 0.99 : share;
}

/* ---- bounds of shares ---------------------------------------------------- */

struct memo_row {
    struct baseline_votes votes;
    uint32_t options; /* 0: the row is empty */
    double probability;
    double bound;
};

struct baseline_memo {
    struct memo_row rows[MEMO_ROWS];
};

struct baseline_memo *baseline_memo_new(void)
{
    return mem_new(sizeof(struct baseline_memo));
}

void baseline_memo_free(struct baseline_memo *memo)
{
    free(memo);
}

/* The one row where these may be remembered. */
static struct memo_row *row_of(struct baseline_memo *memo, uint32_t options,
                               struct baseline_votes votes, double probability)
{
    uint64_t key = (uint64_t)votes.voters << 32 | votes.supporters;
    key ^= (uint64_t)options << 20 ^ (uint64_t)(probability * 100) << 25;
    key *= UINT64_C(0x9e3779b97f4a7c15);
    return &memo->rows[(key >> 32) % MEMO_ROWS];
}

/* Upper bound of the share of ${votes}, shrunk towards 1/K. */
static double find_bound(uint32_t options, struct baseline_votes votes,
                         double probability)
{
    double prior = (double)BASELINE_PRIOR_PRINCIPALS / (options ? options : 1);
    double a = prior + votes.supporters;
    double b =
        BASELINE_PRIOR_PRINCIPALS - prior + votes.voters - votes.supporters;
    return b > 0 ? baseline_upper(a, b, probability) : 1;
}

static double bound(struct baseline_memo *memo, uint32_t options,
                    struct baseline_votes votes, double probability)
{
    if (!memo || options == 0) {
        return find_bound(options, votes, probability);
    }
    struct memo_row *row = row_of(memo, options, votes, probability);
    bool is_known = row->options == options &&
                    row->votes.voters == votes.voters &&
                    row->votes.supporters == votes.supporters &&
                    row->probability == probability;
    if (!is_known) {
        *row = (struct memo_row){
            .votes = votes,
            .options = options,
            .probability = probability,
            .bound = find_bound(options, votes, probability),
        };
    }
    return row->bound;
}

static void add_votes(struct baseline_votes *sum, struct baseline_votes votes)
{
    sum->voters += votes.voters;
    sum->supporters += votes.supporters;
}

static struct baseline_votes sum_of(const struct baseline_votes *teams,
                                    size_t count)
{
    struct baseline_votes sum = {0};
    for (size_t i = 0; i < count; i++) {
        add_votes(&sum, teams[i]);
    }
    return sum;
}

static size_t largest_share(const struct baseline_votes *teams, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        uint64_t left = (uint64_t)teams[i].supporters * teams[best].voters;
        uint64_t right = (uint64_t)teams[best].supporters * teams[i].voters;
        if (left > right ||
            (left == right && teams[i].voters > teams[best].voters)) {
            best = i;
        }
    }
    return best;
}

/* Whether ${team} prefers the option to what ${rest} does. */
static bool is_preferred(struct baseline_memo *memo, uint32_t options,
                         struct baseline_votes team, struct baseline_votes rest)
{
    const double share_min = 0.6;
    const double lift_min = 0.2;
    const double log_e_min = 2.9957322735539909; /* ln 20 */
    double share = stats_share(team.voters, team.supporters);
    if (share < share_min) {
        return false;
    }
    double base = clamp(bound(memo, options, rest, BASELINE_BOUND));
    return share - base >= lift_min &&
           stats_log_e(team.voters, team.supporters, base) >= log_e_min;
}

/* A team that prefers the option itself says nothing about those who do not:
 * such teams are left out, the clearest first. Where more than a third of them
 * prefer it, or fewer than BASELINE_TEAMS_MIN would stay, it is what teams do,
 * and all stay. Returns how many stay, in front. */
static size_t leave_out_preferring(struct baseline_memo *memo, uint32_t options,
                                   struct baseline_votes *teams, size_t count)
{
    size_t left = count;
    while (left > 1) {
        size_t top = largest_share(teams, left);
        struct baseline_votes team = teams[top];
        teams[top] = teams[left - 1];
        teams[left - 1] = team;
        if (!is_preferred(memo, options, team, sum_of(teams, left - 1))) {
            break;
        }
        left--;
    }
    bool are_few = (count - left) * 3 <= count && left >= BASELINE_TEAMS_MIN;
    return are_few ? left : count;
}

bool baseline_pool(struct baseline_memo *memo, uint32_t options,
                   const struct baseline_votes *others, size_t count,
                   struct baseline_votes *out_sum)
{
    struct baseline_votes *teams = mem_new_array(count + 1, sizeof(*teams));
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (others[i].voters >= BASELINE_TEAM_PRINCIPALS_MIN) {
            teams[kept++] = others[i];
        }
    }
    bool is_enough = kept >= BASELINE_TEAMS_MIN;
    if (is_enough) {
        *out_sum =
            sum_of(teams, leave_out_preferring(memo, options, teams, kept));
    }
    free(teams);
    return is_enough;
}

/* No baseline: what an even choice would give, not below a third, nor below
 * what other teams do as far as is known. */
static double indicative(struct baseline_memo *memo, uint32_t options,
                         const struct baseline_votes *others, size_t count)
{
    const double least = 1.0 / 3;
    struct baseline_votes sum = sum_of(others, count);
    double even = 1.0 / (options > 2 ? options : 2);
    double share = even > least ? even : least;
    double known = sum.voters >= BASELINE_TEAM_PRINCIPALS_MIN
                       ? bound(memo, options, sum, BASELINE_BOUND_FEW)
                       : 0;
    return known > share ? known : share;
}

/* What the votes of other teams say, and what is learnt from all choices about
 * how large such shares are. A small share takes little to be far below what it
 * is in truth by a factor, so it is bounded by the slot's own votes. */
static double share_of_teams(const struct baseline_question *question,
                             struct baseline_votes sum)
{
    struct baseline_memo *memo = question->memo;
    const double small = 0.2;
    double own = bound(memo, question->options, sum, BASELINE_BOUND);
    if (!question->shares) {
        return own;
    }
    double least = bound(memo, question->options, sum, BASELINE_BOUND_LEAST);
    double learnt = prior_bound(question->shares, sum.voters, sum.supporters,
                                BASELINE_BOUND_LEARNT);
    return fmax(fmax(learnt, least), fmin(own, small));
}

static double share_of_table(const struct baseline_question *question)
{
    if (!question->table) {
        return 0;
    }
    char *slot = bytes_to_text(question->slot);
    char *option = bytes_to_text(question->option);
    double share = json_as_real(
        json_get(json_get(question->table->json, slot), option), 0);
    free(slot);
    free(option);
    return share;
}

struct baseline baseline_find(const struct baseline_question *question,
                              const struct baseline_votes *others,
                              size_t other_count)
{
    struct baseline_votes sum;
    if (baseline_pool(question->memo, question->options, others, other_count,
                      &sum)) {
        return (struct baseline){.share = clamp(share_of_teams(question, sum)),
                                 .source = BASELINE_TEAMS};
    }
    double share = share_of_table(question);
    if (share > 0) {
        return (struct baseline){.share = clamp(share),
                                 .source = BASELINE_TABLE};
    }
    return (struct baseline){
        .share = clamp(
            indicative(question->memo, question->options, others, other_count)),
        .source = BASELINE_NONE};
}
