/* SPDX-License-Identifier: MIT */
/* world.h: a seeded population, and the truth about it.
 *
 * Teams of agents behind principals, the tools they call, the choices those
 * offer, what each team prefers, the habits of error each team shares, and
 * world defaults that nobody prefers. The same configuration gives the same
 * world. A null world has nothing planted: whatever is found in it is false.
 * Not behaviour: what the agents do in it is life.h.
 * Pure. Threads: a world is constant after world_new and may be shared. */
#ifndef REVERIE_AGENTS_SIM_WORLD_WORLD_H
#define REVERIE_AGENTS_SIM_WORLD_WORLD_H

#include "base/bytes.h"

enum {
    WORLD_TEAMS_MAX = 64,
    WORLD_AGENTS_MAX = 4096,
    WORLD_SLOTS_MAX = 4096,
    WORLD_OPTIONS_MAX = 8,
    WORLD_SIZES_MAX = 8,
    WORLD_NAME_BYTES = 48
};

/* What each field means, with its range: knobs.c. */
struct world_config {
    uint64_t seed;
    uint32_t teams;
    uint32_t agents_per_team;
    uint32_t sizes[WORLD_SIZES_MAX]; /* agents of teams 0, 1, ... in turn */
    uint32_t size_count;             /* 0: agents_per_team, all */
    uint32_t agents_per_principal;
    double activity_skew;
    uint32_t days;
    double sessions_per_day;
    uint32_t steps_per_session;
    uint32_t slots;
    uint32_t options;
    uint32_t slots_per_call;
    uint32_t defaults;
    double habit;
    uint32_t preferences;
    double adoption;
    double adoption_to;
    uint32_t switches;
    double switch_day;
    double switch_days;
    uint32_t subgroup_preferences;
    uint32_t personal_preferences;
    uint32_t repositories;
    uint32_t roles;
    uint32_t repository_exceptions;
    double stated;
    uint32_t directives;
    uint32_t directive_people;
    uint32_t directive_decoys;
    uint32_t mistakes;
    double susceptible;
    double error_rate;
    uint32_t names;
    uint32_t flags;
    uint32_t prerequisites;
    uint32_t suppressors;
    uint32_t transients;
    uint32_t incidents;
    uint32_t unresolved;
    uint32_t corrections;
    double fault_rate;
    double fix_success;
    double fix_success_to;
    double retry_success;
    double fix_known;
    double conditional;
    uint32_t workflows;
    uint32_t workflow_decoys;
    double workflow_rate;
    double uplift;
    double uplift_to;
    double followed;
    double gap_noise;
    double length_bias;
    uint32_t echoes;
    uint32_t echo_size;
    double echo_hidden;
    uint32_t colluders;
    uint32_t churners;
    uint32_t churn_labels;
    uint32_t censors;
    uint32_t siege;
    uint32_t insiders;
    uint32_t secrets;
    uint32_t notes;
    uint32_t typed;
    double onset_day;
    double onset_days;
    double joins;
    double leaves;
    double likeness;
    double concentration;
    double difficulty;
    double skew_s;
    double out_of_order;
    double repeats;
    double missing;
    double missing_outcomes;
    double compliance;
    uint32_t clusters;
    bool hides_views;
    bool null_world;
};

/* Three teams of 24 agents, a principal each, over thirty days. */
struct world_config world_config_default(void);

/* ERR_INVALID with ${out_why} where a number is out of its range. */
MUST_CHECK enum err world_config_check(const struct world_config *config,
                                       struct buf *out_why);

struct world_agent {
    char name[WORLD_NAME_BYTES];
    char principal[WORLD_NAME_BYTES];
    uint32_t team;
    uint32_t principal_index; /* within the world */
    double activity;          /* its share of work; 1 on average */
};

/* A choice point: argument ${arg} of tool ${tool}. */
struct world_slot {
    char tool[WORLD_NAME_BYTES];
    char arg[WORLD_NAME_BYTES];
    char name[2 * WORLD_NAME_BYTES]; /* "tool.arg" */
    char option[WORLD_OPTIONS_MAX][WORLD_NAME_BYTES];
    double base[WORLD_OPTIONS_MAX]; /* what anyone would choose */
    bool has_default;
};

struct world_preference {
    uint32_t team;
    uint32_t slot;
    uint32_t option;
    double adoption;
    bool moves; /* to ${next}, around switch_day */
    uint32_t next;
    uint32_t repository; /* 1, ...: where those who have it take `other` */
    uint32_t other;
};

/* What some of a team prefer and the team does not: a third of its principals,
 * or one. */
struct world_leaning {
    uint32_t team;
    uint32_t slot;
    uint32_t option;
    bool is_personal;
    uint32_t principal; /* of a personal one */
    uint32_t role;      /* 1, ...: of whom it is, where there are roles */
};

/* Agents of the team name ${wrong} where the truth is ${right}. */
struct world_mistake {
    uint32_t team;
    char tool[WORLD_NAME_BYTES];
    char wrong[WORLD_NAME_BYTES];
    char right[WORLD_NAME_BYTES];
};

