/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "store/format/key.h"
#include "store/verify/verify.h"

enum {
    SENTENCE_MAX = 128
};

/* Whether an entry leads out of the log: to no log, before its start, or
 * beyond its end (what was logged since the walk began is not). */
static bool leads_nowhere(const struct verifier *verifier, uint16_t log,
                          uint64_t seq)
{
    return log >= LOG_COUNT ||
           seq < store_first(verifier->store, verifier->swarm, log) ||
           (seq > verifier->heads[log] &&
            seq > store_logged(verifier->store, verifier->swarm, log));
}

/* The slot an index entry leads to. NULL if that is not of this segment, or
 * damaged, or, which it reports, not there. */
static struct slot *follow(struct verifier *verifier, uint16_t log,
                           uint64_t seq, const char *to_nothing)
{
    if (leads_nowhere(verifier, log, seq)) {
        if (verifier->is_first_walk) {
            verify_report(verifier, STORE_FAULT_INDEX_WRONG, log, seq,
                          to_nothing);
        }
        return NULL;
    }
    if (log != verifier->log || seq < verifier->first || seq > verifier->last) {
        return NULL;
    }
    struct slot *slot = &verifier->slots[seq - verifier->first];
    if (!(slot->flags & SLOT_PRESENT)) {
        verify_report(verifier, STORE_FAULT_INDEX_WRONG, log, seq, to_nothing);
        return NULL;
    }
    return slot->flags & SLOT_DAMAGED ? NULL : slot;
}

/* One for each of the two indexes. */
struct index_words {
    const char *to_nothing;
    const char *to_another;
    bool is_inbox;
};

static void check_entry(struct verifier *verifier, uint32_t name, uint16_t log,
                        uint64_t seq, const struct index_words *words)
{
    struct slot *slot = follow(verifier, log, seq, words->to_nothing);
    if (!slot) {
        return;
    }
    if ((words->is_inbox ? slot->address : slot->session) != name) {
        verify_report(verifier, STORE_FAULT_INDEX_WRONG, log, seq,
                      words->to_another);
        return;
    }
    slot->flags |= words->is_inbox ? SLOT_IN_INBOX : SLOT_IN_SESSION;
}

static void check_posting(struct verifier *verifier, struct bytes key,
                          struct bytes value, const struct index_words *words)
{
    struct posting_walk posting;
    uint32_t name = 0;
    uint16_t log = 0;
    uint64_t last = 0;
    if (key_posting_read(key, &name, &log, &last) != ERR_OK ||
        posting_open(last, value, &posting) != ERR_OK) {
        if (verifier->is_first_walk) {
            verify_report(verifier, STORE_FAULT_INDEX, log, last,
                          "an index entry cannot be read");
        }
        return;
    }
    for (uint64_t seq = 0; posting_next(&posting, &seq);) {
        check_entry(verifier, name, log, seq, words);
    }
}

static void check_inbox(struct verifier *verifier, struct bytes key,
                        struct bytes value)
{
    static const struct index_words words = {
        .to_nothing = "an inbox entry leads to no event",
        .to_another = "an inbox entry leads to another's event",
        .is_inbox = true};
    check_posting(verifier, key, value, &words);
}

static void check_session(struct verifier *verifier, struct bytes key,
                          struct bytes value)
{
    static const struct index_words words = {
        .to_nothing = "a session entry leads to no event",
        .to_another = "a session entry leads to another's event",
        .is_inbox = false};
    check_posting(verifier, key, value, &words);
}

static void check_dedupe(struct verifier *verifier, struct bytes key,
                         struct bytes value)
{
    struct reader in = reader_of(value);
    uint64_t ordinal = 0;
    if (key_dedupe_read(key, &ordinal) != ERR_OK ||
        value.len % DEDUPE_ENTRY_BYTES != 0) {
        if (verifier->is_first_walk) {
            verify_report(verifier, STORE_FAULT_IDS, 0, 0,
                          "remembered ids cannot be read");
        }
        return;
    }
    while (in.rest.len > 0) {
        struct dedupe_entry entry = dedupe_entry_read(&in);
        const struct slot *slot = follow(verifier, entry.log, entry.seq,
                                         "a remembered id leads to no event");
        if (slot && (!(slot->flags & RECORD_REMEMBERED) ||
                     (slot->flags & SLOT_HAS_ID && slot->id_s != entry.id_s))) {
            verify_report(verifier, STORE_FAULT_IDS, entry.log, entry.seq,
                          "a remembered id leads to another event");
        }
    }
}

