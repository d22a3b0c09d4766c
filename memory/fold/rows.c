/* SPDX-License-Identifier: MIT */
#include "memory/fold/rows.h"

#include <string.h>

#include "proto/messages.h"

/* ---- keys ---------------------------------------------------------------- */

static void key_add(struct row_key *key, struct bytes part)
{
    assert(part.len <= ROW_KEY_MAX - key->len);
    if (part.len) {
        memcpy(key->data + key->len, part.data, part.len);
        key->len += part.len;
    }
}

static struct row_key key_of(char letter)
{
    struct row_key key;
    key.len = 0;
    key_add(&key, bytes_of(&letter, 1));
    return key;
}

static void key_add_text(struct row_key *key, struct bytes text)
{
    key_add(key, text);
    key_add(key, BYTES_LITERAL("\0"));
}

static void key_add_number(struct row_key *key, uint64_t number, size_t width)
{
    uint8_t data[8];
    for (size_t i = 0; i < width; i++) {
        data[width - 1 - i] = (uint8_t)(number >> (8 * i));
    }
    key_add(key, bytes_of(data, width));
}

struct bytes row_key_bytes(const struct row_key *key)
{
    return bytes_of(key->data, key->len);
}

struct row_key key_counts(void)
{
    return key_of('0');
}

struct row_key key_store(struct bytes store)
{
    struct row_key key = key_of('S');
    key_add(&key, store);
    return key;
}

/* Letter, store, NUL; the common head of everything that is in a store. */
static struct row_key key_in_store(char letter, struct bytes store)
{
    struct row_key key = key_of(letter);
    key_add_text(&key, store);
    return key;
}

struct row_key key_memory(struct bytes store, struct bytes path)
{
    struct row_key key = key_of('M');
    if (store.len) {
        key = key_in_store('M', store);
        key_add(&key, path);
    }
    return key;
}

struct row_key key_versions(struct bytes store, struct bytes path)
{
    struct row_key key = key_in_store('V', store);
    key_add_text(&key, path);
    return key;
}

struct row_key key_version(struct bytes store, struct bytes path,
                           uint64_t number)
{
    struct row_key key = key_versions(store, path);
    key_add_number(&key, UINT64_MAX - number, 8);
    return key;
}

struct row_key key_witnesses(struct bytes store, struct bytes path,
                             uint64_t number)
{
    struct row_key key = key_version(store, path, number);
    key.data[0] = 'W';
    return key;
}

struct row_key key_finding(struct bytes store, struct bytes finding)
{
    struct row_key key = key_in_store('F', store);
    key_add(&key, finding);
    return key;
}

struct row_key key_derived(struct bytes store, struct bytes finding,
                           struct bytes path)
{
    struct row_key key = key_in_store('Q', store);
    key_add(&key, finding);
    key_add(&key, path);
    return key;
}

struct row_key key_rejected(struct bytes store, struct bytes finding)
{
    struct row_key key = key_in_store('J', store);
    key_add(&key, finding);
    return key;
}

struct row_key key_change(struct bytes change)
{
    struct row_key key = key_of('C');
    key_add(&key, change);
    return key;
}

struct row_key key_state(int state, uint64_t since_seq, struct bytes change)
{
    struct row_key key = key_of('L');
    key_add_number(&key, (uint64_t)state, 1);
    if (since_seq) {
        key_add_number(&key, since_seq, 8);
        key_add(&key, change);
    }
    return key;
}

struct row_key key_waiting(struct bytes store, struct bytes path,
                           struct bytes change)
{
    struct row_key key = key_in_store('P', store);
    key_add_text(&key, path);
    key_add(&key, change);
    return key;
}

struct row_key key_evidence(uint32_t log, uint64_t seq, struct bytes change)
{
    struct row_key key = key_of('E');
    key_add_number(&key, log, 4);
    key_add_number(&key, seq, 8);
    key_add(&key, change);
    return key;
}

struct row_key key_agent(struct bytes agent)
{
    struct row_key key = key_of('A');
    key_add(&key, agent);
    return key;
}

struct row_key key_member(struct bytes team, struct bytes agent)
{
    struct row_key key = key_in_store('T', team);
    key_add(&key, agent);
    return key;
}

struct row_key key_delivery(struct bytes store, struct bytes agent)
{
    struct row_key key = key_in_store('D', store);
    key_add(&key, agent);
    return key;
}

struct row_key key_dream(uint64_t seq)
{
    struct row_key key = key_of('R');
    if (seq) {
        key_add_number(&key, UINT64_MAX - seq, 8);
    }
    return key;
}

struct row_key key_dream_name(struct bytes dream)
{
    struct row_key key = key_of('N');
    key_add(&key, dream);
    return key;
}

struct row_key key_candidates(uint64_t dream_seq, uint64_t seq)
{
    struct row_key key = key_of('K');
    key_add_number(&key, dream_seq, 8);
    if (seq) {
        key_add_number(&key, seq, 8);
    }
    return key;
}

