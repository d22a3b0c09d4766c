/* SPDX-License-Identifier: MIT */
/* Changes that a client with the right to propose has forged so that the gate,
 * which checks witnesses alone, lets them through: dreaming again finds them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agents-sim/lab/lab.h"
#include "agents-sim/lab/rows.h"
#include "memory/change.h"
#include "memory/witnesses.h"
#include "plugin/recount.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    ARENA_MAX = 256 << 20
};

/* A traffic log, the sets that the worker would propose over it, and a memory
 * of its own that nothing has been proposed to. */
struct scene {
    struct lab *lab;
    struct arena arena;
    struct bytes set; /* packed: the first that holds what is looked for */
    struct rows *rows;
    struct memory_table table;
    struct memory_log log;
    struct memory *memory;
    uint64_t ledger_seq;
};

static struct scene scene;

/* As in agents-sim/lab/lab.c. */
static const struct redact_key lab_key = {{1, 2, 3}};

/* Preferences with somebody against come first in the plan's team. */
static void keep_set(void *context, double day,
                     const struct dream_result *result)
{
    (void)context;
    (void)day;
    if (result->plan.count > 0) {
        scene.set =
            arena_copy(&scene.arena, buf_bytes(&result->plan.sets[0].packed));
    }
}

static int open_scene(void **state)
{
    (void)state;
    struct lab_config config = {
        .policy = POLICY_REVIEW, .on_dream = keep_set, .tells_nobody = true};
    const struct memory_config memory = {.policy = POLICY_APPROVE_ALL_PROPOSALS,
                                         .redact = lab_key};
    struct buf why;
    buf_init(&why, 1024);
    arena_init(&scene.arena, ARENA_MAX);
    config.world = world_config_default();
    config.world.teams = 4; /* each has three others to be held against */
    config.world.days = 12;
    config.world.seed = 4;
    if (lab_open(&config, &why, &scene.lab) != ERR_OK ||
        lab_live(scene.lab, &why) != ERR_OK || scene.set.len == 0) {
        return -1;
    }
    buf_fini(&why);
    scene.rows = rows_new();
    scene.table = rows_table(scene.rows);
    scene.log = tape_log(lab_tape(scene.lab));
    scene.memory = memory_new(&scene.table, &scene.log, &memory);
    return 0;
}

static int close_scene(void **state)
{
    (void)state;
    memory_free(scene.memory);
    rows_free(scene.rows);
    lab_close(scene.lab);
    arena_fini(&scene.arena);
    memset(&scene, 0, sizeof(scene));
    return 0;
}

/* One request to the scene's memory; gives the unpacked reply. */
static const void *ask(const char *service, const char *method,
                       const void *message,
                       const ProtobufCMessageDescriptor *type)
{
    struct memory_output out;
    struct buf packed;
    const void *reply = NULL;
    buf_init(&packed, 8 << 20);
    message_pack(message, &packed);
    struct memory_input input = {
        .type = MEMORY_REQUEST,
        .time_us = INT64_C(1800000000000000),
        .next_ledger_seq = scene.ledger_seq + 1,
        .asker = {.principal = BYTES_LITERAL("mallory"),
                  .identity = IDENTITY_TOKEN,
                  .may_propose = true,
                  .may_observe = true},
        .service = bytes_of_text(service),
        .method = bytes_of_text(method),
        .payload = buf_bytes(&packed),
    };
    assert_int_equal(memory_step(scene.memory, &input, &out), ERR_OK);
    assert_string_equal(out.code, "ok");
    for (size_t i = 0; i < out.event_count; i++) {
        scene.ledger_seq += out.events[i].log == LOG_LEDGER;
    }
    struct bytes kept = arena_copy(&scene.arena, out.payload);
    assert_int_equal(message_unpack(type, kept, &scene.arena, &reply), ERR_OK);
    buf_fini(&packed);
    return reply;
}

static Reverie__V1__ChangeSet *honest_set(void)
{
    Reverie__V1__ChangeSet *set = NULL;
    assert_int_equal(message_unpack(&reverie__v1__change_set__descriptor,
                                    scene.set, &scene.arena,
                                    (const void **)&set),
                     ERR_OK);
    return set;
}

/* A preference that somebody is against. */
static Reverie__V1__Change *contested(Reverie__V1__ChangeSet *set)
{
    for (size_t i = 0; i < set->n_changes; i++) {
        Reverie__V1__Change *change = set->changes[i];
        size_t last = change->n_witnesses - 1;
        if (change->kind == REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE &&
            change->numbers->has_baseline && change->witnesses[last]->against) {
            return change;
        }
    }
    fail_msg("the world has no contested preference");
    return NULL;
}

