/* SPDX-License-Identifier: MIT */
/* One row per rule: what is changed in facts that would be applied, and the
 * verdict under the policies review, default and approve-all-proposals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory/gate/gate.h"
#include "proto/messages.h"

enum {
    PREFERENCE = REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE,
    DIRECTIVE = REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE,
    MISTAKE = REVERIE__V1__FINDING_KIND__FINDING_MISTAKE,
    AUTHORED = REVERIE__V1__FINDING_KIND__FINDING_AUTHORED,
    WORKFLOW = REVERIE__V1__FINDING_KIND__FINDING_WORKFLOW,
    HYGIENE = REVERIE__V1__FINDING_KIND__FINDING_HYGIENE,
    RETIRE = REVERIE__V1__CHANGE_OP__CHANGE_RETIRE,
    SENSITIVE = REVERIE__V1__RISK_CLASS__RISK_SENSITIVE,
    REVIEW = REVERIE__V1__RISK_CLASS__RISK_REVIEW
};

static struct gate_facts good(int kind)
{
    struct gate_facts facts = {
        .kind = kind,
        .op = REVERIE__V1__CHANGE_OP__CHANGE_ADD,
        .team_scope = true,
        .votes = {.principals = 14,
                  .principals_for = 14,
                  .days = 3,
                  .has_baseline = true,
                  .baseline = 0.2,
                  .alpha = 0.05,
                  .family = 1,
                  .rank = 1},
        .mistake = {3, 5, 5, 3, false},
        .workflow = {.principals = 3,
                     .sessions = 8,
                     .log_e = 3.7,
                     .uplift = 0.05,
                     .alpha = 0.2,
                     .family = 8,
                     .rank = 1},
        .owners = 3,
        .owner_stated = true,
    };
    facts.tenured_votes = facts.votes;
    facts.tenured_mistake = facts.mistake;
    return facts;
}

static void assert_verdict(const struct gate_facts *facts, const char *answer,
                           const char *reason)
{
    struct gate_verdict verdict = gate_decide(facts);
    assert_string_equal(verdict.reason, reason);
    assert_string_equal(gate_answer_name(verdict.answer), answer);
    assert_true(strlen(verdict.sentence) > 0);
}

/* "apply auto" and the like, by policy. */
static void assert_row(struct gate_facts facts, const char *review,
                       const char *standard, const char *all)
{
    const char *const expected[] = {review, standard, all};
    for (int i = 0; i < 3; i++) {
        char answer[16] = "";
        size_t len = strcspn(expected[i], " ");
        memcpy(answer, expected[i], len);
        facts.policy = (enum memory_policy)i;
        assert_verdict(&facts, answer, expected[i] + len + 1);
    }
}

static void assert_always(struct gate_facts facts, const char *expected)
{
    assert_row(facts, expected, expected, expected);
}

static void good_evidence_is_applied_by_policy(void **state)
{
    (void)state;
    const int kinds[] = {PREFERENCE, DIRECTIVE, MISTAKE};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        assert_row(good(kinds[i]), "ask policy_review", "apply auto",
                   "apply auto");
    }
    assert_always(good(AUTHORED), "apply authored");
    assert_row(good(WORKFLOW), "ask policy_review", "ask proposal_tier",
               "apply approve_all_proposals");
    assert_row(good(HYGIENE), "ask policy_review", "ask proposal_tier",
               "apply approve_all_proposals");
    assert_always(good(HYGIENE + 1), "refuse kind_unsupported");
}

static void hygiene_removes_alone_only_what_is_there_twice(void **state)
{
    (void)state;
    struct gate_facts facts = good(HYGIENE);
    facts.op = REVERIE__V1__CHANGE_OP__CHANGE_RETIRE;
    assert_row(facts, "ask policy_review", "ask retirement",
               "apply approve_all_proposals");
    facts.exact_duplicate = true;
    assert_row(facts, "ask policy_review", "apply auto", "apply auto");
    facts.mass_removal = true;
    assert_always(facts, "ask mass_removal");
    facts.is_protected = true;
    assert_always(facts, "refuse protected");
    facts.human = true;
    assert_always(facts, "refuse protected");
}

