/* SPDX-License-Identifier: MIT */
#include "agents-sim/world/recall.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct recall {
    const struct world *world;
    int8_t *choices; /* by slot; -1: nothing */
    bool *warnings;  /* by mistake */
};

struct recall *recall_new(const struct world *world)
{
    struct recall *recall = mem_new(sizeof(*recall));
    recall->world = world;
    recall->choices = mem_new(world->config.slots);
    recall->warnings = mem_new(world->mistake_count);
    recall_reset(recall);
    return recall;
}

void recall_free(struct recall *recall)
{
    if (recall) {
        free(recall->choices);
        free(recall->warnings);
        free(recall);
    }
}

void recall_reset(struct recall *recall)
{
    memset(recall->choices, -1, recall->world->config.slots);
    memset(recall->warnings, 0, recall->world->mistake_count);
}

static bool is_word_byte(uint8_t byte)
{
    return isalnum(byte) || byte == '_';
}

/* Where ${word} stands in ${text} as a whole word; SIZE_MAX if nowhere. */
static size_t find_word(struct bytes text, const char *word)
{
    struct bytes needle = bytes_of_text(word);
    size_t at = bytes_find(text, needle, 0);
    while (at != SIZE_MAX) {
        size_t end = at + needle.len;
        bool starts = at == 0 || !is_word_byte(text.data[at - 1]);
        bool ends = end == text.len || !is_word_byte(text.data[end]);
        if (starts && ends) {
            return at;
        }
        at = bytes_find(text, needle, at + 1);
    }
    return SIZE_MAX;
}

static void read_choice(struct recall *recall, uint32_t index,
                        struct bytes content)
{
    const struct world_slot *slot = &recall->world->slots[index];
    size_t name = find_word(content, slot->name);
    if (name == SIZE_MAX) {
        return;
    }
    /* What holds in a part of the team only is not for everybody. */
    if (bytes_starts_with(
            bytes_slice(content, name + strlen(slot->name), SIZE_MAX),
            BYTES_LITERAL(" in "))) {
        return;
    }
    size_t first = SIZE_MAX;
    for (uint32_t k = 0; k < recall->world->config.options; k++) {
        size_t at = find_word(content, slot->option[k]);
        if (at < first) {
            first = at;
            recall->choices[index] = (int8_t)k;
        }
    }
}

void recall_read(struct recall *recall, struct bytes content)
{
    for (uint32_t i = 0; i < recall->world->config.slots; i++) {
        read_choice(recall, i, content);
    }
    for (uint32_t i = 0; i < recall->world->mistake_count; i++) {
        if (find_word(content, recall->world->mistakes[i].wrong) != SIZE_MAX) {
            recall->warnings[i] = true;
        }
    }
}

int recall_choice(const struct recall *recall, uint32_t slot)
{
    return recall->choices[slot];
}

bool recall_warned(const struct recall *recall, uint32_t mistake)
{
    return recall->warnings[mistake];
}
