/* SPDX-License-Identifier: MIT */
#include "memory/gate/gate.h"

#include <string.h>

#include "proto/messages.h"

/* The values of memory.proto under short names. */
enum {
    KIND_AUTHORED = REVERIE__V1__FINDING_KIND__FINDING_AUTHORED,
    KIND_PREFERENCE = REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE,
    KIND_DIRECTIVE = REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE,
    KIND_MISTAKE = REVERIE__V1__FINDING_KIND__FINDING_MISTAKE,
    KIND_WORKFLOW = REVERIE__V1__FINDING_KIND__FINDING_WORKFLOW,
    KIND_HYGIENE = REVERIE__V1__FINDING_KIND__FINDING_HYGIENE,
    OP_RETIRE = REVERIE__V1__CHANGE_OP__CHANGE_RETIRE,
    OP_MERGE = REVERIE__V1__CHANGE_OP__CHANGE_MERGE,
    RISK_REVIEW = REVERIE__V1__RISK_CLASS__RISK_REVIEW,
    RISK_SENSITIVE = REVERIE__V1__RISK_CLASS__RISK_SENSITIVE
};

/* Reasons other than the faults of evidence.h, with their sentences. */
static const struct {
    const char *reason;
    const char *sentence;
} sentences[] = {
    {"auto", "the evidence reaches the auto tier of an allow-listed kind"},
    {"authored", "a direct write is its own evidence"},
    {"approved", "a reviewer approved exactly these bytes"},
    {"approve_all_proposals",
     "the policy approve-all-proposals applies whatever reaches the "
     "proposal tier"},
    {"unchanged", "the memory says this already"},
    {"secret", "a text holds a secret or personal data"},
    {"rejected_before",
     "it was rejected or reverted, and no witness is new since"},
    {"conflict", "the memory has changed since: read it again"},
    {"path_conflict",
     "the path belongs to another finding, or lies above or below one"},
    {"full", "a bounded table is full: the store, or what waits for review"},
    {"kind_unsupported", "there is no rule by which this kind is supported"},
    {"too_few_principals", "too few independent principals"},
    {"too_few_sessions", "too few sessions"},
    {"too_few_days", "too few distinct days"},
    {"low_share", "less than 0.6 of the principals choose it"},
    {"low_lift", "its share is less than 0.2 above the baseline"},
    {"low_posterior", "a majority is not probable enough"},
    {"not_significant", "the e-value does not reach its threshold"},
    {"not_robust", "it does not survive the loss of its margin of supporters"},
    {"sensitive",
     "it touches permissions, authentication, network, payment, deletion, "
     "checks, security or package sources"},
    {"policy_review", "the policy review sends everything to a human"},
    {"protected", "what is pinned or protected is removed by people alone"},
    {"pinned", "what is pinned or protected is changed by people alone"},
    {"mass_removal",
     "dreams would remove more than a tenth of the store, and more than "
     "three memories, within a day"},
    {"retirement", "retiring and merging are decided by a human"},
    {"no_baseline", "nothing is known about what other teams do"},
    {"no_time", "witnesses have no time, so bursts cannot be told"},
    {"stated", "a directive that no owner stated"},
    {"asserted", "the principals of witnesses are asserted, not proven"},
    {"risk_review", "its proposer asks for a human"},
    {"too_few_owners",
     "too few owners or organisations stand behind its supporters"},
    {"tenure", "too many of its supporters are new to the log"},
    {"reopened",
     "a human turned it down before; it has new evidence, and needs a human"},
    {"unsourced",
     "a path, flag, URL, command or name of it is in no event that it cites"},
    {"foreign_words",
     "a word of it is in no template, and in nobody's own text that it cites"},
    {"unshown", "the event of a vote for it does not name what it is for"},
    {"proposal_tier", "the evidence reaches the proposal tier only"},
    {"screen_override", "a text reads like an instruction to override"},
    {"screen_role", "a text holds role tags"},
    {"screen_hidden", "a text holds invisible characters"},
    {"screen_blob", "a text holds a long encoded run"},
    {"screen_exfiltration", "a text asks to send something to an address"},
    {"screen_tool_call", "a text holds tool-call syntax"},
    {"screen_shell", "a text holds what a shell would run"},
};

