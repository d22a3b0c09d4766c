/* SPDX-License-Identifier: MIT */
/* tail and watch: events of the log as they are, and as they come. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/render/event.h"
#include "proto/limits.h"

enum {
    LINE_BUFFER_MAX = 8 << 20,
    LISTS = 5,
    QUIET_MS = 200 /* wait before what was printed is pushed out */
};

static const struct option tail_options[] = {
    {"from", 'f', "WHERE",
     "a position (123 or 0:123), 0 for the beginning, new (default), or a "
     "time (2026-01-05T12:00:00Z)"},
    {"count", 'n', "N", "end after this many events"},
    {"stop", 0, NULL, "end after what is on disk now"},
    {"ledger", 0, NULL, "the log of decisions instead of traffic"},
    {"team", 't', "NAME", "only of this team; may be repeated, as all below"},
    {"agent", 'a', "NAME", "only from this agent"},
    {"session", 's', "NAME", "only of this session"},
    {"kind", 'k', "KIND", "only of this kind; agent.* is a prefix"},
    {"topic", 0, "PATTERN", "only to matching topics (* and >)"},
};

static const struct option watch_options[] = {
    {"from", 'f', "WHERE",
     "a position of the ledger, 0 for the beginning, or new (default)"},
    {"count", 'n', "N", "end after this many"},
};

/* ---- where to begin --------------------------------------------------------
 */

static enum err read_start(struct arguments *arguments,
                           struct reverie_stream_config *config)
{
    const char *from = argument_text(arguments, "from", "new");
    uint64_t seq = 0;
    if (strcmp(from, "new") == 0) {
        config->start = REVERIE_FROM_NEW;
        return ERR_OK;
    }
    if (command_position(from, &config->log, &seq) == ERR_OK) {
        config->start = seq == 0 ? REVERIE_FROM_FIRST : REVERIE_FROM_SEQ;
        config->seq = seq;
        return ERR_OK;
    }
    if (clock_parse(bytes_of_text(from), &config->time_us) == ERR_OK) {
        config->start = REVERIE_FROM_TIME;
        return ERR_OK;
    }
    snprintf(arguments->why, sizeof(arguments->why),
             "--from %.64s is neither a position (0:123), nor 0, nor new, nor "
             "a time (2026-01-05T12:00:00Z)",
             from);
    return ERR_INVALID;
}

/* ---- following -------------------------------------------------------------
 */

struct follow {
    struct link link;
    struct reverie_stream *stream;
    uint64_t left; /* events still to print */
    struct buf text;
};

static void print_event(struct follow *follow,
                        const struct reverie_message *event)
{
    if (follow->link.context->json) {
        render_event_json(event, &follow->text);
    } else {
        render_event_line(event, &follow->text);
    }
}

static void warn_of_gaps(struct follow *follow, uint64_t *missed)
{
    struct reverie_cursor cursor = reverie_stream_cursor(follow->stream);
    if (cursor.missed > *missed) {
        command_say(follow->link.context, "(%llu events were left out)",
                    (unsigned long long)(cursor.missed - *missed));
        *missed = cursor.missed;
    }
}

static enum exit_code follow_end(struct follow *follow)
{
    const char *code = reverie_why_code(follow->link.bus);
    if (strcmp(code, "done") == 0) {
        return EXIT_OK;
    }
    command_complain(follow->link.context, "the stream ended (%s): %s", code,
                     reverie_why(follow->link.bus));
    return strcmp(code, "cursor_ahead") == 0 ? EXIT_REFUSED : EXIT_INTERRUPTED;
}

/* Prints what comes; pushes it out when nothing more is at hand. */
static enum exit_code follow_events(struct follow *follow)
{
    uint64_t missed = 0;
    while (follow->left > 0) {
        const struct reverie_message *event = NULL;
        int wait_ms = follow->text.len > 0 ? 0 : QUIET_MS;
        enum reverie_result result =
            reverie_stream_next(follow->stream, wait_ms, &event);
        if (result == REVERIE_OK) {
            print_event(follow, event);
            follow->left--;
        }
        if (result != REVERIE_OK || follow->text.len > LINE_BUFFER_MAX / 2) {
            command_print(follow->link.context, &follow->text);
            warn_of_gaps(follow, &missed);
        }
        if (result != REVERIE_OK && result != REVERIE_TIMEOUT) {
            return follow_end(follow);
        }
    }
    command_print(follow->link.context, &follow->text);
    return EXIT_OK;
}

