/* SPDX-License-Identifier: MIT */
#include "plugin/detect/votes.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/edge/hash.h"
#include "plugin/detect/crowd/crowding.h"
#include "plugin/detect/standing.h"

enum {
    RENEWED_DAYS = 7, /* after which a witness may give way to another */
    HOLDING_PART =
        32 /* of what there is, of one principal, when it is half full
            */
};

struct slot *slot_new(uint32_t team, struct bytes name, enum slot_form form)
{
    struct slot *slot = mem_new(sizeof(*slot));
    slot->team = team;
    slot->name = bytes_of(bytes_to_text(name), name.len);
    slot->part = PART_NONE;
    slot->plain = slot->name;
    slot->form = form;
    slot->last_day = INT64_MIN;
    return slot;
}

void slot_set_part(struct slot *slot, enum part_kind part, size_t plain_len)
{
    slot->part = part;
    slot->plain = bytes_slice(slot->name, 0, plain_len);
}

struct bytes slot_part_name(const struct slot *slot)
{
    size_t from = slot->plain.len;
    if (slot->part != PART_NONE) {
        from += strlen(" in ") + strlen(part_kind_name(slot->part)) + 1;
    }
    return bytes_slice(slot->name, from, slot->name.len);
}

static void witnesses_fini(struct witnesses *kept)
{
    for (uint8_t i = 0; i < kept->count; i++) {
        free(kept->items[i]);
    }
}

/* ---- room ---------------------------------------------------------------- */

/* NULL where nobody counts. */
static struct holding *holding_of(const struct slot *slot, uint32_t principal)
{
    return slot->room && slot->room->holdings
               ? holdings_of(slot->room->holdings, slot->team, principal)
               : NULL;
}

static bool may_keep_use(const struct slot *slot, uint32_t principal)
{
    const struct votes_room *room = slot->room;
    if (!room || room->uses == 0) {
        return !room;
    }
    const struct holding *holding =
        room->uses > room->uses_max / 2 ? NULL : holding_of(slot, principal);
    return !holding || holding->uses < room->uses_max / HOLDING_PART;
}

static void take_uses(const struct slot *slot, uint32_t principal, int count)
{
    struct holding *holding = holding_of(slot, principal);
    if (slot->room) {
        slot->room->uses -= (uint32_t)count;
    }
    if (holding) {
        holding->uses += (uint32_t)count;
    }
}

static void take_witnesses(const struct slot *slot, uint32_t principal,
                           int count)
{
    struct holding *holding = holding_of(slot, principal);
    if (slot->room) {
        slot->room->witnesses -= (uint32_t)count;
    }
    if (holding) {
        holding->witnesses += (uint32_t)count;
    }
}

const struct witnesses *use_late(const struct use *use)
{
    static const struct witnesses none;
    return use->late ? use->late : &none;
}

static int witness_count(const struct use *use)
{
    return use->early.count + use_late(use)->count;
}

void slot_forget_vote(struct slot *slot, struct vote *vote)
{
    standing_free(slot->memo);
    slot->memo = NULL;
    take_uses(slot, vote->principal, -vote->use_count);
    for (uint8_t i = 0; i < vote->use_count; i++) {
        take_witnesses(slot, vote->principal, -witness_count(&vote->uses[i]));
        witnesses_fini(&vote->uses[i].early);
        if (vote->uses[i].late) {
            witnesses_fini(vote->uses[i].late);
            free(vote->uses[i].late);
        }
    }
    free(vote->uses);
    free(vote->days);
    *vote = (struct vote){.principal = vote->principal};
}

/* -------------------------------------------------------------------------- */

static void forget(struct slot *slot)
{
    standing_free(slot->memo);
    slot->memo = NULL;
    for (uint32_t i = 0; i < slot->vote_count; i++) {
        slot_forget_vote(slot, slot->votes[i]);
        free(slot->votes[i]);
    }
    for (uint32_t i = 0; i < slot->option_count; i++) {
        free((void *)(uintptr_t)slot->options[i].text.data);
    }
    free(slot->votes);
    free(slot->voters);
    free(slot->options);
    slot->votes = NULL;
    slot->voters = NULL;
    slot->options = NULL;
    slot->vote_count = slot->vote_capacity = 0;
    slot->option_count = slot->option_capacity = 0;
}

