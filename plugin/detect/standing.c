/* SPDX-License-Identifier: MIT */
#include "plugin/detect/standing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory/stats/stats.h"

enum {
    KEPT_VOTES_MIN = 3 /* with fewer it costs more to keep than to compute */
};

/* ---- one ballot ---------------------------------------------------------- */

static bool is_lower_text(const struct slot *slot, uint8_t a, uint8_t b)
{
    return bytes_compare(slot_option_text(slot, a), slot_option_text(slot, b)) <
           0;
}

/* Whether ${use} became a vote before ${best} did; without times the more
 * frequent one did. */
static bool is_earlier(const struct slot *slot, const struct use *use,
                       const struct use *best)
{
    if (use->second_us != best->second_us) {
        return use->second_us < best->second_us;
    }
    if (use->uses != best->uses) {
        return use->uses > best->uses;
    }
    return is_lower_text(slot, use->option, best->option);
}

static bool choose_first(const struct slot *slot, const struct marks *marks,
                         uint32_t index, struct ballot *out)
{
    const struct use *best = NULL;
    const struct vote *vote = slot->votes[index];
    for (uint8_t i = 0; i < vote->use_count; i++) {
        const struct use *use = &vote->uses[i];
        if (!use->is_told && use->uses >= QUALIFYING_USES &&
            (!best || is_earlier(slot, use, best))) {
            best = use;
        }
    }
    *out = (struct ballot){.vote = vote, .option = OPTION_NONE};
    if (!best) {
        return false;
    }
    struct habit habit;
    out->option = best->option;
    out->now = marks_habit(marks, index, &habit) ? habit.option : best->option;
    return true;
}

/* What it chooses by now is its ballot in the present epoch. */
static bool choose_now(const struct slot *slot, const struct marks *marks,
                       uint32_t index, struct ballot *out)
{
    struct habit habit;
    *out = (struct ballot){.vote = slot->votes[index], .option = OPTION_NONE};
    if (!marks_habit(marks, index, &habit)) {
        return false;
    }
    out->option = out->now = habit.option;
    out->is_told = habit.is_told;
    return true;
}

static void collect_seen(struct ballot *ballot, const struct witnesses *kept,
                         int64_t from_day)
{
    for (uint8_t i = 0; i < kept->count; i++) {
        struct sighting *seen = kept->items[i];
        if (from_day == INT64_MIN ||
            (seen->has_occurred && seen->day >= from_day)) {
            ballot->seen[ballot->seen_count++] = seen;
        }
    }
}

/* The witnesses of a ballot, earliest first. */
static void find_seen(struct ballot *ballot, int64_t from_day)
{
    const struct use *use =
        vote_use(ballot->vote, ballot->option, ballot->is_told);
    if (!use) {
        return;
    }
    collect_seen(ballot, &use->early, from_day);
    if (from_day != INT64_MIN || use->early.count == 0) {
        collect_seen(ballot, use_late(use), from_day);
    }
}

/* Who had a habit of its own, and by now has been told, only does as it was
 * told. */
static void find_ballot_seen(struct ballot *ballot, int64_t from_day)
{
    find_seen(ballot, from_day);
    if (ballot->seen_count == 0 && from_day != INT64_MIN && !ballot->is_told) {
        ballot->is_told = true;
        find_seen(ballot, from_day);
    }
}

/* ---- echoes -------------------------------------------------------------- */

static int compare_sightings(const struct sighting *a, const struct sighting *b)
{
    if (a->has_occurred != b->has_occurred) {
        return a->has_occurred ? -1 : 1;
    }
    int64_t left = a->has_occurred ? a->occurred_us : 0;
    int64_t right = b->has_occurred ? b->occurred_us : 0;
    if (left != right) {
        return left < right ? -1 : 1;
    }
    if (a->session_hash != b->session_hash) {
        return a->session_hash < b->session_hash ? -1 : 1;
    }
    return (a->seq > b->seq) - (a->seq < b->seq);
}

