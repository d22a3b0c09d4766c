/* SPDX-License-Identifier: MIT */
#include "plugin/plan/directive/wishes.h"

#include <stdlib.h>
#include <string.h>

#include "memory/option.h"
#include "plugin/plan/decide.h"

/* ---- what is part of what ------------------------------------------------ */

static bool has(struct bytes text, const char *part)
{
    return bytes_find(text, bytes_of_text(part), 0) != SIZE_MAX;
}

static bool is_dont(struct bytes part, struct bytes verb, struct bytes object)
{
    const struct bytes dont = BYTES_LITERAL("dont ");
    return bytes_starts_with(part, dont) &&
           bytes_starts_with(bytes_slice(part, dont.len, SIZE_MAX), verb) &&
           bytes_equal(bytes_slice(part, dont.len + verb.len, SIZE_MAX),
                       object);
}

enum wish_part wish_part_of(struct bytes part, struct bytes whole)
{
    const struct bytes start = BYTES_LITERAL("do ");
    size_t denied = bytes_find(whole, BYTES_LITERAL(" not "), 0);
    size_t verb = bytes_find(whole, BYTES_LITERAL(" "), start.len);
    /* Under a condition it is another wish. */
    bool is_whole = bytes_starts_with(whole, start) && denied != SIZE_MAX &&
                    verb < denied && !has(whole, " |");
    if (!is_whole) {
        return WISH_OTHER;
    }
    if (bytes_equal(part, bytes_slice(whole, 0, denied))) {
        return WISH_WANTED;
    }
    return is_dont(part, bytes_slice(whole, start.len, verb - start.len),
                   bytes_slice(whole, denied + strlen(" not"), SIZE_MAX))
               ? WISH_DENIED
               : WISH_OTHER;
}

/* ---- evidence ------------------------------------------------------------ */

static bool is_one(const struct sighting *a, const struct sighting *b)
{
    bool is_event = a->log == b->log && a->seq == b->seq;
    bool is_visit =
        a->principal == b->principal && a->session_hash == b->session_hash;
    bool is_echo = memcmp(a->root, b->root, sizeof(a->root)) == 0;
    bool is_broadcast = a->principal != b->principal && sighting_repeats(a, b);
    return is_event || is_visit || is_echo || is_broadcast;
}

static bool is_known(struct sighting *const *items, uint32_t count,
                     const struct sighting *seen)
{
    for (uint32_t i = 0; i < count; i++) {
        if (is_one(items[i], seen)) {
            return true;
        }
    }
    return false;
}

static int compare_places(const void *left, const void *right)
{
    const struct sighting *a = *(struct sighting *const *)left;
    const struct sighting *b = *(struct sighting *const *)right;
    return a->log != b->log   ? (a->log > b->log) - (a->log < b->log)
           : a->seq != b->seq ? (a->seq > b->seq) - (a->seq < b->seq)
                              : 0;
}

static void count_again(struct candidate *candidate)
{
    candidate->counts =
        sightings_count(candidate->witnesses, candidate->for_count);
    candidate->principals = candidate->counts.principals;
    for (uint32_t i = 0; i < candidate->for_count; i++) {
        candidate->directive.by_owner |=
            candidate->witnesses[i]->origin == ORIGIN_OWNER;
    }
}

/* Whoever is behind ${from} is behind ${into}, too. */
static void unite(struct candidates *list, const struct exposures *exposures,
                  const struct candidate *from, struct candidate *into)
{
    size_t most = (size_t)from->for_count + into->for_count;
    struct sighting **items =
        arena_take(&list->arena, (most + 1) * sizeof(struct sighting *));
    uint32_t count = into->for_count;
    if (!items) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        items[i] = into->witnesses[i];
    }
    for (uint32_t i = 0; i < from->for_count && count < SIGHTINGS_MAX; i++) {
        struct sighting *seen = from->witnesses[i];
        if (option_occurs(into->option, seen->quote) &&
            !exposures_told(exposures, into->finding, seen->view) &&
            !is_known(items, count, seen)) {
            items[count++] = seen;
        }
    }
    qsort(items, count, sizeof(struct sighting *), compare_places);
    into->witnesses = items;
    into->witness_count = into->for_count = count;
    into->left_out += from->left_out;
    count_again(into);
}

/* ---- all of them --------------------------------------------------------- */

static bool is_open(const struct candidate *candidate)
{
    return candidate->kind == FINDING_KIND_DIRECTIVE &&
           candidate->directive.said.strength != DIRECTIVE_REQUEST &&
           candidate->reason == REASON_UNDECIDED;
}

/* Whether ${whole} is told rather than ${part}. */
static bool is_told(const struct candidate *whole, const struct candidate *part)
{
    return directive_reason(whole) == REASON_PROPOSED &&
           (whole->directive.by_owner || !part->directive.by_owner);
}

/* Of two wishes one is told, and with whose evidence. */
static void tell_whole(struct candidates *list,
                       const struct exposures *exposures,
                       struct candidate *whole, struct candidate *part)
{
    if (wish_part_of(part->subject, whole->subject) == WISH_WANTED) {
        unite(list, exposures, part, whole);
    }
    part->reason = REASON_MERGED;
}

/* The whole is not told, or an owner said the part. */
static void tell_part(struct candidates *list,
                      const struct exposures *exposures,
                      struct candidate *whole, struct candidate *part)
{
    bool was_told = directive_reason(whole) == REASON_PROPOSED;
    unite(list, exposures, whole, part);
    if (was_told) {
        whole->reason = REASON_MERGED;
    }
}

typedef void (*tell_wish)(struct candidates *list,
                          const struct exposures *exposures,
                          struct candidate *whole, struct candidate *part);

/* All parts of ${whole} among items[from..to) that ${tell} is about. */
static void unite_with(struct candidates *list,
                       const struct exposures *exposures,
                       struct candidate *whole, size_t to, tell_wish tell)
{
    size_t from = to;
    while (from > 0 && list->items[from - 1].team == whole->team) {
        from--;
    }
    for (size_t i = from; i < to && is_open(whole); i++) {
        struct candidate *part = &list->items[i];
        if (is_open(part) &&
            wish_part_of(part->subject, whole->subject) != WISH_OTHER &&
            is_told(whole, part) == (tell == tell_whole)) {
            tell(list, exposures, whole, part);
        }
    }
}

/* Items of one team. */
static void unite_team(struct candidates *list,
                       const struct exposures *exposures, size_t from,
                       size_t to, tell_wish tell)
{
    for (size_t i = from; i < to; i++) {
        if (list->items[i].directive.said.instead.len > 0) {
            unite_with(list, exposures, &list->items[i], to, tell);
        }
    }
}

void wishes_unite(struct candidates *list, const struct exposures *exposures)
{
    size_t from = 0;
    while (from < list->count) {
        size_t to = from + 1;
        while (to < list->count &&
               list->items[to].team == list->items[from].team) {
            to++;
        }
        /* Wholes that are told come first: what is part of one speaks for no
         * other. */
        unite_team(list, exposures, from, to, tell_whole);
        unite_team(list, exposures, from, to, tell_part);
        from = to;
    }
}
