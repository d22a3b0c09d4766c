/* SPDX-License-Identifier: MIT */
/* From mistakes to candidates. Messages differ in more than what masks take
 * out: of one tool, templates of one group (plugin/template/) with the same
 * identifying values are one mistake. The one that occurs in most of what was
 * seen is told, with the trials of all; the others are merged into it. */
#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "memory/option.h"
#include "plugin/detect/mistakes/fix/fixes.h"
#include "plugin/detect/mistakes/mistake.h"
#include "plugin/template/template_groups.h"

enum {
    HEAD_MIN = 8,       /* bytes of a first line that tells anything */
    WORDINGS_TRIED = 8, /* as the one that is told */
    WORDING_SESSIONS_MIN = 3,
    FIX_ARENA_MAX = 1 << 20,
    /* One in so many occurrences of what is covered may be of no known place,
     * where a fix would be lost, and where not. */
    COVERED_WITH_FIX = 8,
    COVERED_WITHOUT = 2
};

/* A mistake, while places are found. */
struct member {
    struct mistake *mistake;
    uint64_t group;
    uint64_t values;
};

struct placing {
    struct member *members;
    size_t count;
};

struct gathering {
    const struct detector_setting *setting;
    const struct features *features;
    struct candidates *out;
};

/* Whether memories say which names exist wherever this one does not, and one
 * in ${share} occurrences at most is of no known place. */
static bool is_covered(const struct mistake *mistake, uint64_t share)
{
    bool all_told = mistake->denial_count > 0 && !mistake->has_more_denials &&
                    mistake->unplaced * share <= mistake->occurrences;
    for (uint32_t i = 0; i < mistake->denial_count && all_told; i++) {
        all_told = truth_is_told(&mistake->denials[i]);
    }
    return all_told;
}

static enum reason first_reason(const struct mistake *mistake,
                                const struct mistake_memo *memo)
{
    bool has_fix = memo->fix && memo->fix->text.len > 0;
    if (is_covered(mistake, has_fix ? COVERED_WITH_FIX : COVERED_WITHOUT)) {
        return REASON_COVERED;
    }
    if (mistake->seen.count == 0) {
        return mistake->exposed > 0 ? REASON_EXPOSED : REASON_NO_EVIDENCE;
    }
    return memo->is_burst ? REASON_INCIDENT : REASON_UNDECIDED;
}

/* Occurrences that could be cited and are not, of more than may be. In any
 * order of sessions the same, unlike what the set had to turn away. */
static uint64_t left_out(const struct mistake *mistake)
{
    uint64_t cited =
        mistake->exposed + mistake->unquotable + mistake->seen.count;
    return mistake->seen.left_out > 0 && mistake->occurrences > cited
               ? mistake->occurrences - cited
               : 0;
}

/* ---- what is kept between dreams ----------------------------------------- */

/* Adds the witnesses of ${from} that say what ${into} does, and that had not
 * been told of it. */
static void absorb(const struct gathering *all, const struct mistake *from,
                   struct mistake *into)
{
    struct mistake_memo *memo = &into->memo;
    for (uint32_t i = 0; i < from->seen.count; i++) {
        struct sighting *seen = from->seen.items[i];
        if (memo->seen_count < SIGHTINGS_MAX &&
            option_occurs(into->option, seen->quote) &&
            !exposures_told(all->setting->exposures, into->finding,
                            seen->view) &&
            !sightings_echo(memo->seen, memo->seen_count, seen)) {
            memo->seen[memo->seen_count++] = seen;
        }
    }
}

/* The witnesses of wordings[0..count), of which the first one is told. */
static void see_all(const struct gathering *all,
                    struct mistake *const *wordings, size_t count)
{
    struct mistake *head = wordings[0];
    struct mistake_memo *memo = &head->memo;
    size_t room = 0;
    for (size_t i = 0; i < count; i++) {
        room += wordings[i]->seen.count;
    }
    room = room < SIGHTINGS_MAX ? room : SIGHTINGS_MAX;
    memo->seen = mem_new_array(room ? room : 1, sizeof(*memo->seen));
    memo->seen_count = head->seen.count;
    if (head->seen.count > 0) {
        memcpy(memo->seen, head->seen.items,
               head->seen.count * sizeof(*memo->seen));
    }
    for (size_t i = 1; i < count; i++) {
        absorb(all, wordings[i], head);
    }
}

static struct bytes own_text(struct bytes text)
{
    return text.len > 0 ? bytes_of(bytes_to_text(text), text.len)
                        : bytes_of(NULL, 0);
}

