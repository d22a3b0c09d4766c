/* SPDX-License-Identifier: MIT */
/* pub: publish messages, one or a line each. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/input.h"
#include "cli/progress.h"
#include "cli/render/event.h"
#include "proto/limits.h"
#include "proto/messages.h"

static const struct option pub_options[] = {
    {"to", 0, "ADDRESS", "agent:NAME, role:NAME, team:NAME or topic:a.b.c"},
    {"agent", 'a', "NAME", "publish as this agent; default: $USER"},
    {"team", 't', "NAME", "its team"},
    {"kind", 'k', "KIND", "default: agent.message"},
    {"session", 's', "NAME", "the run or conversation it belongs to"},
    {"thread", 0, "NAME", "the sub-conversation"},
    {"parent", 0, "ID", "the message it answers, 32 hexadecimal digits"},
    {"origin", 0, "WHO", "owner, user, agent, tool or external"},
    {"occurred", 0, "TIME", "when it happened (2026-01-05T12:00:00Z)"},
    {"type", 0, "TYPE",
     "content type of the bytes; default: a typed message for kinds that have "
     "one, else text/plain"},
    {"file", 'f', "FILE", "take the body from FILE; - is standard input"},
    {"lines", 'l', NULL, "publish every line of standard input"},
};

struct publisher {
    struct link link;
    struct reverie_message message;
    bool is_typed; /* the text becomes the `text` of a Message */
    uint8_t parent[ID_BYTES];
    uint64_t accepted;
    uint64_t refused;
};

/* ---- reading the options ---------------------------------------------------
 */

static const struct {
    const char *name;
    enum reverie_origin origin;
} origins[] = {
    {"owner", REVERIE_ORIGIN_OWNER},       {"user", REVERIE_ORIGIN_USER},
    {"agent", REVERIE_ORIGIN_AGENT},       {"tool", REVERIE_ORIGIN_TOOL},
    {"external", REVERIE_ORIGIN_EXTERNAL},
};

static enum err read_origin(struct arguments *arguments,
                            enum reverie_origin *out)
{
    const char *name = argument_text(arguments, "origin", NULL);
    for (size_t i = 0; name && i < ARRAY_LEN(origins); i++) {
        if (strcmp(origins[i].name, name) == 0) {
            *out = origins[i].origin;
            return ERR_OK;
        }
    }
    if (!name) {
        *out = REVERIE_ORIGIN_AGENT;
        return ERR_OK;
    }
    snprintf(arguments->why, sizeof(arguments->why),
             "--origin must be owner, user, agent, tool or external, not "
             "%.64s",
             name);
    return ERR_INVALID;
}

static enum err read_parent(struct arguments *arguments,
                            struct publisher *publisher)
{
    const char *text = argument_text(arguments, "parent", NULL);
    if (!text) {
        return ERR_OK;
    }
    if (hex_parse(bytes_of_text(text), publisher->parent, ID_BYTES) != ERR_OK) {
        snprintf(arguments->why, sizeof(arguments->why),
                 "--parent must be 32 hexadecimal digits, not %.64s", text);
        return ERR_INVALID;
    }
    publisher->message.parent = publisher->parent;
    return ERR_OK;
}

static enum err read_occurred(struct arguments *arguments,
                              struct reverie_message *message)
{
    const char *text = argument_text(arguments, "occurred", NULL);
    if (!text) {
        return ERR_OK;
    }
    if (clock_parse(bytes_of_text(text), &message->occurred_us) != ERR_OK) {
        snprintf(arguments->why, sizeof(arguments->why),
                 "--occurred must be a time like 2026-01-05T12:00:00Z, not "
                 "%.64s",
                 text);
        return ERR_INVALID;
    }
    message->has_occurred = true;
    return ERR_OK;
}

static enum err read_options(struct arguments *arguments,
                             struct publisher *publisher)
{
    struct reverie_message *message = &publisher->message;
    message->to = argument_text(arguments, "to", NULL);
    message->kind = argument_text(arguments, "kind", "agent.message");
    message->session = argument_text(arguments, "session", NULL);
    message->thread = argument_text(arguments, "thread", NULL);
    if (!message->to) {
        snprintf(arguments->why, sizeof(arguments->why),
                 "--to is missing: agent:NAME, role:NAME, team:NAME or "
                 "topic:a.b.c");
        return ERR_INVALID;
    }
    const char *body = render_type_of_kind(bytes_of_text(message->kind));
    const char *type = argument_text(arguments, "type", NULL);
    publisher->is_typed = !type && body && strcmp(body, "Message") == 0;
    message->content_type = type                  ? type
                            : publisher->is_typed ? "application/x-protobuf"
                                                  : "text/plain";
    enum err err = read_origin(arguments, &message->origin);
    if (err == ERR_OK) {
        err = read_parent(arguments, publisher);
    }
    return err == ERR_OK ? read_occurred(arguments, message) : err;
}

/* ---- publishing ------------------------------------------------------------
 */

static void pack_body(const struct publisher *publisher, struct bytes text,
                      struct buf *out)
{
    if (!publisher->is_typed) {
        buf_add(out, text);
        return;
    }
    Reverie__V1__Message message = REVERIE__V1__MESSAGE__INIT;
    char *copy = bytes_to_text(text);
    message.text = copy;
    message_pack(&message, out);
    free(copy);
}

static void print_place(const struct context *context,
                        const struct reverie_place *place)
{
    if (context->json) {
        fprintf(context->out,
                "{\"log\":%u,\"seq\":%llu,\"epoch\":%llu,\"repeat\":%s}\n",
                place->log, (unsigned long long)place->seq,
                (unsigned long long)place->epoch,
                place->repeat ? "true" : "false");
    } else {
        fprintf(context->out, "%u:%llu\n", place->log,
                (unsigned long long)place->seq);
    }
}

