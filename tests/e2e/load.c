/* SPDX-License-Identifier: MIT */
#include "tests/e2e/load.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/edge/hash.h"
#include "base/rng.h"
#include "client/reverie.h"

enum {
    PUBLISHERS = 4,
    RECEIVERS = 3,
    IN_FLIGHT_MAX = 300, /* of one publisher */
    BURST = 8,
    TAKE = 64,
    READ = 256,
    IDLE_MS = 5,
    WAIT_MS = 60000,
    BODY_MAX = 1536,
    NAME_MAX_LEN = 32
};

/* Where a message goes. Of a role one receiver is given it, or after a crash
 * another one again. */
enum address {
    TO_AGENT,
    TO_TEAM,
    TO_ROLE,
    ADDRESSES
};

struct sent {
    uint8_t id[16];
    uint64_t accepted; /* position, 0: not yet */
    uint64_t logged;   /* position, 0: not seen */
    uint64_t given[RECEIVERS];
};

struct publisher {
    struct reverie *bus;
    unsigned index;
    struct sent *sent;
    size_t count;
    size_t room;
    size_t settled; /* all before this are accepted */
    uint64_t accepted;
    size_t logged_next; /* the log holds all before this */
};

struct receiver {
    struct reverie *bus;
    unsigned index;
    size_t next[PUBLISHERS][ADDRESSES]; /* not given yet: from here on */
};

struct load {
    char endpoint[128];
    struct reverie_bus *shared;
    struct rng rng;
    struct publisher publishers[PUBLISHERS];
    struct receiver receivers[RECEIVERS];
    struct reverie *reader;
    struct reverie_stream *stream;
    uint64_t *digests; /* of the events by position, from 1 */
    size_t logged;
    size_t digests_room;
    size_t allowance; /* messages that may still be sent */
    uint64_t given;
    uint64_t updates;
};

/* ---- messages ------------------------------------------------------------ */

static enum address address_of(size_t number)
{
    return (enum address)(number % ADDRESSES);
}

/* The agent that is meant, for TO_AGENT. */
static unsigned addressee(size_t number)
{
    return (unsigned)(number / ADDRESSES % RECEIVERS);
}

/* The body follows from publisher and number, so that it is known anywhere. */
static size_t body_of(unsigned publisher, size_t number, char body[BODY_MAX])
{
    int head = snprintf(body, BODY_MAX, "%u %zu ", publisher, number);
    size_t len = 64 + (number * 37 + (size_t)publisher * 11) % (BODY_MAX - 64);

    for (size_t i = (size_t)head; i < len; i++) {
        body[i] = (char)('a' + (i + number) % 26);
    }
    return len;
}

static void to_of(size_t number, char to[NAME_MAX_LEN])
{
    switch (address_of(number)) {
    case TO_AGENT:
        (void)snprintf(to, NAME_MAX_LEN, "agent:ear-%u", addressee(number));
        break;
    case TO_TEAM:
        (void)snprintf(to, NAME_MAX_LEN, "team:blue");
        break;
    case TO_ROLE:
    case ADDRESSES:
        (void)snprintf(to, NAME_MAX_LEN, "role:listener");
        break;
    }
}

/* Which message this is; fails the test if it is not as it was sent. NULL: not
 * one of ours. */
static struct sent *recognise(struct load *load,
                              const struct reverie_message *message,
                              unsigned *out_publisher, size_t *out_number)
{
    char body[BODY_MAX];
    char start[64] = "";
    char *end = NULL;

    if (message->kind == NULL || strcmp(message->kind, "agent.message") != 0 ||
        message->from == NULL || strncmp(message->from, "mouth-", 6) != 0) {
        return NULL;
    }
    memcpy(start, message->body,
           message->body_bytes < 63 ? message->body_bytes : 63);
    unsigned publisher = (unsigned)strtoul(start, &end, 10);
    size_t number = strtoul(end, NULL, 10);
    assert_in_range(publisher, 0, PUBLISHERS - 1);
    assert_true(number < load->publishers[publisher].count);
    struct sent *sent = &load->publishers[publisher].sent[number];
    assert_memory_equal(message->id, sent->id, sizeof(sent->id));
    assert_int_equal(message->body_bytes, body_of(publisher, number, body));
    assert_memory_equal(message->body, body, message->body_bytes);
    *out_publisher = publisher;
    *out_number = number;
    return sent;
}

