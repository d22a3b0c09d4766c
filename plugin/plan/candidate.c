/* SPDX-License-Identifier: MIT */
#include "plugin/plan/candidate.h"

#include <stdlib.h>
#include <string.h>

#include "memory/change.h"
#include "plugin/hygiene/typed.h"

enum {
    CANDIDATES_ARENA_MAX = 1 << 30
};

const char *reason_name(enum reason reason)
{
    static const char *const names[] = {
#define REASON_NAME(code, name, text) name,
        REASON_LIST(REASON_NAME)
#undef REASON_NAME
    };
    assert(reason < REASON_COUNT);
    return names[reason];
}

const char *reason_text(enum reason reason)
{
    static const char *const texts[] = {
#define REASON_TEXT(code, name, text) text,
        REASON_LIST(REASON_TEXT)
#undef REASON_TEXT
    };
    assert(reason < REASON_COUNT);
    return texts[reason];
}

const char *reason_text_of(const char *name)
{
    for (int i = 0; i < REASON_COUNT; i++) {
        if (strcmp(reason_name((enum reason)i), name) == 0) {
            return reason_text((enum reason)i);
        }
    }
    return "";
}

const char *mistake_label_name(enum mistake_label label)
{
    static const char *const names[] = {
        [MISTAKE_UNRESOLVED] = "unresolved",
        [MISTAKE_WORKED] = "worked",
        [MISTAKE_FIX] = "fix",
        [MISTAKE_TRANSIENT] = "transient",
        [MISTAKE_CORRECTED] = "corrected",
        [MISTAKE_NAMES] = "names",
        [MISTAKE_FAMILY] = "family",
        [MISTAKE_OPEN] = "open",
    };
    assert((size_t)label < ARRAY_LEN(names));
    return names[label];
}

const char *tier_name(enum tier tier)
{
    return tier == TIER_AUTO ? "auto" : tier == TIER_PROPOSAL ? "proposal" : "";
}

const char *baseline_source_name(enum baseline_source source)
{
    return source == BASELINE_TEAMS   ? "teams"
           : source == BASELINE_TABLE ? "table"
                                      : "none";
}

const struct preference_scope *
preference_scope(const struct preference_figures *figures)
{
    static const struct preference_scope none;
    return figures->scope ? figures->scope : &none;
}

struct preference_scope *candidate_scope(struct candidate *candidate,
                                         struct arena *arena)
{
    struct preference_figures *figures = &candidate->preference;
    if (!figures->scope) {
        figures->scope = arena_take(arena, sizeof(*figures->scope));
    }
    if (!figures->scope) {
        candidate->reason = REASON_NO_EVIDENCE;
        candidate->tier = TIER_NONE;
    }
    return figures->scope;
}

const struct place_figures *mistake_place(const struct mistake_figures *figures)
{
    static const struct place_figures none;
    return figures->place ? figures->place : &none;
}

const struct fix_figures *mistake_fix(const struct mistake_figures *figures)
{
    static const struct fix_figures none;
    return figures->fix ? figures->fix : &none;
}

void candidates_init(struct candidates *list)
{
    *list = (struct candidates){0};
    arena_init(&list->arena, CANDIDATES_ARENA_MAX);
}

void candidates_fini(struct candidates *list)
{
    arena_fini(&list->arena);
    free(list->items);
    *list = (struct candidates){0};
}

struct candidate *candidates_add(struct candidates *list)
{
    if (list->count == CANDIDATES_MAX) {
        list->dropped++;
        return NULL;
    }
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->items =
            mem_grow(list->items, list->capacity * sizeof(*list->items));
    }
    struct candidate *added = &list->items[list->count++];
    *added = (struct candidate){0};
    return added;
}

bool candidate_is_stale(const struct candidate *candidate)
{
    return candidate->kind == FINDING_KIND_PREFERENCE &&
           candidate->preference.is_stale;
}

enum reason candidate_over(const struct candidate *candidate)
{
    return candidate->kind == FINDING_KIND_MISTAKE ? candidate->mistake.over
                                                   : REASON_UNDECIDED;
}

/* Names of teams, and subjects of neighbours, are mostly the same memory. */
static int compare_text(struct bytes a, struct bytes b)
{
    return a.data == b.data && a.len == b.len ? 0 : bytes_compare(a, b);
}

static int compare(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;
    int order = compare_text(x->team_name, y->team_name);
    if (order == 0) {
        order = (int)x->kind - (int)y->kind;
    }
    if (order == 0) {
        order = compare_text(x->subject, y->subject);
    }
    if (order == 0) {
        order = bytes_compare(x->option, y->option);
    }
    if (order == 0) {
        order = bytes_compare(x->agent, y->agent);
    }
    return order ? order
                 : (int)candidate_is_stale(x) - (int)candidate_is_stale(y);
}

void candidates_sort(struct candidates *list)
{
    if (list->count > 0) {
        qsort(list->items, list->count, sizeof(*list->items), compare);
    }
}

struct bytes candidates_text(struct candidates *list, struct bytes text)
{
    return arena_copy(&list->arena, text);
}

void candidate_name(struct candidate *candidate)
{
    struct bytes owner =
        candidate->agent.len > 0 ? candidate->agent : candidate->team_name;
    finding_id((uint32_t)candidate->kind, owner, candidate->subject,
               candidate->option, candidate->finding);
}

uint64_t candidate_sense(const struct candidate *candidate)
{
    bool is_rule = candidate->kind == FINDING_KIND_DIRECTIVE &&
                   candidate->directive.said.strength != DIRECTIVE_REQUEST;
    const struct hygiene_entry entry = {.kind = ENTRY_DIRECTIVE,
                                        .subject = candidate->subject,
                                        .option = candidate->option};
    return is_rule ? typed_sense(&entry) : 0;
}
