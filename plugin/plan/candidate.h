/* SPDX-License-Identifier: MIT */
/* candidate.h: something a detector noticed, on its way to being a change.
 *
 * Detectors fill in what was counted and who saw it; decide.h gives every
 * candidate its tier or the reason why it has none; planner.h makes changes of
 * those with a tier. Texts and evidence are lent: see detector.h.
 * Threads: a list belongs to one thread. */
#ifndef REVERIE_PLUGIN_PLAN_CANDIDATE_H
#define REVERIE_PLUGIN_PLAN_CANDIDATE_H

#include "base/arena.h"
#include "memory/stats/contrast.h"
#include "plugin/detect/exposure.h"
#include "plugin/detect/scope/parts.h"
#include "plugin/detect/sighting.h"
#include "plugin/hygiene/entry.h"

/* Why a candidate became a change, or did not: code and sentence. Codes are
 * stable and in README.md; a test compares. */
#define REASON_LIST(X)                                                         \
    X(UNDECIDED, "undecided", "it was not looked at yet")                      \
    X(PROPOSED, "proposed", "it became a change of the change set")            \
    X(UNCHANGED, "unchanged", "memory says this already, on this evidence")    \
    X(WAITING, "waiting",                                                      \
      "a change that says this, on this evidence, waits for a review")         \
    X(CONSTANT, "constant", "no other option was ever seen for this choice")   \
    X(HIGH_CARDINALITY, "high_cardinality",                                    \
      "its values are too many to be a choice: ids, paths or free text")       \
    X(CONTEXT, "context", "it says what was done rather than how")             \
    X(EXPOSED, "exposed", "whoever did so had been told to")                   \
    X(NO_VOTES, "no_votes", "no principal chose one option twice")             \
    X(ONE_PRINCIPAL, "one_principal",                                          \
      "one principal alone: true of it, not of the team")                      \
    X(TOO_FEW_PRINCIPALS, "too_few_principals",                                \
      "fewer independent principals than a proposal needs")                    \
    X(TOO_FEW_SESSIONS, "too_few_sessions",                                    \
      "fewer sessions than a proposal needs")                                  \
    X(TOO_FEW_DAYS, "too_few_days", "all within fewer than three days")        \
    X(LOW_SHARE, "low_share", "no option has the share of principals")         \
    X(LOW_POSTERIOR, "low_posterior",                                          \
      "that a majority does so is not likely enough")                          \
    X(LOW_LIFT, "low_lift", "other teams, or the world, do it about as often") \
    X(NOT_SIGNIFICANT, "not_significant",                                      \
      "with this many candidates tested it may be chance")                     \
    X(NOT_ROBUST, "not_robust",                                                \
      "it would fall if a few of its supporters were not honest")              \
    X(MOVED_ON, "moved_on", "by now the principals choose something else")     \
    X(INCIDENT, "incident",                                                    \
      "most of it within six hours across principals: an outage")              \
    X(NO_UPLIFT, "no_uplift", "sessions succeed about as often without it")    \
    X(NO_EVIDENCE, "no_evidence", "no event of it can be quoted")              \
    X(DEFERRED, "deferred",                                                    \
      "more changes than one dream proposes: the next one will")               \
    X(CONTRADICTED, "contradicted", "others said the opposite")                \
    X(COVERED, "covered",                                                      \
      "a memory says which names exist there; this one is not among them")     \
    X(SPLIT, "split", "true of a part of the team: too few elsewhere")         \
    X(TEAM_UNDECIDED, "team_undecided",                                        \
      "an exception from what its team prefers, which prefers nothing")        \
    X(MERGED, "merged", "the same in other words is told")                     \
    X(TRANSIENT, "transient", "trying the same again works: no lesson")        \
    X(UNSUPPORTED, "unsupported",                                              \
      "nobody who had not been told did so for three half-lives")              \
    X(PROTECTED, "protected",                                                  \
      "it is pinned or protected: people alone remove it")                     \
    X(TOO_BIG, "too_big", "what it is made of does not fit into one change")

