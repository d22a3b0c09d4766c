/* SPDX-License-Identifier: MIT */
#include "cli/answer.h"

#include <stdlib.h>

#include "cli/render/json.h"
#include "cli/render/parts.h"
#include "cli/render/terminal/wrap.h"
#include "proto/limits.h"

enum {
    PRINT_MAX = 64 << 20,
    PAGE_ARENA_MAX = 4 * CONTROL_MAX
};

static enum err render_text(const struct answer *answer, struct bytes reply,
                            struct buf *out)
{
    struct buf whole;
    if (!answer->wraps) {
        return answer->text(reply, out);
    }
    buf_init(&whole, PRINT_MAX);
    enum err err = answer->text(reply, &whole);
    wrap(out, buf_bytes(&whole));
    buf_fini(&whole);
    return err;
}

enum exit_code answer_show(struct link *link, const struct answer *answer,
                           struct bytes reply)
{
    struct context *context = link->context;
    struct buf text;
    buf_init(&text, PRINT_MAX);
    const char *policy = link_approves_all(link) ? link->policy : "";
    enum err err = context->json ? render_json(answer->type, reply,
                                               answer->list, policy, &text)
                                 : render_text(answer, reply, &text);
    if (err == ERR_OK) {
        command_print(context, &text);
    } else {
        command_complain(context, "the answer cannot be shown: %s",
                         err_text(err));
    }
    buf_fini(&text);
    return err == ERR_OK ? EXIT_OK : EXIT_REFUSED;
}

void answer_note_policy(struct link *link)
{
    struct context *context = link->context;
    if (context->json || !link_approves_all(link)) {
        return;
    }
    struct buf note;
    buf_init(&note, PARTS_QUOTE_MAX);
    parts_policy(&note, link->policy);
    command_print(context, &note);
    buf_fini(&note);
}

enum exit_code answer_on(struct link *link, const struct answer *answer,
                         struct bytes *out_reply)
{
    struct bytes reply;
    const struct link_question question = {
        .service = answer->service,
        .method = answer->method,
        .message = answer->message,
        .on_more = answer->on_more,
        .more_context = answer->progress,
    };
    enum exit_code code = link_ask(link, &question, &reply);
    if (answer->progress) {
        progress_end(answer->progress);
    }
    if (code != EXIT_OK) {
        return code;
    }
    if (out_reply) {
        *out_reply = reply;
    }
    return answer_show(link, answer, reply);
}

enum exit_code answer_pages(struct link *link, const struct answer *answer,
                            char **after, answer_page page, size_t *out_items)
{
    struct arena arena;
    char *from = NULL; /* outlives the reply that it was in */
    size_t items = 0;
    enum exit_code code = EXIT_OK;
    bool is_more = true;
    while (is_more && code == EXIT_OK) {
        struct bytes reply = {0};
        const char *next = NULL;
        *after = from;
        code = answer_on(link, answer, &reply);
        arena_init(&arena, PAGE_ARENA_MAX);
        is_more = code == EXIT_OK && page(reply, &arena, &next, &items) &&
                  next && next[0];
        free(from);
        from = is_more ? mem_string(next) : NULL;
        arena_fini(&arena);
    }
    *after = NULL;
    if (out_items) {
        *out_items = items;
    }
    return code;
}

enum exit_code answer_print(struct context *context,
                            const struct answer *answer)
{
    struct link link;
    enum exit_code code = link_open(&link, context, NULL, NULL);
    if (code == EXIT_OK) {
        answer_note_policy(&link);
        code = answer_on(&link, answer, NULL);
    }
    link_close(&link);
    return code;
}
