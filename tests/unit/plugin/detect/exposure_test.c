/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/detect/exposure.h"
#include "proto/messages.h"

static const uint8_t finding_a[FINDING_BYTES] = {1};
static const uint8_t finding_b[FINDING_BYTES] = {2};

struct delta {
    const uint8_t *finding;
    Reverie__V1__VersionState state;
    uint64_t store_version;
};

static void update(struct exposures *exposures, const char *store,
                   const char *path, struct delta delta)
{
    Reverie__V1__Version version = REVERIE__V1__VERSION__INIT;
    version.has_state = true;
    version.state = delta.state;
    version.has_finding = true;
    version.finding = message_binary(bytes_of(delta.finding, FINDING_BYTES));
    version.has_store_version = true;
    version.store_version = delta.store_version;
    Reverie__V1__MemoryDelta line = REVERIE__V1__MEMORY_DELTA__INIT;
    line.path = (char *)(uintptr_t)path;
    line.version = &version;
    Reverie__V1__MemoryDelta *lines[] = {&line};
    Reverie__V1__MemoryUpdate message = REVERIE__V1__MEMORY_UPDATE__INIT;
    message.store = (char *)(uintptr_t)store;
    message.has_to_version = true;
    message.to_version = delta.store_version;
    message.deltas = lines;
    message.n_deltas = 1;
    struct buf packed;
    buf_init(&packed, 4096);
    message_pack(&message, &packed);
    assert_int_equal(exposures_update(exposures, buf_bytes(&packed)), ERR_OK);
    buf_fini(&packed);
}

static bool told(const struct exposures *exposures, const uint8_t *finding,
                 const char *view)
{
    return exposures_told(exposures, finding, bytes_of_text(view));
}

#define ACTIVE  REVERIE__V1__VERSION_STATE__VERSION_ACTIVE
#define RETIRED REVERIE__V1__VERSION_STATE__VERSION_RETIRED

static void nobody_is_told_what_was_never_published(void **state)
{
    (void)state;
    struct exposures *exposures = exposures_new();
    assert_false(exposures_any(exposures));
    assert_false(told(exposures, finding_a, ""));
    assert_false(told(exposures, finding_a, "team/blue@9"));
    exposures_free(exposures);
}

static void a_view_tells_from_the_version_that_brought_it(void **state)
{
    (void)state;
    struct exposures *exposures = exposures_new();
    update(exposures, "team/blue", "/a", (struct delta){finding_a, ACTIVE, 5});
    assert_true(exposures_any(exposures));
    assert_false(told(exposures, finding_a, "team/blue@4+agent/ada@9"));
    assert_true(told(exposures, finding_a, "team/blue@5+agent/ada@0"));
    assert_true(told(exposures, finding_a, "agent/ada@1+team/blue@77"));
    assert_false(told(exposures, finding_a, "team/blue@0+agent/ada@9"));
    assert_false(told(exposures, finding_b, "team/blue@5"));
    exposures_free(exposures);
}

static void an_unknown_view_counts_as_told(void **state)
{
    (void)state;
    struct exposures *exposures = exposures_new();
    update(exposures, "team/blue", "/a", (struct delta){finding_a, ACTIVE, 5});
    assert_true(told(exposures, finding_a, ""));
    assert_true(told(exposures, finding_a, "no view at all"));
    assert_true(told(exposures, finding_a, "team/red@8"));
    assert_true(told(exposures, finding_a, "team/blue@"));
    assert_true(told(exposures, finding_a, "team/blue@4x"));
    exposures_free(exposures);
}

static void a_finding_that_was_taken_out_tells_no_more(void **state)
{
    (void)state;
    struct exposures *exposures = exposures_new();
    update(exposures, "team/blue", "/a", (struct delta){finding_a, ACTIVE, 5});
    update(exposures, "team/blue", "/a", (struct delta){finding_a, RETIRED, 8});
    assert_true(told(exposures, finding_a, "team/blue@7"));
    assert_false(told(exposures, finding_a, "team/blue@8"));
    update(exposures, "team/blue", "/a", (struct delta){finding_a, ACTIVE, 11});
    /* Told again: what was sent in between counts as told, as for the gate. */
    assert_true(told(exposures, finding_a, "team/blue@10"));
    assert_true(told(exposures, finding_a, "team/blue@11"));
    exposures_free(exposures);
}

static void another_finding_at_the_path_ends_the_first(void **state)
{
    (void)state;
    struct exposures *exposures = exposures_new();
    update(exposures, "team/blue", "/a", (struct delta){finding_a, ACTIVE, 5});
    update(exposures, "team/blue", "/a", (struct delta){finding_b, ACTIVE, 6});
    assert_false(told(exposures, finding_a, "team/blue@6"));
    assert_true(told(exposures, finding_b, "team/blue@6"));
    update(exposures, "team/blue", "/b", (struct delta){finding_a, ACTIVE, 7});
    assert_true(told(exposures, finding_b, "team/blue@7"));
    exposures_free(exposures);
}

static void what_does_not_decode_changes_nothing(void **state)
{
    (void)state;
    struct exposures *exposures = exposures_new();
    assert_int_not_equal(
        exposures_update(exposures, BYTES_LITERAL("\x0a\xff\xff")), ERR_OK);
    assert_false(exposures_any(exposures));
    exposures_free(exposures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_told_what_was_never_published),
        cmocka_unit_test(a_view_tells_from_the_version_that_brought_it),
        cmocka_unit_test(an_unknown_view_counts_as_told),
        cmocka_unit_test(a_finding_that_was_taken_out_tells_no_more),
        cmocka_unit_test(another_finding_at_the_path_ends_the_first),
        cmocka_unit_test(what_does_not_decode_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
