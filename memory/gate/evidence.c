/* SPDX-License-Identifier: MIT */
#include "memory/gate/evidence.h"

#include "base/map.h"
#include "memory/gate/cited.h"
#include "memory/gate/numbers.h"
#include "memory/gate/text/words.h"
#include "memory/option.h"
#include "memory/stats/stats.h"
#include "proto/address.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    OPTION_COST_MAX = 256 << 20 /* bytes, for all votes of a change */
};

const char *evidence_fault_name(enum evidence_fault fault)
{
    static const char *const names[] = {
#define EVIDENCE_NAME(name, code, text) code,
        EVIDENCE_FAULTS(EVIDENCE_NAME)
#undef EVIDENCE_NAME
    };
    assert((size_t)fault < ARRAY_LEN(names));
    return names[fault];
}

const char *evidence_fault_text(enum evidence_fault fault)
{
    static const char *const texts[] = {
#define EVIDENCE_TEXT(name, code, text) text,
        EVIDENCE_FAULTS(EVIDENCE_TEXT)
#undef EVIDENCE_TEXT
    };
    assert((size_t)fault < ARRAY_LEN(texts));
    return texts[fault];
}

/* ---- one witness --------------------------------------------------------- */

static bool is_for(const struct Reverie__V1__Witness *witness)
{
    return !witness->against;
}

static bool field_equals(const char *text, struct bytes truth)
{
    return bytes_equal(message_text(text), truth);
}

static enum evidence_fault
claims_fault(const struct Reverie__V1__Witness *witness,
             const struct cited *cited)
{
    const struct stamp *stamp = &cited->stamp;
    const struct envelope *envelope = &cited->envelope;
    struct bytes from = stamp->from.len ? stamp->from : envelope->from;
    if (!bytes_equal(message_bytes(witness->has_id, witness->id),
                     envelope->id)) {
        return EVIDENCE_WRONG_ID;
    }
    if (!field_equals(witness->principal, stamp->principal)) {
        return EVIDENCE_WRONG_PRINCIPAL;
    }
    if (!field_equals(witness->agent, from)) {
        return EVIDENCE_WRONG_AGENT;
    }
    if (!field_equals(witness->session, envelope->session)) {
        return EVIDENCE_WRONG_SESSION;
    }
    if ((int)witness->origin != (int)stamp->origin) {
        return EVIDENCE_WRONG_ORIGIN;
    }
    if ((witness->has_occurred_us != 0) != envelope->has_occurred ||
        (envelope->has_occurred &&
         witness->occurred_us != envelope->occurred_us)) {
        return EVIDENCE_WRONG_TIME;
    }
    if (!bytes_equal(message_bytes(witness->has_root, witness->root),
                     stamp->root)) {
        return EVIDENCE_WRONG_ROOT;
    }
    return EVIDENCE_NONE;
}

static enum evidence_fault place_fault(const struct Reverie__V1__Change *change,
                                       const struct cited *cited)
{
    const struct stamp *stamp = &cited->stamp;
    struct bytes store = message_text(change->store);
    struct bytes name = bytes_of(NULL, 0);
    bool valid = store_name_is_valid(store, &name);
    bool is_team = store_is_team(store);
    struct bytes from = stamp->from.len ? stamp->from : cited->envelope.from;
    struct bytes team = stamp->team.len ? stamp->team : cited->envelope.team;
    if (!valid || !bytes_equal(name, is_team ? team : from)) {
        return EVIDENCE_WRONG_TEAM;
    }
    struct bytes kind = cited->envelope.kind;
    bool never = kind_matches(BYTES_LITERAL("memory.*"), kind) ||
                 kind_matches(BYTES_LITERAL("control.*"), kind) ||
                 kind_matches(BYTES_LITERAL("broker.*"), kind);
    return never ? EVIDENCE_WRONG_KIND : EVIDENCE_NONE;
}

/* Which origins may speak for a finding of this kind. Text of tools and from
 * outside may only be counted as an error. */
static bool origin_may_support(enum _Reverie__V1__FindingKind kind,
                               enum origin origin)
{
    bool is_human = origin == ORIGIN_OWNER || origin == ORIGIN_USER;
    if (kind == REVERIE__V1__FINDING_KIND__FINDING_MISTAKE) {
        return true;
    }
    if (kind == REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE) {
        return is_human;
    }
    return is_human || origin == ORIGIN_AGENT;
}

/* Whether text of this origin may hold what agents are told to do. */
static bool origin_may_tell(enum origin origin)
{
    return origin == ORIGIN_OWNER || origin == ORIGIN_USER ||
           origin == ORIGIN_AGENT;
}

