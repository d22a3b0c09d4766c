/* SPDX-License-Identifier: MIT */
/* step.h: what the handlers of the memory services share.
 *
 * A step is one input on its way to one output: handlers read rows, check,
 * and emit ledger events, each of which is folded at once, so that the next
 * check of the same step sees it. A handler refuses before it emits.
 * Private to memory/. Threads: that of the memory. */
#ifndef REVERIE_MEMORY_SERVICE_STEP_H
#define REVERIE_MEMORY_SERVICE_STEP_H

#include "memory/fold/rows.h"
#include "memory/fold/state.h"
#include "memory/gate/gate.h"
#include "memory/memory.h"

struct Reverie__V1__Change;
struct Reverie__V1__ChangeRow;
struct Reverie__V1__ChangeSet;
struct Reverie__V1__MemoryDelta;
struct Reverie__V1__Numbers;
struct Reverie__V1__ReviewItem;
struct Reverie__V1__Version;
struct ProtobufCMessageDescriptor;

enum {
    REPLY_MAX = 7 << 20,            /* below CONTROL_MAX, for its envelope */
    UPDATE_SPLIT_BYTES = 512 << 10, /* an update is sent when it is larger */
    UPDATE_DELTAS_MAX = 512,
    LIST_DEFAULT = 100,
    LIST_MAX = 1000,
    READERS_MAX = 100000,
    CANDIDATES_MAX = 10000, /* of one dream */
    EXPIRE_MAX = 256,       /* of one tick; the next takes the rest */
    CITATIONS_MAX = 3
};

/* Changes of one store that go out as one memory.update. */
struct publication {
    struct bytes store;
    uint64_t from_version;
    struct Reverie__V1__MemoryDelta *deltas[UPDATE_DELTAS_MAX];
    size_t count;
    size_t bytes;
    struct bytes change_set;
};

struct memory {
    const struct memory_table *table;
    const struct memory_log *log;
    struct memory_config config;
    struct arena arena; /* of one step */
    const struct memory_input *input;
    uint64_t next_seq;
    struct memory_output_event *events;
    size_t event_count;
    size_t event_capacity;
    const char *code;
    struct buf sentence;
    struct buf payload;
    struct publication publication;
    const bool *batch_breaks; /* of the changes of a set: judge_batch */
    struct bytes dream;       /* of the set that is proposed; empty: none */
};

/* ---- in and out ---------------------------------------------------------- */

/* Unpacks the payload of the request. False: it was refused. */
MUST_CHECK bool step_read(struct memory *memory,
                          const struct ProtobufCMessageDescriptor *type,
                          void *out_message);

/* Makes the output a refusal. Always ERR_OK, to end a handler with. */
enum err step_refuse(struct memory *memory, const char *code,
                     const char *format, ...) PRINTF_LIKE(3, 4);

/* Makes ${message} the reply; refuses with too_big what does not fit. */
MUST_CHECK enum err step_reply(struct memory *memory, const void *message);

/* Records a ledger event and folds it. */
MUST_CHECK enum err step_emit(struct memory *memory, const char *kind,
                              const void *message);

/* Records an event of the traffic log. */
void step_emit_update(struct memory *memory, struct bytes body,
                      struct bytes store, uint64_t store_version);

/* A NUL-terminated copy, or ""; NULL when the step's arena is full. */
char *step_text(struct memory *memory, struct bytes text);

/* The same of what a person remarks, without secrets. */
char *step_remark(struct memory *memory, struct bytes text);

/* The policy's name as a mutable text for generated fields. */
char *step_policy(struct memory *memory);

/* Zeroed memory of the step; ends the step by ERR_TOO_BIG when NULL. */
void *step_take(struct memory *memory, size_t size);

uint32_t step_limit(uint32_t asked);

/* ---- reading ------------------------------------------------------------- */

/* A memory as it stands. */
struct head {
    bool exists;
    bool live;
    struct Reverie__V1__Version *version; /* if it exists */
};

