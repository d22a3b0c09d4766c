/* SPDX-License-Identifier: MIT */
/* Holds the codecs against golden.txt, whose bytes another implementation of
 * protobuf has made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/id.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    VECTORS_MIN = 28,
    LINE_MAX_BYTES = 8192
};

#define TIME_US INT64_C(1767616651459000)

static const uint8_t id_a[16] = {1,    0x90, 0xf3, 0xc2, 0xa4, 0, 0x70, 0,
                                 0x80, 0,    0,    0,    0,    0, 0,    1};
static const uint8_t id_b[16] = {1,    0x90, 0xf3, 0xc2, 0xa4, 0, 0x70, 0,
                                 0x80, 0,    0,    0,    0,    0, 0,    2};

/* What a file of vectors is walked with. */
struct vectors {
    FILE *file;
    char line[LINE_MAX_BYTES];
    char name[64];
    char type[64];
    uint8_t data[LINE_MAX_BYTES];
    size_t len;
};

static void open_vectors(struct vectors *vectors)
{
    vectors->file = fopen(GOLDEN_FILE, "r");
    assert_non_null(vectors->file);
}

static void read_bytes(struct vectors *vectors)
{
    vectors->line[strcspn(vectors->line, "\n")] = 0;
    struct bytes hex = bytes_of_text(vectors->line);
    vectors->len = hex.len / 2;
    assert_true(hex.len > 0);
    assert_int_equal(hex_parse(hex, vectors->data, vectors->len), ERR_OK);
}

static bool next_vector(struct vectors *vectors)
{
    bool in_vector = false;
    while (fgets(vectors->line, sizeof(vectors->line), vectors->file)) {
        if (vectors->line[0] == '=') {
            in_vector = sscanf(vectors->line, "= %63s %63s", vectors->name,
                               vectors->type) == 2;
            assert_true(in_vector);
        } else if (in_vector && vectors->line[0] != '#') {
            read_bytes(vectors);
            return true;
        }
    }
    fclose(vectors->file);
    return false;
}

static struct bytes find_vector(struct vectors *vectors, const char *name)
{
    open_vectors(vectors);
    while (next_vector(vectors)) {
        if (strcmp(vectors->name, name) == 0) {
            fclose(vectors->file);
            return bytes_of(vectors->data, vectors->len);
        }
    }
    fail_msg("there is no vector %s", name);
    return bytes_of(NULL, 0);
}

static void same(const struct buf *made, struct bytes golden)
{
    assert_int_equal(buf_error(made), ERR_OK);
    assert_int_equal(made->len, golden.len);
    assert_memory_equal(made->data, golden.data, golden.len);
}

static const ProtobufCMessageDescriptor *const types[] = {
    &reverie__v1__envelope__descriptor,
    &reverie__v1__stamp__descriptor,
    &reverie__v1__message__descriptor,
    &reverie__v1__hello__descriptor,
    &reverie__v1__welcome__descriptor,
    &reverie__v1__ping__descriptor,
    &reverie__v1__bye__descriptor,
    &reverie__v1__credit__descriptor,
    &reverie__v1__accepted__descriptor,
    &reverie__v1__refused__descriptor,
    &reverie__v1__done__descriptor,
    &reverie__v1__stream_open__descriptor,
    &reverie__v1__stream_opened__descriptor,
    &reverie__v1__stream_mark__descriptor,
    &reverie__v1__stream_commit__descriptor,
    &reverie__v1__stream_close__descriptor,
    &reverie__v1__request__descriptor,
    &reverie__v1__reply__descriptor,
    &reverie__v1__memory_update__descriptor,
    &reverie__v1__memory_ack__descriptor,
};

static const ProtobufCMessageDescriptor *type_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (strcmp(types[i]->short_name, name) == 0) {
            return types[i];
        }
    }
    fail_msg("no message %s", name);
    return NULL;
}

/* Stamps are written in another order than the generated code's; their bytes
 * are held against the hand-written codec below. */
