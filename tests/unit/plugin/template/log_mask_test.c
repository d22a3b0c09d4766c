/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plugin/read/mask/token_class.h"
#include "plugin/read/text/mask.h"

struct row {
    const char *text;
    const char *template_text;
};

static void check(const struct row *rows, size_t count, bool is_log)
{
    for (size_t i = 0; i < count; i++) {
        struct mask_result result;
        if (is_log) {
            mask_init_log(&result);
        } else {
            mask_init(&result);
        }
        mask_add(&result, bytes_of_text(rows[i].text));
        struct bytes text = mask_text(&result);
        if (!bytes_equal_text(text, rows[i].template_text)) {
            print_error("%.*s\n", (int)text.len, (const char *)text.data);
        }
        assert_true(bytes_equal_text(text, rows[i].template_text));
    }
}

static void test_lines_keep_what_a_program_wrote(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"NameSystem.delete: blk_-16 is gone",
         "NameSystem.delete: <ID> is gone"},
        {"worker-17 calls runTask(attempt_1445_m_0)",
         "<ID> calls runTask(<ID>)"},
        {"eth0 of ssh2 is up", "eth0 of ssh2 is up"},
        {"uid=0 tty=ssh user=root host=",
         "uid=<NUM> tty=<VALUE> user=<VALUE> host="},
        {"a = b, c == d", "a = b, c == d"},
        {"exit code 2", "exit code <NUM>"},
        {"1 2 3", "<NUM> <NUM> <NUM>"},
        {"lifetime <1 sec", "lifetime <DUR>"},
        {"if a <b and c> d", "if a <b and c> d"},
        {"steps:17 at port:80", "steps:<NUM> at port:<NUM>"},
        {"15140##71##54", "<NUM>"},
        {"\"GET /a/b HTTP/1.1\" status: 200",
         "\"GET <PATH> <ID>\" status: <NUM>"},
        {"name=\"View Lock\" of \"it\"", "name=<QSTR> of <QSTR>"},
    };
    check(rows, ARRAY_LEN(rows), true);
}

static void test_quantities_and_dates_are_one_mask(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"after 30 seconds", "after <DUR>"},
        {"read 12 KB of it", "read <SIZE> of it"},
        {"sent 1396 bytes (1.36 KB) today", "sent <SIZE> today"},
        {"sent 1396 bytes (all) today", "sent <SIZE> (all) today"},
        {"sent 1396 bytes (1.36 KB", "sent <SIZE> (<SIZE>"},
        {"at Sat Jul  9 12:16:49 2005.", "at <TS>."},
        {"at Sat Jul  9 12:16:49 UTC 2005", "at <TS>"},
        {"on July 9, 2005", "on <TS>"},
        {"Sun is up, May I go", "Sun is up, May I go"},
        {"Jan 32x", "Jan 32x"},
        {"Mar", "Mar"},
    };
    check(rows, ARRAY_LEN(rows), false);
}

static void test_addresses_have_classes(void **state)
{
    (void)state;
    static const struct {
        const char *token;
        enum mask mask;
    } rows[] = {
        {"/10.0.0.1:80", MASK_IP},
        {"name/10.0.0.1:80", MASK_IP},
        {"fe80::1:2:3", MASK_IP},
        {"10.0.0.1.2", MASK_SEMVER},
        {"www.example.org", MASK_HOST},
        {"a-1.example.co:80", MASK_HOST},
        {"node-1.local:80", MASK_HOST},
        {"org.example.Service", MASK_IDENT},
        {"com.example.net", MASK_IDENT},
        {"main.go:80", MASK_PATH},
        {"worker-17", MASK_ID},
        {"blk_-1608", MASK_IDENT},
        {"utf8", MASK_NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        enum mask mask = token_classify(bytes_of_text(rows[i].token));
        if (mask != rows[i].mask) {
            print_error("%s is %s\n", rows[i].token, mask_name(mask));
        }
        assert_int_equal(mask, rows[i].mask);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_keep_what_a_program_wrote),
        cmocka_unit_test(test_quantities_and_dates_are_one_mask),
        cmocka_unit_test(test_addresses_have_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
