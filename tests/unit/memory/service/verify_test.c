/* SPDX-License-Identifier: MIT */
/* memory.verify: what was changed behind the ledger's back is found, what was
 * erased is counted again, and a version says where it comes from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory/fold/rows.h"
#include "memory/rows.pb-c.h"
#include "memory/witnesses.h"
#include "tests/unit/memory/answers.h"

static struct world world;
static struct plan plan;

static void open_applied(int principals)
{
    struct memory_config config = {.policy = POLICY_DEFAULT};
    world_init(&world, &config);
    plan_preference(&plan, &world, principals);
    assert_string_equal(world_proposes(&world, &plan)->verdict, "apply");
}

/* ---- tampering ----------------------------------------------------------- */

static struct row_key version_key(void)
{
    return key_version(message_text(plan.change.store),
                       message_text(plan.change.path), 1);
}

static struct row_key witnesses_key(void)
{
    return key_witnesses(message_text(plan.change.store),
                         message_text(plan.change.path), 1);
}

static struct row_key change_key(void)
{
    return key_change(bytes_of(plan.id, sizeof(plan.id)));
}

static void get(const struct row_key *key,
                const ProtobufCMessageDescriptor *type, void *out)
{
    assert_int_equal(row_get(&world.table, key, type, &world.arena, out),
                     ERR_OK);
}

static void assert_found(const char *part_of_sentence)
{
    const Reverie__V1__MemoryVerifyReply__Result *result =
        world_verified(&world);
    assert_string_equal(result->verdict, "failed");
    if (!strstr(result->sentence, part_of_sentence)) {
        fail_msg("\"%s\" does not hold \"%s\"", result->sentence,
                 part_of_sentence);
    }
    world_fini(&world);
}

static void an_altered_number_is_found(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        Reverie__V1__Version version;
        struct row_key key = version_key();
        open_applied(14);
        key = version_key();
        get(&key, &reverie__v1__version__descriptor, &version);
        version.numbers->principals += i == 0;
        version.numbers->sessions += i == 1;
        version.numbers->log_e += i == 2 ? 1e-6 : 0;
        version.numbers->baseline -= i == 3 ? 0.1 : 0;
        row_put(&world.table, &key, &version);
        static const char *const names[] = {"principals", "sessions", "log_e",
                                            "baseline"};
        assert_found(names[i]);
    }
}

static void an_altered_text_is_found(void **state)
{
    (void)state;
    Reverie__V1__Version version;
    open_applied(14);
    struct row_key key = version_key();
    get(&key, &reverie__v1__version__descriptor, &version);
    version.content = mutable_text("Observed: most of the team use yarn.\n");
    row_put(&world.table, &key, &version);
    assert_found("does not say what its change says");
}

static void a_witness_taken_from_the_rows_is_found(void **state)
{
    (void)state;
    Reverie__V1__WitnessesRow row;
    open_applied(14);
    struct row_key key = witnesses_key();
    get(&key, &reverie__v1__witnesses_row__descriptor, &row);
    row.n_witnesses--;
    row_put(&world.table, &key, &row);
    assert_found("does not cite what its change cites");
}

/* Consistently in change, witnesses and version: only the digest tells. */
static void rows_that_agree_in_a_lie_are_found(void **state)
{
    (void)state;
    Reverie__V1__ChangeRow row;
    Reverie__V1__WitnessesRow witnesses;
    Reverie__V1__Version version;
    open_applied(14);
    struct row_key change = change_key();
    struct row_key cited = witnesses_key();
    struct row_key head = version_key();
    get(&change, &reverie__v1__change_row__descriptor, &row);
    get(&cited, &reverie__v1__witnesses_row__descriptor, &witnesses);
    get(&head, &reverie__v1__version__descriptor, &version);
    row.change->n_witnesses--;
    witnesses.n_witnesses--;
    struct witness_count count =
        witnesses_count(row.change->witnesses, row.change->n_witnesses, NULL);
    numbers_derive(&count, row.change->numbers);
    numbers_derive(&count, version.numbers);
    row_put(&world.table, &change, &row);
    row_put(&world.table, &cited, &witnesses);
    row_put(&world.table, &head, &version);
    assert_found("not the one that was decided on");
}

static void a_moved_quote_is_found(void **state)
{
    (void)state;
    Reverie__V1__ChangeRow row;
    Reverie__V1__WitnessesRow witnesses;
    open_applied(14);
    struct row_key change = change_key();
    struct row_key cited = witnesses_key();
    get(&change, &reverie__v1__change_row__descriptor, &row);
    get(&cited, &reverie__v1__witnesses_row__descriptor, &witnesses);
    row.change->witnesses[3]->quote_offset++;
    witnesses.witnesses[3]->quote_offset++;
    row_put(&world.table, &change, &row);
    row_put(&world.table, &cited, &witnesses);
    assert_found("not the one that was decided on");
}

static void a_change_that_is_gone_is_found(void **state)
{
    (void)state;
    open_applied(14);
    struct row_key key = change_key();
    world.table.remove(world.table.context, row_key_bytes(&key));
    assert_found("the change that made it is not there");
}

static void an_altered_log_is_found(void **state)
{
    (void)state;
    open_applied(14);
    world.logged[4].body = world.logged[5].stamp;
    assert_found("not the one that was decided on");
    open_applied(14);
    world.logged[4].envelope = world.logged[5].envelope;
    assert_found("wrong_id, witness 5");
}

/* ---- erasure ------------------------------------------------------------- */

