/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/delta.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/map.h"

enum {
    ITEMS_MAX = TUPLE_SLOTS_MAX + TUPLE_REFS_MAX
};

struct item {
    uint64_t number; /* a multiple of four */
    struct bytes name;
    struct bytes value;
};

struct items {
    struct item items[ITEMS_MAX];
    size_t count;
};

struct features {
    struct map *words; /* number -> struct feature */
    uint64_t refused;
};

/* ---- words --------------------------------------------------------------- */

struct features *features_new(void)
{
    struct features *features = mem_new(sizeof(*features));
    features->words = map_new(FEATURES_MAX, free);
    return features;
}

void features_free(struct features *features)
{
    if (features) {
        map_free(features->words);
        free(features);
    }
}

uint64_t features_refused(const struct features *features)
{
    return features->refused;
}

const struct feature *features_get(const struct features *features,
                                   uint64_t feature)
{
    uint64_t number = feature & ~(uint64_t)DELTA_SIGN_MASK;
    return map_get(features->words, bytes_of(&number, sizeof(number)));
}

/* Remembers the words of ${item}; false if there is no room. */
static bool note(struct features *features, const struct item *item)
{
    struct bytes key = bytes_of(&item->number, sizeof(item->number));
    if (map_get(features->words, key)) {
        return true;
    }
    struct feature *feature =
        mem_new(sizeof(*feature) + item->name.len + item->value.len);
    uint8_t *at = (uint8_t *)(feature + 1);
    if (item->name.len > 0) {
        memcpy(at, item->name.data, item->name.len);
    }
    if (item->value.len > 0) {
        memcpy(at + item->name.len, item->value.data, item->value.len);
    }
    feature->name = bytes_of(at, item->name.len);
    feature->value = bytes_of(at + item->name.len, item->value.len);
    if (map_put(features->words, key, feature) != ERR_OK) {
        free(feature);
        features->refused++;
        return false;
    }
    return true;
}

/* ---- items --------------------------------------------------------------- */

static struct item item_of(struct bytes name, struct bytes value)
{
    uint64_t number = hash_bytes_seeded(value, hash_bytes(name));
    return (struct item){.number = number & ~(uint64_t)DELTA_SIGN_MASK,
                         .name = name,
                         .value = value};
}

/* Shell and SQL are told by their words and names instead. */
static bool is_told_by_words(struct bytes slot)
{
    return bytes_starts_with(slot, BYTES_LITERAL("shell.")) ||
           bytes_starts_with(slot, BYTES_LITERAL("sql.")) ||
           bytes_starts_with(slot, BYTES_LITERAL("use."));
}

static struct bytes name_of_ref(const struct tuple_ref *ref)
{
    switch (ref->kind) {
    case REF_TABLE:
        return BYTES_LITERAL("table");
    case REF_COLUMN:
        return BYTES_LITERAL("column");
    case REF_COMMAND:
        return BYTES_LITERAL("command");
    case REF_WORD:
    case REF_KIND_COUNT:
        break;
    }
    return ref->owner;
}

static void add_item(struct items *items, struct item item)
{
    for (size_t i = 0; i < items->count; i++) {
        if (items->items[i].number == item.number) {
            return;
        }
    }
    if (items->count < ITEMS_MAX) {
        items->items[items->count++] = item;
    }
}

static void read_items(const struct call_copy *copy, struct items *out)
{
    out->count = 0;
    for (size_t i = 0; i < copy->slot_count; i++) {
        const struct tuple_slot *slot = &copy->slots[i];
        if (slot->form != SLOT_COMMAND && !is_told_by_words(slot->name)) {
            add_item(out, item_of(slot->name, slot->option));
        }
    }
    for (size_t i = 0; i < copy->ref_count; i++) {
        const struct tuple_ref *ref = &copy->refs[i];
        add_item(out, item_of(name_of_ref(ref), ref->name));
    }
}

static bool has_item(const struct items *items, uint64_t number)
{
    for (size_t i = 0; i < items->count; i++) {
        if (items->items[i].number == number) {
            return true;
        }
    }
    return false;
}

/* ---- intent -------------------------------------------------------------- */

static bool has_slot(const struct call_copy *copy, const struct tuple_slot *as,
                     bool same_option)
{
    for (size_t i = 0; i < copy->slot_count; i++) {
        const struct tuple_slot *slot = &copy->slots[i];
        if (slot->form == as->form && bytes_equal(slot->name, as->name) &&
            (!same_option || bytes_equal(slot->option, as->option))) {
            return true;
        }
    }
    return false;
}

/* What a slot says of the intent. */
enum purpose {
    PURPOSE_NONE,
    PURPOSE_FAMILY,  /* the kind of program */
    PURPOSE_COMMAND, /* the program, the kind of statement */
    PURPOSE_SUB      /* what the program is asked for */
};

