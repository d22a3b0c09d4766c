/* SPDX-License-Identifier: MIT */
#include "tests/scenario/words.h"

#include <stdlib.h>
#include <string.h>

bool words_cut(struct words *words, const char *line)
{
    words->count = 0;
    size_t len = strlen(line);
    if (len >= sizeof(words->line)) {
        return false;
    }
    memcpy(words->line, line, len + 1);
    char *comment = strchr(words->line, '#');
    if (comment) {
        *comment = 0;
    }
    char *rest = words->line;
    char *word;
    while ((word = strsep(&rest, " \t\r\n"))) {
        if (*word && words->count == WORDS_MAX) {
            return false;
        }
        if (*word) {
            words->items[words->count++] = word;
        }
    }
    return true;
}

const char *words_get(const struct words *words, const char *key)
{
    size_t len = strlen(key);
    for (size_t i = 0; i < words->count; i++) {
        if (strncmp(words->items[i], key, len) == 0 &&
            words->items[i][len] == '=') {
            return words->items[i] + len + 1;
        }
    }
    return NULL;
}

struct bytes words_bytes(const struct words *words, const char *key)
{
    return bytes_of_text(words_get(words, key));
}

uint64_t words_number(const struct words *words, const char *key,
                      uint64_t fallback)
{
    const char *text = words_get(words, key);
    return text ? strtoull(text, NULL, 10) : fallback;
}

bool words_has(const struct words *words, const char *flag)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->items[i], flag) == 0) {
            return true;
        }
    }
    return false;
}

size_t words_list(const struct words *words, const char *key,
                  char storage[LINE_MAX_BYTES], char **out, size_t max)
{
    const char *text = words_get(words, key);
    size_t count = 0;
    if (!text) {
        return 0;
    }
    memcpy(storage, text, strlen(text) + 1);
    char *rest = storage;
    char *item;
    while (count < max && (item = strsep(&rest, ","))) {
        out[count++] = item;
    }
    return count;
}