static int compare_ballots(const void *a, const void *b)
{
    const struct ballot *x = a;
    const struct ballot *y = b;
    return compare_sightings(x->seen[0], y->seen[0]);
}

static bool is_said(const struct sighting *seen)
{
    return seen->origin == ORIGIN_OWNER || seen->origin == ORIGIN_USER;
}

/* Equal commands are what a preference looks like, equal words a broadcast. */
static bool is_echo_of(const struct sighting *a, const struct sighting *b)
{
    return memcmp(a->root, b->root, sizeof(a->root)) == 0 ||
           (is_said(a) && is_said(b) && sighting_repeats(a, b));
}

static bool has_echo(const struct ballot *ballot, const struct sighting *seen)
{
    for (uint8_t i = 0; i < ballot->seen_count; i++) {
        if (is_echo_of(ballot->seen[i], seen)) {
            return true;
        }
    }
    return false;
}

static bool is_echo(const struct ballot *earlier, uint32_t count,
                    const struct sighting *seen)
{
    for (uint32_t i = 0; i < count; i++) {
        if (has_echo(&earlier[i], seen)) {
            return true;
        }
    }
    return false;
}

/* Leaves out what repeats an earlier principal's. */
static void strip(struct ballot *ballot, const struct ballot *earlier,
                  uint32_t count)
{
    uint8_t kept = 0;
    for (uint8_t i = 0; i < ballot->seen_count; i++) {
        if (!is_echo(earlier, count, ballot->seen[i])) {
            ballot->seen[kept++] = ballot->seen[i];
        }
    }
    ballot->seen_count = kept;
}

/* A ballot of which nothing is left does not count. */
static void leave_out_echoes(struct standing *standing)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < standing->count; i++) {
        struct ballot ballot = standing->ballots[i];
        strip(&ballot, standing->ballots, kept);
        if (ballot.seen_count > 0) {
            standing->ballots[kept++] = ballot;
        } else {
            standing->echoes++;
        }
    }
    standing->count = kept;
}

/* ---- an epoch ------------------------------------------------------------ */

struct tallies {
    uint16_t votes[OPTIONS_MAX + 1];
    uint16_t told[OPTIONS_MAX + 1];
    uint16_t now[OPTIONS_MAX + 1];
};

/* Zeroed ones where there is a ballot. */
static struct tallies *set_tallies(struct standing *standing)
{
    static const struct tallies none;
    free(standing->tallies);
    standing->tallies =
        standing->count > 0 ? mem_new(sizeof(*standing->tallies)) : NULL;
    const struct tallies *shown = standing->tallies ? standing->tallies : &none;
    standing->votes = shown->votes;
    standing->told = shown->told;
    standing->now = shown->now;
    return standing->tallies;
}

static void tally(struct standing *standing)
{
    struct tallies *tallies = set_tallies(standing);
    standing->voters = 0;
    for (uint32_t i = 0; tallies && i < standing->count; i++) {
        const struct ballot *ballot = &standing->ballots[i];
        if (!ballot->is_left_out) {
            uint16_t *votes = ballot->is_told ? tallies->told : tallies->votes;
            votes[ballot->option]++;
            tallies->now[ballot->now]++;
            standing->voters++;
        }
    }
    uint32_t most = 0;
    standing->top = OPTION_NONE;
    for (uint8_t k = 0; k < standing->slot->option_count; k++) {
        uint32_t votes = (uint32_t)standing->votes[k] + standing->told[k];
        uint8_t top = standing->top;
        if (top == OPTION_NONE || votes > most ||
            (votes == most && is_lower_text(standing->slot, k, top))) {
            standing->top = k;
            most = votes;
        }
    }
}