/* Makes the set ${change} alone, with all its ids as they must be. */
static void sign(Reverie__V1__ChangeSet *set, Reverie__V1__Change *change)
{
    struct digest id = change_digest(change);
    struct bytes kept =
        arena_copy(&scene.arena, bytes_of(id.bytes, DIGEST_BYTES));
    change->id = message_binary(kept);
    set->changes[0] = change;
    set->n_changes = 1;
    id = change_set_digest(set);
    kept = arena_copy(&scene.arena, bytes_of(id.bytes, DIGEST_BYTES));
    set->id = message_binary(kept);
}

/* Proposes, has it applied, and counts again. */
static enum recount_verdict verdict_on(Reverie__V1__ChangeSet *set,
                                       Reverie__V1__Change *change,
                                       const char **out_sentence)
{
    static char sentence[RECOUNT_SENTENCE_BYTES];
    const char *told = NULL;
    size_t index = 0;
    Reverie__V1__ReviewProposeRequest propose =
        REVERIE__V1__REVIEW_PROPOSE_REQUEST__INIT;
    Reverie__V1__MemoryHistoryRequest request =
        REVERIE__V1__MEMORY_HISTORY_REQUEST__INIT;
    sign(set, change);
    propose.change_set = set;
    const Reverie__V1__ReviewProposeReply *proposed =
        ask("review", "propose", &propose,
            &reverie__v1__review_propose_reply__descriptor);
    assert_string_equal(proposed->results[0]->verdict, "apply");
    request.store = change->store;
    request.path = change->path;
    const Reverie__V1__MemoryHistoryReply *history =
        ask("memory", "history", &request,
            &reverie__v1__memory_history_reply__descriptor);
    struct dream_config config = {.key = lab_key};
    struct dream *dream = NULL;
    struct buf why;
    buf_init(&why, 1024);
    assert_int_equal(dream_new(&config, &why, &dream), ERR_OK);
    struct recount *recount = recount_new(dream);
    assert_int_equal(recount_add(recount, change->store, history, &index),
                     ERR_OK);
    struct tape *tape = lab_tape(scene.lab);
    for (uint64_t seq = 1;
         seq <= recount_until(recount) && seq <= tape_len(tape); seq++) {
        struct stamp stamp;
        struct envelope envelope;
        struct bytes body;
        tape_get(tape, seq, &stamp, &envelope, &body);
        recount_reach(recount, seq);
        dream_feed(dream, &stamp, &envelope, body);
    }
    recount_reach(recount, UINT64_MAX);
    enum recount_verdict verdict = recount_result(recount, index, &told);
    snprintf(sentence, sizeof(sentence), "%s", told);
    *out_sentence = sentence;
    recount_free(recount);
    dream_free(dream);
    buf_fini(&why);
    return verdict;
}

static void assert_holds(const char *sentence, const char *part)
{
    if (!strstr(sentence, part)) {
        fail_msg("\"%s\" does not hold \"%s\"", sentence, part);
    }
}

static void count_numbers(Reverie__V1__Change *change)
{
    struct witness_count count =
        witnesses_count(change->witnesses, change->n_witnesses, NULL);
    numbers_derive(&count, change->numbers);
}

static void leave_a_witness_out(Reverie__V1__Change *change)
{
    change->n_witnesses--;
    count_numbers(change);
}

static void expect_left_out(Reverie__V1__ChangeSet *set,
                            Reverie__V1__Change *change)
{
    const char *sentence = NULL;
    assert_int_equal(verdict_on(set, change, &sentence), RECOUNT_DIFFERS);
    assert_holds(sentence, "a witness was left out");
}

static void what_the_worker_proposed_is_verified(void **state)
{
    (void)state;
    const char *sentence = NULL;
    Reverie__V1__ChangeSet *set = honest_set();
    assert_int_equal(verdict_on(set, contested(set), &sentence), RECOUNT_EQUAL);
    assert_holds(sentence, "the same words, numbers");
}

static void a_witness_against_that_was_left_out_is_found(void **state)
{
    (void)state;
    Reverie__V1__ChangeSet *set = honest_set();
    Reverie__V1__Change *change = contested(set);
    leave_a_witness_out(change);
    expect_left_out(set, change);
}

