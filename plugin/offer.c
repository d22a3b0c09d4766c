/* SPDX-License-Identifier: MIT */
#include "plugin/offer.h"

#include <stdlib.h>
#include <string.h>

#include "proto/messages.h"

enum {
    REPLY_ARENA_MAX = 64 << 20,
    REQUEST_MAX = 8 << 20,
    PAGE_ITEMS = 500
};

static enum err err_of(enum reverie_result result)
{
    switch (result) {
    case REVERIE_OK:
        return ERR_OK;
    case REVERIE_TIMEOUT:
        return ERR_TIMEOUT;
    case REVERIE_REFUSED:
        return ERR_DENIED;
    case REVERIE_INVALID:
    case REVERIE_PROTOCOL:
        return ERR_INVALID;
    case REVERIE_FULL:
        return ERR_FULL;
    case REVERIE_CLOSED:
    case REVERIE_SYSTEM:
        return ERR_CLOSED;
    }
    return ERR_CLOSED;
}

/* Asks; lends the reply until the next call of the client. */
static enum err ask(struct reverie *bus, const char *service,
                    const char *method, const struct buf *payload,
                    struct buf *out_why, struct bytes *out_reply)
{
    const void *reply = NULL;
    size_t bytes = 0;
    enum err err = err_of(reverie_request(bus, service, method, payload->data,
                                          payload->len, OFFER_TIMEOUT_MS, NULL,
                                          NULL, &reply, &bytes));
    if (err != ERR_OK) {
        buf_add_format(out_why, "%s.%s: %s: %s", service, method,
                       reverie_why_code(bus), reverie_why(bus));
        return err;
    }
    *out_reply = bytes_of(reply, bytes);
    return ERR_OK;
}

/* One question: its address, its message, and the type of its answer. */
struct question {
    const char *service;
    const char *method;
    const void *request;
    const ProtobufCMessageDescriptor *reply;
};

/* Packs the request, asks, and unpacks the reply into ${arena}. */
static enum err exchange(struct reverie *bus, const struct question *question,
                         struct arena *arena, struct buf *out_why,
                         void *out_reply)
{
    struct buf payload;
    struct bytes reply;
    buf_init(&payload, REQUEST_MAX);
    message_pack(question->request, &payload);
    enum err err = buf_error(&payload);
    if (err == ERR_OK) {
        err = ask(bus, question->service, question->method, &payload, out_why,
                  &reply);
    }
    if (err == ERR_OK) {
        err = message_unpack(question->reply, reply, arena, out_reply);
    }
    buf_fini(&payload);
    return err;
}

enum err offer_head(struct reverie *bus, uint32_t log, struct buf *out_why,
                    uint64_t *out_seq)
{
    Reverie__V1__LogInfoRequest request = REVERIE__V1__LOG_INFO_REQUEST__INIT;
    Reverie__V1__LogInfoReply *reply = NULL;
    struct arena arena;
    arena_init(&arena, REPLY_ARENA_MAX);
    request.has_log = true;
    request.log = log;
    const struct question question = {"log", "info", &request,
                                      &reverie__v1__log_info_reply__descriptor};
    enum err err = exchange(bus, &question, &arena, out_why, &reply);
    if (err == ERR_OK) {
        *out_seq = reply->durable_seq;
    }
    arena_fini(&arena);
    return err;
}

/* Packs the question for the page after ${after}. */
static void pack_memories(char *after, struct buf *out)
{
    Reverie__V1__MemoryListRequest request =
        REVERIE__V1__MEMORY_LIST_REQUEST__INIT;
    request.after = after;
    request.has_limit = true;
    request.limit = PAGE_ITEMS;
    message_pack(&request, out);
}

static void pack_reviews(char *after, struct buf *out)
{
    Reverie__V1__ReviewListRequest request =
        REVERIE__V1__REVIEW_LIST_REQUEST__INIT;
    request.has_state = true;
    request.state = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED;
    request.after = after;
    request.has_limit = true;
    request.limit = PAGE_ITEMS;
    message_pack(&request, out);
}

