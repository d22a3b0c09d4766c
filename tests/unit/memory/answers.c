/* SPDX-License-Identifier: MIT */
#include "tests/unit/memory/answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void world_opens(struct world *world, enum memory_policy policy)
{
    struct memory_config config = {.policy = policy};
    world_init(world, &config);
    world_joins(world, "ada", "blue");
}

void world_closes(struct world *world)
{
    assert_true(world_refolds(world));
    world_fini(world);
}

void assert_answer(answer result, const char *verdict, const char *reason)
{
    assert_non_null(result);
    assert_string_equal(result->reason, reason);
    assert_string_equal(result->verdict, verdict);
}

void world_asks_as(struct world *world, enum asker asker)
{
    bool is_reviewer = asker == ASKER_REVIEWER;
    world->asker.principal = bytes_of_text(is_reviewer ? "reviewer" : "worker");
    world->asker.may_review = is_reviewer;
    world->asker.may_propose = !is_reviewer;
}

const char *world_decides(struct world *world, const struct plan *plan,
                          int decision, const char *content,
                          Reverie__V1__ReviewDecideReply *out)
{
    Reverie__V1__ReviewDecideRequest request =
        REVERIE__V1__REVIEW_DECIDE_REQUEST__INIT;
    request.has_change = true;
    request.change = plan->change.id;
    request.has_decision = true;
    request.decision = (Reverie__V1__Decision)decision;
    request.reason = mutable_text("because");
    request.content = mutable_text(content);
    const char *code = world_request(world, "review", "decide", &request);
    if (strcmp(code, "ok") == 0) {
        world_reply(world, &reverie__v1__review_decide_reply__descriptor, out);
    }
    return code;
}

Reverie__V1__MemoryHistoryReply world_history(struct world *world,
                                              const char *path)
{
    Reverie__V1__MemoryHistoryRequest request =
        REVERIE__V1__MEMORY_HISTORY_REQUEST__INIT;
    Reverie__V1__MemoryHistoryReply reply;
    request.store = mutable_text("team/blue");
    request.path = mutable_text(path);
    assert_string_equal(world_request(world, "memory", "history", &request),
                        "ok");
    world_reply(world, &reverie__v1__memory_history_reply__descriptor, &reply);
    return reply;
}

const Reverie__V1__MemoryVerifyReply__Result *
world_verified(struct world *world)
{
    Reverie__V1__MemoryVerifyRequest request =
        REVERIE__V1__MEMORY_VERIFY_REQUEST__INIT;
    Reverie__V1__MemoryVerifyReply reply;
    assert_string_equal(world_request(world, "memory", "verify", &request),
                        "ok");
    world_reply(world, &reverie__v1__memory_verify_reply__descriptor, &reply);
    assert_int_equal(reply.n_results, 1);
    return reply.results[0];
}

void world_erased(struct world *world, uint64_t seq)
{
    Reverie__V1__LogErased erased = REVERIE__V1__LOG_ERASED__INIT;
    erased.has_log = erased.has_seq = true;
    erased.seq = seq;
    world_erase(world, seq);
    assert_string_equal(world_step(world, MEMORY_ERASED, "", "", &erased),
                        "ok");
}
