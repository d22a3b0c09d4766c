/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "proto/envelope.h"
#include "proto/field.h"
#include "proto/limits.h"
#include "proto/messages.h"

static const uint8_t id[16] = {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80};

static struct envelope full_envelope(void)
{
    return (struct envelope){
        .version = 1,
        .id = bytes_of(id, 16),
        .to = BYTES_LITERAL("team:blue"),
        .from = BYTES_LITERAL("ada"),
        .team = BYTES_LITERAL("blue"),
        .session = BYTES_LITERAL("s-1"),
        .thread = BYTES_LITERAL("t\xc3\xa9"),
        .parent = bytes_of(id, 16),
        .kind = BYTES_LITERAL("agent.tool_use"),
        .origin = ORIGIN_TOOL,
        .has_occurred = true,
        .occurred_us = -5,
        .content_type = BYTES_LITERAL("application/x-protobuf"),
        .lossy = true,
        .swarm = BYTES_LITERAL("default"),
        .principal = BYTES_LITERAL("p"),
        .source = BYTES_LITERAL("codeteam"),
        .source_id = BYTES_LITERAL("17"),
    };
}

static struct stamp full_stamp(void)
{
    return (struct stamp){
        .version = 1,
        .log = 1,
        .seq = UINT64_MAX,
        .epoch = 1ull << 40,
        .time_us = INT64_MIN,
        .principal = BYTES_LITERAL("p"),
        .identity = IDENTITY_ASSERTED,
        .via = BYTES_LITERAL("v"),
        .root = bytes_of(id, 16),
        .view = BYTES_LITERAL("team/blue@3"),
        .origin = ORIGIN_OWNER,
        .from = BYTES_LITERAL("ada"),
        .team = BYTES_LITERAL("blue"),
        .swarm = BYTES_LITERAL("default"),
        .erased = true,
        .has_stream = true,
        .stream = 0,
        .again = true,
    };
}

static void same_bytes(struct bytes a, bool has, ProtobufCBinaryData b)
{
    assert_true(bytes_equal(a, message_bytes(has, b)));
}

static void same_text(struct bytes a, const char *b)
{
    assert_true(bytes_equal(a, message_text(b)));
}

static void same_envelope(const struct envelope *a,
                          const Reverie__V1__Envelope *b)
{
    assert_int_equal(a->version, b->version);
    same_bytes(a->id, b->has_id, b->id);
    same_text(a->to, b->to);
    same_text(a->from, b->from);
    same_text(a->team, b->team);
    same_text(a->session, b->session);
    same_text(a->thread, b->thread);
    same_bytes(a->parent, b->has_parent, b->parent);
    same_text(a->kind, b->kind);
    assert_int_equal(a->origin, b->origin);
    assert_int_equal(a->has_occurred, b->has_occurred_us);
    assert_int_equal(a->occurred_us, b->occurred_us);
    same_text(a->content_type, b->content_type);
    assert_int_equal(a->lossy, b->lossy);
    same_text(a->swarm, b->swarm);
    same_text(a->principal, b->principal);
    same_text(a->source, b->source);
    same_text(a->source_id, b->source_id);
}

static void same_stamp(const struct stamp *a, const Reverie__V1__Stamp *b)
{
    assert_int_equal(a->version, b->version);
    assert_int_equal(a->log, b->log);
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->epoch, b->epoch);
    assert_int_equal(a->time_us, b->time_us);
    same_text(a->principal, b->principal);
    assert_int_equal(a->identity, b->identity);
    same_text(a->via, b->via);
    same_bytes(a->root, b->has_root, b->root);
    same_text(a->view, b->view);
    assert_int_equal(a->origin, b->origin);
    same_text(a->from, b->from);
    same_text(a->team, b->team);
    same_text(a->swarm, b->swarm);
    assert_int_equal(a->erased, b->erased);
    assert_int_equal(a->has_stream, b->has_stream);
    assert_int_equal(a->stream, b->stream);
    assert_int_equal(a->again, b->again);
}

static struct buf written(const struct envelope *envelope)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    envelope_write(envelope, &out);
    assert_int_equal(buf_error(&out), ERR_OK);
    return out;
}

