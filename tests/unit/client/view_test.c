/* SPDX-License-Identifier: MIT */
/* The agent's view of memory: loading, updates in order, gaps, acks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fake_broker.h"
#include "proto/messages.h"

static char team_store[] = "team/blue";
static char own_store[] = "agent/ada";
static char team_path[] = "/team";
static char own_path[] = "/me";

static Reverie__V1__Version version(char *content, uint64_t number)
{
    Reverie__V1__Version version = REVERIE__V1__VERSION__INIT;
    version.has_number = true;
    version.number = number;
    version.has_state = true;
    version.state = REVERIE__V1__VERSION_STATE__VERSION_ACTIVE;
    version.content = content;
    version.title = content;
    return version;
}

/* Answers the request last taken with a view: one memory "/a.md" in the team
 * store at ${team_version}. */
static void answer_view(struct fake *fake, uint64_t team_version)
{
    Reverie__V1__Request *request = NULL;
    FAKE_BODY(fake, request, &request);
    assert_string_equal(request->service, "memory");
    assert_string_equal(request->method, "view");
    char path[] = "/a.md";
    char content[] = "first";
    char ok[] = "ok";
    Reverie__V1__Mount team = REVERIE__V1__MOUNT__INIT;
    Reverie__V1__Mount own = REVERIE__V1__MOUNT__INIT;
    team.path = team_path;
    team.store = team_store;
    team.has_version = true;
    team.version = team_version;
    own.path = own_path;
    own.store = own_store;
    own.has_version = true;
    Reverie__V1__Mount *mounts[] = {&team, &own};
    Reverie__V1__Version head = version(content, 1);
    Reverie__V1__Memory memory = REVERIE__V1__MEMORY__INIT;
    memory.store = team_store;
    memory.path = path;
    memory.head = &head;
    Reverie__V1__Memory *memories[] = {&memory};
    Reverie__V1__MemoryViewReply view = REVERIE__V1__MEMORY_VIEW_REPLY__INIT;
    view.n_mounts = 2;
    view.mounts = mounts;
    view.n_memories = 1;
    view.memories = memories;
    struct buf packed;
    buf_init(&packed, 1 << 20);
    message_pack(&view, &packed);
    Reverie__V1__Reply reply = REVERIE__V1__REPLY__INIT;
    reply.has_request = true;
    reply.request = request->request;
    reply.code = ok;
    reply.has_payload = true;
    reply.payload = message_binary(buf_bytes(&packed));
    fake_send(fake, "control.reply", &reply);
    buf_fini(&packed);
}

/* An update of the team store that sets, or with NULL removes, "/b.md". */
static void update(struct fake *fake, uint64_t from, uint64_t to, char *content)
{
    char path[] = "/b.md";
    Reverie__V1__Version head = version(content, to);
    if (!content) {
        head.state = REVERIE__V1__VERSION_STATE__VERSION_RETIRED;
    }
    Reverie__V1__MemoryDelta delta = REVERIE__V1__MEMORY_DELTA__INIT;
    delta.path = path;
    delta.version = &head;
    Reverie__V1__MemoryDelta *deltas[] = {&delta};
    Reverie__V1__MemoryUpdate message = REVERIE__V1__MEMORY_UPDATE__INIT;
    message.store = team_store;
    message.has_from_version = true;
    message.from_version = from;
    message.has_to_version = true;
    message.to_version = to;
    message.n_deltas = 1;
    message.deltas = deltas;
    struct buf packed;
    buf_init(&packed, 1 << 20);
    message_pack(&message, &packed);
    (void)fake_event(fake, 0, 100 + to, "memory.update", buf_bytes(&packed));
    buf_fini(&packed);
}

static void expect_ack(struct fake *fake, uint64_t version_number,
                       Reverie__V1__DeliveryState state)
{
    Reverie__V1__MemoryAck *ack = NULL;
    fake_expect(fake, "memory.ack");
    FAKE_BODY(fake, memory_ack, &ack);
    assert_string_equal(ack->store, "team/blue");
    assert_int_equal(ack->version, version_number);
    assert_int_equal(ack->state, state);
}

static const Reverie__V1__DeliveryState received =
    REVERIE__V1__DELIVERY_STATE__DELIVERY_RECEIVED;
static const Reverie__V1__DeliveryState applied =
    REVERIE__V1__DELIVERY_STATE__DELIVERY_APPLIED;

/* Welcomed, with the team store at version 4 and that acknowledged. */
static void begin(struct fake *fake)
{
    fake_init(fake, (struct reverie_config){.keep_view = true});
    fake_welcome(fake, 1 << 20);
    fake_expect(fake, "control.request");
    answer_view(fake, 4);
    client_settle(fake->client);
    expect_ack(fake, 4, received);
    fake_expect_silence(fake);
}

static const char *content_of(struct fake *fake, const char *path)
{
    struct reverie_memory memory;
    return mirror_find(client_mirror(fake->client), path, &memory)
               ? memory.content
               : NULL;
}

static const char *view_id(struct fake *fake)
{
    return mirror_id(client_mirror(fake->client));
}

static void test_the_view_is_fetched_with_every_welcome(void **state)
{
    (void)state;
    struct fake fake;
    begin(&fake);
    assert_string_equal(view_id(&fake), "team/blue@4+agent/ada@0");
    assert_string_equal(content_of(&fake, "/team/a.md"), "first");
    client_lost(fake.client, fake.now_us);
    fake.now_us = client_deadline(fake.client);
    fake_welcome(&fake, 1 << 20);
    fake_expect(&fake, "control.request");
    answer_view(&fake, 6);
    assert_string_equal(view_id(&fake), "team/blue@6+agent/ada@0");
    client_settle(fake.client);
    expect_ack(&fake, 6, received);
    fake_fini(&fake);
}

