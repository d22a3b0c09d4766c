/* SPDX-License-Identifier: MIT */
/* reverie.h: the C client of Reverie.
 *
 * Connects one agent (or an observer without a name) to a broker: publish,
 * receive, stream, request, and the agent's current view of memory, which is
 * kept up to date while the client is used. Reconnects by itself and resends
 * what was not accepted, under the same id, so nothing is lost or doubled.
 * This header stands alone: it needs nothing else of Reverie.
 *
 *     struct reverie *bus;
 *     struct reverie_config config = {.endpoint = "ipc:///run/reverie/bus",
 *                                     .agent = "ada", .team = "blue"};
 *     if (reverie_open(&config, &bus) != REVERIE_OK) ...
 *     reverie_publish_wait(bus, &(struct reverie_message){
 *         .to = "team:blue", .kind = "agent.message", .body = "hi",
 *         .body_bytes = 2}, 5000, NULL);
 *     reverie_close(bus);
 *
 * Every call that waits takes ${timeout_ms}: 0 does not wait, -1 waits for
 * ever. All traffic is moved by the calls below; a client that makes none for
 * longer than its lease is gone for the broker: call reverie_poll in between.
 * Threads: a client belongs to one thread at a time; several clients of one
 * process may share a reverie_bus. */
#ifndef REVERIE_CLIENT_REVERIE_H
#define REVERIE_CLIENT_REVERIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum reverie_result {
    REVERIE_OK = 0,
    REVERIE_TIMEOUT,  /* nothing came in time; still going on */
    REVERIE_REFUSED,  /* by the broker: reverie_why has code and sentence */
    REVERIE_INVALID,  /* the caller's arguments; reverie_why says which */
    REVERIE_CLOSED,   /* the stream or the connection has ended */
    REVERIE_FULL,     /* unaccepted messages are at their maximum: wait */
    REVERIE_PROTOCOL, /* the broker sent what cannot be */
    REVERIE_SYSTEM    /* the operating system; reverie_why says what */
};

struct reverie;
struct reverie_bus;

/* Who a text comes from; the broker caps it by right. */
enum reverie_origin {
    REVERIE_ORIGIN_NONE = 0,
    REVERIE_ORIGIN_OWNER,
    REVERIE_ORIGIN_USER,
    REVERIE_ORIGIN_AGENT,
    REVERIE_ORIGIN_TOOL,
    REVERIE_ORIGIN_EXTERNAL
};

struct reverie_config {
    const char *endpoint; /* "tcp://127.0.0.1:7411", "ipc:///path" */
    const char *agent;    /* NULL: an observer */
    const char *team;
    const char *const *roles;
    size_t role_count;
    const char *swarm;         /* NULL: "default" */
    const char *principal;     /* asserted identities only */
    const char *token_file;    /* from `reverie keys`; NULL: asserted */
    const char *const *serves; /* services this client answers */
    size_t serve_count;
    const char *name;        /* of the program, for people */
    int64_t inbox_bytes;     /* deliveries in flight; 0: 4 MiB */
    size_t unaccepted_max;   /* messages kept for resending; 0: 4,096 */
    bool takeover;           /* replace a live connection of this agent */
    bool keep_view;          /* follow the agent's view of memory */
    struct reverie_bus *bus; /* shared; NULL: one of its own */
    int open_timeout_ms;     /* longest wait for the welcome; 0: 5 seconds */
};

/* I/O threads for many clients of one process; keep until all are closed. */
struct reverie_bus *reverie_bus_new(void);
void reverie_bus_close(struct reverie_bus *bus);

/* Connects and says hello; waits for the welcome (open_timeout_ms). Copies
 * ${config}. Gives *out_client (reverie_close). On failure *out_client may
 * still be set, for reverie_why; close it. */
enum reverie_result reverie_open(const struct reverie_config *config,
                                 struct reverie **out_client);

/* Says bye and closes; waits a moment for what was sent to leave. NULL is
 * fine. */
void reverie_close(struct reverie *client);

/* The last failure: stable code ("id_conflict") and a sentence. Lent until the
 * next call. */
