/* SPDX-License-Identifier: MIT */
#include "memory/fold/view.h"
#include "memory/rows.pb-c.h"
#include "memory/service/step.h"
#include "proto/address.h"
#include "proto/limits.h"
#include "proto/messages.h"

/* ---- who may read -------------------------------------------------------- */

/* Its own store and its team's; the right `observe` opens every other, and all
 * at once (no store). */
static bool may_read(const struct memory_asker *asker, struct bytes store)
{
    struct bytes name = bytes_of(NULL, 0);
    if (asker->may_observe) {
        return true;
    }
    return store_name_is_valid(store, &name) &&
           bytes_equal(name, store_is_team(store) ? asker->team : asker->agent);
}

static enum err refuse_unread(struct memory *memory)
{
    return step_refuse(memory, "denied",
                       "what others know needs the right `observe`");
}

enum {
    LIST_BYTES_MAX = 4 << 20, /* of contents in one page */
    HISTORY_MAX = 1000
};

/* ---- listing memories ---------------------------------------------------- */

/* Collects heads in key order until a limit. */
struct collect {
    bool gone;
    size_t limit;
    Reverie__V1__Memory **memories;
    size_t count;
    size_t bytes;
    struct bytes last; /* key of the last row looked at */
    bool more;
};

static enum err collect_one(struct memory *memory, struct collect *collect,
                            struct bytes key, struct bytes value)
{
    struct Reverie__V1__MemoryRow row;
    struct head head;
    collect->last = key;
    enum err err = row_read(value, &reverie__v1__memory_row__descriptor,
                            &memory->arena, &row);
    if (err != ERR_OK || (!collect->gone && !version_is_live(row.state))) {
        return err;
    }
    Reverie__V1__Memory *one = step_take(memory, sizeof(*one));
    char *store = row_key_text(key, 1, &memory->arena);
    if (!one || !store) {
        return ERR_TOO_BIG;
    }
    struct bytes path =
        bytes_slice(key, 2 + message_text(store).len, PATH_MAX_BYTES);
    *one = (Reverie__V1__Memory)REVERIE__V1__MEMORY__INIT;
    one->store = store;
    one->path = step_text(memory, path);
    err = head_get(memory, message_text(store), path, &head);
    if (err != ERR_OK || !head.exists || !one->path) {
        return err != ERR_OK ? err : !head.exists ? ERR_CORRUPT : ERR_TOO_BIG;
    }
    one->head = head.version;
    collect->bytes += message_text(head.version->content).len + 512;
    collect->memories[collect->count++] = one;
    return ERR_OK;
}

static bool collect_is_full(const struct collect *collect)
{
    return collect->count == collect->limit || collect->bytes >= LIST_BYTES_MAX;
}

static enum err collect_run(struct memory *memory, struct collect *collect,
                            const struct row_key *prefix)
{
    bool more = true;
    collect->memories =
        step_take(memory, collect->limit * sizeof(*collect->memories));
    if (!collect->memories) {
        return ERR_TOO_BIG;
    }
    while (more && !collect_is_full(collect)) {
        struct row_list list;
        enum err err = rows_list(memory->table, prefix, collect->last, LIST_MAX,
                                 &memory->arena, &list);
        size_t i = 0;
        for (; err == ERR_OK && i < list.count && !collect_is_full(collect);
             i++) {
            err = collect_one(memory, collect, list.keys[i], list.values[i]);
        }
        if (err != ERR_OK) {
            return err;
        }
        more = list.more || i < list.count;
    }
    collect->more = more;
    return ERR_OK;
}

/* "STORE<0x1f>PATH" names the last row of a page. */
static enum err list_after(struct memory *memory, struct bytes after,
                           struct collect *collect)
{
    size_t cut = bytes_find(after, BYTES_LITERAL("\x1f"), 0);
    struct bytes store = bytes_slice(after, 0, cut);
    struct bytes path = bytes_slice(after, cut + 1, after.len);
    if (cut == SIZE_MAX || !store_name_is_valid(store, NULL) ||
        path.len > PATH_MAX_BYTES) {
        return step_refuse(memory, "invalid",
                           "`after` is not the `next` of a page");
    }
    struct row_key key = key_memory(store, path);
    collect->last = arena_copy(&memory->arena, row_key_bytes(&key));
    return collect->last.data ? ERR_OK : ERR_TOO_BIG;
}

