/* SPDX-License-Identifier: MIT */
#include "plugin/plan/draft/draft.h"

#include <string.h>

#include "memory/change.h"
#include "memory/gate/text/screen.h"
#include "memory/redact.h"
#include "memory/witnesses.h"
#include "plugin/plan/decide.h"
#include "plugin/plan/draft/detail.h"
#include "plugin/plan/wording.h"
#include "plugin/plan/workflow/workflow_detail.h"
#include "plugin/workflow/steps/alphabet.h"
#include "proto/messages.h"

enum {
    /* Room for one change of 2,048 witnesses at most, unpacked. */
    CHANGE_ARENA_MAX = 16 << 20,
};

void drafting_init(struct drafting *drafting, const struct roster *roster,
                   const struct known *known, const struct digest *config)
{
    *drafting = (struct drafting){
        .roster = roster,
        .known = known,
        .rules = rules_of(known),
        .config = *config,
    };
    buf_init(&drafting->room, DETAIL_MAX_BYTES);
    arena_init(&drafting->arena, CHANGE_ARENA_MAX);
}

void drafting_fini(struct drafting *drafting)
{
    buf_fini(&drafting->room);
    arena_fini(&drafting->arena);
    rules_fini(&drafting->rules);
}

void *draft_take(struct drafting *drafting, size_t size)
{
    void *room = arena_take(&drafting->arena, size);
    /* Texts and witnesses of a change are bounded, so it is. */
    assert(room);
    return room;
}

struct bytes draft_copy(struct drafting *drafting, struct bytes bytes)
{
    struct bytes copy = arena_copy(&drafting->arena, bytes);
    assert(copy.data);
    return copy;
}

char *draft_text(struct drafting *drafting, struct bytes text)
{
    return message_field(draft_copy(drafting, text).data);
}

/* ---- witnesses ----------------------------------------------------------- */

static Reverie__V1__Witness *witness_of(struct drafting *drafting,
                                        uint32_t team,
                                        const struct sighting *seen)
{
    Reverie__V1__Witness *witness = draft_take(drafting, sizeof(*witness));
    reverie__v1__witness__init(witness);
    witness->has_log = true;
    witness->log = seen->log;
    witness->has_seq = true;
    witness->seq = seen->seq;
    witness->has_id = true;
    witness->id = message_binary(
        draft_copy(drafting, bytes_of(seen->id, sizeof(seen->id))));
    witness->principal =
        draft_text(drafting, roster_principal_name(drafting->roster, team,
                                                   seen->principal));
    witness->agent = draft_text(drafting, seen->agent);
    witness->session = draft_text(drafting, seen->session);
    witness->has_occurred_us = seen->has_occurred;
    witness->occurred_us = seen->occurred_us;
    witness->has_origin = true;
    witness->origin = (Reverie__V1__Origin)seen->origin;
    witness->quote = draft_text(drafting, seen->quote);
    witness->has_redactor = true;
    witness->redactor = REDACTOR_VERSION;
    witness->has_root = seen->has_root;
    if (seen->has_root) {
        witness->root = message_binary(
            draft_copy(drafting, bytes_of(seen->root, sizeof(seen->root))));
    }
    return witness;
}

static Reverie__V1__Witness *voter_of(struct drafting *drafting,
                                      const struct candidate *candidate,
                                      uint32_t index)
{
    const struct sighting *seen = candidate->witnesses[index];
    Reverie__V1__Witness *witness = witness_of(drafting, candidate->team, seen);
    witness->has_against = true;
    witness->against = index >= candidate->for_count;
    witness->option = draft_text(
        drafting, witness->against ? seen->option : candidate->option);
    return witness;
}

static Reverie__V1__Witness *helper_of(struct drafting *drafting,
                                       const struct candidate *candidate,
                                       const struct fix_citation *cited)
{
    Reverie__V1__Witness *witness =
        witness_of(drafting, candidate->team, cited->seen);
    witness->has_helps = true;
    witness->helps = true;
    witness->has_result_seq = cited->result_seq > 0;
    witness->result_seq = cited->result_seq;
    return witness;
}

/* Those for and against, then those that show what helped. */
static void set_witnesses(struct drafting *drafting,
                          const struct candidate *candidate,
                          Reverie__V1__Change *change)
{
    const struct fix_figures *fix = candidate->kind == FINDING_KIND_MISTAKE
                                        ? mistake_fix(&candidate->mistake)
                                        : NULL;
    uint32_t cited = fix ? fix->cited_count : 0;
    size_t count = candidate->witness_count + (size_t)cited;
    change->witnesses =
        draft_take(drafting, count * sizeof(*change->witnesses));
    for (uint32_t i = 0; i < candidate->witness_count; i++) {
        change->witnesses[change->n_witnesses++] =
            voter_of(drafting, candidate, i);
    }
    for (uint32_t i = 0; i < cited; i++) {
        change->witnesses[change->n_witnesses++] =
            helper_of(drafting, candidate, &fix->cited[i]);
    }
}

