/* SPDX-License-Identifier: MIT */
#include "plugin/plan/decide.h"

enum reason decide_reason(enum stats_lack lack)
{
    switch (lack) {
    case STATS_LACK_NOTHING:
        return REASON_PROPOSED;
    case STATS_LACK_PRINCIPALS:
        return REASON_TOO_FEW_PRINCIPALS;
    case STATS_LACK_SESSIONS:
        return REASON_TOO_FEW_SESSIONS;
    case STATS_LACK_DAYS:
        return REASON_TOO_FEW_DAYS;
    case STATS_LACK_SHARE:
        return REASON_LOW_SHARE;
    case STATS_LACK_LIFT:
        return REASON_LOW_LIFT;
    case STATS_LACK_POSTERIOR:
        return REASON_LOW_POSTERIOR;
    case STATS_LACK_SIGNIFICANCE:
        return REASON_NOT_SIGNIFICANT;
    case STATS_LACK_ROBUSTNESS:
        return REASON_NOT_ROBUST;
    }
    return REASON_NOT_SIGNIFICANT;
}

static void decide_other(struct candidate *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].kind == FINDING_KIND_MISTAKE) {
            decide_mistake(&items[i]);
        }
    }
}

void decide(struct candidates *list)
{
    size_t from = 0;
    while (from < list->count) {
        struct candidate *items = list->items + from;
        size_t count = 1;
        while (from + count < list->count && items[count].team == items->team) {
            count++;
        }
        decide_preferences(items, count, &list->arena);
        decide_workflows(items, count);
        decide_other(items, count);
        decide_directives(items, count);
        from += count;
    }
}
