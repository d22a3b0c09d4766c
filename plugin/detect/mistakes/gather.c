/* SPDX-License-Identifier: MIT */
/* From mistakes to candidates. Messages differ in more than what masks take
 * out: of one tool, templates of one group (plugin/template/) with the same
 * identifying values are one mistake. The one that most sessions met is told,
 * with the trials of all; the others are merged into it. */
#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "plugin/detect/mistakes/fix/fixes.h"
#include "plugin/detect/mistakes/mistake.h"
#include "plugin/template/template_groups.h"

enum {
    HEAD_MIN = 8 /* bytes of a first line that tells anything */
};

/* A mistake and what it says together with its other wordings. */
struct member {
    const struct mistake *mistake;
    uint64_t group; /* of its template, or of its own where it has none */
    uint64_t values;
    bool is_merged; /* into another one */
    uint64_t occurrences;
    struct sighting **seen;
    uint32_t seen_count;
    struct trials trials;
};

struct gathering {
    const struct detector_setting *setting;
    const struct features *features;
    struct member *members;
    size_t count;
    struct candidates *out;
};

static uint32_t count_agents(const struct sightings *seen)
{
    uint32_t agents = 0;
    for (uint32_t i = 0; i < seen->count; i++) {
        bool is_new = true;
        for (uint32_t j = 0; j < i && is_new; j++) {
            is_new = !bytes_equal(seen->items[i]->agent, seen->items[j]->agent);
        }
        agents += is_new;
    }
    return agents;
}

/* Whether memories say which names exist wherever this one does not, nearly
 * always. */
static bool is_covered(const struct mistake *mistake)
{
    enum {
        UNPLACED_SHARE = 8 /* one in eight may be of no known place */
    };
    bool all_told = mistake->denial_count > 0 && !mistake->has_more_denials &&
                    mistake->unplaced * UNPLACED_SHARE <= mistake->occurrences;
    for (uint32_t i = 0; i < mistake->denial_count && all_told; i++) {
        all_told = truth_is_told(&mistake->denials[i]);
    }
    return all_told;
}

