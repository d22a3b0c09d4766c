/* SPDX-License-Identifier: MIT */
/* review list, show, approve, reject, edit, defer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/edge/crypto.h"
#include "base/id.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/input.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    PAGE = 100,
    ARENA_MAX = 4 * CONTROL_MAX
};

static const struct option list_options[] = {
    {"state", 's', "STATE",
     "proposed (default), approved, rejected, expired, applied or superseded"},
};

static const struct option decide_options[] = {
    {"reason", 'r', "TEXT", "why; kept in the ledger"},
};

static const struct option edit_options[] = {
    {"file", 'f', "FILE", "the new content of the memory; - is standard input"},
    {"reason", 'r', "TEXT", "why; kept in the ledger"},
};

/* ---- list ------------------------------------------------------------------
 */

static const struct {
    const char *name;
    Reverie__V1__ChangeState state;
} states[] = {
    {"proposed", REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED},
    {"approved", REVERIE__V1__CHANGE_STATE__CHANGE_APPROVED},
    {"rejected", REVERIE__V1__CHANGE_STATE__CHANGE_REJECTED},
    {"expired", REVERIE__V1__CHANGE_STATE__CHANGE_EXPIRED},
    {"applied", REVERIE__V1__CHANGE_STATE__CHANGE_APPLIED},
    {"superseded", REVERIE__V1__CHANGE_STATE__CHANGE_SUPERSEDED},
};

static bool read_state(struct arguments *arguments,
                       Reverie__V1__ChangeState *out)
{
    const char *name = argument_text(arguments, "state", "proposed");
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (strcmp(states[i].name, name) == 0) {
            *out = states[i].state;
            return true;
        }
    }
    snprintf(arguments->why, sizeof(arguments->why),
             "--state must be proposed, approved, rejected, expired, "
             "applied or superseded, not %.64s",
             name);
    return false;
}

static bool read_page(struct bytes reply, struct arena *arena,
                      const char **next, size_t *items)
{
    Reverie__V1__ReviewListReply *page = NULL;
    if (MESSAGE_UNPACK(review_list_reply, reply, arena, &page) != ERR_OK) {
        return false;
    }
    *next = page->next;
    *items += page->n_items;
    return true;
}

static enum exit_code review_list(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    struct link link;
    size_t items = 0;
    Reverie__V1__ReviewListRequest request =
        REVERIE__V1__REVIEW_LIST_REQUEST__INIT;
    if (!read_state(arguments, &request.state)) {
        return command_misused(context);
    }
    request.has_state = true;
    request.store =
        message_field(arguments->word_count > 0 ? arguments->words[0] : NULL);
    request.has_limit = true;
    request.limit = PAGE;
    enum exit_code code = link_open(&link, context, NULL, NULL);
    if (code == EXIT_OK) {
        answer_note_policy(&link);
        code = answer_pages(&link,
                            &(struct answer){.service = "review",
                                             .method = "list",
                                             .message = &request,
                                             .type = "ReviewListReply",
                                             .list = "items",
                                             .text = render_review_list},
                            &request.after, read_page, &items);
    }
    if (code == EXIT_OK && items == 0 && !context->json) {
        command_say(context, "nothing there");
    }
    link_close(&link);
    return code;
}

/* ---- one change ------------------------------------------------------------
 */

static enum exit_code review_show(struct context *context)
{
    Reverie__V1__ReviewShowRequest request =
        REVERIE__V1__REVIEW_SHOW_REQUEST__INIT;
    request.change = message_field(context->arguments.words[0]);
    return answer_print(context, &(struct answer){.service = "review",
                                                  .method = "show",
                                                  .message = &request,
                                                  .type = "ReviewShowReply",
                                                  .text = render_review_show,
                                                  .wraps = true});
}

/* The whole digest behind a prefix of it. A decision is bound to the digest of
 * what is in the log now, never to a prefix. */
static enum exit_code find_change(struct link *link, const char *prefix,
                                  struct digest *out)
{
    struct bytes reply = {0};
    struct arena arena;
    Reverie__V1__ReviewShowReply *show = NULL;
    Reverie__V1__ReviewShowRequest request =
        REVERIE__V1__REVIEW_SHOW_REQUEST__INIT;
    request.change = message_field(prefix);
    arena_init(&arena, ARENA_MAX);
    enum exit_code code = link_ask(link,
                                   &(struct link_question){.service = "review",
                                                           .method = "show",
                                                           .message = &request},
                                   &reply);
    bool is_found =
        code == EXIT_OK &&
        MESSAGE_UNPACK(review_show_reply, reply, &arena, &show) == ERR_OK &&
        show->item && show->item->change &&
        show->item->change->id.len == DIGEST_BYTES;
    if (is_found) {
        memcpy(out->bytes, show->item->change->id.data, DIGEST_BYTES);
    } else if (code == EXIT_OK) {
        command_complain(link->context, "there is no change %.64s", prefix);
        code = EXIT_REFUSED;
    }
    arena_fini(&arena);
    return code;
}

