/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fix/fixes.h"

#include <math.h>

#include "plugin/detect/mistakes/fix/fix_words.h"
#include "plugin/detect/mistakes/fix/rule.h"
#include "plugin/detect/mistakes/fix/silence.h"

enum {
    OPTIONS_MAX = 512 /* features that are ranked */
};

static const struct rule nobody = {{UINT64_MAX}, 1}; /* follows it */
static const struct rule everybody = {.count = 0};

struct search {
    struct rule_trials trials;
    const struct features *features;
    uint64_t options[OPTIONS_MAX];
    size_t option_count;
    uint32_t people;   /* that tried anything */
    uint32_t compared; /* rules, over which the evidence must hold */
    bool is_silencing; /* what is looked at silences a check */
};

/* ---- what stands for choice ---------------------------------------------- */

static void add_option(struct search *search, uint64_t feature)
{
    for (size_t i = 0; i < search->option_count; i++) {
        if (search->options[i] == feature) {
            return;
        }
    }
    if (search->option_count < OPTIONS_MAX) {
        search->options[search->option_count++] = feature;
    }
}

/* How many people tried at all, and what counts with nothing. */
static void find_people(struct search *search)
{
    const struct trials *trials = search->trials.trials;
    for (uint32_t i = 0; i < trials->count; i++) {
        const struct trial *trial = &trials->items[i];
        search->people +=
            i == 0 || trial->person != trials->items[i - 1].person;
        search->trials.silent[i] = trial_silences(search->features, trial);
    }
}

/* Everything that trials which worked have. */
static void find_options(struct search *search)
{
    const struct trials *trials = search->trials.trials;
    for (uint32_t i = 0; i < trials->count; i++) {
        const struct trial *trial = &trials->items[i];
        for (uint32_t j = 0; trial->times_worked > 0 && j < trial->count; j++) {
            add_option(search, trial->features[j]);
        }
    }
}

static struct rule_count count_of(const struct search *search,
                                  const struct rule *rule)
{
    return rule_count(&search->trials, rule, &everybody, search->is_silencing);
}

/* ---- the first features ------------------------------------------------ */

struct scored {
    struct rule rule;
    double log_e;
    double log_odds;
};

/* The best of rules of one length, and of how many. */
struct ranking {
    struct scored best;
    uint32_t compared;
};

/* The e-value, then the odds, then what was added before what was done or left
 * out, then the number. */
static bool is_better(const struct scored *a, const struct scored *b)
{
    if (fabs(a->log_e - b->log_e) > 1e-9) {
        return a->log_e > b->log_e;
    }
    if (fabs(a->log_odds - b->log_odds) > 1e-9) {
        return a->log_odds > b->log_odds;
    }
    static const int places[] = {[DELTA_ADDED] = 0,
                                 [DELTA_DEED] = 1,
                                 [DELTA_REMOVED] = 2,
                                 [DELTA_SAME] = 3};
    const uint64_t *x = a->rule.features;
    const uint64_t *y = b->rule.features;
    int order = places[delta_sign_of(x[0])] - places[delta_sign_of(y[0])];
    if (order) {
        return order < 0;
    }
    return x[0] != y[0] ? x[0] < y[0] : x[1] < y[1];
}

static bool is_tried(const struct search *search,
                     const struct rule_count *count)
{
    return count->people >= FIX_WORKED_PEOPLE &&
           count->people >= FIX_BREADTH * search->people;
}

static void rank_rule(const struct rule *rule, const struct rule_count *count,
                      struct ranking *ranking)
{
    const struct scored it = {*rule, two_by_two_log_e(&count->table),
                              two_by_two_log_odds(&count->table)};
    ranking->compared++;
    if (count->people_worked >= FIX_WORKED_PEOPLE && it.log_odds > 0 &&
        is_better(&it, &ranking->best)) {
        ranking->best = it;
    }
}

/* Ranks ${first} under every condition that makes a difference. */
static void rank_pairs(const struct search *search, uint64_t first,
                       const struct rule_count *alone, struct ranking *pairs)
{
    for (size_t i = 0; i < search->option_count; i++) {
        const struct rule rule = {{first, search->options[i]}, 2};
        if (delta_sign_of(search->options[i]) != DELTA_SAME) {
            continue;
        }
        const struct rule_count count = count_of(search, &rule);
        if (is_tried(search, &count) && count.attempts < alone->attempts) {
            rank_rule(&rule, &count, pairs);
        }
    }
}

static double weighed(const struct ranking *ranking)
{
    return ranking->best.log_e - log(ranking->compared ? ranking->compared : 1);
}

/* The best single feature, alone or under a condition, of those that silence
 * something or of the others. Both lengths have half the weight, and within
 * one all that were compared the same. False if none works for two people and
 * more often than the rest. */
