/* SPDX-License-Identifier: MIT */
/* memory show, history, diff, write, revert: one memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/edge/json.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/input.h"
#include "cli/render/text.h"
#include "memory/change.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    DIFF_MAX = 1 << 20,
    ARENA_MAX = 4 * CONTROL_MAX
};

static const struct option show_options[] = {
    {"number", 'n', "N", "this version; default: the head"},
};

static const struct option diff_options[] = {
    {"from", 0, "N", "older version; default: the one before --to"},
    {"to", 0, "N", "newer version; default: the head"},
};

static const struct option write_options[] = {
    {"pin", 0, NULL, "dreams leave it as it is; alone, changes nothing else"},
    {"unpin", 0, NULL, "the opposite"},
    {"file", 'f', "FILE", "read the content from FILE; - is standard input"},
    {"title", 't', "TEXT", "one line; default: the first line of the content"},
    {"remove", 0, NULL, "remove the memory instead"},
    {"base", 0, "N", "refuse if the head is not version N"},
    {"reason", 'r', "TEXT", "why; kept in the ledger"},
    {"agent", 0, "NAME", "write as this agent"},
    {"team", 0, "NAME", "its team"},
};

static const struct option revert_options[] = {
    {"to", 0, "N", "version to go back to; 0 removes the memory"},
    {"reason", 'r', "TEXT", "why; kept in the ledger"},
};

/* ---- history ---------------------------------------------------------------
 */

/* The history of the memory that the command names, newest version first. */
struct history {
    struct link link;
    struct arena arena;
    Reverie__V1__MemoryHistoryReply *reply;
};

static enum exit_code open_history(struct history *history,
                                   struct context *context, uint64_t number)
{
    struct bytes payload = {0};
    Reverie__V1__MemoryHistoryRequest request =
        REVERIE__V1__MEMORY_HISTORY_REQUEST__INIT;
    request.store = message_field(context->arguments.words[0]);
    request.path = message_field(context->arguments.words[1]);
    request.has_number = number > 0;
    request.number = number;
    arena_init(&history->arena, ARENA_MAX);
    history->reply = NULL;
    enum exit_code code = link_open(&history->link, context, NULL, NULL);
    if (code == EXIT_OK) {
        answer_note_policy(&history->link);
        code = link_ask(&history->link,
                        &(struct link_question){.service = "memory",
                                                .method = "history",
                                                .message = &request},
                        &payload);
    }
    if (code == EXIT_OK &&
        MESSAGE_UNPACK(memory_history_reply, payload, &history->arena,
                       &history->reply) != ERR_OK) {
        command_complain(context, "the answer cannot be read");
        code = EXIT_REFUSED;
    }
    return code;
}

static void close_history(struct history *history)
{
    arena_fini(&history->arena);
    link_close(&history->link);
}

static enum exit_code print_history(struct history *history, const char *list,
                                    render_reply text)
{
    struct buf packed;
    buf_init(&packed, ARENA_MAX);
    message_pack(history->reply, &packed);
    enum exit_code code =
        answer_show(&history->link,
                    &(struct answer){.type = "MemoryHistoryReply",
                                     .list = list,
                                     .text = text,
                                     .wraps = true},
                    buf_bytes(&packed));
    buf_fini(&packed);
    return code;
}

/* Index of version ${number} (0: the head); complains if there is none. */
static enum exit_code find_version(const struct history *history,
                                   uint64_t number, size_t *out_index)
{
    const Reverie__V1__MemoryHistoryReply *reply = history->reply;
    for (size_t i = 0; i < reply->n_versions; i++) {
        if (number == 0 || reply->versions[i]->number == number) {
            *out_index = i;
            return EXIT_OK;
        }
    }
    command_complain(history->link.context,
                     "there is no version %llu of it; see: reverie memory "
                     "history",
                     (unsigned long long)number);
    return EXIT_REFUSED;
}

