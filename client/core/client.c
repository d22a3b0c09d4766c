/* SPDX-License-Identifier: MIT */
#include "client/core/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/core/client_state.h"
#include "proto/messages.h"

enum {
    CONFIG_TEXT_MAX = 64 << 10,
    /* With a third of 15 s between them, 225 to 295 s; and less than half of
     * the 256 places of the first block of libzmq's queue. */
    QUIET_PINGS_MIN = 45,
    QUIET_PINGS_SPREAD = 15
};

static const int64_t pause_first_us = 20 * US_PER_MS;
static const int64_t pause_max_us = 2 * US_PER_SECOND;
static const int64_t greeting_us = 2 * US_PER_SECOND;
static const int64_t impatient_us = US_PER_SECOND;
/* Nothing heard for so long: an idle client that keeps its connection asks
 * whether the broker lives. */
static const int64_t silence_us = 300 * US_PER_SECOND;
static const int64_t lease_default_us = 15 * US_PER_SECOND;

/* ---- life ------------------------------------------------------------------
 */

static bool copy_text(struct client *client, const char **text)
{
    if (*text) {
        *text =
            (const char *)arena_copy(&client->texts, bytes_of_text(*text)).data;
    }
    return *text != NULL;
}

static enum err copy_list(struct client *client, const char *const **list,
                          size_t count)
{
    if (count > ROLES_MAX || (count > 0 && !*list)) {
        return ERR_INVALID;
    }
    if (count == 0) {
        *list = NULL;
        return ERR_OK;
    }
    const char **copy = arena_take(&client->texts, count * sizeof(*copy));
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = (*list)[i];
        if (!copy_text(client, &copy[i])) {
            return ERR_TOO_BIG;
        }
    }
    *list = copy;
    return copy ? ERR_OK : ERR_TOO_BIG;
}

static enum err copy_config(struct client *client)
{
    struct reverie_config *config = &client->config;
    const char **texts[] = {&config->endpoint,  &config->agent,
                            &config->team,      &config->swarm,
                            &config->principal, &config->name};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (*texts[i] && !copy_text(client, texts[i])) {
            return ERR_TOO_BIG;
        }
    }
    enum err err = copy_list(client, &config->roles, config->role_count);
    if (err == ERR_OK) {
        err = copy_list(client, &config->serves, config->serve_count);
    }
    return err;
}

enum err client_new(const struct reverie_config *config, struct bytes token,
                    uint64_t seed, struct client **out_client)
{
    struct client *client = mem_new(sizeof(*client));
    client->config = *config;
    client->rng = rng_seeded(seed, 0);
    arena_init(&client->texts, CONFIG_TEXT_MAX);
    enum err err = copy_config(client);
    if (err != ERR_OK) {
        client_free(client);
        return err;
    }
    client->token =
        token.len ? (const char *)arena_copy(&client->texts, token).data : "";
    size_t max = config->unaccepted_max ? config->unaccepted_max
                                        : CLIENT_UNACCEPTED_DEFAULT;
    outgoing_init(&client->outgoing, max, CLIENT_UNACCEPTED_BYTES);
    client->inbox_window = config->inbox_bytes > 0
                               ? (uint64_t)config->inbox_bytes
                               : CLIENT_INBOX_DEFAULT;
    client->lease_us = lease_default_us;
    client->next_feed = 1;
    client->next_request = 1;
    client->mirror = mirror_new();
    buf_init(&client->ask.answer, CONTROL_MAX);
    *out_client = client;
    return ERR_OK;
}

static void clear_controls(struct controls *controls)
{
    for (size_t i = 0; i < controls->count; i++) {
        size_t place = (controls->first + i) & (controls->capacity - 1);
        compose_close(controls->ring[place], COMPOSE_FRAMES);
    }
    controls->first = 0;
    controls->count = 0;
}

void client_free(struct client *client)
{
    if (!client) {
        return;
    }
    clear_controls(&client->controls);
    free(client->controls.ring);
    outgoing_fini(&client->outgoing);
    arrivals_fini(&client->inbox);
    repeats_fini(&client->repeats);
    for (size_t i = 0; i < CLIENT_STREAMS_MAX; i++) {
        if (client->feeds[i]) {
            feed_fini(client->feeds[i]);
            free(client->feeds[i]);
        }
    }
    client_fini_requests(client);
    mirror_free(client->mirror);
    arena_fini(&client->texts);
    free(client);
}

/* ---- connection ------------------------------------------------------------
 */

enum client_state client_state(const struct client *client)
{
    return client->state;
}