static char *list_next(struct memory *memory, struct bytes last)
{
    struct buf text;
    buf_init(&text, ROW_KEY_MAX);
    char *store = row_key_text(last, 1, &memory->arena);
    if (!store) {
        return NULL;
    }
    buf_add_text(&text, store);
    buf_add_text(&text, "\x1f");
    buf_add(&text, bytes_slice(last, 2 + message_text(store).len, last.len));
    char *next = step_text(memory, buf_bytes(&text));
    buf_fini(&text);
    return next;
}

enum err on_list(struct memory *memory)
{
    struct Reverie__V1__MemoryListRequest request;
    struct Reverie__V1__MemoryListReply reply =
        REVERIE__V1__MEMORY_LIST_REPLY__INIT;
    if (!step_read(memory, &reverie__v1__memory_list_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    struct bytes store = message_text(request.store);
    struct bytes path = message_text(request.path_prefix);
    if ((store.len && !store_name_is_valid(store, NULL)) ||
        path.len > PATH_MAX_BYTES || (path.len && !store.len)) {
        return step_refuse(memory, "invalid",
                           "the store is not valid, or a path without one");
    }
    if (!may_read(&memory->input->asker, store)) {
        return refuse_unread(memory);
    }
    struct collect collect = {.gone = request.gone,
                              .limit = step_limit(request.limit)};
    struct bytes after = message_text(request.after);
    enum err err = after.len ? list_after(memory, after, &collect) : ERR_OK;
    if (err != ERR_OK || (after.len && !collect.last.data)) {
        return err;
    }
    struct row_key prefix = key_memory(store, path);
    err = collect_run(memory, &collect, &prefix);
    reply.memories = collect.memories;
    reply.n_memories = collect.count;
    if (err == ERR_OK && collect.more) {
        reply.next = list_next(memory, collect.last);
    }
    return err != ERR_OK ? err : step_reply(memory, &reply);
}

/* ---- view ---------------------------------------------------------------- */

static enum err view_memories(struct memory *memory,
                              const struct view_mount *mounts, size_t count,
                              struct Reverie__V1__MemoryViewReply *reply)
{
    size_t limit = memory->config.memories_max;
    reply->memories =
        step_take(memory, count * limit * sizeof(*reply->memories) + 1);
    if (!reply->memories) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < count; i++) {
        struct collect collect = {.limit = limit};
        struct row_key prefix =
            key_memory(bytes_of_text(mounts[i].store), bytes_of(NULL, 0));
        enum err err = collect_run(memory, &collect, &prefix);
        if (err != ERR_OK) {
            return err;
        }
        for (size_t j = 0; j < collect.count; j++) {
            reply->memories[reply->n_memories++] = collect.memories[j];
        }
        if (collect.more) {
            return step_refuse(memory, "too_big",
                               "the view does not fit one reply: page through "
                               "memory.list");
        }
    }
    return ERR_OK;
}

static enum err view_fill(struct memory *memory, struct bytes agent,
                          struct Reverie__V1__MemoryViewReply *reply)
{
    struct view_mount mounts[MOUNTS_MAX];
    struct buf view;
    size_t count = 0;
    buf_init(&view, VIEW_MAX_BYTES);
    enum err err = memory_view_id(memory->table, agent, &view);
    reply->view = step_text(memory, buf_bytes(&view));
    buf_fini(&view);
    if (err == ERR_OK) {
        err = view_mounts(memory->table, agent, &memory->arena, mounts, &count);
    }
    struct Reverie__V1__Mount *shown =
        step_take(memory, MOUNTS_MAX * sizeof(*shown));
    reply->mounts = step_take(memory, MOUNTS_MAX * sizeof(*reply->mounts));
    if (err != ERR_OK || !shown || !reply->mounts) {
        return err != ERR_OK ? err : ERR_TOO_BIG;
    }
    for (size_t i = 0; i < count; i++) {
        shown[i] = (struct Reverie__V1__Mount)REVERIE__V1__MOUNT__INIT;
        shown[i].path = step_text(memory, bytes_of_text(mounts[i].path));
        shown[i].store = step_text(memory, bytes_of_text(mounts[i].store));
        shown[i].has_version = true;
        shown[i].version = mounts[i].version;
        reply->mounts[i] = &shown[i];
    }
    reply->n_mounts = count;
    return view_memories(memory, mounts, count, reply);
}

static bool was_refused(const struct memory *memory)
{
    return !bytes_equal_text(BYTES_LITERAL("ok"), memory->code);
}

enum err on_view(struct memory *memory)
{
    struct Reverie__V1__MemoryViewRequest request;
    struct Reverie__V1__MemoryViewReply reply =
        REVERIE__V1__MEMORY_VIEW_REPLY__INIT;
    if (!step_read(memory, &reverie__v1__memory_view_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    struct bytes agent = message_text(request.agent);
    agent = agent.len ? agent : memory->input->asker.agent;
    if (!name_is_valid(agent)) {
        return step_refuse(memory, "invalid", "a view is that of an agent");
    }
    if (!memory->input->asker.may_observe &&
        !bytes_equal(agent, memory->input->asker.agent)) {
        return refuse_unread(memory);
    }
    enum err err = view_fill(memory, agent, &reply);
    return err != ERR_OK || was_refused(memory) ? err
                                                : step_reply(memory, &reply);
}

/* ---- stores, history, who ------------------------------------------------ */

enum err on_stores(struct memory *memory)
{
    struct Reverie__V1__MemoryStoresReply reply =
        REVERIE__V1__MEMORY_STORES_REPLY__INIT;
    struct row_list list;
    struct row_key prefix = key_store(bytes_of(NULL, 0));
    enum err err = rows_list(memory->table, &prefix, bytes_of(NULL, 0),
                             memory->config.stores_max, &memory->arena, &list);
    reply.stores =
        step_take(memory, (list.count + 1) *
                              sizeof(Reverie__V1__MemoryStoresReply__Store *));
    if (err != ERR_OK || !reply.stores) {
        return err != ERR_OK ? err : ERR_TOO_BIG;
    }
    for (size_t i = 0; i < list.count; i++) {
        struct Reverie__V1__StoreRow row;
        Reverie__V1__MemoryStoresReply__Store *one =
            step_take(memory, sizeof(*one));
        err = row_read(list.values[i], &reverie__v1__store_row__descriptor,
                       &memory->arena, &row);
        if (err != ERR_OK || !one) {
            return err != ERR_OK ? err : ERR_TOO_BIG;
        }
        *one = (Reverie__V1__MemoryStoresReply__Store)
            REVERIE__V1__MEMORY_STORES_REPLY__STORE__INIT;
        one->store = row_key_text(list.keys[i], 1, &memory->arena);
        one->has_version = one->has_memories = true;
        one->version = row.version;
        one->memories = row.live;
        reply.stores[reply.n_stores++] = one;
    }
    return step_reply(memory, &reply);
}

static enum err history_versions(struct memory *memory, struct bytes store,
                                 struct bytes path,
                                 struct Reverie__V1__MemoryHistoryReply *reply)
{
    struct row_list list;
    struct row_key prefix = key_versions(store, path);
    enum err err = rows_list(memory->table, &prefix, bytes_of(NULL, 0),
                             HISTORY_MAX, &memory->arena, &list);
    reply->versions =
        step_take(memory, (list.count + 1) * sizeof(*reply->versions));
    if (err == ERR_OK && !reply->versions) {
        err = ERR_TOO_BIG;
    }
    size_t bytes = 0;
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        struct Reverie__V1__Version *version =
            step_take(memory, sizeof(*version));
        err = version
                  ? row_read(list.values[i], &reverie__v1__version__descriptor,
                             &memory->arena, version)
                  : ERR_TOO_BIG;
        bytes += list.values[i].len;
        if (err == ERR_OK && bytes > LIST_BYTES_MAX) {
            version->content = NULL; /* old contents; the rest stays */
        }
        reply->versions[reply->n_versions++] = version;
    }
    return err;
}

static enum err history_witnesses(struct memory *memory, struct bytes store,
                                  struct bytes path, uint64_t number,
                                  struct Reverie__V1__MemoryHistoryReply *reply)
{
    struct Reverie__V1__WitnessesRow row = REVERIE__V1__WITNESSES_ROW__INIT;
    struct row_key key = key_witnesses(store, path, number);
    struct evidence_source source;
    enum err err = row_get_or_zero(memory->table, &key,
                                   &reverie__v1__witnesses_row__descriptor,
                                   &memory->arena, &row);
    if (err == ERR_OK) {
        err = evidence_source_get(memory, store, bytes_of(NULL, 0), &source);
    }
    if (err == ERR_OK) {
        err = quotes_restore(&source, row.witnesses, row.n_witnesses,
                             &memory->arena);
    }
    reply->witnesses = row.witnesses;
    reply->n_witnesses = row.n_witnesses;
    return err;
}

enum err on_history(struct memory *memory)
{
    struct Reverie__V1__MemoryHistoryRequest request;
    struct Reverie__V1__MemoryHistoryReply reply =
        REVERIE__V1__MEMORY_HISTORY_REPLY__INIT;
    if (!step_read(memory, &reverie__v1__memory_history_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    struct bytes store = message_text(request.store);
    struct bytes path = message_text(request.path);
    if (!store_name_is_valid(store, NULL) || !path_is_valid(path)) {
        return step_refuse(memory, "invalid",
                           "the store or the path is not valid");
    }
    if (!may_read(&memory->input->asker, store)) {
        return refuse_unread(memory);
    }
    enum err err = history_versions(memory, store, path, &reply);
    if (err != ERR_OK) {
        return err;
    }
    if (reply.n_versions == 0) {
        return step_refuse(memory, "not_found", "no memory has this path");
    }
    uint64_t number =
        request.number ? request.number : reply.versions[0]->number;
    err = history_witnesses(memory, store, path, number, &reply);
    return err != ERR_OK ? err : step_reply(memory, &reply);
}

enum err on_who(struct memory *memory)
{
    struct Reverie__V1__MemoryWhoRequest request;
    struct Reverie__V1__MemoryWhoReply reply =
        REVERIE__V1__MEMORY_WHO_REPLY__INIT;
    struct row_list list;
    if (!step_read(memory, &reverie__v1__memory_who_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    struct bytes store = message_text(request.store);
    if (!store_name_is_valid(store, NULL)) {
        return step_refuse(memory, "invalid", "the store is not valid");
    }
    struct row_key prefix = key_delivery(store, bytes_of(NULL, 0));
    reply.has_version = true;
    enum err err = store_version_get(memory, store, &reply.version);
    if (err == ERR_OK) {
        err = rows_list(memory->table, &prefix, bytes_of(NULL, 0), READERS_MAX,
                        &memory->arena, &list);
    }
    if (err != ERR_OK) {
        return err;
    }
    reply.readers =
        step_take(memory, (list.count + 1) *
                              sizeof(Reverie__V1__MemoryWhoReply__Reader *));
    for (size_t i = 0; i < list.count; i++) {
        struct Reverie__V1__DeliveryRow row;
        Reverie__V1__MemoryWhoReply__Reader *one =
            step_take(memory, sizeof(*one));
        err = row_read(list.values[i], &reverie__v1__delivery_row__descriptor,
                       &memory->arena, &row);
        if (err != ERR_OK || !one || !reply.readers) {
            return err != ERR_OK ? err : ERR_TOO_BIG;
        }
        *one = (Reverie__V1__MemoryWhoReply__Reader)
            REVERIE__V1__MEMORY_WHO_REPLY__READER__INIT;
        one->agent = row_key_text(list.keys[i], prefix.len, &memory->arena);
        one->has_sent = one->has_received = one->has_applied = true;
        one->sent = row.sent;
        one->received = row.received;
        one->applied = row.applied;
        reply.readers[reply.n_readers++] = one;
    }
    return step_reply(memory, &reply);
}
