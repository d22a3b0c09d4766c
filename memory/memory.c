/* SPDX-License-Identifier: MIT */
#include "memory/memory.h"

#include <stdlib.h>

#include "memory/service/step.h"

enum {
    STEP_ARENA_MAX = 512 << 20,
    STORES_DEFAULT = 4096,
    MEMORIES_DEFAULT = 10000,
    PROPOSALS_DEFAULT = 10000
};

static const int64_t life_default_us = INT64_C(30) * 24 * 3600 * 1000000;

static const char *const policy_names[] = {
    [POLICY_REVIEW] = "review",
    [POLICY_DEFAULT] = "default",
    [POLICY_APPROVE_ALL_PROPOSALS] = "approve-all-proposals",
};

const char *memory_policy_name(enum memory_policy policy)
{
    assert((size_t)policy < ARRAY_LEN(policy_names));
    return policy_names[policy];
}

enum err memory_policy_read(struct bytes name, enum memory_policy *out)
{
    for (size_t i = 0; i < ARRAY_LEN(policy_names); i++) {
        if (bytes_equal_text(name, policy_names[i])) {
            *out = (enum memory_policy)i;
            return ERR_OK;
        }
    }
    return ERR_INVALID;
}

struct memory *memory_new(const struct memory_table *table,
                          const struct memory_log *log,
                          const struct memory_config *config)
{
    struct memory *memory = mem_new(sizeof(*memory));
    struct memory_config *mine = &memory->config;
    memory->table = table;
    memory->log = log;
    *mine = *config;
    mine->stores_max = mine->stores_max ? mine->stores_max : STORES_DEFAULT;
    mine->memories_max =
        mine->memories_max ? mine->memories_max : MEMORIES_DEFAULT;
    mine->proposals_max =
        mine->proposals_max ? mine->proposals_max : PROPOSALS_DEFAULT;
    mine->proposal_life_us =
        mine->proposal_life_us ? mine->proposal_life_us : life_default_us;
    arena_init(&memory->arena, STEP_ARENA_MAX);
    buf_init(&memory->sentence, REPLY_MAX);
    buf_init(&memory->payload, REPLY_MAX);
    return memory;
}

void memory_free(struct memory *memory)
{
    if (memory) {
        arena_fini(&memory->arena);
        buf_fini(&memory->sentence);
        buf_fini(&memory->payload);
        free(memory->events);
        free(memory);
    }
}

/* ---- dispatch ------------------------------------------------------------ */

/* What a request needs; handlers check what depends on its content. */
enum right {
    RIGHT_NONE,
    RIGHT_PROPOSE,
    RIGHT_REVIEW,
    RIGHT_OBSERVE
};

static const char *const right_names[] = {"", "propose", "review", "observe"};

static const struct {
    const char *service;
    const char *method;
    enum right right;
    enum err (*handle)(struct memory *memory);
} requests[] = {
    {"memory", "view", RIGHT_NONE, on_view},
    {"memory", "stores", RIGHT_NONE, on_stores},
    {"memory", "list", RIGHT_NONE, on_list},
    {"memory", "history", RIGHT_NONE, on_history},
    {"memory", "who", RIGHT_NONE, on_who},
    {"memory", "verify", RIGHT_OBSERVE, on_verify},
    {"memory", "write", RIGHT_NONE, on_write},
    {"memory", "revert", RIGHT_REVIEW, on_revert},
    {"review", "propose", RIGHT_PROPOSE, on_propose},
    {"review", "list", RIGHT_OBSERVE, on_review_list},
    {"review", "show", RIGHT_OBSERVE, on_review_show},
    {"review", "decide", RIGHT_REVIEW, on_review_decide},
    {"dream", "report", RIGHT_PROPOSE, on_dream_report},
    {"dream", "list", RIGHT_NONE, on_dream_list},
    {"dream", "show", RIGHT_OBSERVE, on_dream_show},
};

static bool has_right(const struct memory_asker *asker, enum right right)
{
    switch (right) {
    case RIGHT_NONE:
        return true;
    case RIGHT_PROPOSE:
        return asker->may_propose;
    case RIGHT_REVIEW:
        return asker->may_review;
    case RIGHT_OBSERVE:
        return asker->may_observe;
    }
    return false;
}

static enum err on_request(struct memory *memory)
{
    const struct memory_input *input = memory->input;
    bool service_known = false;
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        if (!bytes_equal_text(input->service, requests[i].service)) {
            continue;
        }
        service_known = true;
        if (!bytes_equal_text(input->method, requests[i].method)) {
            continue;
        }
        if (!has_right(&input->asker, requests[i].right)) {
            return step_refuse(memory, "denied", "%s.%s needs the right `%s`",
                               requests[i].service, requests[i].method,
                               right_names[requests[i].right]);
        }
        return requests[i].handle(memory);
    }
    return step_refuse(memory,
                       service_known ? "unknown_method" : "unknown_service",
                       "memory does not serve this");
}

static enum err dispatch(struct memory *memory)
{
    switch (memory->input->type) {
    case MEMORY_REQUEST:
        return on_request(memory);
    case MEMORY_ACK:
        return on_ack(memory);
    case MEMORY_JOINED:
        return on_joined(memory);
    case MEMORY_STARTED:
        return on_started(memory);
    case MEMORY_ERASED:
        return on_erased(memory);
    case MEMORY_TICK:
        return on_tick(memory);
    }
    assert(!"every input type is handled");
    return ERR_INVALID;
}

static void begin(struct memory *memory, const struct memory_input *input)
{
    arena_reset(&memory->arena);
    buf_reset(&memory->sentence);
    buf_reset(&memory->payload);
    memory->input = input;
    memory->next_seq = input->next_ledger_seq;
    memory->event_count = 0;
    memory->code = "ok";
    memory->publication.count = 0;
    memory->publication.change_set = bytes_of(NULL, 0);
    memory->dream = bytes_of(NULL, 0);
}

enum err memory_step(struct memory *memory, const struct memory_input *input,
                     struct memory_output *out)
{
    begin(memory, input);
    enum err err = dispatch(memory);
    if (err == ERR_OK) {
        err = publish_flush(memory);
    }
    if (err == ERR_TOO_BIG && memory->event_count == 0) {
        err = step_refuse(memory, "too_big",
                          "the request needs more than one step may use");
    }
    if (err != ERR_OK) {
        return err;
    }
    *out = (struct memory_output){
        .code = memory->code,
        .sentence = buf_bytes(&memory->sentence),
        .payload = buf_bytes(&memory->payload),
        .events = memory->events,
        .event_count = memory->event_count,
    };
    return ERR_OK;
}
