/* SPDX-License-Identifier: MIT */
#include "client/inbound/feed.h"

#include <stdio.h>

#include "base/clock.h"
#include "client/core/compose.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    FEED_TEXT_MAX = 256 << 10,
    FEED_WINDOW_DEFAULT = 4 << 20
};

/* The window must hold the largest event, or the stream stands still. */
static const uint64_t window_min =
    (uint64_t)BODY_MAX_DEFAULT + STAMP_MAX + RECORD_ENVELOPE_MAX;

/* How long after a name was found held it is asked for again. */
static const int64_t again_after_us = 250 * US_PER_MS;

static enum err copy_list(struct arena *arena, const char *const **list,
                          size_t count)
{
    if (count == 0) {
        *list = NULL;
        return ERR_OK;
    }
    if (count > FILTER_LIST_MAX) {
        return ERR_TOO_BIG;
    }
    const char **copy = arena_take(arena, count * sizeof(*copy));
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] =
            (const char *)arena_copy(arena, bytes_of_text((*list)[i])).data;
        if (!copy[i]) {
            return ERR_TOO_BIG;
        }
    }
    *list = copy;
    return copy ? ERR_OK : ERR_TOO_BIG;
}

static enum err copy_config(struct feed *feed)
{
    struct reverie_stream_config *config = &feed->config;
    const struct {
        const char *const **list;
        size_t count;
    } lists[] = {
        {&config->teams, config->team_count},
        {&config->agents, config->agent_count},
        {&config->sessions, config->session_count},
        {&config->kinds, config->kind_count},
        {&config->topics, config->topic_count},
    };
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < ARRAY_LEN(lists); i++) {
        err = copy_list(&feed->texts, lists[i].list, lists[i].count);
    }
    if (err == ERR_OK && config->name) {
        config->name =
            (const char *)arena_copy(&feed->texts, bytes_of_text(config->name))
                .data;
        err = config->name ? ERR_OK : ERR_TOO_BIG;
    }
    return err;
}

enum err feed_init(struct feed *feed, uint32_t id,
                   const struct reverie_stream_config *config)
{
    *feed = (struct feed){.id = id, .config = *config};
    arena_init(&feed->texts, FEED_TEXT_MAX);
    feed->window = config->window_bytes > 0 ? (uint64_t)config->window_bytes
                                            : FEED_WINDOW_DEFAULT;
    if (feed->window < window_min) {
        feed->window = window_min;
    }
    enum err err = copy_config(feed);
    if (err != ERR_OK) {
        feed_fini(feed);
    }
    return err;
}

void feed_fini(struct feed *feed)
{
    arrivals_fini(&feed->queue);
    arena_fini(&feed->texts);
}

static Reverie__V1__Start start_of(enum reverie_start start)
{
    switch (start) {
    case REVERIE_FROM_FIRST:
        return REVERIE__V1__START__START_FIRST;
    case REVERIE_FROM_SEQ:
        return REVERIE__V1__START__START_SEQ;
    case REVERIE_FROM_TIME:
        return REVERIE__V1__START__START_TIME;
    case REVERIE_FROM_CURSOR:
        return REVERIE__V1__START__START_CURSOR;
    case REVERIE_FROM_NAMED:
        return REVERIE__V1__START__START_NAMED;
    case REVERIE_FROM_NEW:
        break;
    }
    return REVERIE__V1__START__START_NEW;
}

static void fill_filter(const struct reverie_stream_config *config,
                        Reverie__V1__Filter *filter)
{
    filter->n_teams = config->team_count;
    filter->teams = message_fields(config->teams);
    filter->n_agents = config->agent_count;
    filter->agents = message_fields(config->agents);
    filter->n_sessions = config->session_count;
    filter->sessions = message_fields(config->sessions);
    filter->n_kinds = config->kind_count;
    filter->kinds = message_fields(config->kinds);
    filter->n_topics = config->topic_count;
    filter->topics = message_fields(config->topics);
}

static void fill_start(const struct feed *feed, Reverie__V1__StreamOpen *open,
                       Reverie__V1__Cursor *cursor)
{
    const struct reverie_stream_config *config = &feed->config;
    bool resumes = feed->has_cursor;
    open->has_start = true;
    open->start =
        resumes ? REVERIE__V1__START__START_CURSOR : start_of(config->start);
    if (open->start == REVERIE__V1__START__START_CURSOR) {
        cursor->has_epoch = true;
        cursor->epoch = resumes ? feed->cursor.epoch : config->epoch;
        cursor->has_seq = true;
        cursor->seq = resumes ? feed->cursor.seq : config->seq;
        open->cursor = cursor;
    }
    open->has_seq = open->start == REVERIE__V1__START__START_SEQ;
    open->seq = config->seq;
    open->has_time_us = open->start == REVERIE__V1__START__START_TIME;
    open->time_us = config->time_us;
}

