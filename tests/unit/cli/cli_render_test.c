/* SPDX-License-Identifier: MIT */
/* Changes, evidence and events, as text and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cli/render/event.h"
#include "cli/render/json.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "proto/messages.h"

static char ada[] = "ada";
static char bob[] = "bob";
static char teams[] = "teams";

static Reverie__V1__Numbers some_numbers(void)
{
    Reverie__V1__Numbers numbers = REVERIE__V1__NUMBERS__INIT;
    numbers.has_principals = true;
    numbers.principals = 6;
    numbers.has_principals_for = true;
    numbers.principals_for = 5;
    numbers.has_events = true;
    numbers.events = 41;
    numbers.has_days = true;
    numbers.days = 9;
    numbers.has_share = true;
    numbers.share = 5.0 / 6;
    numbers.has_baseline = true;
    numbers.baseline = 0.31;
    numbers.baseline_source = teams;
    return numbers;
}

static void test_numbers_are_said_in_words(void **state)
{
    (void)state;
    struct buf out;
    Reverie__V1__Numbers numbers = some_numbers();
    buf_init(&out, 4096);
    parts_numbers(&out, &numbers);
    assert_string_equal(buf_text(&out),
                        "5 of 6 people, 41 calls, 9 days; other teams 31 %");
    buf_reset(&out);
    char none[] = "none";
    numbers.has_baseline = false;
    numbers.baseline_source = none;
    numbers.principals = 5;
    parts_numbers(&out, &numbers);
    assert_string_equal(buf_text(&out),
                        "5 people, 41 calls, 9 days; nothing to compare with");
    buf_fini(&out);
}

static Reverie__V1__Witness witness(char *principal, uint64_t seq, char *quote,
                                    bool against)
{
    Reverie__V1__Witness witness = REVERIE__V1__WITNESS__INIT;
    witness.has_seq = true;
    witness.seq = seq;
    witness.principal = principal;
    witness.quote = quote;
    witness.has_against = against;
    witness.against = against;
    return witness;
}

/* A review.show reply: pnpm for team blue, two for and one against. */
static void pack_show(struct buf *out)
{
    char store[] = "team/blue";
    char path[] = "/preferences/package-manager.md";
    char title[] = "Use pnpm\x1b[31m";
    char content[] = "Use pnpm.\n";
    char current[] = "Use npm.\n";
    char stale[] = "/preferences/stale.md";
    char short_quote[] = "pnpm i";
    char long_quote[] = "pnpm install --frozen-lockfile";
    char other_quote[] = "npm ci";
    Reverie__V1__Numbers numbers = some_numbers();
    Reverie__V1__Witness witnesses[] = {
        witness(ada, 7, short_quote, false),
        witness(ada, 8, long_quote, false),
        witness(bob, 9, other_quote, true),
    };
    Reverie__V1__Witness *list[] = {&witnesses[0], &witnesses[1],
                                    &witnesses[2]};
    static uint8_t id[32] = {0x3f, 0x9a};
    Reverie__V1__Change change = REVERIE__V1__CHANGE__INIT;
    change.has_id = true;
    change.id = message_binary(bytes_of(id, sizeof(id)));
    change.has_op = true;
    change.op = REVERIE__V1__CHANGE_OP__CHANGE_REVISE;
    change.has_kind = true;
    change.kind = REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE;
    change.has_risk = true;
    change.risk = REVERIE__V1__RISK_CLASS__RISK_SENSITIVE;
    change.has_base_version = true;
    change.base_version = 3;
    change.store = store;
    change.path = path;
    change.title = title;
    change.content = content;
    change.numbers = &numbers;
    change.n_witnesses = 3;
    change.witnesses = list;
    Reverie__V1__ReviewItem item = REVERIE__V1__REVIEW_ITEM__INIT;
    item.change = &change;
    item.has_state = true;
    item.state = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED;
    item.current_content = current;
    char *replaced[] = {stale};
    item.n_replaced = 1;
    item.replaced = replaced;
    Reverie__V1__ReviewShowReply reply = REVERIE__V1__REVIEW_SHOW_REPLY__INIT;
    reply.item = &item;
    message_pack(&reply, out);
}