/* The gate cannot know what other teams do. */
static void a_number_that_was_altered_is_found(void **state)
{
    (void)state;
    const char *sentence = NULL;
    Reverie__V1__ChangeSet *set = honest_set();
    Reverie__V1__Change *change = contested(set);
    change->numbers->baseline *= 0.9;
    count_numbers(change);
    assert_int_equal(verdict_on(set, change, &sentence), RECOUNT_DIFFERS);
    assert_holds(sentence, "other numbers");
}

static void a_quote_that_was_moved_is_found(void **state)
{
    (void)state;
    const char *sentence = NULL;
    Reverie__V1__ChangeSet *set = honest_set();
    Reverie__V1__Change *change = contested(set);
    assert_true(strlen(change->witnesses[0]->quote) > 1);
    change->witnesses[0]->quote++; /* in the event as well, one further on */
    assert_int_equal(verdict_on(set, change, &sentence), RECOUNT_DIFFERS);
    assert_holds(sentence, "another quote");
}

static void words_that_were_altered_are_found(void **state)
{
    (void)state;
    const char *sentence = NULL;
    Reverie__V1__ChangeSet *set = honest_set();
    Reverie__V1__Change *change = contested(set);
    static char content[] = "observed: everybody does it.\n";
    change->content = content;
    assert_int_equal(verdict_on(set, change, &sentence), RECOUNT_DIFFERS);
    assert_holds(sentence, "other words");
}

static void claim_another_configuration(Reverie__V1__Change *change)
{
    struct digest other = change_digest(change);
    change->config_digest = message_binary(
        arena_copy(&scene.arena, bytes_of(other.bytes, DIGEST_BYTES)));
}

static void another_configuration_is_no_verification(void **state)
{
    (void)state;
    const char *sentence = NULL;
    Reverie__V1__ChangeSet *set = honest_set();
    Reverie__V1__Change *change = contested(set);
    claim_another_configuration(change);
    assert_int_equal(verdict_on(set, change, &sentence), RECOUNT_IMPOSSIBLE);
    assert_holds(sentence, "another configuration");
}

/* Whatever it says it was computed with. */
static void a_lie_under_another_configuration_is_found(void **state)
{
    (void)state;
    Reverie__V1__ChangeSet *set = honest_set();
    Reverie__V1__Change *change = contested(set);
    leave_a_witness_out(change);
    claim_another_configuration(change);
    expect_left_out(set, change);
}

/* Whatever it says it had read. */
static void a_lie_about_what_was_read_is_found(void **state)
{
    (void)state;
    const char *sentence = NULL;
    Reverie__V1__ChangeSet *set = honest_set();
    Reverie__V1__Change *change = contested(set);
    leave_a_witness_out(change);
    set->to_seq += 1000;
    assert_int_equal(verdict_on(set, change, &sentence), RECOUNT_DIFFERS);
    assert_holds(sentence, "a witness was left out");
}

static void witnesses_behind_what_was_read_are_found(void **state)
{
    (void)state;
    const char *sentence = NULL;
    Reverie__V1__ChangeSet *set = honest_set();
    Reverie__V1__Change *change = contested(set);
    set->to_seq = 1;
    assert_int_equal(verdict_on(set, change, &sentence), RECOUNT_DIFFERS);
    assert_holds(sentence, "behind those");
}

static void a_log_without_its_beginning_is_no_verification(void **state)
{
    (void)state;
    const char *sentence = NULL;
    Reverie__V1__ChangeSet *set = honest_set();
    Reverie__V1__Change *change = contested(set);
    set->to_seq += 1000; /* says to have read what is not there */
    assert_int_equal(verdict_on(set, change, &sentence), RECOUNT_IMPOSSIBLE);
    assert_holds(sentence, "does not hold all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_worker_proposed_is_verified,
                                        open_scene, close_scene),
        cmocka_unit_test_setup_teardown(
            a_witness_against_that_was_left_out_is_found, open_scene,
            close_scene),
        cmocka_unit_test_setup_teardown(a_number_that_was_altered_is_found,
                                        open_scene, close_scene),
        cmocka_unit_test_setup_teardown(a_quote_that_was_moved_is_found,
                                        open_scene, close_scene),
        cmocka_unit_test_setup_teardown(words_that_were_altered_are_found,
                                        open_scene, close_scene),
        cmocka_unit_test_setup_teardown(
            another_configuration_is_no_verification, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(
            a_lie_under_another_configuration_is_found, open_scene,
            close_scene),
        cmocka_unit_test_setup_teardown(a_lie_about_what_was_read_is_found,
                                        open_scene, close_scene),
        cmocka_unit_test_setup_teardown(
            witnesses_behind_what_was_read_are_found, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(
            a_log_without_its_beginning_is_no_verification, open_scene,
            close_scene),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
