/* SPDX-License-Identifier: MIT */
/* From mistakes that do not come back by themselves to families that do: what
 * a shell, a compiler or the system says in ever other words ("syntax error",
 * "permission denied") about ever other things. Whatever reaches a proposal by
 * itself is told more precisely, and counts for no family. What several tools
 * say in the very same words, each too seldom, is a family, too. A human looks
 * at what is told of one: it says that something recurs, not what helps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/option.h"
#include "memory/stats/stats.h"
#include "plugin/detect/mistakes/fix/fixes.h"
#include "plugin/detect/mistakes/mistake.h"

enum {
    WORDS_MIN = 4, /* of a message that says what is wrong, whoever says it */
    TOOLS_NAMED = 4
};

struct relative {
    const struct mistake *mistake;
    struct bytes tool; /* empty: whichever */
    const char *name;  /* these two are lent */
    struct bytes phrase;
};

struct family {
    const struct detector_setting *setting;
    const struct features *features;
    const struct relative *first;
    struct candidate *candidate;
    uint64_t occurrences;
    uint32_t wordings;
    const struct mistake *most; /* the one that most sessions met */
    uint32_t users;             /* of the tool that most use */
};

static bool are_proposed(const struct sighting_counts *counts)
{
    const struct stats_mistake seen = sightings_mistake(counts);
    return stats_mistake_lack(&seen, STATS_TIER_PROPOSAL) == STATS_LACK_NOTHING;
}

static bool is_told_alone(const struct mistake *mistake)
{
    const struct sighting_counts counts =
        sightings_count(mistake->seen.items, mistake->seen.count);
    return are_proposed(&counts);
}

/* Whether it is one that a family may have: outages are no lesson, however many
 * there are. */
static bool is_relative(const struct mistake *mistake)
{
    const struct sightings *seen = &mistake->seen;
    return seen->count > 0 && !is_told_alone(mistake) &&
           !sightings_are_burst(seen->items, seen->count);
}

static int compare_relatives(const void *a, const void *b)
{
    const struct relative *x = a;
    const struct relative *y = b;
    int order = (x->mistake->team > y->mistake->team) -
                (x->mistake->team < y->mistake->team);
    order = order ? order : bytes_compare(x->tool, y->tool);
    order = order ? order : strcmp(x->name, y->name);
    order = order ? order : bytes_compare(x->phrase, y->phrase);
    order = order ? order : bytes_compare(x->mistake->tool, y->mistake->tool);
    order = order ? order
                  : bytes_compare(x->mistake->template_text,
                                  y->mistake->template_text);
    return order ? order
                 : bytes_compare(x->mistake->option, y->mistake->option);
}

static bool is_kin(const struct relative *a, const struct relative *b)
{
    return a->mistake->team == b->mistake->team &&
           bytes_equal(a->tool, b->tool) && strcmp(a->name, b->name) == 0 &&
           bytes_equal(a->phrase, b->phrase);
}

static void add_sightings(struct family *family, const struct mistake *mistake)
{
    struct candidate *candidate = family->candidate;
    for (uint32_t i = 0; i < mistake->seen.count; i++) {
        struct sighting *seen = mistake->seen.items[i];
        if (candidate->witness_count < SIGHTINGS_MAX &&
            option_occurs(candidate->option, seen->quote) &&
            !exposures_told(family->setting->exposures, candidate->finding,
                            seen->view) &&
            !sightings_echo(candidate->witnesses, candidate->witness_count,
                            seen)) {
            candidate->witnesses[candidate->witness_count++] = seen;
        }
    }
    uint32_t users =
        roster_users(family->setting->roster, mistake->team, mistake->tool);
    family->users = users > family->users ? users : family->users;
    family->occurrences += mistake->occurrences;
    family->wordings++;
    if (mistake->seen.count > family->most->seen.count) {
        family->most = mistake;
    }
}

static void set_names(struct candidate *candidate, const struct family *family,
                      struct candidates *out)
{
    const struct relative *first = family->first;
    struct buf subject;
    buf_init(&subject, SUBJECT_MAX_BYTES);
    if (first->tool.len > 0) {
        buf_add(&subject, bytes_slice(first->tool, 0, SUBJECT_MAX_BYTES / 4));
        buf_add_format(&subject, ": family %s", first->name);
    } else {
        buf_add_text(&subject, "several tools: ");
        buf_add(&subject, bytes_slice(first->phrase, 0, SUBJECT_MAX_BYTES / 2));
    }
    candidate->kind = FINDING_KIND_MISTAKE;
    candidate->team = first->mistake->team;
    candidate->team_name =
        roster_team_name(family->setting->roster, candidate->team);
    candidate->subject = candidates_text(out, buf_bytes(&subject));
    candidate->option = first->phrase;
    candidate_name(candidate);
    buf_fini(&subject);
}

/* "Edit, Write", which ${relatives} are sorted by. */
static struct bytes name_tools(const struct relative *relatives, size_t count,
                               struct candidates *out)
{
    struct buf tools;
    buf_init(&tools, SUBJECT_MAX_BYTES);
    for (size_t i = 0; i < count && i < TOOLS_NAMED; i++) {
        buf_add_text(&tools, i > 0 ? ", " : "");
        buf_add(&tools, bytes_slice(relatives[i].mistake->tool, 0,
                                    SUBJECT_MAX_BYTES / 2 / TOOLS_NAMED));
    }
    struct bytes text = candidates_text(out, buf_bytes(&tools));
    buf_fini(&tools);
    return text;
}

