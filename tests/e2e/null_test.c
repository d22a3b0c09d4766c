/* SPDX-License-Identifier: MIT */
/* A world in which nobody prefers anything and nobody repeats a mistake, by
 * twenty seeds, each lived through a `reverie up` of its own: whatever memory
 * comes of it is false, so there must be none. Identities of the simulation
 * are asserted; they are made to count, for without that nothing would be
 * applied by itself and the test could not fail. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/e2e/process.h"

enum {
    FIRST_SEED = 11,
    LAST_SEED = 30,
    SEED_TEXT = 16
};

struct tally {
    int64_t events;
    int64_t memories;
    int64_t proposals;
};

static int64_t number(struct json *json, const char *group, const char *name)
{
    int64_t value = json_as_int(json_get(json_get(json, group), name), -1);

    assert_true(value >= 0);
    return value;
}

static void add_score(struct site *site, struct tally *tally)
{
    struct json *score = site_json(site);

    assert_true(json_as_bool(json_get(score, "null_world"), false));
    assert_true(bytes_equal_text(
        json_as_string(json_get(score, "policy"), bytes_of(NULL, 0)),
        "default"));
    tally->events += json_as_int(json_get(score, "accepted"), 0);
    tally->memories += number(score, "preferences", "memories");
    tally->memories += number(score, "mistakes", "memories");
    tally->memories += number(score, "workflows", "memories");
    tally->memories += number(score, "directives", "memories");
    json_free(score);
}

static size_t lines_of(struct site *site)
{
    struct bytes said = buf_bytes(&site->out);
    size_t count = 0;

    for (size_t i = 0; i < said.len; i++) {
        count += said.data[i] == '\n' ? 1 : 0;
    }
    return count;
}

static void live(struct tally *tally, unsigned seed)
{
    struct site site;
    char text[SEED_TEXT];

    (void)snprintf(text, sizeof(text), "%u", seed);
    site_open(&site);
    struct process *up = site_up(&site, WORDS("--auto-on-asserted", "true"));
    SITE_RUN(&site, "sim", "--null", "--seed", text, "--teams", "2", "--agents",
             "8", "--days", "14", "--json");
    site_expect_code(&site, 0);
    add_score(&site, tally);
    /* What the score says, said by the broker. */
    SITE_RUN(&site, "memory", "list", "--json");
    site_expect_code(&site, 0);
    assert_int_equal(lines_of(&site), 0);
    SITE_RUN(&site, "review", "list", "--json");
    site_expect_code(&site, 0);
    tally->proposals += (int64_t)lines_of(&site);
    SITE_RUN(&site, "dream", "list", "--json");
    site_expect_code(&site, 0);
    assert_true(lines_of(&site) > 0);
    site_drain(up);
    site_close(&site);
}

static void nothing_is_published_in_a_null_world(void **state)
{
    struct tally tally = {.events = 0};

    (void)state;
    for (unsigned seed = FIRST_SEED; seed <= LAST_SEED; seed++) {
        live(&tally, seed);
    }
    print_message("%" PRId64 " events, %" PRId64 " memories, %" PRId64
                  " proposals that wait for a person\n",
                  tally.events, tally.memories, tally.proposals);
    assert_true(tally.events > 0);
    assert_int_equal(tally.memories, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_published_in_a_null_world),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