/* ---- numbers ------------------------------------------------------------- */

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
    numbers->baseline_source =
        message_field(baseline_source_name(figures->source));
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

static Reverie__V1__Numbers *numbers_of(struct drafting *drafting,
                                        const struct candidate *candidate,
                                        const Reverie__V1__Change *change)
{
    Reverie__V1__Numbers *numbers = draft_take(drafting, sizeof(*numbers));
    reverie__v1__numbers__init(numbers);
    set_test(candidate, numbers);
    struct witness_count count =
        witnesses_count(change->witnesses, change->n_witnesses, NULL);
    numbers_derive(&count, numbers);
    if (candidate->kind == FINDING_KIND_WORKFLOW) {
        workflow_numbers(candidate, numbers);
    }
    numbers->tier = message_field(tier_name(candidate->tier));
    return numbers;
}

/* ---- texts --------------------------------------------------------------- */

/* A merge of memories whose places are long is of fewer: the next dream merges
 * the rest. False: it does not fit with one. */
static bool fit_detail(struct drafting *drafting, struct candidate *candidate)
{
    bool fits = detail_print(candidate, &drafting->room);
    bool is_merge = candidate->kind == FINDING_KIND_HYGIENE &&
                    candidate->hygiene->action == HYGIENE_MERGE;
    while (!fits && is_merge && candidate->hygiene->other_count > 1) {
        candidate->hygiene->other_count--;
        fits = detail_print(candidate, &drafting->room);
    }
    return fits;
}

static void set_wording(struct drafting *drafting,
                        const struct candidate *candidate,
                        Reverie__V1__Change *change)
{
    buf_reset(&drafting->room);
    wording_title(candidate, &drafting->room);
    change->title = draft_text(drafting, buf_bytes(&drafting->room));
    buf_reset(&drafting->room);
    wording_content(candidate, &drafting->room);
    change->content = draft_text(drafting, buf_bytes(&drafting->room));
    buf_reset(&drafting->room);
    wording_path(candidate, &drafting->room);
    change->path = draft_text(drafting, buf_bytes(&drafting->room));
    buf_reset(&drafting->room);
    bool is_own = candidate->agent.len > 0;
    buf_add_text(&drafting->room, is_own ? "agent/" : "team/");
    buf_add(&drafting->room, is_own ? candidate->agent : candidate->team_name);
    change->store = draft_text(drafting, buf_bytes(&drafting->room));
    change->scope = draft_text(drafting, buf_bytes(&drafting->room));
    change->scope[strlen(is_own ? "agent" : "team")] = ':';
}

/* ---- the whole ----------------------------------------------------------- */

Reverie__V1__Change *draft_new(struct drafting *drafting,
                               struct candidate *candidate)
{
    if (!fit_detail(drafting, candidate)) {
        candidate->reason = REASON_TOO_BIG;
        return NULL;
    }
    Reverie__V1__Change *change = draft_take(drafting, sizeof(*change));
    reverie__v1__change__init(change);
    change->detail_json = draft_text(drafting, buf_bytes(&drafting->room));
    change->has_finding = true;
    change->finding = message_binary(
        draft_copy(drafting, bytes_of(candidate->finding, FINDING_BYTES)));
    change->has_kind = true;
    change->kind = (Reverie__V1__FindingKind)candidate->kind;
    set_wording(drafting, candidate, change);
    change->has_risk = true;
    change->subject = draft_text(drafting, candidate->subject);
    change->option = draft_text(drafting, candidate->option);
    change->reason = draft_text(drafting, bytes_of_text("proposed"));
    change->has_config_digest = true;
    change->config_digest = message_binary(
        draft_copy(drafting, bytes_of(drafting->config.bytes, DIGEST_BYTES)));
    return change;
}

void draft_evidence(struct drafting *drafting,
                    const struct candidate *candidate,
                    Reverie__V1__Change *change)
{
    set_witnesses(drafting, candidate, change);
    change->numbers = numbers_of(drafting, candidate, change);
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

void draft_risk(const struct candidate *candidate, Reverie__V1__Change *change)
{
    change->risk = risk_of(candidate, bytes_of_text(change->content));
}
