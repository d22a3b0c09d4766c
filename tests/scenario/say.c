/* SPDX-License-Identifier: MIT */
#include "tests/scenario/say.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "proto/envelope.h"
#include "proto/messages.h"

enum {
    MESSAGE_MAX = 16 << 20,
    LIST_MAX = 80
};

static struct id say_id_at(uint64_t number, int64_t time_us)
{
    struct id id = id_make(time_us, 0, 0);
    for (size_t i = 0; i < 8; i++) {
        id.bytes[15 - i] ^= (uint8_t)(i < 7 ? number >> (8 * i) : 0);
    }
    return id;
}

struct id say_id(uint64_t number)
{
    return say_id_at(number, INT64_C(1700000000) * US_PER_SECOND);
}

void say_control(struct world *world, const char *peer, bool is_local,
                 const char *kind, const void *message)
{
    struct buf envelope_text;
    struct buf body;
    buf_init(&envelope_text, MESSAGE_MAX);
    buf_init(&body, MESSAGE_MAX);
    struct id id = say_id(1);
    struct envelope envelope = {.version = ENVELOPE_VERSION,
                                .id = id_bytes(&id),
                                .kind = bytes_of_text(kind)};
    envelope_write(&envelope, &envelope_text);
    message_pack(message, &body);
    world_frames(world, bytes_of_text(peer), is_local, 2,
                 buf_bytes(&envelope_text), buf_bytes(&body));
    buf_fini(&envelope_text);
    buf_fini(&body);
}

static char *text_of(const struct words *words, const char *key)
{
    return (char *)(uintptr_t)words_get(words, key);
}

static void say_connect(struct world *world, const struct words *words)
{
    char role_text[LINE_MAX_BYTES];
    char serve_text[LINE_MAX_BYTES];
    char *roles[LIST_MAX];
    char *serves[LIST_MAX];
    Reverie__V1__Hello hello = REVERIE__V1__HELLO__INIT;
    hello.has_wire_min = hello.has_wire_max = true;
    hello.wire_min = hello.wire_max =
        (uint32_t)words_number(words, "wire", WIRE_VERSION);
    hello.swarm = text_of(words, "swarm");
    hello.agent = text_of(words, "agent");
    hello.team = text_of(words, "team");
    hello.token = text_of(words, "token");
    hello.principal = text_of(words, "principal");
    hello.view = text_of(words, "view");
    hello.n_roles = words_list(words, "roles", role_text, roles, LIST_MAX);
    hello.roles = roles;
    hello.n_serves = words_list(words, "serves", serve_text, serves, LIST_MAX);
    hello.serves = serves;
    hello.has_inbox_limit_bytes = true;
    hello.inbox_limit_bytes = words_number(words, "credit", 1 << 20);
    hello.has_takeover = true;
    hello.takeover = words_has(words, "takeover");
    say_control(world, words->items[1], !words_has(words, "remote"),
                "control.hello", &hello);
}

static enum origin origin_of(const char *name)
{
    for (int i = ORIGIN_NONE; name && i <= ORIGIN_EXTERNAL; i++) {
        if (strcmp(name, origin_name((enum origin)i)) == 0) {
            return (enum origin)i;
        }
    }
    return ORIGIN_NONE;
}

/* The body is ${text}, or so many bytes. */
static void write_body(const struct words *words, struct buf *body)
{
    size_t len = words_number(words, "bytes", 0);
    buf_add(body, words_bytes(words, "text"));
    for (size_t i = 0; i < len; i++) {
        buf_add_u8(body, 'x');
    }
}

static void write_message(const struct world *world, const struct words *words,
                          struct buf *out)
{
    struct id id = say_id(words_number(words, "id", 0));
    if (words_get(words, "ahead")) {
        int64_t ahead_us =
            (int64_t)words_number(words, "ahead", 0) * US_PER_SECOND;
        id = say_id_at(words_number(words, "id", 0), world->now_us + ahead_us);
    }
    struct id parent = say_id(words_number(words, "parent", 0));
    const char *occurred = words_get(words, "occurred");
    const char *kind = words_get(words, "kind");
    struct envelope envelope = {
        .version = (uint32_t)words_number(words, "version", ENVELOPE_VERSION),
        .id = id_bytes(&id),
        .to = words_bytes(words, "to"),
        .from = words_bytes(words, "from"),
        .team = words_bytes(words, "team"),
        .session = words_bytes(words, "session"),
        .kind = bytes_of_text(kind ? kind : "agent.message"),
        .origin = origin_of(words_get(words, "origin")),
        .lossy = words_has(words, "lossy"),
        .swarm = words_bytes(words, "swarm"),
        .principal = words_bytes(words, "principal"),
        .source = words_bytes(words, "source"),
        .source_id = words_bytes(words, "source_id"),
        .has_occurred = occurred,
    };
    if (occurred) {
        envelope.occurred_us =
            world->now_us + strtoll(occurred, NULL, 10) * US_PER_SECOND;
    }
    if (words_get(words, "parent")) {
        envelope.parent = id_bytes(&parent);
    }
    envelope_write(&envelope, out);
}

