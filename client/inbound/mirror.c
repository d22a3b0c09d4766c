/* SPDX-License-Identifier: MIT */
#include "client/inbound/mirror.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/messages.h"

enum {
    MIRROR_MOUNTS_MAX = 64,
    MIRROR_ENTRIES_MAX = 65536,
    MIRROR_PATH_MAX = 2048,
    /* Unpacking takes the texts once more and some structs. */
    MIRROR_ARENA_MAX = 4 * CONTROL_MAX
};

struct entry {
    char *path; /* as mounted */
    char *title;
    char *content;
    size_t mount; /* index */
    uint64_t version;
    bool is_suspect;
};

struct mounted {
    struct mirror_mount mount;
    char *path;
    char *store;
    uint64_t wanted; /* newest version that was announced */
};

struct mirror {
    struct mounted mounts[MIRROR_MOUNTS_MAX];
    size_t mount_count;
    struct entry *entries; /* by path */
    size_t count;
    size_t capacity;
    bool is_unknown; /* an update came for a store that is not mounted */
    char id[VIEW_MAX_BYTES + 1];
};

struct mirror *mirror_new(void)
{
    return mem_new(sizeof(struct mirror));
}

static void free_entry(struct entry *entry)
{
    free(entry->path);
    free(entry->title);
    free(entry->content);
}

static void clear(struct mirror *mirror)
{
    for (size_t i = 0; i < mirror->count; i++) {
        free_entry(&mirror->entries[i]);
    }
    for (size_t i = 0; i < mirror->mount_count; i++) {
        free(mirror->mounts[i].path);
        free(mirror->mounts[i].store);
    }
    free(mirror->entries);
    *mirror = (struct mirror){0};
}

void mirror_free(struct mirror *mirror)
{
    if (mirror) {
        clear(mirror);
        free(mirror);
    }
}

/* Index of the first entry that is not before ${path}. */
static size_t place_of(const struct mirror *mirror, const char *path)
{
    size_t low = 0;
    size_t high = mirror->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(mirror->entries[middle].path, path) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const struct mirror *mirror, size_t place, const char *path)
{
    return place < mirror->count &&
           strcmp(mirror->entries[place].path, path) == 0;
}

static enum err mounted_path(const struct mounted *mounted, const char *path,
                             struct buf *out)
{
    buf_add_text(out, mounted->path);
    if (path[0] != '/') {
        buf_add_text(out, "/");
    }
    buf_add_text(out, path);
    return buf_error(out);
}

static struct entry *make_room(struct mirror *mirror, size_t place)
{
    if (mirror->count == mirror->capacity) {
        mirror->capacity = mirror->capacity ? mirror->capacity * 2 : 16;
        mirror->entries = mem_grow(mirror->entries,
                                   mirror->capacity * sizeof(*mirror->entries));
    }
    memmove(mirror->entries + place + 1, mirror->entries + place,
            (mirror->count - place) * sizeof(*mirror->entries));
    mirror->count++;
    mirror->entries[place] = (struct entry){0};
    return &mirror->entries[place];
}

static void drop(struct mirror *mirror, const char *path)
{
    size_t place = place_of(mirror, path);
    if (!is_at(mirror, place, path)) {
        return;
    }
    free_entry(&mirror->entries[place]);
    mirror->count--;
    memmove(mirror->entries + place, mirror->entries + place + 1,
            (mirror->count - place) * sizeof(*mirror->entries));
}

static bool is_read(const Reverie__V1__Version *version)
{
    return version->state == REVERIE__V1__VERSION_STATE__VERSION_ACTIVE ||
           version->state == REVERIE__V1__VERSION_STATE__VERSION_SUSPECT;
}

static void put(struct mirror *mirror, size_t mount, const char *path,
                const Reverie__V1__Version *version)
{
    size_t place = place_of(mirror, path);
    struct entry *entry = is_at(mirror, place, path) ? &mirror->entries[place]
                                                     : make_room(mirror, place);
    char *kept = mem_string(path);
    free_entry(entry);
    *entry = (struct entry){
        .path = kept,
        .title = mem_string(version->title ? version->title : ""),
        .content = mem_string(version->content ? version->content : ""),
        .mount = mount,
        .version = version->number,
        .is_suspect =
            version->state == REVERIE__V1__VERSION_STATE__VERSION_SUSPECT,
    };
}

/* Puts or drops one memory of the ${mount}-th store. */
static enum err set_memory(struct mirror *mirror, size_t mount,
                           const char *path,
                           const Reverie__V1__Version *version)
{
    struct buf full;
    buf_init(&full, MIRROR_PATH_MAX);
    enum err err = mounted_path(&mirror->mounts[mount], path, &full);
    if (err == ERR_OK && version && is_read(version)) {
        if (mirror->count < MIRROR_ENTRIES_MAX) {
            put(mirror, mount, buf_text(&full), version);
        } else {
            err = ERR_TOO_BIG;
        }
    } else if (err == ERR_OK) {
        drop(mirror, buf_text(&full));
    }
    buf_fini(&full);
    return err;
}

static void write_id(struct mirror *mirror)
{
    struct buf id;
    buf_init(&id, VIEW_MAX_BYTES);
    for (size_t i = 0; i < mirror->mount_count; i++) {
        const struct mirror_mount *mount = &mirror->mounts[i].mount;
        buf_add_format(&id, "%s%s@%llu", i > 0 ? "+" : "", mount->store,
                       (unsigned long long)mount->version);
    }
    struct bytes text = buf_bytes(&id);
    memcpy(mirror->id, text.len ? (const char *)text.data : "", text.len);
    mirror->id[text.len] = '\0';
    buf_fini(&id);
}

