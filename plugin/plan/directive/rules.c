/* SPDX-License-Identifier: MIT */
#include "plugin/plan/directive/rules.h"

#include <stdlib.h>
#include <string.h>

#include "plugin/hygiene/typed.h"
#include "plugin/plan/directive/wishes.h"

struct rules rules_of(const struct known *known)
{
    struct rules rules = {.count = 0};
    struct bytes store;
    const struct known_head *head;
    size_t cursor = 0;
    rules.items = mem_new_array(known_count(known) + 1, sizeof(*rules.items));
    while (known_next(known, &cursor, &store, &head)) {
        const struct hygiene_entry entry = {
            .kind = head->kind,
            .subject = bytes_of_text(head->subject),
            .option = bytes_of_text(head->option)};
        uint64_t sense = typed_sense(&entry);
        if (sense) {
            rules.items[rules.count++] = (struct rule){store, sense, head};
        }
    }
    return rules;
}

void rules_fini(struct rules *rules)
{
    free(rules->items);
    *rules = (struct rules){NULL, 0};
}

bool rules_hold(const struct rules *rules, struct bytes store,
                const struct candidate *candidate)
{
    uint64_t sense = candidate_sense(candidate);
    for (size_t i = 0; sense && i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        struct bytes said = bytes_of_text(rule->head->subject);
        bool is_other =
            !rule->head->has_finding ||
            memcmp(rule->head->finding, candidate->finding, FINDING_BYTES) != 0;
        bool says_it = rule->sense == sense ||
                       wish_part_of(candidate->subject, said) != WISH_OTHER;
        if (says_it && is_other && bytes_equal(rule->store, store)) {
            return true;
        }
    }
    return false;
}

const struct known_head *rules_part(const struct rules *rules,
                                    struct bytes store,
                                    const struct candidate *candidate)
{
    const struct known_head *denied = NULL;
    bool is_rule = candidate_sense(candidate) != 0;
    for (size_t i = 0; is_rule && i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        struct bytes said = bytes_of_text(rule->head->subject);
        enum wish_part kind = bytes_equal(rule->store, store)
                                  ? wish_part_of(said, candidate->subject)
                                  : WISH_OTHER;
        if (kind == WISH_WANTED) {
            return rule->head;
        }
        denied = kind == WISH_DENIED && !denied ? rule->head : denied;
    }
    return denied;
}
