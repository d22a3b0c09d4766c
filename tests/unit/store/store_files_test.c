/* SPDX-License-Identifier: MIT */
/* What only files can do: be opened again, be locked, be damaged, be searched
 * for what was erased. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/store_internal.h"
#include "tests/contract/store_fixture.h"
#include "tests/unit/store/damage.h"

static enum err open_rocks(const char *directory,
                           const struct store_config *config,
                           struct store **out_store)
{
    return store_open_rocks(directory, config, NULL, out_store);
}

static store_contract_open rocks = open_rocks;

static const struct store_config small = {.cache_bytes = 1 << 20};

static enum err reopen(struct fixture *fixture)
{
    struct store *store = NULL;
    store_close(fixture->store);
    fixture->store = NULL;
    enum err err = store_open_rocks(fixture->directory, &small, NULL, &store);
    if (err == ERR_OK) {
        fixture->store = store;
    }
    return err;
}

static void assert_healthy(struct fixture *fixture)
{
    struct store_verify result;
    assert_int_equal(
        store_verify(fixture->store, fixture->swarm, NULL, NULL, NULL, &result),
        ERR_OK);
    assert_int_equal(result.faults, 0);
}

static void opening_again_finds_everything(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    uint32_t swarm = 0;
    uint64_t epoch = 0;
    char text[256];
    struct store_row row = {.table = STORE_TABLE_CURSORS,
                            .key = BYTES_LITERAL("k"),
                            .value = BYTES_LITERAL("v")};
    contract_fill(fixture->store, fixture->swarm, 0, 30);
    assert_int_equal(store_rows_put(fixture->store, fixture->swarm, &row, 1),
                     ERR_OK);
    assert_int_equal(store_trim_inbox(fixture->store, fixture->swarm,
                                      BYTES_LITERAL("agent:2"), 0, 20),
                     ERR_OK);
    assert_int_equal(reopen(fixture), ERR_OK);
    assert_int_equal(
        store_swarm(fixture->store, BYTES_LITERAL("default"), &swarm), ERR_OK);
    assert_int_equal(swarm, fixture->swarm);
    assert_int_equal(store_logged(fixture->store, swarm, 0), 30);
    assert_int_equal(store_durable(fixture->store, swarm, 0), 30);
    contract_event_init(&event, swarm, 17);
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_REPEAT);
    assert_int_equal(event.append.seq, 18);
    contract_event_fini(&event);
    assert_int_equal(store_begin_epoch(fixture->store, swarm, 0, &epoch),
                     ERR_OK);
    assert_int_equal(epoch, 2);
    contract_fill(fixture->store, swarm, 30, 5);
    contract_check(fixture->store, swarm, 0, 35);
    assert_string_equal(
        positions(store_read_inbox(fixture->store, swarm,
                                   BYTES_LITERAL("agent:2"), 0, 1, 99),
                  text),
        "23 28 33");
    struct buf value;
    buf_init(&value, 16);
    assert_int_equal(store_row_get(fixture->store, swarm, STORE_TABLE_CURSORS,
                                   row.key, &value),
                     ERR_OK);
    assert_true(bytes_equal_text(buf_bytes(&value), "v"));
    buf_fini(&value);
    assert_healthy(fixture);
}

/* The floor that a full table set must outlive the process as well. */
static void what_was_pushed_out_is_refused_after_opening_again(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = NULL;
    struct store_config config = {.dedupe_max = 10};
    contract_fill(fixture->store, fixture->swarm, 0, 30);
    store_close(fixture->store);
    assert_int_equal(
        store_open_rocks(fixture->directory, &config, NULL, &store), ERR_OK);
    fixture->store = store;
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 3);
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_ID_TOO_OLD);
    contract_event_fini(&event);
    contract_event_init(&event, fixture->swarm, 29);
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_REPEAT);
    contract_event_fini(&event);
}