static void what_is_wrong_is_refused_under_every_policy(void **state)
{
    (void)state;
    struct gate_facts facts = good(PREFERENCE);
    facts.fault = EVIDENCE_WRONG_QUOTE;
    assert_always(facts, "refuse wrong_quote");
    facts = good(PREFERENCE);
    facts.has_secret = true;
    assert_always(facts, "refuse secret");
    facts = good(PREFERENCE);
    facts.rejected_before = true;
    assert_always(facts, "refuse rejected_before");
    facts = good(PREFERENCE);
    facts.base_moved = true;
    assert_always(facts, "refuse conflict");
    facts = good(PREFERENCE);
    facts.path_taken = true;
    assert_always(facts, "refuse path_conflict");
    facts = good(PREFERENCE);
    facts.store_full = true;
    assert_always(facts, "refuse full");
    facts = good(PREFERENCE);
    facts.unchanged = true;
    assert_always(facts, "unchanged unchanged");
}

static void what_is_missing_is_refused_under_every_policy(void **state)
{
    (void)state;
    struct gate_facts facts = good(PREFERENCE);
    facts.votes.principals = facts.votes.principals_for = 4;
    assert_always(facts, "refuse too_few_principals");
    facts = good(PREFERENCE);
    facts.votes.principals_for = 5;
    assert_always(facts, "refuse low_share");
    facts = good(PREFERENCE);
    facts.votes.baseline = 0.9;
    assert_always(facts, "refuse low_lift");
    facts = good(PREFERENCE);
    facts.votes.family = 1000000000;
    assert_always(facts, "refuse not_significant");
    facts = good(PREFERENCE);
    facts.votes.days = 1;
    assert_always(facts, "refuse too_few_days");
    facts = good(MISTAKE);
    facts.mistake.principals = 1;
    assert_always(facts, "refuse too_few_principals");
    facts = good(MISTAKE);
    facts.mistake.sessions = 2;
    assert_always(facts, "refuse too_few_sessions");
    facts = good(WORKFLOW);
    facts.workflow.principals = 2;
    assert_always(facts, "refuse too_few_principals");
    facts = good(WORKFLOW);
    facts.workflow.sessions = 7;
    assert_always(facts, "refuse too_few_sessions");
    facts = good(WORKFLOW);
    facts.workflow.uplift = 0.04;
    assert_always(facts, "refuse low_lift");
    facts = good(WORKFLOW);
    facts.workflow.family = 9;
    assert_always(facts, "refuse not_significant");
    facts = good(WORKFLOW);
    facts.workflow.alpha = 0.3;
    assert_always(facts, "refuse not_significant");
    facts = good(DIRECTIVE);
    facts.owner_stated = false;
    facts.votes.principals_for = 1;
    assert_always(facts, "refuse too_few_principals");
}

static void attacks_and_sensitive_matters_always_ask(void **state)
{
    (void)state;
    struct gate_facts facts = good(PREFERENCE);
    facts.screen = "screen_role";
    assert_always(facts, "ask screen_role");
    facts = good(PREFERENCE);
    facts.sensitive = true;
    assert_always(facts, "ask sensitive");
    facts = good(PREFERENCE);
    facts.risk = SENSITIVE;
    assert_always(facts, "ask sensitive");
    facts = good(AUTHORED);
    facts.screen = "screen_blob";
    assert_always(facts, "ask screen_blob");
    facts.screen = NULL;
    facts.sensitive = true;
    assert_always(facts, "ask sensitive");
    facts.team_scope = false; /* its own notes */
    assert_always(facts, "apply authored");
}

static void doubts_ask_unless_all_proposals_are_approved(void **state)
{
    (void)state;
    const char *review = "ask policy_review";
    const char *all = "apply approve_all_proposals";
    struct gate_facts facts = good(PREFERENCE);
    facts.votes.has_baseline = false;
    assert_row(facts, review, "ask no_baseline", all);
    facts = good(PREFERENCE);
    facts.votes.no_time = true;
    assert_row(facts, review, "ask no_time", all);
    facts = good(PREFERENCE);
    facts.asserted = true;
    assert_row(facts, review, "ask asserted", all);
    facts.auto_on_asserted = true;
    assert_row(facts, review, "apply auto", "apply auto");
    facts = good(PREFERENCE);
    facts.risk = REVIEW;
    assert_row(facts, review, "ask risk_review", all);
    facts = good(PREFERENCE);
    facts.votes.alpha = 0.2;
    assert_row(facts, review, "ask proposal_tier", all);
    facts = good(PREFERENCE);
    facts.op = RETIRE;
    assert_row(facts, review, "ask retirement", all);
    facts = good(MISTAKE);
    facts.mistake.sessions = 3;
    assert_row(facts, review, "ask proposal_tier", all);
    facts = good(DIRECTIVE);
    facts.owner_stated = false;
    assert_row(facts, review, "ask stated", all);
    facts = good(MISTAKE);
    facts.unsourced = true;
    assert_row(facts, review, "ask unsourced", all);
    facts = good(PREFERENCE);
    facts.foreign = true;
    assert_row(facts, review, "ask foreign_words", all);
    facts.unshown = true;
    assert_row(facts, review, "ask unshown", all);
}

