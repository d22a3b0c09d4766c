/* SPDX-License-Identifier: MIT */
/* Random peers do random things for thousands of steps while log, disk and
 * readers lag at random; then everything comes to rest. What must always hold
 * is checked on the way, what must hold in the end, at the end:
 *
 *  1. nothing is delivered that was not logged, byte for byte as logged;
 *  2. nothing is accepted that is not durable, and positions agree;
 *  3. first deliveries of one connection come in order per address;
 *  4. streams see only what is durable, in order, without a gap;
 *  5. in the end every message for an agent or role is done exactly once (an
 *     agent's, by that agent), every one for a team by each standing member;
 *  6. in the end nothing is pending and every publish was answered.
 *
 *     liveness [SEED [ROUNDS]]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "proto/address.h"
#include "proto/envelope.h"
#include "proto/messages.h"
#include "tests/scenario/say.h"
#include "tests/scenario/world.h"

enum {
    AGENTS = 6,
    READS_MAX = AGENTS * 4, /* own, team, role, stream */
    STEPS = 1500,
    ROUNDS_MAX = 4000,
    MESSAGES_MAX = 20000,
    HELD_MAX = 4096,
    PEER_TEXT = 32
};

/* A client: agent-N, in team blue or red, some with a role. */
struct client {
    char peer[PEER_TEXT]; /* routing id of this connection */
    bool is_connected;
    uint64_t inbox_limit;
    uint64_t taken_bytes;
    uint64_t held[HELD_MAX]; /* delivered in this connection, not done */
    size_t held_count;
    uint64_t last_seq[3]; /* first deliveries: own, team, role */
    uint64_t stream_next; /* position its stream must give next */
    bool has_stream;
    uint64_t stream_limit;
    uint64_t streamed_bytes;
};

struct run {
    struct world *world;
    struct rng rng;
    uint64_t seed;
    struct client clients[AGENTS];
    uint64_t connections;
    uint64_t sent;
    uint64_t answered;
    bool is_answered[MESSAGES_MAX];
    uint8_t done[MESSAGES_MAX][AGENTS]; /* by seq */
    bool has_failed;
};

#define CHECK(run, condition) check((run), (condition), __LINE__, #condition)

static void check(struct run *run, bool holds, int line, const char *condition)
{
    if (!holds && !run->has_failed) {
        (void)fprintf(stderr,
                      "liveness: line %d: %s does not hold; seed %" PRIu64 "\n",
                      line, condition, run->seed);
    }
    run->has_failed = run->has_failed || !holds;
}

static struct client *client_of(struct run *run, struct bytes peer)
{
    for (size_t i = 0; i < AGENTS; i++) {
        if (bytes_equal_text(peer, run->clients[i].peer)) {
            return &run->clients[i];
        }
    }
    return NULL; /* a connection of the past */
}

static size_t index_of(const struct run *run, const struct client *client)
{
    return (size_t)(client - run->clients);
}

static const char *team_of(size_t index)
{
    return index % 2 ? "red" : "blue";
}

/* ---- what the router sends
 * ------------------------------------------------------
 */

static size_t address_class(struct bytes to)
{
    if (bytes_starts_with(to, BYTES_LITERAL("agent:"))) {
        return 0;
    }
    return bytes_starts_with(to, BYTES_LITERAL("team:")) ? 1 : 2;
}

static void take_inbox(struct run *run, struct client *client,
                       const struct stamp *stamp, struct bytes to)
{
    size_t class = address_class(to);
    size_t index = index_of(run, client);
    /* 3: a role may get one again that another member left. */
    CHECK(run, stamp->again || stamp->seq > client->last_seq[class]);
    if (!stamp->again) {
        client->last_seq[class] = stamp->seq;
    }
    CHECK(run, !run->done[stamp->seq][index]);
    CHECK(run, client->held_count < HELD_MAX);
    client->held[client->held_count++ % HELD_MAX] = stamp->seq;
}

static void take_stream(struct run *run, struct client *client,
                        const struct stamp *stamp)
{
    CHECK(run, stamp->seq <= run->world->logs[0].durable);
    CHECK(run, stamp->seq == client->stream_next);
    client->stream_next = stamp->seq + 1;
}

