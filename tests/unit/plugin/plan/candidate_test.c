/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/plan/candidate.h"

static void add(struct candidates *list, enum finding_kind kind,
                const char *team, const char *subject)
{
    struct candidate *candidate = candidates_add(list);
    candidate->kind = kind;
    candidate->team_name = bytes_of_text(team);
    candidate->subject = bytes_of_text(subject);
}

static void the_order_does_not_depend_on_arrival(void **state)
{
    (void)state;
    struct candidates list;
    candidates_init(&list);
    add(&list, FINDING_KIND_MISTAKE, "blue", "a");
    add(&list, FINDING_KIND_PREFERENCE, "red", "a");
    add(&list, FINDING_KIND_PREFERENCE, "blue", "b");
    add(&list, FINDING_KIND_PREFERENCE, "blue", "a");
    candidates_sort(&list);
    assert_true(bytes_equal_text(list.items[0].subject, "a"));
    assert_true(bytes_equal_text(list.items[1].subject, "b"));
    assert_int_equal(list.items[2].kind, FINDING_KIND_MISTAKE);
    assert_true(bytes_equal_text(list.items[3].team_name, "red"));
    candidates_fini(&list);
}

static void every_reason_has_a_name_and_a_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < REASON_COUNT; i++) {
        assert_true(strlen(reason_name((enum reason)i)) > 3);
        assert_true(strlen(reason_text((enum reason)i)) > 10);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(reason_name((enum reason)i),
                                    reason_name((enum reason)j));
        }
    }
}

/* plugin/README.md has a row "| `name` | text |" for every reason. */
static void every_reason_is_in_the_manual(void **state)
{
    (void)state;
    FILE *file = fopen(MANUAL, "r");
    assert_non_null(file);
    struct buf manual;
    buf_init(&manual, 1 << 20);
    uint8_t *room = buf_reserve(&manual, 100000);
    buf_commit(&manual, fread(room, 1, 100000, file));
    fclose(file);
    for (int i = 0; i < REASON_COUNT; i++) {
        char row[256];
        snprintf(row, sizeof(row), "\n| `%s` | %s", reason_name((enum reason)i),
                 reason_text((enum reason)i));
        if (!strstr(buf_text(&manual), row)) {
            print_message("not in the manual: %s\n", row + 1);
        }
        assert_non_null(strstr(buf_text(&manual), row));
    }
    buf_fini(&manual);
}

static void the_finding_depends_on_its_four_parts(void **state)
{
    (void)state;
    struct candidate a = {.kind = FINDING_KIND_MISTAKE,
                          .team_name = BYTES_LITERAL("blue"),
                          .subject = BYTES_LITERAL("ab"),
                          .option = BYTES_LITERAL("c")};
    struct candidate b = a;
    b.subject = BYTES_LITERAL("a");
    b.option = BYTES_LITERAL("bc");
    candidate_name(&a);
    candidate_name(&b);
    assert_memory_not_equal(a.finding, b.finding, FINDING_BYTES);
    b = a;
    candidate_name(&b);
    assert_memory_equal(a.finding, b.finding, FINDING_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_does_not_depend_on_arrival),
        cmocka_unit_test(every_reason_has_a_name_and_a_sentence),
        cmocka_unit_test(every_reason_is_in_the_manual),
        cmocka_unit_test(the_finding_depends_on_its_four_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
