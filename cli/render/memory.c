/* SPDX-License-Identifier: MIT */
/* Memories, their versions, and who has them. */
#include <string.h>

#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/render/text.h"
#include "proto/envelope.h"
#include "proto/messages.h"

static void add_version_head(struct buf *out,
                             const Reverie__V1__Version *version)
{
    buf_add_format(out, "  version %llu, %s, %s",
                   (unsigned long long)version->number,
                   render_word("VersionState", (int)version->state),
                   render_word("FindingKind", (int)version->kind));
    buf_add_text(out, ", ");
    text_time(out, version->time_us);
    if (version->author && version->author[0]) {
        buf_add_text(out, ", by ");
        parts_text(out, version->author, PARTS_NAME_MAX);
    }
    if (version->policy && version->policy[0]) {
        buf_add_text(out, ", policy ");
        parts_text(out, version->policy, PARTS_NAME_MAX);
    }
    if (version->pinned) {
        buf_add_text(out, ", pinned");
    }
    buf_add_u8(out, '\n');
}

static void add_why(struct buf *out, const Reverie__V1__Version *version)
{
    if (version->numbers) {
        buf_add_text(out, "  why: ");
        parts_numbers(out, version->numbers);
        buf_add_u8(out, '\n');
    }
    if (version->reason && version->reason[0]) {
        buf_add_text(out, "  reason: ");
        parts_text(out, version->reason, PARTS_QUOTE_MAX);
        buf_add_u8(out, '\n');
    }
}

/* Where a dreamed version comes from; the rest is in --json. */
static void add_provenance(struct buf *out, const Reverie__V1__Provenance *from)
{
    if (!from) {
        return;
    }
    buf_add_text(out, "  from: ");
    text_count(out, from->witnesses, "witness", "witnesses");
    buf_add_format(out, " at 0:%llu to 0:%llu, %s at most; ",
                   (unsigned long long)from->first_seq,
                   (unsigned long long)from->last_seq,
                   origin_name((enum origin)from->taint));
    text_count(out, from->owners, "owner", "owners");
    buf_add_format(out, "; f %u; proposed by ", from->margin);
    parts_text(out, from->proposer, PARTS_NAME_MAX);
    if (from->approver && from->approver[0]) {
        buf_add_text(out, ", approved by ");
        parts_text(out, from->approver, PARTS_NAME_MAX);
    }
    if (from->erased > 0) {
        buf_add_format(out, "; %u erased since", from->erased);
    }
    buf_add_u8(out, '\n');
}

static void add_name(struct buf *out, const Reverie__V1__Memory *memory)
{
    parts_text(out, memory->store, PARTS_NAME_MAX);
    buf_add_u8(out, ' ');
    parts_text(out, memory->path, PARTS_QUOTE_MAX);
}

enum err render_memory_list(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__MemoryListReply *list = NULL;
    enum err err = parts_unpack(&reverie__v1__memory_list_reply__descriptor,
                                reply, &arena, &list);
    for (size_t i = 0; err == ERR_OK && i < list->n_memories; i++) {
        const Reverie__V1__Memory *memory = list->memories[i];
        add_name(out, memory);
        buf_add_text(out, "\n  ");
        parts_text(out, memory->head ? memory->head->title : NULL,
                   PARTS_QUOTE_MAX);
        buf_add_u8(out, '\n');
        if (memory->head) {
            add_version_head(out, memory->head);
            add_why(out, memory->head);
        }
    }
    arena_fini(&arena);
    return err;
}

enum err render_memory_stores(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__MemoryStoresReply *stores = NULL;
    enum err err = parts_unpack(&reverie__v1__memory_stores_reply__descriptor,
                                reply, &arena, &stores);
    for (size_t i = 0; err == ERR_OK && i < stores->n_stores; i++) {
        parts_text(out, stores->stores[i]->store, PARTS_NAME_MAX);
        buf_add_format(out, "@%llu  ",
                       (unsigned long long)stores->stores[i]->version);
        text_count(out, stores->stores[i]->memories, "memory", "memories");
        buf_add_u8(out, '\n');
    }
    arena_fini(&arena);
    return err;
}

