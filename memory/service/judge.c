/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/edge/hash.h"
#include "base/map.h"
#include "memory/fold/fold.h"
#include "memory/gate/text/screen.h"
#include "memory/rewording.h"
#include "memory/rows.pb-c.h"
#include "memory/service/step.h"
#include "memory/witnesses.h"
#include "proto/messages.h"

enum {
    SENTENCE_MAX = 512
};

/* ---- the text ------------------------------------------------------------ */

/* Appends the strings of ${json}, as they are written, a line each. */
static void add_strings(struct bytes json, struct buf *out)
{
    bool is_open = false;
    for (size_t at = 0; at < json.len; at++) {
        uint8_t c = json.data[at];
        if (c == '"') {
            is_open = !is_open;
            buf_add_text(out, is_open ? "" : "\n\n");
        } else if (is_open) {
            bool is_escape = c == '\\' && at + 1 < json.len;
            buf_add(out, bytes_slice(json, at, is_escape ? 2 : 1));
            at += is_escape;
        }
    }
}

/* Everything of a change that agents or reviewers get to read. Its figures are
 * no text, but they are kept, and so must hold no secret. */
static void read_texts(struct memory *memory,
                       const struct Reverie__V1__Change *change,
                       struct judgement *out)
{
    struct gate_facts *facts = &out->facts;
    const char *const parts[] = {change->title, change->subject, change->option,
                                 change->path, change->content};
    struct buf text;
    struct buf redacted;
    size_t max = CONTENT_MAX_BYTES + TITLE_MAX_BYTES + SUBJECT_MAX_BYTES +
                 OPTION_MAX_BYTES + PATH_MAX_BYTES + REASON_MAX_BYTES +
                 2 * DETAIL_MAX_BYTES + 64;
    buf_init(&text, max);
    buf_init(&redacted, 2 * max + 64);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        buf_add(&text, message_text(parts[i]));
        buf_add_text(&text, "\n");
    }
    out->sensitive_word = sensitive_word(buf_bytes(&text));
    facts->sensitive = out->sensitive_word != NULL;
    facts->screen = screen_word(buf_bytes(&text), &out->screen_word);
    buf_add(&text, message_text(change->reason));
    buf_add_text(&text, "\n\n");
    add_strings(message_text(change->detail_json), &text);
    facts->has_secret =
        redact(&memory->config.redact, buf_bytes(&text), &redacted) > 0;
    buf_fini(&text);
    buf_fini(&redacted);
}

/* ---- the state ----------------------------------------------------------- */

/* Whether a live memory lies at an ancestor of ${path} or below it. */
static enum err path_is_nested(struct memory *memory, struct bytes store,
                               struct bytes path, bool *out)
{
    struct head head;
    size_t slash = bytes_find(path, BYTES_LITERAL("/"), 1);
    *out = false;
    while (slash != SIZE_MAX && !*out) {
        enum err err =
            head_get(memory, store, bytes_slice(path, 0, slash), &head);
        if (err != ERR_OK) {
            return err;
        }
        *out = head.live;
        slash = bytes_find(path, BYTES_LITERAL("/"), slash + 1);
    }
    struct row_list list;
    struct buf below;
    buf_init(&below, PATH_MAX_BYTES + 1);
    buf_add(&below, path);
    buf_add_text(&below, "/");
    struct row_key prefix = key_memory(store, buf_bytes(&below));
    buf_fini(&below);
    enum err err = rows_list(memory->table, &prefix, bytes_of(NULL, 0),
                             LIST_MAX, &memory->arena, &list);
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        struct Reverie__V1__MemoryRow row;
        err = row_read(list.values[i], &reverie__v1__memory_row__descriptor,
                       &memory->arena, &row);
        *out |= err == ERR_OK && version_is_live(row.state);
    }
    *out |= list.more;
    return err;
}

