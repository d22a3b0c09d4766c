/* SPDX-License-Identifier: MIT */
#include "memory/gate/remedy.h"

#include "base/text/ascii.h"
#include "memory/gate/cited.h"
#include "proto/codec/tool_body.h"
#include "proto/messages.h"

bool result_failed(const struct tool_result_body *result)
{
    if (result->has_is_error) {
        return result->is_error;
    }
    return result->has_exit_code && result->exit_code != 0;
}

/* ---- what silences ------------------------------------------------------- */

bool flag_suppresses(struct bytes flag)
{
    static const char *const flags[] = {
        "--no-verify",     "--force",         "--no-check", "--no-checks",
        "--skip-tests",    "--skip-checks",   "--no-test",  "--no-tests",
        "--no-lint",       "--ignore-errors", "--insecure", "--no-gpg-sign",
        "--allow-failure", "--disable-checks"};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (bytes_equal_text(flag, flags[i])) {
            return true;
        }
    }
    return false;
}

bool word_suppresses(struct bytes word)
{
    static const char *const parts[] = {
        "no-verify", "--force",  "--skip",      "--ignore", "--disable",
        "insecure",  "no-check", "--no-strict", "--allow",  "xfail",
        "|| true",   "noqa",     "nolint"};
    static const char *const whole[] = {"777", "true", "-f", "--yolo", NULL};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (ascii_holds(word, parts[i])) {
            return true;
        }
    }
    return ascii_among(word, whole) || flag_suppresses(word);
}

/* ---- what is cited ------------------------------------------------------- */

static bool same_sender(const struct cited *a, const struct cited *b)
{
    return bytes_equal(a->stamp.principal, b->stamp.principal) &&
           bytes_equal(a->stamp.from, b->stamp.from) &&
           bytes_equal(a->envelope.from, b->envelope.from) &&
           bytes_equal(a->envelope.session, b->envelope.session);
}

/* Whether ${result} is that of ${call}, and says that it worked. */
static bool call_worked(const struct cited *call, const struct cited *result)
{
    struct tool_use_body use;
    struct tool_result_body end;
    if (!bytes_equal_text(result->envelope.kind, "agent.tool_result") ||
        tool_use_read(call->body, &use) != ERR_OK ||
        tool_result_read(result->body, &end) != ERR_OK) {
        return false;
    }
    bool same_tool = end.tool.len == 0 || bytes_equal(end.tool, use.tool);
    return same_tool && same_sender(call, result) && !result_failed(&end) &&
           bytes_equal(use.call, end.call);
}

enum err remedy_check(const struct evidence_source *source,
                      const struct Reverie__V1__Witness *witness,
                      const struct cited *call, struct arena *arena,
                      enum evidence_fault *out_fault)
{
    enum origin origin = call->stamp.origin;
    struct cited result;
    if (!witness->has_result_seq) {
        bool is_person = origin == ORIGIN_OWNER || origin == ORIGIN_USER;
        *out_fault = is_person ? EVIDENCE_NONE : EVIDENCE_NO_REMEDY;
        return ERR_OK;
    }
    *out_fault = EVIDENCE_NO_REMEDY;
    if (origin != ORIGIN_AGENT || witness->result_seq <= witness->seq ||
        !bytes_equal_text(call->envelope.kind, "agent.tool_use")) {
        return ERR_OK;
    }
    enum err err =
        cited_read(source, witness->log, witness->result_seq, arena, &result);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    if (result.stamp.erased) {
        *out_fault = EVIDENCE_ERASED;
    } else if (call_worked(call, &result)) {
        *out_fault = EVIDENCE_NONE;
    }
    return ERR_OK;
}
