/* SPDX-License-Identifier: MIT */
/* client.h: one connection to a broker, as a pure machine.
 *
 * Input: what came from the socket, the passing of time, and what the caller
 * of the library wants. Output: frames to send, one message at a time. It
 * holds everything that outlives a connection (unaccepted messages, streams,
 * the view, what was done) and says when a new socket is to be dialled. No
 * clock, no socket: time comes in with the call, in microseconds of a clock
 * that only moves forward; randomness comes from the seed.
 *
 *     APART --dialled--> GREETING --welcome--> WELCOME
 *       ^--- silence, bye, not_welcome ----------'
 *     any state --refused for good--> ENDED
 *
 * Threads: belongs to one thread at a time. */
#ifndef REVERIE_CLIENT_CORE_CLIENT_H
#define REVERIE_CLIENT_CORE_CLIENT_H

#include "base/id.h"
#include "client/inbound/feed.h"
#include "client/inbound/mirror.h"
#include "client/reverie.h"
#include "proto/bus.h"

enum client_state {
    CLIENT_APART,
    CLIENT_GREETING,
    CLIENT_WELCOME,
    CLIENT_ENDED
};

/* Limits of one client; what happens at each is in README.md. */
enum {
    CLIENT_UNACCEPTED_DEFAULT = 4096,
    CLIENT_UNACCEPTED_BYTES = 256 << 20,
    CLIENT_INBOX_DEFAULT = 4 << 20,
    CLIENT_CONTROLS_MAX = 4096, /* control messages waiting for the socket */
    CLIENT_STREAMS_MAX = 64,
    CLIENT_CALLS_MAX = 64, /* requests waiting to be answered */
    CLIENT_DONE_BATCH = 128
};

struct client;

/* Copies the texts of ${config}; ${token} is the content of the token file or
 * empty. Gives *out_client (client_free). ERR_TOO_BIG, ERR_INVALID. */
MUST_CHECK enum err client_new(const struct reverie_config *config,
                               struct bytes token, uint64_t seed,
                               struct client **out_client);
void client_free(struct client *client);

/* ---- connection -----------------------------------------------------------
 */

enum client_state client_state(const struct client *client);

/* Whether a fresh socket is to be dialled now, in place of the old one. */
bool client_wants_dial(const struct client *client, int64_t now_us);
/* It is; ${wall_us} is the wall clock, for the ids of acknowledgements. */
void client_dialled(struct client *client, int64_t now_us, int64_t wall_us);

/* The connection is of no use: a new one is dialled after a pause. */
void client_lost(struct client *client, int64_t now_us);

/* Ends for good, with the reason. */
void client_end(struct client *client, const char *code, const char *sentence);

/* Heartbeats, silence, retries. */
void client_tick(struct client *client, int64_t now_us);

/* When client_tick or client_wants_dial next has something to do. */
int64_t client_deadline(const struct client *client);

/* Takes the ${count} frames of one message. Whatever is wrong with them is
 * counted and ignored: a broker cannot crash a client. */
void client_receive(struct client *client, struct frame *frames, size_t count,
                    int64_t now_us);

/* Another reference to the next message to send; false: nothing may be sent
 * now. Once the socket took it, say client_sent, else close the frames. */
bool client_output(struct client *client, struct frame out_frames[2]);
void client_sent(struct client *client, int64_t now_us);

/* Puts a goodbye behind what waits, and ends. */
void client_say_bye(struct client *client);

/* Queues what was batched: done positions, credit, acknowledgements. */
void client_settle(struct client *client);

/* ---- what the caller asks -------------------------------------------------
 */

/* Takes the frames of one message on success. ERR_FULL. */
MUST_CHECK enum err client_publish(struct client *client, const struct id *id,
                                   struct frame frames[2]);

enum client_outcome {
    OUTCOME_WAITING,
    OUTCOME_ACCEPTED,
    OUTCOME_REFUSED
};

/* Follows the message ${id} instead of telling the callback about it; one at a
 * time, NULL ends it. */
void client_watch(struct client *client, const struct id *id);
enum client_outcome client_watched(const struct client *client,
                                   struct reverie_place *out_place);

void client_on_accepted(struct client *client, reverie_accepted callback,
                        void *context);

/* Moves the next message out, repeats left out; false: none waits. */
bool client_take(struct client *client, struct arrival *out);
void client_done(struct client *client, uint32_t log, uint64_t seq,
                 uint64_t epoch);

/* Done with what client_take gave last. If that came by an earlier connection
 * it is not said now, because a power cut may have given its number to another
 * message: it comes again, and is answered then. */
void client_done_taken(struct client *client, uint32_t log, uint64_t seq,
                       uint64_t epoch);

/* The feed ${id} belongs to the client until client_drop_feed. ERR_FULL,
 * ERR_TOO_BIG. */
MUST_CHECK enum err client_add_feed(struct client *client,
                                    const struct reverie_stream_config *config,
                                    struct feed **out_feed);
void client_commit_feed(struct client *client, struct feed *feed);
void client_drop_feed(struct client *client, struct feed *feed);

/* ---- requests --------------------------------------------------------------
 */

enum client_ask {
    ASK_NONE,
    ASK_WAITING, /* for a welcome */
    ASK_SENT,
    ASK_ANSWERED, /* code "ok" */
    ASK_REFUSED,
    ASK_LOST /* the connection broke before the answer */
};

struct client_question {
    const char *service;
    const char *method;
    struct bytes payload;
    int64_t timeout_us; /* -1: none */
    reverie_more on_more;
    void *context;
};

/* Asks, one question at a time: forgets the one before. ERR_TOO_BIG. */
MUST_CHECK enum err client_ask(struct client *client,
                               const struct client_question *question);
enum client_ask client_asked(const struct client *client);

/* The answer's payload; lent until the next client_ask. */
struct bytes client_answer(const struct client *client);

bool client_has_call(const struct client *client);

/* The next request to this client; lent until the next call. */
bool client_take_call(struct client *client, struct reverie_call *out_call);

/* ERR_NOT_FOUND: nobody waits for that answer (any more). ERR_TOO_BIG. */
MUST_CHECK enum err client_reply(struct client *client, uint64_t request,
                                 const char *code, const char *sentence,
                                 struct bytes payload, bool more);

/* ---- what it knows ---------------------------------------------------------
 */

/* The view is worked with as it is; client_settle says so to the broker. */
void client_apply_view(struct client *client);
struct mirror *client_mirror(const struct client *client);
bool client_has_view(const struct client *client);
bool client_view_was_refused(const struct client *client);
bool client_has_messages(const struct client *client);

/* Code and sentence of the last failure; set by the callers, too. */
void client_blame(struct client *client, const char *code,
                  const char *sentence);
const char *client_code(const struct client *client);
const char *client_sentence(const struct client *client);

const char *client_principal(const struct client *client);
uint64_t client_epoch(const struct client *client);
struct reverie_counts client_counts(const struct client *client);

#endif
