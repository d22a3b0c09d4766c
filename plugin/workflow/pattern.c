/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

static const double alike = 0.8;    /* likeness from which two are one */
static const double cohesion = 0.6; /* of a pattern, at every joint */
static const double habit = 0.2;    /* of the sessions with its rarest step */
static const double kin = 0.5;      /* likeness of patterns of one kind */

enum {
    SETS_BYTES_MAX = 64 << 20,
    SETS_BYTES_KEPT = 4 * PATTERNS_MAX * WINDOW_TEAM_MAX / 8,
    NEIGHBOURS_MAX = 256 /* looked at when alike patterns are merged */
};

/* ---- nomination ---------------------------------------------------------- */

uint64_t pattern_label(const struct alphabet *alphabet, uint64_t team_hash,
                       const uint16_t *symbols, uint32_t length)
{
    uint64_t label = team_hash;
    for (uint32_t i = 0; i < length; i++) {
        label = nominate_mix(label, alphabet_hash(alphabet, symbols[i] / 2U) +
                                        (symbols[i] & 1U));
    }
    return label;
}

void pattern_nominate(struct nominations *nominations,
                      const struct alphabet *alphabet, uint64_t team_hash,
                      const struct session *session)
{
    uint64_t labels[SESSION_SYMBOLS_MAX];
    uint32_t count = session->symbol_count;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t symbol = session->symbols[i];
        labels[i] = alphabet_hash(alphabet, symbol / 2U) + (symbol & 1U);
    }
    for (uint32_t i = 0; i + 1 < count; i++) {
        uint64_t first = nominate_mix(team_hash, labels[i]);
        for (uint32_t j = i + 1; j <= i + PATTERN_GAP + 1 && j < count; j++) {
            nominate_add(nominations, nominate_mix(first, labels[j]),
                         session->principal_hash);
        }
    }
}

/* ---- mining -------------------------------------------------------------- */

struct finder {
    const struct pattern_source *source;
    struct patterns *out;
    struct map *supports; /* label -> sessions, of all that is frequent */
    bool is_full;
};

static void note_support(struct finder *finder, const struct mined *found)
{
    uint64_t label =
        pattern_label(finder->source->alphabet, finder->source->team_hash,
                      found->symbols, found->length);
    enum err err = map_put(finder->supports, bytes_of(&label, sizeof(label)),
                           (void *)(uintptr_t)found->sequences);
    assert(err == ERR_OK); /* as large as what is mined at most */
}

static uint32_t support_of(const struct finder *finder, const uint16_t *symbols,
                           uint32_t length)
{
    uint64_t label = pattern_label(finder->source->alphabet,
                                   finder->source->team_hash, symbols, length);
    return (uint32_t)(uintptr_t)map_get(finder->supports,
                                        bytes_of(&label, sizeof(label)));
}

/* Whether at every joint most sessions that have one side have both: whatever
 * else stands behind a step now and then is no part of a workflow. */
static bool is_cohesive(const struct finder *finder,
                        const struct pattern *pattern)
{
    uint32_t rarest = UINT32_MAX;
    for (uint32_t i = 0; i < pattern->length; i++) {
        uint32_t alone = support_of(finder, pattern->symbols + i, 1);
        rarest = alone < rarest ? alone : rarest;
    }
    if (pattern->sessions < habit * rarest) {
        return false;
    }
    for (uint32_t joint = 1; joint < pattern->length; joint++) {
        uint32_t before = support_of(finder, pattern->symbols, joint);
        uint32_t behind = support_of(finder, pattern->symbols + joint,
                                     pattern->length - joint);
        uint32_t least = before < behind ? before : behind;
        if (pattern->sessions < cohesion * least) {
            return false;
        }
    }
    return true;
}

static bool is_advice(const struct alphabet *alphabet, uint16_t symbol)
{
    return symbol / 2U != 0 && (symbol & 1U) == 0 &&
           !(alphabet_traits(alphabet, symbol / 2U) & STEP_SUPPRESSOR);
}

/* Parts of advice are advice, and have as many principals at least. */
static bool may_be(const void *context, const uint16_t pair[2])
{
    const struct pattern_source *source = context;
    uint64_t label =
        pattern_label(source->alphabet, source->team_hash, pair, 2);
    /* Three principals may share a bit; they hardly all do. */
    return is_advice(source->alphabet, pair[0]) &&
           is_advice(source->alphabet, pair[1]) &&
           nominate_count(source->nominations, label) >=
               PATTERN_PRINCIPALS_MIN - 1;
}

