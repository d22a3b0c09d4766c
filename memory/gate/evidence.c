/* SPDX-License-Identifier: MIT */
#include "memory/gate/evidence.h"

#include <math.h>

#include "base/map.h"
#include "memory/contrast.h"
#include "memory/stats.h"
#include "memory/text.h"
#include "proto/address.h"
#include "proto/limits.h"
#include "proto/messages.h"

static const double number_slack = 1e-9;

/* A cited event, read and taken apart. */
struct cited {
    struct stamp stamp;
    struct envelope envelope;
    struct bytes body;
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

/* ERR_NOT_FOUND also for a position that does not fit the log. */
static enum err cited_read(const struct evidence_source *source, uint32_t log,
                           uint64_t seq, struct arena *arena, struct cited *out)
{
    struct memory_event event;
    if (log != LOG_TRAFFIC) {
        return ERR_NOT_FOUND;
    }
    enum err err = source->log->read(source->log->context, (uint16_t)log, seq,
                                     arena, &event);
    if (err != ERR_OK) {
        return err;
    }
    if (stamp_read(event.stamp, &out->stamp) != ERR_OK ||
        envelope_read(event.envelope, &out->envelope) != ERR_OK) {
        return ERR_CORRUPT;
    }
    out->body = event.body;
    return ERR_OK;
}

/* ---- views --------------------------------------------------------------- */

/* Digits up to a '+' or the end; false for anything else. Names may hold '@'
 * and '+', so a hit counts only if a version follows. */
static bool version_follows(struct bytes view, size_t at, uint64_t *out)
{
    uint64_t version = 0;
    size_t from = at;
    while (at < view.len && view.data[at] >= '0' && view.data[at] <= '9' &&
           at - from < 19) {
        version = version * 10 + (uint64_t)(view.data[at] - '0');
        at++;
    }
    if (at == from || (at < view.len && view.data[at] != '+')) {
        return false;
    }
    *out = version;
    return true;
}

bool view_store_version(struct bytes view, struct bytes store,
                        uint64_t *out_version)
{
    size_t at = bytes_find(view, store, 0);
    while (at != SIZE_MAX) {
        size_t sign = at + store.len;
        bool starts = at == 0 || view.data[at - 1] == '+';
        if (starts && sign < view.len && view.data[sign] == '@' &&
            version_follows(view, sign + 1, out_version)) {
            return true;
        }
        at = bytes_find(view, store, at + 1);
    }
    return false;
}

/* Unknown counts as exposed. */
static bool is_exposed(const struct exposure *exposure, struct bytes view,
                       struct bytes store)
{
    uint64_t version = 0;
    if (!exposure->published) {
        return false;
    }
    if (!view_store_version(view, store, &version)) {
        return true;
    }
    return version >= exposure->from &&
           (exposure->gone == 0 || version < exposure->gone);
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

/* For a directive or a mistake the words themselves are the evidence. */
static bool needs_quote(const struct Reverie__V1__Change *change,
                        const struct Reverie__V1__Witness *witness)
{
    bool words = change->kind == REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE ||
                 change->kind == REVERIE__V1__FINDING_KIND__FINDING_MISTAKE;
    return words && is_for(witness);
}

static enum evidence_fault
option_fault(const struct Reverie__V1__Change *change,
             const struct Reverie__V1__Witness *witness)
{
    struct bytes option = message_text(witness->option);
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

static void redacted_text(const struct evidence_source *source,
                          const struct cited *cited, struct arena *arena,
                          struct buf *out)
{
    buf_init(out, 2 * (size_t)BODY_MAX_LIMIT + 64);
    event_text_redacted(source->redact, cited->envelope.kind, cited->body,
                        arena, out);
}

static enum evidence_fault quote_fault(const struct evidence_source *source,
                                       const struct Reverie__V1__Witness *it,
                                       bool needed, const struct cited *cited,
                                       struct arena *arena,
                                       struct quote_place *out_place)
{
    struct bytes quote = message_text(it->quote);
    if (quote.len == 0) {
        return needed ? EVIDENCE_WRONG_QUOTE : EVIDENCE_NONE;
    }
    if (it->redactor != REDACTOR_VERSION) {
        return EVIDENCE_WRONG_REDACTOR;
    }
    struct buf text;
    redacted_text(source, cited, arena, &text);
    size_t at = quote.len <= QUOTE_MAX_BYTES
                    ? bytes_find(buf_bytes(&text), quote, 0)
                    : SIZE_MAX;
    buf_fini(&text);
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
    struct arena *arena; /* what outlives the check */
    struct arena event;  /* one event */
    struct map *seen;    /* positions */
    struct quote_place *places;
    bool *skip;
    struct evidence *out;
};

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
        fault =
            quote_fault(check->source, witness, needs_quote(change, witness),
                        cited, &check->event, &check->places[at]);
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
    if (is_exposed(&check->source->exposure, cited->stamp.view,
                   message_text(change->store))) {
        return EVIDENCE_EXPOSED;
    }
    check->out->asserted |= cited->stamp.identity != IDENTITY_KEY &&
                            cited->stamp.identity != IDENTITY_TOKEN;
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
    enum err err = map_put(check->seen, key, check);
    assert(err == ERR_OK); /* sized for all witnesses */
    return false;
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
        check->skip[at] = true;
        check->out->erased++;
        *out_fault =
            check->source->skip_erased ? EVIDENCE_NONE : EVIDENCE_ERASED;
        return ERR_OK;
    }
    *out_fault = intact_fault(check, at, &cited);
    return ERR_OK;
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

/* ---- numbers ------------------------------------------------------------- */

static bool count_differs(bool has, uint32_t claimed, uint32_t truth)
{
    return has && claimed != truth;
}

static bool real_differs(bool has, double claimed, double truth)
{
    double slack = number_slack * fmax(1, fabs(truth));
    return has && !(fabs(claimed - truth) <= slack);
}

/* The strata of a workflow give its e-value; they are the proposer's, and
 * counted from more sessions than can be cited. */
static void read_contrast(const struct Reverie__V1__Change *change,
                          struct evidence *out)
{
    struct contrast_row rows[CONTRAST_ROWS_MAX];
    size_t count = 0;
    if (change->kind == REVERIE__V1__FINDING_KIND__FINDING_WORKFLOW &&
        contrast_read(message_text(change->detail_json), rows, &count) ==
            ERR_OK) {
        out->has_contrast = true;
        out->log_e = contrast_log_e(rows, count);
        out->uplift = contrast_uplift(rows, count);
    }
}

/* A number that is there must be right; n and x must be there. */
static bool numbers_differ(const struct Reverie__V1__Numbers *claimed,
                           const struct evidence *evidence)
{
    const struct witness_count *count = &evidence->count;
    struct Reverie__V1__Numbers truth = REVERIE__V1__NUMBERS__INIT;
    if (!claimed || !claimed->has_principals || !claimed->has_principals_for) {
        return true;
    }
    truth.has_baseline = claimed->has_baseline;
    truth.baseline = claimed->baseline;
    numbers_derive(count, &truth);
    if (evidence->has_contrast) {
        truth.has_log_e = true;
        truth.log_e = evidence->log_e;
    }
    return claimed->principals != truth.principals ||
           claimed->principals_for != truth.principals_for ||
           count_differs(claimed->has_sessions, claimed->sessions,
                         truth.sessions) ||
           count_differs(claimed->has_days, claimed->days, truth.days) ||
           count_differs(claimed->has_events, claimed->events, truth.events) ||
           (claimed->has_no_time && claimed->no_time != truth.no_time) ||
           real_differs(claimed->has_share, claimed->share, truth.share) ||
           real_differs(claimed->has_posterior, claimed->posterior,
                        truth.posterior) ||
           real_differs(claimed->has_log_e,
                        truth.has_log_e ? claimed->log_e : NAN, truth.log_e);
}

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
        .skip = arena_take(arena, (count + 1) * sizeof(*check.skip)),
        .out = out,
    };
    if (!check.places || !check.skip) {
        return ERR_TOO_BIG;
    }
    check.seen = map_new(count + 1, NULL);
    arena_init(&check.event, 4 * (size_t)BODY_MAX_LIMIT);
    enum err err = check_witnesses(&check);
    if (err == ERR_OK && out->fault == EVIDENCE_NONE) {
        out->count = witnesses_count(change->witnesses, count, check.skip);
        read_contrast(change, out);
        out->fault = sums_fault(&check);
        out->has_place = true;
        out->places = check.places;
    }
    arena_fini(&check.event);
    map_free(check.seen);
    return err;
}