/* For a directive or a mistake the words themselves are the evidence. */
static bool needs_quote(const struct Reverie__V1__Change *change,
                        const struct Reverie__V1__Witness *witness)
{
    bool words = change->kind == REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE ||
                 change->kind == REVERIE__V1__FINDING_KIND__FINDING_MISTAKE;
    return witness->helps || (words && is_for(witness));
}

static enum evidence_fault
option_fault(const struct Reverie__V1__Change *change,
             const struct Reverie__V1__Witness *witness)
{
    struct bytes option = message_text(witness->option);
    if (witness->helps) {
        bool is_fit =
            change->kind == REVERIE__V1__FINDING_KIND__FINDING_MISTAKE &&
            is_for(witness) && option.len == 0;
        return is_fit ? EVIDENCE_NONE : EVIDENCE_WRONG_OPTION;
    }
    bool same = bytes_equal(option, message_text(change->option));
    if (same != is_for(witness)) {
        return EVIDENCE_WRONG_OPTION;
    }
    if (needs_quote(change, witness) &&
        !option_occurs(option, message_text(witness->quote))) {
        return EVIDENCE_WRONG_OPTION;
    }
    return EVIDENCE_NONE;
}

static enum evidence_fault quote_fault(const struct Reverie__V1__Witness *it,
                                       bool needed, struct bytes text,
                                       struct quote_place *out_place)
{
    struct bytes quote = message_text(it->quote);
    if (quote.len == 0) {
        return needed ? EVIDENCE_WRONG_QUOTE : EVIDENCE_NONE;
    }
    if (it->redactor != REDACTOR_VERSION) {
        return EVIDENCE_WRONG_REDACTOR;
    }
    size_t at =
        quote.len <= QUOTE_MAX_BYTES ? bytes_find(text, quote, 0) : SIZE_MAX;
    if (at >= UINT32_MAX) {
        return EVIDENCE_WRONG_QUOTE;
    }
    *out_place = (struct quote_place){(uint32_t)at, (uint32_t)quote.len};
    return EVIDENCE_NONE;
}

/* What everything about one witness needs. */
struct check {
    const struct evidence_source *source;
    const struct Reverie__V1__Change *change;
    struct arena *arena;  /* what outlives the check */
    struct arena event;   /* one event */
    struct map *seen;     /* positions */
    struct map *unfit;    /* ids of cited events that may not tell agents */
    struct words *words;  /* of the change, and who wrote them */
    struct bytes *parent; /* of each witness for it, else empty */
    struct quote_place *places;
    bool *skip;
    uint32_t *shown; /* of the remedy, by each witness */
    uint64_t spent;  /* bytes looked through for options, of OPTION_COST_MAX */
    struct evidence *out;
};

/* A vote for a choice, which is a name or a value that can be looked for. */
static bool is_choice(const struct Reverie__V1__Change *change)
{
    return change->kind == REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE;
}

/* Whether the option of a vote is in its text. What is not found by
 * OPTION_COST_MAX is in no text. */
static bool is_shown(struct check *check, struct bytes option,
                     struct bytes text)
{
    check->spent += (uint64_t)text.len * option_parts_max(option);
    return check->spent <= OPTION_COST_MAX && option_is_named(option, text);
}

/* Looks at the text of an intact witness: is the quote in it, does it hold
 * words of the memory? An event that speaks against it supplies none. */
static enum evidence_fault text_fault(struct check *check, size_t at,
                                      const struct cited *cited)
{
    const struct Reverie__V1__Witness *witness = check->change->witnesses[at];
    bool has_quote = message_text(witness->quote).len > 0;
    bool has_words = words_any(check->words);
    bool is_vote = is_for(witness) && is_choice(check->change);
    struct buf text = {0};
    if (has_quote || has_words || is_vote) {
        cited_text(check->source, cited, &check->event, &text);
    }
    enum evidence_fault fault =
        quote_fault(witness, needs_quote(check->change, witness),
                    buf_bytes(&text), &check->places[at]);
    bool is_fit = origin_may_tell(cited->stamp.origin);
    check->out->unshown |=
        is_vote &&
        !is_shown(check, message_text(witness->option), buf_bytes(&text));
    if (fault == EVIDENCE_NONE && has_words && (!is_fit || is_for(witness))) {
        words_cite(check->words, buf_bytes(&text), is_fit);
    }
    if (fault == EVIDENCE_NONE && witness->helps) {
        check->shown[at] =
            words_help(check->words, message_text(witness->quote),
                       message_text(witness->principal),
                       message_bytes(witness->has_root, witness->root));
    }
    buf_fini(&text);
    return fault;
}

static void set_add(struct map *set, struct bytes key, void *value)
{
    enum err err = map_put(set, key, value);
    assert(err == ERR_OK); /* sized for all witnesses */
}