static void check_import(struct verifier *verifier, struct bytes key,
                         struct bytes value)
{
    (void)key;
    struct reader in = reader_of(value);
    uint16_t log = reader_u16(&in);
    uint64_t seq = reader_u64(&in);
    if (in.err != ERR_OK) {
        if (verifier->is_first_walk) {
            verify_report(verifier, STORE_FAULT_INDEX, 0, 0,
                          "an import cannot be read");
        }
        return;
    }
    const struct slot *slot =
        follow(verifier, log, seq, "an import leads to no event");
    if (slot && !(slot->flags & RECORD_IMPORTED)) {
        verify_report(verifier, STORE_FAULT_INDEX_WRONG, log, seq,
                      "an import leads to another event");
    }
}

static enum store_fault_kind kind_of(enum family family)
{
    static const enum store_fault_kind kinds[FAMILY_COUNT] = {
        [FAMILY_META] = STORE_FAULT_META,
        [FAMILY_EVENTS] = STORE_FAULT_FILE,
        [FAMILY_SESSIONS] = STORE_FAULT_INDEX,
        [FAMILY_INBOX] = STORE_FAULT_INDEX,
        [FAMILY_CURSORS] = STORE_FAULT_TABLE,
        [FAMILY_DEDUPE] = STORE_FAULT_IDS,
        [FAMILY_IMPORTS] = STORE_FAULT_INDEX,
        [FAMILY_NAMES] = STORE_FAULT_META,
        [FAMILY_TABLES] = STORE_FAULT_TABLE,
    };
    return kinds[family];
}

static void report_unread(struct verifier *verifier, enum family family)
{
    char sentence[SENTENCE_MAX];
    if (verifier->is_unread[family]) {
        return;
    }
    snprintf(sentence, sizeof(sentence),
             "what is kept under `%s` cannot be read, or does not match its "
             "files' checksums",
             family_name(family));
    verify_report_run(
        verifier,
        (struct store_fault){.kind = kind_of(family),
                             .file = engine_suspect(verifier->store->engine),
                             .sentence = sentence});
}

static void check_nothing(struct verifier *verifier, struct bytes key,
                          struct bytes value)
{
    (void)verifier;
    (void)key;
    (void)value;
}

static enum err walk(struct verifier *verifier, enum family family,
                     struct key from,
                     void (*check)(struct verifier *verifier, struct bytes key,
                                   struct bytes value))
{
    struct engine *engine = verifier->store->engine;
    struct key to = key_swarm_end(verifier->swarm);
    struct engine_iterator *iterator =
        engine_iterate(engine, family, key_bytes(&from), key_bytes(&to));
    struct bytes key;
    struct bytes value;
    enum err err = ERR_OK;
    while ((err = engine_iterator_next(engine, iterator, &key, &value)) ==
           ERR_OK) {
        check(verifier, key, value);
    }
    engine_iterator_free(engine, iterator);
    if (verify_is_damage(err)) {
        report_unread(verifier, family);
        verifier->is_unread[family] = true;
        err = ERR_NOT_FOUND;
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err verify_indexes(struct verifier *verifier)
{
    struct key from = key_swarm(verifier->swarm);
    enum err err = walk(verifier, FAMILY_INBOX, from, check_inbox);
    if (err == ERR_OK) {
        err = walk(verifier, FAMILY_SESSIONS, from, check_session);
    }
    if (err == ERR_OK) {
        err = walk(verifier, FAMILY_IMPORTS, from, check_import);
    }
    /* Ordinal 0 is the floor. */
    if (err == ERR_OK) {
        err = walk(verifier, FAMILY_DEDUPE, key_dedupe(verifier->swarm, 1),
                   check_dedupe);
    }
    static const enum family others[] = {FAMILY_TABLES, FAMILY_CURSORS,
                                         FAMILY_NAMES};
    for (size_t i = 0; i < ARRAY_LEN(others) && verifier->is_first_walk; i++) {
        err = err == ERR_OK ? walk(verifier, others[i], from, check_nothing)
                            : err;
    }
    verifier->is_first_walk = false;
    return err;
}
