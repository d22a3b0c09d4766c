/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/hygiene.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "plugin/hygiene/budget.h"
#include "plugin/hygiene/fusion.h"
#include "plugin/hygiene/text/compare.h"
#include "plugin/hygiene/text/pairs.h"
#include "plugin/hygiene/typed.h"

struct search {
    const struct hygiene_question *question;
    struct hygiene_findings *findings;
    size_t capacity;
    /* Of every entry: a finding is about it; it goes. */
    bool *is_told;
    bool *is_leaving;
};

static size_t index_of(const struct search *search,
                       const struct hygiene_entry *entry)
{
    return (size_t)(entry - search->question->entries);
}

/* ${finding} is about an entry that no other is about; else nothing. */
static void add(struct search *search, const struct hygiene_finding *finding)
{
    struct hygiene_findings *findings = search->findings;
    size_t at = index_of(search, finding->entry);
    if (search->is_told[at]) {
        return;
    }
    if (findings->count == HYGIENE_FINDINGS_MAX) {
        findings->dropped++;
        return;
    }
    if (findings->count == search->capacity) {
        search->capacity = search->capacity ? 2 * search->capacity : 64;
        findings->items =
            mem_grow(findings->items, search->capacity * sizeof(*finding));
    }
    search->is_told[at] = true;
    search->is_leaving[at] = finding->action == HYGIENE_RETIRE;
    findings->items[findings->count++] = *finding;
}

/* ---- typed --------------------------------------------------------------- */

static void tell_typed(void *context, const struct hygiene_entry *loser,
                       const struct hygiene_entry *winner,
                       enum typed_relation relation, const char *rule)
{
    struct search *search = context;
    bool is_same = relation == TYPED_SAME;
    struct hygiene_finding finding = {
        .label = is_same ? HYGIENE_DUPLICATE : HYGIENE_CONTRADICTION,
        .action = hygiene_is_fixed(loser) ? HYGIENE_TELL : HYGIENE_RETIRE,
        .entry = loser,
        .others = {winner},
        .other_count = 1,
        .rule = rule,
        .is_typed = true,
        .is_exact = is_same && typed_is_exact(loser, winner),
        .jaccard = is_same ? 1 : 0,
        .ratio = 1,
    };
    add(search, &finding);
}

/* ---- free text ----------------------------------------------------------- */

/* Two entries and how their texts compare. */
struct compared {
    const struct hygiene_entry *a;
    const struct hygiene_entry *b;
    struct comparison comparison;
};

/* Free text meets what was counted only if it says the same: the wording of
 * what was counted is our own. */
static bool is_free(const struct hygiene_entry *a,
                    const struct hygiene_entry *b)
{
    return a->kind == ENTRY_AUTHORED || b->kind == ENTRY_AUTHORED;
}

static size_t compare_all(const struct search *search,
                          const struct pairs *pairs, struct compared *out)
{
    const struct hygiene_entry *entries = search->question->entries;
    size_t count = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct hygiene_entry *a = &entries[pairs->items[i].a];
        const struct hygiene_entry *b = &entries[pairs->items[i].b];
        if (!is_free(a, b)) {
            continue;
        }
        struct comparison comparison = note_compare(&a->note, &b->note);
        if (comparison.relation != RELATION_NONE) {
            out[count++] = (struct compared){a, b, comparison};
        }
    }
    return count;
}

/* The one of two that say the same that goes. */
static const struct hygiene_entry *
lesser_of(const struct compared *it, const struct hygiene_entry **out_kept)
{
    bool a_stays = fusion_prefers(it->a, it->b) <= 0;
    *out_kept = a_stays ? it->a : it->b;
    return a_stays ? it->b : it->a;
}

/* Notes of one store become one by a merge of what stays; across stores, and
 * where what stays was counted, the other is retired with a pointer. */
