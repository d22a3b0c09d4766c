/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/plan/report.h"
#include "proto/messages.h"

static void fill(struct candidates *list, size_t count)
{
    char subject[32];
    candidates_init(list);
    for (size_t i = 0; i < count; i++) {
        snprintf(subject, sizeof(subject), "subject-%zu", i);
        struct candidate *candidate = candidates_add(list);
        candidate->kind = FINDING_KIND_MISTAKE;
        candidate->team_name = BYTES_LITERAL("blue");
        candidate->subject = candidates_text(list, bytes_of_text(subject));
        candidate->option = BYTES_LITERAL("x");
        candidate->counts.principals = (uint32_t)i;
        candidate->reason =
            i % 10 == 9 ? REASON_PROPOSED : REASON_TOO_FEW_SESSIONS;
        candidate->tier = i % 10 == 9 ? TIER_PROPOSAL : TIER_NONE;
        candidate_name(candidate);
    }
}

static void every_candidate_is_in_one_part(void **state)
{
    (void)state;
    struct candidates list;
    struct arena arena;
    struct buf out;
    fill(&list, 12000);
    struct report *report = report_new(&list);
    size_t total = 0;
    bool is_first = true;
    buf_init(&out, 1 << 20);
    while (report_next(report, BYTES_LITERAL("d-1"), &out)) {
        assert_in_range(out.len, 1, REPORT_CHUNK_BYTES);
        Reverie__V1__DreamReportRequest *request = NULL;
        arena_init(&arena, 64 << 20);
        assert_int_equal(MESSAGE_UNPACK(dream_report_request, buf_bytes(&out),
                                        &arena, &request),
                         ERR_OK);
        if (is_first) {
            /* What became a change comes first. */
            assert_string_equal(request->candidates->candidates[0]->reason,
                                "proposed");
        }
        is_first = false;
        total += request->candidates->n_candidates;
        arena_fini(&arena);
        buf_reset(&out);
    }
    assert_int_equal(total, REPORT_CANDIDATES_MAX);
    assert_int_equal(report_left_out(report), 2000);
    report_free(report);
    buf_fini(&out);
    candidates_fini(&list);
}

static void the_funnel_counts_every_reason(void **state)
{
    (void)state;
    struct candidates list;
    struct funnel funnel = {.count = 0};
    fill(&list, 100);
    funnel_of_candidates(&list, &funnel);
    assert_int_equal(funnel_count(&funnel, "candidates"), 100);
    assert_int_equal(funnel_count(&funnel, "proposed"), 10);
    assert_int_equal(funnel_count(&funnel, "too_few_sessions"), 90);
    assert_int_equal(funnel_count(&funnel, "mistakes_seen"), 100);
    assert_int_equal(funnel_count(&funnel, "constant"), 0);
    candidates_fini(&list);
}

static void a_dream_that_changed_nothing_says_so(void **state)
{
    (void)state;
    struct funnel funnel = {.count = 0};
    struct buf out;
    buf_init(&out, REPORT_SENTENCE_MAX);
    funnel_add(&funnel, "candidates", 12);
    funnel_add(&funnel, "proposed", 0);
    report_sentence(&funnel, &out);
    assert_non_null(strstr(buf_text(&out), "nothing changed"));
    buf_fini(&out);
}

static void the_end_carries_the_funnel(void **state)
{
    (void)state;
    struct candidates list;
    struct funnel funnel = {.count = 0};
    struct arena arena;
    struct buf out;
    fill(&list, 20);
    funnel_of_candidates(&list, &funnel);
    struct report *report = report_new(&list);
    buf_init(&out, 1 << 20);
    arena_init(&arena, 1 << 20);
    report_finished(report, &funnel, BYTES_LITERAL("d-1"), &out);
    Reverie__V1__DreamReportRequest *request = NULL;
    assert_int_equal(
        MESSAGE_UNPACK(dream_report_request, buf_bytes(&out), &arena, &request),
        ERR_OK);
    assert_string_equal(request->finished->dream, "d-1");
    assert_int_equal(request->finished->proposed, 2);
    assert_int_equal(request->finished->n_funnel, funnel.count);
    report_free(report);
    buf_fini(&out);
    arena_fini(&arena);
    candidates_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_candidate_is_in_one_part),
        cmocka_unit_test(the_funnel_counts_every_reason),
        cmocka_unit_test(a_dream_that_changed_nothing_says_so),
        cmocka_unit_test(the_end_carries_the_funnel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