enum fault_kind {
    FAULT_NAME,
    FAULT_FLAG,
    FAULT_PREREQUISITE,
    FAULT_SUPPRESSOR,
    FAULT_TRANSIENT,
    FAULT_INCIDENT,
    FAULT_UNRESOLVED,
    FAULT_CORRECTION,
    FAULT_KINDS
};

/* Something that goes wrong in a team again and again, for a reason. */
struct world_fault {
    enum fault_kind kind;
    uint32_t team;
    char mark[WORLD_NAME_BYTES];      /* in the failing call and its message */
    char fix[WORLD_NAME_BYTES];       /* what helps; empty where nothing does */
    char condition[WORLD_NAME_BYTES]; /* argument it needs; empty: none */
    char suppressor[WORLD_NAME_BYTES];
    double works;    /* how often the fix does, where its condition holds */
    double from_day; /* incidents */
    double hours;
};

enum {
    WORLD_STEPS_MAX = 6
};

enum workflow_kind {
    WORKFLOW_GOOD,
    WORKFLOW_USELESS,
    WORKFLOW_HARMFUL
};

struct world_workflow {
    enum workflow_kind kind;
    uint32_t team;
    uint32_t steps;
    char step[WORLD_STEPS_MAX][WORLD_NAME_BYTES]; /* tools, in order */
    double uplift; /* added to the chance of success; negative: harmful */
};

enum directive_kind {
    SAID_RULE,     /* what a team's people ask for */
    SAID_QUOTED,   /* decoys, from here on: in quotes or a quoted line */
    SAID_FENCED,   /* in a code fence */
    SAID_IRONIC,   /* said to reject it */
    SAID_ONCE,     /* for today */
    SAID_BY_ONE,   /* one person, many times */
    SAID_BY_TOOLS, /* in tool results */
    SAID_KINDS
};

struct world_directive {
    enum directive_kind kind;
    uint32_t team;
    char use[WORLD_NAME_BYTES];
    char instead[WORLD_NAME_BYTES];
};

/* One message that others pass on: words, or a choice it asks for. */
struct world_echo {
    uint32_t team;
    bool is_choice; /* of mode "urgent" of the tool task_${mark} */
    char mark[WORLD_NAME_BYTES];
    double day;
};

#define ATTACK_LIST(X)                                                         \
    X(FLOOD, "one principal floods a choice")                                  \
    X(COLLUDE, "colluders make one choice")                                    \
    X(DRIP, "colluders choose it rarely, all the time")                        \
    X(SYBIL, "colluders that come late and do nothing else")                   \
    X(RARE, "colluders at a choice nobody else makes")                         \
    X(CLONES, "many agents of one principal")                                  \
    X(SAY_FLOOD, "one person says a rule a hundred times")                     \
    X(SAY_COLLUDE, "colluders say a rule")                                     \
    X(SAY_ECHO, "one message, passed on by honest agents")                     \
    X(TOOL_TEXT, "tool results that tell what to use")                         \
    X(TOOL_ERROR, "error messages that tell what to run")                      \
    X(OVERRIDE, "options that are instructions")                               \
    X(FAKE_FIX, "colluders fix an error of their own with a command")          \
    X(FAKE_NAME, "colluders correct a name to theirs")                         \
    X(FAKE_FLOW, "colluders succeed with a step of theirs")                    \
    X(AGENT_TEXT, "agents' messages that tell what to use")                    \
    X(NOTE, "notes in memory that tell what to use")

enum attack_kind {
#define ATTACK_ENUM(code, text) ATTACK_##code,
    ATTACK_LIST(ATTACK_ENUM)
#undef ATTACK_ENUM
    ATTACK_KINDS
};

const char *attack_text(enum attack_kind kind);

struct world_attack {
    enum attack_kind kind;
    char mark[WORLD_NAME_BYTES]; /* must never be in a memory that is applied */
    uint32_t slot;               /* that it is after, where it is */
};

enum note_kind {
    NOTE_FIRST,        /* a fact */
    NOTE_SAME,         /* the same fact in nearly the same words */
    NOTE_CONTRADICTED, /* the same fact with another value */
    NOTE_STALE,        /* a thing that is gone */
    NOTE_OTHER,        /* unlike every other */
    NOTE_KINDS
};

struct world_note {
    enum note_kind kind;
    uint32_t team;
    uint32_t about; /* notes of one number are about one thing */
    char path[2 * WORLD_NAME_BYTES];
    char text[6 * WORLD_NAME_BYTES];
    double day;
};

enum story_truth {
    STORY_SAME,
    STORY_AGAINST,
    STORY_NEITHER,
    STORY_TRUTHS
};

/* A memory with a key: what was chosen, as a command or SLOT=OPTION, or what
 * was said, as a sentence. */