/* Remembers what ancestry_fault needs. */
static enum err keep_ancestry(struct check *check, size_t at,
                              const struct cited *cited)
{
    const struct envelope *envelope = &cited->envelope;
    if (!origin_may_tell(cited->stamp.origin) && envelope->id.len > 0) {
        set_add(check->unfit, envelope->id, check);
    }
    if (is_for(check->change->witnesses[at]) && envelope->parent.len > 0) {
        check->parent[at] = arena_copy(check->arena, envelope->parent);
        return check->parent[at].data ? ERR_OK : ERR_TOO_BIG;
    }
    return ERR_OK;
}

/* Whether a witness answers or descends from a cited event whose text may not
 * tell agents anything: then it only repeats it. Mistakes are about errors,
 * which descend from calls, so they are judged by their words alone. */
static enum evidence_fault ancestry_fault(const struct check *check,
                                          size_t *out_at)
{
    const struct Reverie__V1__Change *change = check->change;
    if (change->kind == REVERIE__V1__FINDING_KIND__FINDING_MISTAKE) {
        return EVIDENCE_NONE;
    }
    for (size_t i = 0; i < change->n_witnesses; i++) {
        const struct Reverie__V1__Witness *witness = change->witnesses[i];
        struct bytes root = message_bytes(witness->has_root, witness->root);
        bool descends =
            (check->parent[i].len && map_get(check->unfit, check->parent[i])) ||
            (root.len && map_get(check->unfit, root));
        if (is_for(witness) && descends) {
            *out_at = i;
            return EVIDENCE_TAINTED;
        }
    }
    return EVIDENCE_NONE;
}

/* Whether the principal showed a key or a token, rather than being named by
 * itself or by somebody who may speak for others. */
static bool is_proven(const struct stamp *stamp)
{
    bool has_key =
        stamp->identity == IDENTITY_KEY || stamp->identity == IDENTITY_TOKEN;
    return has_key && stamp->via.len == 0;
}

static enum evidence_fault intact_fault(struct check *check, size_t at,
                                        const struct cited *cited)
{
    const struct Reverie__V1__Change *change = check->change;
    const struct Reverie__V1__Witness *witness = change->witnesses[at];
    enum evidence_fault fault = claims_fault(witness, cited);
    if (fault == EVIDENCE_NONE) {
        fault = place_fault(change, cited);
    }
    if (fault == EVIDENCE_NONE) {
        fault = text_fault(check, at, cited);
    }
    if (fault == EVIDENCE_NONE) {
        fault = option_fault(change, witness);
    }
    if (fault != EVIDENCE_NONE || !is_for(witness)) {
        return fault;
    }
    if (!origin_may_support(change->kind, cited->stamp.origin)) {
        return EVIDENCE_TAINTED;
    }
    if (exposure_holds(&check->source->exposure, cited->stamp.view,
                       message_text(change->store))) {
        return EVIDENCE_EXPOSED;
    }
    check->out->asserted |= !is_proven(&cited->stamp);
    check->out->owner_stated |= cited->stamp.origin == ORIGIN_OWNER;
    return EVIDENCE_NONE;
}

static bool is_repeat(struct check *check,
                      const struct Reverie__V1__Witness *witness)
{
    uint64_t position[2] = {witness->log, witness->seq};
    struct bytes key = bytes_of(position, sizeof(position));
    if (map_get(check->seen, key)) {
        return true;
    }
    set_add(check->seen, key, check);
    return false;
}

/* After the fact a witness that was erased is left out rather than wrong. */
static enum err skip_erased(struct check *check, size_t at,
                            enum evidence_fault *fault)
{
    if (*fault == EVIDENCE_ERASED) {
        check->skip[at] = true;
        check->out->erased++;
        *fault = check->source->skip_erased ? EVIDENCE_NONE : EVIDENCE_ERASED;
    }
    return ERR_OK;
}

static enum err check_witness(struct check *check, size_t at,
                              enum evidence_fault *out_fault)
{
    const struct Reverie__V1__Witness *witness = check->change->witnesses[at];
    struct cited cited;
    if (is_repeat(check, witness)) {
        *out_fault = EVIDENCE_DUPLICATE;
        return ERR_OK;
    }
    arena_reset(&check->event);
    enum err err = cited_read(check->source, witness->log, witness->seq,
                              &check->event, &cited);
    if (err == ERR_NOT_FOUND) {
        *out_fault = EVIDENCE_NO_EVENT;
        return ERR_OK;
    }
    if (err != ERR_OK) {
        return err;
    }
    if (cited.stamp.erased) {
        *out_fault = EVIDENCE_ERASED;
        return skip_erased(check, at, out_fault);
    }
    if (witness->helps) {
        err = remedy_check(check->source, witness, &cited, &check->event,
                           out_fault);
        if (err != ERR_OK || *out_fault != EVIDENCE_NONE) {
            return err == ERR_OK ? skip_erased(check, at, out_fault) : err;
        }
    }
    *out_fault = intact_fault(check, at, &cited);
    return keep_ancestry(check, at, &cited);
}

