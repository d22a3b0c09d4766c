/* SPDX-License-Identifier: MIT */
#include "plugin/read/text/errors.h"

#include "base/text/ascii.h"
#include "plugin/read/text/harness.h"
#include "plugin/read/text/pattern.h"
#include "plugin/read/text/token.h"

/* How much a line tells, worst first. */
enum rank {
    RANK_NOISE,
    RANK_SUMMARY,   /* "task failed", "1 issues:" */
    RANK_ANY,       /* a line of text */
    RANK_WORDS,     /* has a word of failure */
    RANK_TEST,      /* "--- FAIL: TestX" */
    RANK_COMPILER,  /* "a.go:12:3: message" */
    RANK_FATAL,     /* "fatal: ...", "panic: ..." */
    RANK_EXCEPTION, /* "ValueError: ..." below a stack trace */
};

static bool starts_with_any(struct bytes line, const char *const *starts)
{
    for (; *starts; starts++) {
        if (ascii_starts(line, *starts)) {
            return true;
        }
    }
    return false;
}

static bool contains_any(struct bytes line, const char *const *words)
{
    for (; *words; words++) {
        if (ascii_holds(line, *words)) {
            return true;
        }
    }
    return false;
}

static bool is_noise(struct bytes line)
{
    static const char *const starts[] = {
        "$ ",       "# ",         "=== ",  "--- PASS",     "--- SKIP",
        "ok  ",     "ok \t",      "hint:", "?   ",         "package ",
        "PASS",     "goroutine ", "at ",   "testing.",     "created by",
        "Chunk ID", "Wall time",  "==> ",  "Auto-merging", NULL};
    bool has_letter = false;
    for (size_t i = 0; i < line.len && !has_letter; i++) {
        has_letter = ascii_is_alpha(line.data[i]) || line.data[i] >= 0x80;
    }
    /* "[lint] $ golangci-lint run": a task runner echoes its command. */
    bool is_echo = line.len && line.data[0] == '[' &&
                   bytes_find(bytes_slice(line, 0, 64), BYTES_LITERAL("] $ "),
                              0) != SIZE_MAX;
    return !has_letter || is_echo || starts_with_any(line, starts);
}

static bool is_summary(struct bytes line)
{
    static const char *const words[] = {"task failed",
                                        " issues:", "[build failed]", NULL};
    static const char *const starts[] = {"* ",
                                         "FAIL\t",
                                         "FAIL ",
                                         "usage:",
                                         "Available Commands",
                                         "Flags:",
                                         "[signal ",
                                         "make: *** ",
                                         "npm ERR! A ",
                                         "or: ",
                                         "exit status",
                                         NULL};
    return contains_any(line, words) || starts_with_any(line, starts) ||
           bytes_equal_text(line, "FAIL");
}

/* "path:line: text" or "path:line:column: text" with something to say. */
static bool is_compiler_line(struct bytes line)
{
    size_t end = 0;
    while (end < line.len && !ascii_is_space(line.data[end])) {
        end++;
    }
    struct bytes place = bytes_slice(line, 0, end);
    if (place.len < 4 || place.data[place.len - 1] != ':') {
        return false;
    }
    place.len--;
    struct bytes text = ascii_trim(bytes_slice(line, end, line.len));
    bool says_something =
        text.len && text.data[0] != ':' && text.data[0] != '#';
    return says_something && token_path(place).len < place.len &&
           token_classify(token_path(place)) == MASK_PATH;
}

/* "ValueError: ..." or "pkg.SomeException: ...", not indented. */
static bool is_exception_line(struct bytes raw)
{
    size_t end = 0;
    while (end < raw.len &&
           (ascii_is_word(raw.data[end]) || raw.data[end] == '.')) {
        end++;
    }
    struct bytes name = bytes_slice(raw, 0, end);
    bool is_name = ascii_ends(name, "Error") || ascii_ends(name, "Exception") ||
                   ascii_ends(name, "Interrupt");
    return is_name && name.len > 5 && (end == raw.len || raw.data[end] == ':');
}

static bool is_fatal(struct bytes line)
{
    static const char *const starts[] = {
        "panic:", "fatal:",        "fatal error",        "error:",
        "error[", "thread '",      "CONFLICT",           "jq: error",
        "E: ",    "npm ERR! code", "Segmentation fault", NULL};
    return starts_with_any(line, starts);
}

/* Words of failure, by their first letter: a line is gone through once. */
static bool has_failed(struct bytes line)
{
    enum {
        LETTERS = 26,
        WORDS_MAX = 5
    };
    static const char *const words[LETTERS][WORDS_MAX + 1] = {
        ['a' - 'a'] = {"ambiguous"},
        ['c' - 'a'] = {"cannot", "can't", "conflict"},
        ['d' - 'a'] = {"denied"},
        ['e' - 'a'] = {"error", "exceed"},
        ['f' - 'a'] = {"fail"},
        ['i' - 'a'] = {"invalid", "illegal"},
        ['m' - 'a'] = {"must ", "missing"},
        ['n' - 'a'] = {"not found", "no such", "not exist", "not allowed"},
        ['r' - 'a'] = {"refused"},
        ['t' - 'a'] = {"timed out", "timeout"},
        ['u' - 'a'] = {"undefined", "unknown", "unexpected", "unable",
                       "unrecognized"},
    };
    for (size_t at = 0; at < line.len; at++) {
        uint8_t c = ascii_fold(line.data[at]);
        if (ascii_is_lower(c) &&
            starts_with_any(bytes_slice(line, at, line.len), words[c - 'a'])) {
            return true;
        }
    }
    return false;
}