/* ---- publishers ---------------------------------------------------------- */

static void on_accepted(void *context, const uint8_t id[16],
                        const struct reverie_place *place, const char *code,
                        const char *sentence)
{
    struct publisher *publisher = context;
    size_t at = publisher->settled;

    if (code != NULL) {
        fail_msg("mouth-%u was refused: %s: %s", publisher->index, code,
                 sentence);
    }
    while (at < publisher->count &&
           memcmp(publisher->sent[at].id, id, 16) != 0) {
        at++;
    }
    assert_true(at < publisher->count);
    struct sent *sent = &publisher->sent[at];
    assert_int_equal(place->log, 0);
    assert_int_equal(sent->accepted, 0);
    assert_true(sent->logged == 0 || sent->logged == place->seq);
    sent->accepted = place->seq;
    publisher->accepted++;
    while (publisher->settled < publisher->count &&
           publisher->sent[publisher->settled].accepted != 0) {
        publisher->settled++;
    }
}

static bool publish(struct publisher *publisher)
{
    char body[BODY_MAX];
    char to[NAME_MAX_LEN];
    char session[NAME_MAX_LEN];
    struct sent sent = {.accepted = 0};
    size_t number = publisher->count;

    to_of(number, to);
    (void)snprintf(session, sizeof(session), "talk-%u", publisher->index);
    const struct reverie_message message = {
        .to = to,
        .kind = "agent.message",
        .session = session,
        .origin = REVERIE_ORIGIN_AGENT,
        .body = body,
        .body_bytes = body_of(publisher->index, number, body)};
    if (publisher->count == publisher->room) {
        publisher->room = publisher->room * 2 + 1024;
        publisher->sent =
            mem_grow(publisher->sent, publisher->room * sizeof(struct sent));
    }
    enum reverie_result result =
        reverie_publish(publisher->bus, &message, sent.id);
    if (result == REVERIE_FULL) {
        return false;
    }
    assert_int_equal(result, REVERIE_OK);
    publisher->sent[publisher->count++] = sent;
    return true;
}

static uint64_t step_publisher(struct load *load, struct publisher *publisher,
                               bool publishes)
{
    uint64_t before = publisher->accepted;

    for (int i = 0; publishes && load->allowance > 0 && i < BURST; i++) {
        if (publisher->count - publisher->accepted >= IN_FLIGHT_MAX ||
            !publish(publisher)) {
            break;
        }
        load->allowance--;
    }
    (void)reverie_poll(publisher->bus, 0);
    return publisher->accepted - before;
}

/* ---- receivers ----------------------------------------------------------- */

static void take(struct load *load, struct receiver *receiver,
                 const struct reverie_message *message)
{
    unsigned publisher = 0;
    size_t number = 0;
    struct sent *sent = recognise(load, message, &publisher, &number);

    if (sent == NULL) {
        return;
    }
    enum address address = address_of(number);
    size_t *next = &receiver->next[publisher][address];
    assert_int_equal(sent->given[receiver->index], 0);
    assert_true(sent->logged == 0 || sent->logged == message->seq);
    assert_true(address != TO_AGENT || addressee(number) == receiver->index);
    assert_true(address == TO_ROLE || number >= *next);
    *next = number + 1;
    sent->given[receiver->index] = message->seq;
    load->given++;
}

static uint64_t step_receiver(struct load *load, struct receiver *receiver)
{
    const struct reverie_message *message = NULL;
    uint64_t count = 0;

    while (count < TAKE &&
           reverie_receive(receiver->bus, 0, &message) == REVERIE_OK) {
        take(load, receiver, message);
        if (strcmp(message->kind, "memory.update") == 0 &&
            reverie_view_applied(receiver->bus) == REVERIE_OK) {
            load->updates++;
        }
        assert_int_equal(reverie_done(receiver->bus), REVERIE_OK);
        count++;
    }
    return count;
}

/* ---- the log ------------------------------------------------------------- */

