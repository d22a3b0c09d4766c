/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/id.h"
#include "base/text/ascii.h"
#include "memory/fold/fold.h"
#include "memory/rows.pb-c.h"
#include "memory/service/step.h"
#include "proto/address.h"
#include "proto/messages.h"

/* ERR_NOT_FOUND: no such dream. */
static enum err dream_get(struct memory *memory, struct bytes dream,
                          Reverie__V1__DreamRow *out)
{
    Reverie__V1__DreamRow at = REVERIE__V1__DREAM_ROW__INIT;
    struct row_key name = key_dream_name(dream);
    enum err err =
        row_get(memory->table, &name, &reverie__v1__dream_row__descriptor,
                &memory->arena, &at);
    if (err != ERR_OK) {
        return err;
    }
    struct row_key key = key_dream(at.seq);
    return row_get(memory->table, &key, &reverie__v1__dream_row__descriptor,
                   &memory->arena, out);
}

/* ---- report -------------------------------------------------------------- */

static enum err report_started(struct memory *memory,
                               struct Reverie__V1__DreamStarted *started)
{
    Reverie__V1__DreamRow row;
    struct bytes dream = message_text(started->dream);
    if (!name_is_valid(dream)) {
        return step_refuse(memory, "invalid", "the dream has no valid name");
    }
    enum err err = dream_get(memory, dream, &row);
    if (err != ERR_NOT_FOUND) {
        return err; /* reported before: nothing to add */
    }
    return step_emit(memory, "dream.started", started);
}

static enum err detach_quotes(struct memory *memory,
                              struct Reverie__V1__DreamCandidates *part)
{
    struct evidence_source source;
    struct arena arena;
    enum err err = evidence_source_get(memory, bytes_of(NULL, 0),
                                       bytes_of(NULL, 0), &source);
    arena_init(&arena, ROW_VALUE_MAX);
    for (size_t i = 0; err == ERR_OK && i < part->n_candidates; i++) {
        arena_reset(&arena);
        err = candidate_quote_detach(&source, part->candidates[i], &arena);
    }
    arena_fini(&arena);
    return err;
}

static enum err report_candidates(struct memory *memory,
                                  struct Reverie__V1__DreamCandidates *part)
{
    Reverie__V1__DreamRow row = REVERIE__V1__DREAM_ROW__INIT;
    enum err err = dream_get(memory, message_text(part->dream), &row);
    if (err == ERR_NOT_FOUND) {
        return step_refuse(memory, "not_found", "no dream of this name began");
    }
    if (err != ERR_OK) {
        return err;
    }
    if (row.finished) {
        return step_refuse(memory, "conflict", "the dream has finished");
    }
    if (part->n_candidates > CANDIDATES_MAX - row.candidates) {
        return step_refuse(memory, "full",
                           "a dream reports at most %d candidates",
                           CANDIDATES_MAX);
    }
    err = detach_quotes(memory, part);
    return err != ERR_OK ? err : step_emit(memory, "dream.candidates", part);
}

static enum err report_finished(struct memory *memory,
                                struct Reverie__V1__DreamFinished *finished)
{
    Reverie__V1__DreamRow row = REVERIE__V1__DREAM_ROW__INIT;
    enum err err = dream_get(memory, message_text(finished->dream), &row);
    if (err == ERR_NOT_FOUND) {
        return step_refuse(memory, "not_found", "no dream of this name began");
    }
    if (err != ERR_OK || row.finished) {
        return err;
    }
    return step_emit(memory, "dream.finished", finished);
}

static bool is_ok(const struct memory *memory)
{
    return strcmp(memory->code, "ok") == 0;
}

