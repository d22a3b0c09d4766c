/* SPDX-License-Identifier: MIT */
/* A change of which one thing is not as the log says is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/memory/answers.h"

static struct world world;
static struct plan plan;

/* Spoils one thing of a good preference of 10 and proposes it. */
static void assert_spoiled(void (*spoil)(struct plan *plan), const char *reason)
{
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    plan_preference(&plan, &world, 14);
    spoil(&plan);
    answer result = world_proposes(&world, &plan);
    assert_answer(result, "refuse", reason);
    assert_int_equal(world_emitted(&world, "memory.applied"), 0);
    world_closes(&world);
}

static char other_text[] = "somebody";

static void spoil_position(struct plan *it)
{
    it->witness[3].seq = 999;
    plan_finish(it);
}

static void spoil_log(struct plan *it)
{
    it->witness[3].log = 1;
    plan_finish(it);
}

static void spoil_id(struct plan *it)
{
    it->witness[3].id = it->witness[4].id;
    plan_finish(it);
}

static void spoil_principal(struct plan *it)
{
    it->witness[3].principal = other_text;
    plan_finish(it);
}

static void spoil_agent(struct plan *it)
{
    it->witness[3].agent = other_text;
    plan_finish(it);
}

static void spoil_session(struct plan *it)
{
    it->witness[3].session = other_text;
    plan_finish(it);
}

static void spoil_origin(struct plan *it)
{
    it->witness[3].origin = REVERIE__V1__ORIGIN__ORIGIN_OWNER;
    plan_finish(it);
}

static void spoil_time(struct plan *it)
{
    it->witness[3].occurred_us++;
    plan_finish(it);
}

static void spoil_no_time(struct plan *it)
{
    it->witness[3].has_occurred_us = false;
    plan_finish(it);
}

static void spoil_root(struct plan *it)
{
    it->witness[3].has_root = true;
    it->witness[3].root = it->witness[3].id;
    plan_finish(it);
}

static void spoil_quote(struct plan *it)
{
    static char quote[] = "yarn install";
    it->witness[3].quote = quote;
    plan_finish(it);
}

static void spoil_redactor(struct plan *it)
{
    it->witness[3].redactor = 99;
    plan_finish(it);
}

static void spoil_option(struct plan *it)
{
    it->witness[3].option = other_text;
    plan_finish(it);
}

static void spoil_against(struct plan *it)
{
    it->witness[3].against = it->witness[3].has_against = true;
    plan_finish(it);
}

static void spoil_duplicate(struct plan *it)
{
    it->witness[3] = it->witness[4];
    plan_finish(it);
}

static void spoil_numbers(struct plan *it)
{
    it->numbers.principals_for++;
    plan_id(it);
}

static void spoil_share(struct plan *it)
{
    it->numbers.share = 0.999;
    plan_id(it);
}

static void spoil_log_e(struct plan *it)
{
    it->numbers.log_e += 1e-6;
    plan_id(it);
}

static void spoil_missing_numbers(struct plan *it)
{
    it->change.numbers = NULL;
    plan_id(it);
}

static void spoil_finding(struct plan *it)
{
    it->finding[0] ^= 1;
    plan_id(it);
}

static void spoil_store(struct plan *it)
{
    static char store[] = "team/green";
    it->change.store = store;
    plan_finish(it);
}

static void spoil_path(struct plan *it)
{
    static char path[] = "/a/../../etc";
    it->change.path = path;
    plan_finish(it);
}

static void spoil_content(struct plan *it)
{
    static char content[CONTENT_MAX_BYTES + 2];
    memset(content, 'x', CONTENT_MAX_BYTES + 1);
    it->change.content = content;
    plan_finish(it);
}

static void spoil_secret(struct plan *it)
{
    static char content[] = "log in as a@example.com\n";
    it->change.content = content;
    plan_finish(it);
}

static void spoil_authored(struct plan *it)
{
    it->change.kind = REVERIE__V1__FINDING_KIND__FINDING_AUTHORED;
    plan_finish(it);
}

static void spoil_kind(struct plan *it)
{
    it->change.kind = REVERIE__V1__FINDING_KIND__FINDING_HYGIENE;
    plan_finish(it);
}

static void spoil_witnesses(struct plan *it)
{
    it->change.n_witnesses = 0;
    plan_finish(it);
}

static void spoil_base(struct plan *it)
{
    it->change.op = REVERIE__V1__CHANGE_OP__CHANGE_REVISE;
    it->change.has_base_version = true;
    it->change.base_version = 7;
    plan_finish(it);
}

static void hostile_changes_are_refused_by_name(void **state)
{
    (void)state;
    assert_spoiled(spoil_position, "no_such_event");
    assert_spoiled(spoil_log, "no_such_event");
    assert_spoiled(spoil_id, "wrong_id");
    assert_spoiled(spoil_principal, "wrong_principal");
    assert_spoiled(spoil_agent, "wrong_agent");
    assert_spoiled(spoil_session, "wrong_session");
    assert_spoiled(spoil_origin, "wrong_origin");
    assert_spoiled(spoil_time, "wrong_time");
    assert_spoiled(spoil_no_time, "wrong_time");
    assert_spoiled(spoil_root, "wrong_root");
    assert_spoiled(spoil_quote, "wrong_quote");
    assert_spoiled(spoil_redactor, "wrong_redactor");
    assert_spoiled(spoil_option, "wrong_option");
    assert_spoiled(spoil_against, "wrong_option");
    assert_spoiled(spoil_duplicate, "duplicate_witness");
    assert_spoiled(spoil_numbers, "wrong_numbers");
    assert_spoiled(spoil_share, "wrong_numbers");
    assert_spoiled(spoil_log_e, "wrong_numbers");
    assert_spoiled(spoil_missing_numbers, "wrong_numbers");
    assert_spoiled(spoil_finding, "invalid");
    assert_spoiled(spoil_store, "invalid");
    assert_spoiled(spoil_path, "invalid");
    assert_spoiled(spoil_content, "invalid");
    assert_spoiled(spoil_secret, "secret");
    assert_spoiled(spoil_authored, "invalid");
    assert_spoiled(spoil_kind, "wrong_detail");
    assert_spoiled(spoil_witnesses, "no_witnesses");
    assert_spoiled(spoil_base, "conflict");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_changes_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
