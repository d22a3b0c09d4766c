/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fixes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory/two_by_two.h"
#include "plugin/read/text/ascii.h"

enum {
    RULE_MAX = 3,
    OPTIONS_MAX = 512, /* features that are ranked */
    TEXT_MAX = 256
};

/* A trial is of a rule if it has all its features. */
struct rule {
    uint64_t features[RULE_MAX];
    uint32_t count;
};

struct search {
    const struct trials *trials;
    const struct features *features;
    uint64_t options[OPTIONS_MAX];
    size_t option_count;
    uint32_t people; /* that tried anything */
};

static enum delta_sign sign_of(uint64_t feature)
{
    return (enum delta_sign)(feature & DELTA_SIGN_MASK);
}

/* ---- counting ------------------------------------------------------------ */

static bool follows(const struct trial *trial, const struct rule *rule)
{
    for (uint32_t i = 0; i < rule->count; i++) {
        if (!trial_has(trial, rule->features[i])) {
            return false;
        }
    }
    return true;
}

/* The first trial of every principal with ${rule}, and the first without; of
 * those that follow ${within} alone. */
static struct two_by_two count_rule(const struct trials *trials,
                                    const struct rule *rule,
                                    const struct rule *within)
{
    struct two_by_two table = {.with = 0};
    uint64_t with = 0; /* principal that is counted; hashes are not 0 */
    uint64_t without = 0;
    for (uint32_t i = 0; i < trials->count; i++) {
        const struct trial *trial = &trials->items[i];
        if (!follows(trial, within)) {
            continue;
        }
        if (follows(trial, rule)) {
            bool is_first = trial->person != with;
            table.with += is_first;
            table.with_worked += is_first && trial->worked;
            with = trial->person;
        } else {
            bool is_first = trial->person != without;
            table.without += is_first;
            table.without_worked += is_first && trial->worked;
            without = trial->person;
        }
    }
    return table;
}

static void count_retries(const struct trials *trials, struct fix_figures *out)
{
    uint64_t counted = 0;
    for (uint32_t i = 0; i < trials->count; i++) {
        const struct trial *trial = &trials->items[i];
        if (trial->is_retry && trial->person != counted) {
            out->retry_principals++;
            out->retry_worked += trial->worked;
            counted = trial->person;
        }
    }
}

static double share(uint32_t n, uint32_t x)
{
    return n > 0 ? (double)x / n : 0;
}

static double precision(const struct two_by_two *table)
{
    return share(table->with, table->with_worked);
}

static uint32_t count_people(const struct trials *trials)
{
    uint32_t people = 0;
    for (uint32_t i = 0; i < trials->count; i++) {
        people +=
            i == 0 || trials->items[i].person != trials->items[i - 1].person;
    }
    return people;
}

/* ---- what stands for choice ---------------------------------------------- */

bool fix_is_suppressor(struct bytes word)
{
    static const char *const parts[] = {
        "no-verify", "--force",  "--skip",      "--ignore",     "--disable",
        "insecure",  "no-check", "--no-strict", "--allow",      "xfail",
        "|| true",   "noqa",     "nolint",      "no-verify-ssl"};
    static const char *const whole[] = {"777", "true", "-f", "--yolo", NULL};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (ascii_find(word, parts[i]) != SIZE_MAX) {
            return true;
        }
    }
    return ascii_among(word, whole);
}

static bool silences(const struct features *features, uint64_t feature)
{
    static const char *const deletes[] = {"rm ", "git rm", "git reset --hard"};
    const struct feature *words = features_get(features, feature);
    enum delta_sign sign = sign_of(feature);
    if (!words || sign == DELTA_SAME) {
        return false;
    }
    if (sign == DELTA_REMOVED) { /* tests that are run no more */
        return ascii_find(words->value, "test") != SIZE_MAX;
    }
    for (size_t i = 0; i < ARRAY_LEN(deletes); i++) {
        if (ascii_starts(words->value, deletes[i])) {
            return true;
        }
    }
    return fix_is_suppressor(words->value);
}

static bool rule_silences(const struct search *search, const struct rule *rule)
{
    for (uint32_t i = 0; i < rule->count; i++) {
        if (silences(search->features, rule->features[i])) {
            return true;
        }
    }
    return false;
}

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

/* Everything that trials which worked have. */
static void find_options(struct search *search)
{
    for (uint32_t i = 0; i < search->trials->count; i++) {
        const struct trial *trial = &search->trials->items[i];
        for (uint32_t j = 0; trial->worked && j < trial->count; j++) {
            add_option(search, trial->features[j]);
        }
    }
}

/* ---- the first feature --------------------------------------------------- */

struct scored {
    uint64_t feature;
    struct two_by_two table;
    double ochiai;
    double log_odds;
};

/* Ochiai, then the odds, then what was added before what was done or left
 * out, then the number. */