enum reason {
#define REASON_ENUM(code, name, text) REASON_##code,
    REASON_LIST(REASON_ENUM)
#undef REASON_ENUM
    REASON_COUNT
};

const char *reason_name(enum reason reason);
const char *reason_text(enum reason reason);

/* The sentence of the reason with this code; "" if there is none. */
const char *reason_text_of(const char *name);

/* The values of FindingKind in proto/memory.proto. */
enum finding_kind {
    FINDING_KIND_PREFERENCE = 2,
    FINDING_KIND_DIRECTIVE = 3,
    FINDING_KIND_MISTAKE = 4,
    FINDING_KIND_WORKFLOW = 5,
    FINDING_KIND_HYGIENE = 6
};

enum tier {
    TIER_NONE,
    TIER_PROPOSAL,
    TIER_AUTO
};

enum baseline_source {
    BASELINE_NONE, /* no_baseline: the baseline is only indicative */
    BASELINE_TABLE,
    BASELINE_TEAMS
};

/* "", "proposal", "auto"; "none", "table", "teams": as in Numbers. */
const char *tier_name(enum tier tier);
const char *baseline_source_name(enum baseline_source source);

enum {
    EXCEPTIONS_MAX = 3
};

/* A part of the team where something else is chosen. */
struct preference_exception {
    enum part_kind part;
    struct bytes name;
    struct bytes option;
};

/* Of whom it is, where not of the whole team. */
struct preference_scope {
    enum part_kind part;
    struct bytes name;    /* of the part, or of that left out */
    struct bytes slot;    /* the subject without the part */
    uint32_t rest_voters; /* of the other parts of this kind */
    uint32_t rest_supporters;
    uint32_t family; /* hypotheses about all parts that are tested */
    /* The votes are the team's without this part, which has the name. */
    enum part_kind without;
    uint32_t teams; /* of the swarm, that all choose it; 0: not so */
    uint32_t exception_count;
    struct preference_exception exceptions[EXCEPTIONS_MAX];
    /* Of one person: how often it chose so, of all its choices there, and what
     * its team chooses. */
    uint64_t own_uses;
    uint64_t own_all;
    struct bytes team_option;
};

/* What a preference rests on besides its witnesses. */
struct preference_figures {
    uint32_t voters;     /* n: principals with a frozen vote */
    uint32_t supporters; /* x: those who voted for the option */
    uint32_t now_voters; /* the same by current majorities */
    uint32_t now_supporters;
    uint32_t options;    /* distinct ones of the slot */
    uint32_t hypotheses; /* K: of them, what counts as tested */
    uint64_t uses;       /* calls that made this choice */
    double baseline;     /* q */
    enum baseline_source source;
    enum slot_form form;
    double probability; /* P(share >= 0.6), see prior.h */
    uint32_t echoes;    /* votes left out as another's */
    uint32_t clones;    /* votes left out of clusters */
    /* Votes count since this day, because they moved then; `before` is what
     * was chosen until then, empty if it was the same. */
    bool has_moved;
    int64_t since_day;
    struct bytes before;
    uint32_t before_voters;
    uint32_t before_supporters;
    struct preference_scope *scope; /* in the list's arena; NULL: all zero */
    /* Memory holds it, and most have left it: to be retired. Votes are those
     * since they did. */
    bool is_stale;
};

/* Its scope, or one in which all is zero: of the team. */
const struct preference_scope *
preference_scope(const struct preference_figures *figures);

struct directive_figures {
    struct tuple_directive said; /* key and texts lent */
    bool by_owner;
};

