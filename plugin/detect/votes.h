/* SPDX-License-Identifier: MIT */
/* votes.h: what the principals of one team chose at one slot.
 *
 * Keeps of every principal and option how often it was chosen, the two
 * earliest moments, witnesses of its first and last days, and what was chosen
 * on each of the last days. All of it is a function of the set of choices: it
 * does not depend on the order in which sessions arrive. What is a vote, and
 * for what, is decided when it is asked for (standing.h).
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_VOTES_H
#define REVERIE_PLUGIN_DETECT_VOTES_H

#include "plugin/detect/crowd/holdings.h"
#include "plugin/detect/exposure.h"
#include "plugin/detect/scope/parts.h"
#include "plugin/detect/sighting.h"

enum {
    OPTIONS_MAX = 64,           /* of a slot; with more it is crowded */
    OPTION_OTHER = OPTIONS_MAX, /* any option of a wide slot */
    OPTION_NONE = 255,
    VOTERS_MAX = 256,  /* principals of a slot */
    USE_DAYS = 3,      /* first, and last, days with a witness each */
    HISTORY_DAYS = 24, /* (day, option) pairs of a principal */
    QUALIFYING_USES = 2
};

struct option {
    struct bytes text; /* owned */
    uint64_t uses;
    uint8_t finding[FINDING_BYTES];
};

/* At most one sighting a day (without times: a session), by day. */
struct witnesses {
    struct sighting *items[USE_DAYS];
    int64_t keys[USE_DAYS];    /* day, or session, of each: found without */
    int64_t moments[USE_DAYS]; /* touching it; its time, or its position */
    uint8_t count;
};

/* One principal's uses of one option, either told to or not. */
struct use {
    uint8_t option;
    bool is_told;
    uint32_t uses;     /* a statement counts as many as it takes */
    int64_t first_us;  /* the two earliest; INT64_MAX: none, or no time */
    int64_t second_us; /* the use that made it a vote */
    struct witnesses early;
    struct witnesses *late; /* of days that are not in early; NULL: none */
};

/* What a principal chose on one day. */
struct day_use {
    int32_t day;
    uint8_t option;
    bool is_told;
    uint16_t uses;
};

/* The latest use of a vote, so that the same again touches nothing but this:
 * within these times, on one day that has its witness already, it would change
 * two counts and nothing else. */
struct recent_use {
    int64_t from_us; /* none where from_us >= until_us */
    int64_t until_us;
    uint32_t uses; /* not counted in use and day yet: slot_settle */
    uint8_t option;
    bool is_told;
    uint8_t use; /* index of both */
    uint8_t day;
};

struct vote {
    uint32_t principal;
    bool is_roaming; /* names too many options to have one: crowding.h */
    uint8_t use_count;
    uint8_t day_count;
    uint8_t day_capacity;
    struct use *uses;
    struct day_use *days; /* sorted; the latest HISTORY_DAYS */
    struct recent_use recent;
};

/* How much may still be kept, of all slots together. */
struct votes_room {
    uint32_t uses;
    uint32_t witnesses;
    uint32_t witnesses_max; /* of which `witnesses` are left */
    uint32_t uses_max;      /* the same of `uses` */
    /* Once half is taken a principal that holds 1 of 32 gets no more. NULL:
     * nobody counts. Kept. */
    struct holdings *holdings;
};

struct standing;

struct slot {
    uint32_t team;
    uint64_t version; /* another one after every change */
    /* How its votes stood in version memo_version (standing_of); owned. */
    struct standing *memo;
    uint64_t memo_version;
    struct votes_room *room; /* NULL: no maximum. Kept */
    struct bytes name;       /* owned */
    /* What is chosen in one part of the team has a slot of its own: its name
     * is that of the choice, and the part's suffix. */
    enum part_kind part;
    struct bytes plain; /* of the choice; of the team's slot the name */
    enum slot_form form;
    struct option *options;
    uint32_t option_count;
    uint32_t option_capacity;
    /* Options that a principal may have; 0: any number. And how many had more
     * (crowding.h). */
    uint8_t options_each;
    uint32_t roamers;
    /* More distinct options than OPTIONS_MAX by those who have few: ids, paths
     * or free text. Which of them came first would depend on the order of
     * sessions, so nothing but uses is kept of a wide slot. */
    bool is_wide;
    uint64_t uses;
    uint64_t roaming_uses;
    uint64_t other_uses; /* since it is wide */
    uint64_t exposed_uses;
    uint64_t refused;    /* uses that there was no room for */
    int64_t last_day;    /* latest day of any use; INT64_MIN: none */
    struct vote **votes; /* by principal number */
    uint32_t *voters;    /* those numbers, side by side */
    uint32_t vote_count;
    uint32_t vote_capacity;
};

struct slot *slot_new(uint32_t team, struct bytes name,
                      enum slot_form form) MUST_CHECK;
void slot_free(void *value);

/* Makes it the slot of a part: the first ${plain_len} bytes of its name are
 * the choice's. */
void slot_set_part(struct slot *slot, enum part_kind part, size_t plain_len);

/* The name of the part; empty for the team's slot. */
struct bytes slot_part_name(const struct slot *slot);

/* The number of ${option}, made if it is new; OPTION_OTHER if the slot is wide,
 * or has become so, and has forgotten options and votes, if ${principal} roams
 * there, or if there is no room for its first use: so there are no more options
 * than uses, of all slots together. The finding id of a new one is left zero.
 * Numbers that were given before may have changed. */
uint8_t slot_option(struct slot *slot, uint32_t principal, struct bytes option);

/* Frees what ${vote} keeps, and gives its room back. */
void slot_forget_vote(struct slot *slot, struct vote *vote);

/* OPTION_NONE if the slot does not know it. */
uint8_t slot_find_option(const struct slot *slot, struct bytes option);

/* The text of ${option}; "(other)" beyond the maximum. */
struct bytes slot_option_text(const struct slot *slot, uint8_t option);

/* ${principal} chose ${option} in ${tuple}. ${is_told}: it had been told to.
 * ${is_stated}: said, not done; qualifies at once. */
struct choice {
    const struct tuple *tuple;
    uint32_t principal;
    uint8_t option;
    bool is_told;
    bool is_stated;
};
void slot_choose(struct slot *slot, const struct choice *choice);

/* Brings the counts of uses and days of all votes up to date: before they are
 * read. */
void slot_settle(struct slot *slot);

/* Ask for the memory that slot_choose touches, without waiting for it: first
 * what the slot points to, then the vote of ${principal} (NULL: it has none),
 * then, step by step from 0, what that leads to. */
enum {
    VOTE_FETCHES = 3
};
void slot_fetch(const struct slot *slot);
const struct vote *slot_fetch_vote(const struct slot *slot, uint32_t principal);
void vote_fetch(const struct vote *vote, int step);

/* The latest days with a witness, perhaps none. */
const struct witnesses *use_late(const struct use *use);

/* The uses of ${option} by ${vote}, or NULL. */
const struct use *vote_use(const struct vote *vote, uint8_t option,
                           bool is_told);

#endif