static void every_vector_survives_the_generated_code(void **state)
{
    (void)state;
    static struct vectors vectors;
    struct arena arena;
    size_t count = 0;
    arena_init(&arena, 1 << 20);
    open_vectors(&vectors);
    while (next_vector(&vectors)) {
        struct buf again;
        void *message = NULL;
        buf_init(&again, LINE_MAX_BYTES);
        struct bytes in = bytes_of(vectors.data, vectors.len);
        assert_int_equal(
            message_unpack(type_of(vectors.type), in, &arena, &message),
            ERR_OK);
        message_pack(message, &again);
        assert_int_equal(again.len, in.len);
        if (strcmp(vectors.type, "Stamp") != 0) {
            same(&again, in);
        }
        buf_fini(&again);
        arena_reset(&arena);
        count++;
    }
    assert_true(count >= VECTORS_MIN);
    arena_fini(&arena);
}

static void check_envelope(const struct envelope *envelope, const char *name)
{
    static struct vectors vectors;
    struct envelope read;
    struct buf out;
    struct buf again;
    struct bytes golden = find_vector(&vectors, name);
    buf_init(&out, RECORD_ENVELOPE_MAX);
    buf_init(&again, RECORD_ENVELOPE_MAX);
    envelope_write(envelope, &out);
    same(&out, golden);
    assert_int_equal(envelope_read(golden, &read), ERR_OK);
    envelope_write(&read, &again);
    same(&again, golden);
    buf_fini(&out);
    buf_fini(&again);
}

static void envelopes_are_these_bytes(void **state)
{
    (void)state;
    struct envelope plain = {
        .version = 1,
        .id = bytes_of(id_a, 16),
        .to = BYTES_LITERAL("team:blue"),
        .session = BYTES_LITERAL("s-1"),
        .kind = BYTES_LITERAL("agent.message"),
        .origin = ORIGIN_AGENT,
        .has_occurred = true,
        .occurred_us = TIME_US,
        .content_type = BYTES_LITERAL("application/x-protobuf"),
    };
    struct envelope full = {
        .version = 1,
        .id = bytes_of(id_a, 16),
        .to = BYTES_LITERAL("topic:build.linux"),
        .from = BYTES_LITERAL("ada"),
        .team = BYTES_LITERAL("blue"),
        .session = BYTES_LITERAL("s-1"),
        .thread = BYTES_LITERAL("t-1"),
        .parent = bytes_of(id_b, 16),
        .kind = BYTES_LITERAL("agent.tool_use"),
        .origin = ORIGIN_TOOL,
        .has_occurred = true,
        .occurred_us = -1,
        .content_type = BYTES_LITERAL("application/json"),
        .lossy = true,
        .swarm = BYTES_LITERAL("default"),
        .principal = BYTES_LITERAL("ana"),
        .source = BYTES_LITERAL("trace:codeteam"),
        .source_id = BYTES_LITERAL("s-1#17"),
    };
    struct envelope control = {.version = 1,
                               .kind = BYTES_LITERAL("control.hello")};
    check_envelope(&plain, "envelope");
    check_envelope(&full, "envelope_full");
    check_envelope(&control, "envelope_control");
}

static void check_stamp(const struct stamp *stamp, const char *name)
{
    static struct vectors vectors;
    struct stamp read;
    struct buf out;
    struct buf again;
    struct bytes golden = find_vector(&vectors, name);
    const struct stamp *both[] = {stamp, &read};
    struct buf *outs[] = {&out, &again};
    assert_int_equal(stamp_read(golden, &read), ERR_OK);
    for (size_t i = 0; i < 2; i++) {
        buf_init(outs[i], STAMP_MAX);
        stamp_write_claims(both[i], outs[i]);
        stamp_write_place(both[i], outs[i]);
        stamp_write_delivery(both[i], outs[i]);
        same(outs[i], golden);
        buf_fini(outs[i]);
    }
}