static struct buf written_stamp(const struct stamp *stamp)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    stamp_write_claims(stamp, &out);
    stamp_write_place(stamp, &out);
    stamp_write_delivery(stamp, &out);
    assert_int_equal(buf_error(&out), ERR_OK);
    return out;
}

static enum err unpack_envelope(struct bytes in, struct arena *arena,
                                Reverie__V1__Envelope **out)
{
    arena_reset(arena);
    return MESSAGE_UNPACK(envelope, in, arena, out);
}

static enum err unpack_stamp(struct bytes in, struct arena *arena,
                             Reverie__V1__Stamp **out)
{
    arena_reset(arena);
    return MESSAGE_UNPACK(stamp, in, arena, out);
}

static void envelopes_agree_with_the_generated_code(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct envelope full = full_envelope();
    struct envelope empty = {.version = 1};
    const struct envelope *all[] = {&full, &empty};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct buf out = written(all[i]);
        struct buf again;
        struct envelope read;
        Reverie__V1__Envelope *message = NULL;
        buf_init(&again, 1 << 16);
        assert_int_equal(unpack_envelope(buf_bytes(&out), &arena, &message),
                         ERR_OK);
        same_envelope(all[i], message);
        message_pack(message, &again);
        assert_true(bytes_equal(buf_bytes(&out), buf_bytes(&again)));
        assert_int_equal(envelope_read(buf_bytes(&out), &read), ERR_OK);
        same_envelope(&read, message);
        buf_fini(&out);
        buf_fini(&again);
    }
    arena_fini(&arena);
}

static void stamps_agree_with_the_generated_code(void **state)
{
    (void)state;
    struct arena arena;
    struct stamp full = full_stamp();
    struct stamp read;
    struct buf out = written_stamp(&full);
    Reverie__V1__Stamp *message = NULL;
    arena_init(&arena, 1 << 20);
    assert_int_equal(unpack_stamp(buf_bytes(&out), &arena, &message), ERR_OK);
    same_stamp(&full, message);
    assert_int_equal(stamp_read(buf_bytes(&out), &read), ERR_OK);
    same_stamp(&read, message);
    arena_fini(&arena);
    buf_fini(&out);
}

static void claims_alone_have_no_place(void **state)
{
    (void)state;
    struct stamp full = full_stamp();
    struct stamp read;
    struct buf out;
    buf_init(&out, 4096);
    stamp_write_claims(&full, &out);
    assert_int_equal(stamp_read(buf_bytes(&out), &read), ERR_OK);
    assert_int_equal(read.version, 0);
    assert_int_equal(read.seq, 0);
    assert_false(read.has_stream);
    assert_true(bytes_equal_text(read.view, "team/blue@3"));
    buf_fini(&out);
}

static enum err read_raw(const char *raw, size_t len, struct envelope *out)
{
    struct buf in;
    buf_init(&in, 1 << 16);
    buf_add(&in, BYTES_LITERAL("\x08\x01"));
    buf_add(&in, bytes_of(raw, len));
    enum err err = envelope_read(buf_bytes(&in), out);
    *out = (struct envelope){.version = out->version,
                             .origin = out->origin,
                             .occurred_us = out->occurred_us};
    buf_fini(&in);
    return err;
}
#define READ_RAW(raw, out) read_raw((raw), sizeof(raw) - 1, (out))

static void wrong_encodings_are_refused(void **state)
{
    (void)state;
    struct envelope e = {0};
    assert_int_equal(READ_RAW("\x10\x01", &e), ERR_INVALID); /* id: varint */
    assert_int_equal(READ_RAW("\x52\x00", &e), ERR_INVALID); /* origin: bytes */
    assert_int_equal(READ_RAW("\x1a\x01\xff", &e), ERR_INVALID);
    assert_int_equal(READ_RAW("\x1a\x02\xc0\x80", &e), ERR_INVALID);
    assert_int_equal(READ_RAW("\x1a\x01\x00", &e), ERR_INVALID);
    assert_int_equal(READ_RAW("\x1a\xff\xff\xff\xff\x0f", &e), ERR_INVALID);
    assert_int_equal(READ_RAW("\x50\x06", &e), ERR_INVALID); /* origin 6 */
    assert_int_equal(READ_RAW("\x1b", &e), ERR_INVALID);     /* group */
    assert_int_equal(READ_RAW("\x02\x00", &e), ERR_INVALID); /* number 0 */
    assert_int_equal(READ_RAW("\x0f\x00", &e), ERR_INVALID); /* type 7 */
    assert_int_equal(READ_RAW("\x88\x80\x80\x80\x80\x00\x01", &e), ERR_INVALID);
    assert_int_equal(
        READ_RAW("\x58\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", &e),
        ERR_INVALID);
    assert_int_equal(READ_RAW("\xa1\x06\x01\x02", &e), ERR_INVALID);
    assert_int_equal(e.version, 0);
}