MUST_CHECK enum err head_get(struct memory *memory, struct bytes store,
                             struct bytes path, struct head *out);
/* The number of the live head, 0 if there is none. */
uint64_t head_number(const struct head *head);

MUST_CHECK enum err store_version_get(struct memory *memory, struct bytes store,
                                      uint64_t *out);

/* How evidence of a change of ${store} about ${finding} is checked. */
MUST_CHECK enum err evidence_source_get(struct memory *memory,
                                        struct bytes store,
                                        struct bytes finding,
                                        struct evidence_source *out);

/* ---- deciding ------------------------------------------------------------ */

struct judgement {
    struct gate_facts facts;
    const char *screen_word;    /* what tripped the screen, "" or NULL */
    const char *sensitive_word; /* NULL: none */
    struct gate_verdict verdict;
    struct evidence evidence;
    struct head head;
};

/* Gathers the facts on ${change} (quotes as text) and asks the gate.
 * ${breaks}: it is one of too many removals. */
MUST_CHECK enum err judge(struct memory *memory,
                          struct Reverie__V1__Change *change, bool human,
                          bool breaks, struct judgement *out);

/* The same for a change of kind hygiene, whose evidence are memories: are those
 * it names as it says? */
MUST_CHECK enum err judge_hygiene(struct memory *memory,
                                  const struct Reverie__V1__Change *change,
                                  struct judgement *out);

/* Which changes of the set would remove more than dreams may of a store in a
 * day without a human: into memory->batch_breaks. */
MUST_CHECK enum err judge_batch(struct memory *memory,
                                const struct Reverie__V1__ChangeSet *set);

/* What may be said of ${count} witnesses under the numbers of ${change}. */
void facts_of_evidence(const struct Reverie__V1__Change *change,
                       const struct evidence *evidence, struct gate_facts *out);

/* What the log says now of the evidence of ${change} (quotes by place; text
 * on return), leaving out what was erased; and what the gate may know of it. */
MUST_CHECK enum err recheck(struct memory *memory,
                            struct Reverie__V1__Change *change,
                            struct evidence *out);
void recheck_facts(struct memory *memory,
                   const struct Reverie__V1__Change *change,
                   const struct evidence *evidence, struct gate_facts *out);

/* Records what the gate said of a change that is in the rows. */
MUST_CHECK enum err emit_gated(struct memory *memory, struct bytes change,
                               const char *answer,
                               const struct gate_verdict *verdict);

/* ---- writing ------------------------------------------------------------- */

/* Who stands behind a version. Empty where it does not apply. */
struct authorship {
    struct bytes author;
    struct bytes reason;
    struct bytes dream;
    struct bytes proposer; /* both of a change only */
    struct bytes approver; /* empty: the policy */
    uint64_t from_seq;     /* what its dream had read */
    uint64_t to_seq;
    uint64_t ledger_seq;
    bool is_change; /* a change of the rows, rather than a direct write */
    bool has_pin;   /* false: the pin stays as it was */
    bool pin;
};

/* Writes the version that ${change} (quotes by place) describes, marks what
 * it replaces, and adds both to the publication. */
MUST_CHECK enum err apply_change(struct memory *memory,
                                 struct Reverie__V1__Change *change,
                                 const struct judgement *judgement,
                                 const struct authorship *by,
                                 uint64_t *out_number);

/* Marks the head of a memory and adds that to the publication. */
MUST_CHECK enum err mark_head(struct memory *memory, struct bytes store,
                              struct bytes path, int state, const char *reason);

/* The memories that ${change} replaces at other paths become superseded. */
MUST_CHECK enum err
supersede_replaced(struct memory *memory,
                   const struct Reverie__V1__Change *change);

/* Whether one of them is pinned, or protected by its path. */
MUST_CHECK enum err replaces_kept(struct memory *memory,
                                  const struct Reverie__V1__Change *change,
                                  bool *out);