static void auto_is_for_supporters_of_standing(void **state)
{
    (void)state;
    const char *review = "ask policy_review";
    const char *all = "apply approve_all_proposals";
    struct gate_facts facts = good(PREFERENCE);
    facts.tenured_votes.principals = facts.tenured_votes.principals_for = 7;
    assert_row(facts, review, "ask tenure", all);
    facts = good(MISTAKE);
    facts.tenured_mistake.principals = 2;
    assert_row(facts, review, "ask tenure", all);
    facts = good(MISTAKE);
    facts.owners = 2;
    assert_row(facts, review, "ask too_few_owners", all);
    facts = good(MISTAKE);
    facts.mistake.robust_sessions = 4;
    assert_row(facts, review, "ask proposal_tier", all);
}

static void a_habit_of_one_is_for_a_human(void **state)
{
    (void)state;
    const char *review = "ask policy_review";
    struct gate_facts facts = good(PREFERENCE);
    facts.team_scope = false;
    facts.votes.principals = facts.votes.principals_for = 1;
    facts.tenured_votes = facts.votes;
    facts.mistake.sessions = 3;
    assert_row(facts, review, "ask proposal_tier",
               "apply approve_all_proposals");
    facts.mistake.sessions = 2;
    assert_always(facts, "refuse too_few_sessions");
    facts.mistake.sessions = 3;
    facts.votes.days = 2;
    assert_always(facts, "refuse too_few_days");
    facts.votes.days = 3;
    facts.votes.principals = 2;
    assert_always(facts, "refuse too_few_principals");
}

static void a_human_skips_the_human_not_the_gate(void **state)
{
    (void)state;
    struct gate_facts facts = good(PREFERENCE);
    facts.human = true;
    facts.screen = "screen_role";
    facts.sensitive = true;
    facts.asserted = true;
    facts.rejected_before = true;
    assert_always(facts, "apply approved");
    facts.fault = EVIDENCE_NO_EVENT;
    assert_always(facts, "refuse no_such_event");
    facts.fault = EVIDENCE_NONE;
    facts.has_secret = true;
    assert_always(facts, "refuse secret");
    facts.has_secret = false;
    facts.votes.principals_for = 2;
    assert_always(facts, "refuse low_share");
}

static void a_full_review_refuses_questions_only(void **state)
{
    (void)state;
    struct gate_facts facts = good(PREFERENCE);
    facts.review_full = true;
    assert_row(facts, "refuse full", "apply auto", "apply auto");
    facts.sensitive = true;
    assert_always(facts, "refuse full");
}

static void remaining_evidence_is_held_to_the_proposal_tier(void **state)
{
    (void)state;
    struct gate_facts facts = good(PREFERENCE);
    assert_null(gate_evidence_lack(&facts));
    facts.votes.principals = facts.votes.principals_for = 4;
    assert_string_equal(gate_evidence_lack(&facts), "too_few_principals");
    facts.kind = AUTHORED;
    assert_null(gate_evidence_lack(&facts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_evidence_is_applied_by_policy),
        cmocka_unit_test(hygiene_removes_alone_only_what_is_there_twice),
        cmocka_unit_test(what_is_wrong_is_refused_under_every_policy),
        cmocka_unit_test(what_is_missing_is_refused_under_every_policy),
        cmocka_unit_test(attacks_and_sensitive_matters_always_ask),
        cmocka_unit_test(doubts_ask_unless_all_proposals_are_approved),
        cmocka_unit_test(auto_is_for_supporters_of_standing),
        cmocka_unit_test(a_habit_of_one_is_for_a_human),
        cmocka_unit_test(a_human_skips_the_human_not_the_gate),
        cmocka_unit_test(a_full_review_refuses_questions_only),
        cmocka_unit_test(remaining_evidence_is_held_to_the_proposal_tier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