static void say_send(struct world *world, const struct words *words)
{
    struct buf envelope;
    struct buf body;
    buf_init(&envelope, MESSAGE_MAX);
    buf_init(&body, MESSAGE_MAX);
    write_message(world, words, &envelope);
    write_body(words, &body);
    world_frames(world, bytes_of_text(words->items[1]),
                 !words_has(words, "remote"), words_number(words, "frames", 2),
                 buf_bytes(&envelope), buf_bytes(&body));
    buf_fini(&envelope);
    buf_fini(&body);
}

/* Any envelope bytes: those of ${hex}, or so many zeros. */
static void say_raw(struct world *world, const struct words *words)
{
    struct bytes hex = words_bytes(words, "hex");
    uint8_t bytes[RECORD_ENVELOPE_MAX * 2] = {0};
    size_t len = words_number(words, "bytes", hex.len / 2);
    enum err err = hex_parse(hex, bytes, hex.len / 2);
    assert(err == ERR_OK && len <= sizeof(bytes));
    world_frames(world, bytes_of_text(words->items[1]), true,
                 words_number(words, "frames", 2), bytes_of(bytes, len),
                 BYTES_LITERAL(""));
}

static void say_done(struct world *world, const struct words *words)
{
    uint64_t seqs[WORDS_MAX];
    Reverie__V1__Done done = REVERIE__V1__DONE__INIT;
    for (size_t i = 2; i < words->count; i++) {
        seqs[done.n_seqs++] = strtoull(words->items[i], NULL, 10);
    }
    done.seqs = seqs;
    say_control(world, words->items[1], true, "control.done", &done);
}

static void say_credit(struct world *world, const struct words *words)
{
    Reverie__V1__Credit credit = REVERIE__V1__CREDIT__INIT;
    credit.has_stream = words_get(words, "stream") != NULL;
    credit.stream = (uint32_t)words_number(words, "stream", 0);
    credit.has_limit_bytes = true;
    credit.limit_bytes = words_number(words, "limit", 0);
    say_control(world, words->items[1], true, "control.credit", &credit);
}

static void say_ping(struct world *world, const struct words *words)
{
    Reverie__V1__Ping ping = REVERIE__V1__PING__INIT;
    ping.has_nonce = true;
    ping.nonce = words_number(words, "nonce", 7);
    ping.has_quiet = true;
    ping.quiet = words_number(words, "quiet", 0) != 0;
    say_control(world, words->items[1], true, "control.ping", &ping);
}

static void say_pong(struct world *world, const struct words *words,
                     uint64_t last_ping)
{
    Reverie__V1__Ping pong = REVERIE__V1__PING__INIT;
    pong.has_nonce = true;
    pong.nonce = words_number(words, "nonce", last_ping);
    say_control(world, words->items[1], true, "control.pong", &pong);
}

static void say_bye(struct world *world, const struct words *words)
{
    Reverie__V1__Bye bye = REVERIE__V1__BYE__INIT;
    say_control(world, words->items[1], true, "control.bye", &bye);
}

/* A control message of a kind that does not exist. */
static void say_control_kind(struct world *world, const struct words *words)
{
    Reverie__V1__Ping ping = REVERIE__V1__PING__INIT;
    say_control(world, words->items[1], true, words_get(words, "kind"), &ping);
}

static Reverie__V1__Start start_of(const char *name)
{
    static const char *const names[] = {"new",  "first",  "seq",
                                        "time", "cursor", "named"};
    for (size_t i = 0; name && i < ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return (Reverie__V1__Start)i;
        }
    }
    return REVERIE__V1__START__START_NEW;
}

struct filter_words {
    char texts[5][LINE_MAX_BYTES];
    char *lists[5][LIST_MAX];
};

static void fill_filter(const struct words *words, struct filter_words *room,
                        Reverie__V1__Filter *filter)
{
    static const char *const keys[] = {"teams", "agents", "sessions", "kinds",
                                       "topics"};
    size_t counts[ARRAY_LEN(keys)];
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        counts[i] = words_list(words, keys[i], room->texts[i], room->lists[i],
                               LIST_MAX);
    }
    *filter = (Reverie__V1__Filter)REVERIE__V1__FILTER__INIT;
    filter->n_teams = counts[0];
    filter->teams = room->lists[0];
    filter->n_agents = counts[1];
    filter->agents = room->lists[1];
    filter->n_sessions = counts[2];
    filter->sessions = room->lists[2];
    filter->n_kinds = counts[3];
    filter->kinds = room->lists[3];
    filter->n_topics = counts[4];
    filter->topics = room->lists[4];
}

