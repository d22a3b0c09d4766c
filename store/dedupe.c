/* SPDX-License-Identifier: MIT */
#include "store/dedupe.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
    CHUNK_ENTRIES = 1 << 16,
    PARTS = 64,
    PART_SHIFT = 58, /* the top bits of a fingerprint choose the part */
    PART_FIRST_SLOTS = 64,
    LOG_SHIFT = 56
};

/* 24 bytes. */
struct slot {
    uint64_t fingerprint;
    uint64_t place; /* log << 56 | seq */
    uint32_t id_s;
    uint32_t logged_s;
};

/* Linear probing over ring positions plus one; 0 is a free cell. */
struct part {
    uint32_t *cells;
    uint32_t mask;
    uint32_t used;
};

/* The ring is made of chunks, so that growing copies nothing. Entry N lives in
 * ring position N % (chunk_count * CHUNK_ENTRIES). Two chunks more than the
 * maximum needs, so that the first and the last one never coincide. */
struct dedupe {
    uint64_t max;
    int64_t window_us;
    uint64_t first;
    uint64_t next;
    uint32_t floor_s;
    struct slot **chunks;
    size_t chunk_count;
    struct part parts[PARTS];
};

struct dedupe *dedupe_new(uint64_t max, int64_t window_us)
{
    assert(max > 0 && max <= (UINT64_C(1) << 31));
    struct dedupe *dedupe = mem_new(sizeof(*dedupe));
    dedupe->max = max;
    dedupe->window_us = window_us;
    dedupe->first = 1;
    dedupe->next = 1;
    dedupe->chunk_count = (size_t)(max / CHUNK_ENTRIES) + 2;
    dedupe->chunks = mem_new_array(dedupe->chunk_count, sizeof(struct slot *));
    return dedupe;
}

void dedupe_free(struct dedupe *dedupe)
{
    if (!dedupe) {
        return;
    }
    for (size_t i = 0; i < dedupe->chunk_count; i++) {
        free(dedupe->chunks[i]);
    }
    for (size_t i = 0; i < PARTS; i++) {
        free(dedupe->parts[i].cells);
    }
    free(dedupe->chunks);
    free(dedupe);
}

uint64_t dedupe_first(const struct dedupe *dedupe)
{
    return dedupe->first;
}

uint64_t dedupe_next(const struct dedupe *dedupe)
{
    return dedupe->next;
}

size_t dedupe_size(const struct dedupe *dedupe)
{
    return (size_t)(dedupe->next - dedupe->first);
}

void dedupe_restore(struct dedupe *dedupe, uint64_t ordinal, uint32_t floor_s)
{
    assert(dedupe->first == dedupe->next && ordinal > 0);
    dedupe->first = ordinal;
    dedupe->next = ordinal;
    dedupe->floor_s = floor_s;
}

uint32_t dedupe_floor_s(const struct dedupe *dedupe)
{
    return dedupe->floor_s;
}