enum err on_dream_report(struct memory *memory)
{
    struct Reverie__V1__DreamReportRequest request;
    struct Reverie__V1__DreamReportReply reply =
        REVERIE__V1__DREAM_REPORT_REPLY__INIT;
    enum err err = ERR_OK;
    if (!step_read(memory, &reverie__v1__dream_report_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    if (request.started) {
        err = report_started(memory, request.started);
    }
    if (err == ERR_OK && is_ok(memory) && request.candidates) {
        err = report_candidates(memory, request.candidates);
    }
    if (err == ERR_OK && is_ok(memory) && request.finished) {
        err = report_finished(memory, request.finished);
    }
    return err != ERR_OK || !is_ok(memory) ? err : step_reply(memory, &reply);
}

/* ---- list ---------------------------------------------------------------- */

static Reverie__V1__DreamListReply__Dream *
dream_message_new(struct memory *memory, const Reverie__V1__DreamRow *row)
{
    Reverie__V1__DreamListReply__Dream *message =
        step_take(memory, sizeof(*message));
    if (message) {
        *message = (Reverie__V1__DreamListReply__Dream)
            REVERIE__V1__DREAM_LIST_REPLY__DREAM__INIT;
        message->started = row->started;
        message->finished = row->finished;
        message->has_started_us = row->has_started_us;
        message->started_us = row->started_us;
        message->has_finished_us = row->has_finished_us;
        message->finished_us = row->finished_us;
    }
    return message;
}

enum err on_dream_list(struct memory *memory)
{
    struct Reverie__V1__DreamListRequest request;
    struct Reverie__V1__DreamListReply reply =
        REVERIE__V1__DREAM_LIST_REPLY__INIT;
    struct row_list list;
    if (!step_read(memory, &reverie__v1__dream_list_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    struct row_key all = key_dream(0);
    enum err err = rows_list(memory->table, &all, bytes_of(NULL, 0),
                             step_limit(request.limit), &memory->arena, &list);
    reply.dreams = step_take(memory, (list.count + 1) * sizeof(*reply.dreams));
    if (err == ERR_OK && !reply.dreams) {
        err = ERR_TOO_BIG;
    }
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        Reverie__V1__DreamRow row;
        err = row_read(list.values[i], &reverie__v1__dream_row__descriptor,
                       &memory->arena, &row);
        if (err == ERR_OK) {
            reply.dreams[reply.n_dreams] = dream_message_new(memory, &row);
            err = reply.dreams[reply.n_dreams++] ? ERR_OK : ERR_TOO_BIG;
        }
    }
    return err != ERR_OK ? err : step_reply(memory, &reply);
}

/* ---- show ---------------------------------------------------------------- */

static bool holds(const char *text, struct bytes find)
{
    return ascii_search(message_text(text), find, 0) != SIZE_MAX;
}

static bool candidate_matches(const Reverie__V1__Candidate *it,
                              struct bytes find)
{
    char hex[2 * FINDING_BYTES + 1] = "";
    struct bytes finding = message_bytes(it->has_finding, it->finding);
    if (finding.len == FINDING_BYTES) {
        hex_text(finding, hex);
    }
    return find.len == 0 || holds(it->subject, find) ||
           holds(it->option, find) || holds(it->reason, find) ||
           holds(it->team, find) || holds(it->quote, find) ||
           bytes_starts_with(bytes_of_text(hex), find);
}

/* The reply so far; candidates are read part by part. */
struct showing {
    struct Reverie__V1__DreamShowReply *reply;
    struct evidence_source source;
    struct bytes find;
    size_t limit;
};

static enum err show_candidate(struct memory *memory, struct showing *showing,
                               Reverie__V1__Candidate *it)
{
    struct Reverie__V1__DreamShowReply *reply = showing->reply;
    enum err err = ERR_OK;
    /* The quote is needed to search in, and to show. */
    if (showing->find.len || reply->n_candidates < showing->limit) {
        err = candidate_quote_restore(&showing->source, it, &memory->arena);
    }
    if (err != ERR_OK || !candidate_matches(it, showing->find)) {
        return err;
    }
    reply->candidates_total++;
    if (reply->n_candidates < showing->limit) {
        reply->candidates[reply->n_candidates++] = it;
    }
    return ERR_OK;
}

static enum err show_candidates(struct memory *memory, uint64_t seq,
                                struct showing *showing)
{
    struct row_list list;
    struct row_key prefix = key_candidates(seq, 0);
    showing->reply->has_candidates_total = true;
    showing->reply->candidates =
        step_take(memory, showing->limit * sizeof(Reverie__V1__Candidate *));
    enum err err = rows_list(memory->table, &prefix, bytes_of(NULL, 0),
                             CANDIDATES_MAX, &memory->arena, &list);
    if (err == ERR_OK && !showing->reply->candidates) {
        err = ERR_TOO_BIG;
    }
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        struct Reverie__V1__DreamCandidates part =
            REVERIE__V1__DREAM_CANDIDATES__INIT;
        err =
            row_read(list.values[i], &reverie__v1__dream_candidates__descriptor,
                     &memory->arena, &part);
        for (size_t j = 0; err == ERR_OK && j < part.n_candidates; j++) {
            err = show_candidate(memory, showing, part.candidates[j]);
        }
    }
    return err;
}

static enum err show_items(struct memory *memory, uint64_t seq, size_t limit,
                           struct Reverie__V1__DreamShowReply *reply)
{
    struct row_list list;
    struct row_key prefix = key_dream_change(seq, bytes_of(NULL, 0));
    enum err err = rows_list(memory->table, &prefix, bytes_of(NULL, 0), limit,
                             &memory->arena, &list);
    reply->items = step_take(memory, (list.count + 1) * sizeof(*reply->items));
    if (err == ERR_OK && !reply->items) {
        err = ERR_TOO_BIG;
    }
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        struct Reverie__V1__ChangeRow row;
        struct Reverie__V1__ReviewItem *item = step_take(memory, sizeof(*item));
        struct row_key key =
            key_change(bytes_slice(list.keys[i], prefix.len, DIGEST_BYTES));
        err = item ? row_get(memory->table, &key,
                             &reverie__v1__change_row__descriptor,
                             &memory->arena, &row)
                   : ERR_TOO_BIG;
        if (err == ERR_OK) {
            err = review_item(memory, &row, false, item);
            reply->items[reply->n_items++] = item;
        }
    }
    return err;
}

static enum err newest_dream(struct memory *memory, Reverie__V1__DreamRow *out)
{
    struct row_list list;
    struct row_key all = key_dream(0);
    enum err err = rows_list(memory->table, &all, bytes_of(NULL, 0), 1,
                             &memory->arena, &list);
    if (err == ERR_OK && list.count == 0) {
        return ERR_NOT_FOUND;
    }
    return err != ERR_OK
               ? err
               : row_read(list.values[0], &reverie__v1__dream_row__descriptor,
                          &memory->arena, out);
}

enum err on_dream_show(struct memory *memory)
{
    struct Reverie__V1__DreamShowRequest request;
    struct Reverie__V1__DreamShowReply reply =
        REVERIE__V1__DREAM_SHOW_REPLY__INIT;
    Reverie__V1__DreamRow row = REVERIE__V1__DREAM_ROW__INIT;
    if (!step_read(memory, &reverie__v1__dream_show_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    struct bytes name = message_text(request.dream);
    enum err err = name.len > 255 ? ERR_NOT_FOUND
                   : name.len     ? dream_get(memory, name, &row)
                                  : newest_dream(memory, &row);
    if (err == ERR_NOT_FOUND) {
        return step_refuse(memory, "not_found", "there is no such dream");
    }
    struct showing showing = {.reply = &reply,
                              .find = message_text(request.find),
                              .limit = step_limit(request.limit)};
    if (err == ERR_OK) {
        err = evidence_source_get(memory, bytes_of(NULL, 0), bytes_of(NULL, 0),
                                  &showing.source);
    }
    if (err == ERR_OK) {
        reply.dream = dream_message_new(memory, &row);
        err = show_items(memory, row.seq, CHANGES_MAX, &reply);
    }
    if (err == ERR_OK && request.candidates) {
        err = show_candidates(memory, row.seq, &showing);
    }
    return err != ERR_OK ? err : step_reply(memory, &reply);
}
