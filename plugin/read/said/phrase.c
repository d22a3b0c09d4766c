/* SPDX-License-Identifier: MIT */
#include "plugin/read/said/phrase.h"

#include "base/text/ascii.h"
#include "plugin/read/call/program.h"

enum {
    OBJECT_WORDS_MAX = 6
};

bool phrase_is(const struct words *words, size_t at, const char *a,
               const char *b)
{
    return words_is(words, at, a) && words_is(words, at + 1, b);
}

/* ---- verbs -------------------------------------------------------------- */

struct verb_words {
    enum directive_verb verb;
    const char *const *words;
};

static const char *const verbs_use[] = {"use",    "using", "used",  "prefer",
                                        "choose", "pick",  "adopt", NULL};
static const char *const verbs_run[] = {
    "run", "running", "ran", "execute", "invoke", "call", "calling", NULL};
static const char *const verbs_write[] = {
    "write",   "writing", "add",     "adding",   "include",
    "put",     "name",    "format",  "create",   "store",
    "storing", "log",     "logging", "document", NULL};
static const char *const verbs_change[] = {
    "edit",   "editing", "touch", "modify",   "remove",  "delete",
    "rename", "bypass",  "skip",  "skipping", "disable", NULL};
static const char *const verbs_ask[] = {"ask", "asking", "confirm", "consult",
                                        NULL};
static const char *const verbs_commit[] = {
    "commit", "committing", "push",       "pushing", "merge", "merging",
    "rebase", "squash",     "force-push", "amend",   NULL};
static const char *const verbs_read[] = {"read",   "check",   "look", "search",
                                         "follow", "respect", NULL};
static const char *const verbs_test[] = {"test", "verify", "validate", "lint",
                                         NULL};

static const struct verb_words verbs[] = {
    {VERB_USE, verbs_use},     {VERB_RUN, verbs_run},
    {VERB_WRITE, verbs_write}, {VERB_CHANGE, verbs_change},
    {VERB_ASK, verbs_ask},     {VERB_COMMIT, verbs_commit},
    {VERB_READ, verbs_read},   {VERB_TEST, verbs_test},
};

bool phrase_verb(const struct words *words, size_t at,
                 enum directive_verb *out_verb)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (words_among(words, at, verbs[i].words)) {
            *out_verb = verbs[i].verb;
            return true;
        }
    }
    return false;
}

bool phrase_is_verb(const struct words *words, size_t at)
{
    return phrase_is(words, at, "stick", "to") ||
           phrase_is(words, at, "stick", "with") ||
           phrase_is(words, at, "go", "with") ||
           phrase_is(words, at, "switch", "to");
}

/* ---- objects ------------------------------------------------------------ */

static bool ends_object(const struct words *words, size_t at)
{
    static const char *const ends[] = {
        "before", "after",   "when",     "whenever", "for",     "in",
        "on",     "at",      "with",     "from",     "unless",  "if",
        "while",  "because", "so",       "since",    "instead", "rather",
        "over",   "not",     "to",       "by",       "as",      "via",
        "and",    "or",      "but",      "during",   "until",   "every",
        "each",   "anymore", "again",    "now",      "please",  "then",
        "which",  "that",    "without",  "where",    "here",    "is",
        "are",    "ever",    "together", "directly", "first",   "wherever",
        "prior",  NULL};
    return at >= words->count || words->words[at].mark_before != 0 ||
           words_among(words, at, ends);
}

/* Programs whose names are English words; they need a second look. */
static bool is_english(struct bytes word)
{
    static const char *const names[] = {
        "find",  "make",  "task",  "just",  "test",   "set",    "head",
        "more",  "less",  "cat",   "sort",  "diff",   "go",     "touch",
        "echo",  "http",  "wait",  "kill",  "exit",   "export", "source",
        "true",  "false", "black", "tree",  "fd",     "hub",    "bat",
        "tail",  "time",  "http",  "meson", "poetry", "bundle", "volta",
        "turbo", "rake",  "ninja", NULL};
    return ascii_among(word, names);
}