static void test_a_change_shows_what_why_and_who_disagrees(void **state)
{
    (void)state;
    struct buf packed;
    struct buf out;
    buf_init(&packed, 1 << 16);
    buf_init(&out, 1 << 16);
    pack_show(&packed);
    assert_int_equal(render_review_show(buf_bytes(&packed), &out), ERR_OK);
    const char *text = buf_text(&out);
    assert_non_null(strstr(text, "3f9a00000000  revise preference  team/blue"));
    assert_non_null(strstr(text, "why: 5 of 6 people, 41 calls, 9 days"));
    assert_non_null(strstr(text, "- Use npm.\n    + Use pnpm.\n"));
    assert_non_null(strstr(text, "risk: sensitive: always a human"));
    assert_non_null(strstr(text, "evidence: 2 events for, 1 against"));
    assert_non_null(
        strstr(text, "0:8 ada: \"pnpm install --frozen-lockfile\""));
    assert_null(strstr(text, "pnpm i\"")); /* one quote a person */
    assert_non_null(strstr(text, "who disagrees:\n    0:9 bob: \"npm ci\""));
    assert_non_null(strstr(
        text, "replaces: version 3 of this memory, /preferences/stale.md\n"));
    assert_null(strchr(text, '\x1b'));
    assert_non_null(strstr(text, "Use pnpm\\x1b[31m\n"));
    buf_fini(&out);
    buf_fini(&packed);
}

/* Every text of a change may be an attacker's, and none may reach the
 * terminal: as text or as JSON. */
static void test_a_hostile_change_is_shown_in_signs(void **state)
{
    (void)state;
    static char hostile[] = "ok\x1b]0;owned\x07\xc2\x9b\xe2\x80\xae\r\x7f";
    struct buf packed;
    struct buf out;
    Reverie__V1__Numbers numbers = some_numbers();
    Reverie__V1__Witness cited = witness(hostile, 7, hostile, false);
    Reverie__V1__Witness *list[] = {&cited};
    Reverie__V1__Change change = REVERIE__V1__CHANGE__INIT;
    Reverie__V1__ReviewItem item = REVERIE__V1__REVIEW_ITEM__INIT;
    Reverie__V1__ReviewShowReply reply = REVERIE__V1__REVIEW_SHOW_REPLY__INIT;
    char *replaced[] = {hostile};
    numbers.baseline_source = hostile;
    change.store = change.path = change.title = change.content = hostile;
    change.subject = change.option = change.reason = hostile;
    change.scope = change.detail_json = hostile;
    change.numbers = &numbers;
    change.witnesses = list;
    change.n_witnesses = 1;
    item.change = &change;
    item.reason = item.sentence = item.proposer = item.reviewer = hostile;
    item.dream = item.current_content = hostile;
    item.replaced = replaced;
    item.n_replaced = 1;
    reply.item = &item;
    buf_init(&packed, 1 << 16);
    buf_init(&out, 1 << 16);
    message_pack(&reply, &packed);
    assert_int_equal(render_review_show(buf_bytes(&packed), &out), ERR_OK);
    assert_non_null(strstr(buf_text(&out), "\\x1b]0;owned\\x07\\u{009b}"
                                           "\\u{202e}"));
    assert_int_equal(
        render_json("ReviewShowReply", buf_bytes(&packed), NULL, "", &out),
        ERR_OK);
    assert_true(bytes_is_utf8(buf_bytes(&out)));
    for (size_t i = 0; i < out.len; i++) {
        assert_true(out.data[i] >= ' ' || out.data[i] == '\n');
        assert_true(out.data[i] < 0x7f);
    }
    buf_fini(&out);
    buf_fini(&packed);
}

static void test_json_has_the_names_of_the_schema(void **state)
{
    (void)state;
    struct buf packed;
    struct buf out;
    buf_init(&packed, 1 << 16);
    buf_init(&out, 1 << 16);
    pack_show(&packed);
    assert_int_equal(render_json("ReviewShowReply", buf_bytes(&packed), NULL,
                                 "approve-all-proposals", &out),
                     ERR_OK);
    const char *text = buf_text(&out);
    assert_non_null(strstr(text, "\"op\":\"revise\""));
    assert_non_null(strstr(text, "\"risk\":\"sensitive\""));
    assert_non_null(strstr(text, "\"state\":\"proposed\""));
    assert_non_null(strstr(text, "\"id\":\"3f9a00"));
    assert_non_null(strstr(text, "\"principals_for\":5"));
    assert_non_null(strstr(text, "\"against\":true"));
    assert_non_null(strstr(text, "\"policy\":\"approve-all-proposals\""));
    assert_true(text[out.len - 1] == '\n');
    buf_fini(&out);
    buf_fini(&packed);
}