/* What a mistake turned out to be. */
enum mistake_label {
    MISTAKE_UNRESOLVED, /* it recurs, and nothing that was tried worked */
    MISTAKE_WORKED,     /* something worked, too seldom to call it a fix */
    MISTAKE_FIX,        /* something works better than trying again */
    MISTAKE_TRANSIENT,  /* trying again works: no lesson */
    MISTAKE_OPEN,       /* too few have tried anything to tell */
    MISTAKE_CORRECTED,  /* people said what to do instead */
    MISTAKE_NAMES,      /* names that do not exist, and those that do */
    MISTAKE_FAMILY      /* in ever other words */
};

/* "unresolved", "worked", ...: as in detail_json. */
const char *mistake_label_name(enum mistake_label label);

/* A name and who used it, counted up to a maximum. */
struct place_name {
    struct bytes text;
    uint32_t people;
    uint32_t sessions;
};

/* Where names live: what worked there and what does not exist. */
struct place_figures {
    enum ref_kind kind;
    struct bytes owner; /* the table, for columns */
    struct place_name *good;
    struct place_name *bad;
    /* Worked, or failed, for one person alone; not told at the auto tier. All:
     * most seen first. */
    struct place_name *once;
    struct place_name *bad_once;
    uint32_t good_count;
    uint32_t bad_count;
    uint32_t once_count;
    uint32_t bad_once_count;
    uint32_t people; /* that failed over any name */
    uint32_t sessions;
    uint32_t failures; /* distinct sessions and names */
};

enum {
    FIX_CITED_PEOPLE = 4 /* whose calls are cited for what helped */
};

/* What was done differently when it worked, and how often that worked. Of
 * people it is said that it worked if half of what they tried did. */
struct fix_figures {
    struct bytes text;      /* in words; empty: nothing */
    struct bytes condition; /* under which it holds, in words; may be empty */
    uint32_t principals;    /* that tried it */
    uint32_t principals_worked;
    uint32_t tried;            /* principals that tried anything */
    uint32_t retry_principals; /* that tried the same again */
    uint32_t retry_worked;
    uint32_t other_principals; /* that tried without it */
    uint32_t other_worked;
    uint32_t attempts; /* with it, all */
    uint32_t attempts_worked;
    uint32_t compared; /* features that were */
    double ochiai;
    double log_odds;
    double fisher; /* mid-p */
    double log_e;
    bool is_suppressor; /* it silences the error instead of mending it */
    bool is_said;       /* people said so, instead of doing it */
    /* The same in words for agents: what was done stands in quotation marks,
     * so that the gate can look for it in what is cited. */
    struct bytes told;
    struct bytes told_condition;
    uint32_t cited_count;
    struct fix_citation {
        const struct sighting *seen; /* lent */
        uint64_t result_seq;         /* 0: what a person said */
    } cited[2 * FIX_CITED_PEOPLE];
};

struct mistake_figures {
    struct bytes tool;
    struct bytes template_text;
    struct bytes values; /* the identifying values, "a, b", or empty */
    uint32_t tool_users; /* agents of the team that used the tool */
    uint32_t agents;     /* of those, who made the mistake */
    uint64_t occurrences;
    struct bytes family; /* of MISTAKE_FAMILY: its name, how many wordings */
    uint32_t wordings;
    enum mistake_label label;
    /* Why a memory of it is to go, if there is one; 0: it is not. */
    enum reason over;
    /* Lent. Most have none: mistake_place, mistake_fix. */
    const struct place_figures *place; /* of MISTAKE_NAMES */
    const struct fix_figures *fix;     /* of all others */
};

/* What is lent, or one in which all is zero. */
const struct place_figures *
mistake_place(const struct mistake_figures *figures);
const struct fix_figures *mistake_fix(const struct mistake_figures *figures);

enum {
    WORKFLOW_STEPS_MAX = 8,
    WORKFLOW_OPTIONAL_MAX = 2
};

