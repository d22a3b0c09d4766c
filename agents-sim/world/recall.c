/* SPDX-License-Identifier: MIT */
#include "agents-sim/world/recall.h"

#include <stdlib.h>
#include <string.h>

#include "agents-sim/world/told.h"

struct recall {
    const struct world *world;
    int8_t *choices; /* by slot; -1: nothing */
    bool *warnings;  /* by mistake */
    bool *fixes;     /* by fault */
    bool *orders;    /* by workflow */
};

struct recall *recall_new(const struct world *world)
{
    struct recall *recall = mem_new(sizeof(*recall));
    recall->world = world;
    recall->choices = mem_new(world->config.slots);
    recall->warnings = mem_new(world->mistake_count);
    recall->fixes = mem_new(world->fault_count);
    recall->orders = mem_new(world->workflow_count);
    recall_reset(recall);
    return recall;
}

void recall_free(struct recall *recall)
{
    if (recall) {
        free(recall->choices);
        free(recall->warnings);
        free(recall->fixes);
        free(recall->orders);
        free(recall);
    }
}

void recall_reset(struct recall *recall)
{
    memset(recall->choices, -1, recall->world->config.slots);
    memset(recall->warnings, 0, recall->world->mistake_count);
    memset(recall->fixes, 0, recall->world->fault_count);
    memset(recall->orders, 0, recall->world->workflow_count);
}

static void read_choice(struct recall *recall, uint32_t index,
                        struct bytes content)
{
    const struct world_slot *slot = &recall->world->slots[index];
    size_t name = told_word(content, slot->name);
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
        size_t at = told_word(content, slot->option[k]);
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
        if (told_word(content, recall->world->mistakes[i].wrong) != SIZE_MAX) {
            recall->warnings[i] = true;
        }
    }
    for (uint32_t i = 0; i < recall->world->fault_count; i++) {
        recall->fixes[i] |= told_fix(&recall->world->faults[i], content);
    }
    for (uint32_t i = 0; i < recall->world->workflow_count; i++) {
        recall->orders[i] |= told_order(&recall->world->workflows[i], content);
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

bool recall_helped(const struct recall *recall, uint32_t fault)
{
    return recall->fixes[fault];
}

bool recall_led(const struct recall *recall, uint32_t workflow)
{
    return recall->orders[workflow];
}