bool client_wants_dial(const struct client *client, int64_t now_us)
{
    return client->state == CLIENT_APART && now_us >= client->dial_at_us;
}

void client_dialled(struct client *client, int64_t now_us, int64_t wall_us)
{
    assert(client->state == CLIENT_APART);
    client->state = CLIENT_GREETING;
    client->now_us = now_us;
    client->wall_offset_us = wall_us - now_us;
    client->dialled_us = now_us;
    client->heard_us = now_us;
    client->spoke_us = now_us;
    client->pinged_us = 0;
    client->quiet_pings = 0;
    client->renew_after =
        QUIET_PINGS_MIN + (uint32_t)rng_below(&client->rng, QUIET_PINGS_SPREAD);
    clear_controls(&client->controls);
    client_put_hello(client);
}

/* Doubles from 20 ms to 2 s, with up to half of it taken off at random so that
 * a thousand agents do not come back in step. */
static int64_t pause_us(struct client *client)
{
    int64_t pause = pause_first_us;
    for (uint32_t i = 0; i < client->attempts && pause < pause_max_us; i++) {
        pause *= 2;
    }
    if (pause > pause_max_us) {
        pause = pause_max_us;
    }
    client->attempts++;
    return pause - (int64_t)rng_below(&client->rng, (uint64_t)pause / 2);
}

static void detach_all(struct client *client)
{
    clear_controls(&client->controls);
    arrivals_clear(&client->inbox);
    for (size_t i = 0; i < CLIENT_STREAMS_MAX; i++) {
        if (client->feeds[i]) {
            feed_detach(client->feeds[i]);
        }
    }
    client_lose_requests(client);
    memset(client->done_count, 0, sizeof(client->done_count));
}

void client_lost(struct client *client, int64_t now_us)
{
    if (client->state == CLIENT_ENDED || client->state == CLIENT_APART) {
        return;
    }
    if (client->state == CLIENT_WELCOME) {
        client->counts.reconnects++;
    }
    client->state = CLIENT_APART;
    client->dial_at_us = now_us + pause_us(client);
    detach_all(client);
}

void client_end(struct client *client, const char *code, const char *sentence)
{
    detach_all(client);
    client->state = CLIENT_ENDED;
    client_blame(client, code, sentence);
    for (size_t i = 0; i < CLIENT_STREAMS_MAX; i++) {
        if (client->feeds[i]) {
            feed_close(client->feeds[i], code, sentence);
        }
    }
}

/* Whether the caller waits for an answer of the broker. */
static bool is_expecting(const struct client *client)
{
    return client->outgoing.count > 0 || client->ask.state == ASK_SENT ||
           client->view_request != 0;
}

/* Whether the next ping only says that this side lives. */
static bool is_quiet(const struct client *client)
{
    return !is_expecting(client) &&
           client->now_us - client->heard_us < silence_us;
}

static int64_t ping_due_us(const struct client *client)
{
    int64_t beat_us = client->lease_us / 3;
    if (is_quiet(client)) {
        return client->spoke_us + beat_us;
    }
    if (is_expecting(client) && beat_us > impatient_us) {
        beat_us = impatient_us;
    }
    int64_t since_us = client->spoke_us < client->heard_us ? client->spoke_us
                                                           : client->heard_us;
    return since_us + beat_us;
}

/* Whether nobody would notice that the connection is another one. */
static bool is_renewable(const struct client *client)
{
    if (client->config.serve_count > 0 || client->inbox.count > 0) {
        return false;
    }
    for (size_t i = 0; i < CLIENT_STREAMS_MAX; i++) {
        if (client->feeds[i]) {
            return false;
        }
    }
    return client->config.agent != NULL;
}

/* libzmq gives back what a queue once took with the connection only: 32 KiB
 * for each direction that 256 frames have passed. An idle client therefore
 * goes over to a new connection before its pings are that many. The broker
 * sees the agent change hands, never away; and its welcome says that it
 * lives. */
static void renew(struct client *client)
{
    client->state = CLIENT_APART;
    client->dial_at_us = client->now_us;
    detach_all(client);
}

static void send_ping(struct client *client)
{
    Reverie__V1__Ping ping = REVERIE__V1__PING__INIT;
    if (is_quiet(client)) {
        ping.has_quiet = true;
        ping.quiet = true;
        client->spoke_us = client->now_us;
        client->quiet_pings += client->quiet_pings < client->renew_after;
    } else {
        ping.has_nonce = true;
        ping.nonce = rng_next(&client->rng);
        client->pinged_us = client->now_us;
    }
    client_put_control(client, "control.ping", &ping);
}

