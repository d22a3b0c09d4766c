/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/format/postings.h"

/* Every posting as "name/log: seqs; ". */
struct emitted {
    char text[512];
};

static void emit(void *context, struct bytes key, struct bytes value)
{
    struct emitted *emitted = context;
    struct posting_walk walk;
    uint32_t name = 0;
    uint16_t log = 0;
    uint64_t seq = 0;
    size_t len = strlen(emitted->text);
    assert_int_equal(key_posting_read(key, &name, &log, &seq), ERR_OK);
    assert_int_equal(posting_open(seq, value, &walk), ERR_OK);
    len += (size_t)snprintf(emitted->text + len, sizeof(emitted->text) - len,
                            "%u/%u:", name, log);
    while (posting_next(&walk, &seq)) {
        len +=
            (size_t)snprintf(emitted->text + len, sizeof(emitted->text) - len,
                             " %llu", (unsigned long long)seq);
    }
    snprintf(emitted->text + len, sizeof(emitted->text) - len, "; ");
}

static void entries_are_gathered_by_name_and_sorted(void **state)
{
    (void)state;
    struct postings postings = {.entries = NULL};
    struct emitted emitted = {.text = ""};
    struct buf scratch;
    buf_init(&scratch, 1 << 20);
    postings_add(&postings, 1, 9, 0, 5);
    postings_add(&postings, 1, 2, 1, 1);
    postings_add(&postings, 1, 9, 0, 4);
    postings_add(&postings, 1, 2, 0, 6);
    postings_add(&postings, 1, 9, 0, 7);
    postings_emit(&postings, &scratch, emit, &emitted);
    assert_string_equal(emitted.text, "2/0: 6; 2/1: 1; 9/0: 4 5 7; ");
    postings_reset(&postings);
    emitted.text[0] = '\0';
    postings_emit(&postings, &scratch, emit, &emitted);
    assert_string_equal(emitted.text, "");
    postings_fini(&postings);
    buf_fini(&scratch);
}

static void a_span_too_wide_is_cut(void **state)
{
    (void)state;
    struct postings postings = {.entries = NULL};
    struct emitted emitted = {.text = ""};
    struct buf scratch;
    buf_init(&scratch, 1 << 20);
    postings_add(&postings, 1, 1, 0, 1);
    postings_add(&postings, 1, 1, 0, 65536);
    postings_add(&postings, 1, 1, 0, 65537);
    postings_emit(&postings, &scratch, emit, &emitted);
    assert_string_equal(emitted.text, "1/0: 1 65536; 1/0: 65537; ");
    postings_fini(&postings);
    buf_fini(&scratch);
}

static void what_no_writer_makes_is_refused(void **state)
{
    (void)state;
    struct posting_walk walk;
    const struct {
        const char *value;
        size_t len;
    } bad[] = {{"", 0},           {"\0", 1},           {"\0\1", 2},
               {"\0\1\0\1\0", 5}, {"\0\1\0\1\0\0", 6}, {"\0\0\0\0", 4},
               {"\0\1\0\2", 4},   {"\0\x0a\0\0", 4}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(
            posting_open(10, bytes_of(bad[i].value, bad[i].len), &walk),
            ERR_CORRUPT);
    }
    assert_int_equal(posting_open(10, bytes_of("\0\x09\0\0", 4), &walk),
                     ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_gathered_by_name_and_sorted),
        cmocka_unit_test(a_span_too_wide_is_cut),
        cmocka_unit_test(what_no_writer_makes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