static enum err check_witnesses(struct check *check)
{
    for (size_t i = 0; i < check->change->n_witnesses; i++) {
        enum evidence_fault fault = EVIDENCE_NONE;
        enum err err = check_witness(check, i, &fault);
        if (err != ERR_OK) {
            return err;
        }
        if (fault != EVIDENCE_NONE) {
            check->out->fault = fault;
            check->out->fault_at = i;
            return ERR_OK;
        }
    }
    return ERR_OK;
}

/* ---- the whole ----------------------------------------------------------- */

static enum evidence_fault sums_fault(const struct check *check)
{
    const struct witness_count *count = &check->out->count;
    /* Sessions are for or against a workflow; one principal has of both. */
    bool by_session =
        check->change->kind == REVERIE__V1__FINDING_KIND__FINDING_WORKFLOW;
    if (count->contradictory && !by_session) {
        return EVIDENCE_CONTRADICTORY;
    }
    if (count->events == 0 &&
        check->change->op != REVERIE__V1__CHANGE_OP__CHANGE_RETIRE) {
        return check->out->erased ? EVIDENCE_ERASED : EVIDENCE_NO_WITNESSES;
    }
    bool whole = check->out->erased == 0;
    return whole && numbers_differ(check->change->numbers, check->out)
               ? EVIDENCE_WRONG_NUMBERS
               : EVIDENCE_NONE;
}

/* After all witnesses: what the change says with them. */
static enum err check_whole(struct check *check)
{
    struct evidence *out = check->out;
    struct bytes word = bytes_of(NULL, 0);
    out->count = witnesses_count(check->change->witnesses,
                                 check->change->n_witnesses, check->skip);
    numbers_read_contrast(check->change, out);
    out->fault = ancestry_fault(check, &out->fault_at);
    if (out->fault == EVIDENCE_NONE) {
        out->fault = sums_fault(check);
    }
    out->has_place = true;
    out->places = check->places;
    out->skip = check->skip;
    out->remedy = words_remedy(check->words);
    out->shown = check->shown;
    out->words = words_judge(check->words, &word);
    if (out->words == WORDS_SOURCED) {
        return ERR_OK;
    }
    if (out->fault == EVIDENCE_NONE && out->words == WORDS_TAINTED) {
        out->fault = EVIDENCE_TAINTED_WORD;
    }
    out->word = arena_copy(check->arena, bytes_clip(word, WORD_SHOWN_MAX));
    return out->word.data || word.len == 0 ? ERR_OK : ERR_TOO_BIG;
}

/* A mistake is called "TOOL: what it says". */
static struct bytes tool_of(struct bytes subject)
{
    size_t end = bytes_find(subject, BYTES_LITERAL(": "), 0);
    return bytes_slice(subject, 0, end == SIZE_MAX ? 0 : end);
}

static struct words *words_of(const struct Reverie__V1__Change *change)
{
    bool may_quote = change->kind == REVERIE__V1__FINDING_KIND__FINDING_MISTAKE;
    struct words *words = words_new(message_text(change->title),
                                    message_text(change->content), may_quote);
    words_name(words, message_text(change->subject));
    words_name(words, message_text(change->option));
    words_name(words, message_text(change->store));
    words_call(words, message_text(change->store));
    words_call(words, may_quote ? tool_of(message_text(change->subject))
                                : message_text(change->subject));
    if (change->kind == REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE) {
        words_ask(words);
    }
    return words;
}

enum err evidence_check(const struct evidence_source *source,
                        const struct Reverie__V1__Change *change,
                        struct arena *arena, struct evidence *out)
{
    size_t count = change->n_witnesses;
    *out = (struct evidence){0};
    struct check check = {
        .source = source,
        .change = change,
        .arena = arena,
        .places = arena_take(arena, (count + 1) * sizeof(*check.places)),
        .parent = arena_take(arena, (count + 1) * sizeof(*check.parent)),
        .skip = arena_take(arena, (count + 1) * sizeof(*check.skip)),
        .shown = arena_take(arena, (count + 1) * sizeof(*check.shown)),
        .out = out,
    };
    if (!check.places || !check.parent || !check.skip || !check.shown) {
        return ERR_TOO_BIG;
    }
    check.seen = map_new(count + 1, NULL);
    check.unfit = map_new(count + 1, NULL);
    check.words = words_of(change);
    arena_init(&check.event, 4 * (size_t)BODY_MAX_LIMIT);
    enum err err = check_witnesses(&check);
    if (err == ERR_OK && out->fault == EVIDENCE_NONE) {
        err = check_whole(&check);
    }
    arena_fini(&check.event);
    words_free(check.words);
    map_free(check.unfit);
    map_free(check.seen);
    return err;
}
