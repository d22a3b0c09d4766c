/* SPDX-License-Identifier: MIT */
/* log info, log verify, log erase, peers, status. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/progress.h"
#include "proto/limits.h"
#include "proto/messages.h"

static const struct option info_options[] = {
    {"log", 'l', "0|1", "0: traffic (default); 1: the ledger of decisions"},
};

static const struct option verify_options[] = {
    {"memory", 'm', NULL,
     "also fold the ledger again and compare with the stored memory; with "
     "--data that is always done"},
    {"data", 'd', "DIR",
     "read this data directory itself, without a broker, damaged or not"},
};

static const struct option erase_options[] = {
    {"reason", 'r', "TEXT", "why; kept in the ledger"},
};

enum err command_position(const char *text, uint32_t *log, uint64_t *out_seq)
{
    const char *colon = strchr(text, ':');
    const char *digits = colon ? colon + 1 : text;
    char *end = NULL;
    if (colon) {
        bool is_log = colon == text + 1 && (text[0] == '0' || text[0] == '1');
        if (!is_log) {
            return ERR_INVALID;
        }
        *log = text[0] == '1' ? LOG_LEDGER : LOG_TRAFFIC;
    }
    errno = 0;
    unsigned long long seq = strtoull(digits, &end, 10);
    if (digits[0] < '0' || digits[0] > '9' || *end != '\0' || errno != 0) {
        return ERR_INVALID;
    }
    *out_seq = seq;
    return ERR_OK;
}

/* ---- log -------------------------------------------------------------------
 */

static enum exit_code log_info(struct context *context)
{
    uint64_t log = 0;
    if (argument_number(&context->arguments, "log", 0, 1, &log) != ERR_OK) {
        return command_misused(context);
    }
    Reverie__V1__LogInfoRequest request = REVERIE__V1__LOG_INFO_REQUEST__INIT;
    request.has_log = true;
    request.log = (uint32_t)log;
    return answer_print(context, &(struct answer){.service = "log",
                                                  .method = "info",
                                                  .message = &request,
                                                  .type = "LogInfoReply",
                                                  .text = render_log_info});
}

static void on_verified(void *context, const void *payload, size_t bytes)
{
    struct arena arena;
    Reverie__V1__LogVerifyReply *reply = NULL;
    arena_init(&arena, 1 << 20);
    if (MESSAGE_UNPACK(log_verify_reply, bytes_of(payload, bytes), &arena,
                       &reply) == ERR_OK) {
        progress_count(context, "checked events", reply->events, reply->total);
    }
    arena_fini(&arena);
}

/* A log with faults is an answer, not a failure to answer. */
static enum exit_code verify_outcome(struct bytes payload)
{
    struct arena arena;
    Reverie__V1__LogVerifyReply *reply = NULL;
    enum exit_code code = EXIT_FAULTS;
    arena_init(&arena, CONTROL_MAX);
    if (MESSAGE_UNPACK(log_verify_reply, payload, &arena, &reply) == ERR_OK &&
        reply->fault_count == 0) {
        code = EXIT_OK;
    }
    arena_fini(&arena);
    return code;
}

static enum exit_code log_verify(struct context *context)
{
    struct progress progress = progress_begin(context->err);
    struct link link;
    struct bytes reply = {0};
    const char *data = argument_text(&context->arguments, "data", NULL);
    if (data) {
        return log_check(context, data);
    }
    Reverie__V1__LogVerifyRequest request =
        REVERIE__V1__LOG_VERIFY_REQUEST__INIT;
    request.has_memory = true;
    request.memory = argument_is_set(&context->arguments, "memory");
    enum exit_code code = link_open(&link, context, NULL, NULL);
    if (code == EXIT_OK) {
        code = answer_on(&link,
                         &(struct answer){.service = "log",
                                          .method = "verify",
                                          .message = &request,
                                          .type = "LogVerifyReply",
                                          .text = render_log_verify,
                                          .on_more = on_verified,
                                          .progress = &progress},
                         &reply);
    }
    if (code == EXIT_OK) {
        code = verify_outcome(reply);
    }
    link_close(&link);
    return code;
}

static enum exit_code log_erase(struct context *context)
{
    uint32_t log = LOG_TRAFFIC;
    uint64_t seq = 0;
    struct arguments *arguments = &context->arguments;
    if (command_position(arguments->words[0], &log, &seq) != ERR_OK) {
        snprintf(arguments->why, sizeof(arguments->why),
                 "%.64s is not a position; write 0:123 or 123",
                 arguments->words[0]);
        return command_misused(context);
    }
    Reverie__V1__LogEraseRequest request = REVERIE__V1__LOG_ERASE_REQUEST__INIT;
    request.has_log = true;
    request.log = log;
    request.has_seq = true;
    request.seq = seq;
    request.reason = message_field(argument_text(arguments, "reason", ""));
    return answer_print(context, &(struct answer){.service = "log",
                                                  .method = "erase",
                                                  .message = &request,
                                                  .type = "LogEraseReply",
                                                  .text = render_log_erase});
}

