/* SPDX-License-Identifier: MIT */
#include "plugin/plan/planner.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/edge/json.h"
#include "memory/change.h"
#include "memory/gate/text/screen.h"
#include "memory/redact.h"
#include "memory/stats/stats.h"
#include "memory/witnesses.h"
#include "plugin/plan/decide.h"
#include "plugin/plan/directive/rules.h"
#include "plugin/plan/hygiene/change_hygiene.h"
#include "plugin/plan/memo/print.h"
#include "plugin/plan/mistake/detail.h"
#include "plugin/plan/wording.h"
#include "plugin/plan/workflow/workflow_detail.h"
#include "plugin/workflow/steps/alphabet.h"
#include "proto/messages.h"

enum {
    /* Room for one change of 2,048 witnesses at most, unpacked. */
    CHANGE_ARENA_MAX = 16 << 20,
    DETAIL_BYTES_MAX = DETAIL_MAX_BYTES
};

/* ---- one change ---------------------------------------------------------- */

struct maker {
    struct candidates *list;
    const struct roster *roster;
    const struct known *known;
    const struct plan_range *range;
    struct plan *plan;
    struct buf room;
    struct buf packed; /* one change */
    struct rules rules;
    struct plan_memo *memo;
    uint64_t seed;      /* of fingerprints: nobody outside knows it */
    struct arena arena; /* of one change */
    /* The set that is being filled: its changes, packed. */
    struct buf changes;
    uint32_t change_count;
    size_t witnesses;
};

static void *take(struct maker *maker, size_t size)
{
    void *room = arena_take(&maker->arena, size);
    /* Texts and witnesses of a change are bounded, so it is. */
    assert(room);
    return room;
}

static char *text_of(struct maker *maker, struct bytes text)
{
    struct bytes copy = arena_copy(&maker->arena, text);
    assert(copy.data || text.len == 0);
    return copy.data ? (char *)(uintptr_t)copy.data : take(maker, 1);
}

static ProtobufCBinaryData binary_of(struct maker *maker, const void *data,
                                     size_t len)
{
    return message_binary(arena_copy(&maker->arena, bytes_of(data, len)));
}

/* What every witness says of its event. */
static Reverie__V1__Witness *witness_of(struct maker *maker, uint32_t team,
                                        const struct sighting *seen)
{
    Reverie__V1__Witness *witness = take(maker, sizeof(*witness));
    reverie__v1__witness__init(witness);
    witness->has_log = true;
    witness->log = seen->log;
    witness->has_seq = true;
    witness->seq = seen->seq;
    witness->has_id = true;
    witness->id = binary_of(maker, seen->id, sizeof(seen->id));
    witness->principal = text_of(
        maker, roster_principal_name(maker->roster, team, seen->principal));
    witness->agent = text_of(maker, seen->agent);
    witness->session = text_of(maker, seen->session);
    witness->has_occurred_us = seen->has_occurred;
    witness->occurred_us = seen->occurred_us;
    witness->has_origin = true;
    witness->origin = (Reverie__V1__Origin)seen->origin;
    witness->quote = text_of(maker, seen->quote);
    witness->has_redactor = true;
    witness->redactor = REDACTOR_VERSION;
    witness->has_root = seen->has_root;
    if (seen->has_root) {
        witness->root = binary_of(maker, seen->root, sizeof(seen->root));
    }
    return witness;
}

static Reverie__V1__Witness *
voter_of(struct maker *maker, const struct candidate *candidate, uint32_t index)
{
    const struct sighting *seen = candidate->witnesses[index];
    Reverie__V1__Witness *witness = witness_of(maker, candidate->team, seen);
    witness->has_against = true;
    witness->against = index >= candidate->for_count;
    witness->option =
        text_of(maker, witness->against ? seen->option : candidate->option);
    return witness;
}

static Reverie__V1__Witness *helper_of(struct maker *maker,
                                       const struct candidate *candidate,
                                       const struct fix_citation *cited)
{
    Reverie__V1__Witness *witness =
        witness_of(maker, candidate->team, cited->seen);
    witness->has_helps = true;
    witness->helps = true;
    witness->has_result_seq = cited->result_seq > 0;
    witness->result_seq = cited->result_seq;
    return witness;
}

