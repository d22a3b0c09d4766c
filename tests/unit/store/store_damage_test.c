/* SPDX-License-Identifier: MIT */
/* A store that does not start is looked at, and not a byte of it changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/store_internal.h"
#include "tests/contract/store_fixture.h"
#include "tests/unit/store/damage.h"

enum {
    EVENTS = 3000,
    FOUND_MAX = 64,
    FILE_BYTES = 32
};

static enum err open_rocks(const char *directory,
                           const struct store_config *config,
                           struct store **out_store)
{
    return store_open_rocks(directory, config, NULL, out_store);
}

static store_contract_open rocks = open_rocks;

static const struct store_config small = {.cache_bytes = 1 << 20};

struct found {
    struct store_fault faults[FOUND_MAX];
    char files[FOUND_MAX][FILE_BYTES];
    size_t count;
    struct store_verify walked;
    enum err err;
};

static void note(void *context, const struct store_fault *fault)
{
    struct found *found = context;
    print_message("%s: log %u, %llu to %llu, %s%s: %s\n",
                  store_fault_name(fault->kind), fault->log,
                  (unsigned long long)fault->seq,
                  (unsigned long long)fault->last_seq, fault->file,
                  fault->refuses_start ? " (refuses)" : "", fault->sentence);
    if (found->count < FOUND_MAX) {
        snprintf(found->files[found->count], FILE_BYTES, "%s", fault->file);
        found->faults[found->count] = *fault;
        found->count++;
    }
}

/* Looks at the closed store, and proves that it was only looked at. */
static void look(struct fixture *fixture, struct found *found)
{
    struct store *store = NULL;
    struct buf why;
    buf_init(&why, 4096);
    *found = (struct found){.count = 0};
    uint64_t before = damage_digest(fixture->directory);
    found->err = store_open_reading(fixture->directory, &small, note, found,
                                    &why, &store);
    if (found->err == ERR_OK) {
        assert_int_equal(store_swarm_count(store), 1);
        assert_true(bytes_equal_text(store_swarm_name(store, 1), "default"));
        found->err = store_verify(store, 1, note, NULL, found, &found->walked);
    }
    store_close(store);
    assert_true(damage_digest(fixture->directory) == before);
    buf_fini(&why);
}

static const struct store_fault *find(const struct found *found,
                                      enum store_fault_kind kind)
{
    for (size_t i = 0; i < found->count; i++) {
        if (found->faults[i].kind == kind) {
            return &found->faults[i];
        }
    }
    return NULL;
}

static void shut(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
}

/* ${count} events, and, after one more start, in table files. */
static void fill_tables(struct fixture *fixture, size_t count)
{
    contract_fill(fixture->store, fixture->swarm, 0, count);
    shut(fixture);
    assert_int_equal(
        store_open_rocks(fixture->directory, &small, NULL, &fixture->store),
        ERR_OK);
    shut(fixture);
}

static void assert_refused(struct fixture *fixture)
{
    struct store *store = NULL;
    assert_int_not_equal(
        store_open_rocks(fixture->directory, &small, NULL, &store), ERR_OK);
}

static void a_healthy_store_has_no_fault(void **state)
{
    struct fixture *fixture = *state;
    struct found found;
    contract_fill(fixture->store, fixture->swarm, 0, 30);
    shut(fixture);
    look(fixture, &found);
    assert_int_equal(found.err, ERR_OK);
    assert_int_equal(found.count, 0);
    assert_int_equal(found.walked.events, 30);
}

static void no_store_is_said(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = NULL;
    struct buf why;
    char path[128];
    buf_init(&why, 4096);
    snprintf(path, sizeof(path), "%s/nothing", fixture->directory);
    assert_int_equal(store_open_reading(path, &small, NULL, NULL, &why, &store),
                     ERR_NOT_FOUND);
    buf_fini(&why);
}