static enum exit_code follow_log(struct context *context,
                                 const struct reverie_stream_config *config,
                                 uint64_t count)
{
    struct follow follow = {.left = count == 0 ? UINT64_MAX : count};
    buf_init(&follow.text, LINE_BUFFER_MAX);
    enum exit_code code = link_open(&follow.link, context, NULL, NULL);
    if (code == EXIT_OK) {
        answer_note_policy(&follow.link);
        code = link_failed(
            &follow.link,
            reverie_stream_open(follow.link.bus, config, &follow.stream),
            "opening the stream");
    }
    if (code == EXIT_OK) {
        code = follow_events(&follow);
    }
    reverie_stream_close(follow.stream);
    link_close(&follow.link);
    buf_fini(&follow.text);
    return code;
}

static enum exit_code tail(struct context *context)
{
    const char *lists[LISTS][FILTER_LIST_MAX];
    struct arguments *arguments = &context->arguments;
    uint64_t count = 0;
    struct reverie_stream_config config = {
        .log = argument_is_set(arguments, "ledger") ? LOG_LEDGER : LOG_TRAFFIC,
        .stop_at_head = argument_is_set(arguments, "stop"),
        .teams = lists[0],
        .agents = lists[1],
        .sessions = lists[2],
        .kinds = lists[3],
        .topics = lists[4],
    };
    if (read_start(arguments, &config) != ERR_OK ||
        argument_number(arguments, "count", 1, UINT64_MAX, &count) != ERR_OK) {
        return command_misused(context);
    }
    config.team_count =
        argument_list(arguments, "team", lists[0], FILTER_LIST_MAX);
    config.agent_count =
        argument_list(arguments, "agent", lists[1], FILTER_LIST_MAX);
    config.session_count =
        argument_list(arguments, "session", lists[2], FILTER_LIST_MAX);
    config.kind_count =
        argument_list(arguments, "kind", lists[3], FILTER_LIST_MAX);
    config.topic_count =
        argument_list(arguments, "topic", lists[4], FILTER_LIST_MAX);
    return follow_log(context, &config, count);
}

static enum exit_code watch(struct context *context)
{
    static const char *const kinds[] = {"memory.*", "dream.*", "peer.*",
                                        "log.*"};
    struct arguments *arguments = &context->arguments;
    uint64_t count = 0;
    struct reverie_stream_config config = {.kinds = kinds,
                                           .kind_count = ARRAY_LEN(kinds)};
    if (read_start(arguments, &config) != ERR_OK ||
        argument_number(arguments, "count", 1, UINT64_MAX, &count) != ERR_OK) {
        return command_misused(context);
    }
    config.log = LOG_LEDGER;
    return follow_log(context, &config, count);
}

const struct command tail_command = {
    .name = "tail",
    .synopsis = "[--from WHERE] [-n N] [--stop] [filters]",
    .summary = "events of the log, from any position on, as they come",
    .text = "Prints position, time, sender, address, kind and what it says. "
            "Follows until -n or --stop\nend it, or Ctrl-C. Filters of "
            "different names must all match; of one name, any.\n\n"
            "  reverie tail\n"
            "  reverie tail --from 0 -n 20\n"
            "  reverie tail --from 0 --stop --team blue --kind 'agent.tool_*' "
            "--json\n"
            "  reverie tail --from 1:1 --stop\n",
    .options = tail_options,
    .option_count = ARRAY_LEN(tail_options),
    .connects = true,
    .run = tail,
};

const struct command watch_command = {
    .name = "watch",
    .synopsis = "[--from WHERE] [-n N]",
    .summary = "memory updates, decisions and acknowledgements as they happen",
    .text = "Follows the ledger: proposals, what the gate and people decided, "
            "what was applied and\npublished, and every agent that has "
            "it.\n\n"
            "  reverie watch\n"
            "  reverie watch --from 0 --json\n",
    .options = watch_options,
    .option_count = ARRAY_LEN(watch_options),
    .connects = true,
    .run = watch,
};
