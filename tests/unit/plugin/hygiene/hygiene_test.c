/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/hygiene/hygiene.h"

enum {
    ENTRIES_MAX = 8
};

static struct arena arena;
static struct hygiene_entry entries[ENTRIES_MAX];
static size_t count;
static struct hygiene_findings findings;

static struct hygiene_entry *add(const char *store, const char *path,
                                 const char *content)
{
    struct hygiene_entry *entry = &entries[count++];
    *entry = (struct hygiene_entry){
        .store = bytes_of_text(store),
        .path = bytes_of_text(path),
        .content = bytes_of_text(content),
        .is_team = store[0] == 't',
        .kind = ENTRY_AUTHORED,
        .version = 1,
        .time_us = (int64_t)count,
    };
    assert_int_equal(note_read(entry->content, &arena, &entry->note), ERR_OK);
    return entry;
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 22);
    count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    hygiene_findings_fini(&findings);
    arena_fini(&arena);
    return 0;
}

static void find(uint64_t budget)
{
    const struct hygiene_question question = {.entries = entries,
                                              .count = count,
                                              .team = BYTES_LITERAL("blue"),
                                              .budget_tokens = budget};
    findings = hygiene_find(&question);
}

static void copies_of_a_note_become_one_merge(void **state)
{
    (void)state;
    add("team/blue", "/a", "Exports of billing are kept for 30 days.");
    add("team/blue", "/b", "Note: exports of billing are kept for 30 days!");
    add("team/blue", "/c", "Exports of billing are kept 30 days.");
    find(0);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.items[0].action, HYGIENE_MERGE);
    assert_int_equal(findings.items[0].label, HYGIENE_DUPLICATE);
    assert_ptr_equal(findings.items[0].entry, &entries[0]);
    assert_int_equal(findings.items[0].other_count, 2);
}

static void an_agent_s_copy_of_the_team_s_goes_with_a_pointer(void **state)
{
    (void)state;
    add("agent/ada", "/mine", "Exports of billing are kept for 30 days.");
    add("team/blue", "/theirs", "Exports of billing are kept for 30 days.");
    find(0);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.items[0].action, HYGIENE_RETIRE);
    assert_ptr_equal(findings.items[0].entry, &entries[0]);
    assert_ptr_equal(findings.items[0].others[0], &entries[1]);
    assert_string_equal(findings.items[0].rule, "team");
    assert_false(findings.items[0].is_exact);
}

static void free_text_that_contradicts_is_only_flagged(void **state)
{
    (void)state;
    add("agent/ada", "/mine", "Exports of billing are kept for 90 days.");
    add("team/blue", "/theirs", "Exports of billing are kept for 30 days.");
    find(0);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.items[0].action, HYGIENE_FLAG);
    assert_int_equal(findings.items[0].label, HYGIENE_CONTRADICTION);
    /* The agent's own is looked at, the team's stays. */
    assert_ptr_equal(findings.items[0].entry, &entries[0]);
    assert_string_equal(findings.items[0].rule, "number");
}

static void what_is_flagged_is_not_flagged_again(void **state)
{
    (void)state;
    add("team/blue", "/a", "Exports of billing are kept for 90 days.");
    add("team/blue", "/b", "Exports of billing are kept for 30 days.");
    entries[0].is_suspect = true;
    find(0);
    assert_int_equal(findings.count, 0);
}

static void pinned_and_protected_notes_never_go(void **state)
{
    (void)state;
    add("team/blue", "/a", "Exports of billing are kept for 30 days.");
    add("team/blue", "/b", "Exports of billing are kept for 30 days.");
    entries[0].is_pinned = entries[1].is_protected = true;
    find(1);
    for (size_t i = 0; i < findings.count; i++) {
        assert_int_equal(findings.items[i].action, HYGIENE_TELL);
    }
}

static void notes_under_other_conditions_stay_two(void **state)
{
    (void)state;
    add("team/blue", "/a", "Restart the worker after a change of the schema.");
    add("team/blue", "/b",
        "Restart the worker after a change of the schema, unless it sleeps.");
    find(0);
    assert_int_equal(findings.count, 0);
}

static void one_finding_in_two_places_needs_no_human(void **state)
{
    (void)state;
    add("agent/ada", "/p", "observed: npm");
    add("team/blue", "/p", "observed: npm");
    for (size_t i = 0; i < count; i++) {
        entries[i].kind = ENTRY_PREFERENCE;
        entries[i].subject = BYTES_LITERAL("use.package-manager");
        entries[i].option = BYTES_LITERAL("npm");
    }
    find(0);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.items[0].action, HYGIENE_RETIRE);
    assert_true(findings.items[0].is_exact);
    assert_ptr_equal(findings.items[0].entry, &entries[0]);
}

static void what_does_not_fit_is_proposed_for_retirement(void **state)
{
    (void)state;
    add("team/blue", "/a", "Exports of billing are kept for 30 days.");
    add("team/blue", "/b", "Questions go to the people of the gateway.");
    entries[1].people = 20;
    find(hygiene_tokens(&entries[1]));
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.items[0].label, HYGIENE_BUDGET);
    assert_ptr_equal(findings.items[0].entry, &entries[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(copies_of_a_note_become_one_merge,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            an_agent_s_copy_of_the_team_s_goes_with_a_pointer, begin, end),
        cmocka_unit_test_setup_teardown(
            free_text_that_contradicts_is_only_flagged, begin, end),
        cmocka_unit_test_setup_teardown(what_is_flagged_is_not_flagged_again,
                                        begin, end),
        cmocka_unit_test_setup_teardown(pinned_and_protected_notes_never_go,
                                        begin, end),
        cmocka_unit_test_setup_teardown(notes_under_other_conditions_stay_two,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            one_finding_in_two_places_needs_no_human, begin, end),
        cmocka_unit_test_setup_teardown(
            what_does_not_fit_is_proposed_for_retirement, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
