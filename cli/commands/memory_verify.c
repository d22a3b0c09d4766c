/* SPDX-License-Identifier: MIT */
/* memory verify: does what memory holds follow from the log? The broker checks
 * every witness; here the worker's core dreams over the log again, because only
 * that shows a witness that was left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "plugin/recount.h"
#include "plugin/source.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    ARENA_MAX = 4 * CONTROL_MAX,
    HISTORY_ARENA_MAX = 64 << 20,
    SENTENCE_MAX = 512,
    WHY_MAX = 4096,
    READ_MS = 60000
};

static const struct option verify_options[] = {
    {"quick", 0, NULL, "check witnesses only, do not dream again"},
    {"defaults", 0, "FILE", "the worker's table of what everybody chooses"},
    {"budget", 0, "TOKENS", "the worker's, of a store; default: 32768"},
    {"redact-key", 0, "FILE",
     "the broker's redactor key; default: the one of "
     "all zeros"},
};

typedef Reverie__V1__MemoryVerifyReply__Result result_message;

struct verifying {
    struct link *link;
    struct arena arena; /* of the answer */
    Reverie__V1__MemoryVerifyReply *reply;
    struct dream *dream;
    struct recount *recount;
    size_t *index; /* in the recount, by result; SIZE_MAX: not there */
    struct progress progress;
};

static bool verdict_is(const result_message *result, const char *verdict)
{
    return result->verdict && strcmp(result->verdict, verdict) == 0;
}

static char *keep(struct verifying *it, const char *text)
{
    struct bytes copy = arena_copy(&it->arena, bytes_of_text(text));
    return message_field(copy.data ? (const char *)copy.data : "");
}

/* ---- the broker's answer ------------------------------------------------- */

static enum exit_code ask_broker(struct verifying *it)
{
    struct bytes reply = {0};
    const struct arguments *arguments = &it->link->context->arguments;
    Reverie__V1__MemoryVerifyRequest request =
        REVERIE__V1__MEMORY_VERIFY_REQUEST__INIT;
    request.store =
        message_field(arguments->word_count > 0 ? arguments->words[0] : NULL);
    const struct link_question question = {
        .service = "memory", .method = "verify", .message = &request};
    enum exit_code code = link_ask(it->link, &question, &reply);
    if (code != EXIT_OK) {
        return code;
    }
    struct bytes kept = arena_copy(&it->arena, reply);
    if (!kept.data || MESSAGE_UNPACK(memory_verify_reply, kept, &it->arena,
                                     &it->reply) != ERR_OK) {
        command_complain(it->link->context, "the answer cannot be read");
        return EXIT_REFUSED;
    }
    return EXIT_OK;
}

/* ---- counting again ------------------------------------------------------ */

static enum exit_code add_memory(struct verifying *it, size_t at)
{
    struct arena arena;
    struct bytes reply = {0};
    const result_message *result = it->reply->results[at];
    Reverie__V1__MemoryHistoryReply *history = NULL;
    Reverie__V1__MemoryHistoryRequest request =
        REVERIE__V1__MEMORY_HISTORY_REQUEST__INIT;
    request.store = result->store;
    request.path = result->path;
    const struct link_question question = {
        .service = "memory", .method = "history", .message = &request};
    enum exit_code code = link_ask(it->link, &question, &reply);
    if (code != EXIT_OK) {
        return code;
    }
    arena_init(&arena, HISTORY_ARENA_MAX);
    if (MESSAGE_UNPACK(memory_history_reply, reply, &arena, &history) !=
            ERR_OK ||
        recount_add(it->recount, result->store, history, &it->index[at]) !=
            ERR_OK) {
        it->index[at] = SIZE_MAX;
    }
    arena_fini(&arena);
    return EXIT_OK;
}

/* What is read of a log, up to its end. */
struct reading {
    struct verifying *verifying;
    uint64_t until;
};

static bool take_erasure(struct reading *reading,
                         const struct reverie_message *message)
{
    struct arena arena;
    Reverie__V1__LogErased *erased = NULL;
    arena_init(&arena, 1 << 20);
    if (MESSAGE_UNPACK(log_erased, bytes_of(message->body, message->body_bytes),
                       &arena, &erased) == ERR_OK &&
        erased->log == LOG_TRAFFIC) {
        recount_erased(reading->verifying->recount, message->seq, erased->seq);
    }
    arena_fini(&arena);
    return true;
}

static bool take_event(struct reading *reading,
                       const struct reverie_message *message)
{
    struct verifying *it = reading->verifying;
    recount_reach(it->recount, message->seq);
    if (message->seq > reading->until) {
        return false;
    }
    source_event(it->dream, message);
    progress_count(&it->progress, "counting events again", message->seq,
                   reading->until);
    return true;
}

/* Gives ${take} every event of the log until it has enough. */
static enum exit_code
read_log(struct reading *reading, const struct reverie_stream_config *config,
         bool (*take)(struct reading *reading,
                      const struct reverie_message *message))
{
    const struct link *link = reading->verifying->link;
    const struct reverie_message *message = NULL;
    struct reverie_stream *stream = NULL;
    enum reverie_result result =
        reverie_stream_open(link->bus, config, &stream);
    bool wants_more = true;
    while (result == REVERIE_OK && wants_more) {
        result = reverie_stream_next(stream, READ_MS, &message);
        wants_more = result == REVERIE_OK && take(reading, message);
    }
    bool is_end =
        result == REVERIE_OK || (stream && result == REVERIE_CLOSED &&
                                 reverie_stream_cursor(stream).caught_up);
    reverie_stream_close(stream);
    return is_end ? EXIT_OK : link_failed(link, result, "reading the log");
}