static void what_protobuf_allows_is_read(void **state)
{
    (void)state;
    struct envelope e = {0};
    /* unknown: number 1000 bytes, 100 fixed64, 99 fixed32, 98 varint */
    assert_int_equal(READ_RAW("\xc2\x3e\x02hi"
                              "\xa1\x06"
                              "12345678"
                              "\x9d\x06"
                              "1234"
                              "\x90\x06\x05"
                              "\x50\x02",
                              &e),
                     ERR_OK);
    assert_int_equal(e.origin, ORIGIN_USER);
    /* the last of a repeated field counts */
    assert_int_equal(READ_RAW("\x50\x01\x50\x03", &e), ERR_OK);
    assert_int_equal(e.origin, ORIGIN_AGENT);
    /* the longest varint */
    assert_int_equal(
        READ_RAW("\x58\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", &e), ERR_OK);
    assert_int_equal(e.occurred_us, INT64_MIN);
}

static void versions_and_sizes_are_checked(void **state)
{
    (void)state;
    struct envelope e = {.version = 2};
    struct envelope read = {.version = 77};
    struct buf out = written(&e);
    assert_int_equal(envelope_read(buf_bytes(&out), &read), ERR_UNSUPPORTED);
    assert_int_equal(envelope_read(bytes_of(NULL, 0), &read), ERR_UNSUPPORTED);
    assert_int_equal(read.version, 77);
    buf_fini(&out);
    static uint8_t name[RECORD_ENVELOPE_MAX];
    memset(name, 'n', sizeof(name));
    e = (struct envelope){.version = 1,
                          .to = bytes_of(name, RECORD_ENVELOPE_MAX - 5)};
    out = written(&e);
    assert_int_equal(out.len, RECORD_ENVELOPE_MAX);
    assert_int_equal(envelope_read(buf_bytes(&out), &read), ERR_OK);
    buf_add_u8(&out, 0);
    assert_int_equal(envelope_read(buf_bytes(&out), &read), ERR_TOO_BIG);
    buf_fini(&out);
}

static void every_truncation_is_whole_or_refused(void **state)
{
    (void)state;
    struct arena arena;
    struct envelope full = full_envelope();
    struct buf out = written(&full);
    arena_init(&arena, 1 << 20);
    size_t whole = 0;
    for (size_t len = 2; len < out.len; len++) {
        struct envelope read;
        Reverie__V1__Envelope *message = NULL;
        struct bytes cut = bytes_of(out.data, len);
        enum err err = envelope_read(cut, &read);
        assert_int_equal(err, unpack_envelope(cut, &arena, &message));
        whole += err == ERR_OK;
    }
    assert_int_equal(whole, 16); /* cuts between two of the 17 fields */
    arena_fini(&arena);
    buf_fini(&out);
}

static void mutate(struct rng *rng, uint8_t *data, size_t *len, size_t room)
{
    for (uint64_t n = 1 + rng_below(rng, 3); n > 0; n--) {
        size_t at = (size_t)rng_below(rng, *len);
        switch (rng_below(rng, 4)) {
        case 0:
            data[at] = (uint8_t)rng_next(rng);
            break;
        case 1:
            data[at] ^= (uint8_t)(1u << rng_below(rng, 8));
            break;
        case 2:
            if (*len > 1) {
                memmove(data + at, data + at + 1, *len - at - 1);
                (*len)--;
            }
            break;
        default:
            if (*len < room) {
                memmove(data + at + 1, data + at, *len - at);
                data[at] = (uint8_t)rng_next(rng);
                (*len)++;
            }
        }
    }
}