static bool is_mergeable(const struct hygiene_entry *lesser,
                         const struct hygiene_entry *kept)
{
    return lesser->kind == ENTRY_AUTHORED && kept->kind == ENTRY_AUTHORED &&
           bytes_equal(lesser->store, kept->store);
}

static void retire_copy(struct search *search, const struct compared *it,
                        const struct hygiene_entry *lesser,
                        const struct hygiene_entry *kept)
{
    struct hygiene_finding finding = {
        .label = HYGIENE_DUPLICATE,
        .action = hygiene_is_fixed(lesser) ? HYGIENE_TELL : HYGIENE_RETIRE,
        .entry = lesser,
        .others = {kept},
        .other_count = 1,
        .rule = kept->is_team && !lesser->is_team ? "team" : "specific",
        .jaccard = it->comparison.jaccard,
        .ratio = it->comparison.ratio,
    };
    add(search, &finding);
}

/* A note that may go into another, which stays. */
struct copy {
    const struct hygiene_entry *kept;
    const struct hygiene_entry *lesser;
    const struct comparison *comparison;
};

static int compare_copies(const void *a, const void *b)
{
    const struct copy *x = a;
    const struct copy *y = b;
    int order = hygiene_place_compare(x->kept, y->kept);
    return order ? order : hygiene_place_compare(x->lesser, y->lesser);
}

/* All that says what copies[0].kept says, as one finding about it. Everything
 * is compared with what stays, never along a chain. */
static void merge_copies(struct search *search, const struct copy *copies,
                         size_t count)
{
    struct hygiene_finding finding = {.label = HYGIENE_DUPLICATE,
                                      .action = HYGIENE_MERGE,
                                      .entry = copies[0].kept,
                                      .rule = "specific",
                                      .jaccard = 1,
                                      .ratio = 1};
    for (size_t i = 0; i < count; i++) {
        const struct comparison *found = copies[i].comparison;
        if (search->is_told[index_of(search, copies[i].lesser)] ||
            finding.other_count == HYGIENE_OTHERS_MAX) {
            continue;
        }
        finding.others[finding.other_count++] = copies[i].lesser;
        finding.jaccard = fmin(found->jaccard, finding.jaccard);
        finding.ratio = fmin(found->ratio, finding.ratio);
    }
    if (finding.other_count == 0 ||
        search->is_told[index_of(search, finding.entry)]) {
        return;
    }
    add(search, &finding);
    for (size_t i = 0; i < finding.other_count; i++) {
        size_t gone = index_of(search, finding.others[i]);
        search->is_told[gone] = search->is_leaving[gone] = true;
    }
}

/* What something better says already stands for nothing. */
static void merge_all(struct search *search, const struct copy *copies,
                      size_t count)
{
    bool *is_outdone = mem_new_array(search->question->count + 1, sizeof(bool));
    for (size_t i = 0; i < count; i++) {
        is_outdone[index_of(search, copies[i].lesser)] = true;
    }
    size_t from = 0;
    while (from < count) {
        size_t to = from + 1;
        while (to < count && copies[to].kept == copies[from].kept) {
            to++;
        }
        if (!is_outdone[index_of(search, copies[from].kept)]) {
            merge_copies(search, copies + from, to - from);
        }
        from = to;
    }
    free(is_outdone);
}

static void find_copies(struct search *search, const struct compared *list,
                        size_t count)
{
    struct copy *copies = mem_new_array(count + 1, sizeof(*copies));
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct hygiene_entry *kept;
        const struct hygiene_entry *lesser = lesser_of(&list[i], &kept);
        if (list[i].comparison.relation != RELATION_SAME) {
            continue;
        }
        if (!is_mergeable(lesser, kept)) {
            retire_copy(search, &list[i], lesser, kept);
        } else if (!hygiene_is_fixed(lesser)) {
            copies[found++] = (struct copy){kept, lesser, &list[i].comparison};
        }
    }
    if (found > 0) {
        qsort(copies, found, sizeof(*copies), compare_copies);
    }
    merge_all(search, copies, found);
    free(copies);
}

