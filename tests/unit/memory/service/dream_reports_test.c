/* SPDX-License-Identifier: MIT */
/* What dreams report of themselves is kept, found again and bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/memory/answers.h"

static struct world world;
static struct plan plan;

static void dreams_are_reported_listed_and_searched(void **state)
{
    (void)state;
    Reverie__V1__DreamReportRequest report =
        REVERIE__V1__DREAM_REPORT_REQUEST__INIT;
    Reverie__V1__DreamStarted started = REVERIE__V1__DREAM_STARTED__INIT;
    Reverie__V1__DreamCandidates part = REVERIE__V1__DREAM_CANDIDATES__INIT;
    Reverie__V1__DreamFinished finished = REVERIE__V1__DREAM_FINISHED__INIT;
    Reverie__V1__Candidate candidates[2] = {REVERIE__V1__CANDIDATE__INIT,
                                            REVERIE__V1__CANDIDATE__INIT};
    Reverie__V1__Candidate *list[2] = {&candidates[0], &candidates[1]};
    Reverie__V1__DreamShowRequest show = REVERIE__V1__DREAM_SHOW_REQUEST__INIT;
    Reverie__V1__DreamShowReply reply;
    world_opens(&world, POLICY_DEFAULT);
    started.dream = part.dream = finished.dream = mutable_text("d1");
    part.candidates = list;
    part.n_candidates = 2;
    report.candidates = &part;
    assert_string_equal(world_request(&world, "dream", "report", &report),
                        "not_found");
    report.started = &started;
    plan_preference(&plan, &world, 14);
    candidates[0].subject = mutable_text("shell.package_manager");
    candidates[0].quote = mutable_text("pnpm install");
    candidates[0].has_example_seq = true;
    candidates[0].example_seq = 1;
    candidates[1].subject = mutable_text("git.branch");
    candidates[1].quote = mutable_text("a quote of nothing");
    candidates[1].has_example_seq = true;
    candidates[1].example_seq = 999;
    assert_string_equal(world_request(&world, "dream", "report", &report),
                        "ok");
    assert_int_equal(world.out.event_count, 2);
    assert_int_equal(
        bytes_find(world.out.events[1].body, BYTES_LITERAL("pnpm install"), 0),
        SIZE_MAX);
    assert_string_equal(world_proposes(&world, &plan)->verdict, "apply");
    report.candidates = NULL;
    report.finished = &finished;
    assert_string_equal(world_request(&world, "dream", "report", &report),
                        "ok");
    assert_string_equal(world_request(&world, "dream", "report", &report),
                        "ok");
    assert_int_equal(world.out.event_count, 0);
    show.candidates = show.has_candidates = true;
    show.find = mutable_text("PNPM");
    assert_string_equal(world_request(&world, "dream", "show", &show), "ok");
    world_reply(&world, &reverie__v1__dream_show_reply__descriptor, &reply);
    assert_int_equal(reply.n_items, 1);
    assert_int_equal(reply.candidates_total, 1);
    assert_string_equal(reply.candidates[0]->quote, "pnpm install");
    assert_non_null(reply.dream->finished);
    show.dream = mutable_text("unknown");
    assert_string_equal(world_request(&world, "dream", "show", &show),
                        "not_found");
    world_closes(&world);
}

static void dreams_have_maxima(void **state)
{
    (void)state;
    Reverie__V1__DreamReportRequest report =
        REVERIE__V1__DREAM_REPORT_REQUEST__INIT;
    Reverie__V1__DreamStarted started = REVERIE__V1__DREAM_STARTED__INIT;
    Reverie__V1__DreamListRequest list = REVERIE__V1__DREAM_LIST_REQUEST__INIT;
    Reverie__V1__DreamListReply reply;
    world_opens(&world, POLICY_DEFAULT);
    report.started = &started;
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof(name), "dream-%d", i);
        started.dream = name;
        assert_string_equal(world_request(&world, "dream", "report", &report),
                            "ok");
    }
    list.has_limit = true;
    list.limit = 1000;
    assert_string_equal(world_request(&world, "dream", "list", &list), "ok");
    world_reply(&world, &reverie__v1__dream_list_reply__descriptor, &reply);
    assert_int_equal(reply.n_dreams, 256);
    assert_string_equal(reply.dreams[0]->started->dream, "dream-299");
    world_closes(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dreams_are_reported_listed_and_searched),
        cmocka_unit_test(dreams_have_maxima),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