static void set_figures(struct candidate *candidate,
                        const struct family *family, struct candidates *out)
{
    candidate->for_count = candidate->witness_count;
    candidate->counts =
        sightings_count(candidate->witnesses, candidate->witness_count);
    candidate->principals = candidate->counts.principals;
    candidate->mistake = (struct mistake_figures){
        .tool = family->first->tool,
        .template_text = family->most->template_text,
        .family = candidates_text(out, bytes_of_text(family->first->name)),
        .wordings = family->wordings,
        .tool_users = family->users,
        .agents =
            sightings_agents(candidate->witnesses, candidate->witness_count),
        .occurrences = family->occurrences,
        .label = MISTAKE_FAMILY,
    };
    if (candidate->witness_count == 0) {
        candidate->reason = REASON_NO_EVIDENCE;
    } else if (sightings_are_burst(candidate->witnesses,
                                   candidate->witness_count)) {
        candidate->reason = REASON_INCIDENT;
    }
}

/* What is told of a family that goes away when the same is tried again, as what
 * is told of one mistake: nothing. Looked at where it would be told otherwise.
 */
static void set_transient(const struct family *family,
                          const struct relative *relatives, size_t count,
                          struct arena *arena)
{
    struct candidate *candidate = family->candidate;
    struct trials trials = {0};
    struct fix_figures fix;
    if (!are_proposed(&candidate->counts)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        trials_merge(&trials, &relatives[i].mistake->trials);
    }
    struct fix_figures *kept = fix_goes_away(&trials, family->features, &fix)
                                   ? arena_take(arena, sizeof(*kept))
                                   : NULL;
    if (kept) {
        *kept = fix;
        candidate->mistake.fix = kept;
        candidate->mistake.label = MISTAKE_TRANSIENT;
    }
    trials_fini(&trials);
}

/* How many witnesses ${relatives} may have together. */
static size_t most_witnesses(const struct relative *relatives, size_t count)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++) {
        most += relatives[i].mistake->seen.count;
    }
    return most < SIGHTINGS_MAX ? most : SIGHTINGS_MAX;
}

/* One family of at least two wordings or tools, relatives[0..count), which
 * begins as ${none}. */
static void add_family(const struct family *none,
                       const struct relative *relatives, size_t count,
                       struct candidates *out)
{
    struct candidate *candidate = candidates_add(out);
    size_t most = most_witnesses(relatives, count);
    struct sighting **room =
        candidate ? arena_take(&out->arena, (most + 1) * sizeof(*room)) : NULL;
    if (!room) {
        return;
    }
    struct family family = *none;
    family.first = relatives;
    family.candidate = candidate;
    family.most = relatives->mistake;
    candidate->witnesses = room;
    set_names(candidate, &family, out);
    for (size_t i = 0; i < count; i++) {
        add_sightings(&family, relatives[i].mistake);
    }
    set_figures(candidate, &family, out);
    set_transient(&family, relatives, count, &out->arena);
    if (relatives->tool.len == 0) {
        candidate->mistake.tool = name_tools(relatives, count, out);
    }
}

/* Whether it says what is wrong in constant words, the same whichever tool. */
static bool is_said_in_words(const struct mistake *mistake)
{
    struct bytes text = mistake->template_text;
    size_t words = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        words += text.data[i] == ' ';
    }
    return words >= WORDS_MIN && mistake->values.len == 0 &&
           bytes_find(text, BYTES_LITERAL("<"), 0) == SIZE_MAX;
}

static void name_kin(struct mistake *mistake)
{
    struct mistake_kin *kin = &mistake->kin;
    struct bytes name =
        template_family_phrase(mistake->template_text, kin->name, &kin->phrase);
    kin->is_any = true;
    if (name.len == 0) {
        kin->name[0] = '\0';
        kin->phrase = mistake->option;
        kin->is_any = is_said_in_words(mistake);
    }
    kin->is_named = true;
}

/* Whether ${mistake} is kin to others by anything, and may count for it; found
 * again only if it changed. */
static bool find_kin(struct mistake *mistake)
{
    struct mistake_kin *kin = &mistake->kin;
    if (!kin->is_named) {
        name_kin(mistake);
    }
    if (kin->is_any && kin->version != mistake->version) {
        kin->is_relative = is_relative(mistake);
        kin->version = mistake->version;
    }
    return kin->is_any && kin->is_relative;
}

void mistakes_relate(const struct detector_setting *setting,
                     const struct features *features,
                     struct mistake *const *items, size_t count,
                     struct candidates *out)
{
    const struct family none = {.setting = setting, .features = features};
    struct relative *relatives = mem_new_array(count + 1, sizeof(*relatives));
    size_t kin_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct mistake_kin *kin = &items[i]->kin;
        if (find_kin(items[i])) {
            relatives[kin_count++] = (struct relative){
                .mistake = items[i],
                .tool = kin->name[0] ? items[i]->tool : bytes_of(NULL, 0),
                .name = kin->name,
                .phrase = kin->phrase};
        }
    }
    if (kin_count > 0) {
        qsort(relatives, kin_count, sizeof(*relatives), compare_relatives);
    }
    for (size_t from = 0, to = 1; from < kin_count; from = to++) {
        while (to < kin_count && is_kin(&relatives[from], &relatives[to])) {
            to++;
        }
        if (to - from >= 2) {
            add_family(&none, relatives + from, to - from, out);
        }
    }
    free(relatives);
}