/* The ballots of the epoch from ${from_day} on; INT64_MIN: of the first. */
static struct standing *standing_since(const struct slot *slot,
                                       const struct marks *marks,
                                       int64_t from_day)
{
    struct standing *standing = mem_new(sizeof(*standing));
    standing->slot = slot;
    standing->before = OPTION_NONE;
    standing->ballots = mem_new_array(slot->vote_count ? slot->vote_count : 1,
                                      sizeof(*standing->ballots));
    for (uint32_t i = 0; i < slot->vote_count; i++) {
        struct ballot *ballot = &standing->ballots[standing->count];
        bool has_vote = from_day == INT64_MIN
                            ? choose_first(slot, marks, i, ballot)
                            : choose_now(slot, marks, i, ballot);
        if (has_vote) {
            find_ballot_seen(ballot, from_day);
            standing->count += ballot->seen_count > 0;
        }
    }
    if (standing->count > 0) {
        qsort(standing->ballots, standing->count, sizeof(*standing->ballots),
              compare_ballots);
    }
    leave_out_echoes(standing);
    if (standing->count == 0) {
        free(standing->ballots);
        standing->ballots = NULL;
    }
    tally(standing);
    return standing;
}

void standing_free(struct standing *standing)
{
    if (standing) {
        marks_fini(&standing->marks);
        free(standing->ballots);
        free(standing->tallies);
        free(standing);
    }
}

uint32_t standing_voters(const struct standing *standing, uint8_t option)
{
    return standing->voters - standing->told[option];
}

/* ---- change -------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The day by which half of those who choose ${option} by now had taken it up;
 * if ${is_left}, half of those who choose something else. */
static bool day_of_change(const struct marks *marks, uint8_t option,
                          bool is_left, int64_t *out_day)
{
    size_t count = 0;
    int32_t *days = mem_new_array((size_t)marks->count + 1, sizeof(*days));
    for (uint32_t i = 0; i < marks->count; i++) {
        struct habit habit;
        if (marks_habit(marks, i, &habit) &&
            (habit.option == option) != is_left) {
            days[count++] = habit.since;
        }
    }
    if (count > 0) {
        qsort(days, count, sizeof(*days), compare_numbers);
        *out_day = days[(count - 1) / 2];
    }
    free(days);
    return count > 0;
}

static uint8_t most_now(const struct standing *standing)
{
    uint8_t best = OPTION_NONE;
    uint32_t most = 0;
    for (uint8_t k = 0; k < standing->slot->option_count; k++) {
        if (standing->now[k] > most ||
            (standing->now[k] > 0 && standing->now[k] == most &&
             is_lower_text(standing->slot, k, best))) {
            best = k;
            most = standing->now[k];
        }
    }
    return best;
}

/* The share of ${option} when principals first voted, and a bit: how common
 * it may be by now without anything having changed. */
static double share_before(const struct standing *first, uint8_t option)
{
    const double more = 0.1;
    const double least = 0.2;
    const double most = 0.95;
    double share = stats_share(first->voters, first->votes[option]) + more;
    return share < least ? least : share > most ? most : share;
}

/* Whether more than half of those who act by now choose ${option}, and more
 * than ${before} of all would. */
static bool shows_move(const struct standing *present, uint8_t option,
                       double before)
{
    uint32_t voters = present->voters;
    uint32_t votes = present->now[option];
    double least = log(STALE_FACTOR) + log(present->slot->option_count);
    return 2 * votes > voters && stats_log_e(voters, votes, before) >= least;
}

/* The present epoch, if most principals choose something by now that clearly
 * fewer chose when they first voted; else NULL. */
static struct standing *moved_from(const struct standing *first,
                                   const struct marks *marks)
{
    int64_t day = 0;
    const struct slot *slot = first->slot;
    uint8_t option = most_now(first);
    if (option == OPTION_NONE) {
        return NULL;
    }
    double before = share_before(first, option);
    if (stats_share(first->voters, first->now[option]) <= before ||
        !day_of_change(marks, option, false, &day)) {
        return NULL;
    }
    struct standing *present = standing_since(slot, marks, day);
    if (!shows_move(present, option, before)) {
        standing_free(present);
        return NULL;
    }
    present->has_moved = true;
    present->since_day = day;
    present->before = first->top;
    present->before_voters = first->voters;
    present->before_votes =
        first->top == OPTION_NONE ? 0 : first->votes[first->top];
    return present;
}