static uint64_t set_digest(const uint64_t *set, uint32_t words)
{
    uint64_t digest = 0;
    for (uint32_t i = 0; i < words; i++) {
        digest = nominate_mix(digest, set[i] + i);
    }
    return digest;
}

static void keep(void *context, const struct mined *found)
{
    struct finder *finder = context;
    const struct pattern_source *source = finder->source;
    struct patterns *out = finder->out;
    note_support(finder, found);
    if (found->length < 2 || finder->is_full) {
        return;
    }
    bool is_room =
        out->arena.used + out->words * sizeof(uint64_t) <= SETS_BYTES_MAX;
    uint64_t *set =
        is_room ? arena_take(&out->arena, out->words * sizeof(uint64_t)) : NULL;
    if (!set) {
        finder->is_full = true;
        return;
    }
    for (size_t i = 0; i < found->end_count; i++) {
        uint32_t session = found->ends[i].sequence;
        set[session / 64] |= UINT64_C(1) << (session % 64);
    }
    if (out->count == out->capacity) {
        out->capacity = out->capacity ? 2 * out->capacity : 256;
        out->items =
            mem_grow(out->items, out->capacity * sizeof(struct pattern));
    }
    struct pattern *pattern = &out->items[out->count++];
    *pattern = (struct pattern){
        .length = found->length,
        .sessions = found->sequences,
        .principals = found->groups,
        .set = set,
        .digest = set_digest(set, out->words),
        .label = pattern_label(source->alphabet, source->team_hash,
                               found->symbols, found->length),
    };
    memcpy(pattern->symbols, found->symbols, found->length * sizeof(uint16_t));
}

static struct sequence *sequences_of(const struct window_list *sessions)
{
    struct sequence *sequences =
        mem_new_array((size_t)sessions->count + 1, sizeof(*sequences));
    uint32_t group = 0;
    for (uint32_t i = 0; i < sessions->count; i++) {
        const struct session *session = sessions->items[i];
        group += i > 0 && session->principal_hash !=
                              sessions->items[i - 1]->principal_hash;
        sequences[i] =
            (struct sequence){session->symbols, session->symbol_count, group};
    }
    return sequences;
}

/* Asks for more sessions until what is found has room. */
static void mine_within(struct finder *finder, const struct sequence *sequences)
{
    const struct pattern_source *source = finder->source;
    struct patterns *out = finder->out;
    struct miner_setting setting = {
        .symbols = 2 * alphabet_size(source->alphabet),
        .min_sequences = source->sessions->count / 50,
        .min_groups = PATTERN_PRINCIPALS_MIN,
        .max_gap = PATTERN_GAP,
        .max_length = PATTERN_LENGTH_MAX,
        .max_patterns = PATTERNS_MINED_MAX,
        .may_be = may_be,
        .may_context = source,
    };
    if (setting.min_sequences < PATTERN_SESSIONS_MIN) {
        setting.min_sequences = PATTERN_SESSIONS_MIN;
    }
    for (;;) {
        finder->is_full = false;
        finder->supports = map_new(PATTERNS_MINED_MAX, NULL);
        enum err err =
            mine(sequences, source->sessions->count, &setting, keep, finder);
        out->min_sessions = setting.min_sequences;
        if (err == ERR_OK && !finder->is_full) {
            return;
        }
        map_free(finder->supports);
        setting.min_sequences += setting.min_sequences / 2;
        out->count = 0;
        arena_reset(&out->arena);
    }
}

/* ---- the longest of each ------------------------------------------------- */

bool pattern_is_part(const struct pattern *part, const struct pattern *whole)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < whole->length && at < part->length; i++) {
        at += whole->symbols[i] == part->symbols[at];
    }
    return at == part->length;
}

double pattern_likeness(const struct pattern *a, const struct pattern *b,
                        uint32_t words)
{
    uint32_t both = 0;
    for (uint32_t i = 0; i < words; i++) {
        both += bits_count(a->set[i] & b->set[i]);
    }
    uint32_t either = a->sessions + b->sessions - both;
    return either ? (double)both / either : 0;
}

/* Most sessions first, then the longest; sets stand together. */
static int compare_patterns(const void *a, const void *b)
{
    const struct pattern *x = a;
    const struct pattern *y = b;
    if (x->sessions != y->sessions) {
        return x->sessions > y->sessions ? -1 : 1;
    }
    if (x->digest != y->digest) {
        return x->digest < y->digest ? -1 : 1;
    }
    if (x->length != y->length) {
        return x->length > y->length ? -1 : 1;
    }
    return (x->label > y->label) - (x->label < y->label);
}