static enum exit_code memory_history(struct context *context)
{
    struct history history;
    enum exit_code code = open_history(&history, context, 0);
    if (code == EXIT_OK) {
        code = print_history(&history, "versions", render_memory_history);
    }
    close_history(&history);
    return code;
}

static enum exit_code memory_show(struct context *context)
{
    struct history history;
    uint64_t number = 0;
    size_t index = 0;
    if (argument_number(&context->arguments, "number", 1, UINT32_MAX,
                        &number) != ERR_OK) {
        return command_misused(context);
    }
    enum exit_code code = open_history(&history, context, number);
    if (code == EXIT_OK) {
        code = find_version(&history, number, &index);
    }
    if (code == EXIT_OK) {
        history.reply->versions[0] = history.reply->versions[index];
        history.reply->n_versions = 1;
        code = print_history(&history, NULL, render_memory_show);
    }
    close_history(&history);
    return code;
}

/* ---- diff ------------------------------------------------------------------
 */

/* Both texts whole: programs have ways of their own to compare them. */
static void print_diff_json(const struct history *history,
                            const Reverie__V1__Version *newer,
                            const Reverie__V1__Version *older)
{
    struct json *json = json_new_object();
    struct buf text;
    buf_init(&text, DIFF_MAX);
    json_set_int(json, "from", older ? (int64_t)older->number : 0);
    json_set_int(json, "to", (int64_t)newer->number);
    json_set_string(json, "before",
                    message_text(older ? older->content : NULL));
    json_set_string(json, "after", message_text(newer->content));
    if (link_approves_all(&history->link)) {
        json_set_text(json, "policy", history->link.policy);
    }
    json_print(json, &text);
    buf_add_u8(&text, '\n');
    command_print(history->link.context, &text);
    buf_fini(&text);
    json_free(json);
}

static void print_diff(const struct history *history, size_t newer,
                       size_t older)
{
    const Reverie__V1__MemoryHistoryReply *reply = history->reply;
    bool has_older = older < reply->n_versions;
    struct buf text;
    if (history->link.context->json) {
        print_diff_json(history, reply->versions[newer],
                        has_older ? reply->versions[older] : NULL);
        return;
    }
    buf_init(&text, DIFF_MAX);
    buf_add_format(
        &text, "version %llu to %llu\n",
        has_older ? (unsigned long long)reply->versions[older]->number : 0ULL,
        (unsigned long long)reply->versions[newer]->number);
    text_diff(&text,
              message_text(has_older ? reply->versions[older]->content : NULL),
              message_text(reply->versions[newer]->content), "");
    command_print(history->link.context, &text);
    buf_fini(&text);
}

static enum exit_code memory_diff(struct context *context)
{
    struct history history;
    uint64_t from = 0;
    uint64_t to = 0;
    size_t newer = 0;
    size_t older = 0;
    struct arguments *arguments = &context->arguments;
    if (argument_number(arguments, "from", 1, UINT32_MAX, &from) != ERR_OK ||
        argument_number(arguments, "to", 1, UINT32_MAX, &to) != ERR_OK) {
        return command_misused(context);
    }
    enum exit_code code = open_history(&history, context, 0);
    if (code == EXIT_OK) {
        code = find_version(&history, to, &newer);
        older = newer + 1;
    }
    if (code == EXIT_OK && from > 0) {
        code = find_version(&history, from, &older);
    }
    if (code == EXIT_OK) {
        print_diff(&history, newer, older);
    }
    close_history(&history);
    return code;
}

/* ---- write, revert ---------------------------------------------------------
 */

/* The number of the head, so that a write without --base is onto what is there
 * now; 0: there is no such memory yet. */