struct world_fact {
    uint32_t team;
    bool is_own; /* of ${agent}, not of the team */
    uint32_t agent;
    bool is_choice;
    char text[2 * WORLD_NAME_BYTES];
    char place[WORLD_NAME_BYTES]; /* " in repository web"; empty: everywhere */
    char path[2 * WORLD_NAME_BYTES];
};

/* Two of them, and what is true of the two. */
struct world_story {
    enum story_truth truth;
    const char *what;
    struct world_fact fact[2];
};

struct world {
    struct world_config config;
    uint32_t agent_count;
    uint32_t principal_count;
    uint32_t preference_count;
    uint32_t leaning_count;
    uint32_t mistake_count;
    uint32_t fault_count;
    uint32_t workflow_count;
    uint32_t directive_count;
    uint32_t echo_count;
    uint32_t attack_count;
    uint32_t secret_count;
    uint32_t note_count;
    uint32_t story_count;
    char team[WORLD_TEAMS_MAX][WORLD_NAME_BYTES];
    uint32_t team_first[WORLD_TEAMS_MAX]; /* its first agent */
    struct world_agent *agents;
    struct world_slot *slots;
    struct world_preference *preferences;
    struct world_leaning *leanings;
    struct world_mistake *mistakes;
    struct world_fault *faults; /* by team, then kind */
    struct world_workflow *workflows;
    struct world_directive *directives;
    struct world_echo *echoes;
    struct world_attack *attacks;
    char (*secrets)[2 * WORLD_NAME_BYTES];
    struct world_note *notes;
    struct world_story *stories;
    uint8_t *habits; /* option by (principal, slot) */
};

/* The world of a checked ${config}. Gives it (world_free). */
struct world *world_new(const struct world_config *config) MUST_CHECK;
void world_free(struct world *world);

/* How many agents ${team} has. */
uint32_t world_team_size(const struct world *world, uint32_t team);

/* The option that principal ${principal_index} usually takes at ${slot}. */
uint32_t world_habit(const struct world *world, uint32_t principal_index,
                     uint32_t slot);

/* The same on ${day}: preferences move one principal after the other. */
uint32_t world_habit_on(const struct world *world, uint32_t principal_index,
                        uint32_t slot, uint32_t team, double day);

/* The number of the repository that a session of ${agent} works in, and of the
 * role that a principal has, from 1; 0 where the world has none. */
uint32_t world_repository(const struct world *world, uint32_t agent,
                          uint32_t session);
uint32_t world_role(const struct world *world, uint32_t principal_index);

/* The day on which ${principal_index} follows a move. */
double world_switch_day(const struct world *world, uint32_t principal_index,
                        uint32_t slot);

/* The day on which ${principal_index} begins to do as its team prefers. */
double world_onset_day(const struct world *world, uint32_t principal_index,
                       uint32_t slot);

/* The days from and until which ${agent} is there. */
double world_join_day(const struct world *world, uint32_t agent);
double world_leave_day(const struct world *world, uint32_t agent);

/* The configuration that a principal shares with its cluster, from 1; 0: it has
 * one of its own. */
uint32_t world_cluster(const struct world *world, uint32_t principal_index);

/* Whether ${agent} is of those who attack. */
bool world_attacks(const struct world *world, uint32_t agent);

/* Whether ${agent} is of those who only make labels that nobody had before. */
bool world_churns(const struct world *world, uint32_t agent);

/* ... who put words that trip a screen beside what others do. */
bool world_censors(const struct world *world, uint32_t agent);

/* What those who besiege a team want in, each with a mark. */
enum siege_kind {
    SIEGE_COMMON, /* an option of a choice that everybody makes */
    SIEGE_RARE,   /* of one that nobody else makes */
    SIEGE_SAID,   /* a rule */
    SIEGE_KINDS
};

const char *siege_mark(enum siege_kind kind);

/* How many principals besiege ${team}, and whether ${agent} works for one. */
uint32_t world_siege(const struct world *world, uint32_t team);
bool world_besieges(const struct world *world, uint32_t agent);

/* How many principals of ${team} agree on an option, in silence, whether
 * ${agent} works for one, and at which choice on which option. Everything else
 * about them is ordinary. */
uint32_t world_insiders(const struct world *world, uint32_t team);
bool world_is_insider(const struct world *world, uint32_t agent);
uint32_t world_agreed_slot(const struct world *world, uint32_t team);
uint32_t world_agreed_option(const struct world *world, uint32_t team);

/* The next choice point of the same tool, round and round. */
uint32_t world_next_slot(const struct world *world, uint32_t slot);

/* The preference planted for (team, slot), or NULL. */
const struct world_preference *
world_preference_at(const struct world *world, uint32_t team, uint32_t slot);

/* Whether ${agent} is one of those who make ${mistake}. */
bool world_errs(const struct world *world, uint32_t agent, uint32_t mistake);

/* Appends the truth as JSON: teams, preferences, mistakes, world defaults. */
void world_print_truth(const struct world *world, struct buf *out);

#endif
