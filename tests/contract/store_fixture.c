/* SPDX-License-Identifier: MIT */
#include "tests/contract/store_fixture.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/id.h"
#include "proto/envelope.h"

int64_t contract_time_us(int64_t seconds)
{
    return (CONTRACT_TIME_S + seconds) * US_PER_SECOND;
}

void contract_event_init(struct contract_event *event, uint32_t swarm,
                         uint64_t number)
{
    memset(event, 0, sizeof(*event));
    buf_init(&event->claims, 4096);
    buf_init(&event->envelope, 4096);
    buf_init(&event->body, 1 << 20);
    struct id id = id_make(contract_time_us(0), 0, number << 8);
    memcpy(event->id, id.bytes, sizeof(event->id));
    snprintf(event->session, sizeof(event->session), "session-%d",
             (int)(number % 3));
    snprintf(event->address, sizeof(event->address), "agent:%d",
             (int)(number % 5));
    struct stamp stamp = {.principal = BYTES_LITERAL("p"),
                          .from = BYTES_LITERAL("sender"),
                          .swarm = BYTES_LITERAL("default"),
                          .origin = ORIGIN_AGENT};
    stamp_write_claims(&stamp, &event->claims);
    struct envelope envelope = {.version = 1,
                                .id = bytes_of(event->id, sizeof(event->id)),
                                .to = bytes_of_text(event->address),
                                .kind = BYTES_LITERAL("note.test"),
                                .team = BYTES_LITERAL("red"),
                                .session = bytes_of_text(event->session)};
    envelope_write(&envelope, &event->envelope);
    buf_add_format(&event->body, "the body of event %llu",
                   (unsigned long long)number);
    event->append =
        (struct store_append){.swarm = swarm,
                              .time_us = contract_time_us((int64_t)number),
                              .claims = buf_bytes(&event->claims),
                              .envelope = buf_bytes(&event->envelope),
                              .body = buf_bytes(&event->body),
                              .id = bytes_of(event->id, sizeof(event->id)),
                              .principal = BYTES_LITERAL("p"),
                              .address = bytes_of_text(event->address),
                              .session = bytes_of_text(event->session)};
}

void contract_event_fini(struct contract_event *event)
{
    buf_fini(&event->claims);
    buf_fini(&event->envelope);
    buf_fini(&event->body);
}

void contract_fill(struct store *store, uint32_t swarm, uint64_t from,
                   size_t count)
{
    struct contract_event *events = mem_new_array(count, sizeof(*events));
    struct store_append *batch = mem_new_array(count, sizeof(*batch));
    for (size_t i = 0; i < count; i++) {
        contract_event_init(&events[i], swarm, from + i);
        batch[i] = events[i].append;
    }
    assert_int_equal(store_append(store, batch, count), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(batch[i].outcome, STORE_NEW);
        contract_event_fini(&events[i]);
    }
    free(batch);
    free(events);
}

void contract_check(struct store *store, uint32_t swarm, uint64_t from,
                    size_t count)
{
    struct store_reader *reader =
        store_read_log(store, swarm, 0, 1, UINT64_MAX);
    struct store_event found;
    for (size_t i = 0; i < count; i++) {
        struct contract_event event;
        contract_event_init(&event, swarm, from + i);
        assert_int_equal(store_reader_next(reader, &found), ERR_OK);
        assert_int_equal(found.seq, i + 1);
        assert_true(bytes_equal(found.envelope, event.append.envelope));
        assert_true(bytes_equal(found.body, event.append.body));
        assert_int_equal(found.time_us, event.append.time_us);
        contract_event_fini(&event);
    }
    assert_int_equal(store_reader_next(reader, &found), ERR_NOT_FOUND);
    store_reader_close(reader);
}

void contract_directory(char path[64])
{
    const char *base = getenv("TMPDIR");
    snprintf(path, 64, "%s/reverie-store-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(path));
}

/* The store's directory is flat. */
void contract_remove(const char *path)
{
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *file; (file = readdir(folder));) {
        if (strcmp(file->d_name, ".") != 0 && strcmp(file->d_name, "..") != 0) {
            assert_int_equal(unlinkat(dirfd(folder), file->d_name, 0), 0);
        }
    }
    closedir(folder);
    assert_int_equal(rmdir(path), 0);
}

void fixture_open(struct fixture *fixture, const struct store_config *config)
{
    uint64_t epoch = 0;
    assert_int_equal(fixture->open(fixture->directory, config, &fixture->store),
                     ERR_OK);
    assert_int_equal(
        store_swarm(fixture->store, BYTES_LITERAL("default"), &fixture->swarm),
        ERR_OK);
    assert_int_equal(store_begin_epoch(fixture->store, fixture->swarm,
                                       contract_time_us(0), &epoch),
                     ERR_OK);
}

int fixture_setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof(*fixture));
    fixture->open = *(store_contract_open *)*state;
    contract_directory(fixture->directory);
    fixture_open(fixture, &(struct store_config){.cache_bytes = 1 << 20});
    *state = fixture;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    store_close(fixture->store);
    contract_remove(fixture->directory);
    *state = NULL;
    free(fixture);
    return 0;
}

void append_one(struct fixture *fixture, struct store_append *append)
{
    assert_int_equal(store_append(fixture->store, append, 1), ERR_OK);
}

const char *positions(struct store_reader *reader, char out[256])
{
    struct store_event event;
    size_t len = 0;
    enum err err = ERR_OK;
    out[0] = '\0';
    while ((err = store_reader_next(reader, &event)) == ERR_OK) {
        len += (size_t)snprintf(out + len, 256 - len, "%s%d", len ? " " : "",
                                (int)event.seq);
        assert_true(len < 250);
    }
    assert_int_equal(err, ERR_NOT_FOUND);
    assert_int_equal(store_reader_next(reader, &event), ERR_NOT_FOUND);
    store_reader_close(reader);
    return out;
}
