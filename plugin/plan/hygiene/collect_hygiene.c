/* SPDX-License-Identifier: MIT */
#include "plugin/plan/hygiene/collect_hygiene.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/crypto.h"
#include "base/id.h"
#include "base/map.h"
#include "plugin/hygiene/hygiene.h"

enum {
    OPTION_BYTES = 16,
    KEY_TEXT_MAX = 8192
};

/* A head with the team that it is looked at with. */
struct held {
    struct bytes team;
    struct bytes store;
    const struct known_head *head;
};

struct collector {
    const struct collect_hygiene *from;
    struct candidates *list;
    struct map *decided; /* finding of a head -> index of its candidate */
    struct held *held;
    size_t held_count;
    uint64_t dropped;
};

/* ---- heads --------------------------------------------------------------- */

/* Empty for an agent that was never seen. */
static struct bytes team_of(const struct collect_hygiene *from,
                            struct bytes store)
{
    struct bytes name = bytes_of(NULL, 0);
    if (!store_name_is_valid(store, &name)) {
        return name;
    }
    return store_is_team(store) ? name : watch_team(from->watch, name);
}

static int compare_held(const void *a, const void *b)
{
    const struct held *x = a;
    const struct held *y = b;
    int order = bytes_compare(x->team, y->team);
    order = order ? order : bytes_compare(x->store, y->store);
    return order ? order
                 : bytes_compare(bytes_of_text(x->head->path),
                                 bytes_of_text(y->head->path));
}

static void read_held(struct collector *it)
{
    size_t cursor = 0;
    struct held held;
    it->held =
        mem_new_array(known_count(it->from->known) + 1, sizeof(*it->held));
    while (known_next(it->from->known, &cursor, &held.store, &held.head)) {
        held.team = team_of(it->from, held.store);
        if (held.team.len > 0) {
            it->held[it->held_count++] = held;
        }
    }
    qsort(it->held, it->held_count, sizeof(*it->held), compare_held);
}

/* ---- entries ------------------------------------------------------------- */

/* The newest event that supports it in this dream. */
static int64_t newest_of(const struct candidate *candidate)
{
    int64_t newest = 0;
    for (uint32_t i = 0; i < candidate->for_count; i++) {
        const struct sighting *seen = candidate->witnesses[i];
        if (seen->has_occurred && seen->occurred_us > newest) {
            newest = seen->occurred_us;
        }
    }
    return newest;
}

/* What this dream counted of the same finding. */
static void set_counted(const struct collector *it,
                        const struct known_head *head,
                        struct hygiene_entry *entry)
{
    const size_t *index =
        map_get(it->decided, bytes_of(head->finding, FINDING_BYTES));
    if (!index || !head->has_finding || *index == SIZE_MAX) {
        return;
    }
    const struct candidate *candidate = &it->list->items[*index];
    int64_t newest_us = newest_of(candidate);
    entry->last_us = newest_us > entry->last_us ? newest_us : entry->last_us;
    entry->by_owner |= candidate->kind == FINDING_KIND_DIRECTIVE &&
                       candidate->directive.by_owner;
    entry->has_moved = candidate->kind == FINDING_KIND_PREFERENCE &&
                       candidate->preference.has_moved;
    entry->has_uplift = candidate->kind == FINDING_KIND_WORKFLOW;
    entry->uplift = entry->has_uplift ? candidate->workflow->uplift : 0;
}

static enum err set_entry(struct collector *it, const struct held *held,
                          struct hygiene_entry *out)
{
    const struct known_head *head = held->head;
    *out = (struct hygiene_entry){
        .store = held->store,
        .path = bytes_of_text(head->path),
        .content = bytes_of_text(head->content),
        .subject = bytes_of_text(head->subject),
        .option = bytes_of_text(head->option),
        .kind = head->kind,
        .version = head->number,
        .is_team = store_is_team(held->store),
        .is_pinned = head->is_pinned,
        .is_suspect = head->is_suspect,
        .by_owner = head->by_owner,
        .people = head->kind == ENTRY_AUTHORED ? 1 : head->principals_for,
        .sessions = head->sessions,
        .log_e = head->log_e,
        .time_us = head->time_us,
        .last_us = head->last_us,
    };
    out->is_protected = path_is_protected(out->path);
    set_counted(it, head, out);
    return note_read(out->content, &it->list->arena, &out->note);
}

/* ---- candidates ---------------------------------------------------------- */

/* What the finding is about: another text is another finding. */
static struct bytes option_of(struct collector *it,
                              const struct hygiene_finding *finding)
{
    char hex[2 * OPTION_BYTES + 1];
    struct buf text;
    buf_init(&text,
             (size_t)(HYGIENE_OTHERS_MAX + 1) * (DIGEST_BYTES + KEY_TEXT_MAX));
    for (size_t i = 0; i <= finding->other_count; i++) {
        const struct hygiene_entry *entry =
            i == 0 ? finding->entry : finding->others[i - 1];
        struct digest digest = digest_of(entry->content, bytes_of(NULL, 0));
        buf_add(&text, entry->store);
        buf_add_u8(&text, 0);
        buf_add(&text, entry->path);
        buf_add_u8(&text, 0);
        buf_add(&text, bytes_of(digest.bytes, sizeof(digest.bytes)));
    }
    buf_add(&text, finding->gone);
    struct digest digest = digest_of(buf_bytes(&text), bytes_of(NULL, 0));
    buf_fini(&text);
    return candidates_text(
        it->list,
        bytes_of_text(hex_text(bytes_of(digest.bytes, OPTION_BYTES), hex)));
}