static uint64_t head_number(struct link *link, char *store, char *path)
{
    struct arena arena;
    struct buf packed;
    const void *payload = NULL;
    size_t bytes = 0;
    uint64_t number = 0;
    Reverie__V1__MemoryHistoryReply *history = NULL;
    Reverie__V1__MemoryHistoryRequest request =
        REVERIE__V1__MEMORY_HISTORY_REQUEST__INIT;
    request.store = store;
    request.path = path;
    arena_init(&arena, ARENA_MAX);
    buf_init(&packed, CONTROL_MAX);
    message_pack(&request, &packed);
    if (reverie_request(link->bus, "memory", "history", packed.data, packed.len,
                        link->timeout_ms, NULL, NULL, &payload,
                        &bytes) == REVERIE_OK &&
        MESSAGE_UNPACK(memory_history_reply, bytes_of(payload, bytes), &arena,
                       &history) == ERR_OK &&
        history->n_versions > 0) {
        number = history->versions[0]->number;
    }
    buf_fini(&packed);
    arena_fini(&arena);
    return number;
}

static enum exit_code send_write(struct context *context,
                                 Reverie__V1__MemoryWriteRequest *request)
{
    struct link link;
    const struct arguments *arguments = &context->arguments;
    enum exit_code code =
        link_open(&link, context, argument_text(arguments, "agent", NULL),
                  argument_text(arguments, "team", NULL));
    if (code == EXIT_OK && !request->has_base_version) {
        request->has_base_version = true;
        request->base_version =
            head_number(&link, request->store, request->path);
    }
    if (code == EXIT_OK) {
        code = answer_on(&link,
                         &(struct answer){.service = "memory",
                                          .method = "write",
                                          .message = request,
                                          .type = "MemoryWriteReply",
                                          .text = render_memory_write},
                         NULL);
    }
    link_close(&link);
    return code;
}

/* The first line without the marks of a heading. */
static void title_of(struct bytes content, struct buf *out)
{
    size_t end = bytes_find(content, BYTES_LITERAL("\n"), 0);
    struct bytes line = bytes_slice(content, 0, end);
    while (line.len > 0 && (line.data[0] == '#' || line.data[0] == ' ')) {
        line = bytes_slice(line, 1, line.len);
    }
    text_line(out, line, TITLE_MAX_BYTES - 3);
}

static enum exit_code memory_write(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    struct buf content;
    struct buf title;
    uint64_t base = 0;
    bool removes = argument_is_set(arguments, "remove");
    bool pins = argument_is_set(arguments, "pin");
    bool has_pin = pins || argument_is_set(arguments, "unpin");
    bool pins_only = has_pin && arguments->word_count == 2 &&
                     !argument_is_set(arguments, "file");
    buf_init(&content, INPUT_MEMORY_MAX);
    buf_init(&title, NAME_MAX_BYTES);
    enum exit_code code = EXIT_OK;
    if (argument_number(arguments, "base", 0, UINT32_MAX, &base) != ERR_OK) {
        code = command_misused(context);
    } else if (!removes && !pins_only) {
        code = input_text(context, 2, "file", &content);
    }
    if (code == EXIT_OK) {
        Reverie__V1__MemoryWriteRequest request =
            REVERIE__V1__MEMORY_WRITE_REQUEST__INIT;
        title_of(buf_bytes(&content), &title);
        request.store = message_field(arguments->words[0]);
        request.path = message_field(arguments->words[1]);
        request.content =
            message_field(removes || pins_only ? NULL : buf_text(&content));
        request.has_pin = has_pin;
        request.pin = pins;
        request.title =
            message_field(argument_text(arguments, "title", buf_text(&title)));
        request.has_remove = removes;
        request.remove = removes;
        request.has_base_version = argument_is_set(arguments, "base");
        request.base_version = base;
        request.reason = message_field(argument_text(arguments, "reason", ""));
        code = send_write(context, &request);
    }
    buf_fini(&title);
    buf_fini(&content);
    return code;
}