static void tick_welcome(struct client *client)
{
    int64_t now_us = client->now_us;
    if (client->pinged_us != 0) {
        if (now_us - client->pinged_us >= client->lease_us / 3) {
            client_blame(client, "timeout", "the broker does not answer");
            client_lost(client, now_us);
        }
        return;
    }
    if (now_us >= ping_due_us(client)) {
        if (client->quiet_pings >= client->renew_after &&
            !is_expecting(client) && is_renewable(client)) {
            renew(client);
            return;
        }
        send_ping(client);
    }
    if (client->view_at_us != 0 && now_us >= client->view_at_us) {
        client_fetch_view(client);
    }
}

/* When a stream whose name was held is to be asked for again; 0: none. */
static int64_t feed_again_us(const struct feed *feed)
{
    return feed && feed->state == FEED_WAITING ? feed->again_us : 0;
}

static void ask_again(struct client *client)
{
    for (size_t i = 0; i < CLIENT_STREAMS_MAX; i++) {
        struct frame frames[COMPOSE_FRAMES] = {{.is_open = false}};
        int64_t again_us = feed_again_us(client->feeds[i]);
        if (again_us != 0 && client->now_us >= again_us &&
            feed_compose_open(client->feeds[i], frames) == ERR_OK) {
            client_put_frames(client, frames);
        }
    }
}

void client_tick(struct client *client, int64_t now_us)
{
    client->now_us = now_us;
    if (client->state == CLIENT_GREETING &&
        now_us - client->dialled_us >= greeting_us) {
        client_blame(client, "timeout",
                     "no welcome came: is a broker listening there?");
        client_lost(client, now_us);
    }
    if (client->state == CLIENT_WELCOME) {
        tick_welcome(client);
    }
    if (client->state == CLIENT_WELCOME) {
        ask_again(client);
    }
}

