/* SPDX-License-Identifier: MIT */
#include "plugin/read/call/slot_set.h"

#include <string.h>

#include "base/text/ascii.h"

void slot_set_init(struct slot_set *set, struct arena *arena)
{
    set->count = 0;
    set->ref_count = 0;
    set->is_cut = false;
    set->arena = arena;
}

static bool has(const struct slot_set *set, struct bytes name,
                struct bytes option)
{
    for (size_t i = 0; i < set->count; i++) {
        if (bytes_equal(set->slots[i].option, option) &&
            bytes_equal(set->slots[i].name, name)) {
            return true;
        }
    }
    return false;
}

void slot_set_add(struct slot_set *set, enum slot_form form, struct bytes name,
                  struct bytes option)
{
    name = bytes_clip(name, TUPLE_NAME_MAX);
    option = bytes_clip(option, TUPLE_OPTION_MAX);
    if (has(set, name, option)) {
        return;
    }
    if (set->count == TUPLE_SLOTS_MAX) {
        set->is_cut = true;
        return;
    }
    struct bytes kept_name = arena_copy(set->arena, name);
    struct bytes kept_option = arena_copy(set->arena, option);
    if (!kept_name.data || !kept_option.data) {
        set->is_cut = true;
        return;
    }
    set->slots[set->count++] = (struct tuple_slot){
        .name = kept_name, .option = kept_option, .form = form};
}

static bool same_ref(const struct tuple_ref *a, const struct tuple_ref *b)
{
    return a->kind == b->kind && a->place == b->place &&
           a->is_certain == b->is_certain && a->is_blamed == b->is_blamed &&
           bytes_equal(a->said, b->said) && bytes_equal(a->owner, b->owner);
}

void slot_set_add_ref(struct slot_set *set, struct tuple_ref ref)
{
    if (ref.name.len == 0 || ref.name.len > TUPLE_REF_MAX ||
        ref.owner.len > TUPLE_REF_MAX) {
        return;
    }
    for (size_t i = 0; i < set->ref_count; i++) {
        if (same_ref(&set->refs[i], &ref)) {
            return;
        }
    }
    if (set->ref_count == TUPLE_REFS_MAX) {
        set->is_cut = true;
        return;
    }
    set->refs[set->ref_count++] = ref;
}

void slot_set_add_path(struct slot_set *set, enum slot_form form,
                       const struct bytes *parts, size_t count,
                       struct bytes option)
{
    char name[TUPLE_NAME_MAX];
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && len < sizeof(name)) {
            name[len++] = '.';
        }
        struct bytes part = bytes_clip(parts[i], sizeof(name) - len);
        if (part.len) {
            memcpy(name + len, part.data, part.len);
        }
        len += part.len;
    }
    slot_set_add(set, form, bytes_of(name, len), option);
}
