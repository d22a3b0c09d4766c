/* SPDX-License-Identifier: MIT */
/* A writer is killed in the middle of its work, again and again.
 *
 * The writer is this program run anew ("writer DIRECTORY SEED"), because the
 * engine's threads do not survive a fork. It appends batches of seeded sizes
 * and says on its standard output how far it has got; the test kills it after
 * a seeded number of such words, opens the store, and demands that everything
 * the writer had said is there, whole, dense and consistent. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "store/store_internal.h"
#include "tests/contract/store_fixture.h"

enum {
    ROUNDS = 30,
    BATCH_AT_MOST = 40,
    WORDS_AT_MOST = 60
};

static const struct store_config small = {.cache_bytes = 1 << 20};

/* ---- the writer ---------------------------------------------------------- */

/* Events numbered by their position less one, and a row that says how many
 * there are: what the batch leaves must agree. */
static enum err write_batch(struct store *store, uint32_t swarm, size_t count)
{
    static struct contract_event events[BATCH_AT_MOST];
    static struct store_append batch[BATCH_AT_MOST];
    uint64_t logged = store_logged(store, swarm, 0);
    uint64_t total = logged + count;
    for (size_t i = 0; i < count; i++) {
        contract_event_init(&events[i], swarm, logged + i);
        batch[i] = events[i].append;
    }
    struct store_row row = {.table = STORE_TABLE_MEMORY,
                            .key = BYTES_LITERAL("total"),
                            .value = bytes_of(&total, sizeof(total))};
    batch[0].rows = &row;
    batch[0].row_count = 1;
    enum err err = store_append(store, batch, count);
    for (size_t i = 0; i < count; i++) {
        contract_event_fini(&events[i]);
    }
    return err;
}

static enum err write_on(struct store *store, uint32_t swarm, struct rng *rng)
{
    enum err err =
        write_batch(store, swarm, 1 + (size_t)rng_below(rng, BATCH_AT_MOST));
    if (err == ERR_OK && rng_chance(rng, 0.2)) {
        err = store_sync(store);
    }
    if (err == ERR_OK && rng_chance(rng, 0.1)) {
        err = store_trim_inbox(store, swarm, BYTES_LITERAL("agent:3"), 0,
                               store_logged(store, swarm, 0) / 2);
    }
    uint64_t logged = store_logged(store, swarm, 0);
    if (write(STDOUT_FILENO, &logged, sizeof(logged)) != sizeof(logged)) {
        return ERR_CLOSED;
    }
    return err;
}

static int run_writer(const char *directory, uint64_t seed)
{
    struct store *store = NULL;
    struct rng rng = rng_seeded(seed, 2);
    uint32_t swarm = 0;
    uint64_t epoch = 0;
    enum err err = store_open_rocks(directory, &small, NULL, &store);
    if (err == ERR_OK) {
        err = store_swarm(store, BYTES_LITERAL("default"), &swarm);
    }
    if (err == ERR_OK) {
        err = store_begin_epoch(store, swarm, contract_time_us(0), &epoch);
    }
    while (err == ERR_OK) {
        err = write_on(store, swarm, &rng);
    }
    store_close(store);
    return 1;
}

/* ---- the test ------------------------------------------------------------ */

/* Gives the writer's pid, and the end of the pipe on which it speaks. */
static pid_t start_writer(const char *directory, uint64_t seed, int *out_pipe)
{
    int ends[2];
    char text[32];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)seed);
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/proc/self/exe", "writer", "writer", directory, text,
              (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    *out_pipe = ends[0];
    return pid;
}

/* The last word of a writer that is killed after ${words} of them. */
static uint64_t listen_and_kill(pid_t pid, int end, uint64_t words)
{
    uint64_t logged = 0;
    uint64_t word = 0;
    int status = 0;
    for (uint64_t i = 0; i < words; i++) {
        assert_int_equal(read(end, &word, sizeof(word)), sizeof(word));
        logged = word;
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    while (read(end, &word, sizeof(word)) == sizeof(word)) {
        logged = word;
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    close(end);
    return logged;
}

static void check_total(struct store *store, uint32_t swarm, uint64_t logged)
{
    struct buf value;
    uint64_t total = 0;
    buf_init(&value, 64);
    enum err err = store_row_get(store, swarm, STORE_TABLE_MEMORY,
                                 BYTES_LITERAL("total"), &value);
    if (err == ERR_OK) {
        assert_int_equal(value.len, sizeof(total));
        memcpy(&total, value.data, sizeof(total));
    }
    assert_int_equal(total, logged);
    buf_fini(&value);
}

static void check_store(const char *directory, uint64_t said)
{
    struct store *store = NULL;
    struct store_verify result;
    uint32_t swarm = 0;
    assert_int_equal(store_open_rocks(directory, &small, NULL, &store), ERR_OK);
    assert_int_equal(store_swarm(store, BYTES_LITERAL("default"), &swarm),
                     ERR_OK);
    uint64_t logged = store_logged(store, swarm, 0);
    assert_true(logged >= said);
    check_total(store, swarm, logged);
    contract_check(store, swarm, 0, logged);
    assert_int_equal(store_verify(store, swarm, NULL, NULL, NULL, &result),
                     ERR_OK);
    assert_int_equal(result.faults, 0);
    assert_int_equal(result.events, logged);
    struct contract_event event;
    contract_event_init(&event, swarm, logged - 1);
    assert_int_equal(store_append(store, &event.append, 1), ERR_OK);
    assert_int_equal(event.append.outcome, STORE_REPEAT);
    assert_int_equal(event.append.seq, logged);
    contract_event_fini(&event);
    store_close(store);
}

static void what_was_logged_survives_the_writers_death(void **state)
{
    (void)state;
    char directory[64];
    const char *given = getenv("REVERIE_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 20261122;
    struct rng rng = rng_seeded(seed, 1);
    print_message("REVERIE_SEED=%llu\n", (unsigned long long)seed);
    contract_directory(directory);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        int end = -1;
        pid_t pid = start_writer(directory, rng_next(&rng), &end);
        uint64_t said =
            listen_and_kill(pid, end, 1 + rng_below(&rng, WORDS_AT_MOST));
        check_store(directory, said);
        if (round % 10 == 9) {
            contract_remove(directory);
            contract_directory(directory);
        }
    }
    contract_remove(directory);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_logged_survives_the_writers_death),
    };
    if (argc == 4 && strcmp(argv[1], "writer") == 0) {
        return run_writer(argv[2], strtoull(argv[3], NULL, 10));
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
