/* SPDX-License-Identifier: MIT */
#include "plugin/detect/exposure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/map.h"
#include "memory/gate/exposure.h"
#include "proto/messages.h"

/* A finding was in a store from version `from` until before `gone`. What was
 * told, taken back and told again counts as told in between, as it does for the
 * gate. */
struct span {
    struct span *next;
    char *store;
    struct exposure told;
};

struct exposures {
    struct map *findings; /* finding -> its spans */
    struct map *paths;    /* "store\0path" -> the finding there now */
    size_t spans;
    bool is_full;
    struct arena arena;
    uint64_t version;
};

enum {
    UPDATE_ARENA_MAX = 64 << 20,
    PATH_KEY_MAX = 2048 /* a path has at most 1,024 bytes */
};

static void spans_free(void *value)
{
    struct span *span = value;
    while (span) {
        struct span *next = span->next;
        free(span->store);
        free(span);
        span = next;
    }
}

struct exposures *exposures_new(void)
{
    struct exposures *exposures = mem_new(sizeof(*exposures));
    exposures->findings = map_new(EXPOSURES_MAX, spans_free);
    exposures->paths = map_new(EXPOSURES_MAX, free);
    arena_init(&exposures->arena, UPDATE_ARENA_MAX);
    return exposures;
}

void exposures_free(struct exposures *exposures)
{
    if (!exposures) {
        return;
    }
    map_free(exposures->findings);
    map_free(exposures->paths);
    arena_fini(&exposures->arena);
    free(exposures);
}

static struct span *span_of(const struct exposures *exposures,
                            struct bytes finding, const char *store)
{
    struct span *span = map_get(exposures->findings, finding);
    while (span &&
           !bytes_equal(bytes_of_text(span->store), bytes_of_text(store))) {
        span = span->next;
    }
    return span;
}

static void begin(struct exposures *exposures, struct bytes finding,
                  const char *store, uint64_t version)
{
    struct span *span = span_of(exposures, finding, store);
    if (span) {
        span->told.gone = 0;
        return;
    }
    if (exposures->spans == EXPOSURES_MAX) {
        exposures->is_full = true;
        return;
    }
    span = mem_new(sizeof(*span));
    *span = (struct span){.store = mem_string(store),
                          .told = {.published = true, .from = version}};
    struct span *first = map_get(exposures->findings, finding);
    if (first) {
        /* The map keeps its value: the new span goes in behind the first. */
        span->next = first->next;
        first->next = span;
    } else {
        err_ignore(map_put(exposures->findings, finding, span),
                   "the map has room for as many as there are spans");
    }
    exposures->spans++;
}

static void end(struct exposures *exposures, struct bytes finding,
                const char *store, uint64_t version)
{
    struct span *span = span_of(exposures, finding, store);
    if (span && span->told.gone == 0) {
        span->told.gone = version;
    }
}

/* A path holds one finding at a time: notes ${finding} (empty for none) as
 * the one there now and ends the one before. */
static void replace(struct exposures *exposures, const char *store,
                    const char *path, struct bytes finding, uint64_t version)
{
    uint8_t room[PATH_KEY_MAX];
    size_t len = (size_t)snprintf((char *)room, sizeof(room), "%s%c%s", store,
                                  '\0', path);
    struct bytes key = bytes_of(room, len < sizeof(room) ? len : sizeof(room));
    uint8_t *before = map_get(exposures->paths, key);
    if (before) {
        if (!bytes_equal(bytes_of(before, FINDING_BYTES), finding)) {
            end(exposures, bytes_of(before, FINDING_BYTES), store, version);
        }
        map_remove(exposures->paths, key);
    }
    if (finding.len != FINDING_BYTES) {
        return;
    }
    uint8_t *now = mem_new(FINDING_BYTES);
    memcpy(now, finding.data, FINDING_BYTES);
    if (map_put(exposures->paths, key, now) != ERR_OK) {
        free(now);
        exposures->is_full = true;
    }
    begin(exposures, finding, store, version);
}

static bool is_told(const Reverie__V1__Version *version)
{
    return version->has_finding && version->finding.len == FINDING_BYTES &&
           (version->state == REVERIE__V1__VERSION_STATE__VERSION_ACTIVE ||
            version->state == REVERIE__V1__VERSION_STATE__VERSION_SUSPECT);
}

static void take_delta(struct exposures *exposures, const char *store,
                       uint64_t to_version,
                       const Reverie__V1__MemoryDelta *delta)
{
    const Reverie__V1__Version *version = delta->version;
    struct bytes finding = {NULL, 0};
    uint64_t at = to_version;
    if (version && version->has_store_version) {
        at = version->store_version;
    }
    if (version && is_told(version)) {
        finding = message_bytes(true, version->finding);
    }
    replace(exposures, store, delta->path ? delta->path : "", finding, at);
}

enum err exposures_update(struct exposures *exposures, struct bytes body)
{
    Reverie__V1__MemoryUpdate *update = NULL;
    arena_reset(&exposures->arena);
    enum err err =
        MESSAGE_UNPACK(memory_update, body, &exposures->arena, &update);
    if (err != ERR_OK) {
        return err;
    }
    exposures->version++;
    for (size_t i = 0; update->store && i < update->n_deltas; i++) {
        take_delta(exposures, update->store, update->to_version,
                   update->deltas[i]);
    }
    return ERR_OK;
}

bool exposures_told(const struct exposures *exposures,
                    const uint8_t finding[FINDING_BYTES], struct bytes view)
{
    const struct span *span =
        map_get(exposures->findings, bytes_of(finding, FINDING_BYTES));
    if (!span) {
        return exposures->is_full;
    }
    while (span &&
           !exposure_holds(&span->told, view, bytes_of_text(span->store))) {
        span = span->next;
    }
    return span != NULL;
}

uint64_t exposures_mark(const struct exposures *exposures,
                        const uint8_t finding[FINDING_BYTES])
{
    uint64_t mark = exposures->is_full;
    const struct span *span =
        map_get(exposures->findings, bytes_of(finding, FINDING_BYTES));
    for (; span; span = span->next) {
        const uint64_t told[] = {mark, 1, span->told.from, span->told.gone};
        mark = hash_bytes(bytes_of(told, sizeof(told)));
    }
    return mark;
}

bool exposures_live(const struct exposures *exposures,
                    const uint8_t finding[FINDING_BYTES])
{
    const struct span *span =
        map_get(exposures->findings, bytes_of(finding, FINDING_BYTES));
    while (span && span->told.gone != 0) {
        span = span->next;
    }
    return span != NULL;
}

bool exposures_any(const struct exposures *exposures)
{
    return exposures->spans > 0;
}

uint64_t exposures_version(const struct exposures *exposures)
{
    return exposures->version;
}