/* Those for and against, then those that show what helped. */
static void set_witnesses(struct maker *maker,
                          const struct candidate *candidate,
                          Reverie__V1__Change *change)
{
    const struct fix_figures *fix = candidate->kind == FINDING_KIND_MISTAKE
                                        ? mistake_fix(&candidate->mistake)
                                        : NULL;
    uint32_t cited = fix ? fix->cited_count : 0;
    size_t count = candidate->witness_count + (size_t)cited;
    change->witnesses = take(maker, count * sizeof(*change->witnesses));
    for (uint32_t i = 0; i < candidate->witness_count; i++) {
        change->witnesses[change->n_witnesses++] =
            voter_of(maker, candidate, i);
    }
    for (uint32_t i = 0; i < cited; i++) {
        change->witnesses[change->n_witnesses++] =
            helper_of(maker, candidate, &fix->cited[i]);
    }
}

/* Generated messages hold `char *`, also where they only borrow. */
static char *constant(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void set_test(const struct candidate *candidate,
                     Reverie__V1__Numbers *numbers)
{
    const struct preference_figures *figures = &candidate->preference;
    if (candidate->kind != FINDING_KIND_PREFERENCE || figures->is_stale ||
        candidate->agent.len > 0) {
        return;
    }
    numbers->has_probability = true;
    numbers->probability = figures->probability;
    numbers->baseline_source = constant(baseline_source_name(figures->source));
    if (figures->source == BASELINE_NONE) {
        return;
    }
    numbers->has_baseline = true;
    numbers->baseline = figures->baseline;
    numbers->has_alpha = true;
    numbers->alpha = candidate->alpha;
    numbers->has_family = true;
    numbers->family = candidate->family;
    numbers->has_rank = true;
    numbers->rank = candidate->rank;
}

static Reverie__V1__Numbers *numbers_of(struct maker *maker,
                                        const struct candidate *candidate,
                                        const Reverie__V1__Change *change)
{
    Reverie__V1__Numbers *numbers = take(maker, sizeof(*numbers));
    reverie__v1__numbers__init(numbers);
    set_test(candidate, numbers);
    struct witness_count count =
        witnesses_count(change->witnesses, change->n_witnesses, NULL);
    numbers_derive(&count, numbers);
    if (candidate->kind == FINDING_KIND_WORKFLOW) {
        workflow_numbers(candidate, numbers);
    }
    numbers->tier = constant(tier_name(candidate->tier));
    return numbers;
}

static void set_scope_detail(struct json *json,
                             const struct preference_scope *scope)
{
    if (scope->part != PART_NONE) {
        json_set_text(json, "part", part_kind_name(scope->part));
        json_set_string(json, "part_name", scope->name);
        json_set_string(json, "slot", scope->slot);
        json_set_int(json, "elsewhere_principals", scope->rest_voters);
        json_set_int(json, "elsewhere_principals_for", scope->rest_supporters);
    }
    if (scope->teams > 0) {
        json_set_int(json, "teams", scope->teams);
    }
    if (scope->team_option.len > 0) {
        json_set_string(json, "team_option", scope->team_option);
        json_set_int(json, "own_uses", (int64_t)scope->own_uses);
        json_set_int(json, "own_uses_all", (int64_t)scope->own_all);
    }
    if (scope->without != PART_NONE) {
        json_set_text(json, "without", part_kind_name(scope->without));
        json_set_string(json, "without_name", scope->name);
    }
    if (scope->exception_count > 0) {
        json_set_int(json, "exceptions", scope->exception_count);
    }
}

static void set_preference_detail(struct json *json,
                                  const struct preference_figures *figures)
{
    set_scope_detail(json, preference_scope(figures));
    json_set_int(json, "now_principals", figures->now_voters);
    json_set_int(json, "now_principals_for", figures->now_supporters);
    json_set_int(json, "options", figures->options);
    json_set_int(json, "uses", (int64_t)figures->uses);
    if (figures->source == BASELINE_NONE && !figures->is_stale) {
        json_set_real(json, "indicative_baseline", figures->baseline);
    }
    if (figures->clones > 0) {
        json_set_int(json, "clones_left_out", figures->clones);
    }
    if (figures->echoes > 0) {
        json_set_int(json, "echoes_left_out", figures->echoes);
    }
    if (figures->has_moved) {
        json_set_int(json, "since_day", figures->since_day);
    }
    if (figures->before.len > 0) {
        json_set_string(json, "before", figures->before);
        json_set_int(json, "before_principals", figures->before_voters);
        json_set_int(json, "before_principals_for", figures->before_supporters);
    }
}

/* Into the room; whether it fits. */
static bool print_detail(struct maker *maker, const struct candidate *candidate)
{
    struct json *json = json_new_object();
    switch (candidate->kind) {
    case FINDING_KIND_PREFERENCE:
        set_preference_detail(json, &candidate->preference);
        break;
    case FINDING_KIND_DIRECTIVE:
        json_set_bool(json, "by_owner", candidate->directive.by_owner);
        json_set_bool(json, "request",
                      candidate->directive.said.strength == DIRECTIVE_REQUEST);
        break;
    case FINDING_KIND_MISTAKE:
        detail_mistake(json, &candidate->mistake);
        break;
    case FINDING_KIND_WORKFLOW:
        workflow_detail(candidate, json);
        break;
    case FINDING_KIND_HYGIENE:
        detail_hygiene(json, candidate->hygiene);
        break;
    }
    if (candidate->left_out > 0) {
        json_set_int(json, "witnesses_left_out", (int64_t)candidate->left_out);
    }
    buf_reset(&maker->room);
    json_print_canonical(json, &maker->room);
    json_free(json);
    return buf_error(&maker->room) == ERR_OK;
}

/* A merge of memories whose places are long is of fewer: the next dream merges
 * the rest. False: it does not fit with one. */
static bool fit_detail(struct maker *maker, struct candidate *candidate)
{
    bool fits = print_detail(maker, candidate);
    bool is_merge = candidate->kind == FINDING_KIND_HYGIENE &&
                    candidate->hygiene->action == HYGIENE_MERGE;
    while (!fits && is_merge && candidate->hygiene->other_count > 1) {
        candidate->hygiene->other_count--;
        fits = print_detail(maker, candidate);
    }
    return fits;
}

static void set_wording(struct maker *maker, const struct candidate *candidate,
                        Reverie__V1__Change *change)
{
    buf_reset(&maker->room);
    wording_title(candidate, &maker->room);
    change->title = text_of(maker, buf_bytes(&maker->room));
    buf_reset(&maker->room);
    wording_content(candidate, &maker->room);
    change->content = text_of(maker, buf_bytes(&maker->room));
    buf_reset(&maker->room);
    wording_path(candidate, &maker->room);
    change->path = text_of(maker, buf_bytes(&maker->room));
    buf_reset(&maker->room);
    bool is_own = candidate->agent.len > 0;
    buf_add_text(&maker->room, is_own ? "agent/" : "team/");
    buf_add(&maker->room, is_own ? candidate->agent : candidate->team_name);
    change->store = text_of(maker, buf_bytes(&maker->room));
    change->scope = text_of(maker, buf_bytes(&maker->room));
    change->scope[strlen(is_own ? "agent" : "team")] = ':';
}

/* Once a finding was published, a witness of whom nobody knows what it had
 * been told supports it no more: the gate would refuse it. */
static bool has_unknown_view(const struct candidate *candidate)
{
    for (uint32_t i = 0; i < candidate->for_count; i++) {
        if (!candidate->witnesses[i]->has_view) {
            return true;
        }
    }
    return false;
}

/* Whether memory says this on this evidence. A text that differs in nothing
 * but how often it was seen is no reason to publish it again. */
static bool is_unchanged(const struct known_head *head,
                         const struct candidate *candidate,
                         const Reverie__V1__Change *change)
{
    return has_unknown_view(candidate) ||
           (!head->is_suspect && strcmp(head->content, change->content) == 0) ||
           (!head->is_suspect &&
            head->principals == change->numbers->principals &&
            head->principals_for == change->numbers->principals_for &&
            known_words((int)candidate->kind, bytes_of_text(head->content)) ==
                known_words((int)candidate->kind,
                            message_text(change->content)));
}

/* Retires what memory holds and most have left, once. */
static enum reason set_retirement(struct maker *maker,
                                  const struct candidate *candidate,
                                  Reverie__V1__Change *change)
{
    struct bytes store = bytes_of_text(change->store);
    const struct known_head *head =
        known_finding(maker->known, store, candidate->finding);
    if (!head) {
        return candidate->kind == FINDING_KIND_MISTAKE ? candidate->mistake.over
                                                       : REASON_MOVED_ON;
    }
    if (known_retirement_waits(maker->known, store, candidate->finding)) {
        return REASON_WAITING;
    }
    change->path = text_of(maker, bytes_of_text(head->path));
    /* A retired memory has no content: the sentence is why. */
    change->reason = change->content;
    if (candidate_over(candidate)) {
        buf_reset(&maker->room);
        wording_mistake_over(candidate, &maker->room);
        change->reason = text_of(maker, buf_bytes(&maker->room));
    }
    change->content = NULL;
    change->has_op = true;
    change->op = REVERIE__V1__CHANGE_OP__CHANGE_RETIRE;
    change->has_base_version = true;
    change->base_version = head->number;
    return REASON_PROPOSED;
}

/* What hygiene does to the memory it is about. A change to what is there says
 * why in its reason; the text is one that is there. */
static enum reason set_hygiene(struct maker *maker,
                               const struct candidate *candidate,
                               Reverie__V1__Change *change)
{
    static const Reverie__V1__ChangeOp ops[] = {
        [HYGIENE_MERGE] = REVERIE__V1__CHANGE_OP__CHANGE_MERGE,
        [HYGIENE_RETIRE] = REVERIE__V1__CHANGE_OP__CHANGE_RETIRE,
        [HYGIENE_FLAG] = REVERIE__V1__CHANGE_OP__CHANGE_REVISE,
    };
    const struct hygiene_finding *finding = candidate->hygiene;
    size_t count =
        finding->action == HYGIENE_MERGE ? finding->other_count + 1 : 1;
    change->reason = change->content;
    change->content = finding->action == HYGIENE_RETIRE
                          ? NULL
                          : text_of(maker, finding->entry->content);
    change->has_op = true;
    change->op = ops[finding->action];
    change->has_base_version = true;
    change->base_version = finding->entry->version;
    change->replaces = take(maker, count * sizeof(*change->replaces));
    for (size_t i = 0; i < count; i++) {
        const struct hygiene_entry *entry =
            i == 0 ? finding->entry : finding->others[i - 1];
        const struct known_head *head =
            known_path(maker->known, entry->store, entry->path);
        if (!head || !head->has_finding) {
            return REASON_NO_EVIDENCE;
        }
        change->replaces[change->n_replaces++] =
            binary_of(maker, head->finding, FINDING_BYTES);
    }
    return REASON_PROPOSED;
}

/* The memory whose place a finding takes that memory does not hold yet. */
static const struct known_head *head_before(struct maker *maker,
                                            const struct candidate *candidate,
                                            Reverie__V1__Change *change)
{
    struct bytes store = bytes_of_text(change->store);
    const struct known_head *part = rules_part(&maker->rules, store, candidate);
    if (part) {
        change->path = text_of(maker, bytes_of_text(part->path));
        return part;
    }
    return known_path(maker->known, store, bytes_of_text(change->path));
}

/* Add, revise, or why neither. */
static enum reason set_operation(struct maker *maker,
                                 const struct candidate *candidate,
                                 Reverie__V1__Change *change)
{
    struct bytes store = bytes_of_text(change->store);
    if (candidate_is_stale(candidate) || candidate_over(candidate)) {
        return set_retirement(maker, candidate, change);
    }
    struct bytes content = message_text(change->content);
    const struct known_said said = {change->numbers->principals,
                                    change->numbers->principals_for,
                                    known_words((int)candidate->kind, content)};
    if (known_waits(maker->known, store, candidate->finding, &said)) {
        return REASON_WAITING;
    }
    if (candidate->kind == FINDING_KIND_HYGIENE) {
        return set_hygiene(maker, candidate, change);
    }
    const struct known_head *head =
        known_finding(maker->known, store, candidate->finding);
    if (head) {
        if (is_unchanged(head, candidate, change)) {
            return REASON_UNCHANGED;
        }
        change->path = text_of(maker, bytes_of_text(head->path));
    } else if (rules_hold(&maker->rules, store, candidate)) {
        return REASON_MERGED;
    } else {
        head = head_before(maker, candidate, change);
    }
    change->has_op = true;
    change->op = head ? REVERIE__V1__CHANGE_OP__CHANGE_REVISE
                      : REVERIE__V1__CHANGE_OP__CHANGE_ADD;
    change->has_base_version = true;
    change->base_version = head ? head->number : 0;
    if (head && head->has_finding &&
        memcmp(head->finding, candidate->finding, FINDING_BYTES) != 0) {
        change->replaces = take(maker, sizeof(*change->replaces));
        change->replaces[0] = binary_of(maker, head->finding, FINDING_BYTES);
        change->n_replaces = 1;
    }
    return REASON_PROPOSED;
}

/* What agents do in order, and what one person does, is always looked at by a
 * human; so is what removes a memory, unless it is there twice, and what turns
 * a check off. */
static Reverie__V1__RiskClass risk_of(const struct candidate *candidate,
                                      struct bytes content)
{
    if (text_is_sensitive(content)) {
        return REVERIE__V1__RISK_CLASS__RISK_SENSITIVE;
    }
    bool is_hygiene = candidate->kind == FINDING_KIND_HYGIENE;
    bool is_looked_at = candidate->kind == FINDING_KIND_WORKFLOW ||
                        (candidate->agent.len > 0 && !is_hygiene) ||
                        (candidate->kind == FINDING_KIND_PREFERENCE &&
                         flags_suppress(candidate->option)) ||
                        (candidate->kind == FINDING_KIND_MISTAKE &&
                         mistake_is_for_people(&candidate->mistake)) ||
                        (is_hygiene && !candidate->hygiene->is_exact);
    return is_looked_at ? REVERIE__V1__RISK_CLASS__RISK_REVIEW
                        : REVERIE__V1__RISK_CLASS__RISK_LOW;
}

/* All but what takes the witnesses to be read; NULL: it cannot be told. */
static Reverie__V1__Change *draft(struct maker *maker,
                                  struct candidate *candidate)
{
    if (!fit_detail(maker, candidate)) {
        candidate->reason = REASON_TOO_BIG;
        return NULL;
    }
    Reverie__V1__Change *change = take(maker, sizeof(*change));
    reverie__v1__change__init(change);
    change->detail_json = text_of(maker, buf_bytes(&maker->room));
    change->has_finding = true;
    change->finding = binary_of(maker, candidate->finding, FINDING_BYTES);
    change->has_kind = true;
    change->kind = (Reverie__V1__FindingKind)candidate->kind;
    set_wording(maker, candidate, change);
    change->has_risk = true;
    change->subject = text_of(maker, candidate->subject);
    change->option = text_of(maker, candidate->option);
    change->reason = text_of(maker, bytes_of_text("proposed"));
    change->has_config_digest = true;
    change->config_digest =
        binary_of(maker, maker->range->config.bytes, DIGEST_BYTES);
    return change;
}

static void set_evidence(struct maker *maker, const struct candidate *candidate,
                         Reverie__V1__Change *change)
{
    set_witnesses(maker, candidate, change);
    change->numbers = numbers_of(maker, candidate, change);
}

/* ---- the same as last time? ---------------------------------------------- */

/* What set_operation asks for, as it was found last time. */
static void recall(struct maker *maker, const struct plan_kept *kept,
                   Reverie__V1__Change *change)
{
    change->risk = (Reverie__V1__RiskClass)kept->risk;
    change->numbers = take(maker, sizeof(*change->numbers));
    reverie__v1__numbers__init(change->numbers);
    change->numbers->principals = kept->principals;
    change->numbers->principals_for = kept->principals_for;
}

static void note(const Reverie__V1__Change *change, uint64_t print,
                 struct plan_kept *kept)
{
    kept->print = print;
    kept->risk = (int)change->risk;
    kept->principals = change->numbers->principals;
    kept->principals_for = change->numbers->principals_for;
    kept->operation = 0;
}

/* Packs the change of ${candidate} into the set; false, with the candidate's
 * reason, if there is nothing to change. */
static bool add_change(struct maker *maker, struct candidate *candidate)
{
    arena_reset(&maker->arena);
    Reverie__V1__Change *change = draft(maker, candidate);
    if (!change) {
        return false;
    }
    struct plan_kept *kept = plan_memo_of(maker->memo, candidate->finding);
    uint64_t print = kept ? print_of_draft(maker->seed, candidate, change) : 0;
    bool is_kept = kept && kept->print == print;
    if (is_kept) {
        recall(maker, kept, change);
    } else {
        change->risk = risk_of(candidate, bytes_of_text(change->content));
        set_evidence(maker, candidate, change);
    }
    candidate->reason = set_operation(maker, candidate, change);
    if (kept && !is_kept) {
        note(change, print, kept);
    }
    if (candidate->reason != REASON_PROPOSED) {
        return false;
    }
    uint64_t operation = print_of_operation(change);
    if (is_kept && kept->operation == operation) {
        packed_add(kept->packed, &maker->changes);
        return true;
    }
    if (is_kept) {
        set_evidence(maker, candidate, change);
    }
    buf_reset(&maker->packed);
    packed_change(change, &maker->packed);
    assert(buf_error(&maker->packed) == ERR_OK);
    packed_add(buf_bytes(&maker->packed), &maker->changes);
    plan_memo_keep(maker->memo, kept, operation, buf_bytes(&maker->packed));
    return true;
}

/* ---- change sets --------------------------------------------------------- */

static void close_set(struct maker *maker, struct bytes team)
{
    if (maker->change_count == 0) {
        return;
    }
    arena_reset(&maker->arena);
    const struct plan_range *range = maker->range;
    Reverie__V1__ChangeSet set = REVERIE__V1__CHANGE_SET__INIT;
    set.dream = text_of(maker, range->dream);
    set.team = text_of(maker, team);
    set.has_log = true;
    set.has_from_seq = true;
    set.from_seq = range->from_seq;
    set.has_to_seq = true;
    set.to_seq = range->to_seq;
    set.has_ledger_seq = true;
    set.ledger_seq = range->ledger_seq;
    set.has_format = true;
    set.format = 1;
    struct buf packed;
    buf_init(&packed, PLAN_SET_BYTES_MAX);
    packed_set(&set, buf_bytes(&maker->changes), &packed);
    assert(buf_error(&packed) == ERR_OK);
    struct plan *plan = maker->plan;
    if (plan->count == plan->capacity) {
        plan->capacity = plan->capacity ? plan->capacity * 2 : 16;
        plan->sets = mem_grow(plan->sets, plan->capacity * sizeof(*plan->sets));
    }
    plan->sets[plan->count++] = (struct plan_set){
        .team = team,
        .packed = packed,
        .changes = maker->change_count,
    };
    buf_reset(&maker->changes);
    maker->change_count = 0;
    maker->witnesses = 0;
}

static void plan_candidate(struct maker *maker, struct candidate *candidate)
{
    if (maker->plan->changes == PLAN_CHANGES_MAX) {
        candidate->reason = REASON_DEFERRED;
        return;
    }
    bool is_mistake = candidate->kind == FINDING_KIND_MISTAKE;
    size_t witnesses = candidate->witness_count;
    witnesses += is_mistake ? mistake_fix(&candidate->mistake)->cited_count : 0;
    if (maker->change_count == PLAN_SET_CHANGES_MAX ||
        maker->witnesses + witnesses > PLAN_SET_WITNESSES_MAX) {
        close_set(maker, candidate->team_name);
    }
    if (add_change(maker, candidate)) {
        maker->change_count++;
        maker->witnesses += witnesses;
        maker->plan->changes++;
    }
}

/* The changes of one team: items[from..to). */
static void plan_team(struct maker *maker, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        struct candidate *candidate = &maker->list->items[i];
        if (candidate->tier == TIER_NONE && !candidate_over(candidate)) {
            continue;
        }
        plan_candidate(maker, candidate);
    }
    close_set(maker, maker->list->items[from].team_name);
}

