/* SPDX-License-Identifier: MIT */
#include "cli/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/limits.h"
#include "proto/messages.h"

enum {
    TIMEOUT_DEFAULT_S = 60,
    TIMEOUT_MAX_S = 86400,
    OPEN_TIMEOUT_MS = 5000, /* where nothing else is asked for */
    INFO_TIMEOUT_MS = 5000
};

/* What to do about a refusal. */
static const struct {
    const char *code;
    const char *advice;
} advices[] = {
    {"unauthorized", "give a token: --token FILE (made by reverie keys add)"},
    {"denied", "ask for a key with that right: reverie keys add --rights ..."},
    {"no_worker", "start a dream worker: reverie up does, or reverie dream "
                  "worker"},
    {"deadline", "it may still be going on; allow more with --timeout SECONDS"},
    {"draining", "the broker is stopping: start it again, then repeat"},
    {"conflict", "it has changed since: look at it again, then repeat"},
    {"wrong_swarm", "name the swarm: --swarm NAME"},
    {"name_in_use", "another connection is this agent: choose another --agent"},
    {"unknown_address", "nobody has joined under that name yet: reverie peers"},
    {"disk_full", "free some space on the broker's disk"},
};

static bool read_endpoint_file(const char *path, char *out, size_t out_bytes)
{
    FILE *file = fopen(path, "re");
    bool is_read = file && fgets(out, (int)out_bytes, file);
    if (file) {
        fclose(file);
    }
    if (is_read) {
        out[strcspn(out, "\r\n")] = '\0';
    }
    return is_read && out[0] != '\0';
}

enum err link_endpoint(const struct context *context, char *out,
                       size_t out_bytes)
{
    const char *given = argument_text(&context->arguments, "connect",
                                      getenv("REVERIE_CONNECT"));
    if (given && given[0]) {
        int len = snprintf(out, out_bytes, "%s", given);
        return len > 0 && (size_t)len < out_bytes ? ERR_OK : ERR_TOO_BIG;
    }
    return read_endpoint_file("reverie-data/endpoint", out, out_bytes)
               ? ERR_OK
               : ERR_NOT_FOUND;
}

static void say_advice(const struct link *link, const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(advices); i++) {
        if (strcmp(advices[i].code, code) == 0) {
            command_say(link->context, "what to do: %s", advices[i].advice);
            return;
        }
    }
}

/* What was refused for the time being, the client sends again: who gives up
 * waiting wants to know what it waited for. */
static void say_timeout(const struct link *link, const char *doing)
{
    const char *code = reverie_why_code(link->bus);
    if (code[0] == '\0' || strcmp(code, "timeout") == 0) {
        command_complain(link->context,
                         "%s: no answer within %d s; allow more with --timeout",
                         doing, link->timeout_ms / 1000);
        return;
    }
    command_complain(
        link->context, "%s: not done within %d s; the last refusal (%s): %s",
        doing, link->timeout_ms / 1000, code, reverie_why(link->bus));
    say_advice(link, code);
}

enum exit_code link_failed(const struct link *link, enum reverie_result result,
                           const char *doing)
{
    const char *code = reverie_why_code(link->bus);
    const char *why = reverie_why(link->bus);
    switch (result) {
    case REVERIE_OK:
        return EXIT_OK;
    case REVERIE_TIMEOUT:
        say_timeout(link, doing);
        return EXIT_TIMED_OUT;
    case REVERIE_INVALID:
        command_complain(link->context, "%s: %s", doing, why);
        return EXIT_USAGE;
    case REVERIE_CLOSED:
        command_complain(link->context, "%s: %s", doing,
                         why[0] ? why : "the connection ended");
        return EXIT_INTERRUPTED;
    case REVERIE_REFUSED:
    case REVERIE_FULL:
    case REVERIE_PROTOCOL:
    case REVERIE_SYSTEM:
        break;
    }
    command_complain(link->context, "%s was refused (%s): %s", doing, code,
                     why);
    say_advice(link, code);
    return EXIT_REFUSED;
}

/* The policy stands in every output while everything is approved; a peer that
 * may not know it goes without. */
