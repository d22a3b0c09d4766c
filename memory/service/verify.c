/* SPDX-License-Identifier: MIT */
/* Does what memory holds follow from the log? */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "memory/fold/fold.h"
#include "memory/rows.pb-c.h"
#include "memory/service/step.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    SENTENCE_BYTES = 200,
    VERIFY_ARENA_MAX = 256 << 20 /* one memory and what it cites */
};

/* ---- evidence, again ----------------------------------------------------- */

/* What the log says now of the evidence of a change, leaving out what was
 * erased. Quotes must be text again. */
enum err recheck(struct memory *memory, Reverie__V1__Change *change,
                 struct evidence *out)
{
    struct evidence_source source;
    enum err err = evidence_source_get(
        memory, message_text(change->store),
        message_bytes(change->has_finding, change->finding), &source);
    if (err != ERR_OK) {
        return err;
    }
    /* It was told because of this evidence, so that is no exposure of it. */
    source.exposure.published = false;
    source.skip_erased = true;
    err = quotes_restore(&source, change->witnesses, change->n_witnesses,
                         &memory->arena);
    return err != ERR_OK ? err
                         : evidence_check(&source, change, &memory->arena, out);
}

void recheck_facts(struct memory *memory, const Reverie__V1__Change *change,
                   const struct evidence *evidence, struct gate_facts *out)
{
    *out = (struct gate_facts){
        .kind = (int)change->kind,
        .op = (int)change->op,
        .team_scope = store_is_team(message_text(change->store)),
        .policy = memory->config.policy,
    };
    facts_of_evidence(change, evidence, out);
}

enum err head_stands(struct memory *memory, const struct head *head,
                     bool *out_stands)
{
    Reverie__V1__ChangeRow row;
    struct evidence evidence;
    struct gate_facts facts;
    const struct Reverie__V1__Version *version = head->version;
    struct row_key key =
        key_change(message_bytes(version->has_change, version->change));
    enum err err =
        row_get(memory->table, &key, &reverie__v1__change_row__descriptor,
                &memory->arena, &row);
    if (err == ERR_OK) {
        err = recheck(memory, row.change, &evidence);
    }
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    recheck_facts(memory, row.change, &evidence, &facts);
    *out_stands = gate_evidence_lack(&facts) == NULL;
    return ERR_OK;
}

/* ---- one memory ---------------------------------------------------------- */

struct finding_out {
    const char *verdict;
    char sentence[SENTENCE_BYTES];
};

static void find(struct finding_out *out, const char *verdict,
                 const char *sentence)
{
    out->verdict = verdict;
    snprintf(out->sentence, sizeof(out->sentence), "%s", sentence);
}

static bool text_equal(const char *a, const char *b)
{
    return bytes_equal(message_text(a), message_text(b));
}

/* Whether the version says what the change says that made it. */
static bool says_the_same(const struct Reverie__V1__Version *version,
                          const struct Reverie__V1__Change *change)
{
    return text_equal(version->content, change->content) &&
           text_equal(version->title, change->title) &&
           version->kind == change->kind &&
           bytes_equal(message_bytes(version->has_finding, version->finding),
                       message_bytes(change->has_finding, change->finding));
}

