/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/route/parts/slots.h"

static void a_tag_names_its_thing_until_it_is_removed(void **state)
{
    (void)state;
    struct slots slots;
    int thing;
    slots_init(&slots, 4);
    uint64_t tag = slots_add(&slots, &thing);
    assert_true(tag != 0);
    assert_ptr_equal(slots_get(&slots, tag), &thing);
    slots_remove(&slots, tag);
    assert_null(slots_get(&slots, tag));
    assert_null(slots_get(&slots, 0));
    assert_null(slots_get(&slots, UINT64_MAX));
    slots_fini(&slots);
}

static void a_late_tag_does_not_name_the_next_thing_in_its_slot(void **state)
{
    (void)state;
    struct slots slots;
    int things[2];
    slots_init(&slots, 1);
    uint64_t old = slots_add(&slots, &things[0]);
    assert_int_equal(slots_add(&slots, &things[1]), 0);
    slots_remove(&slots, old);
    uint64_t tag = slots_add(&slots, &things[1]);
    assert_true(tag != 0 && tag != old);
    assert_null(slots_get(&slots, old));
    slots_fini(&slots);
}

static void a_walk_may_remove_what_it_was_given(void **state)
{
    (void)state;
    struct slots slots;
    uint64_t tags[40];
    slots_init(&slots, 40);
    for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
        tags[i] = slots_add(&slots, &tags[i]);
    }
    uint32_t cursor = 0;
    const uint64_t *tag;
    size_t count = 0;
    while ((tag = slots_next(&slots, &cursor))) {
        slots_remove(&slots, *tag);
        count++;
    }
    assert_int_equal(count, ARRAY_LEN(tags));
    assert_int_equal(slots.live, 0);
    slots_fini(&slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tag_names_its_thing_until_it_is_removed),
        cmocka_unit_test(a_late_tag_does_not_name_the_next_thing_in_its_slot),
        cmocka_unit_test(a_walk_may_remove_what_it_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