static bool is_better(const struct scored *a, const struct scored *b)
{
    if (fabs(a->ochiai - b->ochiai) > 1e-9) {
        return a->ochiai > b->ochiai;
    }
    if (fabs(a->log_odds - b->log_odds) > 1e-9) {
        return a->log_odds > b->log_odds;
    }
    static const int places[] = {[DELTA_ADDED] = 0,
                                 [DELTA_DEED] = 1,
                                 [DELTA_REMOVED] = 2,
                                 [DELTA_SAME] = 3};
    int order = places[sign_of(a->feature)] - places[sign_of(b->feature)];
    return order ? order < 0 : a->feature < b->feature;
}

/* The best single feature, of those that silence something or of the others;
 * false if none works often enough to be told. */
static bool find_first(const struct search *search, bool silencing,
                       struct rule *out)
{
    const struct rule all = {.count = 0};
    struct scored best = {.ochiai = -1};
    for (size_t i = 0; i < search->option_count; i++) {
        struct scored it = {.feature = search->options[i]};
        const struct rule rule = {{it.feature}, 1};
        if (sign_of(it.feature) == DELTA_SAME ||
            silences(search->features, it.feature) != silencing) {
            continue;
        }
        it.table = count_rule(search->trials, &rule, &all);
        it.ochiai = two_by_two_ochiai(&it.table);
        it.log_odds = two_by_two_log_odds(&it.table);
        bool is_told = it.table.with_worked >= FIX_WORKED_PEOPLE &&
                       it.table.with >= FIX_BREADTH * search->people &&
                       precision(&it.table) >= FIX_WORKED_MIN / 2 &&
                       it.log_odds > 0;
        if (is_told && is_better(&it, &best)) {
            best = it;
        }
    }
    *out = (struct rule){{best.feature}, 1};
    return best.ochiai >= 0;
}

/* ---- growing ------------------------------------------------------------- */

/* One more feature without which the rule holds less often; whether there was
 * one. */
static bool grow(const struct search *search, struct rule *rule)
{
    const struct rule all = {.count = 0};
    struct two_by_two now = count_rule(search->trials, rule, &all);
    double best = precision(&now) + FIX_GAIN_MIN;
    uint32_t best_with = 0;
    uint64_t found = 0;
    if (precision(&now) >= FIX_PRECISION || rule->count == RULE_MAX) {
        return false;
    }
    for (size_t i = 0; i < search->option_count; i++) {
        uint64_t option = search->options[i];
        const struct rule one = {{option}, 1};
        struct two_by_two split = count_rule(search->trials, &one, rule);
        double its = precision(&split);
        bool is_enough = split.with_worked > FIX_WORKED_PEOPLE &&
                         split.with >= FIX_BREADTH * search->people &&
                         !silences(search->features, option) &&
                         two_by_two_log_e(&split) >= log(FIX_GAIN_E_MIN);
        bool is_more =
            its > best + 1e-9 || (its >= best - 1e-9 && split.with > best_with);
        if (is_enough && is_more) {
            best = its;
            best_with = split.with;
            found = option;
        }
    }
    if (best_with > 0) {
        rule->features[rule->count++] = found;
    }
    return best_with > 0;
}

/* Leaves out what the rule holds as often without. */
static void shrink(const struct search *search, struct rule *rule)
{
    const struct rule all = {.count = 0};
    struct two_by_two now = count_rule(search->trials, rule, &all);
    for (uint32_t i = 0; rule->count > 1 && i < rule->count; i++) {
        struct rule less = *rule;
        less.features[i] = less.features[--less.count];
        struct two_by_two then = count_rule(search->trials, &less, &all);
        bool has_delta = false;
        for (uint32_t j = 0; j < less.count; j++) {
            has_delta |= sign_of(less.features[j]) != DELTA_SAME;
        }
        if (has_delta && precision(&then) >= precision(&now)) {
            *rule = less;
            now = then;
            i = 0;
        }
    }
}

/* ---- words --------------------------------------------------------------- */

/* What the rule's feature replaced, in four of five trials; NULL: nothing. */
static const struct feature *replaced_by(const struct search *search,
                                         const struct rule *rule,
                                         const struct feature *words)
{
    for (size_t i = 0; i < search->option_count; i++) {
        uint64_t option = search->options[i];
        const struct feature *other = features_get(search->features, option);
        if (sign_of(option) != DELTA_REMOVED || !other ||
            !bytes_equal(other->name, words->name)) {
            continue;
        }
        uint32_t all = 0;
        uint32_t both = 0;
        for (uint32_t j = 0; j < search->trials->count; j++) {
            const struct trial *trial = &search->trials->items[j];
            bool is_one = trial->worked && follows(trial, rule);
            all += is_one;
            both += is_one && trial_has(trial, option);
        }
        if (all > 0 && both * 5 >= all * 4) {
            return other;
        }
    }
    return NULL;
}

/* "region eu" for a slot, "--amend" for a word. */
static void add_words(const struct feature *words, struct buf *out)
{
    bool is_slot = bytes_find(words->name, BYTES_LITERAL("."), 0) != SIZE_MAX ||
                   bytes_equal_text(words->name, "table") ||
                   bytes_equal_text(words->name, "column");
    if (is_slot) {
        buf_add(out, words->name);
        buf_add_text(out, " ");
    }
    buf_add(out, words->value);
}