/* ${change} takes the place of what its proposer said before, in another
 * dream, of the same kind about the same memory, and still waits. Whoever else
 * proposed something is not touched: nobody can clear away another's. */
MUST_CHECK enum err supersede_waiting(struct memory *memory,
                                      const struct Reverie__V1__Change *change,
                                      const struct judgement *judgement);

/* Whether there is such a one: then ${change} needs no place of its own. */
MUST_CHECK enum err supersedes_waiting(struct memory *memory,
                                       const struct Reverie__V1__Change *change,
                                       bool *out);

/* Whether ${change} says that the preference the head holds is one no more. */
bool casts_doubt(const struct Reverie__V1__Change *change,
                 const struct judgement *judgement);

/* While a human is asked whether a preference was left for another, or by
 * most: the head is suspect, so agents are told. After a rejection it is
 * active again. */
MUST_CHECK enum err doubt_head(struct memory *memory,
                               const struct Reverie__V1__Change *change,
                               const struct judgement *judgement);
MUST_CHECK enum err trust_head(struct memory *memory,
                               const struct Reverie__V1__Change *change);

/* Whether the evidence of ${head}, a dreamed version, still carries it. */
MUST_CHECK enum err head_stands(struct memory *memory, const struct head *head,
                                bool *out_stands);

/* Pins the head, or unpins it; nothing else of it changes. */
MUST_CHECK enum err mark_pinned(struct memory *memory, struct bytes store,
                                struct bytes path, bool pin);

/* The same with numbers that were counted again, after ${erased} of its
 * witnesses were erased. The state may stay what it is. */
MUST_CHECK enum err mark_recounted(struct memory *memory, struct bytes store,
                                   struct bytes path, int state,
                                   struct Reverie__V1__Numbers *numbers,
                                   uint32_t erased);

/* The numbers of ${change} as its evidence gives them, with what only the
 * proposer knows. NULL, and ERR_OK, where there are none. */
MUST_CHECK enum err gated_numbers(struct memory *memory,
                                  const struct Reverie__V1__Change *change,
                                  const struct evidence *evidence,
                                  const char *tier,
                                  struct Reverie__V1__Numbers **out);

/* Marks whatever was derived from ${finding} as suspect. */
MUST_CHECK enum err mark_derived(struct memory *memory, struct bytes store,
                                 struct bytes finding);

/* Adds one line to the update of ${store}; a line of another store sends the
 * open one first. ${before} may be empty. */
MUST_CHECK enum err publish_add(struct memory *memory, struct bytes store,
                                struct Reverie__V1__MemoryDelta *delta,
                                struct bytes before);

/* Sends the open update, if there is one, and records to whom. */
MUST_CHECK enum err publish_flush(struct memory *memory);

/* ---- handlers, by file ----------------------------------------------------
 */

enum err on_propose(struct memory *memory);
enum err on_review_list(struct memory *memory);
enum err on_review_show(struct memory *memory);
enum err on_review_decide(struct memory *memory);
enum err on_view(struct memory *memory);
enum err on_stores(struct memory *memory);
enum err on_list(struct memory *memory);
enum err on_history(struct memory *memory);
enum err on_who(struct memory *memory);
enum err on_write(struct memory *memory);
enum err on_revert(struct memory *memory);
enum err on_verify(struct memory *memory);
enum err on_dream_report(struct memory *memory);
enum err on_dream_list(struct memory *memory);
enum err on_dream_show(struct memory *memory);
enum err on_ack(struct memory *memory);
enum err on_joined(struct memory *memory);
enum err on_started(struct memory *memory);
enum err on_erased(struct memory *memory);
enum err on_tick(struct memory *memory);

/* What a reviewer is shown of a row: with witnesses and their quotes, or
 * without. Fills ${out} from ${row}, in place. */
MUST_CHECK enum err review_item(struct memory *memory,
                                struct Reverie__V1__ChangeRow *row,
                                bool with_witnesses,
                                struct Reverie__V1__ReviewItem *out);

#endif