static void test_an_update_is_applied_given_and_acknowledged(void **state)
{
    (void)state;
    struct fake fake;
    char text[] = "second";
    struct arrival arrival = {.bytes = 0};
    begin(&fake);
    update(&fake, 4, 5, text);
    assert_string_equal(content_of(&fake, "/team/b.md"), "second");
    assert_string_equal(view_id(&fake), "team/blue@5+agent/ada@0");
    assert_true(client_take(fake.client, &arrival));
    arrival_close(&arrival);
    client_settle(fake.client);
    expect_ack(&fake, 5, received);
    client_apply_view(fake.client);
    client_settle(fake.client);
    expect_ack(&fake, 5, applied);
    client_settle(fake.client);
    fake_expect_silence(&fake);
    fake_fini(&fake);
}

static void test_a_retired_memory_leaves_the_view(void **state)
{
    (void)state;
    struct fake fake;
    char text[] = "second";
    begin(&fake);
    update(&fake, 4, 5, text);
    update(&fake, 5, 6, NULL);
    assert_null(content_of(&fake, "/team/b.md"));
    assert_int_equal(mirror_size(client_mirror(fake.client)), 1);
    fake_fini(&fake);
}

static void test_an_old_update_changes_nothing(void **state)
{
    (void)state;
    struct fake fake;
    char text[] = "older";
    begin(&fake);
    update(&fake, 2, 3, text);
    assert_null(content_of(&fake, "/team/b.md"));
    assert_string_equal(view_id(&fake), "team/blue@4+agent/ada@0");
    client_settle(fake.client);
    fake_expect_silence(&fake);
    fake_fini(&fake);
}

static void test_a_gap_fetches_the_view_again(void **state)
{
    (void)state;
    struct fake fake;
    char text[] = "later";
    begin(&fake);
    update(&fake, 6, 7, text);
    assert_null(content_of(&fake, "/team/b.md"));
    fake_expect(&fake, "control.request");
    answer_view(&fake, 7);
    assert_string_equal(view_id(&fake), "team/blue@7+agent/ada@0");
    fake_fini(&fake);
}

static void test_an_answer_older_than_an_update_is_asked_again(void **state)
{
    (void)state;
    struct fake fake;
    char text[] = "later";
    begin(&fake);
    update(&fake, 6, 7, text);
    fake_expect(&fake, "control.request");
    answer_view(&fake, 5);
    fake_expect_silence(&fake);
    fake_pass(&fake, 200 * US_PER_MS);
    fake_expect(&fake, "control.request");
    answer_view(&fake, 7);
    assert_string_equal(view_id(&fake), "team/blue@7+agent/ada@0");
    fake_pass(&fake, 200 * US_PER_MS);
    client_settle(fake.client);
    expect_ack(&fake, 7, received);
    fake_expect_silence(&fake);
    fake_fini(&fake);
}

static void test_a_broken_update_is_given_but_not_applied(void **state)
{
    (void)state;
    struct fake fake;
    begin(&fake);
    (void)fake_event(&fake, 0, 9, "memory.update", BYTES_LITERAL("\xff\x01"));
    assert_string_equal(view_id(&fake), "team/blue@4+agent/ada@0");
    assert_true(client_has_messages(fake.client));
    fake_fini(&fake);
}

static void test_memories_are_in_path_order(void **state)
{
    (void)state;
    struct fake fake;
    struct reverie_memory memory;
    char text[] = "second";
    begin(&fake);
    update(&fake, 4, 5, text);
    assert_true(mirror_at(client_mirror(fake.client), 0, &memory));
    assert_string_equal(memory.path, "/team/a.md");
    assert_string_equal(memory.store, "team/blue");
    assert_true(mirror_at(client_mirror(fake.client), 1, &memory));
    assert_string_equal(memory.path, "/team/b.md");
    assert_int_equal(memory.version, 5);
    assert_false(mirror_at(client_mirror(fake.client), 2, &memory));
    fake_fini(&fake);
}

static void test_acks_wait_for_credit(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){.keep_view = true});
    fake_welcome(&fake, 10);
    fake_expect(&fake, "control.request");
    answer_view(&fake, 4);
    client_settle(fake.client);
    fake_expect_silence(&fake);
    Reverie__V1__Credit credit = REVERIE__V1__CREDIT__INIT;
    credit.has_limit_bytes = true;
    credit.limit_bytes = 1000;
    fake_send(&fake, "control.credit", &credit);
    client_settle(fake.client);
    expect_ack(&fake, 4, received);
    fake_fini(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_view_is_fetched_with_every_welcome),
        cmocka_unit_test(test_an_update_is_applied_given_and_acknowledged),
        cmocka_unit_test(test_a_retired_memory_leaves_the_view),
        cmocka_unit_test(test_an_old_update_changes_nothing),
        cmocka_unit_test(test_a_gap_fetches_the_view_again),
        cmocka_unit_test(test_an_answer_older_than_an_update_is_asked_again),
        cmocka_unit_test(test_a_broken_update_is_given_but_not_applied),
        cmocka_unit_test(test_memories_are_in_path_order),
        cmocka_unit_test(test_acks_wait_for_credit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
