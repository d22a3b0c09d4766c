/* SPDX-License-Identifier: MIT */
/* Secrets in this file are made up and written in two parts, so that tools
 * that look for real ones pass over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "memory/redact.h"

static const struct redact_key key = {{1, 2, 3}};

static size_t redact_text(const char *text, struct buf *out)
{
    buf_init(out, 1 << 20);
    return redact(&key, bytes_of_text(text), out);
}

static void secrets_and_personal_data_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *label;
        const char *gone;
    } cases[] = {
        {"key AKIA"
         "IOSFODNN7EXAMPLE end",
         "<SECRET:", "IOSFODNN7"},
        {"ghp_"
         "16C7e42F292c6912E7710c838347Ae178B4a",
         "<SECRET:", "16C7e42F"},
        {"github_pat_"
         "11ABCDEFG0abcdefghijkl_mno",
         "<SECRET:", "11ABCDEFG0"},
        {"xoxb-"
         "123456789012-abcdefgh",
         "<SECRET:", "123456789012"},
        {"sk-"
         "ant-api03-abcdefghij0123456789",
         "<SECRET:", "api03"},
        {"AIza"
         "SyA1234567890abcdefghijklmnopqrstuv",
         "<SECRET:", "SyA123"},
        {"t eyJ"
         "hbGciOiJIUzI1NiJ9.eyJ"
         "zdWIiOiIxMjM0In0.abc-_9",
         "<SECRET:", "hbGciOi"},
        {"-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----",
         "<PRIVATE_KEY:", "MIIB"},
        {"-----BEGIN PRIVATE KEY-----\nMIIBcut off", "<PRIVATE_KEY:", "MIIB"},
        {"postgres://app:hunter2@db/x", "<LOGIN:", "hunter2"},
        {"redis://:s3cr3t@cache:6379", "<LOGIN:", "s3cr3t"},
        {"DB_PASSWORD=hunter2!", "<SECRET:", "hunter2"},
        {"{\"password\": \"hunter2x\"}", "<SECRET:", "hunter2x"},
        {"api_key: 9f8A7b6C5d4E3f2G1h0Ij", "<SECRET:", "9f8A7b6C"},
        {"x-api-key = Zk4Qp0vB7nMx2LrT9wEy", "<SECRET:", "Zk4Qp0"},
        {"mail jo.doe+x@mail.example.org.", "<EMAIL:", "jo.doe"},
        {"card 4111 1111 1111 1111 ok", "<CARD:", "4111"},
        {"amex 378282246310005", "<CARD:", "378282"},
        {"IBAN DE89 3704 0044 0532 0130 00", "<IBAN:", "3704"},
        {"GB82WEST12345698765432", "<IBAN:", "WEST"},
        {"call +49 30 901820 now", "<PHONE:", "901820"},
        {"call 555-010-4477 now", "<PHONE:", "4477"},
        {"cat /srv/backup/4111111111111111/dump.sql", "<CARD:", "4111"},
        {"cat '/srv/backup/4111 1111 1111 1111/x'", "<CARD:", "1111"},
        {"{\"card\":4111111111111111,\"n\":1}", "<CARD:", "4111"},
        {"{\"card\":\"4111-1111-1111-1111\"}", "<CARD:", "1111"},
        {"--card=4111.1111.1111.1111", "<CARD:", "1111"},
        {"?number=+4111111111111111&x", "<CARD:", "4111"},
        {"card_4111111111111111_old.pdf", "<CARD:", "4111"},
        {"pay-12-4111111111111111", "<CARD:", "4111"},
        {"4111 1111 1111 1111 12/27", "<CARD:", "1111"},
        {"4111111111111111 737 is the code", "<CARD:", "4111"},
        {"4111-1111-1111-1111-2027", "<CARD:", "1111"},
        {"row 7 4111 1111 1111 1111", "<CARD:", "1111"},
        {"the amex 3782 822463 10005.", "<CARD:", "822463"},
        {"%2F4111%201111%201111%201111%2F", "<CARD:", "1111"},
        {"cat /srv/backup/+44 20 7946 0958/dump.sql", "<PHONE:", "7946"},
        {"{\"to\":\"+442079460958\"}", "<PHONE:", "2079"},
        {"sms:+14155550132?body=x", "<PHONE:", "41555"},
        {"to_+44-20-7946-0958.txt", "<PHONE:", "7946"},
        {"tel/555-010-4477/log", "<PHONE:", "4477"},
        {"+44 20 7946 0958 20240115 rows", "<PHONE:", "7946"},
        {"call%20%2B44%2020%207946%200958", "<PHONE:", "7946"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out;
        size_t count = redact_text(cases[i].text, &out);
        if (count != 1 || !strstr(buf_text(&out), cases[i].label) ||
            strstr(buf_text(&out), cases[i].gone)) {
            fail_msg("%s -> %s", cases[i].text, buf_text(&out));
        }
        buf_fini(&out);
    }
}

static void ordinary_text_is_left_alone(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "plain words, nothing else",
        "git@github.com:org/repo.git",
        "npm install left-pad@1.3.0 --save",
        "claude@dev1 wrote to codex@dev2",
        "sk-learn is not a key, nor is sk-learn-contrib-extensions-for-all",
        "password: string; token: string | null",
        "const token = await getToken();",
        "the secret: there is none",
        "order 4111111111111112 fails the check digit",
        "1737849600000000 microseconds, 20240101123456789",
        "@@ -12,7 +12345,9 @@ +123456789012",
        "version 1.2.3+20130313144700",
        "550e8400-e29b-41d4-a716-446655440000",
        "45391488-0343-4467-8123-446655440000",
        "0.4111111111111111 and 3.4111111111111111",
        "4111.111111111111",
        "/proc/4111/fd/11 /d/41111111111111112/x",
        "x4111111111111111 4111111111111111x",
        "at 1737849600000 ms, /t/1737849600000000000 ns",
        "127.0.0.1:5432 10.20.30.40 port 55432",
        "+2024-01-15 12:30:00 was added",
        "+1737849600000 was added, +4711 -1234",
        "(4539148 rows) 4539148 of 45391488",
        "2024-01-15 4539 1488 0343 6468",
        "555-010-44771 1-2-555-010-4477",
        "sha 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "SELECT a FROM t WHERE phone = 12345",
        "https://example.org/a/b?c=d:e@f",
        "DE89 3704 0044 0532 0130 01 has a wrong check",
        "<SECRET:abcd> and <EMAIL:zz27> stay",
        "password=<SECRET:abcd>",
        "eyJ is short. eyJab.eyJc",
        "AKIA is a prefix, AKIATOOSHORT1 is no key",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct buf out;
        size_t count = redact_text(texts[i], &out);
        if (count != 0 || strcmp(buf_text(&out), texts[i]) != 0) {
            fail_msg("%s -> %s", texts[i], buf_text(&out));
        }
        buf_fini(&out);
    }
}

static void same_secret_gets_the_same_placeholder(void **state)
{
    (void)state;
    struct buf out;
    struct buf other;
    size_t count =
        redact_text("a@example.com b@example.com a@example.com", &out);
    assert_int_equal(count, 3);
    const char *text = buf_text(&out);
    assert_int_equal(strlen(text), 3 * strlen("<EMAIL:abcd>") + 2);
    assert_memory_equal(text, text + 26, 12);
    assert_memory_not_equal(text, text + 13, 12);
    struct redact_key another = {{9}};
    buf_init(&other, 1024);
    redact(&another, BYTES_LITERAL("a@example.com"), &other);
    assert_memory_not_equal(text, buf_text(&other), 12);
    buf_fini(&out);
    buf_fini(&other);
}

/* Pieces that look like something, put together at random. */
static void redacting_again_changes_nothing(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a@b.co",
        " ",
        "4111111111111111",
        "password=",
        "hunter22",
        "://u:pass@",
        "<",
        "SECRET:",
        "abcd>",
        "+49 30 1",
        "-",
        "123456789",
        "AKIA",
        "IOSFODNN7EXAMPLE",
        "eyJ",
        ".",
        "token: ",
        "aB3$kL9#mN2@pQ5!rS8",
        "\"",
        "\n",
        "DE89370400440532013000",
        "http",
        "\xc3\xa9",
        "555-010-4477",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "ghp_",
        "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17",
        "hf_",
        "SG.",
        "\\u0040",
        "\\",
        "n",
        "u00",
        "%40",
        "%",
        "2D",
        "\x1b[31m",
        "\x1b",
        "\xe2\x80\x8b",
        "authorization: Bearer ",
        "--token ",
        "phone: ",
        "0049 ",
        "(555) ",
    };
    struct rng rng = rng_seeded(11, 0);
    for (int round = 0; round < 3000; round++) {
        struct buf text;
        struct buf once;
        struct buf twice;
        buf_init(&text, 4096);
        for (int i = 0; i < 12; i++) {
            buf_add_text(&text, pieces[rng_below(&rng, ARRAY_LEN(pieces))]);
        }
        buf_init(&once, 1 << 16);
        buf_init(&twice, 1 << 16);
        redact(&key, buf_bytes(&text), &once);
        redact(&key, buf_bytes(&once), &twice);
        if (!bytes_equal(buf_bytes(&once), buf_bytes(&twice))) {
            fail_msg("%s\n-> %s\n-> %s", buf_text(&text), buf_text(&once),
                     buf_text(&twice));
        }
        assert_true(once.len <= 2 * text.len + 64);
        assert_true(bytes_is_utf8(buf_bytes(&once)));
        buf_fini(&text);
        buf_fini(&once);
        buf_fini(&twice);
    }
}