void slot_free(void *value)
{
    struct slot *slot = value;
    if (slot) {
        forget(slot);
        free((void *)(uintptr_t)slot->name.data);
        free(slot);
    }
}

uint8_t slot_find_option(const struct slot *slot, struct bytes option)
{
    for (uint32_t i = 0; i < slot->option_count; i++) {
        if (bytes_equal(slot->options[i].text, option)) {
            return (uint8_t)i;
        }
    }
    return OPTION_NONE;
}

/* The index of the vote of ${principal}, or of the first one after it. */
static uint32_t voter_at(const struct slot *slot, uint32_t principal)
{
    uint32_t low = 0;
    uint32_t high = slot->vote_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (slot->voters[middle] < principal) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct vote *find_vote(const struct slot *slot, uint32_t principal)
{
    uint32_t at = voter_at(slot, principal);
    return at < slot->vote_count && slot->voters[at] == principal
               ? slot->votes[at]
               : NULL;
}

static bool roams(const struct slot *slot, uint32_t principal)
{
    const struct vote *vote =
        slot->roamers > 0 ? find_vote(slot, principal) : NULL;
    return vote && vote->is_roaming;
}

/* Whether there is room for one more option of ${principal}. */
static bool make_room(struct slot *slot, uint32_t principal)
{
    if (slot->option_count == OPTIONS_MAX && !crowding_relieve(slot)) {
        forget(slot);
        slot->is_wide = true;
    }
    struct vote *vote =
        slot->options_each > 0 ? find_vote(slot, principal) : NULL;
    if (vote) {
        crowding_watch(slot, vote);
    }
    return !slot->is_wide && (!vote || !vote->is_roaming);
}

/* Whether ${principal} may have a use of an option that nobody named before. */
static bool may_begin(const struct slot *slot, uint32_t principal)
{
    return may_keep_use(slot, principal) &&
           (slot->vote_count < VOTERS_MAX || find_vote(slot, principal));
}

uint8_t slot_option(struct slot *slot, uint32_t principal, struct bytes option)
{
    if (roams(slot, principal)) {
        return OPTION_OTHER;
    }
    uint8_t known = slot_find_option(slot, option);
    if (known != OPTION_NONE) {
        return known;
    }
    slot->version++;
    if (!make_room(slot, principal) || !may_begin(slot, principal)) {
        return OPTION_OTHER;
    }
    if (slot->option_count == slot->option_capacity) {
        slot->option_capacity =
            slot->option_capacity ? slot->option_capacity * 2 : 4;
        slot->options = mem_grow(slot->options, slot->option_capacity *
                                                    sizeof(*slot->options));
    }
    slot->options[slot->option_count] =
        (struct option){.text = bytes_of(bytes_to_text(option), option.len)};
    return (uint8_t)slot->option_count++;
}

struct bytes slot_option_text(const struct slot *slot, uint8_t option)
{
    return option < OPTIONS_MAX ? slot->options[option].text
                                : BYTES_LITERAL("(other)");
}

/* The vote of ${principal}, made if it is new; NULL when full. */
static struct vote *vote_of(struct slot *slot, uint32_t principal)
{
    uint32_t low = voter_at(slot, principal);
    if (low < slot->vote_count && slot->voters[low] == principal) {
        return slot->votes[low];
    }
    if (slot->vote_count == VOTERS_MAX || !may_keep_use(slot, principal)) {
        return NULL;
    }
    if (slot->vote_count == slot->vote_capacity) {
        slot->vote_capacity = slot->vote_capacity ? slot->vote_capacity * 2 : 4;
        slot->votes =
            mem_grow(slot->votes, slot->vote_capacity * sizeof(struct vote *));
        slot->voters =
            mem_grow(slot->voters, slot->vote_capacity * sizeof(uint32_t));
    }
    memmove(&slot->votes[low + 1], &slot->votes[low],
            (slot->vote_count - low) * sizeof(struct vote *));
    memmove(&slot->voters[low + 1], &slot->voters[low],
            (slot->vote_count - low) * sizeof(uint32_t));
    struct vote *vote = mem_new(sizeof(*vote));
    vote->principal = principal;
    slot->votes[low] = vote;
    slot->voters[low] = principal;
    slot->vote_count++;
    return vote;
}

const struct use *vote_use(const struct vote *vote, uint8_t option,
                           bool is_told)
{
    for (uint8_t i = 0; i < vote->use_count; i++) {
        const struct use *use = &vote->uses[i];
        if (use->option == option && use->is_told == is_told) {
            return use;
        }
    }
    return NULL;
}

static struct use *use_of(const struct slot *slot, struct vote *vote,
                          const struct choice *choice)
{
    for (uint8_t i = 0; i < vote->use_count; i++) {
        struct use *use = &vote->uses[i];
        if (use->option == choice->option && use->is_told == choice->is_told) {
            return use;
        }
    }
    if (!may_keep_use(slot, vote->principal)) {
        return NULL;
    }
    take_uses(slot, vote->principal, 1);
    vote->uses =
        mem_grow(vote->uses, (vote->use_count + 1U) * sizeof(*vote->uses));
    struct use *use = &vote->uses[vote->use_count++];
    *use = (struct use){.option = choice->option,
                        .is_told = choice->is_told,
                        .first_us = INT64_MAX,
                        .second_us = INT64_MAX};
    return use;
}

/* ---- witnesses ----------------------------------------------------------- */

/* What one witness is kept for: a day, or a session where there is no time. */
static int64_t day_key(const struct tuple *tuple)
{
    return tuple->has_occurred ? clock_day(tuple->occurred_us)
                               : (int64_t)(hash_bytes(tuple->session) >> 1);
}

static int64_t sighting_key(const struct sighting *seen)
{
    return seen->has_occurred ? seen->day : (int64_t)(seen->session_hash >> 1);
}

static int64_t moment_of(const struct tuple *tuple)
{
    return tuple->has_occurred ? tuple->occurred_us : (int64_t)tuple->seq;
}

static int64_t sighting_moment(const struct sighting *seen)
{
    return seen->has_occurred ? seen->occurred_us : (int64_t)seen->seq;
}

/* The index of the witness of ${key}, or of the first one after it. */
static uint8_t witness_at(const struct witnesses *kept, int64_t key)
{
    uint8_t at = 0;
    while (at < kept->count && kept->keys[at] < key) {
        at++;
    }
    return at;
}

static bool has_witness(const struct witnesses *kept, uint8_t at, int64_t key)
{
    return at < kept->count && kept->keys[at] == key;
}

static void witness_move(struct witnesses *kept, uint8_t to, uint8_t from)
{
    size_t count = (size_t)kept->count - from;
    memmove(&kept->items[to], &kept->items[from],
            count * sizeof(kept->items[0]));
    memmove(&kept->keys[to], &kept->keys[from], count * sizeof(kept->keys[0]));
    memmove(&kept->moments[to], &kept->moments[from],
            count * sizeof(kept->moments[0]));
}

static void witness_set(struct witnesses *kept, uint8_t at,
                        struct sighting *seen)
{
    kept->items[at] = seen;
    kept->keys[at] = sighting_key(seen);
    kept->moments[at] = sighting_moment(seen);
}

static void witness_drop(struct witnesses *kept, uint8_t at)
{
    witness_move(kept, at, (uint8_t)(at + 1));
    kept->count--;
}

static void witness_insert(struct witnesses *kept, struct sighting *seen)
{
    uint8_t at = witness_at(kept, sighting_key(seen));
    assert(kept->count < USE_DAYS);
    witness_move(kept, (uint8_t)(at + 1), at);
    witness_set(kept, at, seen);
    kept->count++;
}

/* How many days are kept at most, the first and the last. */
struct limits {
    uint8_t early;
    uint8_t late;
};

/* Most uses are of few days: room for late ones is made when there is one. */
static void insert_late(struct use *use, struct sighting *seen)
{
    if (!use->late) {
        use->late = mem_new(sizeof(*use->late));
    }
    witness_insert(use->late, seen);
}

/* Takes ${seen} among the latest days, or frees it. */
static void keep_late(struct use *use, uint8_t limit, struct sighting *seen)
{
    struct witnesses *late = use->late;
    if (use_late(use)->count >= limit) {
        if (!late || late->count == 0 || sighting_key(seen) < late->keys[0]) {
            free(seen);
            return;
        }
        free(late->items[0]);
        witness_drop(late, 0);
    }
    insert_late(use, seen);
}

/* Takes ${seen} among the earliest days; what that pushes out is late. */
static void keep_early(struct use *use, const struct limits *limits,
                       struct sighting *seen)
{
    struct sighting *last = NULL;
    uint8_t count = use->early.count;
    if (count > 0 && count >= limits->early) {
        last = use->early.items[count - 1];
        witness_drop(&use->early, (uint8_t)(count - 1));
    }
    witness_insert(&use->early, seen);
    if (last) {
        keep_late(use, limits->late, last);
    }
}

/* Whether ${kept} has a witness of the day; of two the earlier one stays. */
static bool is_witnessed(struct witnesses *kept, int64_t key,
                         const struct choice *choice, struct bytes text)
{
    uint8_t at = witness_at(kept, key);
    if (!has_witness(kept, at, key)) {
        return false;
    }
    if (moment_of(choice->tuple) < kept->moments[at]) {
        free(kept->items[at]);
        witness_set(kept, at,
                    sighting_new(choice->tuple, choice->principal, text));
    }
    return true;
}

static bool goes_early(const struct witnesses *early, uint8_t limit,
                       int64_t key)
{
    return early->count < limit ||
           (early->count > 0 && key < early->keys[early->count - 1]);
}

static bool goes_late(const struct witnesses *late, uint8_t limit, int64_t key)
{
    return late->count < limit || (late->count > 0 && key > late->keys[0]);
}

/* Where nothing may be added, a witness that has grown old makes room for a new
 * one: who moves must be seen to. */
static bool makes_way(const struct use *use, const struct choice *choice,
                      int64_t key)
{
    const struct witnesses *early = &use->early;
    return choice->tuple->has_occurred && use_late(use)->count == 0 &&
           early->count > 0 &&
           key >= early->keys[early->count - 1] + RENEWED_DAYS;
}

/* Of every day the earliest use is kept: of the first days, and of the last.
 * Nothing is copied that is not. */
static void witness(struct use *use, const struct choice *choice,
                    struct bytes text, const struct limits *limits)
{
    const struct tuple *tuple = choice->tuple;
    int64_t key = day_key(tuple);
    if (is_witnessed(&use->early, key, choice, text) ||
        (use->late && is_witnessed(use->late, key, choice, text))) {
        return;
    }
    if (goes_early(&use->early, limits->early, key)) {
        keep_early(use, limits, sighting_new(tuple, choice->principal, text));
    } else if (goes_late(use_late(use), limits->late, key)) {
        keep_late(use, limits->late,
                  sighting_new(tuple, choice->principal, text));
    } else if (makes_way(use, choice, key)) {
        free(use->early.items[use->early.count - 1]);
        witness_drop(&use->early, (uint8_t)(use->early.count - 1));
        insert_late(use, sighting_new(tuple, choice->principal, text));
    }
}

/* As room gets scarce fewer days are kept of what is new, and only of what was
 * chosen twice: a vote needs one witness, and a table that the first votes
 * fill would never see another. */
static struct limits limits_in(const struct slot *slot, uint32_t principal,
                               const struct use *use)
{
    const struct votes_room *room = slot->room;
    if (!room || room->witnesses > room->witnesses_max / 4 * 3) {
        return (struct limits){USE_DAYS, USE_DAYS};
    }
    if (use->uses < QUALIFYING_USES || room->witnesses == 0) {
        return (struct limits){0, 0};
    }
    bool is_scarce = room->witnesses <= room->witnesses_max / 2;
    const struct holding *holding =
        is_scarce ? holding_of(slot, principal) : NULL;
    if (holding && holding->witnesses >= room->witnesses_max / HOLDING_PART) {
        return (struct limits){0, 0};
    }
    bool has_any = witness_count(use) > 0;
    return is_scarce ? (struct limits){!has_any, 0} : (struct limits){1, 1};
}

static void witness_in(const struct slot *slot, struct use *use,
                       const struct choice *choice)
{
    int before = witness_count(use);
    struct limits limits = limits_in(slot, choice->principal, use);
    witness(use, choice, slot_option_text(slot, choice->option), &limits);
    take_witnesses(slot, choice->principal, witness_count(use) - before);
}

/* ---- history ------------------------------------------------------------- */

static int compare_days(const struct day_use *a, const struct day_use *b)
{
    if (a->day != b->day) {
        return a->day < b->day ? -1 : 1;
    }
    int order = (int)a->option - (int)b->option;
    return order ? order : (int)a->is_told - (int)b->is_told;
}

/* Makes room for one more; false if ${seen} is older than all that is kept. */
static bool history_room(struct vote *vote, const struct day_use *seen)
{
    if (vote->day_count < vote->day_capacity) {
        return true;
    }
    if (vote->day_capacity < HISTORY_DAYS) {
        vote->day_capacity =
            vote->day_capacity ? (uint8_t)(vote->day_capacity * 2) : 3;
        vote->days =
            mem_grow(vote->days, vote->day_capacity * sizeof(*vote->days));
        return true;
    }
    if (compare_days(seen, &vote->days[0]) < 0) {
        return false;
    }
    vote->day_count--;
    memmove(vote->days, vote->days + 1, vote->day_count * sizeof(*vote->days));
    return true;
}

static void add_uses(struct day_use *day, uint32_t more)
{
    uint32_t room = (uint32_t)(UINT16_MAX - day->uses);
    day->uses = (uint16_t)(day->uses + (more < room ? more : room));
}

static void history_add(struct vote *vote, const struct day_use *seen)
{
    size_t at = vote->day_count;
    while (at > 0 && compare_days(&vote->days[at - 1], seen) > 0) {
        at--;
    }
    struct day_use *same = at > 0 ? &vote->days[at - 1] : NULL;
    if (same && compare_days(same, seen) == 0) {
        add_uses(same, seen->uses);
        return;
    }
    size_t before = vote->day_count;
    if (!history_room(vote, seen)) {
        return;
    }
    at -= before - vote->day_count;
    memmove(&vote->days[at + 1], &vote->days[at],
            (vote->day_count - at) * sizeof(*vote->days));
    vote->days[at] = *seen;
    vote->day_count++;
}

/* ---- choosing ------------------------------------------------------------ */

static void note_moment(struct use *use, int64_t moment_us)
{
    if (moment_us < use->first_us) {
        use->second_us = use->first_us;
        use->first_us = moment_us;
    } else if (moment_us < use->second_us) {
        use->second_us = moment_us;
    }
}

static int64_t later_day(int64_t day, const struct tuple *tuple)
{
    int64_t of_tuple =
        tuple->has_occurred ? clock_day(tuple->occurred_us) : INT64_MIN;
    return of_tuple > day ? of_tuple : day;
}

static void settle(struct vote *vote)
{
    const struct recent_use *recent = &vote->recent;
    if (recent->uses > 0) {
        vote->uses[recent->use].uses += recent->uses;
        add_uses(&vote->days[recent->day], recent->uses);
    }
    vote->recent = (struct recent_use){0};
}

void slot_settle(struct slot *slot)
{
    for (uint32_t i = 0; i < slot->vote_count; i++) {
        settle(slot->votes[i]);
    }
}

void slot_fetch(const struct slot *slot)
{
    mem_prefetch(slot->options);
    mem_prefetch(slot->voters);
    mem_prefetch(slot->votes);
}

const struct vote *slot_fetch_vote(const struct slot *slot, uint32_t principal)
{
    uint32_t at = voter_at(slot, principal);
    if (at == slot->vote_count || slot->voters[at] != principal) {
        return NULL;
    }
    mem_prefetch(slot->votes[at]);
    return slot->votes[at];
}

/* What the vote points to, what its uses do, and what gives way to a witness
 * of a new day. */
void vote_fetch(const struct vote *vote, int step)
{
    const size_t line = 64;
    if (!vote || vote->use_count == 0) {
        return;
    }
    if (step == 0) {
        mem_prefetch(vote->uses);
        mem_prefetch((const uint8_t *)vote->uses + line);
        mem_prefetch((const uint8_t *)vote->uses + 2 * line);
        mem_prefetch(vote->days);
        mem_prefetch(vote->days + vote->day_count);
        return;
    }
    for (size_t i = 0; i < vote->use_count; i++) {
        const struct witnesses *late = vote->uses[i].late;
        if (step == 1 && late) {
            mem_prefetch(late);
            mem_prefetch(&late->count);
        } else if (late && late->count > 0) {
            mem_prefetch((const uint8_t *)late->items[0] - sizeof(size_t));
        }
    }
}

static bool is_recent(const struct recent_use *recent,
                      const struct choice *choice)
{
    const struct tuple *tuple = choice->tuple;
    return recent->option == choice->option &&
           recent->is_told == choice->is_told && !choice->is_stated &&
           tuple->has_occurred && tuple->occurred_us >= recent->from_us &&
           tuple->occurred_us < recent->until_us;
}

/* When the use's witness of the day was; INT64_MAX where there is none. */
static int64_t witnessed_us(const struct use *use, int64_t day)
{
    const struct witnesses *both[] = {&use->early, use_late(use)};
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        uint8_t at = witness_at(both[i], day);
        if (has_witness(both[i], at, day)) {
            return both[i]->moments[at];
        }
    }
    return INT64_MAX;
}