static bool find_first(struct search *search, bool silencing, struct rule *out)
{
    struct ranking one = {.best = {.log_e = -INFINITY}};
    struct ranking two = one;
    search->is_silencing = silencing;
    for (size_t i = 0; i < search->option_count; i++) {
        uint64_t option = search->options[i];
        const struct rule rule = {{option}, 1};
        if (delta_sign_of(option) == DELTA_SAME ||
            feature_silences(search->features, option) != silencing) {
            continue;
        }
        const struct rule_count count = count_of(search, &rule);
        if (is_tried(search, &count)) {
            rank_rule(&rule, &count, &one);
            rank_pairs(search, option, &count, &two);
        }
    }
    const struct ranking *best = weighed(&two) > weighed(&one) ? &two : &one;
    search->compared = best->compared * (two.compared > 0 ? 2 : 1);
    *out = best->best.rule;
    return best->best.log_e > -INFINITY;
}

/* ---- growing ------------------------------------------------------------- */

/* Of the trials of the rule, those with ${option} against those without. */
static struct rule_count split_by(const struct search *search,
                                  const struct rule *rule, uint64_t option)
{
    const struct rule one = {{option}, 1};
    return rule_count(&search->trials, &one, rule, search->is_silencing);
}

static bool may_join(const struct search *search, uint64_t option,
                     const struct rule_count *split)
{
    return split->table.without > 0 && is_tried(search, split) &&
           split->people_worked > FIX_WORKED_PEOPLE &&
           !feature_silences(search->features, option);
}

/* One more feature without which the rule holds less often, and not by chance
 * among all that might; whether there was one. */
static bool grow(const struct search *search, struct rule *rule)
{
    const struct rule_count now = count_of(search, rule);
    double best = -INFINITY;
    uint64_t found = 0;
    uint32_t compared = 0;
    if (rule_precision(&now) >= FIX_PRECISION ||
        rule->count == RULE_FEATURES_MAX) {
        return false;
    }
    for (size_t i = 0; i < search->option_count; i++) {
        uint64_t option = search->options[i];
        const struct rule_count split = split_by(search, rule, option);
        if (!may_join(search, option, &split)) {
            continue;
        }
        double log_e = two_by_two_log_e(&split.table);
        compared++;
        if (rule_precision(&split) >= rule_precision(&now) + FIX_GAIN_MIN &&
            (log_e > best + 1e-9 || (log_e > best - 1e-9 && option < found))) {
            best = log_e;
            found = option;
        }
    }
    bool is_found = best >= log(FIX_GAIN_E_MIN) + log(compared ? compared : 1);
    if (is_found) {
        rule->features[rule->count++] = found;
    }
    return is_found;
}

/* Leaves out what the rule holds as often without. */
static void shrink(const struct search *search, struct rule *rule)
{
    struct rule_count now = count_of(search, rule);
    for (uint32_t i = 0; rule->count > 1 && i < rule->count; i++) {
        struct rule less = *rule;
        less.features[i] = less.features[--less.count];
        const struct rule_count then = count_of(search, &less);
        bool has_delta = false;
        for (uint32_t j = 0; j < less.count; j++) {
            has_delta |= delta_sign_of(less.features[j]) != DELTA_SAME;
        }
        if (has_delta && rule_precision(&then) >= rule_precision(&now)) {
            *rule = less;
            now = then;
            i = 0;
        }
    }
}

/* ---- what it comes to ---------------------------------------------------- */

static double log_compared(const struct search *search)
{
    return log(search->compared > 0 ? search->compared : 1);
}

/* Something left out is told with what most put in its place, where they put
 * the same: whoever did something else altogether left it out, too. */
static void name_instead(const struct search *search, struct rule *rule)
{
    const struct rule_count all = count_of(search, rule);
    struct rule_count best = {.people = 0};
    struct rule told = *rule;
    if (delta_sign_of(rule->features[0]) != DELTA_REMOVED) {
        return;
    }
    for (size_t i = 0; i < search->option_count; i++) {
        struct rule other = *rule;
        other.features[0] = search->options[i];
        if (delta_sign_of(other.features[0]) != DELTA_ADDED ||
            feature_silences(search->features, other.features[0])) {
            continue;
        }
        const struct rule_count count = count_of(search, &other);
        bool is_more = count.people_worked > best.people_worked ||
                       (count.people_worked == best.people_worked &&
                        other.features[0] < told.features[0]);
        if (is_tried(search, &count) && is_more &&
            2 * count.people_worked >= all.people_worked &&
            rule_precision(&count) >= rule_precision(&all)) {
            best = count;
            told = other;
        }
    }
    *rule = told;
}

/* Looks for what helps; false if nothing does that can be told. */
static bool find_rule(struct search *search, bool silencing, struct rule *out)
{
    if (!find_first(search, silencing, out)) {
        return false;
    }
    name_instead(search, out);
    while (grow(search, out)) {
    }
    shrink(search, out);
    const struct rule_count count = count_of(search, out);
    return rule_precision(&count) >= FIX_WORKED_MIN &&
           two_by_two_log_e(&count.table) - log_compared(search) >=
               log(FIX_TOLD_E_MIN);
}

