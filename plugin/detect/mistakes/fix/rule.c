/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fix/rule.h"

/* What one principal did, with or without. */
struct arm {
    uint32_t attempts;
    uint32_t worked;
};

struct person {
    uint64_t hash;
    struct arm with;
    struct arm without;
};

bool rule_follows(const struct trial *trial, const struct rule *rule)
{
    for (uint32_t i = 0; i < rule->count; i++) {
        if (!trial_has(trial, rule->features[i])) {
            return false;
        }
    }
    return true;
}

static void arm_add(struct arm *arm, const struct trial *trial)
{
    arm->attempts += trial->times;
    arm->worked += trial->times_worked;
}

/* In proportion, rounded to the nearest. */
static struct arm capped(struct arm arm)
{
    const uint32_t most = RULE_ATTEMPTS_MAX;
    if (arm.attempts > most) {
        uint64_t twice = (uint64_t)2 * arm.worked * most + arm.attempts;
        arm.worked = (uint32_t)(twice / (2 * (uint64_t)arm.attempts));
        arm.attempts = most;
    }
    return arm;
}

static bool mostly_worked(struct arm arm)
{
    return arm.attempts > 0 && 2 * (uint64_t)arm.worked >= arm.attempts;
}

/* Adds what a principal did up to here, and starts with the next one. */
static void close_person(struct rule_count *count, struct person *person,
                         uint64_t next)
{
    struct arm with = capped(person->with);
    struct arm without = capped(person->without);
    count->table.with += with.attempts;
    count->table.with_worked += with.worked;
    count->table.without += without.attempts;
    count->table.without_worked += without.worked;
    count->people += with.attempts > 0;
    count->people_worked += mostly_worked(person->with);
    count->other_people += without.attempts > 0;
    count->other_worked += mostly_worked(person->without);
    count->attempts += person->with.attempts;
    count->attempts_worked += person->with.worked;
    *person = (struct person){.hash = next};
}

struct rule_count rule_count(const struct rule_trials *trials,
                             const struct rule *rule, const struct rule *within,
                             bool is_silencing)
{
    struct rule_count count = {.people = 0};
    struct person person = {.hash = 0};
    for (uint32_t i = 0; i < trials->trials->count; i++) {
        const struct trial *trial = &trials->trials->items[i];
        bool has_rule = rule_follows(trial, rule);
        bool counts = !trials->silent[i] || (is_silencing && has_rule);
        if (!counts || !rule_follows(trial, within)) {
            continue;
        }
        if (trial->person != person.hash) {
            close_person(&count, &person, trial->person);
        }
        arm_add(has_rule ? &person.with : &person.without, trial);
    }
    close_person(&count, &person, 0);
    return count;
}

struct rule_count rule_count_retries(const struct rule_trials *trials)
{
    struct rule_count count = {.people = 0};
    struct person person = {.hash = 0};
    for (uint32_t i = 0; i < trials->trials->count; i++) {
        const struct trial *trial = &trials->trials->items[i];
        if (!trial->is_retry) {
            continue;
        }
        if (trial->person != person.hash) {
            close_person(&count, &person, trial->person);
        }
        arm_add(&person.with, trial);
    }
    close_person(&count, &person, 0);
    return count;
}

static double share(uint32_t n, uint32_t x)
{
    return n > 0 ? (double)x / n : 0;
}

double rule_precision(const struct rule_count *count)
{
    return share(count->table.with, count->table.with_worked);
}

double rule_rest(const struct rule_count *count)
{
    return share(count->table.without, count->table.without_worked);
}