static void a_store_has_one_process(void **state)
{
    struct fixture *fixture = *state;
    struct store *second = NULL;
    struct buf why;
    buf_init(&why, 4096);
    assert_int_equal(
        store_open_rocks(fixture->directory, &small, &why, &second),
        ERR_LOCKED);
    assert_true(why.len > 0);
    buf_fini(&why);
}

static void put_format(struct fixture *fixture, uint8_t format)
{
    struct engine *engine = store_engine(fixture->store);
    struct engine_batch *batch = engine_batch_new(engine);
    struct key key = key_meta_format();
    const uint8_t value[] = {0, 0, 0, format};
    engine_batch_put(engine, batch, FAMILY_META, key_bytes(&key),
                     bytes_of(value, sizeof(value)));
    assert_int_equal(engine_write(engine, batch), ERR_OK);
    engine_batch_free(engine, batch);
}

static void a_newer_format_is_refused(void **state)
{
    struct fixture *fixture = *state;
    put_format(fixture, STORE_FORMAT + 1);
    assert_int_equal(reopen(fixture), ERR_UNSUPPORTED);
    struct store *store = NULL;
    struct buf why;
    buf_init(&why, 4096);
    assert_int_equal(store_open_rocks(fixture->directory, &small, &why, &store),
                     ERR_UNSUPPORTED);
    assert_string_equal(buf_text(&why), "the store has format 2, this is 1");
    buf_fini(&why);
}

/* ---- damage -------------------------------------------------------------- */

/* Whatever the cut, the log is a prefix: the batches before it, whole. */
static void a_torn_journal_loses_its_tail_only(void **state)
{
    struct fixture *fixture = *state;
    char journal[512];
    const off_t cuts[] = {1, 7, 100, 1000, 3000};
    uint64_t next = 0;
    for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
        for (size_t batch = 0; batch < 10; batch++) {
            contract_fill(fixture->store, fixture->swarm, next, 2);
            next += 2;
        }
        store_close(fixture->store);
        fixture->store = NULL;
        damage_largest(fixture->directory, ".log", journal);
        assert_int_equal(truncate(journal, damage_size(journal) - cuts[i]), 0);
        assert_int_equal(reopen(fixture), ERR_OK);
        uint64_t logged = store_logged(fixture->store, fixture->swarm, 0);
        assert_true(logged < next && logged >= next - 20);
        assert_int_equal(logged % 2, 0);
        contract_check(fixture->store, fixture->swarm, 0, logged);
        assert_healthy(fixture);
        next = logged;
    }
}

static void damage_inside_the_journal_is_reported_and_left_alone(void **state)
{
    struct fixture *fixture = *state;
    char journal[512];
    for (uint64_t i = 0; i < 20; i++) {
        contract_fill(fixture->store, fixture->swarm, i, 1);
    }
    store_close(fixture->store);
    fixture->store = NULL;
    damage_largest(fixture->directory, ".log", journal);
    off_t middle = damage_size(journal) / 2;
    damage_flip(journal, middle);
    assert_int_equal(reopen(fixture), ERR_CORRUPT);
    damage_flip(journal, middle);
    assert_int_equal(reopen(fixture), ERR_OK);
    contract_check(fixture->store, fixture->swarm, 0, 20);
}

static void a_hole_near_the_end_is_reported_at_opening(void **state)
{
    struct fixture *fixture = *state;
    struct engine *engine = store_engine(fixture->store);
    contract_fill(fixture->store, fixture->swarm, 0, 20);
    struct engine_batch *batch = engine_batch_new(engine);
    struct key key = key_event(fixture->swarm, 0, 15);
    engine_batch_remove(engine, batch, FAMILY_EVENTS, key_bytes(&key));
    assert_int_equal(engine_write(engine, batch), ERR_OK);
    engine_batch_free(engine, batch);
    store_close(fixture->store);
    fixture->store = NULL;
    struct store *store = NULL;
    struct buf why;
    buf_init(&why, 4096);
    assert_int_equal(store_open_rocks(fixture->directory, &small, &why, &store),
                     ERR_CORRUPT);
    assert_non_null(strstr(buf_text(&why), "position 15"));
    buf_fini(&why);
}

