/* SPDX-License-Identifier: MIT */
/* tuple.h: what detectors see of the log: normalised event tuples.
 *
 * One event gives zero or more tuples, in a fixed order. A tuple is a value:
 * it has no behaviour, refers to no other tuple, and depends on its own event
 * and the redactor's key alone, so events may be normalised in any order, in
 * any batch, by any shard.
 *
 * Every text in a tuple comes from the redacted event. Views are lent until
 * the sink returns: a detector copies what it keeps. Empty views mean absent.
 * Threads: a tuple belongs to the thread that runs the sink. */
#ifndef REVERIE_PLUGIN_READ_TUPLE_H
#define REVERIE_PLUGIN_READ_TUPLE_H

#include "base/bytes.h"
#include "proto/envelope.h"

enum {
    TUPLE_SLOTS_MAX = 64,     /* of one tool call */
    TUPLE_REFS_MAX = 64,      /* the same */
    TUPLE_REF_MAX = 64,       /* bytes of a name that is referred to */
    TUPLE_VALUES_MAX = 16,    /* of one error */
    TUPLE_TEMPLATE_MAX = 512, /* bytes of a template */
    TUPLE_QUOTE_MAX = 280,    /* bytes of a quote */
    TUPLE_NAME_MAX = 128,     /* bytes of a slot's name, */
    TUPLE_OPTION_MAX = 64,    /* of an option; cut, they end in a digest */
    TUPLE_KEY_MAX = 256,      /* bytes of a directive's key */
    TUPLE_PART_MAX = 64,      /* bytes of a repository's or role's name */
    TUPLES_PER_EVENT_MAX = 32 /* further directives of an event are cut */
};

enum tuple_kind {
    TUPLE_SESSION_START, /* .session_start */
    TUPLE_SESSION_END,
    TUPLE_TOOL_CALL,   /* a choice: .call */
    TUPLE_TOOL_RESULT, /* every tool result, good or bad: .result */
    TUPLE_ERROR,       /* follows the TOOL_RESULT of a mistake: .error; not
                        * where the failure says nothing at all */
    TUPLE_REJECTED,    /* a person refused or interrupted: .rejected */
    TUPLE_DIRECTIVE,   /* an owner or user said how to work: .directive */
    TUPLE_OUTCOME      /* a session was judged: .outcome */
};

/* How the option of a slot came to be. */
enum slot_form {
    SLOT_VALUE,   /* the value itself, normalised: "main", "true", "120000" */
    SLOT_SHAPE,   /* a class that stands for many values: "<PATH:.go>" */
    SLOT_FAMILY,  /* one of several programs for a purpose: "mise run test" */
    SLOT_FLAGS,   /* sorted flags of a command: "--oneline -n", "" is "none" */
    SLOT_COMMAND, /* which sub-command was run; says what was done rather
                   * than how, so it is context and no preference */
    SLOT_FORM_COUNT
};

/* One choice point of a call and what was chosen. Names are built from
 * [a-z0-9_.-] and the tool's own spelling; the grammar is in README.md:
 *   use.test-runner            = mise run test      SLOT_FAMILY
 *   shell.git.commit.flags     = -m                 SLOT_FLAGS
 *   shell.git.command          = commit             SLOT_COMMAND
 *   Grep.output_mode           = content            SLOT_VALUE
 *   book_reservation.passengers[].dob = 9999-99-99  SLOT_SHAPE
 * Every slot (name, option) occurs at most once in a call. */
struct tuple_slot {
    struct bytes name;
    struct bytes option;
    enum slot_form form;
};

/* What a reference is to. */
enum ref_kind {
    REF_TABLE,   /* an SQL statement names it */
    REF_COLUMN,  /* of the table that is its owner */
    REF_WORD,    /* a word of a shell command; its owner is the program */
    REF_COMMAND, /* the program and its first plain word: "make setup" */
    REF_KIND_COUNT
};

/* Something that a call names: a table, a column of one, a word of a command.
 * Words are options: values that are one of very many are shapes. What is
 * there only the result says. */
struct tuple_ref {
    enum ref_kind kind;
    struct bytes owner; /* of a column or a word; else empty */
    struct bytes name;  /* case folded where the language tells none apart */
    struct bytes said;  /* as a message would name it: "alias.column" */
    uint8_t place;      /* the part of the statement it stands in */
    bool is_certain;    /* if the call works, the owner has this name */
    bool is_blamed;     /* if the call fails for ${said} and all of that name
                         * stand in one place, the owner does not have it */
};

struct tuple_call {
    struct bytes tool;
    struct bytes call; /* pairs with the result within (session) */
    const struct tuple_slot *slots;
    size_t slot_count;
    const struct tuple_ref *refs; /* in order of appearance */
    size_t ref_count;
    bool is_cut; /* more slots than TUPLE_SLOTS_MAX, or unreadable arguments */
};

struct tuple_result {
    struct bytes tool; /* may be empty: pair through `call` */
    struct bytes call;
    bool is_error;    /* a mistake; false for successes and rejections */
    bool is_rejected; /* a TUPLE_REJECTED follows */
    bool has_exit_code;
    int32_t exit_code;
    bool has_reward;
    double reward;
};

/* What a masked part of a text was. Names: mask_name() in mask.h. */
enum mask {
    MASK_NONE,
    MASK_UUID,
    MASK_SHA,
    MASK_TS,
    MASK_DUR,
    MASK_URL,
    MASK_EMAIL,
    MASK_IP,
    MASK_PATH,
    MASK_HEX,
    MASK_B64,
    MASK_SEMVER,
    MASK_SIZE,
    MASK_QSTR,
    MASK_NUM,
    MASK_IDENT,     /* an identifier a parser of the message knows as such */
    MASK_QUALIFIER, /* what stood before it: database, alias, package */
    MASK_CLAUSE,    /* where in the statement or file; never the mistake */
    MASK_SECRET,    /* a placeholder of the redactor */
    MASK_HOST,      /* a name of a host, with its port */
    MASK_ID,        /* a word with a number of its own: "worker-17" */
    MASK_VALUE,     /* a word behind "name=", in lines of logs only */
    MASK_COUNT
};