/* A command in plain words, "mise run test": a program and what follows it. */
static bool starts_command(const struct words *words, size_t at)
{
    struct bytes name = words->words[at].text;
    if (!program_find(name) || words->words[at].is_code) {
        return false;
    }
    if (!is_english(name)) {
        return true;
    }
    static const char *const seconds[] = {
        "test", "build", "vet", "run", "fmt", "lint", "mod", "format", NULL};
    bool can_be_task = ascii_equal(name, "go") || ascii_equal(name, "make") ||
                       ascii_equal(name, "just");
    return can_be_task && words_among(words, at + 1, seconds);
}

static bool is_article(const struct words *words, size_t at)
{
    static const char *const articles[] = {"the", "a",   "an",   "our", "my",
                                           "any", "all", "your", "up",  NULL};
    return words_among(words, at, articles);
}

static bool is_vague(const struct words *words, size_t at)
{
    static const char *const vague[] = {
        "it",       "that",      "this", "them", "things", "thing",
        "anything", "something", "one",  "ones", "stuff",  "everything",
        "these",    "those",     "more", "much", "out",    "new",
        "nothing",  "what",      "how",  "be",   "been",   "same",
        "option",   "other",     "me",   "you",  "us",     "else",
        "i",        "we",        "they", NULL};
    return words_among(words, at, vague);
}

bool phrase_object(const struct words *words, size_t at, struct span *out,
                   bool *out_is_code)
{
    while (is_article(words, at) && !ends_object(words, at)) {
        at++;
    }
    if (at >= words->count) {
        return false;
    }
    const struct word *first = &words->words[at];
    bool is_code = first->is_code || starts_command(words, at);
    if (!is_code && (ends_object(words, at) || is_vague(words, at))) {
        return false;
    }
    size_t end = at + 1;
    while (!first->is_code && end - at < OBJECT_WORDS_MAX &&
           !ends_object(words, end)) {
        end++;
    }
    *out = (struct span){at, end};
    *out_is_code = is_code;
    return true;
}

/* ---- what follows the object -------------------------------------------- */

/* "instead of Y", "rather than Y", "over Y", "not Y", "to Y". */
static size_t rival_at(const struct words *words, size_t at, bool is_prefer)
{
    if (phrase_is(words, at, "instead", "of") ||
        phrase_is(words, at, "rather", "than")) {
        return at + 2;
    }
    if (words_is(words, at, "not") ||
        (is_prefer &&
         (words_is(words, at, "over") || words_is(words, at, "to")))) {
        return at + 1;
    }
    return 0;
}

static bool starts_condition(const struct words *words, size_t at)
{
    static const char *const starts[] = {
        "before", "after",    "when",     "whenever", "for",    "in",
        "on",     "every",    "each",     "with",     "unless", "during",
        "while",  "together", "wherever", "prior",    NULL};
    return words_among(words, at, starts);
}

/* "prefer X to save time" says what for; "prefer X to Y" ends with one Y. */
static bool is_purpose(const struct words *words, size_t at, struct span rival)
{
    bool is_last =
        rival.to == words->count || words->words[rival.to].mark_before != 0;
    return words_is(words, at, "to") &&
           !(is_last && rival.to == rival.from + 1);
}

void phrase_rest(const struct words *words, size_t at, bool is_prefer,
                 struct grammar_result *out)
{
    size_t rival = rival_at(words, at, is_prefer);
    bool is_code = false;
    struct span found;
    if (rival && phrase_object(words, rival, &found, &is_code) &&
        !is_purpose(words, at, found)) {
        out->instead = found;
        at = found.to;
        out->object_is_code = out->object_is_code || is_code;
    }
    if (!starts_condition(words, at)) {
        return;
    }
    size_t end = at + 1;
    static const char *const ends[] = {"because", "so", "since", "but", NULL};
    while (end < words->count && words->words[end].mark_before == 0 &&
           !words_among(words, end, ends)) {
        end++;
    }
    out->condition = (struct span){at, end};
}

void phrase_leading(const struct words *words, size_t clause,
                    struct grammar_result *out)
{
    static const char *const starts[] = {"before", "after", "when", "whenever",
                                         NULL};
    bool is_open = out->condition.to == 0 && clause > 1 &&
                   words_among(words, 0, starts) &&
                   words->words[clause].mark_before == ',';
    if (is_open) {
        out->condition = (struct span){0, clause};
    }
}