/* Each number is too long as long as the next one touches it. */
static void what_a_placeholder_uncovers_is_found_however_often(void **state)
{
    (void)state;
    struct buf text;
    struct buf out;
    buf_init(&text, 1024);
    buf_init(&out, 1024);
    for (int i = 0; i < 20; i++) {
        buf_add_text(&text, "4111111111111111 ");
    }
    assert_int_equal(redact(&key, buf_bytes(&text), &out), 20);
    assert_null(strstr(buf_text(&out), "4111"));
    buf_fini(&text);
    buf_fini(&out);
}

/* A placeholder is shorter than what it replaces, but joins nothing. */
static void a_placeholder_brings_no_key_together(void **state)
{
    (void)state;
    struct buf once;
    struct buf twice;
    redact_text("-----BEGIN jo.doe.the.third@mail.department.example.org "
                "AND A PRIVATE KEY",
                &once);
    assert_int_equal(redact_text(buf_text(&once), &twice), 0);
    buf_fini(&once);
    buf_fini(&twice);
}

static void hostile_lengths_take_linear_time(void **state)
{
    (void)state;
    static const char *const units[] = {"a",
                                        "a@",
                                        "://",
                                        "1 ",
                                        "eyJ.",
                                        "<A:",
                                        "password",
                                        "-----BEGIN ",
                                        "+1 ",
                                        "@",
                                        "1",
                                        "\n",
                                        "sk-",
                                        "eyJ-",
                                        "glpat-",
                                        "pwd=",
                                        "4111111111111111 ",
                                        "a.a@a.a",
                                        "git@",
                                        "hf_",
                                        "SG.",
                                        "github_pat_",
                                        "ghp_a\n",
                                        "--token ",
                                        "\\",
                                        "\\u001b]",
                                        "\x1b]",
                                        "%40",
                                        "phone:",
                                        "(1"};
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct buf text;
        struct buf out;
        buf_init(&text, 1 << 21);
        buf_init(&out, 1 << 22);
        while (text.len < 1 << 20) {
            buf_add_text(&text, units[i]);
        }
        redact(&key, buf_bytes(&text), &out);
        assert_int_equal(buf_error(&out), ERR_OK);
        assert_true(out.len <= 2 * text.len + 64);
        buf_fini(&text);
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_and_personal_data_are_found),
        cmocka_unit_test(ordinary_text_is_left_alone),
        cmocka_unit_test(same_secret_gets_the_same_placeholder),
        cmocka_unit_test(redacting_again_changes_nothing),
        cmocka_unit_test(what_a_placeholder_uncovers_is_found_however_often),
        cmocka_unit_test(a_placeholder_brings_no_key_together),
        cmocka_unit_test(hostile_lengths_take_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
