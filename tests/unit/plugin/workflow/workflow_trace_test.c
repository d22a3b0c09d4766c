/* SPDX-License-Identifier: MIT */
/* The exhaustive miner against exact supports computed by others, on recorded
 * traces. Skips where $REVERIE_TRACES is absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/edge/json.h"
#include "base/map.h"
#include "plugin/workflow/miner.h"

enum {
    LINE_BYTES_MAX = 1 << 20,
    SEQUENCES_MAX = 4096,
    NAMES_MAX = 4096,
    PATTERNS_MAX = 100000,
    TOKENS_MAX = 400 /* of a turn, as the reference has it */
};

struct counted {
    uint32_t support;
    uint32_t solved;
    bool is_found;
};

struct data {
    struct map *names; /* token -> index + 1 */
    char *texts[NAMES_MAX];
    uint32_t name_count;
    struct sequence sequences[SEQUENCES_MAX];
    bool solved[SEQUENCES_MAX];
    uint32_t count;
    struct map *expected; /* "a b c" -> struct counted */
    size_t found;
    size_t wrong;
};

static FILE *open_label(const char *name)
{
    const char *folder = getenv("REVERIE_TRACES");
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", folder ? folder : DEFAULT_TRACES,
             name);
    FILE *file = fopen(path, "r");
    if (!file) {
        print_message("skipped: %s is absent\n", path);
        skip();
    }
    return file;
}

static uint16_t symbol_of(struct data *data, struct bytes token)
{
    uintptr_t known = (uintptr_t)map_get(data->names, token);
    if (!known) {
        assert_true(data->name_count < NAMES_MAX);
        data->texts[data->name_count] = bytes_to_text(token);
        known = ++data->name_count;
        assert_int_equal(map_put(data->names, token, (void *)known), ERR_OK);
    }
    return (uint16_t)(known - 1);
}

static struct json *next_row(FILE *file, char *line)
{
    struct json *row = NULL;
    if (!fgets(line, LINE_BYTES_MAX, file)) {
        return NULL;
    }
    assert_int_equal(json_parse(bytes_of_text(line), &row), ERR_OK);
    return row;
}

static void read_solved(struct data *data, const char *name,
                        struct map *sessions)
{
    (void)data;
    FILE *file = open_label(name);
    char *line = mem_new(LINE_BYTES_MAX);
    struct json *row = NULL;
    while ((row = next_row(file, line))) {
        if (json_as_bool(json_get(row, "solved"), false)) {
            struct bytes session =
                json_as_string(json_get(row, "session"), bytes_of("", 0));
            assert_int_equal(map_put(sessions, session, data), ERR_OK);
        }
        json_free(row);
    }
    free(line);
    fclose(file);
}

static void read_tokens(struct data *data, const char *name,
                        const struct map *solved)
{
    FILE *file = open_label(name);
    char *line = mem_new(LINE_BYTES_MAX);
    struct json *row = NULL;
    while ((row = next_row(file, line))) {
        const struct json *tokens = json_get(row, "tokens");
        size_t length = json_len(tokens);
        length = length < TOKENS_MAX ? length : TOKENS_MAX;
        uint16_t *symbols = mem_new_array(length + 1, sizeof(*symbols));
        for (size_t i = 0; i < length; i++) {
            symbols[i] = symbol_of(
                data, json_as_string(json_at(tokens, i), bytes_of("", 0)));
        }
        assert_true(data->count < SEQUENCES_MAX);
        struct bytes session =
            json_as_string(json_get(row, "session"), bytes_of("", 0));
        data->solved[data->count] = solved && map_get(solved, session);
        data->sequences[data->count++] =
            (struct sequence){symbols, (uint32_t)length, 0};
        json_free(row);
    }
    free(line);
    fclose(file);
}

