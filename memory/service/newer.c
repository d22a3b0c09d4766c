/* SPDX-License-Identifier: MIT */
/* A newer proposal in the place of an older one: a reviewer is asked about a
 * memory once, on the latest evidence. */
#include "base/id.h"
#include "memory/rows.pb-c.h"
#include "memory/service/step.h"
#include "proto/messages.h"

enum {
    PLACE_LIST_MAX = 256, /* changes of one memory; more wait on */
    SENTENCE_BYTES = 96,
    ID_SHOWN = 6 /* bytes */
};

static const char *sentence_of(struct memory *memory,
                               const struct Reverie__V1__Change *newer)
{
    char hex[2 * ID_SHOWN + 1];
    struct buf text;
    buf_init(&text, SENTENCE_BYTES);
    buf_add_format(
        &text, "its proposer put %s in its place",
        hex_text(bytes_slice(message_bytes(true, newer->id), 0, ID_SHOWN),
                 hex));
    const char *sentence = step_text(memory, buf_bytes(&text));
    buf_fini(&text);
    return sentence;
}

static bool is_older(const struct memory *memory,
                     const struct Reverie__V1__ChangeSet *set,
                     const struct Reverie__V1__Change *newer,
                     const Reverie__V1__ChangeRow *row)
{
    return row->change->kind == newer->kind &&
           bytes_equal(message_text(row->proposer),
                       memory->input->asker.principal) &&
           !bytes_equal(message_text(row->dream), message_text(set->dream)) &&
           !bytes_equal(message_bytes(true, row->change->id),
                        message_bytes(true, newer->id));
}

static enum err supersede(struct memory *memory,
                          const struct Reverie__V1__Change *newer,
                          bool still_doubted, const Reverie__V1__ChangeRow *row)
{
    const struct gate_verdict verdict = {
        .reason = "superseded",
        .sentence = sentence_of(memory, newer),
    };
    if (!verdict.sentence) {
        return ERR_TOO_BIG;
    }
    enum err err = emit_gated(memory, message_bytes(true, row->change->id),
                              "supersede", &verdict);
    return err == ERR_OK && !still_doubted ? trust_head(memory, row->change)
                                           : err;
}

enum err supersede_waiting(struct memory *memory,
                           const struct Reverie__V1__ChangeSet *set,
                           const struct Reverie__V1__Change *change,
                           const struct judgement *judgement)
{
    struct row_list list;
    struct row_key prefix =
        key_waiting(message_text(change->store), message_text(change->path),
                    bytes_of(NULL, 0));
    bool still_doubted =
        judgement->verdict.answer != GATE_ASK || casts_doubt(change, judgement);
    enum err err = rows_list(memory->table, &prefix, bytes_of(NULL, 0),
                             PLACE_LIST_MAX, &memory->arena, &list);
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        Reverie__V1__ChangeRow row;
        struct row_key key =
            key_change(bytes_slice(list.keys[i], prefix.len, DIGEST_BYTES));
        err = row_get(memory->table, &key, &reverie__v1__change_row__descriptor,
                      &memory->arena, &row);
        if (err == ERR_OK && is_older(memory, set, change, &row)) {
            err = supersede(memory, change, still_doubted, &row);
        }
    }
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}
