/* SPDX-License-Identifier: MIT */
#include "plugin/plan/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/map.h"
#include "proto/messages.h"

enum {
    KNOWN_ARENA_MAX = 64 << 20,
    KEY_BYTES_MAX = 4096
};

struct known {
    struct map *by_path;    /* "store\0path" -> known_head; owns them */
    struct map *by_finding; /* store, finding -> the same heads */
    struct map *waiting;    /* store, finding and numbers -> the known itself */
    struct arena arena;
};

static void head_free(void *value)
{
    struct known_head *head = value;
    free(head->path);
    free(head->content);
    free(head->subject);
    free(head->option);
    free(head);
}

struct known *known_new(void)
{
    struct known *known = mem_new(sizeof(*known));
    known->by_path = map_new(KNOWN_MAX, head_free);
    known->by_finding = map_new(KNOWN_MAX, NULL);
    known->waiting = map_new(KNOWN_MAX, NULL);
    arena_init(&known->arena, KNOWN_ARENA_MAX);
    return known;
}

void known_free(struct known *known)
{
    if (!known) {
        return;
    }
    map_free(known->by_finding);
    map_free(known->waiting);
    map_free(known->by_path);
    arena_fini(&known->arena);
    free(known);
}

/* The key (${store}, ${rest}), in ${room}. */
static struct bytes key_of(struct buf *room, struct bytes store,
                           struct bytes rest)
{
    buf_reset(room);
    buf_add(room, store);
    buf_add_u8(room, 0);
    buf_add(room, rest);
    return buf_bytes(room);
}

static char *copy_of(const char *text)
{
    return mem_string(text ? text : "");
}

/* Where it comes from, of a dreamed one. */
static void set_origin(const Reverie__V1__Version *version,
                       struct known_head *head)
{
    const Reverie__V1__Provenance *from = version->provenance;
    if (version->numbers) {
        head->principals = version->numbers->principals;
        head->principals_for = version->numbers->principals_for;
        head->sessions = version->numbers->sessions;
        head->log_e = version->numbers->log_e;
    }
    if (from) {
        head->last_us = from->has_last_us ? from->last_us : 0;
        head->by_owner =
            version->kind == REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE &&
            from->taint == REVERIE__V1__ORIGIN__ORIGIN_OWNER;
    }
}

static struct known_head *head_new(const Reverie__V1__Memory *memory)
{
    const Reverie__V1__Version *version = memory->head;
    struct known_head *head = mem_new(sizeof(*head));
    head->number = version->number;
    head->is_suspect =
        version->state == REVERIE__V1__VERSION_STATE__VERSION_SUSPECT;
    head->is_pinned = version->pinned;
    head->kind = (int)version->kind;
    head->time_us = version->time_us;
    head->path = copy_of(memory->path);
    head->content = copy_of(version->content);
    head->subject = copy_of(version->subject);
    head->option = copy_of(version->option);
    if (version->has_finding && version->finding.len == FINDING_BYTES) {
        memcpy(head->finding, version->finding.data, FINDING_BYTES);
        head->has_finding = true;
    }
    set_origin(version, head);
    return head;
}

static enum err add_memory(struct known *known,
                           const Reverie__V1__Memory *memory)
{
    if (!memory->store || !memory->path || !memory->head) {
        return ERR_INVALID;
    }
    struct buf room;
    buf_init(&room, KEY_BYTES_MAX);
    struct known_head *head = head_new(memory);
    enum err err = map_put(known->by_path,
                           key_of(&room, bytes_of_text(memory->store),
                                  bytes_of_text(memory->path)),
                           head);
    if (err != ERR_OK) {
        head_free(head);
    } else if (head->has_finding) {
        err = map_put(known->by_finding,
                      key_of(&room, bytes_of_text(memory->store),
                             bytes_of(head->finding, FINDING_BYTES)),
                      head);
    }
    buf_fini(&room);
    return err;
}

enum err known_add(struct known *known, struct bytes reply,
                   struct bytes *out_next)
{
    Reverie__V1__MemoryListReply *list = NULL;
    arena_reset(&known->arena);
    enum err err =
        MESSAGE_UNPACK(memory_list_reply, reply, &known->arena, &list);
    for (size_t i = 0; err == ERR_OK && i < list->n_memories; i++) {
        err = add_memory(known, list->memories[i]);
    }
    if (err == ERR_OK) {
        *out_next = message_text(list->next);
    }
    return err;
}

size_t known_count(const struct known *known)
{
    return map_size(known->by_path);
}

bool known_next(const struct known *known, size_t *cursor,
                struct bytes *out_store, const struct known_head **out_head)
{
    struct bytes key;
    void *head = NULL;
    if (!map_next(known->by_path, cursor, &key, &head)) {
        return false;
    }
    *out_store = bytes_slice(key, 0, bytes_find(key, BYTES_LITERAL("\0"), 0));
    *out_head = head;
    return true;
}