/* The one a human is asked about: an agent's own before its team's, what was
 * written before what was counted, the older, the first by place. */
static const struct hygiene_entry *doubted_of(const struct compared *it)
{
    const struct hygiene_entry *a = it->a;
    const struct hygiene_entry *b = it->b;
    if (a->is_team != b->is_team) {
        return a->is_team ? b : a;
    }
    if ((a->kind == ENTRY_AUTHORED) != (b->kind == ENTRY_AUTHORED)) {
        return a->kind == ENTRY_AUTHORED ? a : b;
    }
    if (a->time_us != b->time_us) {
        return a->time_us < b->time_us ? a : b;
    }
    return hygiene_place_compare(a, b) < 0 ? a : b;
}

static void find_opposites(struct search *search, const struct compared *list,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct compared *it = &list[i];
        const struct hygiene_entry *doubted = doubted_of(it);
        const struct hygiene_entry *other = doubted == it->a ? it->b : it->a;
        if (it->comparison.relation != RELATION_AGAINST ||
            search->is_leaving[index_of(search, other)] || it->a->is_suspect ||
            it->b->is_suspect) {
            continue;
        }
        struct hygiene_finding finding = {
            .label = HYGIENE_CONTRADICTION,
            .action =
                doubted->kind == ENTRY_AUTHORED ? HYGIENE_FLAG : HYGIENE_TELL,
            .entry = doubted,
            .others = {other},
            .other_count = 1,
            .rule = contrast_kind_name(it->comparison.contrast),
            .jaccard = it->comparison.jaccard,
            .ratio = it->comparison.ratio,
        };
        add(search, &finding);
    }
}

static void find_free(struct search *search)
{
    const struct hygiene_question *question = search->question;
    struct pairs pairs = pairs_of(question->entries, question->count);
    struct compared *list = mem_new_array(pairs.count + 1, sizeof(*list));
    size_t count = compare_all(search, &pairs, list);
    find_copies(search, list, count);
    find_opposites(search, list, count);
    search->findings->dropped += pairs.dropped;
    free(list);
    pairs_fini(&pairs);
}

/* ---- stale --------------------------------------------------------------- */

/* The part of a path or name of ${word} that vanished; empty: none. Written
 * long after it was last seen, the note may be about just that. */
static struct bytes gone_part(const struct search *search,
                              const struct hygiene_entry *entry,
                              struct bytes word)
{
    size_t at = 0;
    while (at < word.len) {
        size_t slash = bytes_find(word, BYTES_LITERAL("/"), at);
        size_t end = slash == SIZE_MAX ? word.len : slash;
        struct bytes part = bytes_slice(word, at, end - at);
        int64_t last_us = 0;
        if (vanish_ask(search->question->vanish, search->question->team, part,
                       &last_us) == VANISH_GONE &&
            entry->time_us <= last_us + VANISH_DAYS * US_PER_DAY) {
            return part;
        }
        at = end + 1;
    }
    return bytes_of(NULL, 0);
}

static struct bytes gone_name(const struct search *search,
                              const struct hygiene_entry *entry)
{
    struct bytes gone = bytes_of(NULL, 0);
    for (size_t i = 0; i < entry->note.word_count; i++) {
        const struct note_word *word = &entry->note.words[i];
        struct bytes part = word->kind == NOTE_NAME
                                ? gone_part(search, entry, word->text)
                                : bytes_of(NULL, 0);
        if (part.len > 0 && (gone.len == 0 || bytes_compare(part, gone) < 0)) {
            gone = part;
        }
    }
    return gone;
}

/* No support for three half-lives. Whoever was told and does so is no support,
 * so what is told can lose its support by being followed: this is only said. */
