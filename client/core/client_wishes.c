/* SPDX-License-Identifier: MIT */
/* What the caller wants: messages out and in, streams. */
#include <stdlib.h>

#include "client/core/client_state.h"
#include "proto/messages.h"

enum err client_publish(struct client *client, const struct id *id,
                        struct frame frames[2])
{
    enum err err = outgoing_add(&client->outgoing, id, frames);
    if (err == ERR_OK) {
        client->counts.published++;
    }
    return err;
}

void client_watch(struct client *client, const struct id *id)
{
    client->is_watching = id != NULL;
    client->outcome = OUTCOME_WAITING;
    if (id) {
        client->watched = *id;
    }
}

enum client_outcome client_watched(const struct client *client,
                                   struct reverie_place *out_place)
{
    if (client->outcome == OUTCOME_ACCEPTED && out_place) {
        *out_place = client->outcome_place;
    }
    return client->outcome;
}

void client_on_accepted(struct client *client, reverie_accepted callback,
                        void *context)
{
    client->on_accepted = callback;
    client->on_accepted_context = context;
}

bool client_has_messages(const struct client *client)
{
    return client->inbox.count > 0;
}

bool client_take(struct client *client, struct arrival *out)
{
    while (arrivals_pop(&client->inbox, out)) {
        client->inbox_taken += out->bytes;
        if (!repeats_has(&client->repeats, out->log, out->seq, out->epoch)) {
            client->counts.received++;
            client->taken_in = client->welcomes;
            return true;
        }
        client->counts.repeats++;
        client_done(client, out->log, out->seq, out->epoch);
        arrival_close(out);
    }
    return false;
}

void client_done(struct client *client, uint32_t log, uint64_t seq,
                 uint64_t epoch)
{
    assert(log < LOG_COUNT);
    repeats_add(&client->repeats, log, seq, epoch);
    if (client->state != CLIENT_WELCOME) {
        return; /* it comes again, and is answered from the window */
    }
    client->done_seqs[log][client->done_count[log]++] = seq;
    if (client->done_count[log] == CLIENT_DONE_BATCH) {
        client_settle(client);
    }
}

void client_done_taken(struct client *client, uint32_t log, uint64_t seq,
                       uint64_t epoch)
{
    if (client->taken_in == client->welcomes) {
        client_done(client, log, seq, epoch);
    } else {
        repeats_add(&client->repeats, log, seq, epoch);
    }
}

static size_t free_place(const struct client *client)
{
    size_t place = 0;
    while (place < CLIENT_STREAMS_MAX && client->feeds[place]) {
        place++;
    }
    return place;
}

enum err client_add_feed(struct client *client,
                         const struct reverie_stream_config *config,
                         struct feed **out_feed)
{
    size_t place = free_place(client);
    if (place == CLIENT_STREAMS_MAX) {
        return ERR_FULL;
    }
    struct frame frames[COMPOSE_FRAMES] = {{.is_open = false}};
    struct feed *feed = mem_new(sizeof(*feed));
    enum err err = feed_init(feed, client->next_feed, config);
    if (err != ERR_OK) {
        free(feed);
        return err;
    }
    if (client->state == CLIENT_WELCOME) {
        err = feed_compose_open(feed, frames);
    }
    if (err != ERR_OK) {
        feed_fini(feed);
        free(feed);
        return err;
    }
    client->next_feed++;
    client->feeds[place] = feed;
    if (feed->state == FEED_OPENING) {
        client_put_frames(client, frames);
    }
    *out_feed = feed;
    return ERR_OK;
}

void client_commit_feed(struct client *client, struct feed *feed)
{
    if (client->state != CLIENT_WELCOME || feed->state != FEED_OPEN) {
        return; /* the next commit says it, too */
    }
    Reverie__V1__Cursor next = REVERIE__V1__CURSOR__INIT;
    next.has_epoch = true;
    next.epoch = feed->cursor.epoch;
    next.has_seq = true;
    next.seq = feed->cursor.seq;
    Reverie__V1__StreamCommit commit = REVERIE__V1__STREAM_COMMIT__INIT;
    commit.has_stream = true;
    commit.stream = feed->id;
    commit.next = &next;
    client_put_control(client, "control.stream_commit", &commit);
}

void client_drop_feed(struct client *client, struct feed *feed)
{
    for (size_t i = 0; i < CLIENT_STREAMS_MAX; i++) {
        if (client->feeds[i] == feed) {
            client->feeds[i] = NULL;
        }
    }
    bool is_attached = feed->state == FEED_OPEN || feed->state == FEED_OPENING;
    if (client->state == CLIENT_WELCOME && is_attached) {
        Reverie__V1__StreamClose end = REVERIE__V1__STREAM_CLOSE__INIT;
        char code[] = "asked";
        end.has_stream = true;
        end.stream = feed->id;
        end.code = code;
        client_put_control(client, "control.stream_close", &end);
    }
    feed_fini(feed);
    free(feed);
}
