/* SPDX-License-Identifier: MIT */
/* dream run, list, show, explain. */
#include "base/edge/crypto.h"
#include "base/id.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/progress.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    TEAMS_MAX = 64,
    SHOWN_DEFAULT = 10,
    CHANGES_MAX = 4096, /* of a dream */
    LINE_MAX_BYTES = 256,
    SHOW_ARENA_MAX = 4 * CONTROL_MAX
};

static const struct option run_options[] = {
    {"team", 't', "NAME", "only this team; may be repeated"},
    {"dry", 0, NULL, "compute, propose nothing"},
};

static const struct option list_options[] = {
    {"limit", 'n', "N", "this many, newest first; default: 20"},
};

static const struct option show_options[] = {
    {"limit", 'n', "N", "this many changes whole; default: 10"},
};

static const struct option explain_options[] = {
    {"dream", 0, "ID", "of this dream; default: the newest"},
    {"limit", 'n', "N", "this many candidates; default: 50"},
};

static void on_progress(void *context, const void *payload, size_t bytes)
{
    struct arena arena;
    Reverie__V1__DreamRunReply *reply = NULL;
    arena_init(&arena, CONTROL_MAX);
    if (MESSAGE_UNPACK(dream_run_reply, bytes_of(payload, bytes), &arena,
                       &reply) == ERR_OK) {
        progress_count(context, "dreaming: events read", reply->events,
                       reply->total);
    }
    arena_fini(&arena);
}

static enum exit_code dream_run(struct context *context)
{
    const char *teams[TEAMS_MAX];
    char *fields[TEAMS_MAX];
    struct progress progress = progress_begin(context->err);
    Reverie__V1__DreamRunRequest request = REVERIE__V1__DREAM_RUN_REQUEST__INIT;
    request.n_teams =
        argument_list(&context->arguments, "team", teams, TEAMS_MAX);
    for (size_t i = 0; i < request.n_teams; i++) {
        fields[i] = message_field(teams[i]);
    }
    request.teams = fields;
    request.has_dry = true;
    request.dry = argument_is_set(&context->arguments, "dry");
    return answer_print(context, &(struct answer){.service = "dream",
                                                  .method = "run",
                                                  .message = &request,
                                                  .type = "DreamRunReply",
                                                  .text = render_dream_run,
                                                  .wraps = true,
                                                  .on_more = on_progress,
                                                  .progress = &progress});
}

static enum exit_code dream_list(struct context *context)
{
    uint64_t limit = 20;
    if (argument_number(&context->arguments, "limit", 1, 10000, &limit) !=
        ERR_OK) {
        return command_misused(context);
    }
    Reverie__V1__DreamListRequest request =
        REVERIE__V1__DREAM_LIST_REQUEST__INIT;
    request.has_limit = true;
    request.limit = (uint32_t)limit;
    return answer_print(context, &(struct answer){.service = "dream",
                                                  .method = "list",
                                                  .message = &request,
                                                  .type = "DreamListReply",
                                                  .list = "dreams",
                                                  .text = render_dream_list});
}

static enum exit_code ask_show(struct context *context,
                               Reverie__V1__DreamShowRequest *request)
{
    return answer_print(context, &(struct answer){.service = "dream",
                                                  .method = "show",
                                                  .message = request,
                                                  .type = "DreamShowReply",
                                                  .text = render_dream_show,
                                                  .wraps = true});
}

static void say(const struct context *context, const char *text)
{
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    buf_add_text(&line, text);
    command_print(context, &line);
    buf_fini(&line);
}

/* Prints the changes of the dream in ${reply}, ${limit} at most, as review
 * show does. */
static enum exit_code show_changes(struct link *link, struct bytes reply,
                                   uint64_t limit)
{
    struct arena arena;
    char id[2 * DIGEST_BYTES + 1];
    Reverie__V1__DreamShowReply *show = NULL;
    Reverie__V1__ReviewShowRequest request =
        REVERIE__V1__REVIEW_SHOW_REQUEST__INIT;
    enum exit_code code = EXIT_OK;
    arena_init(&arena, SHOW_ARENA_MAX);
    if (MESSAGE_UNPACK(dream_show_reply, reply, &arena, &show) != ERR_OK) {
        arena_fini(&arena);
        return EXIT_REFUSED;
    }
    render_sort_items(show->items, show->n_items);
    for (size_t i = 0; i < show->n_items && i < limit && code == EXIT_OK; i++) {
        const Reverie__V1__Change *change = show->items[i]->change;
        if (change && change->id.len == DIGEST_BYTES) {
            hex_text(message_bytes(true, change->id), id);
            request.change = id;
            say(link->context, "\n");
            code = answer_on(link,
                             &(struct answer){.service = "review",
                                              .method = "show",
                                              .message = &request,
                                              .type = "ReviewShowReply",
                                              .text = render_review_show,
                                              .wraps = true},
                             NULL);
        }
    }
    if (show->n_items > limit) {
        say(link->context, "\nThere are more: -n N shows them whole, and so "
                           "does reverie review show ID.\n");
    }
    arena_fini(&arena);
    return code;
}