/* Whether a longer pattern that contains it has nearly the same sessions: at
 * most a tenth fewer, so it stands not far behind it, or has the same set. */
static bool is_said_by(const struct patterns *all, uint32_t at)
{
    const struct pattern *it = &all->items[at];
    uint32_t from = at > NEIGHBOURS_MAX ? at - NEIGHBOURS_MAX : 0;
    uint32_t to = all->count - at > 8 * NEIGHBOURS_MAX ? at + 8 * NEIGHBOURS_MAX
                                                       : all->count;
    for (uint32_t i = from; i < to; i++) {
        const struct pattern *other = &all->items[i];
        if (other->sessions < alike * it->sessions) {
            return false;
        }
        if (other->length > it->length &&
            it->sessions >= alike * other->sessions &&
            pattern_is_part(it, other) &&
            pattern_likeness(it, other, all->words) >= alike) {
            return true;
        }
    }
    return false;
}

static void keep_cohesive(const struct finder *finder,
                          struct patterns *patterns)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < patterns->count; i++) {
        if (is_cohesive(finder, &patterns->items[i])) {
            patterns->items[kept++] = patterns->items[i];
        }
    }
    patterns->count = kept;
}

static void keep_longest(struct patterns *patterns)
{
    if (patterns->count == 0) {
        return;
    }
    qsort(patterns->items, patterns->count, sizeof(*patterns->items),
          compare_patterns);
    bool *is_gone = mem_new_array(patterns->count, sizeof(*is_gone));
    for (uint32_t i = 0; i < patterns->count; i++) {
        is_gone[i] = is_said_by(patterns, i);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < patterns->count; i++) {
        if (!is_gone[i]) {
            patterns->items[kept++] = patterns->items[i];
        }
    }
    patterns->count = kept;
    free(is_gone);
}

/* ---- one of each kind ---------------------------------------------------- */

/* How much of the sessions it covers: steps beyond the first, in sessions. */
static uint64_t width(const struct pattern *pattern)
{
    return (uint64_t)pattern->sessions * (pattern->length - 1);
}

static int compare_widths(const void *a, const void *b)
{
    const struct pattern *x = a;
    const struct pattern *y = b;
    if (width(x) != width(y)) {
        return width(x) > width(y) ? -1 : 1;
    }
    return (x->label > y->label) - (x->label < y->label);
}

static bool is_kin(const struct patterns *all, const struct pattern *a,
                   const struct pattern *b)
{
    return pattern_likeness(a, b, all->words) >= kin;
}

/* Whether ${it} says more than ${best}, or the same of more sessions. */
static bool is_more_specific(const struct pattern *it,
                             const struct pattern *best)
{
    if (it->length != best->length) {
        return it->length > best->length;
    }
    return it->sessions != best->sessions ? it->sessions > best->sessions
                                          : it->label < best->label;
}

/* The longest of a kind that contains the widest, or NULL. */
static const struct pattern *most_specific(const struct patterns *all,
                                           const struct pattern *widest)
{
    const struct pattern *best = NULL;
    for (uint32_t i = 0; i < all->count; i++) {
        const struct pattern *it = &all->items[i];
        if (it->length > widest->length && pattern_is_part(widest, it) &&
            is_kin(all, widest, it) && (!best || is_more_specific(it, best))) {
            best = it;
        }
    }
    return best;
}

/* Patterns that share half of their sessions are of one kind, so that the
 * family is as large as there are different things to say. The widest of each
 * is tested; and the most specific, since a step that is often left out may be
 * what it takes. */
static void keep_kinds(struct patterns *patterns)
{
    struct pattern *kept =
        mem_new_array((size_t)2 * PATTERNS_MAX + 1, sizeof(*kept));
    uint32_t kinds = 0;
    if (patterns->count > 0) {
        qsort(patterns->items, patterns->count, sizeof(*patterns->items),
              compare_widths);
    }
    for (uint32_t i = 0; i < patterns->count && kinds < PATTERNS_MAX; i++) {
        bool is_new = true;
        for (uint32_t k = 0; is_new && k < kinds; k++) {
            is_new = !is_kin(patterns, &kept[k], &patterns->items[i]);
        }
        if (is_new) {
            kept[kinds] = patterns->items[i];
            kept[kinds].kind = kinds;
            kinds++;
        }
    }
    uint32_t count = kinds;
    for (uint32_t k = 0; k < kinds; k++) {
        const struct pattern *specific = most_specific(patterns, &kept[k]);
        if (specific) {
            kept[count] = *specific;
            kept[count++].kind = k;
        }
    }
    free(patterns->items);
    patterns->items = kept;
    patterns->count = count;
    patterns->capacity = count;
    patterns->kinds = kinds;
}