static struct bytes subject_of(struct collector *it,
                               const struct hygiene_finding *finding)
{
    struct buf text;
    buf_init(&text, KEY_TEXT_MAX);
    buf_add_text(&text, hygiene_label_name(finding->label));
    buf_add_u8(&text, ' ');
    buf_add(&text, finding->entry->path);
    struct bytes subject = candidates_text(it->list, buf_bytes(&text));
    buf_fini(&text);
    return subject;
}

static enum reason reason_of(const struct hygiene_finding *finding)
{
    if (finding->action != HYGIENE_TELL) {
        return REASON_PROPOSED;
    }
    if (finding->entry->is_pinned || finding->entry->is_protected) {
        return REASON_PROTECTED;
    }
    return finding->label == HYGIENE_STALE ? REASON_UNSUPPORTED
                                           : REASON_CONTRADICTED;
}

static void add_candidate(struct collector *it, uint32_t team,
                          const struct hygiene_finding *finding)
{
    struct bytes subject = subject_of(it, finding);
    struct bytes option = option_of(it, finding);
    struct bytes name = roster_team_name(it->from->roster, team);
    if (subject.len > SUBJECT_MAX_BYTES) {
        it->dropped++;
        return;
    }
    struct hygiene_finding *kept = arena_take(&it->list->arena, sizeof(*kept));
    struct candidate *candidate = kept ? candidates_add(it->list) : NULL;
    if (!candidate) {
        it->dropped += !kept;
        return;
    }
    *kept = *finding;
    candidate->kind = FINDING_KIND_HYGIENE;
    candidate->team = team;
    candidate->team_name = name;
    candidate->subject = subject;
    candidate->option = option;
    candidate->hygiene = kept;
    candidate->reason = reason_of(finding);
    if (candidate->reason == REASON_PROPOSED) {
        candidate->tier = finding->is_exact ? TIER_AUTO : TIER_PROPOSAL;
    }
    if (!finding->entry->is_team) {
        candidate->agent =
            bytes_slice(finding->entry->store, strlen("agent/"), SIZE_MAX);
    }
    candidate_name(candidate);
}

/* The heads [from, to) are of one team. */
static void look_at(struct collector *it, size_t from, size_t to)
{
    size_t count = 0;
    struct bytes team = it->held[from].team;
    uint32_t number = roster_team(it->from->roster, team);
    size_t most =
        to - from < HYGIENE_ENTRIES_MAX ? to - from : HYGIENE_ENTRIES_MAX;
    struct hygiene_entry *entries =
        arena_take(&it->list->arena, most * sizeof(*entries));
    it->dropped += to - from - most;
    if (number == ROSTER_NONE || !entries) {
        it->dropped += most;
        return;
    }
    for (size_t i = 0; i < most; i++) {
        if (set_entry(it, &it->held[from + i], &entries[count]) == ERR_OK) {
            count++;
        } else {
            it->dropped++;
        }
    }
    const struct vanish *names = watch_names(it->from->watch);
    const struct hygiene_question question = {
        .entries = entries,
        .count = count,
        .team = team,
        .vanish = names,
        .budget_tokens = it->from->budget_tokens,
        .now_us = vanish_now_us(names),
    };
    struct hygiene_findings findings = hygiene_find(&question);
    for (size_t i = 0; i < findings.count; i++) {
        add_candidate(it, number, &findings.items[i]);
    }
    it->dropped += findings.dropped;
    hygiene_findings_fini(&findings);
}

static void look_at_all(struct collector *it)
{
    size_t from = 0;
    while (from < it->held_count) {
        size_t to = from + 1;
        while (to < it->held_count &&
               bytes_equal(it->held[to].team, it->held[from].team)) {
            to++;
        }
        look_at(it, from, to);
        from = to;
    }
}

/* Where the candidates of what is held are: of a hundred thousand, few. */
static void find_decided(struct collector *it, size_t *indexes)
{
    for (size_t i = 0; i < it->held_count; i++) {
        const struct known_head *head = it->held[i].head;
        indexes[i] = SIZE_MAX;
        if (head->has_finding) {
            enum err err =
                map_put(it->decided, bytes_of(head->finding, FINDING_BYTES),
                        &indexes[i]);
            assert(err == ERR_OK); /* sized for all */
        }
    }
    for (size_t i = 0; i < it->list->count; i++) {
        size_t *index = map_get(
            it->decided, bytes_of(it->list->items[i].finding, FINDING_BYTES));
        if (index) {
            *index = i;
        }
    }
}

uint64_t collect_hygiene(const struct collect_hygiene *from,
                         struct candidates *list)
{
    struct collector it = {.from = from, .list = list};
    read_held(&it);
    it.decided = map_new(it.held_count + 1, NULL);
    size_t *indexes = mem_new_array(it.held_count + 1, sizeof(*indexes));
    size_t before = list->count;
    find_decided(&it, indexes);
    look_at_all(&it);
    if (list->count > before) {
        candidates_sort(list);
    }
    map_free(it.decided);
    free(indexes);
    free(it.held);
    return it.dropped;
}