static enum exit_code dream_show(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    uint64_t limit = SHOWN_DEFAULT;
    if (argument_number(arguments, "limit", 0, CHANGES_MAX, &limit) != ERR_OK) {
        return command_misused(context);
    }
    Reverie__V1__DreamShowRequest request =
        REVERIE__V1__DREAM_SHOW_REQUEST__INIT;
    request.dream =
        message_field(arguments->word_count > 0 ? arguments->words[0] : NULL);
    if (context->json) {
        return ask_show(context, &request);
    }
    struct link link;
    struct bytes reply;
    enum exit_code code = link_open(&link, context, NULL, NULL);
    if (code == EXIT_OK) {
        answer_note_policy(&link);
        code = answer_on(&link,
                         &(struct answer){.service = "dream",
                                          .method = "show",
                                          .message = &request,
                                          .type = "DreamShowReply",
                                          .text = render_dream_head,
                                          .wraps = true},
                         &reply);
    }
    if (code == EXIT_OK) {
        code = show_changes(&link, reply, limit);
    }
    link_close(&link);
    return code;
}

static enum exit_code dream_explain(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    uint64_t limit = 50;
    if (argument_number(arguments, "limit", 1, 10000, &limit) != ERR_OK) {
        return command_misused(context);
    }
    Reverie__V1__DreamShowRequest request =
        REVERIE__V1__DREAM_SHOW_REQUEST__INIT;
    request.dream = message_field(argument_text(arguments, "dream", NULL));
    request.has_candidates = true;
    request.candidates = true;
    request.find =
        message_field(arguments->word_count > 0 ? arguments->words[0] : NULL);
    request.has_limit = true;
    request.limit = (uint32_t)limit;
    return ask_show(context, &request);
}

const struct command dream_run_command = {
    .name = "dream run",
    .synopsis = "[--team NAME]... [--dry]",
    .summary = "read everything, propose memory changes",
    .text = "Asks the dream worker to read the log to its end, look for what "
            "teams prefer and which\nmistakes they repeat, and propose changes "
            "with their evidence. What the gate said to each\nis shown; "
            "nothing found is explained, too.\n\n"
            "  reverie dream run\n"
            "  reverie dream run --team blue --dry\n",
    .options = run_options,
    .option_count = ARRAY_LEN(run_options),
    .connects = true,
    .run = dream_run,
};

const struct command dream_list_command = {
    .name = "dream list",
    .synopsis = "[-n N]",
    .summary = "the dreams so far",
    .text = "  reverie dream list\n",
    .options = list_options,
    .option_count = ARRAY_LEN(list_options),
    .connects = true,
    .run = dream_list,
};

const struct command dream_show_command = {
    .name = "dream show",
    .synopsis = "[DREAM] [-n N]",
    .summary = "one dream: its funnel and its changes",
    .text = "A line for every change, what waits for a decision first; then, "
            "of the first ones, what\nthey change, on which numbers, the best "
            "quotes with their positions, who disagrees, what\nthey would "
            "replace, their risk and what the gate said. Without an id, the "
            "newest dream.\n\n"
            "  reverie dream show\n"
            "  reverie dream show -n 0           only the lines\n"
            "  reverie dream show -n 100 | less\n",
    .options = show_options,
    .option_count = ARRAY_LEN(show_options),
    .connects = true,
    .words_max = 1,
    .run = dream_show,
};

const struct command dream_explain_command = {
    .name = "dream explain",
    .synopsis = "[TEXT] [--dream ID]",
    .summary = "why each candidate did or did not become a change",
    .text = "Shows the funnel from events to changes, and every candidate with "
            "its reason code and\nnumbers; with TEXT, only those that hold "
            "it.\n\n"
            "  reverie dream explain\n"
            "  reverie dream explain npm\n"
            "  reverie dream explain --json | jq .candidates[].reason\n",
    .options = explain_options,
    .option_count = ARRAY_LEN(explain_options),
    .connects = true,
    .words_max = 1,
    .run = dream_explain,
};
