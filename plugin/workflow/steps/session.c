/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/steps/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/edge/hash.h"

enum {
    ID_LEN = 16,
    TEXTS_MAX = 4096,
    NAME_MAX_BYTES = 256,
    WEEK_SHIFT = 44 /* leaves 20 bits for weeks since 1970 */
};

uint64_t session_content(struct bytes session, uint64_t principal_hash)
{
    return hash_bytes_seeded(session, principal_hash);
}

/* Sessions of later weeks first; within a week as good as at random, so that
 * which are kept does not depend on the order in which they came. */
static uint64_t rank_of(const struct tuple *tuple, uint64_t content)
{
    const int64_t week_us = 7 * US_PER_DAY;
    uint64_t hash = hash_bytes_seeded(tuple->id, content);
    int64_t week = tuple->has_occurred && tuple->occurred_us > 0
                       ? tuple->occurred_us / week_us
                       : 0;
    week = week < (1 << 20) ? week : (1 << 20) - 1;
    return ((uint64_t)week << WEEK_SHIFT) | (hash >> (64 - WEEK_SHIFT));
}

struct session_open *session_open_new(void)
{
    struct session_open *open = mem_new(sizeof(*open));
    buf_init(&open->texts, TEXTS_MAX);
    return open;
}

void session_open_begin(struct session_open *open,
                        const struct detector_event *event, uint64_t content,
                        uint64_t principal_hash)
{
    const struct tuple *tuple = event->tuple;
    struct bytes agent = bytes_clip(tuple->agent, NAME_MAX_BYTES);
    struct bytes session = bytes_clip(tuple->session, NAME_MAX_BYTES);
    open->known = (struct session){
        .content = content,
        .rank = rank_of(tuple, content),
        .principal_hash = principal_hash,
        .team = event->team,
        .principal = event->principal,
        .has_time = tuple->has_occurred,
        .first_us = tuple->occurred_us,
        .last_us = tuple->occurred_us,
        .agent = {NULL, agent.len},
        .session = {NULL, session.len},
    };
    buf_reset(&open->texts);
    buf_add(&open->texts, agent);
    buf_add(&open->texts, session);
    open->view_length = 0;
    open->pending_next = 0;
    open->left_out = 0;
}

void session_open_free(struct session_open *open)
{
    if (open) {
        buf_fini(&open->texts);
        free(open->symbols);
        free(open->places);
        free(open);
    }
}

static struct session_place *next_place(struct session_open *open)
{
    uint32_t count = open->known.place_count++;
    if (count == open->place_capacity) {
        open->place_capacity =
            open->place_capacity ? 2 * open->place_capacity : 3;
        open->places = mem_grow(open->places,
                                open->place_capacity * sizeof(*open->places));
    }
    return &open->places[count];
}

static void keep_place(struct session_open *open, const struct tuple *tuple,
                       uint16_t step)
{
    struct session *known = &open->known;
    for (uint32_t i = 0; i < known->place_count; i++) {
        if (open->place_steps[i] == step) {
            return;
        }
    }
    if (known->place_count == SESSION_PLACES_MAX || tuple->id.len != ID_LEN) {
        return;
    }
    open->place_steps[known->place_count] = step;
    struct session_place *place = next_place(open);
    struct bytes quote = bytes_clip(tuple->quote, SESSION_QUOTE_MAX);
    *place = (struct session_place){
        .seq = tuple->seq,
        .occurred_us = tuple->occurred_us,
        .log = tuple->log,
        .origin = tuple->origin,
        .step = step,
        .has_occurred = tuple->has_occurred,
        .has_root = tuple->root.len == ID_LEN,
        .quote = {NULL, quote.len},
    };
    memcpy(place->id, tuple->id.data, ID_LEN);
    if (place->has_root) {
        memcpy(place->root, tuple->root.data, ID_LEN);
    }
    buf_add(&open->texts, quote);
}