static uint64_t digest_of(const struct reverie_message *message)
{
    uint64_t digest = hash_bytes(bytes_of(message->id, 16));

    digest = hash_bytes_seeded(bytes_of_text(message->kind), digest);
    digest = hash_bytes_seeded(bytes_of_text(message->from), digest);
    return hash_bytes_seeded(bytes_of(message->body, message->body_bytes),
                             digest);
}

static void note_logged(struct load *load,
                        const struct reverie_message *message)
{
    unsigned publisher = 0;
    size_t number = 0;

    assert_int_equal(message->seq, load->logged + 1);
    if (load->logged + 1 >= load->digests_room) {
        load->digests_room = load->digests_room * 2 + 4096;
        load->digests =
            mem_grow(load->digests, load->digests_room * sizeof(uint64_t));
    }
    load->digests[++load->logged] = digest_of(message);
    struct sent *sent = recognise(load, message, &publisher, &number);
    if (sent == NULL) {
        return;
    }
    /* In the order of the session, each once, none left out. */
    assert_int_equal(number, load->publishers[publisher].logged_next);
    load->publishers[publisher].logged_next++;
    sent->logged = message->seq;
    assert_true(sent->accepted == 0 || sent->accepted == sent->logged);
    for (unsigned i = 0; i < RECEIVERS; i++) {
        assert_true(sent->given[i] == 0 || sent->given[i] == sent->logged);
    }
}

static uint64_t step_reader(struct load *load)
{
    const struct reverie_message *message = NULL;
    enum reverie_result result = REVERIE_OK;
    uint64_t count = 0;

    while (count < READ && (result = reverie_stream_next(
                                load->stream, 0, &message)) == REVERIE_OK) {
        note_logged(load, message);
        count++;
    }
    if (result != REVERIE_OK && result != REVERIE_TIMEOUT) {
        fail_msg("the stream ended: %s", reverie_why(load->reader));
    }
    return count;
}

void load_reread(struct load *load)
{
    const struct reverie_stream_config config = {.start = REVERIE_FROM_FIRST,
                                                 .stop_at_head = true};
    const struct reverie_message *message = NULL;
    struct reverie_stream *stream = NULL;
    uint64_t seq = 0;

    assert_int_equal(reverie_stream_open(load->reader, &config, &stream),
                     REVERIE_OK);
    while (reverie_stream_next(stream, WAIT_MS, &message) == REVERIE_OK) {
        assert_int_equal(message->seq, seq + 1);
        seq = message->seq;
        if (seq <= load->logged) {
            assert_true(digest_of(message) == load->digests[seq]);
        }
    }
    assert_true(seq >= load->logged);
    reverie_stream_close(stream);
}

/* ---- everybody ----------------------------------------------------------- */

static struct reverie *join(struct load *load, const char *name,
                            const char *team, const char *const *roles)
{
    const struct reverie_config config = {.endpoint = load->endpoint,
                                          .agent = name,
                                          .team = team,
                                          .roles = roles,
                                          .role_count = roles != NULL ? 1 : 0,
                                          .keep_view = roles != NULL,
                                          .bus = load->shared};
    struct reverie *bus = NULL;

    if (reverie_open(&config, &bus) != REVERIE_OK) {
        fail_msg("%s: %s", name == NULL ? "reader" : name, reverie_why(bus));
    }
    return bus;
}

struct load *load_open(const char *endpoint, uint64_t seed)
{
    static const char *const roles[] = {"listener"};
    const struct reverie_stream_config config = {.start = REVERIE_FROM_FIRST};
    struct load *load = mem_new(sizeof(*load));
    char name[NAME_MAX_LEN];

    (void)snprintf(load->endpoint, sizeof(load->endpoint), "%s", endpoint);
    load->shared = reverie_bus_new();
    load->rng = rng_seeded(seed, 1);
    for (unsigned i = 0; i < RECEIVERS; i++) {
        (void)snprintf(name, sizeof(name), "ear-%u", i);
        load->receivers[i].index = i;
        load->receivers[i].bus = join(load, name, "blue", roles);
    }
    for (unsigned i = 0; i < PUBLISHERS; i++) {
        struct publisher *publisher = &load->publishers[i];
        (void)snprintf(name, sizeof(name), "mouth-%u", i);
        publisher->index = i;
        publisher->bus = join(load, name, "red", NULL);
        reverie_on_accepted(publisher->bus, on_accepted, publisher);
    }
    load->reader = join(load, NULL, NULL, NULL);
    assert_int_equal(reverie_stream_open(load->reader, &config, &load->stream),
                     REVERIE_OK);
    return load;
}