/* ---- who took the steps ---------------------------------------------------
 */

/* Positions of a session, as bits. */
struct places {
    uint64_t words[(MINER_SEQUENCE_MAX + 63) / 64];
};

enum {
    PLACE_WORDS = (MINER_SEQUENCE_MAX + 63) / 64
};

/* Each bit one place up. */
static void shift(struct places *places)
{
    for (size_t i = PLACE_WORDS; i-- > 0;) {
        places->words[i] =
            places->words[i] << 1 | (i > 0 ? places->words[i - 1] >> 63 : 0);
    }
}

static bool keep_where(struct places *places, const struct session *session,
                       uint16_t symbol)
{
    bool any = false;
    struct places found = {{0}};
    for (uint32_t i = 0; i < session->symbol_count; i++) {
        uint64_t bit = UINT64_C(1) << (i % 64);
        if (session->symbols[i] == symbol && places->words[i / 64] & bit) {
            found.words[i / 64] |= bit;
            any = true;
        }
    }
    *places = found;
    return any;
}

/* The places that a step behind ${ends} may have. */
static struct places reach_of(struct places ends)
{
    struct places reach = {{0}};
    for (uint32_t gap = 0; gap <= PATTERN_GAP_WIDE; gap++) {
        shift(&ends);
        for (size_t i = 0; i < PLACE_WORDS; i++) {
            reach.words[i] |= ends.words[i];
        }
    }
    return reach;
}

static bool took_steps(const struct session *session,
                       const struct pattern *pattern)
{
    struct places ends;
    memset(&ends, 0xff, sizeof(ends));
    bool any = keep_where(&ends, session, pattern->symbols[0]);
    for (uint32_t s = 1; any && s < pattern->length; s++) {
        ends = reach_of(ends);
        any = keep_where(&ends, session, pattern->symbols[s]);
    }
    return any;
}

/* The sessions that took its last step, well or not. */
static void mark_reached(const struct window_list *sessions,
                         struct pattern *pattern)
{
    uint32_t last = pattern->symbols[pattern->length - 1] / 2U;
    for (uint32_t i = 0; i < sessions->count; i++) {
        const struct session *session = sessions->items[i];
        bool is_there = false;
        for (uint32_t p = 0; !is_there && p < session->symbol_count; p++) {
            is_there = session->symbols[p] / 2U == last;
        }
        pattern->reached[i / 64] |= (uint64_t)is_there << (i % 64);
    }
}

/* Who lost time between two steps took them all the same. */
static void widen(const struct window_list *sessions, struct pattern *pattern)
{
    uint64_t last = 0;
    pattern->sessions = 0;
    pattern->principals = 0;
    for (uint32_t i = 0; i < sessions->count; i++) {
        const struct session *session = sessions->items[i];
        if (!pattern_has(pattern, i) && !took_steps(session, pattern)) {
            continue;
        }
        pattern->set[i / 64] |= UINT64_C(1) << (i % 64);
        pattern->principals +=
            pattern->sessions == 0 || session->principal_hash != last;
        pattern->sessions++;
        last = session->principal_hash;
    }
}

void patterns_find(const struct pattern_source *source, struct patterns *out)
{
    *out = (struct patterns){.words = (source->sessions->count + 63) / 64};
    arena_init(&out->arena, SETS_BYTES_MAX + SETS_BYTES_KEPT);
    struct finder finder = {.source = source, .out = out};
    struct sequence *sequences = sequences_of(source->sessions);
    mine_within(&finder, sequences);
    free(sequences);
    out->mined = out->count;
    keep_cohesive(&finder, out);
    map_free(finder.supports);
    keep_longest(out);
    keep_kinds(out);
    for (uint32_t i = 0; i < out->count; i++) {
        struct pattern *pattern = &out->items[i];
        pattern->reached =
            arena_take(&out->arena, out->words * sizeof(uint64_t));
        assert(pattern->reached); /* the sets of those left out are more */
        widen(source->sessions, pattern);
        mark_reached(source->sessions, pattern);
    }
}

void patterns_fini(struct patterns *patterns)
{
    arena_fini(&patterns->arena);
    free(patterns->items);
    *patterns = (struct patterns){0};
}