static void take_event(struct run *run, struct client *client,
                       const struct route_send *send)
{
    struct buf whole;
    buf_init(&whole, 1 << 16);
    buf_add(&whole, send->stamp);
    buf_add(&whole, send->stamp_tail);
    struct stamp stamp;
    struct envelope envelope;
    enum err err = stamp_read(buf_bytes(&whole), &stamp);
    CHECK(run, err == ERR_OK);
    err = envelope_read(send->envelope, &envelope);
    CHECK(run, err == ERR_OK);
    const struct world_event *event = world_event(run->world, 0, stamp.seq);
    CHECK(run, event && bytes_equal(event->envelope, send->envelope) &&
                   bytes_equal(event->stamp, send->stamp) &&
                   bytes_equal(event->body, send->body->bytes));
    size_t cost = whole.len + send->envelope.len + send->body->bytes.len;
    if (stamp.has_stream) {
        client->streamed_bytes += cost;
        take_stream(run, client, &stamp);
    } else {
        CHECK(run, client->taken_bytes < client->inbox_limit);
        client->taken_bytes += cost;
        take_inbox(run, client, &stamp, envelope.to);
    }
    buf_fini(&whole);
}

static uint64_t number_of(struct bytes id)
{
    uint64_t number = 0;
    for (size_t i = 9; i < id.len; i++) {
        number = number << 8 | id.data[i];
    }
    return number;
}

static void answer(struct run *run, uint64_t number)
{
    if (number < MESSAGES_MAX && !run->is_answered[number]) {
        run->is_answered[number] = true;
        run->answered++;
    }
}

static void take_accepted(struct run *run,
                          const Reverie__V1__Accepted *accepted)
{
    for (size_t i = 0; i < accepted->n_messages; i++) {
        const Reverie__V1__Acceptance *one = accepted->messages[i];
        const struct world_event *event = world_event(run->world, 0, one->seq);
        struct bytes id = message_bytes(one->has_id, one->id);
        CHECK(run, one->seq <= run->world->logs[0].durable);
        CHECK(run, event && bytes_equal(event->id, id));
        answer(run, number_of(id));
    }
}

static void take_control(struct run *run, const struct route_send *send)
{
    struct envelope envelope;
    struct arena arena;
    arena_init(&arena, 1 << 22);
    enum err err = envelope_read(send->envelope, &envelope);
    CHECK(run, err == ERR_OK);
    if (bytes_equal_text(envelope.kind, "control.accepted")) {
        Reverie__V1__Accepted *accepted = NULL;
        err = MESSAGE_UNPACK(accepted, send->text, &arena, &accepted);
        CHECK(run, err == ERR_OK);
        take_accepted(run, accepted);
    } else if (bytes_equal_text(envelope.kind, "control.refused")) {
        Reverie__V1__Refused *refused = NULL;
        err = MESSAGE_UNPACK(refused, send->text, &arena, &refused);
        CHECK(run, err == ERR_OK);
        answer(run, number_of(message_bytes(refused->has_id, refused->id)));
    }
    arena_fini(&arena);
}

static void on_send(void *context, const struct route_send *send)
{
    struct run *run = context;
    struct client *client = client_of(run, send->peer);
    if (!client) {
        return;
    }
    if (send->is_event) {
        take_event(run, client, send);
    } else {
        take_control(run, send);
    }
}

/* ---- what clients do
 * ------------------------------------------------------------ */

static void connect(struct run *run, struct client *client)
{
    size_t index = index_of(run, client);
    char line[LINE_MAX_BYTES];
    struct words words;
    *client = (struct client){.is_connected = true, .inbox_limit = 2000};
    (void)snprintf(client->peer, sizeof(client->peer), "c%" PRIu64,
                   run->connections++);
    (void)snprintf(line, sizeof(line),
                   "connect %s agent=agent-%zu team=%s %s credit=2000 takeover",
                   client->peer, index, team_of(index),
                   index < 3 ? "roles=builder" : "");
    (void)words_cut(&words, line);
    (void)say_command(run->world, &words, 0);
}

static void disconnect(struct run *run, struct client *client)
{
    char peer[PEER_TEXT];
    memcpy(peer, client->peer, sizeof(peer));
    client->is_connected = false;
    client->peer[0] = 0;
    if (rng_chance(&run->rng, 0.5)) {
        struct route_event event = {
            .type = ROUTE_SEND_FAILED,
            .send_failed = {.peer = bytes_of_text(peer)}};
        world_step(run->world, &event);
        return;
    }
    Reverie__V1__Bye bye = REVERIE__V1__BYE__INIT;
    say_control(run->world, peer, true, "control.bye", &bye);
}