const char *reverie_why(const struct reverie *client);
const char *reverie_why_code(const struct reverie *client);

/* What the welcome said. Lent until reverie_close. */
const char *reverie_principal(const struct reverie *client);
uint64_t reverie_epoch(const struct reverie *client);

/* Moves traffic for at most ${timeout_ms}: heartbeats, credit, acceptances,
 * deliveries into the local queue. */
enum reverie_result reverie_poll(struct reverie *client, int timeout_ms);

/* A descriptor that becomes readable when a call may have something to do, for
 * event loops; call reverie_poll(client, 0) until nothing is left. */
int reverie_fd(const struct reverie *client);

/* ---- messages ---------------------------------------------------------- */

struct reverie_message {
    uint8_t id[16];   /* zero when publishing: one is made */
    const char *to;   /* "agent:NAME", "role:", "team:", "topic:" */
    const char *from; /* publishing: needs speak_for if not the own */
    const char *team;
    const char *session;
    const char *thread;
    const uint8_t *parent; /* 16 bytes or NULL: the message this answers */
    const char *kind;
    enum reverie_origin origin;
    bool has_occurred;
    int64_t occurred_us;
    const char *content_type;
    bool lossy;
    const char *principal; /* publishing: needs speak_for */
    const char *source;    /* imports */
    const char *source_id;
    const void *body;
    size_t body_bytes;
    /* what the broker knows; received messages only */
    uint32_t log;
    uint64_t seq;
    uint64_t epoch;
    int64_t time_us;
    const uint8_t *root; /* 16 bytes or NULL */
    const char *view;
    bool is_asserted;
    bool is_again;
    bool is_erased;
};

struct reverie_place {
    uint32_t log;
    uint64_t seq;
    uint64_t epoch;
    bool repeat;
};

/* Sends without waiting; copies the message and keeps it until it is accepted
 * or refused. ${out_id} (16 bytes, may be NULL) names it.
 * REVERIE_FULL: wait with reverie_flush or reverie_poll. */
enum reverie_result reverie_publish(struct reverie *client,
                                    const struct reverie_message *message,
                                    uint8_t *out_id);

/* Sends and waits until it is on disk. ${out_place} may be NULL. After
 * REVERIE_TIMEOUT it is still on its way. */
enum reverie_result reverie_publish_wait(struct reverie *client,
                                         const struct reverie_message *message,
                                         int timeout_ms,
                                         struct reverie_place *out_place);

/* Waits until everything published is accepted or refused. */
enum reverie_result reverie_flush(struct reverie *client, int timeout_ms);

/* Called from within the other calls for every acceptance (code NULL) or
 * refusal of a message that was published without waiting. */
typedef void (*reverie_accepted)(void *context, const uint8_t id[16],
                                 const struct reverie_place *place,
                                 const char *code, const char *sentence);
void reverie_on_accepted(struct reverie *client, reverie_accepted callback,
                         void *context);

struct reverie_counts {
    uint64_t published;
    uint64_t accepted;
    uint64_t refused;
    uint64_t resent;
    uint64_t received;
    uint64_t repeats; /* deliveries suppressed */
    uint64_t reconnects;
    size_t unaccepted; /* now */
};
struct reverie_counts reverie_counts(const struct reverie *client);

/* The next message for this agent, repeats suppressed. Lent until the next
 * receive. memory.update events are applied to the view first and are given,
 * too. REVERIE_TIMEOUT: there is none. */
enum reverie_result reverie_receive(struct reverie *client, int timeout_ms,
                                    const struct reverie_message **out_message);

/* Says that the message last received is dealt with and need not come again.
 * Without it the message comes again after a reconnect. */
enum reverie_result reverie_done(struct reverie *client);

/* ---- streams ------------------------------------------------------------- */

enum reverie_start {
    REVERIE_FROM_NEW = 0,
    REVERIE_FROM_FIRST,
    REVERIE_FROM_SEQ,
    REVERIE_FROM_TIME,
    REVERIE_FROM_CURSOR,
    REVERIE_FROM_NAMED
};