struct row_key key_dream_change(uint64_t dream_seq, struct bytes change)
{
    struct row_key key = key_of('O');
    key_add_number(&key, dream_seq, 8);
    key_add(&key, change);
    return key;
}

/* ---- one row ------------------------------------------------------------- */

enum err row_read(struct bytes value,
                  const struct ProtobufCMessageDescriptor *type,
                  struct arena *arena, void *out_message)
{
    const void *message = NULL;
    enum err err = message_unpack(type, value, arena, &message);
    if (err == ERR_OK) {
        memcpy(out_message, message, type->sizeof_message);
    }
    return err == ERR_INVALID ? ERR_CORRUPT : err;
}

enum err row_get(const struct memory_table *table, const struct row_key *key,
                 const struct ProtobufCMessageDescriptor *type,
                 struct arena *arena, void *out_message)
{
    struct buf value;
    buf_init(&value, ROW_VALUE_MAX);
    enum err err = table->get(table->context, row_key_bytes(key), &value);
    if (err == ERR_OK) {
        err = buf_error(&value);
    }
    if (err == ERR_OK) {
        err = row_read(buf_bytes(&value), type, arena, out_message);
    }
    buf_fini(&value);
    return err;
}

enum err row_get_or_zero(const struct memory_table *table,
                         const struct row_key *key,
                         const struct ProtobufCMessageDescriptor *type,
                         struct arena *arena, void *out_message)
{
    enum err err = row_get(table, key, type, arena, out_message);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

bool row_exists(const struct memory_table *table, const struct row_key *key)
{
    struct buf value;
    buf_init(&value, ROW_VALUE_MAX);
    enum err err = table->get(table->context, row_key_bytes(key), &value);
    buf_fini(&value);
    return err == ERR_OK;
}

void row_put(const struct memory_table *table, const struct row_key *key,
             const void *message)
{
    struct buf value;
    buf_init(&value, ROW_VALUE_MAX);
    message_pack(message, &value);
    assert(buf_error(&value) == ERR_OK);
    table->put(table->context, row_key_bytes(key), buf_bytes(&value));
    buf_fini(&value);
}

void row_put_empty(const struct memory_table *table, const struct row_key *key)
{
    table->put(table->context, row_key_bytes(key), bytes_of(NULL, 0));
}

void row_remove(const struct memory_table *table, const struct row_key *key)
{
    table->remove(table->context, row_key_bytes(key));
}

/* ---- many rows ----------------------------------------------------------- */

struct listing {
    struct arena *arena;
    struct row_list *list;
    size_t capacity;
    size_t limit;
    enum err err;
};

/* Doubles the room of a list; arenas keep the old arrays until their reset. */
static bool listing_grow(struct listing *listing)
{
    struct row_list *list = listing->list;
    size_t capacity = listing->capacity ? 2 * listing->capacity : 16;
    struct bytes *keys =
        arena_take(listing->arena, capacity * sizeof(struct bytes));
    struct bytes *values =
        arena_take(listing->arena, capacity * sizeof(struct bytes));
    if (!keys || !values) {
        return false;
    }
    if (list->count) {
        memcpy(keys, list->keys, list->count * sizeof(*keys));
        memcpy(values, list->values, list->count * sizeof(*values));
    }
    list->keys = keys;
    list->values = values;
    listing->capacity = capacity;
    return true;
}

static bool listing_add(void *context, struct bytes key, struct bytes value)
{
    struct listing *listing = context;
    struct row_list *list = listing->list;
    if (list->count == listing->limit) {
        list->more = true;
        return false;
    }
    if (list->count == listing->capacity && !listing_grow(listing)) {
        listing->err = ERR_TOO_BIG;
        return false;
    }
    struct bytes key_copy = arena_copy(listing->arena, key);
    struct bytes value_copy = arena_copy(listing->arena, value);
    if (!key_copy.data || !value_copy.data) {
        listing->err = ERR_TOO_BIG;
        return false;
    }
    list->keys[list->count] = key_copy;
    list->values[list->count] = value_copy;
    list->count++;
    return true;
}

enum err rows_list(const struct memory_table *table,
                   const struct row_key *prefix, struct bytes after,
                   size_t limit, struct arena *arena, struct row_list *out)
{
    *out = (struct row_list){0};
    struct listing listing = {.arena = arena, .list = out, .limit = limit};
    enum err err = table->scan(table->context, row_key_bytes(prefix), after,
                               listing_add, &listing);
    return err == ERR_OK ? listing.err : err;
}

char *row_key_text(struct bytes key, size_t from, struct arena *arena)
{
    struct bytes rest = bytes_slice(key, from, key.len);
    size_t end = bytes_find(rest, BYTES_LITERAL("\0"), 0);
    size_t len = end == SIZE_MAX ? rest.len : end;
    char *text = arena_take(arena, len + 1);
    if (text && rest.data) {
        memcpy(text, rest.data, len);
    }
    return text;
}
