/* SPDX-License-Identifier: MIT */
#include "broker/route/parts/filter.h"

#include <stdlib.h>

#include "broker/route/route.h"
#include "proto/address.h"
#include "proto/envelope.h"
#include "proto/limits.h"

struct list {
    struct bytes *entries; /* each owned */
    size_t count;
};

struct route_filter {
    struct list lists[FILTER_LISTS];
    uint32_t holders;
};

struct route_filter *filter_new(void)
{
    struct route_filter *filter = mem_new(sizeof(*filter));
    filter->holders = 1;
    return filter;
}

void filter_hold(struct route_filter *filter)
{
    filter->holders++;
}

static void free_list(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free((void *)(uintptr_t)list->entries[i].data);
    }
    free(list->entries);
}

void filter_drop(struct route_filter *filter)
{
    if (!filter || --filter->holders > 0) {
        return;
    }
    for (size_t i = 0; i < FILTER_LISTS; i++) {
        free_list(&filter->lists[i]);
    }
    free(filter);
}

static bool kind_pattern_is_valid(struct bytes entry)
{
    if (entry.len > 0 && entry.data[entry.len - 1] == '*') {
        return entry.len <= KIND_MAX_BYTES;
    }
    return kind_is_valid(entry);
}

static bool entry_is_valid(enum filter_list list, struct bytes entry)
{
    switch (list) {
    case FILTER_TEAM:
    case FILTER_AGENT:
        return name_is_valid(entry);
    case FILTER_SESSION:
        return entry.len > 0 && entry.len <= NAME_MAX_BYTES;
    case FILTER_KIND:
        return kind_pattern_is_valid(entry);
    case FILTER_TOPIC:
        return topic_pattern_is_valid(entry);
    case FILTER_LISTS:
        break;
    }
    return false;
}

enum err filter_add(struct route_filter *filter, enum filter_list list,
                    struct bytes entry)
{
    struct list *to = &filter->lists[list];
    if (to->count == FILTER_LIST_MAX) {
        return ERR_TOO_BIG;
    }
    if (!entry_is_valid(list, entry)) {
        return ERR_INVALID;
    }
    to->entries = mem_grow(to->entries, (to->count + 1) * sizeof(*to->entries));
    to->entries[to->count++] = bytes_of(bytes_to_text(entry), entry.len);
    return ERR_OK;
}

bool filter_has(const struct route_filter *filter, enum filter_list list)
{
    return filter && filter->lists[list].count > 0;
}

struct filter_subject filter_subject_of(struct bytes stamp,
                                        struct bytes envelope)
{
    struct filter_subject subject = {0};
    struct stamp known;
    if (stamp_read(stamp, &known) == ERR_OK) {
        subject.team = known.team;
        subject.agent = known.from;
    }
    struct envelope said;
    struct address to;
    if (envelope_read(envelope, &said) == ERR_OK) {
        subject.session = said.session;
        subject.kind = said.kind;
        if (address_read(said.to, &to) == ERR_OK && to.type == ADDRESS_TOPIC) {
            subject.topic = to.name;
        }
    }
    return subject;
}

static bool one_matches(enum filter_list list, struct bytes entry,
                        const struct filter_subject *subject)
{
    switch (list) {
    case FILTER_TEAM:
        return bytes_equal(entry, subject->team);
    case FILTER_AGENT:
        return bytes_equal(entry, subject->agent);
    case FILTER_SESSION:
        return bytes_equal(entry, subject->session);
    case FILTER_KIND:
        return kind_matches(entry, subject->kind);
    case FILTER_TOPIC:
        return subject->topic.len > 0 && topic_matches(entry, subject->topic);
    case FILTER_LISTS:
        break;
    }
    return false;
}

static bool list_passes(const struct list *list, enum filter_list which,
                        const struct filter_subject *subject)
{
    for (size_t i = 0; i < list->count; i++) {
        if (one_matches(which, list->entries[i], subject)) {
            return true;
        }
    }
    return list->count == 0;
}

bool filter_passes(const struct route_filter *filter,
                   const struct filter_subject *subject)
{
    for (int i = 0; filter && i < FILTER_LISTS; i++) {
        enum filter_list which = (enum filter_list)i;
        if (!list_passes(&filter->lists[i], which, subject)) {
            return false;
        }
    }
    return true;
}

bool route_filter_matches(const struct route_filter *filter, struct bytes stamp,
                          struct bytes envelope)
{
    if (!filter) {
        return true;
    }
    struct filter_subject subject = filter_subject_of(stamp, envelope);
    return filter_passes(filter, &subject);
}
