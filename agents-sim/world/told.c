/* SPDX-License-Identifier: MIT */
#include "agents-sim/world/told.h"

#include "base/text/ascii.h"

static bool is_word_byte(uint8_t byte)
{
    return ascii_is_alnum(byte) || byte == '_';
}

/* The first place from ${from} on. */
static size_t find_word(struct bytes text, const char *word, size_t from)
{
    struct bytes needle = bytes_of_text(word);
    size_t at = bytes_find(text, needle, from);
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

size_t told_word(struct bytes text, const char *word)
{
    return find_word(text, word, 0);
}

bool told_fault(const struct world_fault *fault, struct bytes text)
{
    return told_word(text, fault->mark) != SIZE_MAX;
}

bool told_fix(const struct world_fault *fault, struct bytes text)
{
    return *fault->fix && told_fault(fault, text) &&
           told_word(text, fault->fix) != SIZE_MAX;
}

/* How many steps from step ${first} on stand in ${text}, each behind the one
 * before. */
static uint32_t steps_in_order(const struct world_workflow *workflow,
                               uint32_t first, struct bytes text)
{
    uint32_t count = 0;
    size_t from = 0;
    for (uint32_t i = first; i < workflow->steps; i++) {
        size_t at = find_word(text, workflow->step[i], from);
        if (at != SIZE_MAX) {
            from = at + 1;
            count++;
        }
    }
    return count;
}

bool told_order(const struct world_workflow *workflow, struct bytes text)
{
    uint32_t needed =
        workflow->steps < TOLD_STEPS_MIN ? workflow->steps : TOLD_STEPS_MIN;
    for (uint32_t first = 0; first + needed <= workflow->steps; first++) {
        if (steps_in_order(workflow, first, text) >= needed) {
            return true;
        }
    }
    return false;
}
