/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/traces/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/traces/labels.h"
#include "base/edge/json.h"
#include "base/map.h"
#include "plugin/workflow/miner.h"

enum {
    SESSIONS_MAX = 1 << 20,
    TOKENS_KINDS_MAX = 16384,
    PATTERNS_MAX = 1 << 20,
    TOKENS_MAX = 400,
    FILE_BYTES_MAX = 256 << 20
};

/* Shares of the reference have four digits. */
#define SHARE_DIGITS .5e-4

struct counted {
    uint32_t support;
    double share;
    bool is_found;
};

struct reference {
    struct map *tokens; /* token -> index + 1 */
    struct map *solved; /* sessions that succeeded */
    struct map *expected;
    char **texts;
    uint32_t token_count;
    struct sequence *sequences;
    bool *is_solved;
    uint32_t count;
    uint32_t capacity;
    bool has_shares;
    struct reference_result result;
};

/* ---- sequences ----------------------------------------------------------- */

static enum err take_outcome(void *context, const struct json *row)
{
    struct reference *reference = context;
    struct bytes session =
        json_as_string(json_get(row, "session"), bytes_of("", 0));
    return json_as_bool(json_get(row, "solved"), false)
               ? map_put(reference->solved, session, reference)
               : ERR_OK;
}

static enum err symbol_of(struct reference *reference, struct bytes token,
                          uint16_t *out)
{
    uintptr_t known = (uintptr_t)map_get(reference->tokens, token);
    enum err err = ERR_OK;
    if (!known && reference->token_count == TOKENS_KINDS_MAX) {
        return ERR_FULL;
    }
    if (!known) {
        reference->texts[reference->token_count++] = bytes_to_text(token);
        known = reference->token_count;
        err = map_put(reference->tokens, token, (void *)known);
    }
    *out = (uint16_t)(known - 1);
    return err;
}

static void make_room(struct reference *reference)
{
    if (reference->count < reference->capacity) {
        return;
    }
    reference->capacity = reference->capacity ? 2 * reference->capacity : 1024;
    reference->sequences =
        mem_grow(reference->sequences,
                 reference->capacity * sizeof(*reference->sequences));
    reference->is_solved =
        mem_grow(reference->is_solved,
                 reference->capacity * sizeof(*reference->is_solved));
}

static enum err take_tokens(void *context, const struct json *row)
{
    struct reference *reference = context;
    const struct json *tokens = json_get(row, "tokens");
    struct bytes none = bytes_of("", 0);
    size_t length = json_len(tokens);
    length = length < TOKENS_MAX ? length : TOKENS_MAX;
    make_room(reference);
    uint16_t *symbols = mem_new_array(length + 1, sizeof(*symbols));
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < length; i++) {
        err = symbol_of(reference, json_as_string(json_at(tokens, i), none),
                        &symbols[i]);
    }
    struct bytes session = json_as_string(json_get(row, "session"), none);
    reference->is_solved[reference->count] =
        map_get(reference->solved, session) != NULL;
    reference->sequences[reference->count++] =
        (struct sequence){symbols, (uint32_t)length, 0};
    return err;
}

/* ---- the reference ------------------------------------------------------- */

/* One row; the first names the columns. */
static enum err take_pattern(struct reference *reference, char *line)
{
    char *second = strchr(line, '\t');
    char *pattern = second ? strchr(second + 1, '\t') : NULL;
    if (!pattern) {
        return ERR_INVALID;
    }
    *pattern++ = '\0';
    if (strncmp(line, "support", strlen("support")) == 0) {
        reference->has_shares = strcmp(second + 1, "length") != 0;
        return ERR_OK;
    }
    struct counted *counted = mem_new(sizeof(*counted));
    counted->support = (uint32_t)strtoul(line, NULL, 10);
    counted->share = strtod(second + 1, NULL);
    enum err err =
        map_put(reference->expected, bytes_of_text(pattern), counted);
    if (err != ERR_OK) {
        free(counted);
    }
    return err;
}

static enum err read_patterns(struct reference *reference, const char *path)
{
    struct buf text;
    buf_init(&text, FILE_BYTES_MAX);
    enum err err = labels_text(path, &text);
    char *all = err == ERR_OK ? bytes_to_text(buf_bytes(&text)) : NULL;
    char *rest = NULL;
    char *line = all ? strtok_r(all, "\r\n", &rest) : NULL;
    while (err == ERR_OK && line) {
        err = take_pattern(reference, line);
        line = strtok_r(NULL, "\r\n", &rest);
    }
    free(all);
    buf_fini(&text);
    return err;
}