static void add_symbol(struct session_open *open, uint16_t step)
{
    struct session *known = &open->known;
    if (known->symbol_count == SESSION_SYMBOLS_MAX) {
        open->left_out++;
        return;
    }
    if (known->symbol_count == open->capacity) {
        open->capacity = open->capacity ? 2 * open->capacity : 16;
        open->symbols =
            mem_grow(open->symbols, open->capacity * sizeof(uint16_t));
    }
    open->symbols[known->symbol_count++] = (uint16_t)(2 * step);
}

void session_open_call(struct session_open *open, const struct tuple *tuple,
                       const uint16_t *steps, size_t count)
{
    uint32_t from = open->known.symbol_count;
    for (size_t i = 0; i < count; i++) {
        add_symbol(open, steps[i]);
        keep_place(open, tuple, steps[i]);
    }
    open->pending[open->pending_next++ % SESSION_PENDING_MAX] =
        (struct session_pending){
            .call = tuple->call.call.len ? hash_bytes(tuple->call.call) : 0,
            .from = (uint16_t)from,
            .to = (uint16_t)open->known.symbol_count,
        };
    open->view_length =
        tuple->view.len <= SESSION_VIEW_MAX ? tuple->view.len : 0;
    if (open->view_length > 0) {
        memcpy(open->view, tuple->view.data, open->view_length);
    }
}

/* The call that a result answers; without a name the last one. */
static const struct session_pending *
pending_of(const struct session_open *open, const struct tuple_result *result)
{
    uint64_t call = result->call.len ? hash_bytes(result->call) : 0;
    uint32_t count = open->pending_next < SESSION_PENDING_MAX
                         ? open->pending_next
                         : SESSION_PENDING_MAX;
    for (uint32_t i = 1; i <= count; i++) {
        const struct session_pending *pending =
            &open->pending[(open->pending_next - i) % SESSION_PENDING_MAX];
        if (pending->call == call || call == 0) {
            return pending;
        }
    }
    return NULL;
}

void session_open_result(struct session_open *open, const struct tuple *tuple)
{
    if (!tuple->result.is_error && !tuple->result.is_rejected) {
        return;
    }
    const struct session_pending *pending = pending_of(open, &tuple->result);
    /* Which of several commands failed is not said: the last one ended it. */
    if (pending && pending->to > pending->from) {
        open->symbols[pending->to - 1] |= 1;
    }
}

static uint32_t collapse(const struct session_open *open, uint16_t *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < open->known.symbol_count; i++) {
        if (count == 0 || out[count - 1] != open->symbols[i]) {
            out[count++] = open->symbols[i];
        }
    }
    return count;
}

static struct bytes next_text(const uint8_t **at, size_t len)
{
    struct bytes text = bytes_of(*at, len);
    *at += len;
    return text;
}

/* One block: the session, its places, its texts, its symbols last so that
 * collapsing them wastes nothing else's place. */
struct session *session_close(const struct session_open *open)
{
    const struct session *known = &open->known;
    size_t places = known->place_count * sizeof(struct session_place);
    size_t symbols = known->symbol_count * sizeof(uint16_t);
    struct session *closed = mem_new(sizeof(*closed) + places + symbols +
                                     open->texts.len + open->view_length);
    struct session_place *place = (struct session_place *)(closed + 1);
    uint16_t *symbol = (uint16_t *)(place + known->place_count);
    uint8_t *text = (uint8_t *)(symbol + known->symbol_count);
    *closed = *known;
    closed->places = place;
    closed->symbols = symbol;
    closed->symbol_count = collapse(open, symbol);
    if (open->texts.len > 0) {
        memcpy(text, open->texts.data, open->texts.len);
    }
    const uint8_t *at = text;
    closed->agent = next_text(&at, known->agent.len);
    closed->session = next_text(&at, known->session.len);
    for (uint32_t i = 0; i < known->place_count; i++) {
        place[i] = open->places[i];
        place[i].quote = next_text(&at, open->places[i].quote.len);
    }
    if (open->view_length > 0) {
        memcpy(text + open->texts.len, open->view, open->view_length);
    }
    closed->view = bytes_of(text + open->texts.len, open->view_length);
    return closed;
}