const char *gate_answer_name(enum gate_answer answer)
{
    static const char *const names[] = {
        [GATE_APPLY] = "apply",
        [GATE_ASK] = "ask",
        [GATE_REFUSE] = "refuse",
        [GATE_UNCHANGED] = "unchanged",
    };
    assert((size_t)answer < ARRAY_LEN(names));
    return names[answer];
}

static struct gate_verdict verdict(enum gate_answer answer, const char *reason,
                                   enum stats_tier tier)
{
    for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
        if (strcmp(sentences[i].reason, reason) == 0) {
            return (struct gate_verdict){answer, sentences[i].reason,
                                         sentences[i].sentence, tier};
        }
    }
    assert(!"every reason has a sentence");
    return (struct gate_verdict){GATE_REFUSE, reason, "", tier};
}

static const char *lack_reason(enum stats_lack lack)
{
    return lack == STATS_LACK_NOTHING ? NULL : stats_lack_name(lack);
}

/* Kinds that are counted, rather than stated or written. */
static bool is_measured(const struct gate_facts *facts)
{
    return facts->kind != KIND_AUTHORED && facts->kind != KIND_DIRECTIVE &&
           facts->kind != KIND_HYGIENE;
}

/* An agent's own store takes what its one person does. */
static const char *habit_lack(const struct gate_facts *facts,
                              enum stats_tier tier)
{
    const struct stats_votes *votes = &facts->votes;
    return tier == STATS_TIER_AUTO
               ? "proposal_tier"
               : lack_reason(
                     stats_habit_lack(votes->principals, votes->principals_for,
                                      facts->mistake.sessions, votes->days));
}

/* What the evidence lacks for ${tier}, by the rule of the kind. */
static const char *tier_lack(const struct gate_facts *facts,
                             enum stats_tier tier)
{
    switch (facts->kind) {
    case KIND_AUTHORED:
        return NULL;
    case KIND_PREFERENCE:
        return facts->team_scope
                   ? lack_reason(stats_preference_lack(&facts->votes, tier))
                   : habit_lack(facts, tier);
    case KIND_MISTAKE:
        return lack_reason(stats_mistake_lack(&facts->mistake, tier));
    case KIND_WORKFLOW:
        return tier == STATS_TIER_AUTO
                   ? "proposal_tier"
                   : lack_reason(stats_workflow_lack(&facts->workflow));
    case KIND_HYGIENE:
        return tier == STATS_TIER_AUTO && !facts->exact_duplicate
                   ? "proposal_tier"
                   : NULL;
    case KIND_DIRECTIVE: {
        bool enough = facts->owner_stated || !facts->team_scope ||
                      facts->votes.principals_for >= 2;
        bool is_auto = tier == STATS_TIER_AUTO && !facts->owner_stated;
        return !enough ? "too_few_principals" : is_auto ? "stated" : NULL;
    }
    default:
        return "kind_unsupported";
    }
}

/* Auto asks as much of the principals that the log has known for a while, and
 * that they are not all of one house. */
static const char *standing_question(const struct gate_facts *facts)
{
    const struct gate_facts tenured = {.kind = facts->kind,
                                       .team_scope = facts->team_scope,
                                       .votes = facts->tenured_votes,
                                       .mistake = facts->tenured_mistake};
    if (!is_measured(facts)) {
        return NULL;
    }
    if (tier_lack(&tenured, STATS_TIER_AUTO) || facts->is_new_remedy) {
        return "tenure";
    }
    return facts->owners < STATS_OWNERS_MIN ? "too_few_owners" : NULL;
}

const char *gate_evidence_lack(const struct gate_facts *facts)
{
    if (facts->kind == KIND_AUTHORED) {
        return NULL;
    }
    if (facts->fault != EVIDENCE_NONE) {
        return evidence_fault_name(facts->fault);
    }
    /* A retirement says that support is gone; it needs none. */
    return facts->op == OP_RETIRE ? NULL
                                  : tier_lack(facts, STATS_TIER_PROPOSAL);
}

/* What nobody, human or not, can let through. */
static const char *refusal(const struct gate_facts *facts)
{
    if (facts->has_secret) {
        return "secret";
    }
    if (facts->rejected_before && !facts->human) {
        return "rejected_before";
    }
    if (facts->is_protected) {
        return "protected";
    }
    if (facts->base_moved) {
        return "conflict";
    }
    if (facts->path_taken) {
        return "path_conflict";
    }
    return facts->store_full ? "full" : NULL;
}