/* The number behind ${label} in a name of a file; 0 if there is none. */
static uint32_t number_after(const char *name, const char *label)
{
    const char *at = strstr(name, label);
    return at ? (uint32_t)strtoul(at + strlen(label), NULL, 10) : 0;
}

static enum err read_setting(const char *path, struct miner_setting *out)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    uint32_t distance = number_after(name, ".maxgap");
    *out = (struct miner_setting){
        .min_sequences = number_after(name, ".minsup"),
        .min_groups = 1,
        .max_gap = distance > 0 ? distance - 1 : MINER_GAP_ANY,
        .max_length = number_after(name, ".maxlen"),
        .max_patterns = PATTERNS_MAX,
    };
    bool is_known = distance > 0 || strstr(name, ".anygap.") != NULL;
    return is_known && out->min_sequences > 0 && out->max_length > 0 &&
                   out->max_length <= MINER_LENGTH_MAX
               ? ERR_OK
               : ERR_INVALID;
}

/* ---- what is found ------------------------------------------------------- */

static uint32_t solved_among(const struct reference *reference,
                             const struct mined *found)
{
    uint32_t solved = 0;
    for (size_t i = 0; i < found->end_count; i++) {
        uint32_t at = found->ends[i].sequence;
        bool is_new = i == 0 || at != found->ends[i - 1].sequence;
        solved += is_new && reference->is_solved[at];
    }
    return solved;
}

static bool is_equal(const struct reference *reference,
                     const struct counted *expected, const struct mined *found)
{
    bool has_support = expected && !expected->is_found &&
                       expected->support == found->sequences;
    if (!has_support || !reference->has_shares ||
        map_size(reference->solved) == 0) {
        return has_support;
    }
    double share =
        (double)solved_among(reference, found) / (double)found->sequences;
    return fabs(share - expected->share) < SHARE_DIGITS * 1.01;
}

static void take_found(void *context, const struct mined *found)
{
    struct reference *reference = context;
    struct buf text;
    buf_init(&text, 1 << 16);
    for (uint32_t i = 0; i < found->length; i++) {
        buf_add_text(&text, i ? " " : "");
        buf_add_text(&text, reference->texts[found->symbols[i]]);
    }
    struct counted *expected = map_get(reference->expected, buf_bytes(&text));
    if (is_equal(reference, expected, found)) {
        expected->is_found = true;
        reference->result.equal++;
    } else {
        reference->result.wrong++;
    }
    buf_fini(&text);
}

/* ---- the whole ----------------------------------------------------------- */

static enum err compare(struct reference *reference,
                        const struct reference_files *files)
{
    struct miner_setting setting = {.symbols = 0};
    enum err err = read_setting(files->patterns, &setting);
    if (err == ERR_OK && files->outcomes) {
        err = labels_each(files->outcomes, take_outcome, reference);
    }
    if (err == ERR_OK) {
        err = labels_each(files->tokens, take_tokens, reference);
    }
    if (err == ERR_OK) {
        err = read_patterns(reference, files->patterns);
    }
    if (err == ERR_OK) {
        setting.symbols = reference->token_count;
        err = mine(reference->sequences, reference->count, &setting, take_found,
                   reference);
    }
    reference->result.sequences = reference->count;
    reference->result.expected = map_size(reference->expected);
    return err;
}

enum err reference_compare(const struct reference_files *files,
                           struct reference_result *out)
{
    struct reference reference = {
        .tokens = map_new(TOKENS_KINDS_MAX, NULL),
        .solved = map_new(SESSIONS_MAX, NULL),
        .expected = map_new(PATTERNS_MAX, free),
        .texts = mem_new_array(TOKENS_KINDS_MAX, sizeof(char *)),
    };
    enum err err = compare(&reference, files);
    if (err == ERR_OK) {
        *out = reference.result;
    }
    for (uint32_t i = 0; i < reference.count; i++) {
        free((void *)(uintptr_t)reference.sequences[i].symbols);
    }
    for (uint32_t i = 0; i < reference.token_count; i++) {
        free(reference.texts[i]);
    }
    free(reference.texts);
    free(reference.sequences);
    free(reference.is_solved);
    map_free(reference.tokens);
    map_free(reference.solved);
    map_free(reference.expected);
    return err;
}
