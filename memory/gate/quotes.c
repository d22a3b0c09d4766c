/* SPDX-License-Identifier: MIT */
#include "memory/gate/cited.h"
#include "memory/text.h"
#include "proto/limits.h"
#include "proto/messages.h"

/* ERR_NOT_FOUND also for a position that does not fit the log. */
enum err cited_read(const struct evidence_source *source, uint32_t log,
                    uint64_t seq, struct arena *arena, struct cited *out)
{
    struct memory_event event;
    if (log != LOG_TRAFFIC) {
        return ERR_NOT_FOUND;
    }
    enum err err = source->log->read(source->log->context, (uint16_t)log, seq,
                                     arena, &event);
    if (err != ERR_OK) {
        return err;
    }
    if (stamp_read(event.stamp, &out->stamp) != ERR_OK ||
        envelope_read(event.envelope, &out->envelope) != ERR_OK) {
        return ERR_CORRUPT;
    }
    out->body = event.body;
    return ERR_OK;
}

void cited_text(const struct evidence_source *source, const struct cited *cited,
                struct arena *arena, struct buf *out)
{
    buf_init(out, 2 * (size_t)BODY_MAX_LIMIT + 64);
    event_text_redacted(source->redact, cited->envelope.kind, cited->body,
                        arena, out);
}

/* ---- quotes -------------------------------------------------------------- */

void quotes_detach(struct Reverie__V1__Change *change,
                   const struct evidence *evidence)
{
    for (size_t i = 0; i < change->n_witnesses; i++) {
        struct Reverie__V1__Witness *witness = change->witnesses[i];
        bool has = evidence->has_place && evidence->places[i].bytes > 0;
        witness->quote = NULL;
        witness->has_quote_offset = has;
        witness->has_quote_bytes = has;
        witness->quote_offset = has ? evidence->places[i].offset : 0;
        witness->quote_bytes = has ? evidence->places[i].bytes : 0;
    }
}

/* The quoted part of an event, or an empty view. */
static enum err quote_read(const struct evidence_source *source, uint32_t log,
                           uint64_t seq, struct quote_place place,
                           struct arena *arena, struct bytes *out)
{
    struct arena event;
    struct buf text = {0};
    struct cited cited;
    arena_init(&event, 4 * (size_t)BODY_MAX_LIMIT);
    enum err err = cited_read(source, log, seq, &event, &cited);
    *out = bytes_of(NULL, 0);
    if (err == ERR_OK && !cited.stamp.erased) {
        cited_text(source, &cited, &event, &text);
        struct bytes part =
            bytes_slice(buf_bytes(&text), place.offset, place.bytes);
        if (part.len == place.bytes && bytes_is_utf8(part)) {
            *out = arena_copy(arena, part);
            err = out->data ? ERR_OK : ERR_TOO_BIG;
        }
    }
    buf_fini(&text);
    arena_fini(&event);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err quote_restore(const struct evidence_source *source,
                              struct Reverie__V1__Witness *witness,
                              struct arena *arena)
{
    struct quote_place place = {witness->quote_offset, witness->quote_bytes};
    struct bytes quote = bytes_of(NULL, 0);
    enum err err = ERR_OK;
    if (place.bytes > 0 && witness->redactor == REDACTOR_VERSION) {
        err = quote_read(source, witness->log, witness->seq, place, arena,
                         &quote);
    }
    witness->has_quote_offset = false;
    witness->has_quote_bytes = false;
    witness->quote_offset = 0;
    witness->quote_bytes = 0;
    witness->quote = quote.len ? message_field(quote.data) : NULL;
    return err;
}

enum err quotes_restore(const struct evidence_source *source,
                        struct Reverie__V1__Witness *const *witnesses,
                        size_t count, struct arena *arena)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        err = quote_restore(source, witnesses[i], arena);
    }
    return err;
}

enum err candidate_quote_detach(const struct evidence_source *source,
                                struct Reverie__V1__Candidate *candidate,
                                struct arena *arena)
{
    struct bytes quote = message_text(candidate->quote);
    candidate->quote = NULL;
    candidate->has_quote_offset = false;
    candidate->has_quote_bytes = false;
    struct cited cited;
    if (quote.len == 0 || quote.len > QUOTE_MAX_BYTES) {
        return ERR_OK;
    }
    enum err err = cited_read(source, candidate->example_log,
                              candidate->example_seq, arena, &cited);
    if (err != ERR_OK || cited.stamp.erased) {
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    struct buf text;
    cited_text(source, &cited, arena, &text);
    size_t at = bytes_find(buf_bytes(&text), quote, 0);
    buf_fini(&text);
    bool found = at < UINT32_MAX;
    candidate->has_quote_offset = found;
    candidate->quote_offset = found ? (uint32_t)at : 0;
    candidate->has_quote_bytes = found;
    candidate->quote_bytes = found ? (uint32_t)quote.len : 0;
    return ERR_OK;
}

enum err candidate_quote_restore(const struct evidence_source *source,
                                 struct Reverie__V1__Candidate *candidate,
                                 struct arena *arena)
{
    struct quote_place place = {candidate->quote_offset,
                                candidate->quote_bytes};
    struct bytes quote = bytes_of(NULL, 0);
    if (place.bytes > 0) {
        enum err err = quote_read(source, candidate->example_log,
                                  candidate->example_seq, place, arena, &quote);
        if (err != ERR_OK) {
            return err;
        }
    }
    candidate->has_quote_offset = false;
    candidate->has_quote_bytes = false;
    candidate->quote = quote.len ? message_field(quote.data) : NULL;
    return ERR_OK;
}
