/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/log.h"
#include "store/store_internal.h"

struct swarm *store_find_swarm(struct store *store, uint32_t number)
{
    uint32_t count = (uint32_t)atomic_load(&store->swarm_count);
    return number > 0 && number <= count ? store->swarms[number] : NULL;
}

static struct swarm *swarm_new(const struct store *store, uint32_t number,
                               struct bytes name)
{
    struct swarm *swarm = mem_new(sizeof(*swarm));
    swarm->number = number;
    buf_init(&swarm->name, KEY_NAME_MAX_BYTES);
    buf_add(&swarm->name, name);
    buf_init(&swarm->dedupe_posting, SIZE_MAX / 2);
    swarm->dedupe =
        dedupe_new(store->config.dedupe_max, store->config.dedupe_us);
    swarm->dedupe_trimmed = 1;
    names_make_room(swarm, 0);
    atomic_init(&swarm->epoch, 0);
    for (size_t log = 0; log < LOG_COUNT; log++) {
        swarm->logs[log].next = 1;
        swarm->logs[log].first = 1;
        atomic_init(&swarm->logs[log].logged, 0);
        atomic_init(&swarm->logs[log].durable, 0);
    }
    return swarm;
}

static void swarm_free(struct swarm *swarm)
{
    if (!swarm) {
        return;
    }
    buf_fini(&swarm->name);
    buf_fini(&swarm->dedupe_posting);
    dedupe_free(swarm->dedupe);
    map_free(swarm->names);
    free(swarm);
}

void swarms_free(struct store *store)
{
    for (size_t i = 0; i <= SWARMS_MAX; i++) {
        swarm_free(store->swarms[i]);
    }
}

static void publish(struct store *store, struct swarm *swarm)
{
    store->swarms[swarm->number] = swarm;
    atomic_store(&store->swarm_count, swarm->number);
}

/* ---- loading ------------------------------------------------------------ */

/* ${out_value} receives a number of up to 8 bytes; absent keys are 0. */
static enum err load_number(struct store *store, enum family family,
                            struct key key, uint64_t *out_value)
{
    struct buf value;
    buf_init(&value, sizeof(uint64_t));
    enum err err = engine_get(store->engine, family, key_bytes(&key), &value);
    uint64_t number = 0;
    for (size_t i = 0; err == ERR_OK && i < value.len; i++) {
        number = number << 8 | value.data[i];
    }
    buf_fini(&value);
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        *out_value = number;
        return ERR_OK;
    }
    return err;
}

/* The numbers in the last key of a range, through ${read}. */
static enum err load_last_key(struct store *store, enum family family,
                              struct key from, struct key to, struct buf *key)
{
    struct buf value;
    buf_init(&value, RECORD_MAX);
    buf_init(key, KEY_ROW_MAX_BYTES);
    enum err err = engine_last(store->engine, family, key_bytes(&from),
                               key_bytes(&to), key, &value);
    buf_fini(&value);
    return err;
}

static enum err load_log(struct store *store, struct swarm *swarm, uint16_t log)
{
    struct buf key;
    enum err err =
        load_last_key(store, FAMILY_EVENTS, key_event(swarm->number, log, 0),
                      key_event(swarm->number, log, UINT64_MAX), &key);
    uint32_t number = 0;
    uint16_t number_log = 0;
    uint64_t last = 0;
    if (err == ERR_OK) {
        err = key_event_read(buf_bytes(&key), &number, &number_log, &last);
    }
    buf_fini(&key);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    swarm->logs[log].next = last + 1;
    atomic_store(&swarm->logs[log].logged, last);
    atomic_store(&swarm->logs[log].durable, last);
    return ERR_OK;
}