/* A list that is read page by page. */
struct pages {
    const char *service;
    void (*pack)(char *after, struct buf *out);
    enum err (*add)(struct known *known, struct bytes reply,
                    struct bytes *out_next);
};

static enum err read_pages(struct reverie *bus, const struct pages *pages,
                           struct known *known, struct buf *out_why)
{
    struct bytes reply;
    struct bytes next;
    char *after = NULL;
    enum err err;
    do {
        struct buf payload;
        buf_init(&payload, REQUEST_MAX);
        pages->pack(after, &payload);
        err = ask(bus, pages->service, "list", &payload, out_why, &reply);
        buf_fini(&payload);
        if (err == ERR_OK) {
            err = pages->add(known, reply, &next);
        }
        free(after);
        after = err == ERR_OK && next.len > 0 ? bytes_to_text(next) : NULL;
    } while (after);
    return err;
}

enum err offer_known(struct reverie *bus, struct buf *out_why,
                     struct known **out_known)
{
    static const struct pages memories = {"memory", pack_memories, known_add};
    static const struct pages reviews = {"review", pack_reviews,
                                         known_add_waiting};
    struct known *known = known_new();
    enum err err = read_pages(bus, &memories, known, out_why);
    if (err == ERR_OK) {
        err = read_pages(bus, &reviews, known, out_why);
    }
    if (err != ERR_OK) {
        known_free(known);
        return err;
    }
    *out_known = known;
    return ERR_OK;
}

/* ---- the report ---------------------------------------------------------- */

static enum err report(struct reverie *bus, const struct buf *packed,
                       struct buf *out_why)
{
    struct bytes reply;
    enum err err = buf_error(packed);
    return err == ERR_OK ? ask(bus, "dream", "report", packed, out_why, &reply)
                         : err;
}

enum err offer_started(struct reverie *bus, const struct dream_result *result,
                       const char *worker, struct buf *out_why)
{
    Reverie__V1__DreamStarted started = REVERIE__V1__DREAM_STARTED__INIT;
    Reverie__V1__DreamReportRequest request =
        REVERIE__V1__DREAM_REPORT_REQUEST__INIT;
    struct buf packed;
    buf_init(&packed, REQUEST_MAX);
    started.dream = message_field(result->name);
    started.has_from_seq = true;
    started.from_seq = result->from_seq;
    started.has_to_seq = true;
    started.to_seq = result->to_seq;
    started.has_config_digest = true;
    started.config_digest =
        message_binary(bytes_of(result->config.bytes, DIGEST_BYTES));
    started.worker = message_field(worker);
    request.started = &started;
    message_pack(&request, &packed);
    enum err err = report(bus, &packed, out_why);
    buf_fini(&packed);
    return err;
}

enum err offer_report(struct reverie *bus, const struct dream_result *result,
                      struct buf *out_why)
{
    struct report *candidates = report_new(&result->candidates);
    struct bytes dream = bytes_of_text(result->name);
    struct buf packed;
    enum err err = ERR_OK;
    buf_init(&packed, REQUEST_MAX);
    while (err == ERR_OK && report_next(candidates, dream, &packed)) {
        err = report(bus, &packed, out_why);
        buf_reset(&packed);
    }
    if (err == ERR_OK) {
        report_finished(candidates, &result->funnel, dream, &packed);
        err = report(bus, &packed, out_why);
    }
    buf_fini(&packed);
    report_free(candidates);
    return err;
}

/* ---- change sets --------------------------------------------------------- */

/* The reply that ends a run, while it grows. */
struct answer {
    struct arena arena;
    Reverie__V1__ChangeSet **sets;
    size_t set_count;
    size_t changes;
    Reverie__V1__ReviewProposeReply__Result *results[OFFER_SHOWN_MAX];
    size_t result_count;
    char *policy;
};

/* Shows the set without its witnesses, as long as there is room. */
static void show_set(struct answer *answer, Reverie__V1__ChangeSet *set)
{
    if (answer->changes + set->n_changes > OFFER_SHOWN_MAX) {
        return;
    }
    for (size_t i = 0; i < set->n_changes; i++) {
        set->changes[i]->n_witnesses = 0;
    }
    answer->sets[answer->set_count++] = set;
    answer->changes += set->n_changes;
}