static void publish(struct run *run, const struct client *client)
{
    static const char *const texts[] = {"agent:agent-", "team:", "role:"};
    if (run->sent + 1 >= MESSAGES_MAX) {
        return;
    }
    size_t class = rng_below(&run->rng, 3);
    size_t index = rng_below(&run->rng, AGENTS);
    char line[LINE_MAX_BYTES];
    char number[8];
    struct words words;
    (void)snprintf(number, sizeof(number), "%zu", index);
    const char *names[] = {number, team_of(index), "builder"};
    /* Sometimes an id comes again, as after a reconnect. */
    bool is_new = run->sent == 0 || rng_chance(&run->rng, 0.95);
    uint64_t id = is_new ? ++run->sent : run->sent;
    (void)snprintf(line, sizeof(line),
                   "send %s to=%s%s id=%" PRIu64 " bytes=%" PRIu64,
                   client->peer, texts[class], names[class], id,
                   rng_below(&run->rng, 300));
    (void)words_cut(&words, line);
    (void)say_command(run->world, &words, 0);
}

/* Finishes some of what it holds, in any order. */
static void finish(struct run *run, struct client *client, size_t count)
{
    uint64_t seqs[HELD_MAX];
    Reverie__V1__Done done = REVERIE__V1__DONE__INIT;
    while (client->held_count > 0 && count-- > 0) {
        size_t at = rng_below(&run->rng, client->held_count);
        uint64_t seq = client->held[at];
        client->held[at] = client->held[--client->held_count];
        run->done[seq][index_of(run, client)]++;
        seqs[done.n_seqs++] = seq;
    }
    done.seqs = seqs;
    if (done.n_seqs > 0) {
        say_control(run->world, client->peer, true, "control.done", &done);
    }
}

static void credit(struct run *run, struct client *client)
{
    Reverie__V1__Credit credit = REVERIE__V1__CREDIT__INIT;
    client->inbox_limit = client->taken_bytes + 2000;
    credit.has_limit_bytes = true;
    credit.limit_bytes = client->inbox_limit;
    say_control(run->world, client->peer, true, "control.credit", &credit);
    if (client->has_stream) {
        credit.has_stream = true;
        credit.stream = 1;
        credit.limit_bytes = client->stream_limit =
            client->streamed_bytes + 3000;
        say_control(run->world, client->peer, true, "control.credit", &credit);
    }
}

static void open_stream(struct run *run, struct client *client)
{
    if (client->has_stream) {
        return;
    }
    char line[LINE_MAX_BYTES];
    struct words words;
    client->has_stream = true;
    client->stream_next =
        1 + rng_below(&run->rng, run->world->logs[0].durable + 1);
    (void)snprintf(line, sizeof(line),
                   "open %s stream=1 start=seq seq=%" PRIu64 " limit=3000",
                   client->peer, client->stream_next);
    (void)words_cut(&words, line);
    (void)say_command(run->world, &words, 0);
}

static void act(struct run *run, struct client *client)
{
    if (!client->is_connected) {
        if (rng_chance(&run->rng, 0.3)) {
            connect(run, client);
        }
        return;
    }
    switch (rng_below(&run->rng, 12)) {
    case 0:
        disconnect(run, client);
        break;
    case 1:
        open_stream(run, client);
        break;
    case 2:
        connect(run, client); /* takes its own name over */
        break;
    case 3:
    case 4:
        credit(run, client);
        break;
    case 5:
    case 6:
        finish(run, client, 1 + rng_below(&run->rng, 8));
        break;
    default:
        publish(run, client);
        break;
    }
}

static void edges(struct run *run)
{
    if (rng_chance(&run->rng, 0.5)) {
        (void)world_write(run->world, 1 + rng_below(&run->rng, 20));
    }
    if (rng_chance(&run->rng, 0.2)) {
        world_sync(run->world);
    }
    if (rng_chance(&run->rng, 0.4)) {
        (void)world_read(run->world);
    }
    if (rng_chance(&run->rng, 0.05)) {
        world_pass(run->world, (int64_t)rng_below(&run->rng, 300) * US_PER_MS);
    }
    CHECK(run, world_count(run->world, "now.pending") <=
                   run->world->config.pending_max);
    CHECK(run, world_count(run->world, "now.reads") <= READS_MAX);
}

/* ---- the end
 * -------------------------------------------------------------------- */

static uint64_t progress(const struct run *run)
{
    return world_count(run->world, "delivered") +
           world_count(run->world, "redelivered") +
           world_count(run->world, "done") +
           world_count(run->world, "streamed");
}