/* Opening moves the journal into a table file; a bit of that flips while more
 * events than a start reads lie behind it. */
static void damage_inside_a_table_is_found_by_verify(void **state)
{
    struct fixture *fixture = *state;
    char table[512];
    struct store_verify result;
    contract_fill(fixture->store, fixture->swarm, 0, 3000);
    assert_int_equal(reopen(fixture), ERR_OK);
    store_close(fixture->store);
    fixture->store = NULL;
    damage_largest(fixture->directory, ".sst", table);
    damage_flip(table, 5000);
    assert_int_equal(reopen(fixture), ERR_OK);
    assert_int_equal(
        store_verify(fixture->store, fixture->swarm, NULL, NULL, NULL, &result),
        ERR_OK);
    assert_true(result.faults > 0);
}

/* ---- erasing ------------------------------------------------------------- */

/* How many files of the store contain ${needle}. */
static size_t files_with(const char *directory, struct bytes needle)
{
    size_t found = 0;
    DIR *folder = opendir(directory);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        int file = openat(dirfd(folder), entry->d_name, O_RDONLY);
        struct stat status;
        if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
            status.st_size > 0) {
            uint8_t *bytes = mem_new((size_t)status.st_size);
            assert_int_equal(read(file, bytes, (size_t)status.st_size),
                             status.st_size);
            found += memmem(bytes, (size_t)status.st_size, needle.data,
                            needle.len) != NULL;
            free(bytes);
        }
        if (file >= 0) {
            close(file);
        }
    }
    closedir(folder);
    return found;
}

static void what_was_erased_is_in_no_file(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    struct bytes secret = BYTES_LITERAL("x7Qm0ZpK41vWt9sLcE5y");
    for (int round = 0; round < 2; round++) {
        uint64_t number = (uint64_t)round * 100;
        contract_fill(fixture->store, fixture->swarm, number, 50);
        contract_event_init(&event, fixture->swarm, number + 50);
        event.append.body = secret;
        append_one(fixture, &event.append);
        contract_event_fini(&event);
        contract_fill(fixture->store, fixture->swarm, number + 51, 49);
        /* The first time it is in the journal, then in a table file. */
        if (round == 1) {
            assert_int_equal(reopen(fixture), ERR_OK);
        }
        assert_int_equal(store_sync(fixture->store), ERR_OK);
        assert_true(files_with(fixture->directory, secret) > 0);
        assert_int_equal(
            store_erase(fixture->store, fixture->swarm, 0, number + 51),
            ERR_OK);
        assert_int_equal(files_with(fixture->directory, secret), 0);
    }
    assert_healthy(fixture);
    assert_int_equal(reopen(fixture), ERR_OK);
    assert_healthy(fixture);
}

static void the_disk_is_measured(void **state)
{
    struct fixture *fixture = *state;
    struct store_info info = store_info(fixture->store);
    assert_true(info.disk_bytes > 0);
    assert_true(info.free_bytes > 0 && info.free_bytes < UINT64_MAX);
    assert_string_equal(store_name(fixture->store), "rocksdb");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(opening_again_finds_everything, &rocks),
        FIXTURE_TEST(what_was_pushed_out_is_refused_after_opening_again,
                     &rocks),
        FIXTURE_TEST(a_store_has_one_process, &rocks),
        FIXTURE_TEST(a_newer_format_is_refused, &rocks),
        FIXTURE_TEST(a_torn_journal_loses_its_tail_only, &rocks),
        FIXTURE_TEST(damage_inside_the_journal_is_reported_and_left_alone,
                     &rocks),
        FIXTURE_TEST(a_hole_near_the_end_is_reported_at_opening, &rocks),
        FIXTURE_TEST(damage_inside_a_table_is_found_by_verify, &rocks),
        FIXTURE_TEST(what_was_erased_is_in_no_file, &rocks),
        FIXTURE_TEST(the_disk_is_measured, &rocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
