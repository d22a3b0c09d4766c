/* SPDX-License-Identifier: MIT */
/* README.md is a contract: its tables say what the code says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "proto/limits.h"
#include "proto/refusal.h"

enum {
    FILE_MAX = 1 << 20
};

static struct buf readme;
static struct buf services;

static void load(struct buf *out, const char *path)
{
    FILE *file = fopen(path, "r");
    uint8_t block[4096];
    size_t got;
    assert_non_null(file);
    buf_init(out, FILE_MAX);
    while ((got = fread(block, 1, sizeof(block), file)) > 0) {
        buf_add(out, bytes_of(block, got));
    }
    fclose(file);
    assert_int_equal(buf_error(out), ERR_OK);
}

static int load_files(void **state)
{
    (void)state;
    load(&readme, PROTO_FOLDER "/README.md");
    load(&services, PROTO_FOLDER "/services.proto");
    return 0;
}

static int drop_files(void **state)
{
    (void)state;
    buf_fini(&readme);
    buf_fini(&services);
    return 0;
}

/* The part of the page below "## ${title}". Gives it. */
static char *section(const char *title)
{
    char heading[64];
    snprintf(heading, sizeof(heading), "\n## %s\n", title);
    const char *from = strstr(buf_text(&readme), heading);
    assert_non_null(from);
    from += strlen(heading);
    const char *to = strstr(from, "\n## ");
    return bytes_to_text(
        bytes_of(from, to ? (size_t)(to - from) : strlen(from)));
}

static size_t count_of(const char *text, const char *needle)
{
    size_t count = 0;
    for (const char *at = strstr(text, needle); at;
         at = strstr(at + 1, needle)) {
        count++;
    }
    return count;
}

static void every_refusal_is_in_the_table(void **state)
{
    (void)state;
    static const char *const names[] = {
#define NAME(code, name, sentence, retry) name,
        REFUSAL_LIST(NAME)
#undef NAME
    };
    char *table = section("Refusals");
    for (size_t i = 1; i < ARRAY_LEN(names); i++) {
        char row[256];
        enum refusal refusal = refusal_of_name(names[i]);
        assert_int_equal(refusal, i);
        snprintf(row, sizeof(row), "\n| `%s` | %s | %s |\n",
                 refusal_name(refusal), refusal_sentence(refusal),
                 refusal_retry_helps(refusal) ? "yes" : "no");
        if (!strstr(table, row)) {
            fail_msg("README.md lacks %s", row);
        }
    }
    assert_int_equal(count_of(table, "\n| `"), ARRAY_LEN(names) - 1);
    free(table);
}

static void refusals_of_later_versions_are_internal(void **state)
{
    (void)state;
    assert_int_equal(refusal_of_name("brand_new"), REFUSAL_INTERNAL);
    assert_int_equal(refusal_of_name("ok"), REFUSAL_NONE);
    assert_int_equal(refusal_of_err(ERR_OK), REFUSAL_NONE);
    assert_int_equal(refusal_of_err(ERR_FULL), REFUSAL_FULL);
    assert_int_equal(refusal_of_err(ERR_CORRUPT), REFUSAL_INTERNAL);
}

struct limit {
    const char *name;
    unsigned value;
};

#define LIMIT(name)                                                            \
    {                                                                          \
#name, name                                                            \
    }
static const struct limit limits[] = {
    LIMIT(RECORD_ENVELOPE_MAX),
    LIMIT(STAMP_MAX),
    LIMIT(BODY_MAX_DEFAULT),
    LIMIT(BODY_MAX_LIMIT),
    LIMIT(FRAME_MARGIN),
    LIMIT(CONTROL_MAX),
    LIMIT(FRAMES_MAX),
    LIMIT(NAME_MAX_BYTES),
    LIMIT(KIND_MAX_BYTES),
    LIMIT(ADDRESS_MAX_BYTES),
    LIMIT(TOPIC_MAX_BYTES),
    LIMIT(TOPIC_MAX_LEVELS),
    LIMIT(VIEW_MAX_BYTES),
    LIMIT(ROLES_MAX),
    LIMIT(FILTER_LIST_MAX),
    LIMIT(STREAMS_PER_PEER_MAX),
    LIMIT(REQUESTS_PER_PEER_MAX),
    LIMIT(PROTO_DEPTH_MAX),
    LIMIT(PROTO_FIELDS_MAX),
    LIMIT(OCCURRED_SKEW_MAX_S),
    LIMIT(ID_AHEAD_MAX_S),
};

/* 1048576 as "1,048,576". */
static void with_commas(unsigned value, char out[16])
{
    if (value < 1000) {
        snprintf(out, 16, "%u", value);
    } else if (value < 1000000) {
        snprintf(out, 16, "%u,%03u", value / 1000, value % 1000);
    } else {
        snprintf(out, 16, "%u,%03u,%03u", value / 1000000, value / 1000 % 1000,
                 value % 1000);
    }
}

static void every_limit_is_in_the_table(void **state)
{
    (void)state;
    char *table = section("Limits");
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        char name[64];
        char value[16];
        char cell[32];
        snprintf(name, sizeof(name), "| `%s` |\n", limits[i].name);
        with_commas(limits[i].value, value);
        snprintf(cell, sizeof(cell), "| %s ", value);
        char *end = strstr(table, name);
        if (!end) {
            fail_msg("README.md lacks %s", limits[i].name);
        }
        char *row = end;
        while (row > table && row[-1] != '\n') {
            row--;
        }
        char *line = bytes_to_text(bytes_of(row, (size_t)(end - row)));
        if (!strstr(line, cell)) {
            fail_msg("README.md is wrong about %s: %s", limits[i].name, line);
        }
        free(line);
    }
    assert_int_equal(count_of(table, "` |\n"), ARRAY_LEN(limits));
    free(table);
}

static void every_request_is_in_the_table(void **state)
{
    (void)state;
    char *table = section("Requests");
    size_t count = 0;
    const char *at = buf_text(&services);
    while ((at = strstr(at, "\nmessage ")) != NULL) {
        char name[64];
        assert_int_equal(sscanf(at, "\nmessage %63s", name), 1);
        at++;
        size_t len = strlen(name);
        if (len < 7 || strcmp(name + len - 7, "Request") != 0) {
            continue;
        }
        char cell[80];
        snprintf(cell, sizeof(cell), "| `%s`", name);
        if (!strstr(table, cell)) {
            fail_msg("README.md lacks %s", name);
        }
        count++;
    }
    assert_int_equal(count_of(table, "Request`"), count);
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_is_in_the_table),
        cmocka_unit_test(refusals_of_later_versions_are_internal),
        cmocka_unit_test(every_limit_is_in_the_table),
        cmocka_unit_test(every_request_is_in_the_table),
    };
    return cmocka_run_group_tests(tests, load_files, drop_files);
}
