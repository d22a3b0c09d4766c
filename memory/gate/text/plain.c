/* SPDX-License-Identifier: MIT */
#include "memory/gate/text/plain.h"

#include <stdlib.h>
#include <string.h>

#include "base/text/ascii.h"

enum {
    PLAIN_MAX = 16, /* bytes of the longest, and some */
    STEM_MIN = 2    /* letters before an ending */
};

/* Sorted. Words that tell somebody to do something do not belong here. */
static const char *const plain_words[] = {
    "a",           "aborted",     "about",        "absent",
    "access",      "after",       "agent",        "all",
    "allowed",     "alone",       "already",      "ambiguous",
    "among",       "an",          "and",          "another",
    "are",         "argument",    "array",        "as",
    "asked",       "assertion",   "at",           "attempt",
    "attribute",   "available",   "bad",          "baseline",
    "be",          "because",     "been",         "before",
    "binary",      "block",       "body",         "boolean",
    "broken",      "buffer",      "but",          "by",
    "byte",        "call",        "can",          "can't",
    "cannot",      "case",        "changed",      "character",
    "check",       "choose",      "class",        "closed",
    "code",        "collision",   "column",       "command",
    "compilation", "compiled",    "configured",   "conflict",
    "connected",   "connection",  "constraint",   "contain",
    "content",     "conversion",  "converted",    "corrupt",
    "could",       "couldn't",    "crash",        "created",
    "cycle",       "data",        "database",     "day",
    "deadline",    "declaration", "declared",     "default",
    "defined",     "denied",      "dependency",   "deprecated",
    "detected",    "device",      "did",          "didn't",
    "different",   "directory",   "disk",         "division",
    "do",          "does",        "doesn't",      "don't",
    "duplicate",   "during",      "each",         "else",
    "elsewhere",   "empty",       "end",          "entry",
    "errno",       "error",       "everybody",    "exceed",
    "exceeded",    "except",      "exception",    "exist",
    "exited",      "expected",    "expired",      "expression",
    "extension",   "extra",       "fail",         "failed",
    "failure",     "false",       "family",       "fatal",
    "field",       "file",        "finished",     "first",
    "flag",        "float",       "folder",       "for",
    "format",      "found",       "from",         "full",
    "function",    "given",       "gone",         "got",
    "group",       "had",         "has",          "have",
    "header",      "host",        "identifier",   "illegal",
    "implemented", "in",          "incompatible", "incorrect",
    "index",       "input",       "instance",     "instead",
    "int",         "integer",     "internal",     "interrupted",
    "into",        "invalid",     "is",           "isn't",
    "it",          "its",         "json",         "key",
    "known",       "large",       "last",         "len",
    "length",      "less",        "level",        "like",
    "limit",       "line",        "literal",      "loaded",
    "local",       "located",     "locked",       "long",
    "lost",        "many",        "match",        "matched",
    "maximum",     "member",      "memory",       "mending",
    "message",     "method",      "minimum",      "mismatch",
    "missing",     "mode",        "module",       "more",
    "most",        "multiple",    "must",         "name",
    "named",       "near",        "negative",     "network",
    "new",         "nil",         "no",           "node",
    "non",         "none",        "not",          "now",
    "null",        "number",      "object",       "observed",
    "of",          "offset",      "often",        "old",
    "on",          "once",        "one",          "only",
    "open",        "opened",      "operand",      "operation",
    "operator",    "option",      "or",           "other",
    "out",         "output",      "over",         "overflow",
    "owner",       "package",     "page",         "panic",
    "parameter",   "parent",      "parsed",       "parser",
    "path",        "pattern",     "people",       "permitted",
    "person",      "plain",       "pointer",      "port",
    "position",    "possible",    "prefix",       "principal",
    "process",     "project",     "property",     "query",
    "quota",       "range",       "rather",       "reached",
    "read",        "readable",    "received",     "record",
    "recursion",   "reference",   "referenced",   "refused",
    "rejected",    "relation",    "remote",       "repeated",
    "repeatedly",  "replace",     "repository",   "request",
    "required",    "reserved",    "resolved",     "resource",
    "response",    "result",      "retry",        "returned",
    "role",        "row",         "rule",         "runtime",
    "said",        "same",        "schema",       "scope",
    "section",     "seen",        "segment",      "server",
    "session",     "shape",       "short",        "signal",
    "silence",     "since",       "size",         "small",
    "so",          "socket",      "some",         "something",
    "source",      "stack",       "started",      "state",
    "stated",      "statement",   "status",       "step",
    "still",       "stopped",     "stream",       "string",
    "such",        "suffix",      "supported",    "sure",
    "swarm",       "symbol",      "symlink",      "syntax",
    "system",      "table",       "tag",          "target",
    "task",        "team",        "temporary",    "terminated",
    "test",        "text",        "than",         "that",
    "the",         "their",       "them",         "then",
    "there",       "these",       "they",         "this",
    "those",       "thread",      "time",         "timed",
    "timeout",     "to",          "told",         "too",
    "traceback",   "transaction", "tree",         "tried",
    "true",        "truncated",   "tuple",        "two",
    "type",        "unable",      "unavailable",  "undeclared",
    "undefined",   "unexpected",  "unhandled",    "unit",
    "unknown",     "unmatched",   "unreachable",  "unrecognized",
    "unresolved",  "unsupported", "until",        "unused",
    "usage",       "use",         "used",         "user",
    "valid",       "value",       "variable",     "version",
    "view",        "visible",     "warning",      "was",
    "way",         "were",        "what",         "when",
    "where",       "which",       "while",        "who",
    "wide",        "width",       "with",         "within",
    "without",     "word",        "work",         "worked",
    "working",     "world",       "would",        "writable",
    "written",     "wrong",       "yet",          "zero",
};

static int compare(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

static bool is_listed(const char *word)
{
    return bsearch(word, plain_words, ARRAY_LEN(plain_words),
                   sizeof(plain_words[0]), compare) != NULL;
}

static bool has_letter(struct bytes word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (ascii_is_letter(word.data[i])) {
            return true;
        }
    }
    return false;
}

/* Whether ${word} is listed without its last ${cut} letters, with an "e" in
 * their place, or as one that doubles its last letter. */
static bool is_form(const char *word, size_t len, size_t cut)
{
    char stem[PLAIN_MAX + 1] = "";
    if (len < cut + STEM_MIN) {
        return false;
    }
    size_t end = len - cut;
    memcpy(stem, word, end);
    if (is_listed(stem)) {
        return true;
    }
    bool is_doubled = stem[end - 1] == stem[end - 2];
    stem[end - is_doubled] = 0;
    if (is_doubled && is_listed(stem)) {
        return true;
    }
    memcpy(stem + end, "e", 2);
    return !is_doubled && is_listed(stem);
}

/* Forms of a listed word that tell nobody to do anything, either: "tests",
 * "tested", "testing". */
static bool is_listed_form(const char *word, size_t len)
{
    static const char *const endings[] = {"'s", "s", "es", "ed", "d", "ing"};
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        size_t cut = strlen(endings[i]);
        bool ends_so = len > cut && strcmp(word + len - cut, endings[i]) == 0;
        if (ends_so && is_form(word, len, cut)) {
            return true;
        }
    }
    return false;
}

bool word_is_plain(struct bytes word)
{
    char text[PLAIN_MAX + 1] = "";
    if (!has_letter(word)) {
        return true;
    }
    if (word.len > PLAIN_MAX) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        text[i] = (char)ascii_fold(word.data[i]);
    }
    return is_listed(text) || is_listed_form(text, word.len);
}