/* Everybody is there and deals with everything, until nothing is left. */
static void come_to_rest(struct run *run)
{
    for (size_t i = 0; i < AGENTS; i++) {
        if (!run->clients[i].is_connected) {
            connect(run, &run->clients[i]);
        }
    }
    uint64_t before = UINT64_MAX;
    for (int round = 0; round < ROUNDS_MAX && before != progress(run);
         round++) {
        before = progress(run);
        world_settle(run->world);
        for (size_t i = 0; i < AGENTS; i++) {
            credit(run, &run->clients[i]);
            finish(run, &run->clients[i], HELD_MAX);
        }
        world_pass(run->world, US_PER_MS);
    }
}

static size_t done_count(const struct run *run, uint64_t seq)
{
    size_t count = 0;
    for (size_t i = 0; i < AGENTS; i++) {
        count += run->done[seq][i];
    }
    return count;
}

static void check_done(struct run *run, const struct world_event *event)
{
    struct address to;
    enum err err = address_read(event->address, &to);
    CHECK(run, err == ERR_OK);
    for (size_t i = 0; i < AGENTS; i++) {
        bool is_member =
            to.type == ADDRESS_TEAM && bytes_equal_text(to.name, team_of(i));
        bool is_self = to.type == ADDRESS_AGENT && to.name.len > 0 &&
                       (size_t)(to.name.data[to.name.len - 1] - '0') == i;
        CHECK(run,
              run->done[event->seq][i] == (uint8_t)(is_member || is_self) ||
                  to.type == ADDRESS_ROLE);
    }
    CHECK(run, to.type != ADDRESS_ROLE || done_count(run, event->seq) == 1);
}

static void check_end(struct run *run)
{
    struct world *world = run->world;
    for (uint64_t seq = 1; seq <= world->logs[0].logged; seq++) {
        check_done(run, world_event(world, 0, seq));
    }
    CHECK(run, world->logs[0].durable == world->logs[0].logged);
    CHECK(run, world_count(world, "now.pending") == 0);
    CHECK(run, world_count(world, "now.pending_bytes") == 0);
    CHECK(run, world_count(world, "now.backlog_bytes") == 0);
    CHECK(run, world_count(world, "now.reads") == 0);
    CHECK(run, route_is_drained(world->route));
    CHECK(run, run->answered > 0 && run->answered <= run->sent);
    for (size_t i = 0; i < AGENTS; i++) {
        const struct client *client = &run->clients[i];
        CHECK(run, client->held_count == 0);
        CHECK(run, !client->has_stream ||
                       client->stream_next == world->logs[0].logged + 1);
    }
}

static bool play(uint64_t seed)
{
    struct route_config config = route_config_default();
    config.recent_events_max = 16;
    config.outstanding_max = 8;
    config.read_events_max = 5;
    config.read_bytes_max = 1500;
    config.effects_max = 40;
    config.send_window = 4000;
    config.backlog_max = 6000;
    config.pending_max = 64;
    config.roots_max = 64;
    struct run *run = mem_new(sizeof(*run));
    run->seed = seed;
    run->rng = rng_seeded(seed, 1);
    run->world = world_new(&config, seed);
    run->world->on_send = on_send;
    run->world->context = run;
    for (size_t i = 0; i < AGENTS; i++) {
        connect(run, &run->clients[i]); /* so that every address is known */
    }
    for (int step = 0; step < STEPS && !run->has_failed; step++) {
        act(run, &run->clients[rng_below(&run->rng, AGENTS)]);
        edges(run);
    }
    if (!run->has_failed) {
        come_to_rest(run);
        check_end(run);
    }
    bool is_good = !run->has_failed;
    if (is_good) {
        (void)printf("seed %" PRIu64 ": %" PRIu64 " logged, %" PRIu64
                     " delivered, %" PRIu64 " again, %" PRIu64
                     " reads, %" PRIu64 " streamed\n",
                     seed, run->world->logs[0].logged,
                     world_count(run->world, "delivered"),
                     world_count(run->world, "redelivered"),
                     world_count(run->world, "inbox_reads"),
                     world_count(run->world, "streamed"));
    }
    world_free(run->world);
    free(run);
    return is_good;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t rounds = argc > 2 ? strtoull(argv[2], NULL, 10) : 20;
    for (uint64_t i = 0; i < rounds; i++) {
        if (!play(seed + i)) {
            return 1;
        }
    }
    return 0;
}
