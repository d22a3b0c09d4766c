/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/ascii.h"

enum {
    WORD_MAX = 64, /* longer words are not compared */
    NAMES_MAX = 256
};

/* ---- nearness --------------------------------------------------------------
 */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t text_distance(const char *a, const char *b)
{
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    if (a_len >= WORD_MAX || b_len >= WORD_MAX) {
        return WORD_MAX;
    }
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            bool is_swap =
                i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            size_t swapped = is_swap ? rows[(i - 2) % 3][j - 2] + 1 : WORD_MAX;
            row[j] =
                smaller(smaller(above[j], row[j - 1]) + 1, above[j - 1] + cost);
            row[j] = smaller(row[j], swapped);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *text_nearest(const char *word, const char *const *names,
                         size_t count)
{
    const char *nearest = NULL;
    size_t least = smaller(3, strlen(word) / 2 + 1);
    for (size_t i = 0; i < count; i++) {
        size_t distance = text_distance(word, names[i]);
        bool is_start =
            strlen(word) >= 3 && strncmp(word, names[i], strlen(word)) == 0;
        distance = is_start ? 0 : distance;
        if (distance < least) {
            least = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

/* ---- reading ---------------------------------------------------------------
 */

static const struct setting *setting_named(const struct argument_table *table,
                                           const char *name, size_t len)
{
    for (size_t i = 0; i < table->setting_count; i++) {
        if (strlen(table->settings[i].name) == len &&
            strncmp(table->settings[i].name, name, len) == 0) {
            return &table->settings[i];
        }
    }
    return NULL;
}

static const struct option *option_named(const struct argument_table *table,
                                         const char *name, size_t len)
{
    for (size_t i = 0; i < table->option_count; i++) {
        if (strlen(table->options[i].name) == len &&
            strncmp(table->options[i].name, name, len) == 0) {
            return &table->options[i];
        }
    }
    return NULL;
}

static const struct option *option_lettered(const struct argument_table *table,
                                            char letter)
{
    for (size_t i = 0; i < table->option_count; i++) {
        if (letter && table->options[i].letter == letter) {
            return &table->options[i];
        }
    }
    return NULL;
}

static enum err refuse_unknown(struct arguments *out,
                               const struct argument_table *table,
                               const char *word)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < table->option_count && count < NAMES_MAX; i++) {
        names[count++] = table->options[i].name;
    }
    for (size_t i = 0; i < table->setting_count && count < NAMES_MAX; i++) {
        names[count++] = table->settings[i].name;
    }
    const char *bare = word + strspn(word, "-");
    const char *nearest = text_nearest(bare, names, count);
    if (nearest) {
        snprintf(out->why, sizeof(out->why),
                 "there is no option %.64s; did you mean --%s?", word, nearest);
    } else {
        snprintf(out->why, sizeof(out->why), "there is no option %.64s", word);
    }
    return ERR_INVALID;
}

static enum err add(struct arguments *out, const struct option *option,
                    const char *value)
{
    if (out->option_count == ARGUMENTS_MAX) {
        snprintf(out->why, sizeof(out->why), "too many options");
        return ERR_FULL;
    }
    out->options[out->option_count++] =
        (struct argument){.name = option->name, .value = value};
    return ERR_OK;
}

/* Where reading stands; ${at} is moved past a value that is a word. */
struct walk {
    const char *const *argv;
    int argc;
    int at;
};

static enum err take_option(struct arguments *out, const struct option *option,
                            const char *joined, struct walk *walk)
{
    if (!option->value && joined) {
        snprintf(out->why, sizeof(out->why), "--%s takes no value",
                 option->name);
        return ERR_INVALID;
    }
    if (!option->value) {
        return add(out, option, "");
    }
    if (!joined && walk->at + 1 >= walk->argc) {
        snprintf(out->why, sizeof(out->why), "--%s needs a value: %s",
                 option->name, option->value);
        return ERR_INVALID;
    }
    return add(out, option, joined ? joined : walk->argv[++walk->at]);
}

static enum err set_setting(struct arguments *out, const char *name,
                            const char *value)
{
    if (settings_set(out->settings, name, value) != ERR_OK) {
        snprintf(out->why, sizeof(out->why), "%s", settings_why(out->settings));
        return ERR_INVALID;
    }
    if (out->given_count == ARGUMENTS_MAX) {
        snprintf(out->why, sizeof(out->why), "too many settings");
        return ERR_FULL;
    }
    out->given[out->given_count++] = (struct argument){name, value};
    return ERR_OK;
}

/* Not an option of the table: maybe a setting. The row of the table lends its
 * name. */
static enum err take_setting(struct arguments *out,
                             const struct argument_table *table,
                             const char *word, struct walk *walk)
{
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const struct setting *setting =
        setting_named(table, word + 2, len < 2 ? 0 : len - 2);
    if (!out->settings || !setting) {
        return refuse_unknown(out, table, word);
    }
    if (!equals && walk->at + 1 >= walk->argc) {
        snprintf(out->why, sizeof(out->why), "--%s needs a value",
                 setting->name);
        return ERR_INVALID;
    }
    const char *value = equals ? equals + 1 : walk->argv[++walk->at];
    return set_setting(out, setting->name, value);
}

static enum err take_long(struct arguments *out,
                          const struct argument_table *table, struct walk *walk)
{
    const char *word = walk->argv[walk->at];
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const struct option *option = option_named(table, word + 2, len - 2);
    if (!option) {
        return take_setting(out, table, word, walk);
    }
    return take_option(out, option, equals ? equals + 1 : NULL, walk);
}

static enum err take_short(struct arguments *out,
                           const struct argument_table *table,
                           struct walk *walk)
{
    const char *word = walk->argv[walk->at];
    const struct option *option = option_lettered(table, word[1]);
    if (!option) {
        return refuse_unknown(out, table, word);
    }
    return take_option(out, option, word[2] ? word + 2 : NULL, walk);
}

static enum err take_word(struct arguments *out, const char *word)
{
    if (out->word_count == ARGUMENTS_MAX) {
        snprintf(out->why, sizeof(out->why), "too many words");
        return ERR_FULL;
    }
    out->words[out->word_count++] = word;
    return ERR_OK;
}

enum err arguments_read(struct arguments *out, int argc,
                        const char *const *argv,
                        const struct argument_table *known)
{
    struct walk walk = {.argv = argv, .argc = argc};
    bool are_words = false;
    enum err err = ERR_OK;
    *out = (struct arguments){.settings = known->values};
    for (; err == ERR_OK && walk.at < argc; walk.at++) {
        const char *word = argv[walk.at];
        if (are_words || word[0] != '-' || word[1] == '\0') {
            err = take_word(out, word);
        } else if (strcmp(word, "--") == 0) {
            are_words = true;
        } else if (word[1] == '-') {
            err = take_long(out, known, &walk);
        } else {
            err = take_short(out, known, &walk);
        }
    }
    return err;
}

/* ---- values ----------------------------------------------------------------
 */

const char *argument_text(const struct arguments *arguments, const char *name,
                          const char *absent)
{
    for (size_t i = arguments->option_count; i-- > 0;) {
        if (strcmp(arguments->options[i].name, name) == 0) {
            return arguments->options[i].value;
        }
    }
    return absent;
}

bool argument_is_set(const struct arguments *arguments, const char *name)
{
    return argument_text(arguments, name, NULL) != NULL;
}

size_t argument_list(const struct arguments *arguments, const char *name,
                     const char **out, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < arguments->option_count && count < max; i++) {
        if (strcmp(arguments->options[i].name, name) == 0) {
            out[count++] = arguments->options[i].value;
        }
    }
    return count;
}

enum err argument_number(struct arguments *arguments, const char *name,
                         uint64_t min, uint64_t max, uint64_t *out)
{
    const char *text = argument_text(arguments, name, NULL);
    if (!text) {
        return ERR_OK;
    }
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    bool is_number = ascii_is_digit((uint8_t)text[0]) && *end == '\0';
    if (!is_number || errno != 0 || value < min || value > max) {
        snprintf(arguments->why, sizeof(arguments->why),
                 "--%s must be a number from %llu to %llu, not %.64s", name,
                 (unsigned long long)min, (unsigned long long)max, text);
        return ERR_INVALID;
    }
    *out = value;
    return ERR_OK;
}

enum err argument_real(struct arguments *arguments, const char *name,
                       double *out)
{
    const char *text = argument_text(arguments, name, NULL);
    if (!text) {
        return ERR_OK;
    }
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= 0 && value < 1e12)) {
        snprintf(arguments->why, sizeof(arguments->why),
                 "--%s must be a number of at least 0, not %.64s", name, text);
        return ERR_INVALID;
    }
    *out = value;
    return ERR_OK;
}