static void stamps_are_these_bytes(void **state)
{
    (void)state;
    struct stamp stored = {
        .version = 1,
        .seq = 42,
        .epoch = 3,
        .time_us = TIME_US,
        .principal = BYTES_LITERAL("ana"),
        .identity = IDENTITY_ASSERTED,
        .root = bytes_of(id_a, 16),
        .view = BYTES_LITERAL("team/blue@2+agent/ada@0"),
        .origin = ORIGIN_AGENT,
        .from = BYTES_LITERAL("ada"),
        .team = BYTES_LITERAL("blue"),
        .swarm = BYTES_LITERAL("default"),
    };
    check_stamp(&stored, "stamp_stored");
    struct stamp again = stored;
    again.identity = IDENTITY_TOKEN;
    again.view = bytes_of(NULL, 0);
    again.again = true;
    check_stamp(&again, "stamp_inbox_again");
    struct stamp erased = {
        .version = 1,
        .log = 1,
        .seq = 300,
        .epoch = 3,
        .time_us = TIME_US,
        .identity = IDENTITY_KEY,
        .swarm = BYTES_LITERAL("default"),
        .erased = true,
        .has_stream = true,
        .stream = 7,
    };
    check_stamp(&erased, "stamp_stream_erased");
}

#define GOLDEN(type, name, arena, out)                                         \
    assert_int_equal(                                                          \
        MESSAGE_UNPACK(type, find_vector(&vectors, (name)), (arena), (out)),   \
        ERR_OK)

static void connection_messages_hold_these_values(void **state)
{
    (void)state;
    static struct vectors vectors;
    struct arena arena;
    Reverie__V1__Hello *hello = NULL;
    Reverie__V1__Welcome *welcome = NULL;
    Reverie__V1__Accepted *accepted = NULL;
    Reverie__V1__Refused *refused = NULL;
    Reverie__V1__Done *done = NULL;
    arena_init(&arena, 1 << 20);
    GOLDEN(hello, "hello", &arena, &hello);
    assert_string_equal(hello->agent, "ada");
    assert_string_equal(hello->roles[0], "reviewer");
    assert_int_equal(hello->inbox_limit_bytes, 1 << 20);
    GOLDEN(welcome, "welcome", &arena, &welcome);
    assert_int_equal(welcome->identity,
                     REVERIE__V1__IDENTITY__IDENTITY_ASSERTED);
    assert_int_equal(welcome->n_rights, 2);
    assert_int_equal(welcome->send_limit_bytes, 8 << 20);
    GOLDEN(accepted, "accepted", &arena, &accepted);
    assert_int_equal(accepted->messages[0]->seq, 42);
    assert_false(accepted->messages[0]->repeat);
    assert_true(accepted->messages[1]->repeat);
    GOLDEN(refused, "refused", &arena, &refused);
    assert_string_equal(refused->code, "id_conflict");
    assert_false(refused->has_retry_after_ms);
    GOLDEN(done, "done", &arena, &done);
    assert_int_equal(done->n_seqs, 3);
    assert_int_equal(done->seqs[2], 300);
    arena_fini(&arena);
}

static void stream_and_request_messages_hold_these_values(void **state)
{
    (void)state;
    static struct vectors vectors;
    struct arena arena;
    Reverie__V1__StreamOpen *open = NULL;
    Reverie__V1__StreamMark *mark = NULL;
    Reverie__V1__Request *request = NULL;
    Reverie__V1__Reply *reply = NULL;
    Reverie__V1__MemoryUpdate *update = NULL;
    arena_init(&arena, 1 << 20);
    GOLDEN(stream_open, "stream_open", &arena, &open);
    assert_int_equal(open->start, REVERIE__V1__START__START_CURSOR);
    assert_int_equal(open->cursor->seq, 43);
    assert_string_equal(open->filter->kinds[1], "user.message");
    GOLDEN(stream_mark, "stream_mark_gap", &arena, &mark);
    assert_int_equal(mark->missed_from, 101);
    assert_int_equal(mark->missed_to, 200);
    GOLDEN(request, "request", &arena, &request);
    assert_string_equal(request->method, "who");
    GOLDEN(reply, "reply_more", &arena, &reply);
    assert_true(reply->more);
    GOLDEN(memory_update, "memory_update", &arena, &update);
    assert_string_equal(update->deltas[0]->version->content,
                        "Search with rg.\n");
    assert_int_equal(update->deltas[0]->citations[0]->seq, 17);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_survives_the_generated_code),
        cmocka_unit_test(envelopes_are_these_bytes),
        cmocka_unit_test(stamps_are_these_bytes),
        cmocka_unit_test(connection_messages_hold_these_values),
        cmocka_unit_test(stream_and_request_messages_hold_these_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