/* Takes ${marks}. */
static struct standing *make(const struct slot *slot, struct marks marks)
{
    struct standing *first = standing_since(slot, &marks, INT64_MIN);
    struct standing *present = moved_from(first, &marks);
    if (present) {
        standing_free(first);
    }
    struct standing *standing = present ? present : first;
    standing->marks = marks;
    return standing;
}

struct standing *standing_new(const struct slot *slot)
{
    return make(slot, marks_make(slot, NULL));
}

/* Takes back what standing_thin left out. */
static void make_whole(struct standing *standing)
{
    for (uint32_t i = 0; i < standing->count; i++) {
        standing->ballots[i].is_left_out = false;
    }
    standing->clones = 0;
    standing->cited.is_known = false;
    tally(standing);
}

/* Brings the standing that ${slot} keeps up to its version; whether that took
 * more than to see that nothing it is made of changed. */
static bool renew(struct slot *slot)
{
    struct standing *kept = slot->memo;
    struct marks marks = marks_make(slot, kept ? &kept->marks : NULL);
    uint64_t signature = marks_signature(slot, &marks);
    slot->memo_version = slot->version;
    if (kept && kept->signature == signature) {
        marks_fini(&kept->marks);
        kept->marks = marks;
        return false;
    }
    standing_free(kept);
    slot->memo = make(slot, marks);
    slot->memo->signature = signature;
    return true;
}

struct standing *standing_of(struct slot *slot, bool *out_is_new)
{
    *out_is_new = false;
    if (slot->vote_count < KEPT_VOTES_MIN) {
        return standing_new(slot);
    }
    bool is_kept = slot->memo && slot->memo_version == slot->version;
    *out_is_new = !is_kept && renew(slot);
    if (slot->memo->clones > 0) {
        make_whole(slot->memo);
    }
    return slot->memo;
}

void standing_release(const struct slot *slot, struct standing *standing)
{
    if (standing != slot->memo) {
        standing_free(standing);
    }
}

bool standing_is_stale(const struct standing *standing, uint8_t option,
                       struct standing **out_stale)
{
    const double half = 0.5;
    int64_t day = 0;
    const struct slot *slot = standing->slot;
    if (stats_share(standing->voters, standing->now[option]) > half ||
        !day_of_change(&standing->marks, option, true, &day)) {
        return false;
    }
    struct standing *present = standing_since(slot, &standing->marks, day);
    uint32_t others = present->voters - present->now[option];
    if (stats_log_e(present->voters, others, half) < log(STALE_FACTOR)) {
        standing_free(present);
        return false;
    }
    *out_stale = present;
    return true;
}

/* ---- clusters ------------------------------------------------------------ */

static double rho_of(uint64_t cluster, const struct cluster_rho *rhos,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rhos[i].cluster == cluster) {
            return rhos[i].rho;
        }
    }
    return 0;
}

/* What n equally correlated votes are worth: at least one. */
static uint32_t worth(uint32_t n, double rho)
{
    double worth = n / (1 + (n - 1.0) * rho);
    return worth < 1 ? 1 : (uint32_t)(worth + 1e-9);
}

/* Keeps ${keep} of the ${size} ballots of the cluster: of those for each option
 * the earliest, in proportion; what rounding leaves goes to the earliest. */
static void thin_cluster(struct standing *standing, uint64_t cluster,
                         uint32_t size, uint32_t keep)
{
    uint32_t members[OPTIONS_MAX + 1] = {0};
    uint32_t kept[OPTIONS_MAX + 1] = {0};
    for (uint32_t i = 0; i < standing->count; i++) {
        struct ballot *ballot = &standing->ballots[i];
        if (ballot->cluster == cluster) {
            members[ballot->option]++;
            ballot->is_left_out = true;
        }
    }
    uint32_t left = keep;
    for (uint32_t k = 0; k <= OPTIONS_MAX; k++) {
        kept[k] = (uint32_t)((uint64_t)keep * members[k] / size);
        left -= kept[k];
    }
    for (uint32_t i = 0; i < standing->count; i++) {
        struct ballot *ballot = &standing->ballots[i];
        if (ballot->cluster != cluster) {
            continue;
        }
        if (kept[ballot->option] > 0) {
            kept[ballot->option]--;
            ballot->is_left_out = false;
        } else if (left > 0) {
            left--;
            ballot->is_left_out = false;
        }
        standing->clones += ballot->is_left_out;
        standing->cited.is_known &= !ballot->is_left_out;
    }
}

