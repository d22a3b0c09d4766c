/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/vanish.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/edge/hash.h"
#include "base/text/ascii.h"

enum {
    NAME_MIN = 3,
    NAMES_PER_CALL_MAX = 32,
    TABLE_FIRST = 1024,
    RECENT_SIGHTS = 2048
};

/* A name that was seen in a place on a day: seeing it again changes nothing.
 * It stands for the table, whose places are seldom in the processor's cache. */
struct sight {
    uint64_t key; /* 0: none */
    uint64_t place;
    int32_t day;
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
    int32_t now;                        /* latest day */
    struct sight recent[RECENT_SIGHTS]; /* by key */
    uint8_t classes[UINT8_MAX + 1];     /* class_of of every byte */
};

/* What a byte is in a name; what is 0 ends one. */
enum {
    IS_LETTER = 1,
    IS_DIGIT = 2,
    IS_SIGN = 4
};

static uint8_t class_of(uint8_t c)
{
    if (ascii_is_letter(c)) {
        return IS_LETTER;
    }
    if (ascii_is_digit(c)) {
        return IS_DIGIT;
    }
    return c == '_' || c == '-' || c == '.' ? IS_SIGN : 0;
}

struct vanish *vanish_new(void)
{
    struct vanish *vanish = mem_new(sizeof(*vanish));
    vanish->capacity = TABLE_FIRST;
    vanish->names = mem_new_array(vanish->capacity, sizeof(*vanish->names));
    vanish->limit = UINT64_MAX;
    vanish->now = INT32_MIN;
    for (size_t c = 0; c <= UINT8_MAX; c++) {
        vanish->classes[c] = class_of((uint8_t)c);
    }
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
    memset(vanish->recent, 0, sizeof(vanish->recent));
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

static void see_first(struct vanish *vanish, uint64_t key, uint64_t place,
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
    /* The table may have been rebuilt for it, so that this comes last. */
    vanish->recent[key % RECENT_SIGHTS] = (struct sight){key, place, day};
}

static bool is_known(const struct vanish *vanish, const struct sight *sight)
{
    const struct sight *known = &vanish->recent[sight->key % RECENT_SIGHTS];
    return known->key == sight->key && known->place == sight->place &&
           known->day == sight->day;
}

/* ---- names --------------------------------------------------------------- */

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
static struct bytes name_of(const uint8_t *classes, struct bytes word,
                            bool in_path, char room[VANISH_NAME_MAX])
{
    unsigned seen = in_path ? IS_SIGN : 0;
    word = without_edges(word);
    if (word.len < NAME_MIN || word.len > VANISH_NAME_MAX) {
        return bytes_of(NULL, 0);
    }
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.data[i];
        room[i] = (char)ascii_fold(c);
        seen |= classes[c];
    }
    bool is_name = (seen & IS_LETTER) && (seen & IS_SIGN);
    return is_name ? bytes_of(room, word.len) : bytes_of(NULL, 0);
}

static uint64_t key_of(uint64_t team, struct bytes name)
{
    uint64_t key = hash_bytes_seeded(name, team);
    return key ? key : 1;
}

/* The names of a call are collected first: their places in the tables are far
 * apart, and asked for all at once. */
struct call {
    struct vanish *vanish;
    uint64_t team;
    uint64_t tool; /* of that team */
    int32_t day;
    uint32_t names;
    struct sight seen[NAMES_PER_CALL_MAX];
};

/* Whether a word of bytes of these classes can be a name: most are none. */
static bool may_be_name(unsigned seen, size_t len, bool in_path)
{
    return len >= NAME_MIN && (seen & IS_LETTER) &&
           (in_path || (seen & IS_SIGN));
}

/* A word of a text, and what stands before it in the same path. */
struct word {
    struct bytes text;
    struct bytes before;
    unsigned seen;
    bool in_path;
};

/* The words of a path, or a word alone; places are what stands before. */
static void see_word(struct call *call, const struct word *word)
{
    char room[VANISH_NAME_MAX];
    if (call->names == NAMES_PER_CALL_MAX ||
        !may_be_name(word->seen, word->text.len, word->in_path)) {
        return;
    }
    struct bytes name =
        name_of(call->vanish->classes, word->text, word->in_path, room);
    if (name.len == 0) {
        return;
    }
    struct sight *sight = &call->seen[call->names++];
    *sight =
        (struct sight){.key = key_of(call->team, name),
                       .place = hash_bytes_seeded(word->before, call->tool),
                       .day = call->day};
    mem_prefetch(&call->vanish->recent[sight->key % RECENT_SIGHTS]);
}

static void see_words(struct call *call, struct bytes text)
{
    const uint8_t *classes = call->vanish->classes;
    size_t path_from = 0;
    for (size_t at = 0; at < text.len; at++) {
        size_t from = at;
        unsigned seen = 0;
        unsigned class = 0;
        for (; at < text.len && (class = classes[text.data[at]]) != 0; at++) {
            seen |= class;
        }
        bool is_slash = at < text.len && text.data[at] == '/';
        if (at > from) {
            see_word(call, &(struct word){
                               .text = bytes_of(text.data + from, at - from),
                               .before = bytes_of(text.data + path_from,
                                                  from - path_from),
                               .seen = seen,
                               .in_path = from > path_from || is_slash});
        }
        path_from = is_slash ? path_from : at + 1;
    }
}

static void see_all(struct call *call)
{
    struct vanish *vanish = call->vanish;
    for (uint32_t i = 0; i < call->names; i++) {
        if (!is_known(vanish, &call->seen[i])) {
            size_t home = call->seen[i].key & (vanish->capacity - 1);
            mem_prefetch(&vanish->names[home]);
        }
    }
    for (uint32_t i = 0; i < call->names; i++) {
        const struct sight *sight = &call->seen[i];
        if (!is_known(vanish, sight)) {
            see_first(vanish, sight->key, sight->place, sight->day);
        }
    }
}

static int32_t day_of(int64_t us)
{
    return (int32_t)(us / US_PER_DAY);
}

void vanish_feed(struct vanish *vanish, struct bytes team, struct bytes tool,
                 struct bytes arguments, int64_t occurred_us)
{
    struct call call;
    call.vanish = vanish;
    call.team = hash_bytes(team);
    call.tool = hash_bytes_seeded(tool, call.team);
    call.day = day_of(occurred_us);
    call.names = 0;
    vanish->now = call.day > vanish->now ? call.day : vanish->now;
    see_word(&call, &(struct word){.text = tool,
                                   .seen = IS_LETTER | IS_SIGN,
                                   .in_path = false});
    see_words(&call, arguments);
    see_all(&call);
}

/* ---- asking -------------------------------------------------------------- */

static bool is_used(const struct name *name)
{
    return name->key != 0 && bits_count(name->days) >= VANISH_USED_DAYS;
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
    struct bytes folded = name_of(vanish->classes, name, true, room);
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
