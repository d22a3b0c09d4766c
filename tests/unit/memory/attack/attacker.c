/* SPDX-License-Identifier: MIT */
#include "attacker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    SEEDS = 30,
    TEXT_BYTES = 160
};

/* What became of attacks. */
struct tally {
    unsigned applied;
    unsigned reviewed;
    unsigned refused;
};

void attacker_init(struct attacker *a, uint64_t seed, uint64_t kind)
{
    struct memory_config config = {.policy = POLICY_DEFAULT};
    world_init(&a->world, &config);
    a->rng = rng_seeded(seed, kind);
}

void attacker_fini(struct attacker *a)
{
    world_fini(&a->world);
}

char *attacker_text(struct attacker *a, const char *format, ...)
{
    char *text = arena_take(&a->world.arena, TEXT_BYTES);
    va_list values;
    va_start(values, format);
    vsnprintf(text, TEXT_BYTES, format, values);
    va_end(values);
    return text;
}

uint32_t attacker_below(struct attacker *a, uint32_t most)
{
    return (uint32_t)rng_below(&a->rng, most);
}

void attacker_ages(struct attacker *a, const char *principal, int events,
                   int days)
{
    for (int i = 0; i < events; i++) {
        world_says(&a->world, &(struct speech){.principal = principal,
                                               .session = "old",
                                               .text = "reading",
                                               .day = 80 + i % days + 1});
    }
}

uint64_t attacker_chooses(struct attacker *a, const char *principal,
                          const char *option, int day)
{
    return world_says(
        &a->world,
        &(struct speech){.principal = principal,
                         .session = attacker_text(a, "s-%s", principal),
                         .text = attacker_text(a, "run %s install", option),
                         .day = day});
}

void attacker_starts(struct attacker *a, const char *option)
{
    plan_init(&a->plan, REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE,
              "team/blue", "/preferences/package-manager.md",
              "shell.package_manager", option,
              "observed: most of the team choose it.\n");
    a->plan.numbers.has_baseline = a->plan.numbers.has_alpha = true;
    a->plan.numbers.has_family = a->plan.numbers.has_rank = true;
    a->plan.numbers.baseline = 0.02; /* the attacker's to say */
    a->plan.numbers.alpha = 0.05;
    a->plan.numbers.family = a->plan.numbers.rank = 1;
}

void attacker_cites(struct attacker *a, uint64_t seq, const char *option,
                    bool against)
{
    Reverie__V1__Witness *witness =
        plan_cites(&a->plan, &a->world, seq, option,
                   attacker_text(a, "%s install", option));
    witness->has_against = true;
    witness->against = against;
}

const Reverie__V1__ReviewProposeReply__Result *
attacker_proposes(struct attacker *a)
{
    a->world.everybody_has_tenure = false;
    const Reverie__V1__ReviewProposeReply__Result *result =
        world_proposes(&a->world, &a->plan);
    assert_non_null(result);
    return result;
}

static struct tally play(const struct attack *attack, size_t kind)
{
    static struct attacker attacker;
    struct tally tally = {0};
    char last[64] = "";
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        attacker_init(&attacker, seed, kind);
        attack->play(&attacker);
        const Reverie__V1__ReviewProposeReply__Result *result =
            attacker_proposes(&attacker);
        bool applied = strcmp(result->verdict, "apply") == 0;
        if (applied) {
            print_message("%s, seed %u: applied (%s)\n", attack->name,
                          (unsigned)seed, result->reason);
        }
        tally.applied += applied;
        tally.reviewed += strcmp(result->verdict, "ask") == 0;
        tally.refused += strcmp(result->verdict, "refuse") == 0;
        snprintf(last, sizeof(last), "%s %s", result->verdict, result->reason);
        attacker_fini(&attacker);
    }
    print_message("%-32s %2u of %d reach review; the last: %s\n", attack->name,
                  tally.reviewed, SEEDS, last);
    return tally;
}

void attacks_are_held(const struct attack *attacks, size_t count)
{
    struct tally all = {0};
    for (size_t kind = 0; kind < count; kind++) {
        struct tally tally = play(&attacks[kind], kind);
        all.applied += tally.applied;
        all.reviewed += tally.reviewed;
        all.refused += tally.refused;
    }
    print_message("%zu attacks: %u applied, %u to review, %u refused\n",
                  count * SEEDS, all.applied, all.reviewed, all.refused);
    assert_int_equal(all.applied, 0);
    assert_int_equal(all.reviewed + all.refused, count * SEEDS);
}