/* Locks of files are between processes, so another has to look. */
static void an_open_store_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct store *store = NULL;
        struct buf why;
        buf_init(&why, 4096);
        enum err err = store_open_reading(fixture->directory, &small, NULL,
                                          NULL, &why, &store);
        _exit(err == ERR_LOCKED ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_torn_journal_is_named_and_no_obstacle(void **state)
{
    struct fixture *fixture = *state;
    struct found found;
    char journal[DAMAGE_PATH_MAX];
    for (uint64_t i = 0; i < 20; i++) {
        contract_fill(fixture->store, fixture->swarm, i, 1);
    }
    shut(fixture);
    damage_largest(fixture->directory, ".log", journal);
    assert_int_equal(truncate(journal, damage_size(journal) - 7), 0);
    look(fixture, &found);
    assert_int_equal(found.err, ERR_OK);
    assert_int_equal(found.count, 1);
    const struct store_fault *torn = find(&found, STORE_FAULT_JOURNAL_TORN);
    assert_non_null(torn);
    assert_false(torn->refuses_start);
    assert_int_equal(found.walked.events, 19);
}

static void a_damaged_journal_is_named_and_the_rest_read(void **state)
{
    struct fixture *fixture = *state;
    struct found found;
    char journal[DAMAGE_PATH_MAX];
    for (uint64_t i = 0; i < 20; i++) {
        contract_fill(fixture->store, fixture->swarm, i, 1);
    }
    shut(fixture);
    damage_largest(fixture->directory, ".log", journal);
    damage_flip(journal, damage_size(journal) / 2);
    assert_refused(fixture);
    look(fixture, &found);
    assert_int_equal(found.err, ERR_OK);
    const struct store_fault *damage = find(&found, STORE_FAULT_JOURNAL);
    assert_non_null(damage);
    assert_true(damage->refuses_start);
    assert_true(found.walked.events >= 5 && found.walked.events < 20);
}

static void a_flipped_byte_near_the_end_names_its_events(void **state)
{
    struct fixture *fixture = *state;
    struct found found;
    char table[DAMAGE_PATH_MAX];
    fill_tables(fixture, 60);
    damage_largest(fixture->directory, ".sst", table);
    damage_flip(table, 100);
    assert_refused(fixture);
    look(fixture, &found);
    assert_int_equal(found.err, ERR_OK);
    const struct store_fault *damage = find(&found, STORE_FAULT_FILE);
    assert_non_null(damage);
    assert_true(damage->refuses_start);
    assert_true(damage->seq >= 1 && damage->last_seq <= 60);
    assert_non_null(strstr(found.files[damage - found.faults], ".sst"));
    assert_non_null(strstr(table, found.files[damage - found.faults]));
}

/* The walk goes on behind a damaged block: all other events are read. */
static void damage_in_the_middle_costs_its_block_only(void **state)
{
    struct fixture *fixture = *state;
    struct found found;
    char table[DAMAGE_PATH_MAX];
    fill_tables(fixture, EVENTS);
    damage_largest(fixture->directory, ".sst", table);
    damage_flip(table, 5000);
    look(fixture, &found);
    assert_int_equal(found.err, ERR_OK);
    assert_int_equal(found.count, 1);
    const struct store_fault *damage = find(&found, STORE_FAULT_FILE);
    assert_non_null(damage);
    assert_false(damage->refuses_start);
    uint64_t lost = damage->last_seq - damage->seq + 1;
    assert_in_range(lost, 1, 200);
    assert_int_equal(found.walked.events, EVENTS - lost);
}

static void a_missing_file_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct found found;
    char table[DAMAGE_PATH_MAX];
    fill_tables(fixture, 60);
    damage_largest(fixture->directory, ".sst", table);
    assert_int_equal(unlink(table), 0);
    assert_refused(fixture);
    look(fixture, &found);
    assert_int_equal(found.err, ERR_OK);
    const struct store_fault *damage = find(&found, STORE_FAULT_FILE_MISSING);
    assert_non_null(damage);
    assert_true(damage->refuses_start);
    assert_string_equal(found.files[damage - found.faults],
                        strrchr(table, '/') + 1);
}