void load_close(struct load *load)
{
    if (load == NULL) {
        return;
    }
    reverie_stream_close(load->stream);
    reverie_close(load->reader);
    for (unsigned i = 0; i < RECEIVERS; i++) {
        reverie_close(load->receivers[i].bus);
    }
    for (unsigned i = 0; i < PUBLISHERS; i++) {
        reverie_close(load->publishers[i].bus);
        free(load->publishers[i].sent);
    }
    reverie_bus_close(load->shared);
    free(load->digests);
    free(load);
}

static uint64_t step(struct load *load, bool publishes)
{
    uint64_t moved = 0;

    for (unsigned i = 0; i < PUBLISHERS; i++) {
        /* Not all at once, so that their messages mix in ever other ways. */
        moved += step_publisher(load, &load->publishers[i],
                                publishes && rng_chance(&load->rng, 0.7));
    }
    for (unsigned i = 0; i < RECEIVERS; i++) {
        moved += step_receiver(load, &load->receivers[i]);
    }
    moved += step_reader(load);
    if (moved == 0) {
        (void)reverie_poll(load->reader, IDLE_MS);
    }
    return moved;
}

uint64_t load_step(struct load *load)
{
    uint64_t moved = step(load, true);

    if (moved == 0 && load->allowance == 0) {
        load->allowance = 1;
    }
    return moved;
}

void load_allow(struct load *load, size_t messages)
{
    load->allowance = messages;
}

/* ---- the end ------------------------------------------------------------- */

static unsigned times_given(const struct sent *sent)
{
    unsigned times = 0;

    for (unsigned i = 0; i < RECEIVERS; i++) {
        times += sent->given[i] != 0 ? 1 : 0;
    }
    return times;
}

static bool is_complete(const struct sent *sent, size_t number)
{
    unsigned wanted = address_of(number) == TO_TEAM ? RECEIVERS : 1;

    return sent->accepted != 0 && sent->logged != 0 &&
           times_given(sent) >= wanted;
}

static size_t first_incomplete(const struct publisher *publisher)
{
    size_t number = 0;

    while (number < publisher->count &&
           is_complete(&publisher->sent[number], number)) {
        number++;
    }
    return number;
}

static const struct publisher *unfinished(const struct load *load,
                                          size_t *out_number)
{
    for (unsigned i = 0; i < PUBLISHERS; i++) {
        const struct publisher *publisher = &load->publishers[i];
        size_t number = first_incomplete(publisher);
        if (number < publisher->count) {
            *out_number = number;
            return publisher;
        }
    }
    return NULL;
}

void load_settle(struct load *load)
{
    int64_t until_us = clock_monotonic_us() + WAIT_MS * US_PER_MS;
    const struct publisher *publisher = NULL;
    size_t number = 0;

    while (step(load, false) > 0 ||
           (publisher = unfinished(load, &number)) != NULL) {
        if (clock_monotonic_us() >= until_us) {
            break;
        }
    }
    publisher = unfinished(load, &number);
    if (publisher != NULL) {
        const struct sent *sent = &publisher->sent[number];
        fail_msg("mouth-%u, message %zu of %zu: accepted at %" PRIu64
                 ", in the log at %" PRIu64 ", given to %u",
                 publisher->index, number, publisher->count, sent->accepted,
                 sent->logged, times_given(sent));
    }
}

struct load_counts load_counts(const struct load *load)
{
    struct load_counts counts = {
        .given = load->given, .logged = load->logged, .updates = load->updates};

    for (unsigned i = 0; i < PUBLISHERS; i++) {
        counts.published += load->publishers[i].count;
        counts.accepted += load->publishers[i].accepted;
        counts.resent += reverie_counts(load->publishers[i].bus).resent;
    }
    return counts;
}
