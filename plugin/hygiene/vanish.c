/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/vanish.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/edge/hash.h"

enum {
    NAME_MIN = 3,
    NAMES_PER_CALL_MAX = 32,
    TABLE_FIRST = 1024
};

/* A name of a team. */
struct name {
    uint64_t key;   /* 0: the place is free */
    uint64_t place; /* the least of the places it was seen in */
    uint64_t days;  /* a bit for each day modulo 64 */
    int32_t last;
    bool has_siblings;
};

struct vanish {
    struct name *names; /* open addressing, never more than half full */
    size_t capacity;
    size_t count;
    uint64_t limit; /* keys above it are not followed */
    uint64_t dropped;
    int32_t now; /* latest day */
};

struct vanish *vanish_new(void)
{
    struct vanish *vanish = mem_new(sizeof(*vanish));
    vanish->capacity = TABLE_FIRST;
    vanish->names = mem_new_array(vanish->capacity, sizeof(*vanish->names));
    vanish->limit = UINT64_MAX;
    vanish->now = INT32_MIN;
    return vanish;
}

void vanish_free(struct vanish *vanish)
{
    if (vanish) {
        free(vanish->names);
        free(vanish);
    }
}

/* ---- the table ----------------------------------------------------------- */

static struct name *slot_of(const struct vanish *vanish, uint64_t key)
{
    size_t at = key & (vanish->capacity - 1);
    while (vanish->names[at].key != 0 && vanish->names[at].key != key) {
        at = (at + 1) & (vanish->capacity - 1);
    }
    return &vanish->names[at];
}

static void rebuild(struct vanish *vanish, size_t capacity)
{
    struct name *old = vanish->names;
    size_t old_capacity = vanish->capacity;
    vanish->names = mem_new_array(capacity, sizeof(*vanish->names));
    vanish->capacity = capacity;
    vanish->count = 0;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].key != 0 && old[i].key <= vanish->limit) {
            *slot_of(vanish, old[i].key) = old[i];
            vanish->count++;
        } else {
            vanish->dropped += old[i].key != 0;
        }
    }
    free(old);
}

/* Room for one more: twice as large, or, at the maximum, half of the keys. */
static void make_room(struct vanish *vanish)
{
    if (vanish->count < VANISH_NAMES_MAX) {
        if (2 * (vanish->count + 1) > vanish->capacity) {
            rebuild(vanish, 2 * vanish->capacity);
        }
        return;
    }
    while (vanish->count >= VANISH_NAMES_MAX) {
        vanish->limit /= 2;
        rebuild(vanish, vanish->capacity);
    }
}

static void see(struct vanish *vanish, uint64_t key, uint64_t place,
                int32_t day)
{
    if (key > vanish->limit) {
        vanish->dropped++;
        return;
    }
    struct name *name = slot_of(vanish, key);
    if (name->key == 0) {
        make_room(vanish);
        if (key > vanish->limit) {
            vanish->dropped++;
            return;
        }
        name = slot_of(vanish, key);
        *name = (struct name){.key = key, .place = place, .last = day};
        vanish->count++;
    }
    name->place = place < name->place ? place : name->place;
    name->days |= UINT64_C(1) << ((uint32_t)day % 64);
    name->last = day > name->last ? day : name->last;
}

/* ---- names --------------------------------------------------------------- */

static bool is_name_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
           c >= 0x80;
}

static bool is_edge(uint8_t c)
{
    return c == '-' || c == '.';
}

static struct bytes without_edges(struct bytes word)
{
    while (word.len > 0 && is_edge(word.data[0])) {
        word = bytes_slice(word, 1, word.len);
    }
    while (word.len > 0 && is_edge(word.data[word.len - 1])) {
        word.len--;
    }
    return word;
}

/* In lower case, without signs around; empty for what is no name. A word is
 * one only if it has a sign inside, or stands in a path. */
static struct bytes name_of(struct bytes word, bool in_path,
                            char room[VANISH_NAME_MAX])
{
    bool has_letter = false;
    bool has_sign = in_path;
    word = without_edges(word);
    if (word.len < NAME_MIN || word.len > VANISH_NAME_MAX) {
        return bytes_of(NULL, 0);
    }
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.data[i];
        bool is_capital = c >= 'A' && c <= 'Z';
        room[i] = (char)(is_capital ? c + 32 : c);
        has_letter |= is_capital || (c >= 'a' && c <= 'z') || c >= 0x80;
        has_sign |= c == '_' || c == '-' || c == '.';
    }
    return has_letter && has_sign ? bytes_of(room, word.len)
                                  : bytes_of(NULL, 0);
}

