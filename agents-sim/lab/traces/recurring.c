/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/traces/recurring.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLASSES_MAX = 1024,
    PEOPLE_MIN = 2,
    SESSIONS_MIN = 3
};

void recurring_init(struct recurring *recurring, const struct map *classes)
{
    *recurring = (struct recurring){.classes = classes,
                                    .found = map_new(CLASSES_MAX, NULL)};
}

void recurring_fini(struct recurring *recurring)
{
    map_free(recurring->found);
}

static int compare_members(const void *left, const void *right)
{
    const struct recurring_member *a = left;
    const struct recurring_member *b = right;
    if (a->group != b->group) {
        return a->group < b->group ? -1 : 1;
    }
    return strcmp(a->class, b->class);
}

/* Different values among members, at most ${enough}. */
static size_t distinct(const struct recurring_member *members, size_t count,
                       bool of_sessions, size_t enough)
{
    uint64_t found[SESSIONS_MIN];
    size_t size = 0;
    for (size_t i = 0; i < count && size < enough; i++) {
        uint64_t value = of_sessions ? members[i].session : members[i].person;
        bool is_known = false;
        for (size_t n = 0; n < size; n++) {
            is_known = is_known || found[n] == value;
        }
        if (!is_known) {
            found[size++] = value;
        }
    }
    return size;
}

/* The class most members have; they are sorted by class. */
static const char *main_class(const struct recurring_member *members,
                              size_t count)
{
    const char *best = members[0].class;
    size_t best_count = 0;
    size_t run = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_same =
            i > 0 && strcmp(members[i].class, members[i - 1].class) == 0;
        run = is_same ? run + 1 : 1;
        if (run > best_count) {
            best = members[i].class;
            best_count = run;
        }
    }
    return best;
}

static void look_at_group(struct recurring *recurring,
                          const struct recurring_member *members, size_t count)
{
    if (distinct(members, count, false, PEOPLE_MIN) < PEOPLE_MIN ||
        distinct(members, count, true, SESSIONS_MIN) < SESSIONS_MIN) {
        return;
    }
    struct bytes class = bytes_of_text(main_class(members, count));
    const char *recurs = map_get(recurring->classes, class);
    recurring->groups++;
    recurring->right += recurs && *recurs == '1';
    err_ignore(map_put(recurring->found, class, recurring),
               "as many classes as there are labels for");
}

void recurring_add(struct recurring *recurring,
                   struct recurring_member *members, size_t count)
{
    size_t from = 0;
    if (count > 0) {
        qsort(members, count, sizeof(*members), compare_members);
    }
    for (size_t i = 1; i <= count; i++) {
        if (i == count || members[i].group != members[from].group) {
            look_at_group(recurring, members + from, i - from);
            from = i;
        }
    }
}

void recurring_count(const struct recurring *recurring, size_t *out_real,
                     size_t *out_found, struct buf *out_missed)
{
    size_t cursor = 0;
    struct bytes class;
    void *recurs;
    while (map_next(recurring->classes, &cursor, &class, &recurs)) {
        if (*(const char *)recurs != '1' || bytes_equal_text(class, "other")) {
            continue;
        }
        bool is_found = map_get(recurring->found, class) != NULL;
        *out_real += 1;
        *out_found += is_found;
        if (!is_found) {
            buf_add_text(out_missed, out_missed->len ? ", " : "missed: ");
            buf_add(out_missed, class);
        }
    }
}