enum err feed_compose_open(struct feed *feed, struct frame out_frames[2])
{
    Reverie__V1__StreamOpen open = REVERIE__V1__STREAM_OPEN__INIT;
    Reverie__V1__Filter filter = REVERIE__V1__FILTER__INIT;
    Reverie__V1__Cursor cursor = REVERIE__V1__CURSOR__INIT;
    const struct reverie_stream_config *config = &feed->config;
    fill_filter(config, &filter);
    fill_start(feed, &open, &cursor);
    char *name = message_fields(&config->name)[0];
    open.has_stream = true;
    open.stream = feed->id;
    open.has_log = true;
    open.log = config->log;
    open.name = name;
    open.has_lossy = config->lossy;
    open.lossy = config->lossy;
    open.filter = &filter;
    open.has_limit_bytes = true;
    open.limit_bytes = feed->window;
    open.has_stop_at_head = config->stop_at_head;
    open.stop_at_head = config->stop_at_head;
    enum err err = compose_control("control.stream_open", &open, out_frames);
    if (err == ERR_OK) {
        feed->state = FEED_OPENING;
        feed->taken = 0;
        feed->limit = feed->window;
        feed->again_us = 0;
    }
    return err;
}

bool feed_hold(struct feed *feed, int64_t now_us, int64_t patience_us)
{
    if (feed->state != FEED_OPENING || !feed->config.name) {
        return false;
    }
    if (feed->held_since_us == 0) {
        feed->held_since_us = now_us;
    }
    if (now_us - feed->held_since_us >= patience_us) {
        return false;
    }
    feed->state = FEED_WAITING;
    feed->again_us = now_us + again_after_us;
    return true;
}

void feed_detach(struct feed *feed)
{
    if (feed->state == FEED_CLOSED) {
        return; /* what came before the end may still be taken */
    }
    arrivals_clear(&feed->queue);
    feed->state = FEED_WAITING;
    if (feed->has_stop && feed->cursor.seq > feed->stop_at) {
        feed_close(feed, "done", "everything that was on disk was read");
    }
}

void feed_opened(struct feed *feed, uint64_t epoch, uint64_t seq, uint64_t head)
{
    if (feed->state != FEED_OPENING) {
        return;
    }
    feed->held_since_us = 0;
    feed->state = FEED_OPEN;
    if (feed->config.stop_at_head && !feed->has_stop) {
        feed->has_stop = true;
        feed->stop_at = head;
    }
    feed->has_cursor = true;
    feed->cursor.epoch = epoch;
    feed->cursor.seq = seq;
    feed->cursor.head = head;
    feed->cursor.caught_up = false;
}

void feed_mark(struct feed *feed, struct arrival *mark)
{
    if (feed->state != FEED_CLOSED) {
        mark->is_mark = true;
        arrivals_push(&feed->queue, mark);
    }
}

void feed_event(struct feed *feed, struct arrival *event)
{
    if (feed->state == FEED_CLOSED) {
        arrival_close(event);
        return;
    }
    arrivals_push(&feed->queue, event);
}

void feed_close(struct feed *feed, const char *code, const char *sentence)
{
    if (feed->state == FEED_CLOSED) {
        return;
    }
    feed->state = FEED_CLOSED;
    snprintf(feed->code, sizeof(feed->code), "%s", code);
    snprintf(feed->sentence, sizeof(feed->sentence), "%s", sentence);
}

static void pass(struct feed *feed, const struct arrival *arrival)
{
    struct reverie_cursor *cursor = &feed->cursor;
    feed->has_cursor = true;
    cursor->epoch = arrival->epoch;
    cursor->seq = arrival->seq + (arrival->is_mark ? 0 : 1);
    if (arrival->is_mark) {
        cursor->caught_up = arrival->caught_up;
        cursor->missed += arrival->missed;
    }
    if (arrival->is_mark && arrival->head > cursor->head) {
        cursor->head = arrival->head;
    }
    if (cursor->seq > 0 && cursor->seq - 1 > cursor->head) {
        cursor->head = cursor->seq - 1;
    }
    feed->taken += arrival->bytes;
}

bool feed_take(struct feed *feed, struct arrival *out)
{
    while (arrivals_pop(&feed->queue, out)) {
        pass(feed, out);
        if (!out->is_mark) {
            feed->cursor.caught_up =
                feed->cursor.caught_up && feed->queue.count == 0;
            return true;
        }
    }
    return false;
}

bool feed_grant(struct feed *feed, uint64_t *out_limit)
{
    bool is_attached = feed->state == FEED_OPEN || feed->state == FEED_OPENING;
    uint64_t wanted = feed->taken + feed->window;
    if (!is_attached || wanted - feed->limit < feed->window / 2) {
        return false;
    }
    feed->limit = wanted;
    *out_limit = wanted;
    return true;
}