static uint64_t key_of(uint64_t team, struct bytes name)
{
    uint64_t key = hash_bytes_seeded(name, team);
    return key ? key : 1;
}

struct call {
    struct vanish *vanish;
    uint64_t team;
    uint64_t tool;
    int32_t day;
    uint32_t names;
};

/* The words of a path, or a word alone; places are what stands before. */
static void see_word(struct call *call, struct bytes text, size_t from,
                     size_t to, size_t path_from)
{
    char room[VANISH_NAME_MAX];
    bool in_path = from > path_from || (to < text.len && text.data[to] == '/');
    struct bytes name =
        name_of(bytes_slice(text, from, to - from), in_path, room);
    if (name.len == 0 || call->names == NAMES_PER_CALL_MAX) {
        return;
    }
    uint64_t place = hash_bytes_seeded(
        bytes_slice(text, path_from, from - path_from), call->tool);
    see(call->vanish, key_of(call->team, name), place, call->day);
    call->names++;
}

static int32_t day_of(int64_t us)
{
    return (int32_t)(us / US_PER_DAY);
}

void vanish_feed(struct vanish *vanish, struct bytes team, struct bytes tool,
                 struct bytes arguments, int64_t occurred_us)
{
    struct call call = {.vanish = vanish,
                        .team = hash_bytes(team),
                        .tool = hash_bytes(tool),
                        .day = day_of(occurred_us)};
    vanish->now = call.day > vanish->now ? call.day : vanish->now;
    see_word(&call, tool, 0, tool.len, 0);
    size_t at = 0;
    size_t path_from = 0;
    while (at < arguments.len) {
        uint8_t c = arguments.data[at];
        if (!is_name_byte(c)) {
            at++;
            path_from = c == '/' ? path_from : at;
            continue;
        }
        size_t from = at;
        while (at < arguments.len && is_name_byte(arguments.data[at])) {
            at++;
        }
        see_word(&call, arguments, from, at, path_from);
    }
}

/* ---- asking -------------------------------------------------------------- */

static bool is_used(const struct name *name)
{
    return name->key != 0 &&
           __builtin_popcountll(name->days) >= VANISH_USED_DAYS;
}

static bool is_recent(const struct vanish *vanish, const struct name *name)
{
    return (int64_t)name->last + VANISH_DAYS > vanish->now;
}

static int compare_places(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Whether ${place} stands at least VANISH_SIBLINGS_MIN times in ${places}. */
static bool has_siblings(const uint64_t *places, size_t count, uint64_t place)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (places[middle] < place) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t last = low + VANISH_SIBLINGS_MIN - 1;
    return last < count && places[last] == place;
}

void vanish_settle(struct vanish *vanish)
{
    uint64_t *places = mem_new_array(vanish->count + 1, sizeof(*places));
    size_t count = 0;
    for (size_t i = 0; i < vanish->capacity; i++) {
        const struct name *name = &vanish->names[i];
        if (is_used(name) && is_recent(vanish, name)) {
            places[count++] = name->place;
        }
    }
    qsort(places, count, sizeof(*places), compare_places);
    for (size_t i = 0; i < vanish->capacity; i++) {
        struct name *name = &vanish->names[i];
        name->has_siblings =
            name->key != 0 && has_siblings(places, count, name->place);
    }
    free(places);
}

enum vanish_state vanish_ask(const struct vanish *vanish, struct bytes team,
                             struct bytes name, int64_t *out_last_us)
{
    char room[VANISH_NAME_MAX];
    struct bytes folded = name_of(name, true, room);
    if (folded.len == 0) {
        return VANISH_UNKNOWN;
    }
    const struct name *found =
        slot_of(vanish, key_of(hash_bytes(team), folded));
    if (!is_used(found)) {
        return VANISH_UNKNOWN;
    }
    if (out_last_us) {
        *out_last_us = (int64_t)found->last * US_PER_DAY;
    }
    if (is_recent(vanish, found)) {
        return VANISH_SEEN;
    }
    return found->has_siblings ? VANISH_GONE : VANISH_UNKNOWN;
}

uint64_t vanish_dropped(const struct vanish *vanish)
{
    return vanish->dropped;
}

int64_t vanish_now_us(const struct vanish *vanish)
{
    return vanish->now == INT32_MIN ? 0 : (int64_t)vanish->now * US_PER_DAY;
}
