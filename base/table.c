/* SPDX-License-Identifier: MIT */
#include "base/table.h"

#include <stdlib.h>

struct place {
    uint64_t key;
    void *value; /* NULL: empty */
};

struct table {
    struct place *places;
    uint32_t mask;
    uint32_t count;
    uint32_t max;
};

struct table *table_new(uint32_t max)
{
    struct table *table = mem_new(sizeof(*table));
    uint32_t places = 2;
    while (places < 2 * max) {
        places *= 2;
    }
    table->places = mem_new_array(places, sizeof(*table->places));
    table->mask = places - 1;
    table->max = max;
    return table;
}

void table_free(struct table *table)
{
    if (table) {
        free(table->places);
        free(table);
    }
}

static uint32_t home(const struct table *table, uint64_t key)
{
    return (uint32_t)(key ^ key >> 32) & table->mask;
}

/* The place of ${key}, or the empty one where it would be. */
static uint32_t find(const struct table *table, uint64_t key)
{
    uint32_t at = home(table, key);
    while (table->places[at].value && table->places[at].key != key) {
        at = (at + 1) & table->mask;
    }
    return at;
}

void *table_get(const struct table *table, uint64_t key)
{
    return table->places[find(table, key)].value;
}

void table_fetch(const struct table *table, uint64_t key)
{
    mem_prefetch(&table->places[home(table, key)]);
}

bool table_put(struct table *table, uint64_t key, void *value)
{
    struct place *place = &table->places[find(table, key)];
    if (!place->value && table->count == table->max) {
        return false;
    }
    table->count += !place->value;
    *place = (struct place){key, value};
    return true;
}

/* The next place behind ${hole} whose value belongs at or before it; an empty
 * one where there is none. */
static uint32_t mover(const struct table *table, uint32_t hole)
{
    uint32_t at = (hole + 1) & table->mask;
    while (table->places[at].value) {
        uint32_t from_home =
            (at - home(table, table->places[at].key)) & table->mask;
        if (from_home >= ((at - hole) & table->mask)) {
            break;
        }
        at = (at + 1) & table->mask;
    }
    return at;
}

/* Whoever could not have its own place because of this one moves up. */
void table_remove(struct table *table, uint64_t key)
{
    uint32_t hole = find(table, key);
    if (!table->places[hole].value) {
        return;
    }
    table->count--;
    uint32_t at = mover(table, hole);
    while (table->places[at].value) {
        table->places[hole] = table->places[at];
        hole = at;
        at = mover(table, hole);
    }
    table->places[hole].value = NULL;
}

uint32_t table_size(const struct table *table)
{
    return table->count;
}