static void set_figures(const struct search *search, const struct rule *rule,
                        struct fix_figures *out)
{
    const struct rule_count count = count_of(search, rule);
    out->principals = count.people;
    out->principals_worked = count.people_worked;
    out->other_principals = count.other_people;
    out->other_worked = count.other_worked;
    out->attempts = count.attempts;
    out->attempts_worked = count.attempts_worked;
    out->compared = search->compared;
    out->ochiai = two_by_two_ochiai(&count.table);
    out->log_odds = two_by_two_log_odds(&count.table);
    out->fisher = two_by_two_mid_p(&count.table);
    out->log_e = two_by_two_log_e(&count.table);
}

static enum mistake_label label_of(const struct search *search,
                                   const struct rule *rule)
{
    const struct rule_count count = count_of(search, rule);
    bool is_fix =
        count.people >= FIX_PRINCIPALS_MIN &&
        count.people_worked >= FIX_SHARE_MIN * count.people &&
        rule_precision(&count) >= FIX_SHARE_MIN &&
        two_by_two_log_e(&count.table) - log_compared(search) >= log(FIX_E_MIN);
    return is_fix ? MISTAKE_FIX : MISTAKE_WORKED;
}

/* Whether trying the same again works mostly, or whatever is tried but the
 * rule that was found. Where none was found, that something else works (another
 * file is read) says nothing of what failed as long as nobody tried it again.
 */
static bool is_transient(const struct search *search, const struct rule *found)
{
    const struct rule_count count = count_of(search, found ? found : &nobody);
    const struct rule_count retries = rule_count_retries(&search->trials);
    bool works_again =
        retries.people > 0 && rule_precision(&retries) >= FIX_TRANSIENT_MIN;
    bool by_rest = count.other_people >= FIX_WORKED_PEOPLE &&
                   rule_rest(&count) >= FIX_TRANSIENT_MIN;
    return (works_again && retries.people >= FIX_RETRIES_MIN) ||
           (by_rest && (found || works_again));
}

/* Whether it might still prove transient: the share that worked is less than
 * two standard errors below. */
static bool may_be_transient(const struct search *search)
{
    const struct rule_count count = count_of(search, &nobody);
    double n = count.table.without;
    double error = sqrt(n * FIX_TRANSIENT_MIN * (1 - FIX_TRANSIENT_MIN));
    return n > 0 &&
           count.table.without_worked >= n * FIX_TRANSIENT_MIN - 2 * error;
}

static void set_words(const struct search *search, const struct rule *rule,
                      struct arena *arena, struct fix_figures *out)
{
    const struct phrase phrase = {search->trials.trials, search->features,
                                  rule};
    out->text = fix_words(&phrase, PHRASE_DEED, arena);
    out->condition = fix_words(&phrase, PHRASE_CONDITION, arena);
    out->told = fix_words(&phrase, PHRASE_DEED | PHRASE_QUOTED, arena);
    out->told_condition =
        fix_words(&phrase, PHRASE_CONDITION | PHRASE_QUOTED, arena);
}

/* Sorts the trials; false if too few people tried anything to tell. */
static bool look(struct search *search, struct trials *trials,
                 struct fix_figures *out)
{
    *out = (struct fix_figures){.principals = 0};
    trials_sort(trials);
    search->trials.trials = trials;
    find_people(search);
    out->tried = search->people;
    if (search->people > 0 && search->people < FIX_POOL_MIN) {
        return false;
    }
    const struct rule_count retries = rule_count_retries(&search->trials);
    out->retry_principals = retries.people;
    out->retry_worked = retries.people_worked;
    return true;
}

bool fix_goes_away(struct trials *trials, const struct features *features,
                   struct fix_figures *out)
{
    struct search search = {.features = features};
    return look(&search, trials, out) && is_transient(&search, NULL);
}

enum mistake_label fix_find(struct trials *trials,
                            const struct features *features,
                            const struct citing *citing, struct arena *arena,
                            struct fix_figures *out)
{
    struct search search = {.features = features};
    struct rule rule = nobody;
    if (!look(&search, trials, out)) {
        return MISTAKE_OPEN;
    }
    find_options(&search);
    bool is_found =
        find_rule(&search, false, &rule) || find_rule(&search, true, &rule);
    if (is_transient(&search, is_found ? &rule : NULL)) {
        return MISTAKE_TRANSIENT;
    }
    if (!is_found) {
        return may_be_transient(&search) ? MISTAKE_OPEN : MISTAKE_UNRESOLVED;
    }
    set_figures(&search, &rule, out);
    set_words(&search, &rule, arena, out);
    out->is_suppressor = search.is_silencing;
    fix_cite(trials, &rule, citing, out);
    return label_of(&search, &rule);
}