static void show_results(struct answer *answer,
                         const Reverie__V1__ReviewProposeReply *reply)
{
    answer->policy = reply->policy;
    for (size_t i = 0; i < reply->n_results; i++) {
        if (answer->result_count < OFFER_SHOWN_MAX) {
            answer->results[answer->result_count++] = reply->results[i];
        }
    }
}

static enum err propose(struct reverie *bus, const struct plan_set *planned,
                        bool dry, struct answer *answer, struct buf *out_why)
{
    Reverie__V1__ChangeSet *set = NULL;
    enum err err = MESSAGE_UNPACK(change_set, buf_bytes(&planned->packed),
                                  &answer->arena, &set);
    if (err == ERR_OK && !dry) {
        Reverie__V1__ReviewProposeRequest request =
            REVERIE__V1__REVIEW_PROPOSE_REQUEST__INIT;
        Reverie__V1__ReviewProposeReply *reply = NULL;
        request.change_set = set;
        const struct question question = {
            "review", "propose", &request,
            &reverie__v1__review_propose_reply__descriptor};
        err = exchange(bus, &question, &answer->arena, out_why, &reply);
        if (err == ERR_OK) {
            show_results(answer, reply);
        }
    }
    if (err == ERR_OK) {
        show_set(answer, set);
    }
    return err;
}

static void pack_answer(struct answer *answer,
                        const struct dream_result *result,
                        struct buf *out_reply)
{
    Reverie__V1__FunnelStep steps[FUNNEL_MAX];
    Reverie__V1__FunnelStep *pointers[FUNNEL_MAX];
    Reverie__V1__DreamRunReply reply = REVERIE__V1__DREAM_RUN_REPLY__INIT;
    for (size_t i = 0; i < result->funnel.count; i++) {
        reverie__v1__funnel_step__init(&steps[i]);
        steps[i].step = message_field(result->funnel.steps[i].step);
        steps[i].has_count = true;
        steps[i].count = result->funnel.steps[i].count;
        pointers[i] = &steps[i];
    }
    struct buf sentence;
    buf_init(&sentence, REPORT_SENTENCE_MAX);
    report_sentence(&result->funnel, &sentence);
    reply.dream = message_field(result->name);
    reply.has_events = true;
    reply.events = funnel_count(&result->funnel, "events");
    reply.has_total = true;
    reply.total = reply.events;
    reply.funnel = pointers;
    reply.n_funnel = result->funnel.count;
    reply.change_sets = answer->sets;
    reply.n_change_sets = answer->set_count;
    reply.results = answer->results;
    reply.n_results = answer->result_count;
    reply.sentence = message_field(buf_text(&sentence));
    reply.policy = answer->policy;
    message_pack(&reply, out_reply);
    buf_fini(&sentence);
}

enum err offer_changes(struct reverie *bus, const struct dream_result *result,
                       bool dry, struct buf *out_why, struct buf *out_reply)
{
    struct answer *answer = mem_new(sizeof(*answer));
    arena_init(&answer->arena, (size_t)1 << 30);
    answer->sets = mem_new_array(result->plan.count + 1, sizeof(*answer->sets));
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < result->plan.count; i++) {
        err = propose(bus, &result->plan.sets[i], dry, answer, out_why);
    }
    if (err == ERR_OK) {
        pack_answer(answer, result, out_reply);
        err = buf_error(out_reply);
    }
    arena_fini(&answer->arena);
    free(answer->sets);
    free(answer);
    return err;
}

void offer_progress(uint64_t events, uint64_t total, struct buf *out_reply)
{
    Reverie__V1__DreamRunReply reply = REVERIE__V1__DREAM_RUN_REPLY__INIT;
    reply.has_events = true;
    reply.events = events;
    reply.has_total = true;
    reply.total = total;
    message_pack(&reply, out_reply);
}