void standing_thin(struct standing *standing, const struct cluster_rho *rhos,
                   size_t count)
{
    for (uint32_t i = 0; i < standing->count; i++) {
        uint64_t cluster = standing->ballots[i].cluster;
        uint32_t size = 0;
        bool is_first = cluster != 0;
        for (uint32_t j = 0; j < standing->count && is_first; j++) {
            bool is_same = standing->ballots[j].cluster == cluster;
            is_first = !is_same || j >= i;
            size += is_same;
        }
        if (is_first && size > 1) {
            thin_cluster(standing, cluster, size,
                         worth(size, rho_of(cluster, rhos, count)));
        }
    }
    tally(standing);
}

bool standing_is_of_one(const struct standing *standing, uint8_t option)
{
    uint64_t cluster = 0;
    for (uint32_t i = 0; i < standing->count; i++) {
        const struct ballot *ballot = &standing->ballots[i];
        if (ballot->option != option || ballot->is_told) {
            continue;
        }
        if (ballot->cluster == 0 ||
            (cluster != 0 && ballot->cluster != cluster)) {
            return false;
        }
        cluster = ballot->cluster;
    }
    return cluster != 0;
}

/* ---- witnesses ----------------------------------------------------------- */

static int compare_places(const void *a, const void *b)
{
    const struct sighting *x = *(struct sighting *const *)a;
    const struct sighting *y = *(struct sighting *const *)b;
    int order = (x->log > y->log) - (x->log < y->log);
    return order ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

/* What a ballot says about ${option}: for it 1, against it -1, nothing 0. */
static int sense_of(const struct ballot *ballot, uint8_t option)
{
    if (ballot->is_left_out) {
        return 0;
    }
    return ballot->option != option ? -1 : !ballot->is_told;
}

/* Adds the ${round}-th witness of every ballot of ${sense}, as long as there is
 * room. */
static uint32_t add_round(const struct standing *standing, uint8_t option,
                          int sense, uint32_t round, uint32_t room,
                          struct sighting **out)
{
    uint32_t added = 0;
    for (uint32_t i = 0; i < standing->count && added < room; i++) {
        const struct ballot *ballot = &standing->ballots[i];
        if (sense_of(ballot, option) == sense && round < ballot->seen_count) {
            out[added++] = ballot->seen[round];
        }
    }
    return added;
}

uint32_t standing_witnesses(const struct standing *standing, uint8_t option,
                            struct sighting **out, uint32_t *out_for)
{
    struct sighting *against[SIGHTINGS_MAX];
    uint32_t against_count =
        add_round(standing, option, -1, 0, SIGHTINGS_MAX, against);
    uint32_t room = SIGHTINGS_MAX - against_count;
    uint32_t count = 0;
    for (uint32_t round = 0; round < USE_DAYS; round++) {
        count +=
            add_round(standing, option, 1, round, room - count, out + count);
    }
    if (count > 0) {
        qsort(out, count, sizeof(struct sighting *), compare_places);
    }
    if (against_count > 0) {
        qsort(against, against_count, sizeof(struct sighting *),
              compare_places);
        memcpy(out + count, against, against_count * sizeof(against[0]));
    }
    *out_for = count;
    return count + against_count;
}

const struct standing_cited *standing_count(struct standing *standing,
                                            uint8_t option,
                                            struct sighting *const *seen,
                                            uint32_t for_count, uint32_t count)
{
    struct standing_cited *cited = &standing->cited;
    if (!cited->is_known || cited->option != option) {
        *cited = (struct standing_cited){
            .is_known = true,
            .option = option,
            .counts = sightings_count(seen, for_count),
            .principals = sightings_count(seen, count).principals,
        };
    }
    return cited;
}
