/* SPDX-License-Identifier: MIT */
#include "plugin/detect/standing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory/stats/stats.h"

enum {
    RECENT_USES = 5, /* of which the majority is what it chooses by now */
    SEEN_MAX = 2 * USE_DAYS
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

static bool choose_first(const struct slot *slot, const struct vote *vote,
                         struct ballot *out)
{
    const struct use *best = NULL;
    for (uint8_t i = 0; i < vote->use_count; i++) {
        const struct use *use = &vote->uses[i];
        if (!use->is_told && use->uses >= QUALIFYING_USES &&
            (!best || is_earlier(slot, use, best))) {
            best = use;
        }
    }
    *out = (struct ballot){.vote = vote};
    out->option = best ? best->option : OPTION_NONE;
    return best != NULL;
}

/* Uses of the options on the days that were read so far. */
struct count {
    uint32_t uses[OPTIONS_MAX + 1];
    uint32_t told[OPTIONS_MAX + 1];
};

static uint32_t uses_of(const struct count *count, uint8_t option)
{
    return count->uses[option] + count->told[option];
}

static uint8_t most_used(const struct slot *slot, const struct count *count)
{
    uint8_t best = OPTION_NONE;
    for (uint32_t i = 0; i < slot->option_count; i++) {
        uint8_t k = (uint8_t)i;
        uint32_t uses = uses_of(count, k);
        uint32_t most = best == OPTION_NONE ? 0 : uses_of(count, best);
        if (uses > most ||
            (uses > 0 && uses == most && is_lower_text(slot, k, best))) {
            best = k;
        }
    }
    return best;
}

/* The first option used twice from ${from_day} on, by days; of several on one
 * day the most used. */
static bool choose_since(const struct slot *slot, const struct vote *vote,
                         int64_t from_day, struct ballot *out)
{
    struct count count = {{0}, {0}};
    uint8_t i = 0;
    *out = (struct ballot){.vote = vote, .option = OPTION_NONE};
    while (i < vote->day_count && out->option == OPTION_NONE) {
        int32_t day = vote->days[i].day;
        bool is_vote = false;
        for (; i < vote->day_count && vote->days[i].day == day; i++) {
            const struct day_use *seen = &vote->days[i];
            uint32_t *uses = seen->is_told ? count.told : count.uses;
            uses[seen->option] += day >= from_day ? seen->uses : 0;
            is_vote |= uses_of(&count, seen->option) >= QUALIFYING_USES;
        }
        if (is_vote) {
            uint8_t most = most_used(slot, &count);
            out->option = most;
            out->is_told = count.uses[most] < QUALIFYING_USES;
        }
    }
    return out->option != OPTION_NONE;
}

/* The majority of its latest uses, at least RECENT_USES where there are as
 * many. */
static uint8_t choice_now(const struct slot *slot, const struct ballot *ballot)
{
    const struct vote *vote = ballot->vote;
    struct count count = {{0}, {0}};
    uint32_t uses = 0;
    for (uint8_t i = vote->day_count; i > 0; i--) {
        const struct day_use *seen = &vote->days[i - 1];
        bool is_same_day =
            i < vote->day_count && seen->day == vote->days[i].day;
        if (uses >= RECENT_USES && !is_same_day) {
            break;
        }
        count.uses[seen->option] += seen->uses;
        uses += seen->uses;
    }
    uint8_t most = most_used(slot, &count);
    return most == OPTION_NONE ? ballot->option : most;
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
    if (from_day != INT64_MIN) {
        collect_seen(ballot, &use->late, from_day);
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

static void tally(struct standing *standing)
{
    memset(standing->votes, 0, sizeof(standing->votes));
    memset(standing->told, 0, sizeof(standing->told));
    memset(standing->now, 0, sizeof(standing->now));
    standing->voters = 0;
    for (uint32_t i = 0; i < standing->count; i++) {
        const struct ballot *ballot = &standing->ballots[i];
        if (!ballot->is_left_out) {
            uint32_t *votes =
                ballot->is_told ? standing->told : standing->votes;
            votes[ballot->option]++;
            standing->now[ballot->now]++;
            standing->voters++;
        }
    }
    uint32_t most = 0;
    standing->top = OPTION_NONE;
    for (uint8_t k = 0; k < standing->slot->option_count; k++) {
        uint32_t votes = standing->votes[k] + standing->told[k];
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
                                       int64_t from_day)
{
    struct standing *standing = mem_new(sizeof(*standing));
    standing->slot = slot;
    standing->before = OPTION_NONE;
    standing->ballots = mem_new_array(slot->vote_count ? slot->vote_count : 1,
                                      sizeof(*standing->ballots));
    for (uint32_t i = 0; i < slot->vote_count; i++) {
        struct ballot *ballot = &standing->ballots[standing->count];
        bool has_vote =
            from_day == INT64_MIN
                ? choose_first(slot, slot->votes[i], ballot)
                : choose_since(slot, slot->votes[i], from_day, ballot);
        if (has_vote) {
            find_seen(ballot, from_day);
            ballot->now = choice_now(slot, ballot);
            standing->count += ballot->seen_count > 0;
        }
    }
    if (standing->count > 0) {
        qsort(standing->ballots, standing->count, sizeof(*standing->ballots),
              compare_ballots);
    }
    leave_out_echoes(standing);
    tally(standing);
    return standing;
}

void standing_free(struct standing *standing)
{
    if (standing) {
        free(standing->ballots);
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

/* The latest days on which anything was chosen, ascending. */
static uint32_t latest_days(const struct slot *slot, int32_t *out)
{
    size_t count = 0;
    int32_t *days = mem_new_array((size_t)slot->vote_count * HISTORY_DAYS + 1,
                                  sizeof(*days));
    for (uint32_t i = 0; i < slot->vote_count; i++) {
        for (uint8_t j = 0; j < slot->votes[i]->day_count; j++) {
            days[count++] = slot->votes[i]->days[j].day;
        }
    }
    qsort(days, count, sizeof(*days), compare_numbers);
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        if (distinct == 0 || days[distinct - 1] != days[i]) {
            days[distinct++] = days[i];
        }
    }
    uint32_t kept =
        distinct < MOVE_DAYS_MAX ? (uint32_t)distinct : MOVE_DAYS_MAX;
    if (kept > 0) {
        memcpy(out, days + (distinct - kept), kept * sizeof(*out));
    }
    free(days);
    return kept;
}

/* Principals that voted since a day, and those of them who chose an option. */
struct since {
    uint32_t voters;
    uint32_t votes;
};

static struct since count_since(const struct slot *slot, int32_t day,
                                uint8_t option)
{
    struct since since = {0, 0};
    struct ballot ballot;
    for (uint32_t i = 0; i < slot->vote_count; i++) {
        if (choose_since(slot, slot->votes[i], day, &ballot)) {
            since.voters++;
            since.votes += ballot.option == option;
        }
    }
    return since;
}

/* An e-value for "since some day more than ${baseline} of the principals
 * choose ${option}" (or, if ${is_left}, choose something else): the mean over
 * the days. *out_day is the day that shows it best. */
static double log_e_since(const struct slot *slot, uint8_t option, bool is_left,
                          double baseline, int64_t *out_day)
{
    int32_t days[MOVE_DAYS_MAX];
    uint32_t count = latest_days(slot, days);
    double best = -INFINITY;
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct since since = count_since(slot, days[i], option);
        uint32_t votes = is_left ? since.voters - since.votes : since.votes;
        double log_e = stats_log_e(since.voters, votes, baseline);
        sum += exp(log_e);
        if (log_e > best) {
            best = log_e;
            *out_day = days[i];
        }
    }
    return count > 0 ? log(sum / count) : -INFINITY;
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

/* Whether most principals choose something by now that clearly fewer chose
 * when they first voted; *out_day is when that began. */
static bool has_moved(const struct standing *first, int64_t *out_day)
{
    const double half = 0.5;
    const double more = 0.1;
    const double all = 0.95;
    uint8_t option = most_now(first);
    if (option == OPTION_NONE) {
        return false;
    }
    double then = stats_share(first->voters, first->votes[option]) + more;
    double baseline = then < half ? half : then > all ? all : then;
    if (stats_share(first->voters, first->now[option]) <= baseline) {
        return false;
    }
    double least = log(STALE_FACTOR) + log(first->slot->option_count);
    return log_e_since(first->slot, option, false, baseline, out_day) >= least;
}

struct standing *standing_new(const struct slot *slot)
{
    struct standing *first = standing_since(slot, INT64_MIN);
    int64_t day = 0;
    if (!has_moved(first, &day)) {
        return first;
    }
    struct standing *standing = standing_since(slot, day);
    standing->has_moved = true;
    standing->since_day = day;
    standing->before = first->top;
    standing->before_voters = first->voters;
    standing->before_votes =
        first->top == OPTION_NONE ? 0 : first->votes[first->top];
    standing_free(first);
    return standing;
}

bool standing_is_stale(const struct standing *standing, uint8_t option,
                       struct standing **out_stale)
{
    const double half = 0.5;
    int64_t day = 0;
    const struct slot *slot = standing->slot;
    if (stats_share(standing->voters, standing->now[option]) > half ||
        log_e_since(slot, option, true, half, &day) < log(STALE_FACTOR)) {
        return false;
    }
    *out_stale = standing_since(slot, day);
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