/* Where a command runs is not what it is for. */
static enum purpose purpose_of(const struct tuple_slot *slot)
{
    if (slot->form == SLOT_FAMILY) {
        return bytes_equal_text(slot->name, "use.directory") ? PURPOSE_NONE
                                                             : PURPOSE_FAMILY;
    }
    if (slot->form != SLOT_COMMAND || bytes_equal_text(slot->name, "tool")) {
        return PURPOSE_NONE;
    }
    return bytes_starts_with(slot->name, BYTES_LITERAL("shell.")) &&
                   !bytes_equal_text(slot->name, "shell.program")
               ? PURPOSE_SUB
               : PURPOSE_COMMAND;
}

bool delta_same_intent(const struct call_copy *failed,
                       const struct call_copy *later)
{
    bool has_command = false;
    bool is_same = false;
    bool is_other = false; /* the same program, asked for something else */
    if (!bytes_equal(failed->tool, later->tool)) {
        return false;
    }
    for (size_t i = 0; i < failed->slot_count; i++) {
        const struct tuple_slot *slot = &failed->slots[i];
        enum purpose purpose = purpose_of(slot);
        bool is_there = purpose != PURPOSE_NONE &&
                        has_slot(later, slot, purpose != PURPOSE_FAMILY);
        if (purpose == PURPOSE_SUB && is_there) {
            return true;
        }
        is_same |= is_there;
        is_other |= purpose == PURPOSE_SUB && has_slot(later, slot, false);
        has_command |= purpose >= PURPOSE_COMMAND;
    }
    return has_command ? is_same && !is_other : true;
}

bool delta_is_again(const struct call_copy *failed,
                    const struct call_copy *later)
{
    for (size_t i = 0; i < failed->slot_count; i++) {
        if (purpose_of(&failed->slots[i]) >= PURPOSE_COMMAND) {
            return true;
        }
    }
    return bytes_equal(failed->seen->quote, later->seen->quote);
}

/* ---- differences --------------------------------------------------------- */

static void add(struct delta *delta, uint64_t number, enum delta_sign sign)
{
    if (delta->count < DELTA_FEATURES_MAX) {
        delta->features[delta->count++] = number | (uint64_t)sign;
        delta->is_retry &= sign == DELTA_SAME;
    }
}

static void add_missing(struct features *features, struct delta *delta,
                        const struct items *of, const struct items *from,
                        enum delta_sign sign)
{
    uint32_t added = 0;
    for (size_t i = 0; i < of->count && added < DELTA_SIDE_MAX; i++) {
        bool is_there = has_item(from, of->items[i].number);
        bool is_wanted = sign == DELTA_SAME ? is_there : !is_there;
        if (is_wanted && note(features, &of->items[i])) {
            add(delta, of->items[i].number, sign);
            added++;
        }
    }
}

void delta_of(struct features *features, const struct call_copy *failed,
              const struct call_copy *later, struct delta *out)
{
    struct items before;
    struct items after;
    read_items(failed, &before);
    read_items(later, &after);
    *out = (struct delta){.is_retry = true};
    add_missing(features, out, &after, &before, DELTA_ADDED);
    add_missing(features, out, &before, &after, DELTA_REMOVED);
    add_missing(features, out, &after, &before, DELTA_SAME);
}

void delta_add_deeds(struct delta *delta, const struct attempt *attempt)
{
    for (uint32_t i = 0; i < attempt->deed_count; i++) {
        bool is_new = true;
        for (uint32_t j = 0; j < delta->count && is_new; j++) {
            is_new = delta->features[j] !=
                     (attempt->deeds[i] | (uint64_t)DELTA_DEED);
        }
        if (is_new) {
            add(delta, attempt->deeds[i], DELTA_DEED);
        }
    }
}

static int compare_features(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    int order = (int)(x & DELTA_SIGN_MASK) - (int)(y & DELTA_SIGN_MASK);
    return order ? order : (x > y) - (x < y);
}

void delta_close(struct delta *delta)
{
    if (delta->count > 1) {
        qsort(delta->features, delta->count, sizeof(*delta->features),
              compare_features);
    }
}

/* ---- deeds --------------------------------------------------------------- */

static void add_deed(struct features *features, struct attempt *attempt,
                     struct bytes name, struct bytes value)
{
    struct item item = item_of(name, value);
    if (attempt->deed_count < ATTEMPT_DEEDS_MAX && note(features, &item)) {
        attempt->deeds[attempt->deed_count++] = item.number;
    }
}

void delta_set_deeds(struct features *features, struct attempt *attempt)
{
    const struct call_copy *copy = attempt->copy;
    attempt->deed_count = 0;
    for (size_t i = 0; i < copy->ref_count; i++) {
        if (copy->refs[i].kind == REF_COMMAND) {
            add_deed(features, attempt, BYTES_LITERAL("command"),
                     copy->refs[i].name);
        }
    }
    if (attempt->deed_count == 0) {
        add_deed(features, attempt, BYTES_LITERAL("tool"), copy->tool);
    }
}