static void learn_policy(struct link *link)
{
    struct arena arena;
    const void *payload = NULL;
    size_t bytes = 0;
    Reverie__V1__AdminInfoReply *info = NULL;
    arena_init(&arena, CONTROL_MAX);
    if (reverie_request(link->bus, "admin", "info", NULL, 0, INFO_TIMEOUT_MS,
                        NULL, NULL, &payload, &bytes) == REVERIE_OK &&
        MESSAGE_UNPACK(admin_info_reply, bytes_of(payload, bytes), &arena,
                       &info) == ERR_OK) {
        snprintf(link->policy, sizeof(link->policy), "%s",
                 info->policy ? info->policy : "");
    }
    arena_fini(&arena);
}

/* Why nothing answers at an ipc path, where the file system can tell. */
static const char *ipc_trouble(const char *endpoint)
{
    static const char prefix[] = "ipc://";
    const char *path = endpoint + sizeof(prefix) - 1;
    if (strncmp(endpoint, prefix, sizeof(prefix) - 1) != 0 ||
        access(path, R_OK | W_OK) == 0) {
        return "";
    }
    return errno == EACCES ? ": you may not use that socket"
                           : ": there is no such socket";
}

static enum exit_code connect_failed(const struct link *link,
                                     enum reverie_result result)
{
    if (result == REVERIE_TIMEOUT) {
        command_complain(link->context, "no broker answers at %s within %d s%s",
                         link->endpoint, link->open_timeout_ms / 1000,
                         ipc_trouble(link->endpoint));
        command_say(link->context,
                    "what to do: start one with `reverie up --data DIR`, or "
                    "name another with --connect ENDPOINT");
        return EXIT_NO_BROKER;
    }
    enum exit_code code = link_failed(link, result, "connecting");
    return code == EXIT_INTERRUPTED ? EXIT_NO_BROKER : code;
}

enum exit_code link_open(struct link *link, struct context *context,
                         const char *agent, const char *team)
{
    uint64_t timeout_s = TIMEOUT_DEFAULT_S;
    *link = (struct link){.context = context};
    if (argument_number(&context->arguments, "timeout", 1, TIMEOUT_MAX_S,
                        &timeout_s) != ERR_OK) {
        return command_misused(context);
    }
    link->timeout_ms = (int)timeout_s * 1000;
    link->open_timeout_ms = argument_is_set(&context->arguments, "timeout")
                                ? link->timeout_ms
                                : OPEN_TIMEOUT_MS;
    if (link_endpoint(context, link->endpoint, sizeof(link->endpoint)) !=
        ERR_OK) {
        command_complain(context, "no broker is known here");
        command_say(context, "what to do: start one with `reverie up --data "
                             "./reverie-data`, or name one with --connect "
                             "ENDPOINT");
        return EXIT_NO_BROKER;
    }
    struct reverie_config config = {
        .endpoint = link->endpoint,
        .agent = agent,
        .team = team,
        .swarm = argument_text(&context->arguments, "swarm", NULL),
        .token_file = argument_text(&context->arguments, "token",
                                    getenv("REVERIE_TOKEN")),
        .name = "reverie/" REVERIE_VERSION,
        .open_timeout_ms = link->open_timeout_ms,
    };
    enum reverie_result result = reverie_open(&config, &link->bus);
    if (result != REVERIE_OK) {
        return connect_failed(link, result);
    }
    learn_policy(link);
    return EXIT_OK;
}

void link_close(struct link *link)
{
    reverie_close(link->bus);
    link->bus = NULL;
}

enum exit_code link_ask(struct link *link, const struct link_question *question,
                        struct bytes *out_payload)
{
    struct buf packed;
    const void *payload = NULL;
    size_t bytes = 0;
    buf_init(&packed, CONTROL_MAX);
    message_pack(question->message, &packed);
    enum reverie_result result = reverie_request(
        link->bus, question->service, question->method, packed.data, packed.len,
        link->timeout_ms, question->on_more, question->more_context, &payload,
        &bytes);
    buf_fini(&packed);
    if (result != REVERIE_OK) {
        char doing[128];
        snprintf(doing, sizeof(doing), "%s.%s", question->service,
                 question->method);
        return link_failed(link, result, doing);
    }
    *out_payload = bytes_of(payload, bytes);
    return EXIT_OK;
}

bool link_approves_all(const struct link *link)
{
    return strcmp(link->policy, "approve-all-proposals") == 0;
}
