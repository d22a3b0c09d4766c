/* SPDX-License-Identifier: MIT */
#include "broker/route/parts/view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

void view_init(struct view *view)
{
    *view = (struct view){.count = 0};
    buf_init(&view->text, VIEW_MAX_BYTES);
}

void view_fini(struct view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        free(view->stores[i].name);
    }
    view->count = 0;
    buf_fini(&view->text);
}

static bool starts_store(struct bytes text)
{
    return bytes_starts_with(text, BYTES_LITERAL("team/")) ||
           bytes_starts_with(text, BYTES_LITERAL("agent/"));
}

/* The length of the first part: up to a '+' that a store follows, because
 * names may hold '+' and '@' themselves. */
static size_t part_length(struct bytes text)
{
    size_t at = bytes_find(text, BYTES_LITERAL("+"), 0);
    while (at != SIZE_MAX &&
           !starts_store(bytes_slice(text, at + 1, text.len))) {
        at = bytes_find(text, BYTES_LITERAL("+"), at + 1);
    }
    return at == SIZE_MAX ? text.len : at;
}

/* Names may hold '+' and '@', but none may read like the start of another
 * store: the text would say that the agent saw what it did not see. */
static bool is_readable(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        struct bytes name = bytes_of_text(view->stores[i].name);
        if (part_length(name) != name.len) {
            return false;
        }
    }
    return true;
}

static void render(struct view *view)
{
    view->is_unknown = view->is_unknown || !is_readable(view);
    buf_reset(&view->text);
    for (size_t i = 0; i < view->count; i++) {
        buf_add_format(&view->text, "%s%s@%" PRIu64, i ? "+" : "",
                       view->stores[i].name, view->stores[i].version);
    }
    if (view->is_unknown || buf_error(&view->text) != ERR_OK) {
        view->is_unknown = true;
        buf_reset(&view->text);
    }
}

/* The index of ${name}, which is added at the end if absent; VIEW_STORES_MAX
 * and the view unknown where there is no room. */
static size_t place_of(struct view *view, struct bytes name)
{
    size_t at = 0;
    while (at < view->count && !bytes_equal_text(name, view->stores[at].name)) {
        at++;
    }
    if (at == view->count && at < VIEW_STORES_MAX) {
        view->stores[at] = (struct view_store){.name = bytes_to_text(name)};
        view->count++;
    }
    view->is_unknown = view->is_unknown || at == VIEW_STORES_MAX;
    return at;
}

static void move_to(struct view *view, size_t from, size_t to)
{
    struct view_store store = view->stores[from];
    memmove(&view->stores[to + 1], &view->stores[to],
            (from - to) * sizeof(store));
    view->stores[to] = store;
}

static void mount_at(struct view *view, const char *prefix, struct bytes name,
                     size_t place)
{
    struct buf store;
    buf_init(&store, VIEW_MAX_BYTES);
    buf_add_text(&store, prefix);
    buf_add(&store, name);
    size_t at = place_of(view, buf_bytes(&store));
    if (at < VIEW_STORES_MAX && at > place) {
        move_to(view, at, place);
    }
    buf_fini(&store);
}

void view_mount(struct view *view, struct bytes team, struct bytes agent)
{
    size_t place = 0;
    if (team.len > 0) {
        mount_at(view, "team/", team, place++);
    }
    mount_at(view, "agent/", agent, place);
    render(view);
}

bool view_raise(struct view *view, struct bytes store, uint64_t version)
{
    size_t before = view->count;
    size_t at = place_of(view, store);
    if (at == VIEW_STORES_MAX) {
        render(view);
        return true;
    }
    if (view->count == before && view->stores[at].version >= version) {
        return false;
    }
    if (view->stores[at].version < version) {
        view->stores[at].version = version;
    }
    render(view);
    return true;
}

static bool read_number(struct bytes text, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    *out = value;
    return text.len > 0 && text.len <= 18;
}

static bool read_part(struct bytes part, struct bytes *out_store,
                      uint64_t *out_version)
{
    size_t at = part.len;
    while (at > 0 && part.data[at - 1] != '@') {
        at--;
    }
    if (at < 2 || !starts_store(part)) {
        return false;
    }
    *out_store = bytes_slice(part, 0, at - 1);
    return read_number(bytes_slice(part, at, part.len), out_version);
}

/* One pass over ${text}; raises only where ${view} is given. */
static bool walk(struct bytes text, struct view *view, bool *out_changed)
{
    while (text.len > 0) {
        size_t len = part_length(text);
        struct bytes store;
        uint64_t version;
        if (!read_part(bytes_slice(text, 0, len), &store, &version)) {
            return false;
        }
        if (view && view_raise(view, store, version)) {
            *out_changed = true;
        }
        text = bytes_slice(text, len + 1, text.len);
    }
    return true;
}

enum err view_merge(struct view *view, struct bytes text, bool *out_changed)
{
    bool changed = false;
    if (text.len > VIEW_MAX_BYTES || !walk(text, NULL, &changed)) {
        return ERR_INVALID;
    }
    bool is_read = walk(text, view, &changed);
    assert(is_read);
    if (out_changed) {
        *out_changed = changed;
    }
    return ERR_OK;
}

struct bytes view_text(const struct view *view)
{
    return buf_bytes(&view->text);
}