/* "support<TAB>length or share<TAB>pattern". */
static void read_expected(struct data *data, const char *name, bool has_share)
{
    FILE *file = open_label(name);
    char *line = mem_new(LINE_BYTES_MAX);
    assert_non_null(fgets(line, LINE_BYTES_MAX, file)); /* the header */
    while (fgets(line, LINE_BYTES_MAX, file)) {
        char *share = strchr(line, '\t');
        char *pattern = strchr(share + 1, '\t') + 1;
        pattern[strcspn(pattern, "\n")] = '\0';
        struct counted *counted = mem_new(sizeof(*counted));
        counted->support = (uint32_t)strtoul(line, NULL, 10);
        double value = strtod(share, NULL);
        /* Shares have four digits: supports are below 5,000. */
        counted->solved =
            has_share ? (uint32_t)(value * counted->support + 0.5) : 0;
        assert_int_equal(
            map_put(data->expected, bytes_of_text(pattern), counted), ERR_OK);
    }
    free(line);
    fclose(file);
}

static void compare(void *context, const struct mined *found)
{
    struct data *data = context;
    struct buf text;
    buf_init(&text, 4096);
    for (uint32_t i = 0; i < found->length; i++) {
        buf_add_text(&text, i ? " " : "");
        buf_add_text(&text, data->texts[found->symbols[i]]);
    }
    uint32_t solved = 0;
    for (size_t i = 0; i < found->end_count; i++) {
        uint32_t at = found->ends[i].sequence;
        bool is_new = i == 0 || at != found->ends[i - 1].sequence;
        solved += is_new && data->solved[at];
    }
    struct counted *expected = map_get(data->expected, buf_bytes(&text));
    bool is_right = expected && !expected->is_found &&
                    expected->support == found->sequences &&
                    expected->solved == solved;
    if (!is_right) {
        print_message("wrong: %u %u %s\n", found->sequences, solved,
                      buf_text(&text));
        data->wrong++;
    } else {
        expected->is_found = true;
        data->found++;
    }
    buf_fini(&text);
}

static void mine_and_compare(struct data *data, uint32_t support, uint32_t gap,
                             uint32_t length)
{
    struct miner_setting setting = {.symbols = data->name_count,
                                    .min_sequences = support,
                                    .min_groups = 1,
                                    .max_gap = gap,
                                    .max_length = length,
                                    .max_patterns = PATTERNS_MAX};
    assert_int_equal(
        mine(data->sequences, data->count, &setting, compare, data), ERR_OK);
    print_message("%u sequences, %zu of %zu patterns equal, %zu wrong\n",
                  data->count, data->found, map_size(data->expected),
                  data->wrong);
    assert_int_equal(data->wrong, 0);
    assert_int_equal(data->found, map_size(data->expected));
    assert_true(data->found > 100);
}

static struct data *data_new(void)
{
    struct data *data = mem_new(sizeof(*data));
    data->names = map_new(NAMES_MAX, NULL);
    data->expected = map_new(PATTERNS_MAX, free);
    return data;
}

static void data_free(struct data *data)
{
    for (uint32_t i = 0; i < data->count; i++) {
        free((void *)(uintptr_t)data->sequences[i].symbols);
    }
    for (uint32_t i = 0; i < data->name_count; i++) {
        free(data->texts[i]);
    }
    map_free(data->names);
    map_free(data->expected);
    free(data);
}

static void equals_the_reference_on_codeteam(void **state)
{
    (void)state;
    fclose(open_label("codeteam/labels/workflow_tokens.jsonl"));
    struct data *data = data_new();
    read_tokens(data, "codeteam/labels/workflow_tokens.jsonl", NULL);
    read_expected(
        data, "codeteam/labels/frequent_workflows.minsup8.maxgap2.maxlen6.tsv",
        false);
    /* Its gap limit of 2 is a distance of positions: one symbol between. */
    mine_and_compare(data, 8, 1, 6);
    data_free(data);
}

static void equals_the_reference_on_sqlteam(void **state)
{
    (void)state;
    fclose(open_label("sqlteam/labels/workflow_tokens.jsonl"));
    struct data *data = data_new();
    struct map *solved = map_new(SEQUENCES_MAX, NULL);
    read_solved(data, "sqlteam/labels/outcomes.jsonl", solved);
    read_tokens(data, "sqlteam/labels/workflow_tokens.jsonl", solved);
    read_expected(
        data, "sqlteam/labels/frequent_workflows.minsup22.anygap.maxlen5.tsv",
        true);
    mine_and_compare(data, 22, MINER_GAP_ANY, 5);
    map_free(solved);
    data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_reference_on_codeteam),
        cmocka_unit_test(equals_the_reference_on_sqlteam),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