/* Whether the finding is live at another path than the change wants. */
static enum err finding_is_elsewhere(struct memory *memory,
                                     const struct Reverie__V1__Change *change,
                                     bool *out)
{
    struct Reverie__V1__FindingRow row = REVERIE__V1__FINDING_ROW__INIT;
    struct row_key key =
        key_finding(message_text(change->store),
                    message_bytes(change->has_finding, change->finding));
    enum err err = row_get_or_zero(memory->table, &key,
                                   &reverie__v1__finding_row__descriptor,
                                   &memory->arena, &row);
    struct bytes path = message_text(row.path);
    *out = path.len && row.gone == 0 &&
           !bytes_equal(path, message_text(change->path));
    return err;
}

static enum err read_place(struct memory *memory,
                           const struct Reverie__V1__Change *change,
                           const struct head *head, struct gate_facts *facts)
{
    struct bytes finding = message_bytes(change->has_finding, change->finding);
    bool authored = change->kind == REVERIE__V1__FINDING_KIND__FINDING_AUTHORED;
    bool adds = change->op == REVERIE__V1__CHANGE_OP__CHANGE_ADD;
    struct bytes theirs = head->live ? message_bytes(head->version->has_finding,
                                                     head->version->finding)
                                     : finding;
    bool same = bytes_equal(theirs, finding);
    facts->unchanged =
        head->live && same &&
        head->version->state == REVERIE__V1__VERSION_STATE__VERSION_ACTIVE &&
        (adds || change->base_version == head->version->number) &&
        bytes_equal(message_text(head->version->content),
                    message_text(change->content));
    facts->base_moved =
        change->base_version != head_number(head) || (!adds && !head->live);
    if (!authored && !same && !change_replaces(change, theirs)) {
        facts->path_taken = true;
        return ERR_OK;
    }
    if (head->live) {
        return ERR_OK;
    }
    enum err err = finding_is_elsewhere(memory, change, &facts->path_taken);
    if (err == ERR_OK && !facts->path_taken) {
        err = path_is_nested(memory, message_text(change->store),
                             message_text(change->path), &facts->path_taken);
    }
    return err;
}

static enum err read_room(struct memory *memory,
                          const struct Reverie__V1__Change *change,
                          const struct head *head, struct gate_facts *facts)
{
    struct Reverie__V1__StoreRow store = REVERIE__V1__STORE_ROW__INIT;
    struct Reverie__V1__CountsRow counts;
    struct row_key key = key_store(message_text(change->store));
    struct fold fold = {memory->table, 0, 0, &memory->arena};
    enum err err = fold_counts(&fold, &counts);
    if (err == ERR_OK) {
        err = row_get_or_zero(memory->table, &key,
                              &reverie__v1__store_row__descriptor,
                              &memory->arena, &store);
    }
    bool new_store = store.version == 0;
    facts->store_full =
        (!head->exists && store.paths >= memory->config.memories_max) ||
        (new_store && counts.stores >= memory->config.stores_max);
    if (err != ERR_OK || counts.waiting < memory->config.proposals_max) {
        return err;
    }
    bool has_place = false;
    err = supersedes_waiting(memory, change, &has_place);
    facts->review_full = !has_place;
    return err;
}

