/* SPDX-License-Identifier: MIT */
/* The exhaustive miner against exact supports: of a small reference written
 * here, and of those that others computed on recorded traces. The latter skips
 * where $REVERIE_TRACES is absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agents-sim/lab/traces/labels.h"
#include "agents-sim/lab/traces/reference.h"

enum {
    PATH_BYTES = 4096
};

/* ---- a reference written here -------------------------------------------- */

struct place {
    char folder[64];
    char paths[3][PATH_BYTES];
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    fclose(file);
}

/* Three sessions, of which the second and the third succeeded. */
static struct reference_files write_all(struct place *place, const char *rule,
                                        const char *patterns)
{
    static const char *const names[] = {"tokens.jsonl", "outcomes.jsonl"};
    snprintf(place->folder, sizeof(place->folder), "/tmp/reference.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(place->paths[i], PATH_BYTES, "%s/%s", place->folder, names[i]);
    }
    snprintf(place->paths[2], PATH_BYTES, "%s/frequent_workflows.%s.tsv",
             place->folder, rule);
    write_file(place->paths[0],
               "{\"session\":\"a\",\"tokens\":[\"x\",\"q\",\"r\",\"y\"]}\n"
               "{\"session\":\"b\",\"tokens\":[\"x\",\"y\"]}\n"
               "{\"session\":\"c\",\"tokens\":[\"y\"]}\n");
    write_file(place->paths[1], "{\"session\":\"a\",\"solved\":false}\n"
                                "{\"session\":\"b\",\"solved\":true}\n"
                                "{\"session\":\"c\",\"solved\":true}\n");
    write_file(place->paths[2], patterns);
    return (struct reference_files){.tokens = place->paths[0],
                                    .outcomes = place->paths[1],
                                    .patterns = place->paths[2]};
}

static void remove_all(const struct place *place)
{
    for (size_t i = 0; i < ARRAY_LEN(place->paths); i++) {
        unlink(place->paths[i]);
    }
    rmdir(place->folder);
}

static struct reference_result compare(const char *rule, const char *patterns)
{
    struct place place;
    struct reference_result result = {.expected = 0};
    struct reference_files files = write_all(&place, rule, patterns);
    assert_int_equal(reference_compare(&files, &result), ERR_OK);
    remove_all(&place);
    return result;
}

static void what_is_equal_is_counted_with_its_share(void **state)
{
    (void)state;
    struct reference_result result =
        compare("minsup2.anygap.maxlen3", "support\tsolved_rate\tpattern\n"
                                          "3\t0.6667\ty\n2\t0.5\tx\n"
                                          "2\t0.5\tx y\n");
    assert_int_equal(result.sequences, 3);
    assert_int_equal(result.expected, 3);
    assert_int_equal(result.equal, 3);
    assert_int_equal(result.wrong, 0);
}

static void another_support_or_share_is_wrong(void **state)
{
    (void)state;
    struct reference_result result =
        compare("minsup2.anygap.maxlen3", "support\tsolved_rate\tpattern\n"
                                          "3\t0.6\ty\n1\t0.5\tx\n"
                                          "2\t0.5\tx y\n");
    assert_int_equal(result.equal, 1);
    assert_int_equal(result.wrong, 2);
}

static void a_gap_is_a_distance_of_positions(void **state)
{
    (void)state;
    struct reference_result result =
        compare("minsup2.maxgap2.maxlen3",
                "support\tlength\tpattern\n3\t1\ty\n2\t1\tx\n");
    assert_int_equal(result.equal, 2);
    assert_int_equal(result.wrong, 0);
}

static void a_name_that_does_not_say_what_was_counted_is_refused(void **state)
{
    (void)state;
    struct place place;
    struct reference_result result;
    struct reference_files files = write_all(&place, "all", "");
    assert_int_equal(reference_compare(&files, &result), ERR_INVALID);
    remove_all(&place);
}

/* ---- recorded traces ----------------------------------------------------- */

static const char *traces(void)
{
    const char *folder = getenv("REVERIE_TRACES");
    return folder ? folder : DEFAULT_TRACES;
}

static enum err compare_recorded(void *context, const char *rule)
{
    const char *set = context;
    char paths[3][PATH_BYTES];
    struct reference_result result;
    snprintf(paths[0], PATH_BYTES, "%s/%s/labels/workflow_tokens.jsonl",
             traces(), set);
    snprintf(paths[1], PATH_BYTES, "%s/%s/labels/frequent_workflows.%s.tsv",
             traces(), set, rule);
    snprintf(paths[2], PATH_BYTES, "%s/%s/labels/outcomes.jsonl", traces(),
             set);
    const struct reference_files files = {
        .tokens = paths[0],
        .patterns = paths[1],
        .outcomes = access(paths[2], R_OK) == 0 ? paths[2] : NULL};
    assert_int_equal(reference_compare(&files, &result), ERR_OK);
    print_message("%s: %zu sequences, %zu of %zu patterns equal, %zu wrong\n",
                  set, result.sequences, result.equal, result.expected,
                  result.wrong);
    assert_int_equal(result.wrong, 0);
    assert_int_equal(result.equal, result.expected);
    assert_true(result.expected > 100);
    return ERR_OK;
}

static void equals_the_references_of_recorded_traces(void **state)
{
    (void)state;
    static const char *const sets[] = {"codeteam", "sqlteam"};
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        char folder[PATH_BYTES];
        snprintf(folder, sizeof(folder), "%s/%s/labels", traces(), sets[i]);
        if (access(folder, R_OK) != 0) {
            print_message("skipped: %s is absent\n", folder);
            skip();
        }
        assert_int_equal(labels_files(folder, "frequent_workflows.", ".tsv",
                                      compare_recorded,
                                      (void *)(uintptr_t)sets[i]),
                         ERR_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_equal_is_counted_with_its_share),
        cmocka_unit_test(another_support_or_share_is_wrong),
        cmocka_unit_test(a_gap_is_a_distance_of_positions),
        cmocka_unit_test(a_name_that_does_not_say_what_was_counted_is_refused),
        cmocka_unit_test(equals_the_references_of_recorded_traces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