/* Sessions that took these steps in order, against those that did not. */
struct workflow_figures {
    uint32_t step_count;
    struct bytes steps[WORKFLOW_STEPS_MAX];
    uint32_t optional_count;
    struct {
        uint32_t after; /* steps before it */
        double share;   /* of the sessions with the workflow */
        struct bytes step;
    } optional[WORKFLOW_OPTIONAL_MAX];
    struct contrast_row total;
    const struct contrast_row *strata; /* those that tell something */
    uint32_t stratum_count;
    uint32_t classes;  /* of principals and times that do it about as often */
    uint32_t times;    /* parts of the time */
    uint32_t lengths;  /* of sessions, in each class */
    uint32_t tested;   /* kinds of the team that were tested together */
    double kind_log_e; /* of the mean e-value of its kind */
    uint32_t left;     /* supporters that robust_log_e is without */
    double robust_log_e;
    double odds;
    double uplift;
    uint32_t exposed;                  /* sessions that had been told it */
    struct bytes failing;              /* how those that fail do it; or empty */
    struct contrast_row failing_total; /* with: those that do it so */
    struct bytes lowers;   /* protected step that it does less; or empty */
    const char *adoption;  /* label of trend.h */
    double adoption_first; /* share of principals */
    double adoption_last;
    double adoption_p;
    double adoption_log_e;
};

struct candidate {
    enum finding_kind kind;
    uint32_t team;
    struct bytes team_name;
    struct bytes agent; /* in whose own store it belongs; empty: the team's */
    struct bytes subject;
    struct bytes option;
    uint8_t finding[FINDING_BYTES];

    /* Witnesses; those for it first, each part in log order. */
    struct sighting **witnesses;
    uint32_t for_count;
    uint32_t witness_count;
    struct sighting_counts counts; /* of those for it */
    uint32_t principals;           /* distinct, for and against */
    uint64_t left_out;             /* sightings that were not kept */

    /* Of its kind only: a dream of a full state has a hundred thousand. What
     * is large and seldom is lent. The largest first, so that nothing of a
     * zeroed one is anything else. */
    union {
        struct preference_figures preference;
        struct mistake_figures mistake;
        const struct workflow_figures *workflow;
        struct hygiene_finding *hygiene;
        struct directive_figures directive;
    };
    /* What the team chooses without the part that differs, which may be
     * another option; else NULL. Of a preference. */
    struct candidate *without;

    /* What decide.h says. */
    enum reason reason;
    enum tier tier;
    double log_e; /* of x of n against the baseline; preferences */
    double posterior;
    double alpha;
    uint32_t family;
    uint32_t rank;
};

enum {
    CANDIDATES_MAX = 262144
};

struct candidates {
    struct arena arena; /* texts and arrays of the candidates */
    struct candidate *items;
    size_t count;
    size_t capacity;
    uint64_t dropped;  /* beyond the maximum */
    uint64_t left_out; /* what detectors had no room for before */
};

void candidates_init(struct candidates *list);
void candidates_fini(struct candidates *list);

/* Adds a zeroed candidate and lends it until the next one is added; NULL, and
 * counted, beyond the maximum. */
struct candidate *candidates_add(struct candidates *list);

/* Sorts by team name, kind, subject, option and agent, so that nothing later
 * depends on the order in which things were first seen. */
void candidates_sort(struct candidates *list);

/* The scope of a preference, made if it has none. NULL beyond what the arena
 * holds: then there is no evidence, either. */
struct preference_scope *candidate_scope(struct candidate *candidate,
                                         struct arena *arena);

/* Copies a text that lives as long as the list. */
struct bytes candidates_text(struct candidates *list, struct bytes text);

/* Sets the finding id from kind, team (or agent), subject and option. */
void candidate_name(struct candidate *candidate);

/* Whether memory holds it, and most have left it: preferences. */
bool candidate_is_stale(const struct candidate *candidate);

/* Why a memory of it is to go: mistakes; 0 for all others. */
enum reason candidate_over(const struct candidate *candidate);

/* What a stated rule says, however it is put (typed_sense); 0: it is none. */
uint64_t candidate_sense(const struct candidate *candidate);

#endif