static bool holds(const uint64_t *values, size_t count, struct bytes text)
{
    uint64_t hash = hash_bytes(text);
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (values[middle] == hash) {
            return true;
        }
        if (values[middle] < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

/* New evidence is a principal or a session that the rejected one lacked. */
static bool has_new_witness(const struct Reverie__V1__Change *change,
                            const struct Reverie__V1__RejectedRow *row)
{
    for (size_t i = 0; i < change->n_witnesses; i++) {
        const struct Reverie__V1__Witness *witness = change->witnesses[i];
        bool known = holds(row->principals, row->n_principals,
                           message_text(witness->principal)) &&
                     holds(row->sessions, row->n_sessions,
                           message_text(witness->session));
        if (!witness->against && !witness->helps && !known) {
            return true;
        }
    }
    return false;
}

static enum err read_rejection_of(struct memory *memory,
                                  const struct Reverie__V1__Change *change,
                                  struct bytes finding,
                                  struct gate_facts *facts)
{
    struct Reverie__V1__RejectedRow row;
    struct row_key key = key_rejected(message_text(change->store), finding);
    enum err err =
        row_get(memory->table, &key, &reverie__v1__rejected_row__descriptor,
                &memory->arena, &row);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    facts->was_rejected = true;
    facts->rejected_before |= !has_new_witness(change, &row);
    return ERR_OK;
}

/* The finding, and the same in other words. */
static enum err read_rejection(struct memory *memory,
                               const struct Reverie__V1__Change *change,
                               struct gate_facts *facts)
{
    uint8_t reworded[FINDING_BYTES];
    enum err err = read_rejection_of(
        memory, change, message_bytes(change->has_finding, change->finding),
        facts);
    if (err != ERR_OK) {
        return err;
    }
    rewording_id(change, reworded);
    return read_rejection_of(memory, change, bytes_of(reworded, FINDING_BYTES),
                             facts);
}

/* ---- the evidence -------------------------------------------------------- */

static struct stats_votes votes_of(const struct Reverie__V1__Numbers *numbers,
                                   const struct witness_count *count)
{
    struct stats_votes votes = {
        .principals = count->principals,
        .principals_for = count->principals_for,
        .days = count->days,
        .no_time = count->no_time,
    };
    if (numbers) {
        votes.has_baseline = numbers->has_baseline;
        votes.baseline = numbers->baseline;
        votes.alpha = numbers->alpha;
        votes.family = numbers->family;
        votes.rank = numbers->rank;
    }
    return votes;
}

static struct stats_mistake mistake_of(const struct witness_count *count)
{
    return (struct stats_mistake){
        .principals = count->principals_for,
        .sessions = count->sessions,
        .robust_sessions = count->robust_sessions,
        .days = count->days,
        .no_time = count->no_time,
    };
}

static struct stats_workflow
workflow_of(const struct Reverie__V1__Numbers *numbers,
            const struct evidence *evidence)
{
    struct stats_workflow workflow = {
        .principals = evidence->count.principals_for,
        .sessions = evidence->count.sessions,
        .log_e = evidence->has_contrast ? evidence->log_e : 0,
        .uplift = evidence->uplift,
    };
    if (numbers) {
        workflow.alpha = numbers->alpha;
        workflow.family = numbers->family;
        workflow.rank = numbers->rank;
    }
    return workflow;
}

static void set_tenured(const struct Reverie__V1__Change *change,
                        const struct witness_count *count,
                        struct gate_facts *out)
{
    out->tenured_votes = votes_of(change->numbers, count);
    out->tenured_mistake = mistake_of(count);
    out->owners = count->owners;
}

void facts_of_evidence(const struct Reverie__V1__Change *change,
                       const struct evidence *evidence, struct gate_facts *out)
{
    out->fault = evidence->fault;
    out->asserted = evidence->asserted;
    out->owner_stated = evidence->owner_stated;
    out->unsourced = evidence->words == WORDS_UNSOURCED;
    out->foreign = evidence->words == WORDS_FOREIGN;
    out->unshown = evidence->unshown;
    out->votes = votes_of(change->numbers, &evidence->count);
    out->mistake = mistake_of(&evidence->count);
    out->workflow = workflow_of(change->numbers, evidence);
}

static enum err read_evidence(struct memory *memory,
                              const struct Reverie__V1__Change *change,
                              struct judgement *out)
{
    struct evidence_source source;
    enum err err = ERR_OK;
    if (change->kind == REVERIE__V1__FINDING_KIND__FINDING_AUTHORED) {
        return ERR_OK;
    }
    if (change->kind == REVERIE__V1__FINDING_KIND__FINDING_HYGIENE) {
        err = judge_hygiene(memory, change, out);
        return err == ERR_OK ? read_rejection(memory, change, &out->facts)
                             : err;
    }
    err = evidence_source_get(
        memory, message_text(change->store),
        message_bytes(change->has_finding, change->finding), &source);
    if (err == ERR_OK) {
        err = evidence_check(&source, change, &memory->arena, &out->evidence);
    }
    if (err == ERR_OK) {
        facts_of_evidence(change, &out->evidence, &out->facts);
        err = read_rejection(memory, change, &out->facts);
    }
    return err;
}

/* ---- tenure -------------------------------------------------------------- */

static bool has_tenure(struct memory *memory, struct bytes principal,
                       enum err *err)
{
    struct memory_tenure tenure = {0};
    const struct memory_log *log = memory->log;
    enum err got = log->tenure ? log->tenure(log->context, principal, &tenure)
                               : ERR_NOT_FOUND;
    if (got != ERR_OK && got != ERR_NOT_FOUND) {
        *err = got;
    }
    return got == ERR_OK &&
           stats_has_tenure(tenure.events, tenure.first_us, tenure.last_us);
}

static bool same_helper(const struct Reverie__V1__Witness *a,
                        const struct Reverie__V1__Witness *b)
{
    struct bytes root = message_bytes(a->has_root, a->root);
    return bytes_equal(message_text(a->principal),
                       message_text(b->principal)) ||
           (root.len > 0 &&
            bytes_equal(root, message_bytes(b->has_root, b->root)));
}

/* Whether fewer principals than a remedy asks for did so, without the
 * witnesses of ${skip}. Of one root nobody but the first counts. */
static bool has_few_helpers(const struct Reverie__V1__Change *change,
                            const uint32_t *shown, uint32_t phrase,
                            const bool *skip)
{
    const struct Reverie__V1__Witness *first = NULL;
    for (size_t i = 0; i < change->n_witnesses; i++) {
        const struct Reverie__V1__Witness *witness = change->witnesses[i];
        if (!(shown[i] & phrase) || skip[i]) {
            continue;
        }
        if (!first) {
            first = witness;
        } else if (!same_helper(first, witness)) {
            return false;
        }
    }
    return true;
}

/* Whether that is so of any phrase that says what helps. */
static bool is_new_remedy(const struct Reverie__V1__Change *change,
                          const struct evidence *evidence, const bool *skip)
{
    uint32_t left = evidence->remedy;
    while (left != 0 &&
           !has_few_helpers(change, evidence->shown, left & -left, skip)) {
        left &= left - 1;
    }
    return left != 0;
}

/* Counts again without the principals that are new to the log. */
static enum err read_tenure(struct memory *memory,
                            const struct Reverie__V1__Change *change,
                            struct judgement *out)
{
    enum err err = ERR_OK;
    size_t count = change->n_witnesses;
    bool *skip = step_take(memory, count + 1);
    struct map *known = map_new(count + 1, NULL);
    for (size_t i = 0; skip && i < count; i++) {
        struct bytes principal = message_text(change->witnesses[i]->principal);
        bool *first = map_get(known, principal);
        if (!first) {
            skip[i] = !has_tenure(memory, principal, &err);
            enum err put = map_put(known, principal, &skip[i]);
            assert(put == ERR_OK); /* sized for all witnesses */
        } else {
            skip[i] = *first;
        }
    }
    map_free(known);
    if (!skip) {
        return ERR_TOO_BIG;
    }
    struct witness_count tenured =
        witnesses_count(change->witnesses, count, skip);
    set_tenured(change, &tenured, &out->facts);
    out->facts.is_new_remedy = is_new_remedy(change, &out->evidence, skip);
    return err;
}

/* Tenure is asked for only where all the rest would let the change through:
 * counting it may mean reading the log. */
static enum err decide_verdict(struct memory *memory,
                               const struct Reverie__V1__Change *change,
                               struct judgement *out)
{
    set_tenured(change, &out->evidence.count, &out->facts);
    out->verdict = gate_decide(&out->facts);
    bool is_auto = out->verdict.answer == GATE_APPLY &&
                   out->verdict.tier == STATS_TIER_AUTO && !out->facts.human;
    if (!is_auto || out->evidence.count.principals == 0) {
        return ERR_OK;
    }
    enum err err = read_tenure(memory, change, out);
    out->verdict = gate_decide(&out->facts);
    return err;
}

/* ---- words --------------------------------------------------------------- */

/* A reviewer is told which words it is about. */
static enum err tell_word(struct memory *memory, struct judgement *out)
{
    struct gate_verdict *verdict = &out->verdict;
    struct bytes word = bytes_of(NULL, 0);
    if (verdict->reason == out->facts.screen) {
        word = bytes_of_text(out->screen_word);
    } else if (strcmp(verdict->reason, "sensitive") == 0) {
        word = bytes_of_text(out->sensitive_word);
    } else if (strcmp(verdict->reason, "unsourced") == 0 ||
               strcmp(verdict->reason, "foreign_words") == 0 ||
               strcmp(verdict->reason, "tainted_word") == 0) {
        word = out->evidence.word;
    }
    if (word.len == 0) {
        return ERR_OK;
    }
    struct buf sentence;
    buf_init(&sentence, SENTENCE_MAX);
    buf_add_format(&sentence, "%s: \"", verdict->sentence);
    buf_add(&sentence, word);
    buf_add_text(&sentence, "\"");
    verdict->sentence = step_text(memory, buf_bytes(&sentence));
    buf_fini(&sentence);
    return verdict->sentence ? ERR_OK : ERR_TOO_BIG;
}

/* Whether a dream would change, or replace, what a person keeps as it is. */
static enum err read_pins(struct memory *memory,
                          const struct Reverie__V1__Change *change,
                          const struct head *head, bool *out)
{
    *out = false;
    if (change->kind == REVERIE__V1__FINDING_KIND__FINDING_AUTHORED) {
        return ERR_OK;
    }
    if (head->live && (head->version->pinned ||
                       path_is_protected(message_text(change->path)))) {
        *out = true;
        return ERR_OK;
    }
    return replaces_kept(memory, change, out);
}

enum err judge(struct memory *memory, struct Reverie__V1__Change *change,
               bool human, bool breaks, struct judgement *out)
{
    *out = (struct judgement){
        .facts = {
            .kind = (int)change->kind,
            .op = (int)change->op,
            .risk = (int)change->risk,
            .human = human,
            .mass_removal = breaks,
            .policy = memory->config.policy,
            .auto_on_asserted = memory->config.auto_on_asserted,
        }};
    out->facts.team_scope = store_is_team(message_text(change->store));
    read_texts(memory, change, out);
    enum err err = head_get(memory, message_text(change->store),
                            message_text(change->path), &out->head);
    if (err == ERR_OK) {
        err = read_pins(memory, change, &out->head, &out->facts.is_pinned);
    }
    if (err == ERR_OK) {
        err = read_place(memory, change, &out->head, &out->facts);
    }
    if (err == ERR_OK) {
        err = read_room(memory, change, &out->head, &out->facts);
    }
    if (err == ERR_OK) {
        err = read_evidence(memory, change, out);
    }
    if (err == ERR_OK) {
        err = decide_verdict(memory, change, out);
    }
    return err == ERR_OK ? tell_word(memory, out) : err;
}

enum err emit_gated(struct memory *memory, struct bytes change,
                    const char *answer, const struct gate_verdict *verdict)
{
    struct Reverie__V1__MemoryGated event = REVERIE__V1__MEMORY_GATED__INIT;
    event.has_change = true;
    event.change = message_binary(change);
    event.verdict = step_text(memory, bytes_of_text(answer));
    event.reason = step_text(memory, bytes_of_text(verdict->reason));
    event.sentence = step_text(memory, bytes_of_text(verdict->sentence));
    event.policy = step_policy(memory);
    return step_emit(memory, "memory.gated", &event);
}
