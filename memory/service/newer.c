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
                     const struct Reverie__V1__Change *newer,
                     const Reverie__V1__ChangeRow *row)
{
    return row->change->kind == newer->kind &&
           bytes_equal(message_text(row->proposer),
                       memory->input->asker.principal) &&
           !bytes_equal(message_text(row->dream), memory->dream) &&
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

/* The changes of the place that ${newer} may put itself in the place of. */
static enum err list_older(struct memory *memory,
                           const struct Reverie__V1__Change *newer,
                           Reverie__V1__ChangeRow rows[PLACE_LIST_MAX],
                           size_t *out_count)
{
    struct row_list list;
    struct row_key prefix =
        key_waiting(message_text(newer->store), message_text(newer->path),
                    bytes_of(NULL, 0));
    enum err err = rows_list(memory->table, &prefix, bytes_of(NULL, 0),
                             PLACE_LIST_MAX, &memory->arena, &list);
    *out_count = 0;
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        Reverie__V1__ChangeRow *row = &rows[*out_count];
        struct row_key key =
            key_change(bytes_slice(list.keys[i], prefix.len, DIGEST_BYTES));
        err = row_get(memory->table, &key, &reverie__v1__change_row__descriptor,
                      &memory->arena, row);
        *out_count += err == ERR_OK && is_older(memory, newer, row);
    }
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

enum err supersede_waiting(struct memory *memory,
                           const struct Reverie__V1__Change *change,
                           const struct judgement *judgement)
{
    Reverie__V1__ChangeRow rows[PLACE_LIST_MAX];
    size_t count = 0;
    bool still_doubted =
        judgement->verdict.answer != GATE_ASK || casts_doubt(change, judgement);
    enum err err = list_older(memory, change, rows, &count);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        err = supersede(memory, change, still_doubted, &rows[i]);
    }
    return err;
}

enum err supersedes_waiting(struct memory *memory,
                            const struct Reverie__V1__Change *change, bool *out)
{
    Reverie__V1__ChangeRow rows[PLACE_LIST_MAX];
    size_t count = 0;
    enum err err = memory->dream.len > 0
                       ? list_older(memory, change, rows, &count)
                       : ERR_OK;
    if (err == ERR_OK) {
        *out = count > 0;
    }
    return err;
}