static enum err load_epoch(struct store *store, struct swarm *swarm)
{
    struct buf key;
    enum err err =
        load_last_key(store, FAMILY_META, key_meta_epoch(swarm->number, 0),
                      key_meta_epoch(swarm->number, UINT64_MAX), &key);
    if (err == ERR_OK) {
        struct reader in = reader_of(
            bytes_slice(buf_bytes(&key), key.len - sizeof(uint64_t), SIZE_MAX));
        atomic_store(&swarm->epoch, reader_u64(&in));
    }
    buf_fini(&key);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

struct dedupe_entry dedupe_entry_read(struct reader *in)
{
    struct dedupe_entry entry;
    entry.fingerprint = reader_u64(in);
    entry.log = reader_u16(in);
    entry.seq = reader_u64(in);
    entry.id_s = reader_u32(in);
    entry.logged_s = reader_u32(in);
    return entry;
}

static enum err load_posting(struct dedupe *dedupe, struct bytes value)
{
    struct reader in = reader_of(value);
    while (in.rest.len > 0 && in.err == ERR_OK) {
        struct dedupe_entry entry = dedupe_entry_read(&in);
        if (in.err != ERR_OK || entry.log >= LOG_COUNT ||
            entry.seq >= UINT64_C(1) << 56) {
            return ERR_CORRUPT;
        }
        dedupe_add(dedupe, &entry);
    }
    return in.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

static enum err load_postings(struct swarm *swarm, struct engine *engine,
                              struct engine_iterator *iterator)
{
    struct bytes key;
    struct bytes value;
    enum err err = ERR_OK;
    while ((err = engine_iterator_next(engine, iterator, &key, &value)) ==
           ERR_OK) {
        uint64_t last = 0;
        err = key_dedupe_read(key, &last);
        uint64_t count = value.len / DEDUPE_ENTRY_BYTES;
        if (err != ERR_OK || last < count || count == 0) {
            return ERR_CORRUPT;
        }
        if (dedupe_size(swarm->dedupe) == 0) {
            dedupe_restore(swarm->dedupe, last - count + 1,
                           dedupe_floor_s(swarm->dedupe));
        }
        if (dedupe_next(swarm->dedupe) != last - count + 1) {
            return ERR_CORRUPT;
        }
        err = load_posting(swarm->dedupe, value);
        if (err != ERR_OK) {
            return err;
        }
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Key 0 holds the floor, which outlives the entries that raised it, and the
 * ordinal that follows everything trimmed. */
static enum err load_dedupe(struct store *store, struct swarm *swarm)
{
    struct key head = key_dedupe(swarm->number, 0);
    struct buf value;
    buf_init(&value, KEY_MAX_BYTES);
    enum err err =
        engine_get(store->engine, FAMILY_DEDUPE, key_bytes(&head), &value);
    struct reader in = reader_of(buf_bytes(&value));
    uint32_t floor_s = reader_u32(&in);
    uint64_t ordinal = reader_u64(&in);
    buf_fini(&value);
    if (err == ERR_OK && in.err == ERR_OK && ordinal > 0) {
        dedupe_restore(swarm->dedupe, ordinal, floor_s);
    } else if (err != ERR_NOT_FOUND) {
        return err == ERR_OK ? ERR_CORRUPT : err;
    }
    struct key from = key_dedupe(swarm->number, 1);
    struct key to = key_swarm_end(swarm->number);
    struct engine_iterator *iterator = engine_iterate(
        store->engine, FAMILY_DEDUPE, key_bytes(&from), key_bytes(&to));
    err = load_postings(swarm, store->engine, iterator);
    engine_iterator_free(store->engine, iterator);
    swarm->dedupe_trimmed = dedupe_first(swarm->dedupe);
    return err;
}

/* What a crash can damage is at the end: read it before believing it. */
static enum err check_tail(struct store *store, const struct swarm *swarm,
                           uint16_t log, struct buf *out_why)
{
    uint64_t last = swarm->logs[log].next - 1;
    struct record_place place = {.swarm = swarm->number, .log = log};
    struct record record;
    struct buf value;
    buf_init(&value, RECORD_MAX);
    enum err err = ERR_OK;
    place.seq = last > TAIL_CHECKED ? last - TAIL_CHECKED + 1 : 1;
    for (; place.seq <= last && err == ERR_OK; place.seq++) {
        err = store_read_record(store, &place, &value, &record);
    }
    buf_fini(&value);
    if (err == ERR_OK) {
        return ERR_OK;
    }
    if (out_why) {
        buf_add_format(out_why, "swarm %u, log %u, position %llu: %s",
                       swarm->number, log, (unsigned long long)(place.seq - 1),
                       err_text(err));
    }
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

static enum err load_swarm(struct store *store, struct swarm *swarm,
                           struct buf *out_why)
{
    uint64_t names = 0;
    enum err err =
        load_number(store, FAMILY_META, key_meta_names(swarm->number), &names);
    swarm->names_used = (uint32_t)names;
    if (err == ERR_OK) {
        err = load_epoch(store, swarm);
    }
    for (size_t log = 0; log < LOG_COUNT && err == ERR_OK; log++) {
        err = load_log(store, swarm, (uint16_t)log);
        if (err == ERR_OK) {
            err = check_tail(store, swarm, (uint16_t)log, out_why);
        }
    }
    return err == ERR_OK ? load_dedupe(store, swarm) : err;
}

enum err swarms_load(struct store *store, struct buf *out_why)
{
    struct buf name;
    buf_init(&name, KEY_NAME_MAX_BYTES);
    enum err err = ERR_OK;
    for (uint32_t number = 1; number <= SWARMS_MAX; number++) {
        struct key key = key_meta_swarm(number);
        err = engine_get(store->engine, FAMILY_META, key_bytes(&key), &name);
        if (err != ERR_OK) {
            break;
        }
        publish(store, swarm_new(store, number, buf_bytes(&name)));
        err = load_swarm(store, store->swarms[number], out_why);
        if (err != ERR_OK) {
            break;
        }
    }
    buf_fini(&name);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- looking at what may be damaged ---------------------------------------
 */

static void report(const struct store *store, const struct fault_sink *sink,
                   struct store_fault fault)
{
    fault.refuses_start = true;
    fault.file = engine_suspect(store->engine);
    if (sink->report) {
        sink->report(sink->context, &fault);
    }
}

static void salvage_log(struct store *store, struct swarm *swarm, uint16_t log,
                        const struct fault_sink *sink)
{
    if (load_log(store, swarm, log) == ERR_OK) {
        return;
    }
    uint64_t last = inspect_last(store, swarm->number, log);
    report(store, sink,
           (struct store_fault){
               .kind = STORE_FAULT_FILE,
               .swarm = swarm->number,
               .log = log,
               .seq = last + 1,
               .last_seq = last + 1,
               .sentence = "the end of the log cannot be read: newer events "
                           "than those before may be lost"});
    swarm->logs[log].next = last + 1;
    atomic_store(&swarm->logs[log].logged, last);
    atomic_store(&swarm->logs[log].durable, last);
}

static void salvage_swarm(struct store *store, struct swarm *swarm,
                          const struct fault_sink *sink)
{
    uint64_t names = 0;
    struct store_fault fault = {.kind = STORE_FAULT_META,
                                .swarm = swarm->number};
    if (load_number(store, FAMILY_META, key_meta_names(swarm->number),
                    &names) != ERR_OK ||
        load_epoch(store, swarm) != ERR_OK) {
        fault.sentence = "names or epochs cannot be read";
        report(store, sink, fault);
    }
    swarm->names_used = (uint32_t)names;
    for (size_t log = 0; log < LOG_COUNT; log++) {
        salvage_log(store, swarm, (uint16_t)log, sink);
    }
    if (load_dedupe(store, swarm) != ERR_OK) {
        fault.kind = STORE_FAULT_IDS;
        fault.sentence = "remembered ids cannot be read";
        report(store, sink, fault);
    }
}

/* Whether any event is kept under a number of which the name is lost. */
static bool has_events(struct store *store, uint32_t number)
{
    struct key from = key_swarm(number);
    struct key to = key_swarm_end(number);
    struct bytes key;
    struct bytes value;
    struct engine_iterator *iterator = engine_iterate(
        store->engine, FAMILY_EVENTS, key_bytes(&from), key_bytes(&to));
    enum err err = engine_iterator_next(store->engine, iterator, &key, &value);
    engine_iterator_free(store->engine, iterator);
    return err == ERR_OK;
}

void swarms_salvage(struct store *store, const struct fault_sink *sink)
{
    struct buf name;
    bool is_there = true;
    buf_init(&name, KEY_NAME_MAX_BYTES);
    for (uint32_t number = 1; number <= SWARMS_MAX && is_there; number++) {
        struct key key = key_meta_swarm(number);
        enum err err =
            engine_get(store->engine, FAMILY_META, key_bytes(&key), &name);
        if (err != ERR_OK && err != ERR_NOT_FOUND) {
            buf_reset(&name);
            report(store, sink,
                   (struct store_fault){
                       .kind = STORE_FAULT_META,
                       .swarm = number,
                       .sentence = "the name of the swarm cannot be read"});
        }
        is_there = err == ERR_OK || has_events(store, number);
        if (is_there) {
            publish(store, swarm_new(store, number, buf_bytes(&name)));
            salvage_swarm(store, store->swarms[number], sink);
        }
    }
    buf_fini(&name);
}

/* ---- swarms and epochs -------------------------------------------------- */

static enum err put_durably(struct store *store, struct key key,
                            struct bytes value)
{
    struct engine_batch *batch = store->writer.batch;
    engine_batch_clear(store->engine, batch);
    engine_batch_put(store->engine, batch, FAMILY_META, key_bytes(&key), value);
    enum err err = engine_write(store->engine, batch);
    if (err != ERR_OK) {
        atomic_store(&store->is_broken, true);
        return ERR_IO;
    }
    return store_sync(store);
}

enum err store_swarm(struct store *store, struct bytes name,
                     uint32_t *out_swarm)
{
    uint32_t count = (uint32_t)atomic_load(&store->swarm_count);
    for (uint32_t i = 1; i <= count; i++) {
        if (bytes_equal(buf_bytes(&store->swarms[i]->name), name)) {
            *out_swarm = i;
            return ERR_OK;
        }
    }
    if (name.len == 0) {
        return ERR_INVALID;
    }
    if (name.len > KEY_NAME_MAX_BYTES) {
        return ERR_TOO_BIG;
    }
    if (count == SWARMS_MAX) {
        return ERR_FULL;
    }
    enum err err = put_durably(store, key_meta_swarm(count + 1), name);
    if (err != ERR_OK) {
        return err;
    }
    publish(store, swarm_new(store, count + 1, name));
    *out_swarm = count + 1;
    return ERR_OK;
}

enum err store_begin_epoch(struct store *store, uint32_t swarm, int64_t time_us,
                           uint64_t *out_epoch)
{
    struct swarm *state = store_find_swarm(store, swarm);
    if (!state) {
        return ERR_NOT_FOUND;
    }
    uint64_t epoch = atomic_load(&state->epoch) + 1;
    struct buf value;
    buf_init(&value, KEY_MAX_BYTES);
    buf_add_u64(&value, (uint64_t)time_us);
    for (size_t log = 0; log < LOG_COUNT; log++) {
        buf_add_u64(&value, state->logs[log].next);
    }
    enum err err =
        put_durably(store, key_meta_epoch(swarm, epoch), buf_bytes(&value));
    buf_fini(&value);
    if (err == ERR_OK) {
        atomic_store(&state->epoch, epoch);
        *out_epoch = epoch;
    }
    return err;
}

static enum err read_epoch(struct store *store, uint32_t swarm, uint64_t epoch,
                           struct store_epoch *out)
{
    struct key key = key_meta_epoch(swarm, epoch);
    struct buf value;
    buf_init(&value, KEY_MAX_BYTES);
    enum err err =
        engine_get(store->engine, FAMILY_META, key_bytes(&key), &value);
    if (err == ERR_OK) {
        struct reader in = reader_of(buf_bytes(&value));
        out->epoch = epoch;
        out->started_us = (int64_t)reader_u64(&in);
        for (size_t log = 0; log < LOG_COUNT; log++) {
            out->first_seq[log] = reader_u64(&in);
        }
        err = in.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
    }
    buf_fini(&value);
    return err;
}

size_t store_epochs(struct store *store, uint32_t swarm,
                    struct store_epoch *out, size_t max)
{
    struct swarm *state = store_find_swarm(store, swarm);
    uint64_t epoch = state ? atomic_load(&state->epoch) : 0;
    size_t count = 0;
    for (; count < max && epoch > 0; epoch--) {
        if (read_epoch(store, swarm, epoch, &out[count]) != ERR_OK) {
            break;
        }
        count++;
    }
    return count;
}
