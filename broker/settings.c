/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "broker/auth/rights.h"
#include "broker/broker.h"
#include "proto/bus.h"

/* Bounds of the rows below, in the units of their types. */
#define KIB 1024.0
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)
#define TIB (KIB * GIB)
#define SEC ((double)US_PER_SECOND)
#define DAY ((double)US_PER_DAY)

const struct setting broker_settings[] = {
    {"data", SETTING_TEXT, "reverie-data", 0, 0, NULL,
     "Directory of the log, its tables and the keys file."},
    {"store", SETTING_CHOICE, "rocksdb", 0, 0, "rocksdb|memory",
     "Where the log is kept; memory forgets it at the end."},
    {"bus", SETTING_LIST, "tcp://127.0.0.1:7411", 0, 0, NULL,
     "Endpoints to listen on, ipc://PATH or tcp://ADDRESS:PORT."},
    {"swarms", SETTING_LIST, "default", 0, 0, NULL,
     "Names of the swarms that are served, each a tenant of its own."},
    {"keys", SETTING_TEXT, "", 0, 0, NULL,
     "Keys file of `reverie keys`; empty: keys.jsonl in the data directory."},
    {"policy", SETTING_CHOICE, "default", 0, 0,
     "review|default|approve-all-proposals",
     "Which memory changes need no human."},
    {"auto-on-asserted", SETTING_BOOL, "false", 0, 0, NULL,
     "Count witnesses of asserted identity when changes apply by themselves."},
    {"allow-asserted", SETTING_BOOL, "true", 0, 0, NULL,
     "Let local peers without a token say who they are."},
    {"asserted-rights", SETTING_LIST,
     "speak_for,import,propose,review,admin,erase,write_team,observe", 0, 0,
     NULL, "Rights of local peers without a token."},
    {"max-body", SETTING_BYTES, "1MiB", 1 * KIB, 64 * MIB, NULL,
     "Largest body of a message."},
    {"lease", SETTING_DURATION, "15s", 1 * SEC, 3600 * SEC, NULL,
     "Silence after which a peer is gone."},
    {"send-window", SETTING_BYTES, "8MiB", 128 * KIB, 1 * GIB, NULL,
     "Bytes a peer may have on their way to the log."},
    {"unread", SETTING_BYTES, "16MiB", 1 * MIB, 1 * GIB, NULL,
     "Bytes of replies a peer may leave unread before it may ask on."},
    {"backlog", SETTING_BYTES, "64MiB", 1 * MIB, 4 * GIB, NULL,
     "Bytes waiting for the log above which senders get no more credit."},
    {"pending", SETTING_BYTES, "1GiB", 16 * MIB, 64 * GIB, NULL,
     "Bytes waiting for the disk above which messages are refused."},
    {"peers", SETTING_INTEGER, "4096", 1, 65536, NULL,
     "Connections at a time."},
    {"streams", SETTING_INTEGER, "4096", 1, 65536, NULL,
     "Open streams of all peers."},
    {"requests", SETTING_INTEGER, "16384", 1, 65536, NULL,
     "Open requests of all peers."},
    {"free-reserve", SETTING_BYTES, "64MiB", 0, 1 * TIB, NULL,
     "Free disk space below which messages are refused."},
    {"cache", SETTING_BYTES, "64MiB", 1 * MIB, 1 * TIB, NULL,
     "Memory for blocks of the store."},
    {"dedupe-ids", SETTING_INTEGER, "10000000", 1000, 1e9, NULL,
     "Message ids remembered, to recognise repeats."},
    {"dedupe-time", SETTING_DURATION, "24h", 60 * SEC, 30 * DAY, NULL,
     "How long they are remembered."},
    {"proposals", SETTING_INTEGER, "10000", 1, 1e6, NULL,
     "Proposals that may wait for review."},
    {"proposal-life", SETTING_DURATION, "30d", 60 * SEC, 3650 * DAY, NULL,
     "Time after which a proposal nobody reviewed expires."},
    {"memory-budget", SETTING_INTEGER, "32768", 256, 1e9, NULL,
     "Tokens (bytes / 4) a store of memory should hold; dreams propose to drop "
     "what helps least beyond it. Handed to the dream worker by `reverie up`; "
     "a "
     "worker alone takes --budget."},
    {"drain-time", SETTING_DURATION, "10s", 1 * SEC, 600 * SEC, NULL,
     "How long a stopping broker finishes what it took."},
    {"dream-shards", SETTING_INTEGER, "1", 1, 64, NULL,
     "Threads of the dream worker that `up` starts; in no result. A worker "
     "alone takes --shards."},
};

