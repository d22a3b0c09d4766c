/* SPDX-License-Identifier: MIT */
#include "tests/e2e/scribe.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/id.h"
#include "client/reverie.h"
#include "proto/messages.h"

enum {
    WAIT_MS = 30000,
    PAUSE_MS = 20,
    ARENA_MAX = 16 << 20,
    PAYLOAD_MAX = 1 << 20,
    TEXT_MAX = 128,
    WRITES_MAX = 4096,
    DECISIONS_MAX = 4096,
    DIGEST_BYTES = 32,
    STUMBLERS = 2,
    SESSIONS = 3
};

struct decision {
    uint8_t change[DIGEST_BYTES];
    bool is_approval;
    bool is_applied; /* the gate said so */
};

struct scribe {
    pthread_t thread;
    bool is_running;
    atomic_bool stop;
    atomic_uint_fast64_t moments[SCRIBE_MOMENTS];
    char endpoint[TEXT_MAX];
    struct reverie *bus;
    struct arena arena;
    char failure[512];
    bool is_written[WRITES_MAX]; /* acknowledged */
    size_t turns;
    struct decision decisions[DECISIONS_MAX];
    size_t decision_count;
    struct scribe_counts counts;
};

static char *field(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* ---- asking -------------------------------------------------------------- */

static bool is_expected(const char *code)
{
    static const char *const codes[] = {"conflict", "no_worker", "not_found",
                                        "deadline"};

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (strcmp(code, codes[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* True: answered, *out_reply is lent until the next call. */
static bool ask(struct scribe *scribe, const char *service, const char *method,
                const void *message, const ProtobufCMessageDescriptor *type,
                void *out_reply)
{
    const void *data = NULL;
    size_t bytes = 0;
    struct buf payload;

    buf_init(&payload, PAYLOAD_MAX);
    message_pack(message, &payload);
    arena_reset(&scribe->arena);
    enum reverie_result result =
        reverie_request(scribe->bus, service, method, payload.data, payload.len,
                        WAIT_MS, NULL, NULL, &data, &bytes);
    buf_fini(&payload);
    if (result == REVERIE_CLOSED) {
        scribe->counts.cut_off++;
        return false;
    }
    bool is_read = result == REVERIE_OK &&
                   message_unpack(type, bytes_of(data, bytes), &scribe->arena,
                                  out_reply) == ERR_OK;
    if (!is_read && (result != REVERIE_REFUSED ||
                     !is_expected(reverie_why_code(scribe->bus)))) {
        (void)snprintf(scribe->failure, sizeof(scribe->failure),
                       "%s.%s: result %d, %s: %s", service, method, (int)result,
                       reverie_why_code(scribe->bus), reverie_why(scribe->bus));
    }
    return is_read;
}

/* ---- one turn ------------------------------------------------------------ */

static void path_of(size_t turn, char path[TEXT_MAX])
{
    (void)snprintf(path, TEXT_MAX, "/notes/note-%05zu.md", turn);
}

static void content_of(size_t turn, char content[TEXT_MAX])
{
    (void)snprintf(content, TEXT_MAX, "What turn %zu has to say.\n", turn);
}

static void write_memory(struct scribe *scribe, size_t turn)
{
    Reverie__V1__MemoryWriteRequest request =
        REVERIE__V1__MEMORY_WRITE_REQUEST__INIT;
    Reverie__V1__MemoryWriteReply *reply = NULL;
    char path[TEXT_MAX];
    char content[TEXT_MAX];

    path_of(turn, path);
    content_of(turn, content);
    request.store = field("team/blue");
    request.path = path;
    request.title = field("a note");
    request.content = content;
    if (ask(scribe, "memory", "write", &request,
            &reverie__v1__memory_write_reply__descriptor, &reply)) {
        scribe->is_written[turn] = true;
        scribe->counts.writes++;
    }
}

static void stumble(struct scribe *scribe, size_t turn, int agent, int session)
{
    Reverie__V1__ToolResult result = REVERIE__V1__TOOL_RESULT__INIT;
    const int64_t start_us = INT64_C(1767225600) * US_PER_SECOND;
    const int64_t day_us = INT64_C(86400) * US_PER_SECOND;
    char name[TEXT_MAX];
    char principal[TEXT_MAX];
    char session_name[TEXT_MAX];
    char text[TEXT_MAX];
    struct buf body;

    (void)snprintf(name, sizeof(name), "stumbler-%d", agent);
    (void)snprintf(principal, sizeof(principal), "person-%d", agent);
    (void)snprintf(session_name, sizeof(session_name), "s-%zu-%d-%d", turn,
                   agent, session);
    (void)snprintf(text, sizeof(text), "Table 'shop.cars_%zu' doesn't exist",
                   turn);
    result.tool = field("mysql");
    result.call = session_name;
    result.has_is_error = true;
    result.is_error = true;
    result.text = text;
    buf_init(&body, PAYLOAD_MAX);
    message_pack(&result, &body);
    const struct reverie_message message = {
        .to = "topic:sql",
        .from = name,
        .team = "blue",
        .principal = principal,
        .kind = "agent.tool_result",
        .session = session_name,
        .origin = REVERIE_ORIGIN_TOOL,
        .has_occurred = true,
        .occurred_us = start_us + session * day_us + agent,
        .content_type = "application/x-protobuf",
        .body = body.data,
        .body_bytes = body.len};
    if (reverie_publish(scribe->bus, &message, NULL) != REVERIE_OK) {
        (void)snprintf(scribe->failure, sizeof(scribe->failure), "publish: %s",
                       reverie_why(scribe->bus));
    }
    buf_fini(&body);
}

static void publish_mistake(struct scribe *scribe, size_t turn)
{
    for (int agent = 0; agent < STUMBLERS; agent++) {
        for (int session = 0; session < SESSIONS; session++) {
            stumble(scribe, turn, agent, session);
        }
    }
    enum reverie_result result = reverie_flush(scribe->bus, WAIT_MS);
    if (result != REVERIE_OK) {
        (void)snprintf(scribe->failure, sizeof(scribe->failure), "flush: %d %s",
                       (int)result, reverie_why(scribe->bus));
    }
}

static bool is_without_worker(const struct scribe *scribe)
{
    return strcmp(reverie_why_code(scribe->bus), "no_worker") == 0;
}

/* The worker may be on its way back as well. */
static void dream(struct scribe *scribe)
{
    Reverie__V1__DreamRunRequest request = REVERIE__V1__DREAM_RUN_REQUEST__INIT;
    Reverie__V1__DreamRunReply *reply = NULL;
    bool is_answered = false;

    do {
        atomic_fetch_add(&scribe->moments[SCRIBE_DREAMS], 1);
        is_answered = ask(scribe, "dream", "run", &request,
                          &reverie__v1__dream_run_reply__descriptor, &reply);
        if (!is_answered) {
            (void)reverie_poll(scribe->bus, PAUSE_MS);
        }
    } while (!is_answered && is_without_worker(scribe) &&
             !atomic_load(&scribe->stop));
    if (is_answered) {
        atomic_fetch_add(&scribe->moments[SCRIBE_DREAMT], 1);
        scribe->counts.dreams++;
    }
}

/* Two of three are approved. */
static void decide(struct scribe *scribe, const uint8_t change[DIGEST_BYTES])
{
    Reverie__V1__ReviewDecideRequest request =
        REVERIE__V1__REVIEW_DECIDE_REQUEST__INIT;
    Reverie__V1__ReviewDecideReply *reply = NULL;
    bool approves = change[0] % 3 != 0;

    request.has_change = true;
    request.change = message_binary(bytes_of(change, DIGEST_BYTES));
    request.has_decision = true;
    request.decision = approves ? REVERIE__V1__DECISION__DECISION_APPROVE
                                : REVERIE__V1__DECISION__DECISION_REJECT;
    request.reason = field("because");
    atomic_fetch_add(&scribe->moments[SCRIBE_DECIDES], 1);
    if (!ask(scribe, "review", "decide", &request,
             &reverie__v1__review_decide_reply__descriptor, &reply)) {
        return;
    }
    assert(scribe->decision_count < DECISIONS_MAX);
    struct decision *decision = &scribe->decisions[scribe->decision_count++];
    memcpy(decision->change, change, DIGEST_BYTES);
    decision->is_approval = approves;
    decision->is_applied =
        reply->verdict != NULL && strcmp(reply->verdict, "apply") == 0;
    scribe->counts.decisions++;
}

static void decide_all(struct scribe *scribe)
{
    Reverie__V1__ReviewListRequest request =
        REVERIE__V1__REVIEW_LIST_REQUEST__INIT;
    Reverie__V1__ReviewListReply *reply = NULL;
    uint8_t changes[16][DIGEST_BYTES];
    size_t count = 0;

    if (!ask(scribe, "review", "list", &request,
             &reverie__v1__review_list_reply__descriptor, &reply)) {
        return;
    }
    for (size_t i = 0; i < reply->n_items && count < ARRAY_LEN(changes); i++) {
        struct bytes id = message_bytes(reply->items[i]->change->has_id,
                                        reply->items[i]->change->id);
        if (id.len == DIGEST_BYTES) {
            memcpy(changes[count++], id.data, DIGEST_BYTES);
        }
    }
    for (size_t i = 0; i < count && scribe->failure[0] == '\0'; i++) {
        decide(scribe, changes[i]);
    }
}

static bool goes_on(const struct scribe *scribe)
{
    return !atomic_load(&scribe->stop) && scribe->failure[0] == '\0' &&
           scribe->turns < WRITES_MAX;
}

static void *run(void *context)
{
    struct scribe *scribe = context;

    while (goes_on(scribe)) {
        size_t turn = scribe->turns++;
        write_memory(scribe, turn);
        publish_mistake(scribe, turn);
        dream(scribe);
        decide_all(scribe);
    }
    return NULL;
}

/* ---- from the test ------------------------------------------------------- */

struct scribe *scribe_start(const char *endpoint)
{
    struct scribe *scribe = mem_new(sizeof(*scribe));

    (void)snprintf(scribe->endpoint, sizeof(scribe->endpoint), "%s", endpoint);
    arena_init(&scribe->arena, ARENA_MAX);
    const struct reverie_config config = {.endpoint = scribe->endpoint,
                                          .agent = "scribe",
                                          .team = "green",
                                          .principal = "reviewer"};
    if (reverie_open(&config, &scribe->bus) != REVERIE_OK) {
        fail_msg("the scribe: %s", reverie_why(scribe->bus));
    }
    assert_int_equal(pthread_create(&scribe->thread, NULL, run, scribe), 0);
    scribe->is_running = true;
    return scribe;
}

static void end_thread(struct scribe *scribe)
{
    atomic_store(&scribe->stop, true);
    if (scribe->is_running) {
        assert_int_equal(pthread_join(scribe->thread, NULL), 0);
        scribe->is_running = false;
    }
}

void scribe_stop(struct scribe *scribe)
{
    end_thread(scribe);
    if (scribe->failure[0] != '\0') {
        fail_msg("the scribe: %s", scribe->failure);
    }
}

uint64_t scribe_moments(const struct scribe *scribe, enum scribe_moment moment)
{
    return atomic_load(&scribe->moments[moment]);
}

struct scribe_counts scribe_counts(const struct scribe *scribe)
{
    return scribe->counts;
}

/* ---- afterwards ---------------------------------------------------------- */

static void check_write(struct scribe *scribe, size_t turn)
{
    Reverie__V1__MemoryHistoryRequest request =
        REVERIE__V1__MEMORY_HISTORY_REQUEST__INIT;
    Reverie__V1__MemoryHistoryReply *reply = NULL;
    char path[TEXT_MAX];
    char content[TEXT_MAX];

    path_of(turn, path);
    content_of(turn, content);
    request.store = field("team/blue");
    request.path = path;
    if (!ask(scribe, "memory", "history", &request,
             &reverie__v1__memory_history_reply__descriptor, &reply)) {
        fail_msg("%s was written and is lost: %s", path,
                 reverie_why(scribe->bus));
    }
    /* A dream may have marked it since, as a later version: these notes differ
     * in a number alone. */
    size_t written = 0;
    for (size_t i = 0; i < reply->n_versions; i++) {
        if (reply->versions[i]->number == 1) {
            written++;
            assert_string_equal(reply->versions[i]->content, content);
        }
    }
    assert_int_equal(written, 1);
}

static void check_decision(struct scribe *scribe,
                           const struct decision *decision)
{
    Reverie__V1__ReviewShowRequest request =
        REVERIE__V1__REVIEW_SHOW_REQUEST__INIT;
    Reverie__V1__ReviewShowReply *reply = NULL;
    char hex[DIGEST_BYTES * 2 + 1];

    hex_text(bytes_of(decision->change, DIGEST_BYTES), hex);
    request.change = hex;
    if (!ask(scribe, "review", "show", &request,
             &reverie__v1__review_show_reply__descriptor, &reply)) {
        fail_msg("%s was decided and is lost: %s", hex,
                 reverie_why(scribe->bus));
    }
    if (decision->is_applied) {
        assert_int_equal(reply->item->state,
                         REVERIE__V1__CHANGE_STATE__CHANGE_APPLIED);
    }
    if (!decision->is_approval) {
        assert_int_equal(reply->item->state,
                         REVERIE__V1__CHANGE_STATE__CHANGE_REJECTED);
    }
}

void scribe_check(struct scribe *scribe)
{
    for (size_t i = 0; i < scribe->turns; i++) {
        if (scribe->is_written[i]) {
            check_write(scribe, i);
        }
    }
    for (size_t i = 0; i < scribe->decision_count; i++) {
        check_decision(scribe, &scribe->decisions[i]);
    }
}

void scribe_free(struct scribe *scribe)
{
    if (scribe == NULL) {
        return;
    }
    end_thread(scribe);
    reverie_close(scribe->bus);
    arena_fini(&scribe->arena);
    free(scribe);
}