static const struct known_head *find(const struct map *map, struct bytes store,
                                     struct bytes rest)
{
    struct buf room;
    buf_init(&room, KEY_BYTES_MAX);
    const struct known_head *head = map_get(map, key_of(&room, store, rest));
    buf_fini(&room);
    return head;
}

const struct known_head *known_finding(const struct known *known,
                                       struct bytes store,
                                       const uint8_t finding[FINDING_BYTES])
{
    return find(known->by_finding, store, bytes_of(finding, FINDING_BYTES));
}

const struct known_head *known_path(const struct known *known,
                                    struct bytes store, struct bytes path)
{
    return find(known->by_path, store, path);
}

/* The line of a preference that says where something else is preferred. */
static struct bytes exceptions_of(struct bytes content)
{
    size_t from = bytes_find(content, BYTES_LITERAL("\nexcept: "), 0);
    if (from == SIZE_MAX) {
        return bytes_of(NULL, 0);
    }
    size_t to = bytes_find(content, BYTES_LITERAL("\n"), from + 1);
    return bytes_slice(content, from, to - from);
}

uint64_t known_words(int kind, struct bytes content)
{
    struct buf words;
    if (kind == (int)REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE) {
        return hash_bytes(exceptions_of(content));
    }
    if (kind != (int)REVERIE__V1__FINDING_KIND__FINDING_MISTAKE) {
        return 0;
    }
    buf_init(&words, CONTENT_MAX_BYTES);
    for (size_t i = 0; i < content.len; i++) {
        if (content.data[i] < '0' || content.data[i] > '9') {
            buf_add_u8(&words, content.data[i]);
        }
    }
    uint64_t hash = hash_bytes(buf_bytes(&words));
    buf_fini(&words);
    return hash;
}

/* Finding, numbers and words, as one text. */
static void write_waiting(struct bytes finding, const struct known_said *said,
                          struct buf *out)
{
    buf_add(out, finding);
    buf_add_u32(out, said->principals);
    buf_add_u32(out, said->principals_for);
    buf_add_u64(out, said->words);
}

static enum err add_waiting(struct known *known,
                            const Reverie__V1__ReviewItem *item)
{
    const Reverie__V1__Change *change = item->change;
    if (!change || !change->store || !change->numbers) {
        return ERR_OK; /* an edit or a retirement: nothing of a dream's */
    }
    struct buf room;
    struct buf rest;
    buf_init(&room, KEY_BYTES_MAX);
    buf_init(&rest, KEY_BYTES_MAX);
    const struct known_said said = {
        change->numbers->principals, change->numbers->principals_for,
        known_words((int)change->kind, message_text(change->content))};
    write_waiting(message_bytes(change->has_finding, change->finding), &said,
                  &rest);
    enum err err = map_put(
        known->waiting,
        key_of(&room, bytes_of_text(change->store), buf_bytes(&rest)), known);
    if (err == ERR_OK && change->op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE) {
        err =
            map_put(known->waiting,
                    key_of(&room, bytes_of_text(change->store),
                           message_bytes(change->has_finding, change->finding)),
                    known);
    }
    buf_fini(&room);
    buf_fini(&rest);
    return err;
}

bool known_retirement_waits(const struct known *known, struct bytes store,
                            const uint8_t finding[FINDING_BYTES])
{
    struct buf room;
    buf_init(&room, KEY_BYTES_MAX);
    bool waits =
        map_get(known->waiting,
                key_of(&room, store, bytes_of(finding, FINDING_BYTES))) != NULL;
    buf_fini(&room);
    return waits;
}

enum err known_add_waiting(struct known *known, struct bytes reply,
                           struct bytes *out_next)
{
    Reverie__V1__ReviewListReply *list = NULL;
    arena_reset(&known->arena);
    enum err err =
        MESSAGE_UNPACK(review_list_reply, reply, &known->arena, &list);
    for (size_t i = 0; err == ERR_OK && i < list->n_items; i++) {
        err = add_waiting(known, list->items[i]);
    }
    if (err == ERR_OK) {
        *out_next = message_text(list->next);
    }
    return err;
}

bool known_waits(const struct known *known, struct bytes store,
                 const uint8_t finding[FINDING_BYTES],
                 const struct known_said *said)
{
    struct buf room;
    struct buf rest;
    buf_init(&room, KEY_BYTES_MAX);
    buf_init(&rest, KEY_BYTES_MAX);
    write_waiting(bytes_of(finding, FINDING_BYTES), said, &rest);
    bool waits =
        map_get(known->waiting, key_of(&room, store, buf_bytes(&rest))) != NULL;
    buf_fini(&room);
    buf_fini(&rest);
    return waits;
}