static enum exit_code publish_one(struct publisher *publisher,
                                  struct bytes text)
{
    struct buf body;
    struct reverie_place place = {0};
    buf_init(&body, BODY_MAX_LIMIT);
    pack_body(publisher, text, &body);
    publisher->message.body = body.data;
    publisher->message.body_bytes = body.len;
    enum reverie_result result =
        reverie_publish_wait(publisher->link.bus, &publisher->message,
                             publisher->link.timeout_ms, &place);
    buf_fini(&body);
    if (result != REVERIE_OK) {
        return link_failed(&publisher->link, result, "the message");
    }
    print_place(publisher->link.context, &place);
    return EXIT_OK;
}

static void on_accepted(void *context, const uint8_t id[16],
                        const struct reverie_place *place, const char *code,
                        const char *sentence)
{
    struct publisher *publisher = context;
    (void)id;
    if (place) {
        publisher->accepted++;
        return;
    }
    if (publisher->refused++ == 0) {
        command_complain(publisher->link.context, "refused (%s): %s", code,
                         sentence);
    }
}

/* Until one of those the client holds is accepted or refused. */
static enum reverie_result make_room(const struct link *link)
{
    size_t before = reverie_counts(link->bus).unaccepted;
    int64_t until_us =
        clock_monotonic_us() + (int64_t)link->timeout_ms * US_PER_MS;

    while (reverie_counts(link->bus).unaccepted >= before) {
        enum reverie_result result = reverie_poll(link->bus, 1);
        if (result != REVERIE_OK && result != REVERIE_TIMEOUT) {
            return result;
        }
        if (clock_monotonic_us() >= until_us) {
            return REVERIE_TIMEOUT;
        }
    }
    return REVERIE_OK;
}

/* Queues one line; waits while the client holds its maximum. */
static enum reverie_result publish_line(struct publisher *publisher,
                                        struct bytes line)
{
    struct buf body;
    enum reverie_result result = REVERIE_OK;
    buf_init(&body, BODY_MAX_LIMIT);
    pack_body(publisher, line, &body);
    publisher->message.body = body.data;
    publisher->message.body_bytes = body.len;
    result = reverie_publish(publisher->link.bus, &publisher->message, NULL);
    while (result == REVERIE_FULL) {
        result = make_room(&publisher->link);
        if (result == REVERIE_OK) {
            result =
                reverie_publish(publisher->link.bus, &publisher->message, NULL);
        }
    }
    buf_fini(&body);
    return result;
}

static enum exit_code publish_lines(struct publisher *publisher)
{
    struct context *context = publisher->link.context;
    struct progress progress = progress_begin(context->err);
    enum reverie_result result = REVERIE_OK;
    char *line = NULL;
    size_t room = 0;
    ssize_t len = 0;
    reverie_on_accepted(publisher->link.bus, on_accepted, publisher);
    while (result == REVERIE_OK && (len = getline(&line, &room, stdin)) > 0) {
        size_t bytes = (size_t)len - (line[len - 1] == '\n' ? 1 : 0);
        result = publish_line(publisher, bytes_of(line, bytes));
        progress_count(&progress, "lines accepted", publisher->accepted, 0);
    }
    free(line);
    if (result == REVERIE_OK) {
        result = reverie_flush(publisher->link.bus, publisher->link.timeout_ms);
    }
    progress_end(&progress);
    if (result != REVERIE_OK) {
        return link_failed(&publisher->link, result, "publishing");
    }
    fprintf(context->out,
            context->json ? "{\"accepted\":%llu,\"refused\":%llu}\n"
                          : "%llu accepted, %llu refused\n",
            (unsigned long long)publisher->accepted,
            (unsigned long long)publisher->refused);
    return publisher->refused == 0 ? EXIT_OK : EXIT_REFUSED;
}

static enum exit_code publish_text(struct publisher *publisher)
{
    struct buf text;
    buf_init(&text, BODY_MAX_LIMIT);
    enum exit_code code = input_text(publisher->link.context, 0, "file", &text);
    if (code == EXIT_OK) {
        code = publish_one(publisher, buf_bytes(&text));
    }
    buf_fini(&text);
    return code;
}

static enum exit_code pub(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    struct publisher publisher = {.accepted = 0};
    if (read_options(arguments, &publisher) != ERR_OK) {
        return command_misused(context);
    }
    const char *user = getenv("USER");
    const char *agent =
        argument_text(arguments, "agent", user && user[0] ? user : "reverie");
    enum exit_code code = link_open(&publisher.link, context, agent,
                                    argument_text(arguments, "team", NULL));
    if (code == EXIT_OK) {
        code = argument_is_set(arguments, "lines") ? publish_lines(&publisher)
                                                   : publish_text(&publisher);
    }
    link_close(&publisher.link);
    return code;
}

const struct command pub_command = {
    .name = "pub",
    .synopsis = "--to ADDRESS [TEXT]",
    .summary = "publish a message and print its position",
    .text = "Prints where the message is on disk. Kinds that carry a text "
            "(agent.message,\nuser.message, note.*) are packed as such; other "
            "bodies are sent as they are, with --type.\n\n"
            "  reverie pub --agent ada --team blue --to team:blue 'hello'\n"
            "  reverie pub --to agent:bob --kind user.message --origin user "
            "'please use pnpm'\n"
            "  reverie pub --to topic:build.done --kind note.build --type "
            "application/json --file out.json\n"
            "  seq 1000 | reverie pub --to team:blue --lines\n",
    .options = pub_options,
    .option_count = ARRAY_LEN(pub_options),
    .connects = true,
    .words_max = 1,
    .run = pub,
};