static enum exit_code count_again(struct verifying *it)
{
    static const char *const erasures[] = {"log.erased"};
    const struct reverie_stream_config ledger = {.log = LOG_LEDGER,
                                                 .start = REVERIE_FROM_FIRST,
                                                 .stop_at_head = true,
                                                 .kinds = erasures,
                                                 .kind_count = 1};
    const struct reverie_stream_config traffic = {
        .log = LOG_TRAFFIC, .start = REVERIE_FROM_FIRST, .stop_at_head = true};
    struct reading reading = {.verifying = it};
    enum exit_code code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && i < it->reply->n_results; i++) {
        it->index[i] = SIZE_MAX;
        if (verdict_is(it->reply->results[i], "verified from witnesses")) {
            code = add_memory(it, i);
        }
    }
    if (code == EXIT_OK) {
        code = read_log(&reading, &ledger, take_erasure);
    }
    reading.until = recount_until(it->recount);
    if (code == EXIT_OK && reading.until > 0) {
        code = read_log(&reading, &traffic, take_event);
    }
    if (code == EXIT_OK) {
        recount_reach(it->recount, UINT64_MAX);
    }
    return code;
}

static void tell(struct verifying *it, size_t at)
{
    static const char *const verdicts[] = {
        [RECOUNT_EQUAL] = "verified",
        [RECOUNT_IMPOSSIBLE] = "verified from witnesses",
        [RECOUNT_DIFFERS] = "failed",
    };
    const char *sentence = "";
    char whole[SENTENCE_MAX];
    result_message *result = it->reply->results[at];
    enum recount_verdict verdict =
        recount_result(it->recount, it->index[at], &sentence);
    if (verdict == RECOUNT_IMPOSSIBLE) {
        snprintf(whole, sizeof(whole), "%s; not counted again: %s",
                 result->sentence ? result->sentence : "", sentence);
        sentence = whole;
    }
    result->verdict = message_field(verdicts[verdict]);
    result->sentence = keep(it, sentence);
}

static enum exit_code dream_again(struct verifying *it)
{
    struct buf why;
    struct dream_shape shape;
    struct context *context = it->link->context;
    enum exit_code code = command_dream_shape(context, &shape);
    const struct dream_config config = {.key = shape.key,
                                        .defaults = buf_bytes(&shape.defaults),
                                        .budget_tokens = shape.budget_tokens};
    buf_init(&why, WHY_MAX);
    if (code == EXIT_OK && dream_new(&config, &why, &it->dream) != ERR_OK) {
        command_complain(context, "%s", buf_text(&why));
        code = EXIT_REFUSED;
    }
    if (code == EXIT_OK) {
        it->recount = recount_new(it->dream);
        it->index = mem_new_array(it->reply->n_results + 1, sizeof(*it->index));
        code = count_again(it);
    }
    for (size_t i = 0; code == EXIT_OK && i < it->reply->n_results; i++) {
        if (it->index[i] != SIZE_MAX) {
            tell(it, i);
        }
    }
    progress_end(&it->progress);
    recount_free(it->recount);
    dream_free(it->dream);
    free(it->index);
    buf_fini(&why);
    buf_fini(&shape.defaults);
    return code;
}

/* ---- the command --------------------------------------------------------- */

static bool is_sound(const Reverie__V1__MemoryVerifyReply *reply)
{
    bool is_sound = reply->fold_equal != 0;
    for (size_t i = 0; i < reply->n_results; i++) {
        is_sound = is_sound && !verdict_is(reply->results[i], "failed");
    }
    return is_sound;
}

static enum exit_code show(struct verifying *it)
{
    struct buf packed;
    buf_init(&packed, CONTROL_MAX);
    message_pack(it->reply, &packed);
    enum exit_code code =
        answer_show(it->link,
                    &(struct answer){.type = "MemoryVerifyReply",
                                     .text = render_memory_verify},
                    buf_bytes(&packed));
    buf_fini(&packed);
    if (code == EXIT_OK && !is_sound(it->reply)) {
        command_complain(it->link->context,
                         "something that memory holds does not follow from "
                         "the log");
        code = EXIT_FAULTS;
    }
    return code;
}

static enum exit_code memory_verify(struct context *context)
{
    struct link link;
    struct verifying it = {.link = &link,
                           .progress = progress_begin(context->err)};
    arena_init(&it.arena, ARENA_MAX);
    enum exit_code code = link_open(&link, context, NULL, NULL);
    if (code == EXIT_OK) {
        code = ask_broker(&it);
    }
    if (code == EXIT_OK && !argument_is_set(&context->arguments, "quick")) {
        code = dream_again(&it);
    }
    if (code == EXIT_OK) {
        code = show(&it);
    }
    arena_fini(&it.arena);
    link_close(&link);
    return code;
}

const struct command memory_verify_command = {
    .name = "memory verify",
    .synopsis = "[STORE] [--quick] [--defaults FILE] [--budget TOKENS] "
                "[--redact-key FILE]",
    .summary = "recompute every memory's numbers from the log",
    .text =
        "Reads the witnesses of every active memory in the log again, "
        "recomputes its numbers,\nfolds the ledger again and compares; then "
        "dreams over the log again, with the worker's\nconfiguration, and "
        "compares words, numbers and witnesses, so that one left out is "
        "found.\n\n"
        "  verified                 dreaming again gave the same\n"
        "  verified from witnesses  every witness holds; it says why it was "
        "not counted again\n"
        "  erased                   the same without what was erased\n"
        "  failed                   it says what differs; ends with 5\n\n"
        "  reverie memory verify\n"
        "  reverie memory verify team/blue --json\n"
        "  reverie memory verify --quick\n",
    .options = verify_options,
    .option_count = ARRAY_LEN(verify_options),
    .connects = true,
    .words_max = 1,
    .run = memory_verify,
};