struct reverie_stream_config {
    uint32_t log;     /* 0 traffic, 1 ledger */
    const char *name; /* durable cursor to commit to, or NULL */
    bool lossy;
    bool stop_at_head; /* end after what is on disk now */
    enum reverie_start start;
    uint64_t seq;
    int64_t time_us;
    uint64_t epoch; /* with seq: a cursor */
    const char *const *teams;
    size_t team_count;
    const char *const *agents;
    size_t agent_count;
    const char *const *sessions;
    size_t session_count;
    const char *const *kinds;
    size_t kind_count;
    const char *const *topics;
    size_t topic_count;
    int64_t window_bytes; /* in flight; 0: 4 MiB */
};

struct reverie_stream;

/* Opens a filtered read of the log. Gives *out_stream
 * (reverie_stream_close). After a reconnect it goes on where it was. */
enum reverie_result
reverie_stream_open(struct reverie *client,
                    const struct reverie_stream_config *config,
                    struct reverie_stream **out_stream);

/* The next event; lent until the next call on this stream. REVERIE_CLOSED: the
 * end (stop_at_head), or reverie_why says why. */
enum reverie_result
reverie_stream_next(struct reverie_stream *stream, int timeout_ms,
                    const struct reverie_message **out_message);

struct reverie_cursor {
    uint64_t epoch;
    uint64_t seq;  /* next to read */
    uint64_t head; /* last on disk, as far as is known */
    bool caught_up;
    uint64_t missed; /* events left out of a lossy stream so far */
};
struct reverie_cursor reverie_stream_cursor(const struct reverie_stream *s);

/* Saves the cursor of a named stream: everything given so far is dealt with. */
enum reverie_result reverie_stream_commit(struct reverie_stream *stream);
void reverie_stream_close(struct reverie_stream *stream);

/* ---- requests --------------------------------------------------------------
 */

/* Asks a service of the broker; ${payload} is a packed message of
 * services.proto. The reply is lent until the next call. With ${on_more},
 * earlier replies (progress, pages) are handed to it as they come.
 * REVERIE_REFUSED: reverie_why. */
typedef void (*reverie_more)(void *context, const void *payload, size_t bytes);
enum reverie_result reverie_request(struct reverie *client, const char *service,
                                    const char *method, const void *payload,
                                    size_t payload_bytes, int timeout_ms,
                                    reverie_more on_more, void *context,
                                    const void **out_payload,
                                    size_t *out_bytes);

/* A request that came to a service this client serves. */
struct reverie_call {
    uint64_t request;
    const char *service;
    const char *method;
    const char *asker;
    const void *payload;
    size_t payload_bytes;
};

/* The next call to answer; lent until the next one. */
enum reverie_result reverie_serve(struct reverie *client, int timeout_ms,
                                  const struct reverie_call **out_call);

/* Answers it; ${code} "ok" or a refusal code. With ${more}, others follow. */
enum reverie_result reverie_reply(struct reverie *client, uint64_t request,
                                  const char *code, const char *sentence,
                                  const void *payload, size_t payload_bytes,
                                  bool more);

/* ---- memory ----------------------------------------------------------------
 */

/* The agent's current view (config.keep_view): stores mounted side by side,
 * each a tree of small texts. Lent until the next call that moves traffic. */
const char *reverie_view_id(const struct reverie *client);
size_t reverie_view_size(const struct reverie *client);

struct reverie_memory {
    const char *store; /* "team/blue" */
    const char *path;  /* "/team/preferences/package-manager.md" as mounted */
    const char *title;
    const char *content;
    uint64_t version;
    bool is_suspect;
};

/* The ${index}-th memory in path order; false past the end. */
bool reverie_view_at(const struct reverie *client, size_t index,
                     struct reverie_memory *out_memory);

/* By mounted path. */
bool reverie_view_find(const struct reverie *client, const char *path,
                       struct reverie_memory *out_memory);

/* Says that the agent works with the view as it is now; the broker then knows
 * who runs on which version. `received` is said by the library. */
enum reverie_result reverie_view_applied(struct reverie *client);

#ifdef __cplusplus
}
#endif
#endif