static void fill_cursor(const struct words *words, Reverie__V1__Cursor *cursor)
{
    *cursor = (Reverie__V1__Cursor)REVERIE__V1__CURSOR__INIT;
    cursor->has_epoch = cursor->has_seq = true;
    cursor->epoch = words_number(words, "epoch", 1);
    cursor->seq = words_number(words, "seq", 0);
}

static void say_open(struct world *world, const struct words *words)
{
    struct filter_words room;
    Reverie__V1__StreamOpen open = REVERIE__V1__STREAM_OPEN__INIT;
    Reverie__V1__Filter filter;
    Reverie__V1__Cursor cursor;
    fill_filter(words, &room, &filter);
    fill_cursor(words, &cursor);
    open.has_stream = open.has_log = open.has_start = open.has_seq = true;
    open.stream = (uint32_t)words_number(words, "stream", 1);
    open.log = (uint32_t)words_number(words, "log", 0);
    open.name = text_of(words, "name");
    open.has_lossy = open.has_stop_at_head = true;
    open.lossy = words_has(words, "lossy");
    open.stop_at_head = words_has(words, "stop");
    open.filter = &filter;
    open.start = start_of(words_get(words, "start"));
    open.seq = words_number(words, "seq", 0);
    open.cursor = &cursor;
    open.has_time_us = true;
    open.time_us =
        world->now_us -
        (int64_t)words_number(words, "seconds_ago", 0) * US_PER_SECOND;
    open.has_limit_bytes = true;
    open.limit_bytes = words_number(words, "limit", 1 << 20);
    say_control(world, words->items[1], true, "control.stream_open", &open);
}

static void say_commit(struct world *world, const struct words *words)
{
    Reverie__V1__StreamCommit commit = REVERIE__V1__STREAM_COMMIT__INIT;
    Reverie__V1__Cursor cursor;
    fill_cursor(words, &cursor);
    commit.has_stream = true;
    commit.stream = (uint32_t)words_number(words, "stream", 1);
    commit.next = &cursor;
    say_control(world, words->items[1], true, "control.stream_commit", &commit);
}

static void say_close(struct world *world, const struct words *words)
{
    Reverie__V1__StreamClose close = REVERIE__V1__STREAM_CLOSE__INIT;
    close.has_stream = true;
    close.stream = (uint32_t)words_number(words, "stream", 1);
    say_control(world, words->items[1], true, "control.stream_close", &close);
}

static void say_ask(struct world *world, const struct words *words)
{
    Reverie__V1__Request request = REVERIE__V1__REQUEST__INIT;
    request.has_request = true;
    request.request = words_number(words, "request", 1);
    request.service = text_of(words, "service");
    request.method = text_of(words, "method");
    request.has_deadline_ms = words_get(words, "deadline") != NULL;
    request.deadline_ms = words_number(words, "deadline", 0);
    request.has_payload = true;
    size_t zeros = words_number(words, "bytes", 0);
    uint8_t *payload = zeros > 0 ? mem_new(zeros) : NULL;
    request.payload = message_binary(zeros > 0 ? bytes_of(payload, zeros)
                                               : words_bytes(words, "text"));
    say_control(world, words->items[1], true, "control.request", &request);
    free(payload);
}

static void say_reply(struct world *world, const struct words *words,
                      uint64_t last_request)
{
    Reverie__V1__Reply reply = REVERIE__V1__REPLY__INIT;
    reply.has_request = true;
    reply.request = words_number(words, "request", last_request);
    reply.code = text_of(words, "code");
    reply.has_payload = true;
    reply.payload = message_binary(words_bytes(words, "text"));
    reply.has_more = true;
    reply.more = words_has(words, "more");
    say_control(world, words->items[1], true, "control.reply", &reply);
}

bool say_command(struct world *world, const struct words *words,
                 const struct hearing *heard)
{
    static const struct {
        const char *name;
        void (*say)(struct world *world, const struct words *words);
    } commands[] = {
        {"connect", say_connect}, {"send", say_send},
        {"raw", say_raw},         {"done", say_done},
        {"credit", say_credit},   {"ping", say_ping},
        {"bye", say_bye},         {"control", say_control_kind},
        {"open", say_open},       {"commit", say_commit},
        {"close", say_close},     {"ask", say_ask},
    };
    if (words->count < 2) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(words->items[0], commands[i].name) == 0) {
            commands[i].say(world, words);
            return true;
        }
    }
    if (strcmp(words->items[0], "reply") == 0) {
        say_reply(world, words, heard->last_request);
        return true;
    }
    if (strcmp(words->items[0], "pong") == 0) {
        say_pong(world, words, heard->last_ping);
        return true;
    }
    return false;
}