/* ---- quotes -------------------------------------------------------------- */

void quotes_detach(struct Reverie__V1__Change *change,
                   const struct evidence *evidence)
{
    for (size_t i = 0; i < change->n_witnesses; i++) {
        struct Reverie__V1__Witness *witness = change->witnesses[i];
        bool has = evidence->has_place && evidence->places[i].bytes > 0;
        witness->quote = NULL;
        witness->has_quote_offset = has;
        witness->has_quote_bytes = has;
        witness->quote_offset = has ? evidence->places[i].offset : 0;
        witness->quote_bytes = has ? evidence->places[i].bytes : 0;
    }
}

/* The quoted part of an event, or an empty view. */
static enum err quote_read(const struct evidence_source *source, uint32_t log,
                           uint64_t seq, struct quote_place place,
                           struct arena *arena, struct bytes *out)
{
    struct arena event;
    struct buf text = {0};
    struct cited cited;
    arena_init(&event, 4 * (size_t)BODY_MAX_LIMIT);
    enum err err = cited_read(source, log, seq, &event, &cited);
    *out = bytes_of(NULL, 0);
    if (err == ERR_OK && !cited.stamp.erased) {
        redacted_text(source, &cited, &event, &text);
        struct bytes part =
            bytes_slice(buf_bytes(&text), place.offset, place.bytes);
        if (part.len == place.bytes && bytes_is_utf8(part)) {
            *out = arena_copy(arena, part);
            err = out->data ? ERR_OK : ERR_TOO_BIG;
        }
    }
    buf_fini(&text);
    arena_fini(&event);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The NUL that arena_copy adds makes the copy a text. */
static char *quote_text(struct bytes quote)
{
    union {
        const uint8_t *data;
        char *text;
    } view = {.data = quote.data};
    return view.text;
}

static enum err quote_restore(const struct evidence_source *source,
                              struct Reverie__V1__Witness *witness,
                              struct arena *arena)
{
    struct quote_place place = {witness->quote_offset, witness->quote_bytes};
    struct bytes quote = bytes_of(NULL, 0);
    enum err err = ERR_OK;
    if (place.bytes > 0 && witness->redactor == REDACTOR_VERSION) {
        err = quote_read(source, witness->log, witness->seq, place, arena,
                         &quote);
    }
    witness->has_quote_offset = false;
    witness->has_quote_bytes = false;
    witness->quote_offset = 0;
    witness->quote_bytes = 0;
    witness->quote = quote.len ? quote_text(quote) : NULL;
    return err;
}

enum err quotes_restore(const struct evidence_source *source,
                        struct Reverie__V1__Witness *const *witnesses,
                        size_t count, struct arena *arena)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        err = quote_restore(source, witnesses[i], arena);
    }
    return err;
}