/* Most were never tried anything against. */
static struct fix_figures *own_fix(const struct fix_figures *fix)
{
    if (fix->tried == 0 && fix->retry_principals == 0 && !fix->is_said) {
        return NULL;
    }
    struct fix_figures *own = mem_new(sizeof(*own));
    *own = *fix;
    own->text = own_text(fix->text);
    own->condition = own_text(fix->condition);
    own->told = own_text(fix->told);
    own->told_condition = own_text(fix->told_condition);
    return own;
}

static void find_fix(const struct gathering *all,
                     struct mistake *const *wordings, size_t count,
                     struct mistake_memo *memo)
{
    struct trials trials = {0};
    struct fix_figures fix;
    struct arena arena;
    const struct corrections **corrections =
        mem_new_array(count, sizeof(struct corrections *));
    arena_init(&arena, FIX_ARENA_MAX);
    for (size_t i = 0; i < count; i++) {
        trials_merge(&trials, &wordings[i]->trials);
        corrections[i] = &wordings[i]->corrections;
    }
    const struct mistake *head = wordings[0];
    const struct citing citing = {all->setting->exposures, head->finding};
    memo->label = fix_find(&trials, all->features, &citing, &arena, &fix);
    /* Who was told what to do instead tried nothing by itself. */
    if (memo->label != MISTAKE_FIX &&
        corrections_find(corrections, count, &citing, &arena, &fix)) {
        memo->label = MISTAKE_CORRECTED;
    }
    memo->fix = own_fix(&fix);
    trials_fini(&trials);
    arena_fini(&arena);
    free(corrections);
}

/* Of all that is in it, and of who was told of it. */
static uint64_t version_of(const struct gathering *all,
                           struct mistake *const *wordings, size_t count)
{
    const struct mistake *head = wordings[0];
    uint64_t versions[2] = {
        head->version, exposures_mark(all->setting->exposures, head->finding)};
    if (versions[1] != 0) {
        versions[0] = hash_bytes(bytes_of(versions, sizeof(versions)));
    }
    for (size_t i = 1; i < count; i++) {
        versions[1] = wordings[i]->version;
        versions[0] = hash_bytes(bytes_of(versions, sizeof(versions)));
    }
    return versions[0];
}

/* What wordings[0..count) come to, told as the first one: computed again only
 * if one of them changed, or they are others. */
static const struct mistake_memo *recall(const struct gathering *all,
                                         struct mistake *const *wordings,
                                         size_t count)
{
    struct mistake *head = wordings[0];
    struct mistake_memo *memo = &head->memo;
    uint64_t version = version_of(all, wordings, count);
    if (memo->version == version) {
        return memo;
    }
    all->setting->work->mistakes++;
    mistake_forget(head);
    if (count > 1) {
        see_all(all, wordings, count);
    }
    struct sighting **seen = memo->seen ? memo->seen : head->seen.items;
    memo->seen_count = memo->seen ? memo->seen_count : head->seen.count;
    memo->is_burst = sightings_are_burst(seen, memo->seen_count);
    memo->agents = sightings_agents(seen, memo->seen_count);
    memo->counts = sightings_count(seen, memo->seen_count);
    find_fix(all, wordings, count, memo);
    memo->version = version;
    return memo;
}

static uint64_t count_occurrences(struct mistake *const *wordings, size_t count)
{
    uint64_t occurrences = 0;
    for (size_t i = 0; i < count; i++) {
        occurrences += wordings[i]->occurrences;
    }
    return occurrences;
}

/* Whether ${text}, which begins with ${head}, goes on there: "a: error: no". */
static bool goes_on(struct bytes text, struct bytes head)
{
    return text.len > head.len + 1 && text.data[head.len] == ' ';
}

/* What wordings[0..count) say, the first of which is told: the longest of them
 * that goes on like it and that several sessions met. */
static struct bytes fullest(struct mistake *const *wordings, size_t count)
{
    struct bytes text = wordings[0]->template_text;
    for (size_t i = 1; i < count; i++) {
        const struct mistake *mistake = wordings[i];
        bool is_fuller = mistake->seen.count >= WORDING_SESSIONS_MIN &&
                         goes_on(mistake->template_text, text);
        text = is_fuller ? mistake->template_text : text;
    }
    return text;
}