uint32_t dedupe_seconds(int64_t time_us)
{
    int64_t seconds = time_us / US_PER_SECOND;
    if (seconds < 0) {
        return 0;
    }
    return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

bool dedupe_is_too_old(const struct dedupe *dedupe, int64_t id_time_us,
                       int64_t now_us)
{
    return id_time_us < now_us - dedupe->window_us ||
           dedupe_seconds(id_time_us) < dedupe->floor_s;
}

/* ---- the ring ----------------------------------------------------------- */

static uint32_t position_of(const struct dedupe *dedupe, uint64_t ordinal)
{
    return (uint32_t)(ordinal % (dedupe->chunk_count * CHUNK_ENTRIES));
}

static struct slot *slot_at(const struct dedupe *dedupe, uint32_t position)
{
    return &dedupe->chunks[position / CHUNK_ENTRIES][position % CHUNK_ENTRIES];
}

static struct slot *slot_new(struct dedupe *dedupe, uint32_t position)
{
    struct slot **chunk = &dedupe->chunks[position / CHUNK_ENTRIES];
    if (!*chunk) {
        *chunk = mem_new_array(CHUNK_ENTRIES, sizeof(struct slot));
    }
    return &(*chunk)[position % CHUNK_ENTRIES];
}

/* ---- the index ---------------------------------------------------------- */

static struct part *part_of(struct dedupe *dedupe, uint64_t fingerprint)
{
    return &dedupe->parts[fingerprint >> PART_SHIFT];
}

static void part_insert(struct part *part, uint64_t fingerprint,
                        uint32_t position)
{
    uint32_t cell = (uint32_t)fingerprint & part->mask;
    while (part->cells[cell] != 0) {
        cell = (cell + 1) & part->mask;
    }
    part->cells[cell] = position + 1;
    part->used++;
}

/* Doubles a part above three quarters full. */
static void part_grow(const struct dedupe *dedupe, struct part *part)
{
    uint32_t slots = part->cells ? part->mask + 1 : 0;
    if ((uint64_t)(part->used + 1) * 4 <= (uint64_t)slots * 3) {
        return;
    }
    uint32_t *old = part->cells;
    uint32_t wider = slots ? 2 * slots : PART_FIRST_SLOTS;
    part->cells = mem_new_array(wider, sizeof(*part->cells));
    part->mask = wider - 1;
    part->used = 0;
    for (uint32_t i = 0; i < slots; i++) {
        if (old[i] != 0) {
            part_insert(part, slot_at(dedupe, old[i] - 1)->fingerprint,
                        old[i] - 1);
        }
    }
    free(old);
}

/* Takes ${position} out and closes the gap: whatever stood behind it because
 * its own cell was taken moves up. */
static void part_remove(const struct dedupe *dedupe, struct part *part,
                        uint64_t fingerprint, uint32_t position)
{
    uint32_t gap = (uint32_t)fingerprint & part->mask;
    while (part->cells[gap] != position + 1) {
        assert(part->cells[gap] != 0);
        gap = (gap + 1) & part->mask;
    }
    for (uint32_t cell = (gap + 1) & part->mask; part->cells[cell] != 0;
         cell = (cell + 1) & part->mask) {
        uint64_t other = slot_at(dedupe, part->cells[cell] - 1)->fingerprint;
        uint32_t home = (uint32_t)other & part->mask;
        if (((cell - home) & part->mask) >= ((cell - gap) & part->mask)) {
            part->cells[gap] = part->cells[cell];
            gap = cell;
        }
    }
    part->cells[gap] = 0;
    part->used--;
}

/* ---- adding and dropping ------------------------------------------------ */

static void drop_first(struct dedupe *dedupe)
{
    uint32_t position = position_of(dedupe, dedupe->first);
    uint64_t fingerprint = slot_at(dedupe, position)->fingerprint;
    part_remove(dedupe, part_of(dedupe, fingerprint), fingerprint, position);
    dedupe->first++;
    if (position % CHUNK_ENTRIES == CHUNK_ENTRIES - 1) {
        free(dedupe->chunks[position / CHUNK_ENTRIES]);
        dedupe->chunks[position / CHUNK_ENTRIES] = NULL;
    }
}

/* What is forgotten is too old from then on, also after the clock was set back.
 * A clock that ran ahead must not refuse everybody for ever: the floor never
 * passes the time at which the id was logged. */
static void push_out_first(struct dedupe *dedupe)
{
    const struct slot *slot =
        slot_at(dedupe, position_of(dedupe, dedupe->first));
    uint32_t time_s = slot->id_s < slot->logged_s ? slot->id_s : slot->logged_s;
    if (time_s + 1 > dedupe->floor_s) {
        dedupe->floor_s = time_s + 1;
    }
    drop_first(dedupe);
}

void dedupe_expire(struct dedupe *dedupe, int64_t now_us)
{
    uint32_t floor_s = dedupe_seconds(now_us - dedupe->window_us);
    while (dedupe->first < dedupe->next) {
        const struct slot *slot =
            slot_at(dedupe, position_of(dedupe, dedupe->first));
        /* An id from the future stays until its own time has passed. */
        if (slot->logged_s >= floor_s || slot->id_s >= floor_s) {
            return;
        }
        push_out_first(dedupe);
    }
}

void dedupe_add(struct dedupe *dedupe, const struct dedupe_entry *entry)
{
    assert(entry->log < 256 && entry->seq < UINT64_C(1) << LOG_SHIFT);
    if (dedupe_size(dedupe) >= dedupe->max) {
        push_out_first(dedupe);
    }
    uint32_t position = position_of(dedupe, dedupe->next++);
    struct slot *slot = slot_new(dedupe, position);
    slot->fingerprint = entry->fingerprint;
    slot->place = (uint64_t)entry->log << LOG_SHIFT | entry->seq;
    slot->id_s = entry->id_s;
    slot->logged_s = entry->logged_s;
    struct part *part = part_of(dedupe, entry->fingerprint);
    part_grow(dedupe, part);
    part_insert(part, entry->fingerprint, position);
}

/* The cursor is the number of cells looked at. */
bool dedupe_find(const struct dedupe *dedupe, uint64_t fingerprint,
                 uint32_t *cursor, struct dedupe_entry *out_entry)
{
    const struct part *part = &dedupe->parts[fingerprint >> PART_SHIFT];
    if (!part->cells) {
        return false;
    }
    for (;; (*cursor)++) {
        uint32_t cell = ((uint32_t)fingerprint + *cursor) & part->mask;
        if (part->cells[cell] == 0) {
            return false;
        }
        const struct slot *slot = slot_at(dedupe, part->cells[cell] - 1);
        if (slot->fingerprint != fingerprint) {
            continue;
        }
        (*cursor)++;
        *out_entry = (struct dedupe_entry){
            .fingerprint = fingerprint,
            .seq = slot->place & ((UINT64_C(1) << LOG_SHIFT) - 1),
            .log = (uint16_t)(slot->place >> LOG_SHIFT),
            .id_s = slot->id_s,
            .logged_s = slot->logged_s};
        return true;
    }
}