static int64_t earlier(int64_t a_us, int64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

int64_t client_deadline(const struct client *client)
{
    switch (client->state) {
    case CLIENT_APART:
        return client->dial_at_us;
    case CLIENT_GREETING:
        return client->dialled_us + greeting_us;
    case CLIENT_WELCOME:
        break;
    case CLIENT_ENDED:
        return INT64_MAX;
    }
    int64_t next_us = client->pinged_us != 0
                          ? client->pinged_us + client->lease_us / 3
                          : ping_due_us(client);
    if (client->retry_at_us != 0) {
        next_us = earlier(next_us, client->retry_at_us);
    }
    if (client->view_at_us != 0) {
        next_us = earlier(next_us, client->view_at_us);
    }
    for (size_t i = 0; i < CLIENT_STREAMS_MAX; i++) {
        int64_t again_us = feed_again_us(client->feeds[i]);
        next_us = again_us != 0 ? earlier(next_us, again_us) : next_us;
    }
    return next_us;
}

/* ---- output ----------------------------------------------------------------
 */

static void grow_controls(struct controls *controls)
{
    struct controls old = *controls;
    controls->capacity = old.capacity ? old.capacity * 2 : 8;
    controls->ring = mem_new_array(controls->capacity, sizeof(*controls->ring));
    controls->first = 0;
    for (size_t i = 0; i < old.count; i++) {
        size_t place = (old.first + i) & (old.capacity - 1);
        for (size_t j = 0; j < COMPOSE_FRAMES; j++) {
            frame_move(&controls->ring[i][j], &old.ring[place][j]);
        }
    }
    free(old.ring);
}

void client_put_frames(struct client *client,
                       struct frame frames[COMPOSE_FRAMES])
{
    struct controls *controls = &client->controls;
    if (controls->count == CLIENT_CONTROLS_MAX) {
        compose_close(frames, COMPOSE_FRAMES);
        client_blame(client, "full", "the broker takes nothing");
        client_lost(client, client->now_us);
        return;
    }
    if (controls->count == controls->capacity) {
        grow_controls(controls);
    }
    size_t place =
        (controls->first + controls->count) & (controls->capacity - 1);
    for (size_t i = 0; i < COMPOSE_FRAMES; i++) {
        frame_move(&controls->ring[place][i], &frames[i]);
    }
    controls->count++;
}

void client_put_control(struct client *client, const char *kind,
                        const void *message)
{
    struct frame frames[COMPOSE_FRAMES] = {{.is_open = false}};
    enum err err = compose_control(kind, message, frames);
    /* Only requests and replies can be large, and they are checked before. */
    assert(err == ERR_OK);
    client_put_frames(client, frames);
}

static void share(struct frame out_frames[COMPOSE_FRAMES],
                  struct frame frames[COMPOSE_FRAMES])
{
    for (size_t i = 0; i < COMPOSE_FRAMES; i++) {
        frame_share(&out_frames[i], &frames[i]);
    }
}

static bool may_send(struct client *client,
                     const struct outgoing_message *message)
{
    if (client->retry_at_us != 0 && client->now_us < client->retry_at_us) {
        return false;
    }
    client->retry_at_us = 0;
    return client->send_used + message->bytes <= client->send_limit;
}

bool client_output(struct client *client, struct frame out_frames[2])
{
    struct controls *controls = &client->controls;
    if (controls->count > 0) {
        client->output_is_control = true;
        share(out_frames, controls->ring[controls->first]);
        return true;
    }
    if (client->state != CLIENT_WELCOME) {
        return false;
    }
    struct outgoing_message *message = outgoing_peek(&client->outgoing);
    if (!message || !may_send(client, message)) {
        return false;
    }
    client->output_is_control = false;
    share(out_frames, message->frames);
    return true;
}

void client_sent(struct client *client, int64_t now_us)
{
    struct controls *controls = &client->controls;
    client->now_us = now_us;
    client->spoke_us = now_us;
    if (client->output_is_control) {
        compose_close(controls->ring[controls->first], COMPOSE_FRAMES);
        controls->first = (controls->first + 1) & (controls->capacity - 1);
        controls->count--;
        return;
    }
    struct outgoing_message *message = outgoing_peek(&client->outgoing);
    assert(message);
    client->send_used += message->bytes;
    client->counts.resent += message->was_sent ? 1 : 0;
    outgoing_advance(&client->outgoing);
}

void client_say_bye(struct client *client)
{
    if (client->state == CLIENT_WELCOME || client->state == CLIENT_GREETING) {
        Reverie__V1__Bye bye = REVERIE__V1__BYE__INIT;
        client_put_control(client, "control.bye", &bye);
    }
    if (client->state != CLIENT_APART) {
        client->state = CLIENT_ENDED;
    }
}

static void put_done(struct client *client, uint32_t log)
{
    if (client->done_count[log] == 0) {
        return;
    }
    Reverie__V1__Done done = REVERIE__V1__DONE__INIT;
    done.has_log = true;
    done.log = log;
    done.n_seqs = client->done_count[log];
    done.seqs = client->done_seqs[log];
    client_put_control(client, "control.done", &done);
    client->done_count[log] = 0;
}

static void put_credit(struct client *client, const struct feed *feed,
                       uint64_t limit)
{
    Reverie__V1__Credit credit = REVERIE__V1__CREDIT__INIT;
    credit.has_stream = feed != NULL;
    credit.stream = feed ? feed->id : 0;
    credit.has_limit_bytes = true;
    credit.limit_bytes = limit;
    client_put_control(client, "control.credit", &credit);
}

void client_settle(struct client *client)
{
    if (client->state != CLIENT_WELCOME) {
        return;
    }
    for (uint32_t log = 0; log < LOG_COUNT; log++) {
        put_done(client, log);
    }
    client_put_acks(client);
    uint64_t wanted = client->inbox_taken + client->inbox_window;
    if (wanted - client->inbox_limit >= client->inbox_window / 2) {
        client->inbox_limit = wanted;
        put_credit(client, NULL, wanted);
    }
    for (size_t i = 0; i < CLIENT_STREAMS_MAX; i++) {
        uint64_t limit = 0;
        if (client->feeds[i] && feed_grant(client->feeds[i], &limit)) {
            put_credit(client, client->feeds[i], limit);
        }
    }
}

/* ---- what it knows ---------------------------------------------------------
 */

void client_blame(struct client *client, const char *code, const char *sentence)
{
    snprintf(client->code, sizeof(client->code), "%s", code);
    snprintf(client->sentence, sizeof(client->sentence), "%s", sentence);
}

const char *client_code(const struct client *client)
{
    return client->code;
}

const char *client_sentence(const struct client *client)
{
    return client->sentence;
}

const char *client_principal(const struct client *client)
{
    return client->principal;
}

uint64_t client_epoch(const struct client *client)
{
    return client->epoch;
}

struct mirror *client_mirror(const struct client *client)
{
    return client->mirror;
}

bool client_has_view(const struct client *client)
{
    return client->has_view;
}

struct reverie_counts client_counts(const struct client *client)
{
    struct reverie_counts counts = client->counts;
    counts.unaccepted = client->outgoing.count;
    return counts;
}