const size_t broker_setting_count = ARRAY_LEN(broker_settings);

static enum err read_memory(const struct settings *settings,
                            struct buf *out_why, struct memory_config *out)
{
    const char *policy = settings_text(settings, "policy");

    *out = (struct memory_config){
        .auto_on_asserted = settings_bool(settings, "auto-on-asserted"),
        .proposals_max = (uint32_t)settings_integer(settings, "proposals"),
        .proposal_life_us = settings_integer(settings, "proposal-life")};
    enum err err = memory_policy_read(bytes_of_text(policy), &out->policy);
    if (err != ERR_OK) {
        buf_add_format(out_why, "policy: there is no policy %s", policy);
    }
    return err;
}

/* "FILE:LINE: ", where it comes from a file. */
static void say_place(const struct settings *settings, const char *name,
                      struct buf *out_why)
{
    const char *source = settings_source(settings, name);
    if (strchr(source, ':')) {
        buf_add_format(out_why, "%s: ", source);
    }
}

/* Whether all of them have the form of an endpoint. */
static enum err check_bus(const struct settings *settings, struct buf *out_why)
{
    struct bytes rest = bytes_of_text(settings_text(settings, "bus"));
    enum err err = ERR_OK;
    while (rest.len > 0 && err == ERR_OK) {
        size_t comma = bytes_find(rest, BYTES_LITERAL(","), 0);
        char *endpoint = bytes_to_text(bytes_slice(rest, 0, comma));
        const char *text = endpoint + strspn(endpoint, " ");
        if (*text != '\0' && !bus_is_endpoint(text)) {
            say_place(settings, "bus", out_why);
            buf_add_format(out_why,
                           "bus: %s is no endpoint: write ipc://PATH or "
                           "tcp://ADDRESS:PORT",
                           text);
            err = ERR_INVALID;
        }
        free(endpoint);
        rest = comma == SIZE_MAX ? bytes_of(NULL, 0)
                                 : bytes_slice(rest, comma + 1, rest.len);
    }
    return err;
}

static enum err read_route(const struct settings *settings, struct buf *out_why,
                           struct route_config *out)
{
    const char *rights = settings_text(settings, "asserted-rights");

    *out = route_config_default();
    out->allow_asserted = settings_bool(settings, "allow-asserted");
    out->body_max = (size_t)settings_integer(settings, "max-body");
    out->lease_us = settings_integer(settings, "lease");
    out->send_window = (size_t)settings_integer(settings, "send-window");
    out->unread_max = (size_t)settings_integer(settings, "unread");
    out->backlog_max = (size_t)settings_integer(settings, "backlog");
    out->pending_bytes_max = (size_t)settings_integer(settings, "pending");
    out->peers_max = (uint32_t)settings_integer(settings, "peers");
    out->streams_max = (uint32_t)settings_integer(settings, "streams");
    out->requests_max = (uint32_t)settings_integer(settings, "requests");
    enum err err = rights_read(bytes_of_text(rights), &out->asserted_rights);
    if (err != ERR_OK) {
        say_place(settings, "asserted-rights", out_why);
        buf_add_format(out_why, "asserted-rights: not a list of rights: %s",
                       rights);
    }
    return err;
}

enum err broker_config_read(const struct settings *settings,
                            struct buf *out_why,
                            struct broker_config *out_config)
{
    struct broker_config config = {
        .data = settings_text(settings, "data"),
        .keys = settings_text(settings, "keys"),
        .bus = settings_text(settings, "bus"),
        .swarms = settings_text(settings, "swarms"),
        .in_memory = bytes_equal_text(
            bytes_of_text(settings_text(settings, "store")), "memory"),
        .drain_us = settings_integer(settings, "drain-time"),
        .store = {
            .cache_bytes = settings_integer(settings, "cache"),
            .free_reserve_bytes = settings_integer(settings, "free-reserve"),
            .dedupe_max = (uint64_t)settings_integer(settings, "dedupe-ids"),
            .dedupe_us = settings_integer(settings, "dedupe-time")}};

    enum err err = read_memory(settings, out_why, &config.memory);
    if (err == ERR_OK) {
        err = check_bus(settings, out_why);
    }
    if (err == ERR_OK) {
        err = read_route(settings, out_why, &config.route);
    }
    if (err == ERR_OK) {
        *out_config = config;
    }
    return err;
}
