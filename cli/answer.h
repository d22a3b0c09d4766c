/* SPDX-License-Identifier: MIT */
/* answer.h: ask a service and print what it answers.
 *
 * Most commands are one request and one rendering, as text or as JSON.
 * Threads: the main thread. */
#ifndef REVERIE_CLI_ANSWER_H
#define REVERIE_CLI_ANSWER_H

#include "base/arena.h"
#include "cli/link.h"
#include "cli/progress.h"
#include "cli/render/render.h"

struct answer {
    const char *service;
    const char *method;
    const void *message; /* a generated message of services.proto */
    const char *type;    /* of the reply, for JSON */
    const char *list;    /* member whose elements are the JSON lines; NULL:
                            the reply is one object */
    render_reply text;
    bool wraps; /* the text is read, by people: in lines of 80 columns */
    reverie_more on_more;
    struct progress *progress; /* context of on_more; ended before printing */
};

/* Connects, asks, prints, closes. */
enum exit_code answer_print(struct context *context,
                            const struct answer *answer);

/* Asks on an open link and prints; lends the reply to *out_reply (may be
 * NULL). */
enum exit_code answer_on(struct link *link, const struct answer *answer,
                         struct bytes *out_reply);

/* What a page of a list says; false: it cannot be read. ${next} is lent by
 * ${arena}, NULL at the end. */
typedef bool (*answer_page)(struct bytes reply, struct arena *arena,
                            const char **next, size_t *items);

/* Asks on an open link for page after page and prints each: ${*after} is the
 * field of the message that says where a page begins. Adds up the items in
 * *out_items (may be NULL). */
enum exit_code answer_pages(struct link *link, const struct answer *answer,
                            char **after, answer_page page, size_t *out_items);

/* Says the policy, where everything is approved without a human and the output
 * is text; in JSON every object names it. */
void answer_note_policy(struct link *link);

/* Prints a reply that is at hand. */
enum exit_code answer_show(struct link *link, const struct answer *answer,
                           struct bytes reply);

#endif