static uint8_t day_at(const struct vote *vote, const struct day_use *seen)
{
    uint8_t at = 0;
    while (at < vote->day_count && compare_days(&vote->days[at], seen) != 0) {
        at++;
    }
    return at;
}

/* From the witness, and the second use, on to the end of the day. */
static void set_recent(struct vote *vote, const struct use *use,
                       const struct day_use *seen)
{
    uint8_t day = day_at(vote, seen);
    int64_t from_us = witnessed_us(use, seen->day);
    if (day == vote->day_count || from_us == INT64_MAX) {
        return;
    }
    vote->recent = (struct recent_use){
        .from_us = from_us > use->second_us ? from_us : use->second_us,
        .until_us = (seen->day + INT64_C(1)) * US_PER_DAY,
        .option = use->option,
        .is_told = use->is_told,
        .use = (uint8_t)(use - vote->uses),
        .day = day};
}

/* A choice that may change more than counts. */
static void choose(struct slot *slot, struct vote *vote,
                   const struct choice *choice)
{
    const struct tuple *tuple = choice->tuple;
    uint16_t weight = choice->is_stated ? QUALIFYING_USES : 1;
    settle(vote);
    struct use *use = use_of(slot, vote, choice);
    if (!use) {
        slot->refused++;
        return;
    }
    use->uses += weight;
    witness_in(slot, use, choice);
    if (!tuple->has_occurred) {
        return;
    }
    int64_t day = clock_day(tuple->occurred_us);
    slot->last_day = day > slot->last_day ? day : slot->last_day;
    for (uint16_t i = 0; i < weight; i++) {
        note_moment(use, tuple->occurred_us);
    }
    const struct day_use seen = {.day = (int32_t)day,
                                 .option = choice->option,
                                 .is_told = choice->is_told,
                                 .uses = weight};
    history_add(vote, &seen);
    set_recent(vote, use, &seen);
}

void slot_choose(struct slot *slot, const struct choice *choice)
{
    slot->version++;
    slot->uses++;
    slot->other_uses += slot->is_wide;
    slot->exposed_uses += choice->is_told;
    if (slot->is_wide || roams(slot, choice->principal)) {
        slot->roaming_uses += !slot->is_wide;
        slot->last_day = later_day(slot->last_day, choice->tuple);
        return;
    }
    if (choice->option == OPTION_OTHER) {
        slot->last_day = later_day(slot->last_day, choice->tuple);
        slot->refused++;
        return;
    }
    slot->options[choice->option].uses++;
    struct vote *vote = vote_of(slot, choice->principal);
    if (!vote) {
        slot->refused++;
    } else if (is_recent(&vote->recent, choice)) {
        vote->recent.uses++;
    } else {
        choose(slot, vote, choice);
    }
}
