/* SPDX-License-Identifier: MIT */
#include "plugin/read/call/slot_set.h"

#include <string.h>

#include "base/edge/crypto.h"
#include "base/id.h"

enum {
    MARK_BYTES = 8, /* of a digest, at the end of what is cut */
    MARK_DIGITS = 2 * MARK_BYTES
};

void slot_set_init(struct slot_set *set, struct arena *arena)
{
    set->count = 0;
    set->ref_count = 0;
    set->is_cut = false;
    set->arena = arena;
}

/* What of ${text} is kept; a view of it where it fits, else of ${room}. */
static struct bytes fit(struct bytes text, size_t max, char *room)
{
    if (text.len <= max) {
        return text;
    }
    struct bytes head = bytes_clip(text, max - 1 - MARK_DIGITS);
    struct digest digest = digest_of(text, bytes_of(NULL, 0));
    char digits[MARK_DIGITS + 1];
    (void)hex_text(bytes_of(digest.bytes, MARK_BYTES), digits);
    memcpy(room, head.data, head.len);
    room[head.len] = '~';
    memcpy(room + head.len + 1, digits, MARK_DIGITS);
    return bytes_of(room, head.len + 1 + MARK_DIGITS);
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
    char name_room[TUPLE_NAME_MAX];
    char option_room[TUPLE_OPTION_MAX];
    name = fit(name, TUPLE_NAME_MAX, name_room);
    option = fit(option, TUPLE_OPTION_MAX, option_room);
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
    char room[TUPLE_NAME_MAX];
    struct buf whole; /* only of what does not fit */
    size_t len = count > 0 ? count - 1 : 0;
    for (size_t i = 0; i < count; i++) {
        len += parts[i].len;
    }
    buf_init(&whole, len);
    char *name = len <= sizeof(room) ? room : (char *)buf_reserve(&whole, len);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            name[at++] = '.';
        }
        if (parts[i].len > 0) {
            memcpy(name + at, parts[i].data, parts[i].len);
        }
        at += parts[i].len;
    }
    slot_set_add(set, form, bytes_of(name, at), option);
    buf_fini(&whole);
}
