/* SPDX-License-Identifier: MIT */
#include "plugin/read/text/harness.h"

#include <string.h>

#include "base/text/ascii.h"

enum {
    TAG_REACH = 8192 /* bytes in which a harness's own tag must begin */
};

/* Reads a small decimal; false where there is none. */
static bool read_int(struct bytes text, int32_t *out_value)
{
    int32_t value = 0;
    size_t at = 0;
    while (at < text.len && at < 6 && ascii_is_digit(text.data[at])) {
        value = value * 10 + (text.data[at] - '0');
        at++;
    }
    if (at == 0) {
        return false;
    }
    *out_value = value;
    return true;
}

/* Drops ${prefix} and the spaces behind it. */
static bool drop_prefix(struct bytes *text, const char *prefix)
{
    if (!bytes_starts_with(*text, bytes_of_text(prefix))) {
        return false;
    }
    *text = ascii_trim(bytes_slice(*text, strlen(prefix), text->len));
    return true;
}

static void drop_suffix(struct bytes *text, const char *suffix)
{
    if (ascii_ends(*text, suffix)) {
        text->len -= strlen(suffix);
        *text = ascii_trim(*text);
    }
}

static struct bytes after_line(struct bytes text)
{
    struct bytes line;
    err_ignore(ascii_next_line(&text, &line) ? ERR_OK : ERR_NOT_FOUND,
               "an empty text has no rest");
    return ascii_trim(text);
}

/* "Exit code 1" or "Process exited with code 1", alone on the first line. */
static bool drop_exit_line(struct bytes *text, const char *words,
                           bool *out_has_exit, int32_t *out_exit_code)
{
    struct bytes rest = *text;
    int32_t code = 0;
    if (!drop_prefix(&rest, words) || !read_int(rest, &code)) {
        return false;
    }
    *out_has_exit = true;
    *out_exit_code = code;
    *text = after_line(*text);
    return true;
}

/* One layer; false when nothing is left to take off. */
static bool unwrap_once(struct bytes *text, bool *out_has_exit,
                        int32_t *out_exit_code)
{
    static const char *const lines[] = {
        "Chunk ID: ", "Wall time: ", "Original token count: ", "Output:", NULL};
    static const char *const prefixes[] = {"<error>",
                                           "Error executing query: ",
                                           "Error calling tool: ",
                                           "Tool error: ",
                                           "Traceback: ",
                                           NULL};
    for (const char *const *line = lines; *line; line++) {
        if (bytes_starts_with(*text, bytes_of_text(*line))) {
            *text = after_line(*text);
            return true;
        }
    }
    for (const char *const *prefix = prefixes; *prefix; prefix++) {
        if (drop_prefix(text, *prefix)) {
            return true;
        }
    }
    return drop_exit_line(text, "Exit code ", out_has_exit, out_exit_code) ||
           drop_exit_line(text, "Process exited with code ", out_has_exit,
                          out_exit_code);
}

/* What a harness put between tags of its own is the error, whatever stands
 * around them. */
static struct bytes tagged(struct bytes text)
{
    static const char open[] = "<tool_use_error>";
    static const char close[] = "</tool_use_error>";
    size_t at = ascii_find(bytes_clip(text, TAG_REACH), open);
    if (at == SIZE_MAX) {
        return text;
    }
    struct bytes rest = bytes_slice(text, at + sizeof(open) - 1, text.len);
    size_t end = bytes_find(rest, BYTES_LITERAL(close), 0);
    return end == SIZE_MAX ? rest : bytes_slice(rest, 0, end);
}

bool harness_is_tagged(struct bytes text)
{
    return tagged(text).data != text.data;
}

struct bytes harness_unwrap(struct bytes text, bool *out_has_exit,
                            int32_t *out_exit_code)
{
    *out_has_exit = false;
    *out_exit_code = 0;
    text = ascii_trim(tagged(text));
    for (int layers = 0; layers < 8; layers++) {
        if (!unwrap_once(&text, out_has_exit, out_exit_code)) {
            break;
        }
    }
    drop_suffix(&text, "</error>");
    return text;
}

struct rejection {
    const char *words;
    enum rejected_by by;
};

/* Only at the start of an answer: quoted inside one they mean nothing. */
static const struct rejection rejections[] = {
    {"The user doesn't want to proceed with this tool use", REJECTED_BY_PERSON},
    {"The user doesn't want to take this action", REJECTED_BY_PERSON},
    {"User rejected", REJECTED_BY_PERSON},
    {"exec command rejected by user", REJECTED_BY_PERSON},
    {"patch rejected by user", REJECTED_BY_PERSON},
    {"command rejected by user", REJECTED_BY_PERSON},
    {"The agent proposed a plan that was rejected by the user",
     REJECTED_BY_PERSON},
    {"User declined", REJECTED_BY_PERSON},
    {"[Request interrupted by user", REJECTED_BY_INTERRUPT},
    {"Interrupted by user", REJECTED_BY_INTERRUPT},
    {"aborted by user", REJECTED_BY_INTERRUPT},
    {"The operation was aborted", REJECTED_BY_INTERRUPT},
    {"Permission to use ", REJECTED_BY_RULE},
    {"Claude requested permissions", REJECTED_BY_RULE},
    {"Blocked: ", REJECTED_BY_RULE},
    {"Sibling tool call errored", REJECTED_BY_SIBLING},
    {"Cancelled: parallel tool call", REJECTED_BY_SIBLING},
};

static struct bytes said_in(struct bytes text)
{
    static const char mark[] = "the user said:";
    size_t at = ascii_find(bytes_clip(text, 1024), mark);
    return at == SIZE_MAX
               ? bytes_of(NULL, 0)
               : ascii_trim(bytes_slice(text, at + sizeof(mark) - 1, text.len));
}

bool harness_is_rejection(struct bytes text, enum rejected_by *out_by,
                          struct bytes *out_said)
{
    bool has_exit = false;
    int32_t exit_code = 0;
    struct bytes inner = harness_unwrap(text, &has_exit, &exit_code);
    for (size_t i = 0; i < ARRAY_LEN(rejections); i++) {
        if (ascii_starts(inner, rejections[i].words)) {
            *out_by = rejections[i].by;
            *out_said = said_in(inner);
            return true;
        }
    }
    return false;
}