static size_t mount_of(const struct mirror *mirror, const char *store)
{
    for (size_t i = 0; i < mirror->mount_count; i++) {
        if (strcmp(mirror->mounts[i].store, store) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static enum err add_mount(struct mirror *mirror,
                          const Reverie__V1__Mount *mount)
{
    if (mirror->mount_count == MIRROR_MOUNTS_MAX) {
        return ERR_TOO_BIG;
    }
    if (!mount->path || !mount->store) {
        return ERR_INVALID;
    }
    struct mounted *mounted = &mirror->mounts[mirror->mount_count];
    mounted->path = mem_string(mount->path);
    mounted->store = mem_string(mount->store);
    mounted->mount = (struct mirror_mount){.path = mounted->path,
                                           .store = mounted->store,
                                           .version = mount->version};
    mirror->mount_count++;
    return ERR_OK;
}

static enum err fill(struct mirror *mirror,
                     const Reverie__V1__MemoryViewReply *reply)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < reply->n_mounts; i++) {
        err = add_mount(mirror, reply->mounts[i]);
    }
    for (size_t i = 0; err == ERR_OK && i < reply->n_memories; i++) {
        const Reverie__V1__Memory *memory = reply->memories[i];
        size_t mount =
            memory->store ? mount_of(mirror, memory->store) : SIZE_MAX;
        if (mount == SIZE_MAX || !memory->path) {
            err = ERR_INVALID;
        } else {
            err = set_memory(mirror, mount, memory->path, memory->head);
        }
    }
    return err;
}

/* What was announced or said to be worked with outlives a load. */
static void carry_over(struct mirror *fresh, const struct mirror *old)
{
    for (size_t i = 0; i < fresh->mount_count; i++) {
        size_t same = mount_of(old, fresh->mounts[i].store);
        if (same != SIZE_MAX) {
            fresh->mounts[i].wanted = old->mounts[same].wanted;
            fresh->mounts[i].mount.applied = old->mounts[same].mount.applied;
        }
    }
}

enum err mirror_load(struct mirror *mirror, struct bytes reply)
{
    struct arena arena;
    arena_init(&arena, MIRROR_ARENA_MAX);
    Reverie__V1__MemoryViewReply *view = NULL;
    struct mirror *fresh = mirror_new();
    enum err err = MESSAGE_UNPACK(memory_view_reply, reply, &arena, &view);
    if (err == ERR_OK) {
        err = fill(fresh, view);
    }
    if (err == ERR_OK) {
        carry_over(fresh, mirror);
        clear(mirror);
        *mirror = *fresh;
        *fresh = (struct mirror){0};
        write_id(mirror);
    }
    mirror_free(fresh);
    arena_fini(&arena);
    return err;
}

static enum mirror_result apply(struct mirror *mirror, size_t mount,
                                const Reverie__V1__MemoryUpdate *update)
{
    struct mounted *mounted = &mirror->mounts[mount];
    if (update->to_version > mounted->wanted) {
        mounted->wanted = update->to_version;
    }
    if (update->to_version <= mounted->mount.version) {
        return MIRROR_OLD;
    }
    if (update->from_version != mounted->mount.version) {
        return MIRROR_BEHIND;
    }
    for (size_t i = 0; i < update->n_deltas; i++) {
        const Reverie__V1__MemoryDelta *delta = update->deltas[i];
        if (!delta->path ||
            set_memory(mirror, mount, delta->path, delta->version) != ERR_OK) {
            return MIRROR_BEHIND;
        }
    }
    mounted->mount.version = update->to_version;
    write_id(mirror);
    return MIRROR_CHANGED;
}

enum mirror_result mirror_update(struct mirror *mirror, struct bytes update,
                                 struct mirror_mount **out_mount)
{
    struct arena arena;
    arena_init(&arena, MIRROR_ARENA_MAX);
    Reverie__V1__MemoryUpdate *message = NULL;
    enum mirror_result result = MIRROR_BROKEN;
    enum err err = MESSAGE_UNPACK(memory_update, update, &arena, &message);
    if (err == ERR_OK && message->store) {
        size_t mount = mount_of(mirror, message->store);
        mirror->is_unknown = mirror->is_unknown || mount == SIZE_MAX;
        result =
            mount == SIZE_MAX ? MIRROR_BEHIND : apply(mirror, mount, message);
        if (mount != SIZE_MAX) {
            *out_mount = &mirror->mounts[mount].mount;
        }
    }
    arena_fini(&arena);
    return result;
}

bool mirror_is_behind(const struct mirror *mirror)
{
    for (size_t i = 0; i < mirror->mount_count; i++) {
        if (mirror->mounts[i].wanted > mirror->mounts[i].mount.version) {
            return true;
        }
    }
    return mirror->is_unknown;
}

const char *mirror_id(const struct mirror *mirror)
{
    return mirror->id;
}

size_t mirror_size(const struct mirror *mirror)
{
    return mirror->count;
}

bool mirror_at(const struct mirror *mirror, size_t index,
               struct reverie_memory *out_memory)
{
    if (index >= mirror->count) {
        return false;
    }
    const struct entry *entry = &mirror->entries[index];
    *out_memory = (struct reverie_memory){
        .store = mirror->mounts[entry->mount].store,
        .path = entry->path,
        .title = entry->title,
        .content = entry->content,
        .version = entry->version,
        .is_suspect = entry->is_suspect,
    };
    return true;
}

bool mirror_find(const struct mirror *mirror, const char *path,
                 struct reverie_memory *out_memory)
{
    size_t place = place_of(mirror, path);
    return is_at(mirror, place, path) && mirror_at(mirror, place, out_memory);
}

struct mirror_mount *mirror_mount_at(struct mirror *mirror, size_t index)
{
    return index < mirror->mount_count ? &mirror->mounts[index].mount : NULL;
}
