/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "memory/gate/text/screen.h"
#include "memory/stats/stats.h"
#include "plugin/detect/mistakes/truth_places.h"

enum side {
    KNOWN_GOOD, /* by two people, in three times as many sessions as not */
    KNOWN_BAD,  /* the same the other way round */
    ONE_GOOD,   /* by one person, and nobody failed over it */
    ONE_BAD,    /* for one person, and it worked for nobody */
    SIDES
};

static bool outweighs(const struct few *people, const struct few *sessions,
                      const struct few *opposite)
{
    return people->count >= TRUTH_PRINCIPALS_MIN &&
           sessions->count >= 3 * opposite->count;
}

/* Sessions cost nothing, so one person who fails in many does not take away
 * what works for three times as many people. */
static bool is_good(const struct truth_name *name)
{
    uint32_t good = name->good_people.count;
    return outweighs(&name->good_people, &name->good_sessions,
                     &name->bad_sessions) ||
           (good >= TRUTH_PRINCIPALS_MIN && good >= 3 * name->bad_people.count);
}

/* Nor does what works for more people than it fails not exist. */
static bool is_bad(const struct truth_name *name)
{
    return outweighs(&name->bad_people, &name->bad_sessions,
                     &name->good_sessions) &&
           name->bad_people.count >= name->good_people.count;
}

static bool is_on(const struct truth_name *name, enum side side)
{
    switch (side) {
    case KNOWN_GOOD:
        return is_good(name);
    case KNOWN_BAD:
        return is_bad(name);
    case ONE_GOOD:
        return name->good_people.count == 1 && name->bad_sessions.count == 0;
    case ONE_BAD:
    case SIDES:
        break;
    }
    /* For a name that one person made up nobody has to look at all. */
    return name->bad_people.count == 1 && name->good_sessions.count == 0 &&
           !text_is_sensitive(name->text);
}

bool truth_is_told(const struct truth_denial *denial)
{
    const struct truth_place *place = denial->place;
    struct sighting_counts counts =
        sightings_count(place->seen.items, place->seen.count);
    const struct stats_mistake seen = sightings_mistake(&counts);
    return is_on(denial->name, KNOWN_BAD) &&
           stats_mistake_lack(&seen, STATS_TIER_PROPOSAL) ==
               STATS_LACK_NOTHING &&
           !sightings_are_burst(place->seen.items, place->seen.count);
}

static int compare_names(const void *a, const void *b)
{
    const struct place_name *x = a;
    const struct place_name *y = b;
    int order = (x->sessions < y->sessions) - (x->sessions > y->sessions);
    return order ? order : bytes_compare(x->text, y->text);
}

/* Copies the names of one side, most seen first. */
static struct place_name *names_on(const struct truth_place *place,
                                   enum side side, struct candidates *out,
                                   uint32_t *out_count)
{
    struct place_name *names =
        arena_take(&out->arena, (map_size(place->names) + 1) * sizeof(*names));
    uint32_t count = 0;
    size_t cursor = 0;
    void *value = NULL;
    while (names && map_next(place->names, &cursor, NULL, &value)) {
        const struct truth_name *name = value;
        bool is_bad = side == KNOWN_BAD || side == ONE_BAD;
        if (is_on(name, side)) {
            names[count++] = (struct place_name){
                .text = name->text,
                .people =
                    is_bad ? name->bad_people.count : name->good_people.count,
                .sessions = is_bad ? name->bad_sessions.count
                                   : name->good_sessions.count,
            };
        }
    }
    if (count > 1) {
        qsort(names, count, sizeof(*names), compare_names);
    }
    *out_count = count;
    return names;
}

/* Distinct (session, name) pairs that failed: what the memory would have
 * spared. */
static uint32_t failures(const struct truth_place *place)
{
    uint32_t sum = 0;
    size_t cursor = 0;
    void *value = NULL;
    while (map_next(place->names, &cursor, NULL, &value)) {
        sum += ((const struct truth_name *)value)->bad_sessions.count;
    }
    return sum;
}

static enum reason first_reason(const struct truth_place *place)
{
    if (place->seen.count == 0) {
        return place->exposed > 0 ? REASON_EXPOSED : REASON_NO_EVIDENCE;
    }
    return sightings_are_burst(place->seen.items, place->seen.count)
               ? REASON_INCIDENT
               : REASON_UNDECIDED;
}

static void add_candidate(const struct truth *truth,
                          const struct truth_place *place,
                          struct candidates *out)
{
    struct candidate *candidate = candidates_add(out);
    if (!candidate) {
        return;
    }
    const struct roster *roster = truth->setting->roster;
    candidate->kind = FINDING_KIND_MISTAKE;
    candidate->team = place->team;
    candidate->team_name = roster_team_name(roster, place->team);
    candidate->subject = place->subject;
    candidate->option = place->option;
    candidate->reason = first_reason(place);
    candidate->witnesses = place->seen.items;
    candidate->witness_count = place->seen.count;
    candidate->for_count = place->seen.count;
    candidate->counts = sightings_count(place->seen.items, place->seen.count);
    candidate->principals = candidate->counts.principals;
    candidate->left_out =
        place->seen.left_out > 0 && failures(place) > place->seen.count
            ? failures(place) - place->seen.count
            : 0;
    struct place_figures *figures = arena_take(&out->arena, sizeof(*figures));
    if (!figures) {
        candidate->reason = REASON_NO_EVIDENCE;
        candidate_name(candidate);
        return;
    }
    candidate->mistake.place = figures;
    candidate->mistake.tool = place->tool;
    candidate->mistake.values = place->owner;
    candidate->mistake.label = MISTAKE_NAMES;
    candidate->mistake.occurrences = failures(place);
    figures->kind = place->kind;
    figures->owner = place->owner;
    figures->people = place->people.count;
    figures->sessions = place->sessions.count;
    figures->failures = failures(place);
    figures->good = names_on(place, KNOWN_GOOD, out, &figures->good_count);
    figures->bad = names_on(place, KNOWN_BAD, out, &figures->bad_count);
    figures->once = names_on(place, ONE_GOOD, out, &figures->once_count);
    figures->bad_once = names_on(place, ONE_BAD, out, &figures->bad_once_count);
    candidate_name(candidate);
}

void truth_collect(const struct truth *truth, struct candidates *out)
{
    size_t cursor = 0;
    void *value = NULL;
    while (map_next(truth->places, &cursor, NULL, &value)) {
        const struct truth_place *place = value;
        if (place->seen.count > 0 || place->exposed > 0) {
            add_candidate(truth, place, out);
        }
    }
}
