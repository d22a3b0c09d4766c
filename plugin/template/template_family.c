/* SPDX-License-Identifier: MIT */
#include "plugin/template/template_family.h"

#include <stdio.h>
#include <string.h>

#include "base/text/ascii.h"
#include "plugin/template/piece.h"

struct wording {
    const char *text; /* occurs in the template, case ignored */
    const char *family;
};

/* What strerror says beside the names of the same conditions (POSIX). */
static const struct wording conditions[] = {
    {"no such file or directory", "missing file"},
    {"enoent", "missing file"},
    {"permission denied", "not permitted"},
    {"operation not permitted", "not permitted"},
    {"eacces", "not permitted"},
    {"eperm", "not permitted"},
    {"is a directory", "is a directory"},
    {"eisdir", "is a directory"},
    {"not a directory", "not a directory"},
    {"enotdir", "not a directory"},
    {"file exists", "file exists"},
    {"eexist", "file exists"},
    {"no space left on device", "no space"},
    {"enospc", "no space"},
    {"connection refused", "connection refused"},
    {"econnrefused", "connection refused"},
    {"address already in use", "address in use"},
    {"eaddrinuse", "address in use"},
};

/* What programs say of how they were called: of options, of names, and of text
 * in the language of a shell, a query or a filter. */
static const struct wording calls[] = {
    {"unknown flag", "unknown option"},
    {"unknown shorthand flag", "unknown option"},
    {"unknown option", "unknown option"},
    {"unrecognized option", "unknown option"},
    {"unrecognized argument", "unknown option"},
    {"illegal option", "unknown option"},
    {"invalid option", "unknown option"},
    {"no such option", "unknown option"},
    {"command not found", "unknown command"},
    {"unknown command", "unknown command"},
    {"syntax error", "syntax"},
    {"syntaxerror", "syntax"},
    {"parse error", "syntax"},
    {"failed to parse", "syntax"},
    {"error in your sql syntax", "syntax"},
    {"no matches found", "syntax"},
    {"bad substitution", "syntax"},
    {"unexpected eof", "syntax"},
    {"unterminated", "syntax"},
};

/* "<PATH:.go>" before ": message" or "(1,2): message". */
static struct bytes diagnosed(struct bytes text)
{
    size_t len = piece_mask_len(text, 0);
    bool is_file = len > 8 && bytes_starts_with(text, BYTES_LITERAL("<PATH:."));
    bool is_diagnostic = is_file && len < text.len &&
                         (text.data[len] == ':' || text.data[len] == '(');
    return is_diagnostic ? bytes_slice(text, 6, len - 7) : bytes_of(NULL, 0);
}

/* The rule that a linter names at the end, "(errcheck)", "[no-undef]". */
static struct bytes rule_of(struct bytes text)
{
    uint8_t last = text.len ? text.data[text.len - 1] : 0;
    size_t at = text.len;
    while (at > 0 && (ascii_is_lower(text.data[at - 1]) ||
                      text.data[at - 1] == '-' || at == text.len)) {
        at--;
    }
    bool is_open = at > 0 && ((text.data[at - 1] == '(' && last == ')') ||
                              (text.data[at - 1] == '[' && last == ']'));
    return is_open ? bytes_slice(text, at, text.len - at - 1)
                   : bytes_of(NULL, 0);
}

static struct bytes name(char *out, const char *what, struct bytes of)
{
    int len = snprintf(out, TEMPLATE_FAMILY_BYTES, "%s%s%.*s", what,
                       of.len ? " " : "", (int)(of.len > 12 ? 12 : of.len),
                       of.len ? (const char *)of.data : "");
    return bytes_of(out, (size_t)len);
}

static const struct wording *find(struct bytes text,
                                  const struct wording *wordings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ascii_holds(text, wordings[i].text)) {
            return &wordings[i];
        }
    }
    return NULL;
}

/* How test runners begin the line of a test that failed. */
static const struct wording *find_test(struct bytes text)
{
    static const struct wording tests[] = {{"--- FAIL:", "failing test"},
                                           {"FAILED ", "failing test"}};
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
        if (bytes_starts_with(text, bytes_of_text(tests[i].text))) {
            return &tests[i];
        }
    }
    return NULL;
}

/* A type error is one whoever ran the type checker. */
static struct bytes complaint(struct bytes text, char *out,
                              struct bytes *out_phrase)
{
    struct bytes rule = rule_of(text);
    bool is_compiler = rule.len == 0 || bytes_equal_text(rule, "typecheck");
    struct bytes extension = diagnosed(text);
    *out_phrase = extension;
    return name(out, is_compiler ? "compile" : "lint", extension);
}

struct bytes template_family_phrase(struct bytes text,
                                    char out[TEMPLATE_FAMILY_BYTES],
                                    struct bytes *out_phrase)
{
    struct bytes nothing = bytes_of(NULL, 0);
    const struct wording *found = find(text, conditions, ARRAY_LEN(conditions));
    *out_phrase = nothing;
    if (!found && diagnosed(text).len) {
        return complaint(text, out, out_phrase);
    }
    found = found ? found : find_test(text);
    found = found ? found : find(text, calls, ARRAY_LEN(calls));
    if (!found) {
        return nothing;
    }
    *out_phrase = bytes_of_text(found->text);
    return name(out, found->family, nothing);
}

struct bytes template_family(struct bytes text, char out[TEMPLATE_FAMILY_BYTES])
{
    struct bytes phrase;
    return template_family_phrase(text, out, &phrase);
}