static enum reason first_reason(const struct mistake *mistake)
{
    if (is_covered(mistake)) {
        return REASON_COVERED;
    }
    if (mistake->seen.count == 0) {
        return mistake->exposed > 0 ? REASON_EXPOSED : REASON_NO_EVIDENCE;
    }
    if (sightings_are_burst(mistake->seen.items, mistake->seen.count)) {
        return REASON_INCIDENT;
    }
    return REASON_UNDECIDED;
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

static void add_candidate(const struct gathering *all, struct member *member)
{
    const struct mistake *mistake = member->mistake;
    struct candidates *out = all->out;
    struct candidate *candidate = candidates_add(out);
    if (!candidate) {
        return;
    }
    const struct roster *roster = all->setting->roster;
    candidate->kind = FINDING_KIND_MISTAKE;
    candidate->team = mistake->team;
    candidate->team_name = roster_team_name(roster, mistake->team);
    candidate->subject = mistake->subject;
    candidate->option = mistake->option;
    candidate->reason =
        member->is_merged ? REASON_MERGED : first_reason(mistake);
    candidate->witnesses = member->seen;
    candidate->witness_count = member->seen_count;
    candidate->for_count = member->seen_count;
    candidate->counts = sightings_count(member->seen, member->seen_count);
    candidate->principals = candidate->counts.principals;
    candidate->left_out = left_out(mistake);
    candidate->mistake = (struct mistake_figures){
        .tool = mistake->tool,
        .template_text = mistake->template_text,
        .values = mistake->values,
        .tool_users = roster_users(roster, mistake->team, mistake->tool),
        .agents = count_agents(&mistake->seen),
        .occurrences = member->occurrences,
    };
    candidate->mistake.label = fix_find(&member->trials, all->features,
                                        &out->arena, &candidate->mistake.fix);
    candidate_name(candidate);
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

static void set_groups(struct gathering *all)
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

/* Whether ${text} goes on where ${head} ends: "a: error:" and "a: error: no".
 */
static bool goes_on(struct bytes text, struct bytes head)
{
    return head.len >= HEAD_MIN && text.len > head.len + 1 &&
           bytes_starts_with(text, head) && text.data[head.len] == ' ' &&
           head.data[head.len - 1] == ':' &&
           bytes_find(head, BYTES_LITERAL(" "), 0) != SIZE_MAX;
}

static bool may_be_one(const struct member *a, const struct member *b)
{
    return a->mistake->team == b->mistake->team && a->values == b->values &&
           a->group != b->group &&
           bytes_equal(a->mistake->tool, b->mistake->tool);
}

/* A message that breaks behind a colon is read as its first line: it joins the
 * one group that begins like it, unless there are several. */
static void join_head(struct gathering *all, size_t head, size_t at)
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

static void join_heads(struct gathering *all)
{
    qsort(all->members, all->count, sizeof(*all->members), compare_texts);
    for (size_t i = 0; i < all->count; i++) {
        join_head(all, i, i + 1);
    }
}

static bool is_same(const struct member *a, const struct member *b)
{
    return a->mistake->team == b->mistake->team && a->group == b->group &&
           a->values == b->values &&
           bytes_equal(a->mistake->tool, b->mistake->tool);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Wordings of one mistake stand together, the most seen first. */
static int compare_members(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    int order = compare_numbers(x->mistake->team, y->mistake->team);
    order = order ? order : bytes_compare(x->mistake->tool, y->mistake->tool);
    order = order ? order : compare_numbers(x->group, y->group);
    order = order ? order : compare_numbers(x->values, y->values);
    order =
        order ? order
              : compare_numbers(y->mistake->seen.count, x->mistake->seen.count);
    order = order ? order
                  : bytes_compare(x->mistake->template_text,
                                  y->mistake->template_text);
    return order ? order
                 : bytes_compare(x->mistake->option, y->mistake->option);
}

static bool is_echo(const struct member *member, const struct sighting *seen)
{
    for (uint32_t i = 0; i < member->seen_count; i++) {
        const struct sighting *other = member->seen[i];
        if ((other->principal == seen->principal &&
             other->session_hash == seen->session_hash) ||
            memcmp(other->root, seen->root, sizeof(seen->root)) == 0) {
            return true;
        }
    }
    return false;
}

/* Room for more witnesses than its own; false if there is none. */
static bool make_room(struct gathering *all, struct member *member)
{
    struct sighting **own = member->mistake->seen.items;
    if (member->seen != own || member->seen_count == 0) {
        return member->seen != own;
    }
    struct sighting **room =
        arena_take(&all->out->arena, SIGHTINGS_MAX * sizeof(*room));
    if (room) {
        memcpy(room, own, member->seen_count * sizeof(*room));
        member->seen = room;
    }
    return room != NULL;
}

/* Takes over what ${from} counted; its witnesses where they say the same. */
static void absorb(struct gathering *all, struct member *into,
                   struct member *from)
{
    const struct mistake *mistake = from->mistake;
    from->is_merged = true;
    into->occurrences += mistake->occurrences;
    trials_merge(&into->trials, &mistake->trials);
    for (uint32_t i = 0; i < mistake->seen.count; i++) {
        struct sighting *seen = mistake->seen.items[i];
        if (into->seen_count < SIGHTINGS_MAX &&
            option_occurs(into->mistake->option, seen->quote) &&
            !is_echo(into, seen) && make_room(all, into)) {
            into->seen[into->seen_count++] = seen;
        }
    }
}

static void fill(struct member *member)
{
    const struct mistake *mistake = member->mistake;
    member->occurrences = mistake->occurrences;
    member->seen = mistake->seen.items;
    member->seen_count = mistake->seen.count;
    trials_merge(&member->trials, &mistake->trials);
}

void mistakes_gather(const struct detector_setting *setting,
                     const struct features *features, struct mistake **items,
                     size_t count, struct candidates *out)
{
    struct gathering all = {
        .setting = setting,
        .features = features,
        .members = mem_new_array(count ? count : 1, sizeof(*all.members)),
        .count = count,
        .out = out};
    for (size_t i = 0; i < count; i++) {
        all.members[i].mistake = items[i];
    }
    if (count > 0) {
        set_groups(&all);
        join_heads(&all);
        qsort(all.members, count, sizeof(*all.members), compare_members);
    }
    struct member *first = NULL;
    for (size_t i = 0; i < count; i++) {
        struct member *member = &all.members[i];
        fill(member);
        if (first && is_same(first, member)) {
            absorb(&all, first, member);
        } else {
            first = member;
        }
    }
    for (size_t i = 0; i < count; i++) {
        add_candidate(&all, &all.members[i]);
        trials_fini(&all.members[i].trials);
    }
    free(all.members);
}