/* The candidate of wordings[0..count), told as the first one. */
static void add_candidate(const struct gathering *all,
                          struct mistake *const *wordings, size_t count,
                          bool is_merged)
{
    struct mistake *mistake = wordings[0];
    struct candidate *candidate = candidates_add(all->out);
    if (!candidate) {
        return;
    }
    const struct roster *roster = all->setting->roster;
    const struct mistake_memo *memo = recall(all, wordings, count);
    candidate->kind = FINDING_KIND_MISTAKE;
    candidate->team = mistake->team;
    candidate->team_name = roster_team_name(roster, mistake->team);
    candidate->subject = mistake->subject;
    candidate->option = mistake->option;
    candidate->reason = is_merged ? REASON_MERGED : first_reason(mistake, memo);
    candidate->witnesses = memo->seen ? memo->seen : mistake->seen.items;
    candidate->witness_count = memo->seen_count;
    candidate->for_count = memo->seen_count;
    candidate->counts = memo->counts;
    candidate->principals = memo->counts.principals;
    candidate->left_out = left_out(mistake);
    candidate->mistake = (struct mistake_figures){
        .tool = mistake->tool,
        .template_text = fullest(wordings, count),
        .values = mistake->values,
        .tool_users = roster_users(roster, mistake->team, mistake->tool),
        .agents = memo->agents,
        .occurrences = count_occurrences(wordings, count),
        .label = memo->label,
        .fix = memo->fix,
    };
    memcpy(candidate->finding, mistake->finding, sizeof(mistake->finding));
}

/* ---- wordings of one mistake --------------------------------------------- */

/* Teams and tools keep to themselves. */
static struct bytes scope_of(const struct mistake *mistake, struct arena *arena)
{
    struct buf scope;
    buf_init(&scope, 512);
    buf_add_u32(&scope, mistake->team);
    buf_add(&scope, mistake->tool);
    struct bytes copy = arena_copy(arena, buf_bytes(&scope));
    buf_fini(&scope);
    return copy;
}

static void set_groups(struct placing *all)
{
    struct arena arena;
    struct template_seen *seen = mem_new_array(all->count, sizeof(*seen));
    arena_init(&arena, SIZE_MAX / 2);
    for (size_t i = 0; i < all->count; i++) {
        const struct mistake *mistake = all->members[i].mistake;
        seen[i] = (struct template_seen){.scope = scope_of(mistake, &arena),
                                         .text = mistake->template_text,
                                         .count = mistake->seen.count};
    }
    struct template_groups *groups =
        template_groups_build(seen, all->count, TEMPLATE_ERRORS);
    for (size_t i = 0; i < all->count; i++) {
        const struct mistake *mistake = all->members[i].mistake;
        all->members[i].group = template_groups_of(groups, i)->id;
        all->members[i].values =
            mistake->values.len > 0 ? hash_bytes(mistake->option) : 0;
    }
    template_groups_free(groups);
    arena_fini(&arena);
    free(seen);
}

/* Whether something may go on where ${text} ends: "a: error:". */
static bool is_head(struct bytes text)
{
    return text.len >= HEAD_MIN && text.data[text.len - 1] == ':' &&
           bytes_find(text, BYTES_LITERAL(" "), 0) != SIZE_MAX;
}

static bool may_be_one(const struct member *a, const struct member *b)
{
    return a->mistake->team == b->mistake->team && a->values == b->values &&
           a->group != b->group &&
           bytes_equal(a->mistake->tool, b->mistake->tool);
}

/* A message that breaks behind a colon is read as its first line: it joins the
 * one group that begins like it, unless there are several. */
static void join_head(struct placing *all, size_t head, size_t at)
{
    struct member *member = &all->members[head];
    uint64_t group = 0;
    for (; at < all->count; at++) {
        const struct member *other = &all->members[at];
        struct bytes text = other->mistake->template_text;
        if (!bytes_starts_with(text, member->mistake->template_text)) {
            break;
        }
        bool fits = may_be_one(member, other) &&
                    goes_on(text, member->mistake->template_text);
        if (fits && group != 0 && group != other->group) {
            return;
        }
        group = fits ? other->group : group;
    }
    member->group = group != 0 ? group : member->group;
}

static int compare_texts(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    int order =
        bytes_compare(x->mistake->template_text, y->mistake->template_text);
    order = order ? order : bytes_compare(x->mistake->tool, y->mistake->tool);
    order = order ? order
                  : (x->mistake->team > y->mistake->team) -
                        (x->mistake->team < y->mistake->team);
    return order ? order
                 : bytes_compare(x->mistake->option, y->mistake->option);
}