/* Whether the version rests on the witnesses of the change, all of them. */
static enum err cites_the_same(struct memory *memory,
                               const struct Reverie__V1__Change *change,
                               uint64_t number, bool *out)
{
    struct Reverie__V1__WitnessesRow theirs = REVERIE__V1__WITNESSES_ROW__INIT;
    struct row_key key = key_witnesses(message_text(change->store),
                                       message_text(change->path), number);
    struct buf row;
    struct buf packed;
    theirs.witnesses = change->witnesses;
    theirs.n_witnesses = change->n_witnesses;
    buf_init(&row, ROW_VALUE_MAX);
    buf_init(&packed, ROW_VALUE_MAX);
    message_pack(&theirs, &packed);
    enum err err =
        memory->table->get(memory->table->context, row_key_bytes(&key), &row);
    *out = bytes_equal(buf_bytes(&row), buf_bytes(&packed));
    buf_fini(&row);
    buf_fini(&packed);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static bool differs(double a, double b)
{
    const double slack = 1e-9;
    return !(fabs(a - b) <= slack * fmax(1, fabs(b)));
}

static bool test_differs(const struct Reverie__V1__Numbers *a,
                         const struct Reverie__V1__Numbers *b)
{
    return a->has_baseline != b->has_baseline ||
           differs(a->baseline, b->baseline) || a->family != b->family ||
           a->rank != b->rank || differs(a->alpha, b->alpha);
}

/* Names the first number of the version that its evidence does not give. */
static const char *wrong_number(const struct Reverie__V1__Numbers *told,
                                const struct Reverie__V1__Numbers *truth)
{
    if (!told || !truth) {
        return told == truth ? NULL : "numbers";
    }
    const struct {
        const char *name;
        bool is_wrong;
    } checks[] = {
        {"principals", told->principals != truth->principals},
        {"principals_for", told->principals_for != truth->principals_for},
        {"sessions", told->sessions != truth->sessions},
        {"days", told->days != truth->days || told->no_time != truth->no_time},
        {"events", told->events != truth->events},
        {"share", differs(told->share, truth->share)},
        {"log_e", told->has_log_e != truth->has_log_e ||
                      differs(told->log_e, truth->log_e)},
        {"posterior", differs(told->posterior, truth->posterior)},
        {"baseline, family, rank or alpha", test_differs(told, truth)},
    };
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        if (checks[i].is_wrong) {
            return checks[i].name;
        }
    }
    return NULL;
}

/* With quotes as text the change must be the bytes that were decided on; where
 * an event was erased its quote is gone, and with it that proof. */
static bool is_decided_change(struct Reverie__V1__Change *change)
{
    struct digest digest = change_digest(change);
    return bytes_equal(message_bytes(change->has_id, change->id),
                       bytes_of(digest.bytes, sizeof(digest.bytes)));
}

static void judge_evidence(struct memory *memory,
                           struct Reverie__V1__Change *change,
                           const struct evidence *evidence,
                           struct finding_out *out)
{
    struct gate_facts facts;
    recheck_facts(memory, change, evidence, &facts);
    const char *lack = gate_evidence_lack(&facts);
    if (evidence->fault != EVIDENCE_NONE &&
        evidence->fault != EVIDENCE_ERASED) {
        snprintf(out->sentence, sizeof(out->sentence), "%s (%s, witness %zu)",
                 evidence_fault_text(evidence->fault),
                 evidence_fault_name(evidence->fault), evidence->fault_at + 1);
        out->verdict = "failed";
    } else if (evidence->erased > 0) {
        find(out, "erased",
             lack ? "cited events were erased, and the rest does not carry it"
                  : "cited events were erased, the rest carries it");
    } else if (!is_decided_change(change)) {
        find(out, "failed", "its change is not the one that was decided on");
    } else if (lack) {
        find(out, "failed", "the evidence is below the proposal tier");
    } else {
        find(out, "verified from witnesses",
             "every witness and number was checked against the log");
    }
}

static enum err judge_numbers(struct memory *memory,
                              const struct Reverie__V1__Version *head,
                              const struct Reverie__V1__Change *change,
                              const struct evidence *evidence,
                              struct finding_out *out)
{
    struct Reverie__V1__Numbers *truth = NULL;
    enum err err = gated_numbers(memory, change, evidence, "", &truth);
    const char *wrong =
        err == ERR_OK ? wrong_number(head->numbers, truth) : NULL;
    if (wrong) {
        out->verdict = "failed";
        snprintf(out->sentence, sizeof(out->sentence),
                 "the memory's %s is not what its evidence gives", wrong);
    }
    return err;
}

static enum err verify_dreamed(struct memory *memory,
                               const struct Reverie__V1__Version *head,
                               struct finding_out *out)
{
    Reverie__V1__ChangeRow row;
    struct evidence evidence;
    bool cites = false;
    struct row_key key =
        key_change(message_bytes(head->has_change, head->change));
    enum err err =
        row_get(memory->table, &key, &reverie__v1__change_row__descriptor,
                &memory->arena, &row);
    if (err == ERR_NOT_FOUND) {
        find(out, "failed", "the change that made it is not there");
        return ERR_OK;
    }
    if (err == ERR_OK) {
        err = cites_the_same(memory, row.change, head->number, &cites);
    }
    if (err == ERR_OK && !(cites && says_the_same(head, row.change))) {
        find(out, "failed",
             cites ? "it does not say what its change says"
                   : "it does not cite what its change cites");
        return ERR_OK;
    }
    if (err == ERR_OK) {
        err = recheck(memory, row.change, &evidence);
    }
    if (err != ERR_OK) {
        return err;
    }
    judge_evidence(memory, row.change, &evidence, out);
    return strcmp(out->verdict, "failed") == 0
               ? ERR_OK
               : judge_numbers(memory, head, row.change, &evidence, out);
}