/* ---- the broker ------------------------------------------------------------
 */

static enum exit_code peers(struct context *context)
{
    Reverie__V1__PeersListRequest request =
        REVERIE__V1__PEERS_LIST_REQUEST__INIT;
    return answer_print(context, &(struct answer){.service = "peers",
                                                  .method = "list",
                                                  .message = &request,
                                                  .type = "PeersListReply",
                                                  .list = "peers",
                                                  .text = render_peers});
}

static enum exit_code status(struct context *context)
{
    struct link link;
    Reverie__V1__AdminInfoRequest request =
        REVERIE__V1__ADMIN_INFO_REQUEST__INIT;
    Reverie__V1__AdminCountersRequest counters =
        REVERIE__V1__ADMIN_COUNTERS_REQUEST__INIT;
    enum exit_code code = link_open(&link, context, NULL, NULL);
    if (code == EXIT_OK) {
        code = answer_on(&link,
                         &(struct answer){.service = "admin",
                                          .method = "info",
                                          .message = &request,
                                          .type = "AdminInfoReply",
                                          .text = render_info},
                         NULL);
    }
    if (code == EXIT_OK) {
        code = answer_on(&link,
                         &(struct answer){.service = "admin",
                                          .method = "counters",
                                          .message = &counters,
                                          .type = "AdminCountersReply",
                                          .text = render_counters},
                         NULL);
    }
    link_close(&link);
    return code;
}

const struct command log_info_command = {
    .name = "log info",
    .synopsis = "[--log 0|1]",
    .summary = "what the log holds, and how much of it is on disk",
    .text = "Shows positions, epochs (one for every start of the broker), "
            "size and free space.\n\n"
            "  reverie log info\n"
            "  reverie log info --log 1\n",
    .options = info_options,
    .option_count = ARRAY_LEN(info_options),
    .connects = true,
    .run = log_info,
};

const struct command log_verify_command = {
    .name = "log verify",
    .synopsis = "[--memory] [--data DIR]",
    .summary = "check every record of the log and its indexes",
    .text =
        "Checks that positions are dense, checksums match and indexes agree, "
        "and says what it\nfound. Ends with 5 where there are faults.\n\n"
        "With --data it reads the directory of a broker that does not run, or "
        "refuses to start:\nfiles, journal, every event, index and row, "
        "changing nothing, and says for each fault where\nit is, of what kind, "
        "whether a broker starts in spite of it, and what to do. Ends with 1 "
        "if\na broker has the directory open or there is no store in it. A "
        "journal cut off at its end, as\nby a crash, is a note, not a fault: "
        "a start mends it.\n\n"
        "  reverie log verify\n"
        "  reverie log verify --memory --timeout 600\n"
        "  reverie log verify --data ./reverie-data --json\n",
    .options = verify_options,
    .option_count = ARRAY_LEN(verify_options),
    .connects = true,
    .run = log_verify,
};

const struct command log_erase_command = {
    .name = "log erase",
    .synopsis = "POSITION [--reason TEXT]",
    .summary = "replace one event by a tombstone, for ever",
    .text = "Removes the body and the personal fields of the event; its "
            "position stays. Quotes that\ncite it are purged and memories "
            "that rest on it are decided again. Needs the right\n`erase`. "
            "This cannot be undone.\n\n"
            "  reverie log erase 0:1234 --reason 'asked for by the person'\n",
    .options = erase_options,
    .option_count = ARRAY_LEN(erase_options),
    .connects = true,
    .words_min = 1,
    .words_max = 1,
    .run = log_erase,
};

const struct command peers_command = {
    .name = "peers",
    .synopsis = "",
    .summary = "the agents the broker knows, here and away",
    .text = "Lists every agent with its team, principal, waiting messages and "
            "view of memory.\n\n"
            "  reverie peers\n"
            "  reverie peers --json\n",
    .connects = true,
    .run = peers,
};

const struct command status_command = {
    .name = "status",
    .synopsis = "",
    .summary = "the broker, its policy, and everything it counts",
    .text = "Shows version, epoch, endpoints, services, policy, and all "
            "counters: every drop,\nrefusal and retry is in one of them.\n\n"
            "  reverie status\n"
            "  reverie status | grep refused\n",
    .connects = true,
    .run = status,
};