/* What only a human lets through, whatever the policy. An agent may note what
 * it likes in its own store, if it does not look like an attack. */
static const char *hard_question(const struct gate_facts *facts)
{
    bool own_notes = facts->kind == KIND_AUTHORED && !facts->team_scope;
    if (facts->screen) {
        return facts->screen;
    }
    if (facts->mass_removal) {
        return "mass_removal";
    }
    if (facts->is_pinned) {
        return "pinned";
    }
    bool sensitive = facts->sensitive || facts->risk == RISK_SENSITIVE;
    return sensitive && !own_notes ? "sensitive" : NULL;
}

/* What its evidence is too weak for, or who it comes from. */
static const char *evidence_question(const struct gate_facts *facts)
{
    if (facts->kind == KIND_PREFERENCE && !facts->votes.has_baseline) {
        return "no_baseline";
    }
    if (is_measured(facts) && facts->votes.no_time) {
        return "no_time";
    }
    if (facts->kind == KIND_DIRECTIVE && !facts->owner_stated) {
        return "stated";
    }
    return facts->asserted && !facts->auto_on_asserted ? "asserted" : NULL;
}

/* What it says, and whether anybody said so. */
static const char *words_question(const struct gate_facts *facts)
{
    return facts->unsourced ? "unsourced"
           : facts->unshown ? "unshown"
           : facts->foreign ? "foreign_words"
                            : NULL;
}

/* What keeps a change that reaches the proposal tier from auto. */
static const char *soft_question(const struct gate_facts *facts)
{
    const char *question = evidence_question(facts);
    if (facts->policy == POLICY_REVIEW) {
        return "policy_review";
    }
    if ((facts->op == OP_RETIRE || facts->op == OP_MERGE) &&
        !facts->exact_duplicate) {
        return "retirement";
    }
    if (question) {
        return question;
    }
    if (facts->risk == RISK_REVIEW) {
        return "risk_review";
    }
    if (facts->was_rejected) {
        return "reopened";
    }
    question = words_question(facts);
    if (question) {
        return question;
    }
    return tier_lack(facts, STATS_TIER_AUTO) ? "proposal_tier"
                                             : standing_question(facts);
}

static struct gate_verdict ask(const struct gate_facts *facts,
                               const char *reason, enum stats_tier tier)
{
    return facts->review_full ? verdict(GATE_REFUSE, "full", tier)
                              : verdict(GATE_ASK, reason, tier);
}

/* The order is part of the contract: what is wrong before what is missing,
 * what is missing before who may decide. */
struct gate_verdict gate_decide(const struct gate_facts *facts)
{
    enum stats_tier tier = STATS_TIER_PROPOSAL;
    if (facts->kind != KIND_AUTHORED && facts->fault != EVIDENCE_NONE) {
        return (struct gate_verdict){GATE_REFUSE,
                                     evidence_fault_name(facts->fault),
                                     evidence_fault_text(facts->fault), tier};
    }
    if (facts->unchanged) {
        return verdict(GATE_UNCHANGED, "unchanged", tier);
    }
    const char *reason = refusal(facts);
    reason = reason ? reason : gate_evidence_lack(facts);
    if (reason) {
        return verdict(GATE_REFUSE, reason, tier);
    }
    if (!tier_lack(facts, STATS_TIER_AUTO) && !standing_question(facts)) {
        tier = STATS_TIER_AUTO;
    }
    if (facts->human) {
        return verdict(GATE_APPLY, "approved", tier);
    }
    reason = hard_question(facts);
    if (reason) {
        return ask(facts, reason, tier);
    }
    if (facts->kind == KIND_AUTHORED) {
        return verdict(GATE_APPLY, "authored", tier);
    }
    reason = soft_question(facts);
    if (!reason) {
        return verdict(GATE_APPLY, "auto", tier);
    }
    return facts->policy == POLICY_APPROVE_ALL_PROPOSALS
               ? verdict(GATE_APPLY, "approve_all_proposals", tier)
               : ask(facts, reason, tier);
}