static void what_was_erased_is_counted_again(void **state)
{
    (void)state;
    open_applied(14);
    assert_string_equal(world_verified(&world)->verdict,
                        "verified from witnesses");
    world_erased(&world, 1);
    const Reverie__V1__Version *head =
        world_history(&world, plan.change.path).versions[0];
    assert_int_equal(head->number, 1);
    assert_int_equal(head->state, REVERIE__V1__VERSION_STATE__VERSION_ACTIVE);
    assert_int_equal(head->numbers->principals, 13);
    assert_int_equal(head->numbers->events, 13);
    assert_string_equal(head->numbers->tier, "proposal");
    assert_int_equal(head->provenance->erased, 1);
    assert_string_equal(world_verified(&world)->verdict, "erased");
    for (uint64_t seq = 2; seq <= 10; seq++) {
        world_erased(&world, seq);
    }
    head = world_history(&world, plan.change.path).versions[0];
    assert_int_equal(head->state, REVERIE__V1__VERSION_STATE__VERSION_SUSPECT);
    assert_int_equal(head->numbers->principals, 4);
    assert_int_equal(head->provenance->erased, 10);
    assert_string_equal(head->numbers->tier, "");
    assert_string_equal(world_verified(&world)->verdict, "erased");
    world_closes(&world);
}

static void numbers_of_the_erased_are_checked_too(void **state)
{
    (void)state;
    Reverie__V1__Version version;
    open_applied(14);
    world_erased(&world, 1);
    struct row_key key = version_key();
    get(&key, &reverie__v1__version__descriptor, &version);
    version.numbers->principals = 14;
    row_put(&world.table, &key, &version);
    assert_found("principals");
}

static void erasure_regates_what_cited_it(void **state)
{
    (void)state;
    Reverie__V1__LogEraseReply reply;
    world_opens(&world, POLICY_DEFAULT);
    plan_preference(&plan, &world, 13);
    assert_string_equal(world_proposes(&world, &plan)->verdict, "apply");
    assert_string_equal(world_verified(&world)->verdict,
                        "verified from witnesses");
    world_erased(&world, 1);
    world_reply(&world, &reverie__v1__log_erase_reply__descriptor, &reply);
    assert_int_equal(reply.n_affected_changes, 1);
    assert_int_equal(reply.n_affected_memories, 1);
    assert_int_equal(reply.n_suspect_memories, 0);
    assert_string_equal(world_verified(&world)->verdict, "erased");
    assert_null(world_history(&world, plan.change.path).witnesses[0]->quote);
    assert_non_null(
        world_history(&world, plan.change.path).witnesses[1]->quote);
    for (uint64_t seq = 2; seq <= 9; seq++) {
        world_erased(&world, seq);
    }
    /* Four of thirteen are left. */
    world_reply(&world, &reverie__v1__log_erase_reply__descriptor, &reply);
    assert_int_equal(reply.n_affected_memories, 1);
    assert_int_equal(reply.n_suspect_memories, 1);
    assert_int_equal(world_emitted(&world, "memory.update"), 1);
    assert_int_equal(world_history(&world, plan.change.path).versions[0]->state,
                     REVERIE__V1__VERSION_STATE__VERSION_SUSPECT);
    world_closes(&world);
}

static void erasure_withdraws_what_waits(void **state)
{
    (void)state;
    world_opens(&world, POLICY_DEFAULT);
    plan_mistake(&plan, &world, 2);
    assert_string_equal(world_proposes(&world, &plan)->verdict, "ask");
    world_erased(&world, 1);
    assert_int_equal(world_emitted(&world, "memory.gated"), 1);
    assert_string_equal(world_proposes(&world, &plan)->reason, "erased");
    assert_int_equal(world.out.event_count, 0);
    world_closes(&world);
}

static void verify_finds_a_log_that_was_changed(void **state)
{
    (void)state;
    world_opens(&world, POLICY_DEFAULT);
    plan_preference(&plan, &world, 14);
    assert_string_equal(world_proposes(&world, &plan)->verdict, "apply");
    world.logged[0].envelope = world.logged[1].envelope;
    assert_string_equal(world_verified(&world)->verdict, "failed");
    world_closes(&world);
}

/* ---- provenance ---------------------------------------------------------- */

static void a_version_says_where_it_comes_from(void **state)
{
    (void)state;
    open_applied(14);
    const Reverie__V1__MemoryHistoryReply reply =
        world_history(&world, plan.change.path);
    const Reverie__V1__Provenance *it = reply.versions[0]->provenance;
    assert_non_null(it);
    assert_string_equal(it->proposer, "worker");
    assert_null(it->approver);
    assert_int_equal(it->parent, 0);
    assert_int_equal(it->witnesses, 14);
    assert_int_equal(it->first_seq, 1);
    assert_int_equal(it->last_seq, 14);
    assert_int_equal(it->taint, REVERIE__V1__ORIGIN__ORIGIN_AGENT);
    assert_string_equal(it->exposure, "excluded");
    assert_string_equal(it->words, "sourced");
    assert_int_equal(it->margin, 4);
    assert_int_equal(it->owners, 14);
    assert_true(it->first_us < it->last_us);
    assert_int_equal(reply.n_witnesses, 14);
    world_closes(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_altered_number_is_found),
        cmocka_unit_test(an_altered_text_is_found),
        cmocka_unit_test(a_witness_taken_from_the_rows_is_found),
        cmocka_unit_test(rows_that_agree_in_a_lie_are_found),
        cmocka_unit_test(a_moved_quote_is_found),
        cmocka_unit_test(a_change_that_is_gone_is_found),
        cmocka_unit_test(an_altered_log_is_found),
        cmocka_unit_test(what_was_erased_is_counted_again),
        cmocka_unit_test(numbers_of_the_erased_are_checked_too),
        cmocka_unit_test(a_version_says_where_it_comes_from),
        cmocka_unit_test(erasure_regates_what_cited_it),
        cmocka_unit_test(erasure_withdraws_what_waits),
        cmocka_unit_test(verify_finds_a_log_that_was_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