static void join_heads(struct placing *all)
{
    qsort(all->members, all->count, sizeof(*all->members), compare_texts);
    for (size_t i = 0; i < all->count; i++) {
        if (is_head(all->members[i].mistake->template_text)) {
            join_head(all, i, i + 1);
        }
    }
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Wordings of one mistake stand together. */
static int compare_members(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    int order = compare_numbers(x->mistake->team, y->mistake->team);
    order = order ? order : bytes_compare(x->mistake->tool, y->mistake->tool);
    order = order ? order : compare_numbers(x->group, y->group);
    return order ? order : compare_numbers(x->values, y->values);
}

void mistakes_order(struct mistake *const *items, size_t count)
{
    struct placing all = {
        .members = mem_new_array(count ? count : 1, sizeof(*all.members)),
        .count = count};
    for (size_t i = 0; i < count; i++) {
        all.members[i].mistake = items[i];
    }
    if (count > 0) {
        set_groups(&all);
        join_heads(&all);
        qsort(all.members, count, sizeof(*all.members), compare_members);
    }
    for (size_t i = 0; i < count; i++) {
        const struct member *member = &all.members[i];
        member->mistake->order =
            (struct mistake_order){member->group, member->values, i};
    }
    free(all.members);
}

/* ---- which of them is told ----------------------------------------------- */

static bool is_same(const struct mistake *a, const struct mistake *b)
{
    return a->team == b->team && a->order.group == b->order.group &&
           a->order.values == b->order.values && bytes_equal(a->tool, b->tool);
}

/* The most seen first. */
static int compare_wordings(const void *a, const void *b)
{
    const struct mistake *x = *(const struct mistake *const *)a;
    const struct mistake *y = *(const struct mistake *const *)b;
    int order = compare_numbers(y->seen.count, x->seen.count);
    order = order ? order : bytes_compare(x->template_text, y->template_text);
    return order ? order : bytes_compare(x->option, y->option);
}

/* Sessions whose witnesses could be cited for ${mistake}. */
static size_t count_citable(const struct mistake *mistake,
                            struct mistake *const *wordings, size_t count)
{
    size_t citable = 0;
    for (size_t i = 0; i < count; i++) {
        const struct sightings *seen = &wordings[i]->seen;
        for (uint32_t j = 0; j < seen->count; j++) {
            citable += option_occurs(mistake->option, seen->items[j]->quote);
        }
    }
    return citable;
}

/* Of those seen most the one that occurs in most of what was seen, then the
 * shortest. Which was met most often would change all the time, and with it
 * what memory is to hold. */
static size_t find_told(struct mistake *const *wordings, size_t tried)
{
    size_t best = 0;
    size_t most = count_citable(wordings[0], wordings, tried);
    for (size_t i = 1; i < tried; i++) {
        size_t citable = count_citable(wordings[i], wordings, tried);
        size_t len = wordings[i]->template_text.len;
        bool is_better =
            citable > most ||
            (citable == most && len < wordings[best]->template_text.len);
        best = is_better ? i : best;
        most = is_better ? citable : most;
    }
    return best;
}

/* Puts first the wording that all are told as, looked for again only if one of
 * those it is chosen from changed, or they are others. */
static void choose_wording(struct mistake **wordings, size_t count)
{
    uint64_t versions[WORDINGS_TRIED] = {0};
    size_t tried = count < WORDINGS_TRIED ? count : WORDINGS_TRIED;
    if (count < 2) {
        return;
    }
    qsort(wordings, count, sizeof(struct mistake *), compare_wordings);
    for (size_t i = 0; i < tried; i++) {
        versions[i] = wordings[i]->version;
    }
    struct mistake *first = wordings[0];
    uint64_t version = hash_bytes(bytes_of(versions, sizeof(versions)));
    if (first->told_version != version) {
        first->told = find_told(wordings, tried);
        first->told_version = version;
    }
    wordings[0] = wordings[first->told];
    wordings[first->told] = first;
}

void mistakes_gather(const struct detector_setting *setting,
                     const struct features *features,
                     struct mistake *const *items, size_t count,
                     struct candidates *out)
{
    const struct gathering all = {setting, features, out};
    struct mistake **sorted = mem_new_array(count + 1, sizeof(*sorted));
    for (size_t i = 0; i < count; i++) {
        sorted[items[i]->order.rank] = items[i];
    }
    for (size_t from = 0; from < count;) {
        size_t to = from + 1;
        while (to < count && is_same(sorted[from], sorted[to])) {
            to++;
        }
        choose_wording(&sorted[from], to - from);
        add_candidate(&all, &sorted[from], to - from, false);
        for (size_t i = from + 1; i < to; i++) {
            add_candidate(&all, &sorted[i], 1, true);
        }
        from = to;
    }
    free(sorted);
}
