/* SPDX-License-Identifier: MIT */
/* memory list, stores, who: many memories at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    PAGE = 200,
    ARENA_MAX = 4 * CONTROL_MAX
};

static const struct option list_options[] = {
    {"path", 'p', "PREFIX", "only memories whose path begins so"},
    {"gone", 0, NULL, "retired and reverted ones, too"},
};

/* ---- list ------------------------------------------------------------------
 */

static bool read_page(struct bytes reply, struct arena *arena,
                      const char **next, size_t *items)
{
    Reverie__V1__MemoryListReply *page = NULL;
    if (MESSAGE_UNPACK(memory_list_reply, reply, arena, &page) != ERR_OK) {
        return false;
    }
    *next = page->next;
    *items += page->n_memories;
    return true;
}

static enum exit_code memory_list(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    struct link link;
    Reverie__V1__MemoryListRequest request =
        REVERIE__V1__MEMORY_LIST_REQUEST__INIT;
    request.store =
        message_field(arguments->word_count > 0 ? arguments->words[0] : NULL);
    request.path_prefix = message_field(argument_text(arguments, "path", NULL));
    request.has_gone = true;
    request.gone = argument_is_set(arguments, "gone");
    request.has_limit = true;
    request.limit = PAGE;
    enum exit_code code = link_open(&link, context, NULL, NULL);
    if (code == EXIT_OK) {
        answer_note_policy(&link);
        code = answer_pages(&link,
                            &(struct answer){.service = "memory",
                                             .method = "list",
                                             .message = &request,
                                             .type = "MemoryListReply",
                                             .list = "memories",
                                             .text = render_memory_list},
                            &request.after, read_page, NULL);
    }
    link_close(&link);
    return code;
}

static enum exit_code memory_stores(struct context *context)
{
    Reverie__V1__MemoryStoresRequest request =
        REVERIE__V1__MEMORY_STORES_REQUEST__INIT;
    return answer_print(context,
                        &(struct answer){.service = "memory",
                                         .method = "stores",
                                         .message = &request,
                                         .type = "MemoryStoresReply",
                                         .list = "stores",
                                         .text = render_memory_stores});
}

/* ---- who --------------------------------------------------------------------
 */

static enum exit_code memory_who(struct context *context)
{
    Reverie__V1__MemoryWhoRequest request =
        REVERIE__V1__MEMORY_WHO_REQUEST__INIT;
    request.store = message_field(context->arguments.words[0]);
    return answer_print(context, &(struct answer){.service = "memory",
                                                  .method = "who",
                                                  .message = &request,
                                                  .type = "MemoryWhoReply",
                                                  .text = render_memory_who});
}

const struct command memory_list_command = {
    .name = "memory list",
    .synopsis = "[STORE] [--path PREFIX] [--gone]",
    .summary = "what teams and agents remember, and why in short",
    .text = "Lists memories with their version and the numbers they rest on. "
            "A store is team/NAME or\nagent/NAME; without one, all are "
            "listed.\n\n"
            "  reverie memory list\n"
            "  reverie memory list team/blue --path /preferences/\n"
            "  reverie memory list --json | jq .head.title\n",
    .options = list_options,
    .option_count = ARRAY_LEN(list_options),
    .connects = true,
    .words_max = 1,
    .run = memory_list,
};

const struct command memory_stores_command = {
    .name = "memory stores",
    .synopsis = "",
    .summary = "the stores, their versions and sizes",
    .text = "Lists the stores of the swarm.\n\n  reverie memory stores\n",
    .connects = true,
    .run = memory_stores,
};

const struct command memory_who_command = {
    .name = "memory who",
    .synopsis = "STORE",
    .summary = "who runs on which version of a store",
    .text = "Shows for every reader which version was sent to it, which it "
            "has, and with which it\nworks.\n\n"
            "  reverie memory who team/blue\n",
    .connects = true,
    .words_min = 1,
    .words_max = 1,
    .run = memory_who,
};