static enum exit_code memory_revert(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    uint64_t to = 0;
    if (!argument_is_set(arguments, "to")) {
        snprintf(arguments->why, sizeof(arguments->why),
                 "--to N is missing: the version to go back to, or 0 to "
                 "remove it");
        return command_misused(context);
    }
    if (argument_number(arguments, "to", 0, UINT32_MAX, &to) != ERR_OK) {
        return command_misused(context);
    }
    Reverie__V1__MemoryRevertRequest request =
        REVERIE__V1__MEMORY_REVERT_REQUEST__INIT;
    request.store = message_field(arguments->words[0]);
    request.path = message_field(arguments->words[1]);
    request.has_to_number = true;
    request.to_number = to;
    request.reason = message_field(argument_text(arguments, "reason", ""));
    return answer_print(context, &(struct answer){.service = "memory",
                                                  .method = "revert",
                                                  .message = &request,
                                                  .type = "MemoryRevertReply",
                                                  .text = render_memory_write});
}

const struct command memory_show_command = {
    .name = "memory show",
    .synopsis = "STORE PATH [--number N]",
    .summary = "one memory whole, with its evidence",
    .text = "Shows the text, why it is there in numbers, the best quotes with "
            "their positions, and who\ndisagrees. A position can be looked up "
            "with reverie tail --from POSITION -n 1.\n\n"
            "  reverie memory show team/blue /preferences/package-manager.md\n",
    .options = show_options,
    .option_count = ARRAY_LEN(show_options),
    .connects = true,
    .words_min = 2,
    .words_max = 2,
    .run = memory_show,
};

const struct command memory_history_command = {
    .name = "memory history",
    .synopsis = "STORE PATH",
    .summary = "every version of a memory: who, when, why, what changed",
    .text = "Newest first, each with its difference to the one before.\n\n"
            "  reverie memory history team/blue /preferences/editor.md\n",
    .connects = true,
    .words_min = 2,
    .words_max = 2,
    .run = memory_history,
};

const struct command memory_diff_command = {
    .name = "memory diff",
    .synopsis = "STORE PATH [--from N] [--to N]",
    .summary = "what two versions differ in",
    .text = "Without options, the head against the version before it.\n\n"
            "  reverie memory diff team/blue /preferences/editor.md\n"
            "  reverie memory diff team/blue /preferences/editor.md --from 1 "
            "--to 4\n\n"
            "With --json: from, to (versions; 0: there is none), before and "
            "after (their texts).\n",
    .options = diff_options,
    .option_count = ARRAY_LEN(diff_options),
    .connects = true,
    .words_min = 2,
    .words_max = 2,
    .run = memory_diff,
};

const struct command memory_write_command = {
    .name = "memory write",
    .synopsis = "STORE PATH [TEXT]",
    .summary = "write a memory yourself; it is its own evidence",
    .text =
        "A direct write passes the same gate as a dream's change, as "
        "`authored`, and reaches\nevery reader of the store. The content is "
        "TEXT, or comes from --file.\n\n"
        "  reverie memory write team/blue /notes/release.md 'We release on "
        "Tuesdays.'\n"
        "  reverie memory write team/blue /notes/release.md --file "
        "release.md\n"
        "  reverie memory write team/blue /notes/release.md --pin\n"
        "  reverie memory write team/blue /notes/release.md --remove\n",
    .options = write_options,
    .option_count = ARRAY_LEN(write_options),
    .connects = true,
    .words_min = 2,
    .words_max = 3,
    .run = memory_write,
};

const struct command memory_revert_command = {
    .name = "memory revert",
    .synopsis = "STORE PATH --to N [--reason TEXT]",
    .summary = "go back to an older version, everywhere",
    .text = "Makes a new version with the content of version N and sends it to "
            "every reader. 0\nremoves the memory. Needs the right "
            "`review`.\n\n"
            "  reverie memory revert team/blue /preferences/editor.md --to 2 "
            "--reason 'premature'\n",
    .options = revert_options,
    .option_count = ARRAY_LEN(revert_options),
    .connects = true,
    .words_min = 2,
    .words_max = 2,
    .run = memory_revert,
};