static bool is_known_difference(const Reverie__V1__Envelope *message)
{
    return (unsigned)message->origin > ORIGIN_EXTERNAL || message->version != 1;
}

/* What the hand-written reader takes, the generated one takes too, with equal
 * fields; what only the generated one takes is refused on purpose. */
static void mutated_envelopes_read_alike(void **state)
{
    (void)state;
    struct arena arena;
    struct envelope full = full_envelope();
    struct buf out = written(&full);
    struct rng rng = rng_seeded(7, 1);
    size_t taken = 0;
    arena_init(&arena, 1 << 20);
    for (int round = 0; round < 20000; round++) {
        uint8_t data[512];
        size_t len = out.len;
        memcpy(data, out.data, len);
        mutate(&rng, data, &len, sizeof(data));
        uint8_t *exact = mem_new(len);
        memcpy(exact, data, len);
        struct envelope read;
        Reverie__V1__Envelope *message = NULL;
        enum err err = envelope_read(bytes_of(exact, len), &read);
        enum err other =
            unpack_envelope(bytes_of(exact, len), &arena, &message);
        if (err == ERR_OK) {
            assert_int_equal(other, ERR_OK);
            same_envelope(&read, message);
            taken++;
        } else {
            assert_true(other != ERR_OK || is_known_difference(message));
        }
        free(exact);
    }
    assert_true(taken > 1000);
    arena_fini(&arena);
    buf_fini(&out);
}

static void mutated_stamps_read_alike(void **state)
{
    (void)state;
    struct arena arena;
    struct stamp full = full_stamp();
    struct buf out = written_stamp(&full);
    struct rng rng = rng_seeded(7, 2);
    size_t taken = 0;
    arena_init(&arena, 1 << 20);
    for (int round = 0; round < 20000; round++) {
        uint8_t data[512];
        size_t len = out.len;
        memcpy(data, out.data, len);
        mutate(&rng, data, &len, sizeof(data));
        struct stamp read;
        Reverie__V1__Stamp *message = NULL;
        if (stamp_read(bytes_of(data, len), &read) == ERR_OK) {
            assert_int_equal(
                unpack_stamp(bytes_of(data, len), &arena, &message), ERR_OK);
            same_stamp(&read, message);
            taken++;
        }
    }
    assert_true(taken > 1000);
    arena_fini(&arena);
    buf_fini(&out);
}

static void noise_is_survived(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(7, 3);
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)rng_below(&rng, 64);
        uint8_t *data = mem_new(len + 1);
        for (size_t i = 0; i < len; i++) {
            data[i] = (uint8_t)rng_next(&rng);
        }
        struct envelope e;
        struct stamp s;
        err_ignore(envelope_read(bytes_of(data, len), &e),
                   "any answer will do");
        err_ignore(stamp_read(bytes_of(data, len), &s), "any answer will do");
        free(data);
    }
}

static void numbers_have_names(void **state)
{
    (void)state;
    assert_string_equal(origin_name(ORIGIN_OWNER), "owner");
    assert_string_equal(origin_name((enum origin)99), "unknown");
    assert_string_equal(identity_name(IDENTITY_TOKEN), "token");
    assert_int_equal(field_zigzag(UINT64_MAX), INT64_MIN);
    assert_int_equal(field_zigzag(3), -2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelopes_agree_with_the_generated_code),
        cmocka_unit_test(stamps_agree_with_the_generated_code),
        cmocka_unit_test(claims_alone_have_no_place),
        cmocka_unit_test(wrong_encodings_are_refused),
        cmocka_unit_test(what_protobuf_allows_is_read),
        cmocka_unit_test(versions_and_sizes_are_checked),
        cmocka_unit_test(every_truncation_is_whole_or_refused),
        cmocka_unit_test(mutated_envelopes_read_alike),
        cmocka_unit_test(mutated_stamps_read_alike),
        cmocka_unit_test(noise_is_survived),
        cmocka_unit_test(numbers_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