/* One value that masking took out of the template, in order of appearance. */
struct tuple_value {
    enum mask mask;
    struct bytes text; /* verbatim: a substring of the quote where it fits */
    struct bytes key;  /* what equal values share: case folded if the
                        * language of the message does not tell case apart */
    bool identifies;   /* belongs to what the mistake *is*, not to where or
                        * when it happened */
};

/* A mistake. Two errors are the same one if their key ids are equal. */
struct tuple_error {
    struct bytes tool;
    struct bytes call;
    struct bytes template_text; /* "Table <IDENT> doesn't exist" */
    uint64_t template_id;       /* hash of template_text */
    uint64_t key_id;            /* hash of tool, template, identifying keys */
    const struct tuple_value *values;
    size_t value_count;
    bool is_bare; /* nothing in the line says that anything failed, and it is
                   * not all that a tool said: it may be any text that was
                   * printed, also somebody else's. Its words may be counted,
                   * and never become a memory's */
};

/* Not a mistake of the agent: it did as it was allowed, someone said no. */
enum rejected_by {
    REJECTED_BY_PERSON, /* refused a proposed action */
    REJECTED_BY_INTERRUPT,
    REJECTED_BY_RULE,   /* a permission rule or mode of the harness */
    REJECTED_BY_SIBLING /* cancelled because a parallel call failed */
};

struct tuple_rejected {
    struct bytes tool;
    struct bytes call;
    enum rejected_by by;
    struct bytes said; /* the person's own words, if any */
};

enum directive_polarity {
    DIRECTIVE_DO,
    DIRECTIVE_DONT
};

/* How lasting the words are. */
enum directive_strength {
    DIRECTIVE_STANDING,   /* always, never, from now on, we use, I prefer */
    DIRECTIVE_CORRECTION, /* "no, use X", "use X instead of Y" */
    DIRECTIVE_ONCE,   /* said for this time: "today", "for now", "this time" */
    DIRECTIVE_REQUEST /* a common practice, asked for once: "can you add a
                       * test?"; means something only if it recurs */
};

enum directive_scope {
    SCOPE_UNSAID,
    SCOPE_INDIVIDUAL, /* I, me, my */
    SCOPE_TEAM,       /* we, our, the team, everyone */
    SCOPE_REPOSITORY, /* this repo, this project, here */
    SCOPE_SESSION     /* today, this time, for now */
};

/* What is to be done with X. */
enum directive_verb {
    VERB_OTHER,
    VERB_USE,    /* use, prefer, choose, stick to, go with */
    VERB_RUN,    /* run, execute, call, invoke */
    VERB_WRITE,  /* write, add, include, put, name, format */
    VERB_CHANGE, /* edit, change, touch, modify, remove, delete */
    VERB_ASK,    /* ask, confirm, check with */
    VERB_COMMIT, /* commit, push, merge, rebase */
    VERB_READ,   /* read, look at, check */
    VERB_TEST    /* test, verify, lint, format before ... */
};

/* Something an owner or user told the agent. The quote is the sentence. */
struct tuple_directive {
    enum directive_polarity polarity;
    enum directive_strength strength;
    enum directive_scope scope;
    enum directive_verb verb;
    struct bytes object;  /* X, verbatim: a substring of the quote; of a request
                           * the stem that its words have in common */
    struct bytes instead; /* Y of "X instead of Y", verbatim, or empty */
    struct bytes key;     /* equal for equal directives in other words; of a
                           * request the practice in words: "add tests" */
    uint64_t key_id;      /* hash of key */
};

enum outcome {
    OUTCOME_UNKNOWN,
    OUTCOME_SUCCESS,
    OUTCOME_FAILURE
};

struct tuple_outcome {
    enum outcome outcome;
    bool has_score;
    double score;
};

struct tuple_session {
    uint64_t configuration;  /* hash of model and prompt digest; 0: unknown */
    struct bytes repository; /* that it works in; empty: unknown */
    struct bytes role;       /* that its agent has; empty: unknown */
};

struct tuple {
    enum tuple_kind kind;
    uint32_t ordinal; /* of this tuple within its event, from 0 */

    /* The event it comes from; everything a Witness needs. */
    uint32_t log;
    uint64_t seq;
    struct bytes id;        /* 16 bytes */
    struct bytes root;      /* 16 bytes: causal root; equal roots are echoes */
    struct bytes principal; /* the independence unit */
    struct bytes agent;
    struct bytes team;
    struct bytes session;
    struct bytes view;  /* exposure: view id stamped by the broker */
    enum origin origin; /* effective */
    enum identity identity;
    bool has_occurred;
    int64_t occurred_us;

    /* At most TUPLE_QUOTE_MAX bytes of UTF-8, byte for byte in the redacted
     * text of one string field of the body; empty for session and outcome. */
    struct bytes quote;

    union {
        struct tuple_call call;
        struct tuple_result result;
        struct tuple_error error;
        struct tuple_rejected rejected;
        struct tuple_directive directive;
        struct tuple_outcome outcome;
        struct tuple_session session_start;
    };
};

/* Receives tuples in order. ${tuple} and all it points to is lent until the
 * return. */
typedef void (*tuple_sink)(void *context, const struct tuple *tuple);

#endif
