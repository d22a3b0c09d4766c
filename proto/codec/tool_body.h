/* SPDX-License-Identifier: MIT */
/* tool_body.h: the bodies of agent.tool_use and agent.tool_result, as views.
 *
 * Nearly all events that a dream reads are one of the two, so they are read by
 * hand: in one pass, without allocation. What is accepted, and what comes out,
 * is what message_unpack makes of the same bytes; tests and a fuzz target hold
 * the one against the other. Texts are lent by the input.
 * Pure. Threads: any. */
#ifndef REVERIE_PROTO_CODEC_TOOL_BODY_H
#define REVERIE_PROTO_CODEC_TOOL_BODY_H

#include "base/bytes.h"

/* Absent texts are empty. */
struct tool_use_body {
    struct bytes call;
    struct bytes tool;
    struct bytes arguments_json;
};

struct tool_result_body {
    struct bytes call;
    struct bytes tool;
    struct bytes text;
    bool has_is_error;
    bool is_error;
    bool has_exit_code;
    int32_t exit_code;
    bool has_reward;
    double reward;
};

/* ERR_INVALID, ERR_TOO_BIG (more than PROTO_FIELDS_MAX fields). */
MUST_CHECK enum err tool_use_read(struct bytes in, struct tool_use_body *out);
MUST_CHECK enum err tool_result_read(struct bytes in,
                                     struct tool_result_body *out);

#endif
