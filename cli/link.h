/* SPDX-License-Identifier: MIT */
/* link.h: the connection of a command to a broker.
 *
 * Finds the endpoint, connects, asks, and says in words what went wrong and
 * what to do about it. Everything goes through client/reverie.h.
 * Threads: the main thread. */
#ifndef REVERIE_CLI_LINK_H
#define REVERIE_CLI_LINK_H

#include "cli/command.h"
#include "client/reverie.h"

struct link {
    struct context *context;
    struct reverie *bus;
    int timeout_ms;
    int open_timeout_ms; /* the same if it was asked for, else 5 s */
    char endpoint[512];
    char policy[64]; /* of the broker; "" where it does not say */
};

/* Connects as an observer, or as ${agent} of ${team}. On failure it has
 * complained; close it then, too. */
enum exit_code link_open(struct link *link, struct context *context,
                         const char *agent, const char *team);
void link_close(struct link *link);

/* Where a command connects to: --connect, $REVERIE_CONNECT, or what the
 * broker that runs on ./reverie-data wrote there. ERR_NOT_FOUND. */
MUST_CHECK enum err link_endpoint(const struct context *context, char *out,
                                  size_t out_bytes);

/* A request: ${message} is a generated message of services.proto. Lends the
 * payload of the answer until the next request; complains on failure. */
struct link_question {
    const char *service;
    const char *method;
    const void *message;
    reverie_more on_more; /* may be NULL */
    void *more_context;
};
enum exit_code link_ask(struct link *link, const struct link_question *question,
                        struct bytes *out_payload);

/* Complains about a result of client/reverie.h; gives the exit code. */
enum exit_code link_failed(const struct link *link, enum reverie_result result,
                           const char *doing);

/* Whether everything is applied without a human, which every output says. */
bool link_approves_all(const struct link *link);

#endif
