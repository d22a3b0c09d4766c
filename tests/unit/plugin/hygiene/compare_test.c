/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plugin/hygiene/text/compare.h"

struct sample_pair {
    const char *a;
    const char *b;
    enum relation relation;
};

/* Written for this test, in the manner of what people note. */
static const struct sample_pair pairs[] = {
    {"Run the unit tests before pushing to main.",
     "Note: run the unit tests before pushing to main!", RELATION_SAME},
    {"The configuration of the worker lives in deploy/worker.yaml.",
     "Reminder: the config for the worker is living in deploy/worker.yaml",
     RELATION_SAME},
    {"Deployments need the approval of two maintainers.",
     "Deployment needs approval of two maintainers. Please keep this in mind.",
     RELATION_SAME},
    {"Invoices are stored in the billing bucket as PDF.",
     "Invoices are saved in the billing bucket as PDF (as of this week)",
     RELATION_SAME},
    {"Exports are kept for 30 days in cold storage.",
     "Exports are kept for 90 days in cold storage.", RELATION_AGAINST},
    {"Always squash commits before merging a branch.",
     "Never squash commits before merging a branch.", RELATION_AGAINST},
    {"The staging cache is enabled for all tenants.",
     "The staging cache is disabled for all tenants.", RELATION_AGAINST},
    {"Use pnpm for installing packages of the frontend.",
     "Use yarn for installing packages of the frontend.", RELATION_AGAINST},
    {"Do not edit generated files under src/gen by hand.",
     "Edit generated files under src/gen by hand.", RELATION_AGAINST},
    {"The nightly job starts at 02:00 on weekdays.",
     "The nightly job starts at 04:30 on weekdays.", RELATION_AGAINST},
    /* Other things, in the same words. */
    {"Requests to billing_api go through port 2031 of the gateway.",
     "Requests to orders_api go through port 2077 of the gateway.",
     RELATION_NONE},
    {"Deploys of billing run on Mondays at 9.",
     "Deploys of payments run on Mondays at 11.", RELATION_NONE},
    {"Questions about billing go to the finance room.",
     "Questions about shipping go to the finance room.", RELATION_NONE},
    /* Other conditions. */
    {"Restart the worker after a deploy of the schema.",
     "Restart the worker after a deploy of the schema, unless it is idle.",
     RELATION_NONE},
    {"Skip the cache when the branch is a release.",
     "Skip the cache when the branch is a draft.", RELATION_NONE},
    {"The timeout of uploads is 30 seconds.",
     "Uploads are limited to 30 files.", RELATION_NONE},
    {"Ada reviews changes of the parser.", "The parser reads 40 files.",
     RELATION_NONE},
};

static struct comparison compare(const char *a, const char *b)
{
    struct arena arena;
    struct note x;
    struct note y;
    arena_init(&arena, 1 << 20);
    assert_int_equal(note_read(bytes_of_text(a), &arena, &x), ERR_OK);
    assert_int_equal(note_read(bytes_of_text(b), &arena, &y), ERR_OK);
    struct comparison result = note_compare(&x, &y);
    struct comparison other = note_compare(&y, &x);
    assert_int_equal(result.relation, other.relation);
    assert_int_equal(result.contrast, other.contrast);
    arena_fini(&arena);
    return result;
}

static void pairs_compare_as_people_would(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct comparison found = compare(pairs[i].a, pairs[i].b);
        if (found.relation != pairs[i].relation) {
            fail_msg("%d instead of %d: %s | %s", (int)found.relation,
                     (int)pairs[i].relation, pairs[i].a, pairs[i].b);
        }
    }
}

static void contrasts_are_named(void **state)
{
    (void)state;
    assert_int_equal(compare(pairs[4].a, pairs[4].b).contrast, CONTRAST_NUMBER);
    assert_int_equal(compare(pairs[5].a, pairs[5].b).contrast,
                     CONTRAST_NEGATION);
    assert_int_equal(compare(pairs[6].a, pairs[6].b).contrast,
                     CONTRAST_OPPOSITE);
    assert_int_equal(compare(pairs[7].a, pairs[7].b).contrast, CONTRAST_CHOICE);
}

static void hostile_text_is_no_more_than_different(void **state)
{
    (void)state;
    enum {
        LONG = 90000
    };
    char *text = mem_new(LONG + 1);
    for (size_t i = 0; i < LONG; i++) {
        text[i] = (char)(i % 7 ? 'a' + (char)(i * i % 26) : ' ');
    }
    assert_int_equal(compare(text, text).relation, RELATION_NONE);
    assert_int_equal(compare("", "").relation, RELATION_NONE);
    assert_int_equal(compare("'''---...///", "\xff\xfe\x01").relation,
                     RELATION_NONE);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_compare_as_people_would),
        cmocka_unit_test(contrasts_are_named),
        cmocka_unit_test(hostile_text_is_no_more_than_different),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