static void test_lists_are_a_line_each(void **state)
{
    (void)state;
    struct buf packed;
    struct buf out;
    Reverie__V1__PeersListReply__Peer one =
        REVERIE__V1__PEERS_LIST_REPLY__PEER__INIT;
    Reverie__V1__PeersListReply__Peer two = one;
    one.agent = ada;
    two.agent = bob;
    Reverie__V1__PeersListReply__Peer *list[] = {&one, &two};
    Reverie__V1__PeersListReply reply = REVERIE__V1__PEERS_LIST_REPLY__INIT;
    reply.n_peers = 2;
    reply.peers = list;
    buf_init(&packed, 1 << 16);
    buf_init(&out, 1 << 16);
    message_pack(&reply, &packed);
    assert_int_equal(
        render_json("PeersListReply", buf_bytes(&packed), "peers", "", &out),
        ERR_OK);
    assert_string_equal(buf_text(&out), "{\"agent\":\"ada\",\"roles\":[]}\n"
                                        "{\"agent\":\"bob\",\"roles\":[]}\n");
    buf_fini(&out);
    buf_fini(&packed);
}

static void test_what_is_not_such_a_reply_is_refused(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1 << 16);
    struct bytes noise = BYTES_LITERAL("\xff\xff\xff\x01noise");
    static const render_reply renderers[] = {
        render_memory_list,   render_memory_show,   render_memory_history,
        render_memory_who,    render_memory_verify, render_memory_write,
        render_review_list,   render_review_show,   render_review_decide,
        render_dream_run,     render_dream_list,    render_dream_show,
        render_log_info,      render_log_verify,    render_log_erase,
        render_peers,         render_info,          render_counters,
        render_memory_stores,
    };
    for (size_t i = 0; i < ARRAY_LEN(renderers); i++) {
        assert_int_equal(renderers[i](noise, &out), ERR_INVALID);
        assert_int_equal(renderers[i]((struct bytes){0}, &out), ERR_OK);
    }
    assert_int_equal(render_json("PeersListReply", noise, NULL, "", &out),
                     ERR_INVALID);
    assert_int_equal(render_json("Nothing", noise, NULL, "", &out),
                     ERR_NOT_FOUND);
    buf_fini(&out);
}

static void test_an_event_is_one_line(void **state)
{
    (void)state;
    struct buf packed;
    struct buf out;
    char tool[] = "shell";
    char arguments[] = "{\"command\":\"ls\n\"}";
    Reverie__V1__ToolUse use = REVERIE__V1__TOOL_USE__INIT;
    use.tool = tool;
    use.arguments_json = arguments;
    buf_init(&packed, 1 << 16);
    buf_init(&out, 1 << 16);
    message_pack(&use, &packed);
    struct reverie_message event = {.seq = 12,
                                    .from = "ada",
                                    .to = "team:blue",
                                    .kind = "agent.tool_use",
                                    .time_us = INT64_C(1767615451459000),
                                    .content_type = "application/x-protobuf",
                                    .body = packed.data,
                                    .body_bytes = packed.len};
    render_event_line(&event, &out);
    assert_string_equal(buf_text(&out),
                        "0:12 2026-01-05 12:17:31 ada -> team:blue "
                        "agent.tool_use shell({\"command\":\"ls \"})\n");
    buf_reset(&out);
    render_event_json(&event, &out);
    assert_non_null(strstr(buf_text(&out), "\"type\":\"ToolUse\""));
    buf_reset(&out);
    event.content_type = "application/octet-stream";
    render_event_line(&event, &out);
    assert_non_null(strstr(buf_text(&out), "bytes of application/octet"));
    buf_reset(&out);
    event.is_erased = true;
    render_event_line(&event, &out);
    assert_non_null(strstr(buf_text(&out), "(erased)"));
    buf_fini(&out);
    buf_fini(&packed);
}

static void test_approving_everything_is_named(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    parts_policy(&out, "approve-all-proposals");
    assert_non_null(strstr(buf_text(&out), "approve-all-proposals"));
    assert_non_null(strstr(buf_text(&out), "without a human"));
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_said_in_words),
        cmocka_unit_test(test_a_change_shows_what_why_and_who_disagrees),
        cmocka_unit_test(test_a_hostile_change_is_shown_in_signs),
        cmocka_unit_test(test_json_has_the_names_of_the_schema),
        cmocka_unit_test(test_lists_are_a_line_each),
        cmocka_unit_test(test_what_is_not_such_a_reply_is_refused),
        cmocka_unit_test(test_an_event_is_one_line),
        cmocka_unit_test(test_approving_everything_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