/* The head of a history reply, whole, with its evidence. */
enum err render_memory_show(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__MemoryHistoryReply *history = NULL;
    enum err err = parts_unpack(&reverie__v1__memory_history_reply__descriptor,
                                reply, &arena, &history);
    if (err == ERR_OK && history->n_versions > 0) {
        const Reverie__V1__Version *version = history->versions[0];
        parts_text(out, version->title, PARTS_QUOTE_MAX);
        buf_add_u8(out, '\n');
        add_version_head(out, version);
        add_why(out, version);
        add_provenance(out, version->provenance);
        buf_add_u8(out, '\n');
        text_block(out, message_text(version->content), "    ");
        buf_add_u8(out, '\n');
        parts_witnesses(out, (const void *const *)history->witnesses,
                        history->n_witnesses);
    }
    arena_fini(&arena);
    return err;
}

enum err render_memory_history(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__MemoryHistoryReply *history = NULL;
    enum err err = parts_unpack(&reverie__v1__memory_history_reply__descriptor,
                                reply, &arena, &history);
    for (size_t i = 0; err == ERR_OK && i < history->n_versions; i++) {
        const Reverie__V1__Version *version = history->versions[i];
        bool has_older = i + 1 < history->n_versions;
        add_version_head(out, version);
        add_why(out, version);
        text_diff(
            out,
            message_text(has_older ? history->versions[i + 1]->content : NULL),
            message_text(version->content), "    ");
    }
    if (err == ERR_OK) {
        parts_witnesses(out, (const void *const *)history->witnesses,
                        history->n_witnesses);
    }
    arena_fini(&arena);
    return err;
}

enum err render_memory_who(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__MemoryWhoReply *who = NULL;
    size_t current = 0;
    enum err err = parts_unpack(&reverie__v1__memory_who_reply__descriptor,
                                reply, &arena, &who);
    for (size_t i = 0; err == ERR_OK && i < who->n_readers; i++) {
        const Reverie__V1__MemoryWhoReply__Reader *reader = who->readers[i];
        current += reader->applied == who->version ? 1 : 0;
        parts_text(out, reader->agent, PARTS_NAME_MAX);
        buf_add_format(out, "  sent %llu, received %llu, applied %llu%s\n",
                       (unsigned long long)reader->sent,
                       (unsigned long long)reader->received,
                       (unsigned long long)reader->applied,
                       reader->connected ? "" : "  (away)");
    }
    if (err == ERR_OK) {
        buf_add_format(out, "%zu of %zu agents work with version %llu\n",
                       current, who->n_readers,
                       (unsigned long long)who->version);
    }
    arena_fini(&arena);
    return err;
}

enum err render_memory_verify(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__MemoryVerifyReply *verify = NULL;
    enum err err = parts_unpack(&reverie__v1__memory_verify_reply__descriptor,
                                reply, &arena, &verify);
    for (size_t i = 0; err == ERR_OK && i < verify->n_results; i++) {
        const Reverie__V1__MemoryVerifyReply__Result *result =
            verify->results[i];
        parts_text(out, result->verdict, PARTS_NAME_MAX);
        buf_add_text(out, "  ");
        parts_text(out, result->store, PARTS_NAME_MAX);
        buf_add_u8(out, ' ');
        parts_text(out, result->path, PARTS_QUOTE_MAX);
        buf_add_format(out,
                       " version %llu: ", (unsigned long long)result->number);
        parts_text(out, result->sentence, PARTS_QUOTE_MAX);
        buf_add_u8(out, '\n');
    }
    if (err == ERR_OK) {
        buf_add_format(out, "the ledger folds to %s tables\n",
                       verify->fold_equal ? "the same" : "DIFFERENT");
        parts_policy(out, verify->policy);
    }
    arena_fini(&arena);
    return err;
}

enum err render_memory_write(struct bytes reply, struct buf *out)
{
    struct arena arena;
    Reverie__V1__MemoryWriteReply *written = NULL;
    /* memory.revert answers with the same fields. */
    enum err err = parts_unpack(&reverie__v1__memory_write_reply__descriptor,
                                reply, &arena, &written);
    if (err == ERR_OK) {
        buf_add_format(out, "version %llu; the store is at %llu\n",
                       (unsigned long long)written->number,
                       (unsigned long long)written->store_version);
    }
    arena_fini(&arena);
    return err;
}