static enum rank rank_of(struct bytes raw)
{
    struct bytes line = ascii_trim(raw);
    if (is_noise(line)) {
        return RANK_NOISE;
    }
    if (is_summary(line)) {
        return RANK_SUMMARY;
    }
    if (is_exception_line(raw)) {
        return RANK_EXCEPTION;
    }
    if (is_fatal(line)) {
        return RANK_FATAL;
    }
    /* Indented, it is what a test printed. */
    bool is_indented = raw.len && ascii_is_space(raw.data[0]);
    if (!is_indented && is_compiler_line(line)) {
        return RANK_COMPILER;
    }
    if (ascii_starts(line, "--- FAIL")) {
        return RANK_TEST;
    }
    return has_failed(line) ? RANK_WORDS : RANK_ANY;
}

struct choice {
    struct bytes line;
    enum rank rank;
    bool is_any;
};

/* The first line of the best rank; of exceptions the last, because the ones
 * above it are its causes. */
static void consider(struct bytes text, struct choice *choice)
{
    struct bytes raw;
    while (ascii_next_line(&text, &raw)) {
        raw = bytes_slice(raw, 0, ERRORS_LINE_MAX);
        if (ascii_trim(raw).len == 0) {
            continue;
        }
        enum rank rank = rank_of(raw);
        bool is_better = !choice->is_any || rank > choice->rank ||
                         (rank == RANK_EXCEPTION && rank == choice->rank);
        if (is_better) {
            *choice = (struct choice){
                .line = ascii_trim(raw), .rank = rank, .is_any = true};
        }
    }
}

static struct bytes choose_line(struct bytes text)
{
    struct choice choice = {.is_any = false};
    consider(bytes_clip(text, ERRORS_HEAD_BYTES), &choice);
    if (text.len > ERRORS_HEAD_BYTES + ERRORS_TAIL_BYTES) {
        struct bytes tail =
            bytes_slice(text, text.len - ERRORS_TAIL_BYTES, text.len);
        struct bytes cut;
        if (ascii_next_line(&tail, &cut)) {
            consider(tail, &choice);
        }
    }
    return bytes_clip(choice.line, ERRORS_LINE_MAX);
}

/* A harness says what is wrong first, and then repeats what it was given. */
static struct bytes first_line(struct bytes text)
{
    struct bytes line = bytes_of(NULL, 0);
    while (ascii_next_line(&text, &line)) {
        line = ascii_trim(line);
        if (line.len && !ascii_ends(line, "issue:")) {
            break;
        }
    }
    return bytes_clip(line, ERRORS_LINE_MAX);
}

/* What a message lists behind itself is not the message. */
static struct bytes without_list(struct bytes line)
{
    static const char *const lists[] = {". Available ", ". Did you mean", NULL};
    for (const char *const *list = lists; *list; list++) {
        size_t at = bytes_find(line, bytes_of_text(*list), 0);
        if (at != SIZE_MAX) {
            line.len = at + 1;
        }
    }
    return line;
}

/* Wordings that differ only in who says them. */
static struct bytes without_speaker(struct bytes line)
{
    static const char *const speakers[] = {
        "Error: ", "error: ", "ERROR: ", "fatal: ", NULL};
    for (const char *const *speaker = speakers; *speaker; speaker++) {
        struct bytes prefix = bytes_of_text(*speaker);
        if (bytes_starts_with(line, prefix)) {
            return bytes_slice(line, prefix.len, line.len);
        }
    }
    return line;
}

void errors_read(struct bytes text, struct arena *arena, struct bytes *out_line,
                 struct mask_result *out_result)
{
    bool has_exit = false;
    int32_t exit_code = 0;
    struct bytes inner = harness_unwrap(text, &has_exit, &exit_code);
    struct bytes line =
        harness_is_tagged(text) ? first_line(inner) : choose_line(inner);
    mask_init(out_result);
    *out_line = line;
    struct bytes message = without_list(without_speaker(line));
    if (!pattern_mask(message, arena, out_result)) {
        mask_add(out_result, message);
    }
}

bool errors_is_bare(struct bytes text, struct bytes line)
{
    bool has_exit = false;
    int32_t exit_code = 0;
    struct bytes inner = harness_unwrap(text, &has_exit, &exit_code);
    bool is_printed = has_exit || line.len < inner.len;
    return is_printed && !harness_is_tagged(text) && rank_of(line) <= RANK_ANY;
}