static uint64_t seed_of(const struct digest *config)
{
    return hash_bytes(bytes_of(config->bytes, DIGEST_BYTES));
}

void plan_make(struct candidates *list, const struct roster *roster,
               const struct known *known, const struct plan_range *range,
               struct plan_memo *memo, struct plan *out_plan)
{
    *out_plan = (struct plan){0};
    struct maker *maker = mem_new(sizeof(*maker));
    *maker = (struct maker){.list = list,
                            .roster = roster,
                            .known = known,
                            .range = range,
                            .plan = out_plan,
                            .rules = rules_of(known),
                            .memo = memo,
                            .seed = seed_of(&range->config)};
    plan_memo_begin(memo);
    buf_init(&maker->room, DETAIL_BYTES_MAX);
    buf_init(&maker->packed, PLAN_SET_BYTES_MAX);
    buf_init(&maker->changes, PLAN_SET_BYTES_MAX);
    arena_init(&maker->arena, CHANGE_ARENA_MAX);
    size_t from = 0;
    while (from < list->count) {
        size_t to = from + 1;
        while (to < list->count &&
               list->items[to].team == list->items[from].team) {
            to++;
        }
        plan_team(maker, from, to);
        from = to;
    }
    buf_fini(&maker->room);
    buf_fini(&maker->packed);
    buf_fini(&maker->changes);
    arena_fini(&maker->arena);
    rules_fini(&maker->rules);
    free(maker);
}

void plan_fini(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        buf_fini(&plan->sets[i].packed);
    }
    free(plan->sets);
    *plan = (struct plan){0};
}