static enum exit_code decide(struct context *context,
                             Reverie__V1__Decision decision,
                             const char *content)
{
    struct link link;
    struct digest digest;
    const char *prefix = context->arguments.words[0];
    enum exit_code code = link_open(&link, context, NULL, NULL);
    if (code == EXIT_OK) {
        answer_note_policy(&link);
        code = find_change(&link, prefix, &digest);
    }
    if (code == EXIT_OK) {
        Reverie__V1__ReviewDecideRequest request =
            REVERIE__V1__REVIEW_DECIDE_REQUEST__INIT;
        request.has_change = true;
        request.change = message_binary(bytes_of(digest.bytes, DIGEST_BYTES));
        request.has_decision = true;
        request.decision = decision;
        request.reason =
            message_field(argument_text(&context->arguments, "reason", ""));
        request.content = message_field(content);
        code = answer_on(&link,
                         &(struct answer){.service = "review",
                                          .method = "decide",
                                          .message = &request,
                                          .type = "ReviewDecideReply",
                                          .text = render_review_decide},
                         NULL);
    }
    link_close(&link);
    return code;
}

static enum exit_code review_approve(struct context *context)
{
    return decide(context, REVERIE__V1__DECISION__DECISION_APPROVE, NULL);
}

static enum exit_code review_reject(struct context *context)
{
    return decide(context, REVERIE__V1__DECISION__DECISION_REJECT, NULL);
}

static enum exit_code review_defer(struct context *context)
{
    return decide(context, REVERIE__V1__DECISION__DECISION_DEFER, NULL);
}

static enum exit_code review_edit(struct context *context)
{
    struct buf content;
    buf_init(&content, INPUT_MEMORY_MAX);
    enum exit_code code = input_text(context, 1, "file", &content);
    if (code == EXIT_OK) {
        code = decide(context, REVERIE__V1__DECISION__DECISION_EDIT,
                      buf_text(&content));
    }
    buf_fini(&content);
    return code;
}

const struct command review_list_command = {
    .name = "review list",
    .synopsis = "[STORE] [--state STATE]",
    .summary = "what waits for a person",
    .text = "Lists proposed changes with the numbers they rest on and their "
            "risk.\n\n"
            "  reverie review list\n"
            "  reverie review list team/blue --state rejected\n",
    .options = list_options,
    .option_count = ARRAY_LEN(list_options),
    .connects = true,
    .words_max = 1,
    .run = review_list,
};

const struct command review_show_command = {
    .name = "review show",
    .synopsis = "CHANGE",
    .summary = "one change: what, why, quotes, who disagrees, risk",
    .text = "CHANGE is its id or the beginning of it, as review list "
            "prints.\n\n"
            "  reverie review show 3f9a\n",
    .connects = true,
    .words_min = 1,
    .words_max = 1,
    .run = review_show,
};

const struct command review_approve_command = {
    .name = "review approve",
    .synopsis = "CHANGE [--reason TEXT]",
    .summary = "approve a change; the gate then decides",
    .text = "Binds the decision to the digest of exactly what review show "
            "showed. The gate checks the\nevidence once more. Who proposed a "
            "change cannot approve it. Needs the right `review`.\n\n"
            "  reverie review approve 3f9a --reason 'yes, we agreed on that'\n",
    .options = decide_options,
    .option_count = ARRAY_LEN(decide_options),
    .connects = true,
    .words_min = 1,
    .words_max = 1,
    .run = review_approve,
};

const struct command review_reject_command = {
    .name = "review reject",
    .synopsis = "CHANGE [--reason TEXT]",
    .summary = "reject a change; it does not come again without new evidence",
    .text = "  reverie review reject 3f9a --reason 'only true for one "
            "project'\n",
    .options = decide_options,
    .option_count = ARRAY_LEN(decide_options),
    .connects = true,
    .words_min = 1,
    .words_max = 1,
    .run = review_reject,
};

const struct command review_defer_command = {
    .name = "review defer",
    .synopsis = "CHANGE [--reason TEXT]",
    .summary = "look at a change later; its time to expire begins anew",
    .text = "The change goes on waiting; the ledger says who put it off, and "
            "why.\n\n"
            "  reverie review defer 3f9a --reason 'ask the other office'\n",
    .options = decide_options,
    .option_count = ARRAY_LEN(decide_options),
    .connects = true,
    .words_min = 1,
    .words_max = 1,
    .run = review_defer,
};

const struct command review_edit_command = {
    .name = "review edit",
    .synopsis = "CHANGE [TEXT]",
    .summary = "approve a change with another wording",
    .text = "The edited change is a new one, with the same evidence and a "
            "digest of its own.\n\n"
            "  reverie review edit 3f9a --file better.md --reason 'shorter'\n",
    .options = edit_options,
    .option_count = ARRAY_LEN(edit_options),
    .connects = true,
    .words_min = 1,
    .words_max = 2,
    .run = review_edit,
};