static bool is_unsupported(const struct hygiene_entry *entry, int64_t now_us)
{
    int64_t half_life_us =
        (entry->kind == ENTRY_PREFERENCE ? 30 : 14) * (int64_t)US_PER_DAY;
    bool has_half_life =
        entry->kind != ENTRY_AUTHORED && entry->kind != ENTRY_DIRECTIVE;
    return has_half_life && entry->last_us != 0 &&
           now_us - entry->last_us > HYGIENE_SUPPORT_HALF_LIVES * half_life_us;
}

static void find_stale(struct search *search)
{
    const struct hygiene_question *question = search->question;
    for (size_t i = 0; i < question->count; i++) {
        const struct hygiene_entry *entry = &question->entries[i];
        struct hygiene_finding finding = {.label = HYGIENE_STALE,
                                          .entry = entry};
        /* What was counted is counted again at every dream. */
        bool is_note = entry->kind == ENTRY_AUTHORED;
        if (question->vanish && is_note) {
            finding.gone = gone_name(search, entry);
        }
        if (finding.gone.len > 0) {
            finding.action =
                hygiene_is_fixed(entry) ? HYGIENE_TELL : HYGIENE_RETIRE;
            finding.rule = "vanished";
            add(search, &finding);
        } else if (is_unsupported(entry, question->now_us)) {
            finding.action = HYGIENE_TELL;
            finding.rule = "unsupported";
            add(search, &finding);
        }
    }
}

/* ---- budget -------------------------------------------------------------- */

/* Of the entries [from, to), which are of one store. */
static void find_surplus(struct search *search, size_t from, size_t to)
{
    const struct hygiene_question *question = search->question;
    uint64_t tokens = question->budget_tokens ? question->budget_tokens
                                              : BUDGET_TOKENS_DEFAULT;
    const struct hygiene_entry **entries =
        mem_new_array(to - from + 1, sizeof(struct hygiene_entry *));
    bool *keep = mem_new_array(to - from + 1, sizeof(*keep));
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        if (!search->is_leaving[i]) {
            entries[count++] = &question->entries[i];
        }
    }
    budget_choose(entries, count, tokens, question->now_us, keep);
    for (size_t i = 0; i < count; i++) {
        struct hygiene_finding finding = {.label = HYGIENE_BUDGET,
                                          .action = HYGIENE_RETIRE,
                                          .entry = entries[i],
                                          .rule = "budget"};
        if (!keep[i]) {
            add(search, &finding);
        }
    }
    free(keep);
    free(entries);
}

static void find_all_surplus(struct search *search)
{
    const struct hygiene_question *question = search->question;
    size_t from = 0;
    while (from < question->count) {
        size_t to = from + 1;
        while (to < question->count &&
               bytes_equal(question->entries[to].store,
                           question->entries[from].store)) {
            to++;
        }
        find_surplus(search, from, to);
        from = to;
    }
}

/* ---- all ----------------------------------------------------------------- */

static int compare_findings(const void *a, const void *b)
{
    const struct hygiene_finding *x = a;
    const struct hygiene_finding *y = b;
    return hygiene_place_compare(x->entry, y->entry);
}

struct hygiene_findings hygiene_find(const struct hygiene_question *question)
{
    struct hygiene_findings findings = {NULL, 0, 0};
    struct search search = {.question = question, .findings = &findings};
    search.is_told = mem_new_array(question->count + 1, sizeof(bool));
    search.is_leaving = mem_new_array(question->count + 1, sizeof(bool));
    typed_find(question->entries, question->count, tell_typed, &search);
    find_free(&search);
    find_stale(&search);
    find_all_surplus(&search);
    free(search.is_leaving);
    free(search.is_told);
    if (findings.count > 0) {
        qsort(findings.items, findings.count, sizeof(*findings.items),
              compare_findings);
    }
    return findings;
}

void hygiene_findings_fini(struct hygiene_findings *findings)
{
    free(findings->items);
    *findings = (struct hygiene_findings){NULL, 0, 0};
}