enum err candidate_quote_detach(const struct evidence_source *source,
                                struct Reverie__V1__Candidate *candidate,
                                struct arena *arena)
{
    struct bytes quote = message_text(candidate->quote);
    candidate->quote = NULL;
    candidate->has_quote_offset = false;
    candidate->has_quote_bytes = false;
    struct cited cited;
    if (quote.len == 0 || quote.len > QUOTE_MAX_BYTES) {
        return ERR_OK;
    }
    enum err err = cited_read(source, candidate->example_log,
                              candidate->example_seq, arena, &cited);
    if (err != ERR_OK || cited.stamp.erased) {
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    struct buf text;
    redacted_text(source, &cited, arena, &text);
    size_t at = bytes_find(buf_bytes(&text), quote, 0);
    buf_fini(&text);
    bool found = at < UINT32_MAX;
    candidate->has_quote_offset = found;
    candidate->quote_offset = found ? (uint32_t)at : 0;
    candidate->has_quote_bytes = found;
    candidate->quote_bytes = found ? (uint32_t)quote.len : 0;
    return ERR_OK;
}

enum err candidate_quote_restore(const struct evidence_source *source,
                                 struct Reverie__V1__Candidate *candidate,
                                 struct arena *arena)
{
    struct quote_place place = {candidate->quote_offset,
                                candidate->quote_bytes};
    struct bytes quote = bytes_of(NULL, 0);
    if (place.bytes > 0) {
        enum err err = quote_read(source, candidate->example_log,
                                  candidate->example_seq, place, arena, &quote);
        if (err != ERR_OK) {
            return err;
        }
    }
    candidate->has_quote_offset = false;
    candidate->has_quote_bytes = false;
    candidate->quote = quote.len ? quote_text(quote) : NULL;
    return ERR_OK;
}