static void a_wiped_file_is_found(void **state)
{
    struct fixture *fixture = *state;
    struct found found;
    char table[DAMAGE_PATH_MAX];
    fill_tables(fixture, 60);
    damage_largest(fixture->directory, ".sst", table);
    damage_wipe(table);
    assert_refused(fixture);
    look(fixture, &found);
    assert_int_equal(found.err, ERR_OK);
    const struct store_fault *damage = find(&found, STORE_FAULT_FILE);
    assert_non_null(damage);
    assert_string_equal(found.files[damage - found.faults],
                        strrchr(table, '/') + 1);
}

/* Events of the second table are read although the first is gone. */
static void what_other_files_hold_is_still_read(void **state)
{
    struct fixture *fixture = *state;
    struct found found;
    char table[DAMAGE_PATH_MAX];
    fill_tables(fixture, EVENTS);
    damage_largest(fixture->directory, ".sst", table);
    assert_int_equal(
        store_open_rocks(fixture->directory, &small, NULL, &fixture->store),
        ERR_OK);
    contract_fill(fixture->store, fixture->swarm, EVENTS, 50);
    shut(fixture);
    assert_int_equal(unlink(table), 0);
    look(fixture, &found);
    assert_int_equal(found.err, ERR_OK);
    assert_non_null(find(&found, STORE_FAULT_FILE_MISSING));
    assert_int_equal(found.walked.events, 50);
}

static void without_its_list_of_files_nothing_is_read(void **state)
{
    struct fixture *fixture = *state;
    struct found found;
    char manifest[DAMAGE_PATH_MAX];
    fill_tables(fixture, 60);
    snprintf(manifest, sizeof(manifest), "%s/CURRENT", fixture->directory);
    damage_wipe(manifest);
    look(fixture, &found);
    assert_int_equal(found.err, ERR_CORRUPT);
    assert_non_null(find(&found, STORE_FAULT_MANIFEST));
}

static void a_bad_record_among_the_newest_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct found found;
    struct buf value;
    contract_fill(fixture->store, fixture->swarm, 0, 20);
    struct engine *engine = store_engine(fixture->store);
    struct engine_batch *batch = engine_batch_new(engine);
    struct key key = key_event(fixture->swarm, 0, 17);
    buf_init(&value, 1 << 20);
    assert_int_equal(engine_get(engine, FAMILY_EVENTS, key_bytes(&key), &value),
                     ERR_OK);
    value.data[value.len / 2] ^= 1;
    engine_batch_put(engine, batch, FAMILY_EVENTS, key_bytes(&key),
                     buf_bytes(&value));
    assert_int_equal(engine_write(engine, batch), ERR_OK);
    engine_batch_free(engine, batch);
    buf_fini(&value);
    shut(fixture);
    assert_refused(fixture);
    look(fixture, &found);
    assert_int_equal(found.count, 1);
    const struct store_fault *damage = find(&found, STORE_FAULT_RECORD);
    assert_non_null(damage);
    assert_int_equal(damage->seq, 17);
    assert_true(damage->refuses_start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_healthy_store_has_no_fault, &rocks),
        FIXTURE_TEST(no_store_is_said, &rocks),
        FIXTURE_TEST(an_open_store_is_left_alone, &rocks),
        FIXTURE_TEST(a_torn_journal_is_named_and_no_obstacle, &rocks),
        FIXTURE_TEST(a_damaged_journal_is_named_and_the_rest_read, &rocks),
        FIXTURE_TEST(a_flipped_byte_near_the_end_names_its_events, &rocks),
        FIXTURE_TEST(damage_in_the_middle_costs_its_block_only, &rocks),
        FIXTURE_TEST(a_missing_file_is_named, &rocks),
        FIXTURE_TEST(a_wiped_file_is_found, &rocks),
        FIXTURE_TEST(what_other_files_hold_is_still_read, &rocks),
        FIXTURE_TEST(without_its_list_of_files_nothing_is_read, &rocks),
        FIXTURE_TEST(a_bad_record_among_the_newest_is_named, &rocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