static enum err verify_head(struct memory *memory, struct bytes store,
                            struct bytes path, uint64_t *out_number,
                            struct finding_out *out)
{
    struct head head;
    enum err err = head_get(memory, store, path, &head);
    if (err != ERR_OK || !head.exists) {
        return err != ERR_OK ? err : ERR_CORRUPT;
    }
    *out_number = head.version->number;
    find(out, "verified", "a direct write is its own evidence");
    bool is_dreamed =
        head.version->kind != REVERIE__V1__FINDING_KIND__FINDING_AUTHORED;
    return is_dreamed ? verify_dreamed(memory, head.version, out) : ERR_OK;
}

/* With an arena of its own, so that memories do not add up. */
static enum err verify_one(struct memory *memory, struct bytes store,
                           struct bytes path,
                           Reverie__V1__MemoryVerifyReply__Result *out)
{
    struct finding_out found = {0};
    struct arena outer = memory->arena;
    arena_init(&memory->arena, VERIFY_ARENA_MAX);
    *out = (Reverie__V1__MemoryVerifyReply__Result)
        REVERIE__V1__MEMORY_VERIFY_REPLY__RESULT__INIT;
    enum err err = verify_head(memory, store, path, &out->number, &found);
    arena_fini(&memory->arena);
    memory->arena = outer;
    if (err != ERR_OK) {
        return err;
    }
    out->has_number = true;
    out->store = step_text(memory, store);
    out->path = step_text(memory, path);
    out->verdict = step_text(memory, bytes_of_text(found.verdict));
    out->sentence = step_text(memory, bytes_of_text(found.sentence));
    return out->store && out->path && out->verdict && out->sentence
               ? ERR_OK
               : ERR_TOO_BIG;
}

static enum err verify_row(struct memory *memory, struct bytes key,
                           struct bytes value,
                           struct Reverie__V1__MemoryVerifyReply *reply)
{
    struct Reverie__V1__MemoryRow row;
    enum err err = row_read(value, &reverie__v1__memory_row__descriptor,
                            &memory->arena, &row);
    if (err != ERR_OK || !version_is_live(row.state)) {
        return err;
    }
    Reverie__V1__MemoryVerifyReply__Result *one =
        step_take(memory, sizeof(*one));
    char *store = row_key_text(key, 1, &memory->arena);
    if (!one || !store) {
        return ERR_TOO_BIG;
    }
    reply->results[reply->n_results++] = one;
    return verify_one(
        memory, message_text(store),
        bytes_slice(key, 2 + message_text(store).len, PATH_MAX_BYTES), one);
}

enum err on_verify(struct memory *memory)
{
    struct Reverie__V1__MemoryVerifyRequest request;
    struct Reverie__V1__MemoryVerifyReply reply =
        REVERIE__V1__MEMORY_VERIFY_REPLY__INIT;
    struct row_list list;
    if (!step_read(memory, &reverie__v1__memory_verify_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    struct bytes store = message_text(request.store);
    if (store.len && !store_name_is_valid(store, NULL)) {
        return step_refuse(memory, "invalid", "the store is not valid");
    }
    struct row_key prefix = key_memory(store, bytes_of(NULL, 0));
    enum err err = rows_list(memory->table, &prefix, bytes_of(NULL, 0),
                             FOLD_LIST_MAX, &memory->arena, &list);
    reply.results =
        step_take(memory, (list.count + 1) *
                              sizeof(Reverie__V1__MemoryVerifyReply__Result *));
    if (err == ERR_OK && !reply.results) {
        err = ERR_TOO_BIG;
    }
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        err = verify_row(memory, list.keys[i], list.values[i], &reply);
    }
    reply.policy = step_policy(memory);
    return err != ERR_OK ? err : step_reply(memory, &reply);
}
