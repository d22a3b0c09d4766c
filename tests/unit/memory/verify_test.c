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
#include "world.h"

static struct world world;
static struct plan plan;

static void open_applied(int principals)
{
    struct memory_config config = {.policy = POLICY_DEFAULT};
    world_init(&world, &config);
    plan_preference(&plan, &world, principals);
    assert_string_equal(world_proposes(&world, &plan)->verdict, "apply");
}

static void close_world(void)
{
    assert_true(world_refolds(&world));
    world_fini(&world);
}

static const Reverie__V1__MemoryVerifyReply__Result *verified(void)
{
    static Reverie__V1__MemoryVerifyReply reply;
    Reverie__V1__MemoryVerifyRequest request =
        REVERIE__V1__MEMORY_VERIFY_REQUEST__INIT;
    assert_string_equal(world_request(&world, "memory", "verify", &request),
                        "ok");
    world_reply(&world, &reverie__v1__memory_verify_reply__descriptor, &reply);
    assert_int_equal(reply.n_results, 1);
    return reply.results[0];
}

static Reverie__V1__MemoryHistoryReply history(void)
{
    Reverie__V1__MemoryHistoryReply reply;
    Reverie__V1__MemoryHistoryRequest request =
        REVERIE__V1__MEMORY_HISTORY_REQUEST__INIT;
    request.store = plan.change.store;
    request.path = plan.change.path;
    assert_string_equal(world_request(&world, "memory", "history", &request),
                        "ok");
    world_reply(&world, &reverie__v1__memory_history_reply__descriptor, &reply);
    assert_true(reply.n_versions > 0);
    return reply;
}

static void erase(uint64_t seq)
{
    Reverie__V1__LogErased erased = REVERIE__V1__LOG_ERASED__INIT;
    erased.has_log = erased.has_seq = true;
    erased.seq = seq;
    world_erase(&world, seq);
    assert_string_equal(world_step(&world, MEMORY_ERASED, "", "", &erased),
                        "ok");
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
    const Reverie__V1__MemoryVerifyReply__Result *result = verified();
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
    assert_string_equal(verified()->verdict, "verified from witnesses");
    erase(1);
    const Reverie__V1__Version *head = history().versions[0];
    assert_int_equal(head->number, 1);
    assert_int_equal(head->state, REVERIE__V1__VERSION_STATE__VERSION_ACTIVE);
    assert_int_equal(head->numbers->principals, 13);
    assert_int_equal(head->numbers->events, 13);
    assert_string_equal(head->numbers->tier, "proposal");
    assert_int_equal(head->provenance->erased, 1);
    assert_string_equal(verified()->verdict, "erased");
    for (uint64_t seq = 2; seq <= 10; seq++) {
        erase(seq);
    }
    head = history().versions[0];
    assert_int_equal(head->state, REVERIE__V1__VERSION_STATE__VERSION_SUSPECT);
    assert_int_equal(head->numbers->principals, 4);
    assert_int_equal(head->provenance->erased, 10);
    assert_string_equal(head->numbers->tier, "");
    assert_string_equal(verified()->verdict, "erased");
    close_world();
}

static void numbers_of_the_erased_are_checked_too(void **state)
{
    (void)state;
    Reverie__V1__Version version;
    open_applied(14);
    erase(1);
    struct row_key key = version_key();
    get(&key, &reverie__v1__version__descriptor, &version);
    version.numbers->principals = 14;
    row_put(&world.table, &key, &version);
    assert_found("principals");
}

/* ---- provenance ---------------------------------------------------------- */

static void a_version_says_where_it_comes_from(void **state)
{
    (void)state;
    open_applied(14);
    const Reverie__V1__MemoryHistoryReply reply = history();
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
    close_world();
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