static void add_feature(const struct search *search, const struct rule *rule,
                        uint64_t feature, struct buf *out)
{
    const struct feature *words = features_get(search->features, feature);
    enum delta_sign sign = sign_of(feature);
    if (!words) {
        return;
    }
    buf_add_text(out, out->len > 0 ? ", " : "");
    buf_add_text(out, sign == DELTA_DEED      ? "after "
                      : sign == DELTA_REMOVED ? "without "
                                              : "");
    add_words(words, out);
    const struct feature *old =
        sign == DELTA_ADDED ? replaced_by(search, rule, words) : NULL;
    if (old) {
        buf_add_text(out, " instead of ");
        buf_add(out, old->value);
    }
}

static struct bytes words_of(const struct search *search,
                             const struct rule *rule, bool conditions,
                             struct arena *arena)
{
    struct buf text;
    buf_init(&text, (size_t)RULE_MAX * TEXT_MAX * 4);
    for (uint32_t i = 0; i < rule->count; i++) {
        if ((sign_of(rule->features[i]) == DELTA_SAME) == conditions) {
            add_feature(search, rule, rule->features[i], &text);
        }
    }
    struct bytes copy =
        arena_copy(arena, ascii_clip(buf_bytes(&text), TEXT_MAX));
    buf_fini(&text);
    return copy;
}

/* ---- what it comes to ---------------------------------------------------- */

static void set_figures(const struct search *search, const struct rule *rule,
                        struct fix_figures *out)
{
    const struct rule all = {.count = 0};
    struct two_by_two table = count_rule(search->trials, rule, &all);
    out->principals = table.with;
    out->principals_worked = table.with_worked;
    out->other_principals = table.without;
    out->other_worked = table.without_worked;
    out->ochiai = two_by_two_ochiai(&table);
    for (uint32_t i = 0; i < search->trials->count; i++) {
        const struct trial *trial = &search->trials->items[i];
        if (follows(trial, rule)) {
            out->attempts += trial->times;
            out->attempts_worked += trial->times_worked;
        }
    }
    if (out->retry_principals >= FIX_RETRIES_MIN) {
        table.without = out->retry_principals;
        table.without_worked = out->retry_worked;
    }
    out->log_odds = two_by_two_log_odds(&table);
    out->fisher = two_by_two_mid_p(&table);
    out->log_e = two_by_two_log_e(&table);
}

static enum mistake_label label_of(const struct fix_figures *figures)
{
    bool is_fix = figures->principals >= FIX_PRINCIPALS_MIN &&
                  share(figures->principals, figures->principals_worked) >=
                      FIX_SHARE_MIN &&
                  figures->log_e >= log(FIX_E_MIN);
    return is_fix ? MISTAKE_FIX : MISTAKE_WORKED;
}

/* Whether what was tried without the rule works mostly anyhow. */
static bool is_transient(const struct search *search, const struct rule *rule,
                         const struct fix_figures *out)
{
    struct rule none = {.count = 0};
    struct two_by_two table = count_rule(search->trials, rule, &none);
    if (out->retry_principals >= FIX_RETRIES_MIN) {
        return share(out->retry_principals, out->retry_worked) >=
               FIX_TRANSIENT_MIN;
    }
    double most =
        table.without < FIX_POOL_SMALL ? FIX_WORKED_MIN : FIX_TRANSIENT_MIN;
    return table.without >= FIX_WORKED_PEOPLE &&
           share(table.without, table.without_worked) >= most;
}

static bool is_told(const struct search *search, const struct rule *rule)
{
    const struct rule all = {.count = 0};
    struct two_by_two table = count_rule(search->trials, rule, &all);
    return precision(&table) >= FIX_WORKED_MIN &&
           two_by_two_log_e(&table) >= log(FIX_TOLD_E_MIN);
}

enum mistake_label fix_find(struct trials *trials,
                            const struct features *features,
                            struct arena *arena, struct fix_figures *out)
{
    struct search search = {.trials = trials, .features = features};
    struct rule rule = {{UINT64_MAX}, 1}; /* nobody follows it */
    *out = (struct fix_figures){.principals = 0};
    trials_sort(trials);
    count_retries(trials, out);
    find_options(&search);
    search.people = count_people(trials);
    if (search.people > 0 && search.people < FIX_POOL_MIN) {
        return MISTAKE_OPEN;
    }
    bool has_rule =
        find_first(&search, false, &rule) || find_first(&search, true, &rule);
    if (!has_rule) {
        rule = (struct rule){{UINT64_MAX}, 1};
    }
    if (is_transient(&search, &rule, out)) {
        return MISTAKE_TRANSIENT;
    }
    while (has_rule && grow(&search, &rule)) {
    }
    if (!has_rule) {
        return MISTAKE_UNRESOLVED;
    }
    shrink(&search, &rule);
    if (!is_told(&search, &rule)) {
        return MISTAKE_UNRESOLVED;
    }
    set_figures(&search, &rule, out);
    out->text = words_of(&search, &rule, false, arena);
    out->condition = words_of(&search, &rule, true, arena);
    out->is_suppressor = rule_silences(&search, &rule);
    return label_of(out);
}
